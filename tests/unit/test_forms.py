"""Answers held against a form: every kind and limit, what is hidden, rules over several fields, rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import forms
from engine import feel

NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # already the 25th in Denmark
PARTIES = ["Kriminalforsorgen", "Kommunens myndighed"]
YES_NO = [{"label": "Ja", "value": True}, {"label": "Nej", "value": False}]
WAYS = [{"label": "Digital Post", "value": "dp"}, {"label": "Brev", "value": "brev"}]


def evaluate(text, names):
    return feel.compile(text).evaluate(names)


def component(kind, key="felt", **settings):
    word = "path" if kind in ("group", "dynamiclist") else "key"
    return {"type": kind, "id": f"c_{key}", word: key, "label": "Felt", **settings}


def form(*components, rules=()):
    made = {"type": "default", "components": list(components)}
    return {**made, "properties": {"stafet": {"regler": list(rules)}}} if rules else made


def check(schema, answers, **context):
    assert not forms.unsupported(schema, parse=feel.compile)
    return forms.check(schema, answers, feel=evaluate, context={"now": NOW, **context})


def said(schema, answers, **context):
    return {key: str(text) for key, text in check(schema, answers, **context).problems.items()}


def one(kind, value, **settings):
    """The value that a form with one field keeps, or its problem's code."""
    checked = check(form(component(kind, **settings)), {"felt": value}, parter=PARTIES)
    problem = checked.problems.get("felt")
    assert set(checked.problems) <= {"felt"}
    return checked.values["felt"] if problem is None else problem.code


# ---- every component ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "settings", "value", "kept"),
    [
        ("textfield", {}, "Regionspsykiatrien", "Regionspsykiatrien"),
        ("textfield", {}, "  ", None),
        ("textfield", {}, 3, "not_text"),
        ("textfield", {}, "to\nlinjer", "characters"),
        ("textfield", {}, "klokke \x07", "characters"),
        ("textfield", {}, "halv \ud800", "characters"),
        ("textfield", {}, "x" * 1_001, "too_long"),
        ("textarea", {}, "to\r\nlinjer", "to\nlinjer"),
        ("textarea", {}, "x" * 20_001, "too_long"),
        ("number", {}, 3, 3),
        ("number", {}, 3.0, 3),
        ("number", {}, 2.5, 2.5),
        ("number", {}, 0, 0),
        ("number", {}, "3", "not_a_number"),
        ("number", {}, True, "not_a_number"),
        ("number", {}, float("nan"), "not_a_number"),
        ("number", {}, float("inf"), "too_big"),
        ("number", {}, 10**16, "too_big"),
        ("checkbox", {}, True, True),
        ("checkbox", {}, None, False),
        ("checkbox", {}, "true", "not_yes_no"),
        ("checkbox", {}, 1, "not_yes_no"),
        ("radio", {"values": YES_NO}, False, False),
        ("radio", {"values": YES_NO}, 0, "not_an_option"),
        ("radio", {"values": YES_NO}, "false", "not_an_option"),
        ("select", {"values": WAYS}, "brev", "brev"),
        ("select", {"values": WAYS}, "fax", "not_an_option"),
        ("select", {"values": WAYS}, ["brev"], "not_an_option"),
        ("select", {"values": WAYS}, None, None),
        ("checklist", {"values": WAYS}, ["brev", "dp", "brev"], ["brev", "dp"]),
        ("checklist", {"values": WAYS}, None, []),
        ("checklist", {"values": WAYS}, "brev", "not_a_list"),
        ("checklist", {"values": WAYS}, ["fax"], "not_an_option"),
        ("checklist", {"values": WAYS}, [{"value": "dp"}], "not_an_option"),
        ("taglist", {"values": WAYS}, ["dp"], ["dp"]),
        ("checklist", {"valuesExpression": "=parter"}, PARTIES[:1], PARTIES[:1]),
        ("checklist", {"valuesExpression": "=parter"}, ["Sundhedsministeriet"], "not_an_option"),
        ("select", {"valuesKey": "parter"}, PARTIES[1], PARTIES[1]),
        ("datetime", {}, "2024-02-29", "2024-02-29"),
        ("datetime", {}, "2025-02-31", "no_such_day"),
        ("datetime", {}, "2025-13-01", "no_month"),
        ("datetime", {}, "25-02-01", "year"),
        ("datetime", {}, "31.02.2025", "not_a_date"),
        ("datetime", {}, 20250201, "not_a_date"),
        ("datetime", {}, "2025-02-01T10:00", "not_a_date"),
        ("datetime", {"subtype": "time"}, "13:30", "13:30"),
        ("datetime", {"subtype": "time"}, "13:30+01:00", "13:30"),
        ("datetime", {"subtype": "time"}, "24:00", "not_a_time"),
        ("datetime", {"subtype": "time"}, "9.30", "not_a_time"),
        ("datetime", {"subtype": "datetime"}, "2025-07-01T10:00", "2025-07-01T10:00+02:00"),
        ("datetime", {"subtype": "datetime"}, "2025-01-01T10:00Z", "2025-01-01T11:00+01:00"),
        ("datetime", {"subtype": "datetime"}, "2025-01-01", "not_a_time"),
        ("datetime", {"subtype": "datetime"}, "2025-02-30T10:00", "no_such_day"),
        ("datetime", {"subtype": "datetime"}, "2025-03-30T02:30", "no_such_time"),
        ("datetime", {"subtype": "datetime"}, "9999-12-31T23:59-14:00", "year"),
    ],
)
def test_each_kind_keeps_what_fits_and_says_what_does_not(kind, settings, value, kept):
    found = one(kind, value, **settings)
    assert (found, type(found)) == (kept, type(kept))


# ---- every validation key ----------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "limits", "good", "bad", "code"),
    [
        ("textfield", {"required": True}, "x", " ", "required"),
        ("textarea", {"required": True}, "x", "", "required"),
        ("number", {"required": True}, 0, None, "not_a_number"),
        ("checkbox", {"required": True}, True, False, "tick"),
        ("radio", {"required": True}, False, None, "choose"),
        ("checklist", {"required": True}, [True], [], "tick_one"),
        ("datetime", {"required": True}, "2025-01-31", None, "not_a_date"),
        ("textfield", {"minLength": 3}, "abc", " ab ", "too_short"),
        ("textfield", {"maxLength": 3}, " abc ", "abcd", "too_long"),
        ("textarea", {"minLength": 2}, "ab", "a", "too_short"),
        ("textarea", {"maxLength": 2}, "ab", "abc", "too_long"),
        ("textfield", {"pattern": "^[0-9]{4}$"}, "8000", "8000 ", "pattern"),
        ("textfield", {"pattern": r"^\d+$"}, "12", "١٢", "pattern"),
        ("textfield", {"validationType": "email"}, "ida@eksempel.dk", "ida@eksempel", "email"),
        ("textfield", {"validationType": "phone"}, "+45 12 34 56 78", "1234", "phone"),
        ("number", {"min": 2}, 2, 1.5, "least"),
        ("number", {"max": 2.5}, 2.5, 3, "most"),
    ],
)
def test_each_limit_lets_good_answers_through_and_names_the_others(kind, limits, good, bad, code):
    settings = {"values": YES_NO} if kind in ("radio", "checklist") else {}
    assert one(kind, good, validate=limits, **settings) == good
    assert one(kind, bad, validate=limits, **settings) == code


def test_an_absent_answer_is_as_missing_as_an_empty_one():
    schema = form(component("textfield", validate={"required": True}))
    assert said(schema, {}) == said(schema, {"felt": None}) == {"felt": "Felt: Udfyld feltet."}


def test_decimals_are_counted_as_they_are_written():
    assert one("number", 0.1, decimalDigits=1) == 0.1
    assert one("number", 0.25, decimalDigits=1) == "decimals"
    assert one("number", 1e-7, decimalDigits=2) == "decimals"
    assert one("number", 2.5, decimalDigits=0) == "whole"


def test_a_sentence_says_how_many_days_the_month_has():
    schema = form(component("datetime", key="indkaldt", dateLabel="Indkaldt den", label=""))
    assert said(schema, {"indkaldt": "2025-02-31"}) == {
        "indkaldt": "Indkaldt den: 31. februar 2025 findes ikke. Måneden har 28 dage."
    }


def test_a_designers_own_sentence_for_a_pattern_is_shown():
    limits = {"pattern": "^A", "patternErrorMessage": "Skriv et nummer, der begynder med A."}
    schema = form(component("textfield", validate=limits))
    assert said(schema, {"felt": "B"}) == {"felt": "Felt: Skriv et nummer, der begynder med A."}


def test_a_date_that_has_passed_is_refused_by_the_danish_calendar():
    schema = form(component("datetime", disallowPassedDates=True))
    assert said(schema, {"felt": "2026-11-25"}) == {}
    assert said(schema, {"felt": "2026-11-24"}) == {
        "felt": "Felt: Skriv en dato, der ikke er passeret."
    }


@pytest.mark.parametrize(
    ("own", "good", "bad", "words"),
    [
        ({"tidligst": "2026-01-01"}, "2026-01-01", "2025-12-31", "tidligst er 1.1.2026"),
        ({"tidligst": "indkaldt"}, "2026-11-20", "2026-11-19", "tidligst er 20.11.2026"),
        ({"senest": "i dag"}, "2026-11-25", "2026-11-26", "senest er 25.11.2026"),
        ({"senest": "=today()"}, "2026-11-25", "2026-11-26", "senest er 25.11.2026"),
        (
            {"senest": 'date(indkaldt) + duration("P5D")'},
            "2026-11-25",
            "2026-11-26",
            "senest er 25.11.2026",
        ),
    ],
)
def test_earliest_and_latest_days_come_from_a_date_or_an_expression(own, good, bad, words):
    schema = form(component("datetime", properties=own), component("datetime", "indkaldt"))
    assert said(schema, {"felt": good, "indkaldt": "2026-11-20"}) == {}
    assert words in said(schema, {"felt": bad, "indkaldt": "2026-11-20"})["felt"]
    assert said(schema, {"felt": good}) == {}  # without the other date there is no limit


def test_a_moment_is_held_to_days_too():
    schema = form(component("datetime", subtype="datetime", properties={"senest": "today()"}))
    assert said(schema, {"felt": "2026-11-25T23:59+01:00"}) == {}
    assert "felt" in said(schema, {"felt": "2026-11-26T00:00+01:00"})


# ---- what is hidden, computed, handed over -----------------------------------------------
HIDING = form(
    component("radio", "haster", values=YES_NO),
    component(
        "textfield",
        "begrundelse",
        conditional={"hide": "=haster != true"},
        validate={"required": True},
    ),
    component(
        "textfield",
        "mere",
        conditional={"hide": "=begrundelse = null"},
        validate={"required": True},
    ),
)


def test_a_hidden_field_is_neither_asked_for_nor_kept():
    checked = check(HIDING, {"haster": False, "begrundelse": "forældet", "mere": "også"})
    assert (checked.values, checked.problems) == ({"haster": False}, {})


def test_a_field_that_is_in_play_is_asked_for():
    assert set(said(HIDING, {"haster": True})) == {"begrundelse"}
    assert set(said(HIDING, {"haster": True, "begrundelse": "x"})) == {"mere"}


def test_conditions_may_stand_in_any_order():
    turned = form(*reversed(HIDING["components"]))
    checked = check(turned, {"haster": False, "begrundelse": "forældet", "mere": "også"})
    assert (checked.values, checked.problems) == ({"haster": False}, {})


def test_conditions_that_hide_each_other_come_to_an_end():
    schema = form(
        component("textfield", "a", conditional={"hide": "=b = null"}),
        component("textfield", "b", conditional={"hide": "=a != null"}),
    )
    assert check(schema, {"a": "x", "b": "y"}).problems == {}


def test_a_condition_that_fails_hides_nothing():
    schema = form(
        component("textfield", conditional={"hide": "=1 + haster"}, validate={"required": True})
    )
    assert set(said(schema, {})) == {"felt"}


def test_a_hidden_group_takes_its_fields_with_it():
    inner = component("textfield", "navn", validate={"required": True})
    for path in ("", "kontakt"):
        group = component("group", path, components=[inner], conditional={"hide": "=uden"})
        schema = form(component("checkbox", "uden"), group)
        assert check(
            schema, {"uden": True, "navn": "x"} if not path else {"uden": True}
        ).values == {"uden": True}
        assert set(said(schema, {"uden": False})) == {f"{path}.navn".strip(".")}


def test_a_computed_value_is_the_servers():
    schema = form(
        component("number", "antal"),
        {"type": "expression", "key": "dobbelt", "expression": "=2 * antal"},
        {"type": "expression", "key": "firdobbelt", "expression": "=2 * dobbelt"},
    )
    checked = check(schema, {"antal": 3, "dobbelt": 99})
    assert checked.values == {"antal": 3, "dobbelt": 6, "firdobbelt": 12}
    assert check(schema, {}).values == {"antal": None, "dobbelt": None, "firdobbelt": None}


@pytest.mark.parametrize("word", ["readonly", "disabled"])
def test_a_field_that_is_only_shown_keeps_what_the_task_hands_over(word):
    schema = form(component("textfield", "cpr", **{word: True}), component("textfield", "navn"))
    checked = check(schema, {"cpr": "forfalsket", "navn": "Ida"}, cpr="700378-1016")
    assert checked.values == {"cpr": "700378-1016", "navn": "Ida"}
    assert check(schema, {"cpr": "forfalsket"}).values == {"navn": None}


def test_a_condition_may_ask_whether_its_own_field_is_handed_over():
    shown = component(
        "textfield", "kaldt_fra", readonly=True, conditional={"hide": "=kaldt_fra = null"}
    )
    assert check(form(shown), {}, kaldt_fra="faerdigmelding").values == {
        "kaldt_fra": "faerdigmelding"
    }
    assert check(form(shown), {"kaldt_fra": "forfalsket"}).values == {}


def test_a_field_only_shown_in_a_group_reads_the_same_group_of_what_is_handed_over():
    group = component("group", "borger", components=[component("textfield", "navn", readonly=True)])
    checked = check(form(group), {"borger": {"navn": "forfalsket"}}, borger={"navn": "Ida"})
    assert checked.values == {"borger": {"navn": "Ida"}}


def test_unanswered_fields_are_as_form_js_submits_them():
    schema = form(
        component("textfield", "a"),
        component("checkbox", "b"),
        component("checklist", "c", values=WAYS),
        component("group", "d", components=[component("number", "e")]),
        component("dynamiclist", "f", components=[component("number", "g")]),
    )
    assert check(schema, {}).values == {"a": None, "b": False, "c": [], "d": {"e": None}, "f": []}


def test_content_asks_for_nothing():
    content = [{"type": kind, "id": kind} for kind in ("text", "separator", "spacer")]
    table = {"type": "table", "id": "t", "dataSource": "=liste", "columns": [{"key": "a"}]}
    assert check(form(*content, table), {}).values == {}


# ---- names -------------------------------------------------------------------------------
def test_a_name_that_the_form_does_not_have_is_refused():
    schema = form(component("textfield"))
    assert said(schema, {"admin": True}) == {"admin": "Formularen har ikke feltet »admin«."}


def test_unknown_names_are_found_inside_groups_and_rows():
    fields = [component("textfield", "navn")]
    schema = form(
        component("group", "g", components=fields), component("dynamiclist", "r", components=fields)
    )
    assert set(said(schema, {"g": {"admin": 1}, "r": [{}, {"navn": "x", "admin": 1}]})) == {
        "g.admin",
        "r.1.admin",
    }


def test_many_unknown_names_are_told_a_hundred_at_a_time():
    found = check(form(component("textfield")), {f"n{n}": n for n in range(5_000)})
    assert len(found.problems) == 100


def test_an_unknown_name_reaches_no_expression():
    schema = form(component("select", valuesExpression="=parter"))
    assert "felt" in said(schema, {"felt": "Mig", "parter": ["Mig"]}, parter=PARTIES)


def test_answers_that_are_no_fields_at_all_get_one_sentence():
    for answers in (None, [], "tekst", 3):
        assert said(form(component("textfield")), answers) == {
            "": "Svarene skal være navngivne felter."
        }


# ---- rows --------------------------------------------------------------------------------
CHILDREN = form(
    component(
        "dynamiclist",
        "boern",
        validate={"required": True},
        components=[
            component("textfield", "navn", label="Navn", validate={"required": True}),
            component(
                "number", "alder", conditional={"hide": '=navn = "ukendt"'}, validate={"max": 17}
            ),
        ],
    )
)


def test_rows_name_their_problems_by_place():
    rows = [{"navn": "Bo", "alder": 7}, {}, {"alder": 40}, {"navn": "ukendt", "alder": 99}]
    checked = check(CHILDREN, {"boern": rows})
    assert set(checked.problems) == {"boern.2.navn", "boern.2.alder"}
    assert str(checked.problems["boern.2.navn"]) == "Navn: Udfyld feltet."


def test_conditions_inside_rows_see_what_the_server_computed_there():
    rows = component(
        "dynamiclist",
        "linjer",
        components=[
            component("number", "antal"),
            {"type": "expression", "key": "dobbelt", "expression": "=2 * antal"},
            component("textfield", "hvorfor", conditional={"hide": "=not(dobbelt > 10)"}),
            component("textfield", "sidste", conditional={"hide": "=hvorfor = null"}),
        ],
    )
    given = {"hvorfor": "x", "sidste": "y"}
    answers = {"linjer": [{"antal": 6, **given}, {"antal": 1, "dobbelt": 99, **given}]}
    assert check(form(rows), answers).values == {
        "linjer": [{"antal": 6, "dobbelt": 12, **given}, {"antal": 1, "dobbelt": 2}]
    }


def test_rows_that_nobody_filled_in_are_dropped():
    rows = [{"navn": None}, {"navn": "Bo", "alder": None}, {}]
    assert check(CHILDREN, {"boern": rows}).values == {"boern": [{"navn": "Bo", "alder": None}]}
    assert said(CHILDREN, {"boern": [{}, {"navn": " "}]}) == {
        "boern": "Felt: Tilføj mindst én række."
    }


def test_lists_have_an_end():
    assert said(CHILDREN, {"boern": [{"navn": "x"}] * 201}) == {
        "boern": "Felt: Der kan højst være 200 rækker."
    }


def test_lists_in_lists_do_not_multiply():
    inner = component("dynamiclist", "b", components=[component("number", "c")])
    schema = form(component("dynamiclist", "a", components=[inner]))
    full = {"a": [{"b": [{"c": 1}] * 199}] * 10}
    assert said(schema, full) == {}
    assert said(schema, {"a": [*full["a"], {"b": [{"c": 1}]}]}) == {
        "": "Der kan højst være 2000 rækker."
    }


@pytest.mark.parametrize("rows", ["Bo", {"navn": "Bo"}, 3])
def test_rows_that_are_no_list_are_refused(rows):
    assert set(said(CHILDREN, {"boern": rows})) == {"boern"}


def test_a_row_that_is_no_row_is_refused():
    assert set(said(CHILDREN, {"boern": ["Bo", {"navn": "Bo"}]})) == {"boern.0"}


# ---- rules -------------------------------------------------------------------------------
def ruled(**rule):
    return form(
        component("datetime", "fra"),
        component("datetime", "til"),
        component("textarea", "hvorfor", conditional={"hide": "=skjult"}),
        component("checkbox", "skjult"),
        rules=[{"besked": "Ret det.", **rule}],
    )


def test_a_demand_refuses_only_what_is_clearly_wrong():
    schema = ruled(felt="til", udtryk="=date(til) >= date(fra)")
    assert said(schema, {"fra": "2026-01-02", "til": "2026-01-01"}) == {"til": "Ret det."}
    assert said(schema, {"fra": "2026-01-01", "til": "2026-01-01"}) == {}
    assert said(schema, {"fra": "2026-01-01"}) == {}


def test_a_rule_without_a_demand_asks_for_its_field():
    schema = ruled(felt="hvorfor", **{"når": "=fra != null"})
    assert said(schema, {"fra": "2026-01-01"}) == {"hvorfor": "Ret det."}
    assert said(schema, {"fra": "2026-01-01", "hvorfor": "x"}) == said(schema, {}) == {}


def test_a_rule_holds_when_it_says_so():
    schema = ruled(felt="til", udtryk="=til = fra", **{"når": "=hvorfor != null"})
    apart = {"fra": "2026-01-01", "til": "2026-01-02"}
    assert said(schema, apart) == {}
    assert said(schema, {**apart, "hvorfor": "x"}) == {"til": "Ret det."}


def test_a_rule_about_a_hidden_field_is_silent():
    schema = ruled(felt="hvorfor", **{"når": "=fra != null"})
    assert said(schema, {"fra": "2026-01-01", "skjult": True}) == {}


def test_answers_that_make_a_rule_too_costly_do_not_get_round_it():
    schema = ruled(felt="til", udtryk="=count(for x in 1..1000000 return x) > 0")
    assert said(schema, {}) == {"til": "Ret det."}


def test_the_sentence_can_be_translated_and_stand_with_or_without_label():
    problem = check(CHILDREN, {"boern": [{"alder": 3}]}).problems["boern.0.navn"]
    english = {"Udfyld feltet.": "Fill in the field."}
    assert problem.bare(lambda text: english.get(text, text)) == "Fill in the field."
    assert problem.text(lambda text: english.get(text, text)) == "Navn: Fill in the field."


def test_a_form_is_read_once(monkeypatch):
    schema = form(component("textfield"))
    check(schema, {})
    monkeypatch.setattr("forms.reading.json.dumps", lambda *_: pytest.fail("dumped again"))
    forms.check(schema, {"felt": "x"}, feel=evaluate, context={})


# ---- hostile answers ---------------------------------------------------------------------
def deep(wrap, depth=100_000):
    made = None
    for _ in range(depth):
        made = wrap(made)
    return made


HOSTILE = {
    "deep lists": deep(lambda inner: [inner]),
    "deep contexts": deep(lambda inner: {"felt": inner}),
    "deep contexts in a list": [deep(lambda inner: {"felt": [inner]})],
    "long text": "x" * 5_000_000,
    "long list": ["x"] * 500_000,
    "many rows": [{"felt": 1}] * 500_000,
    "endless digits": 10**4_000,
    "bytes": b"x",
    "names that are no text": {1: 2, None: 3},
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("textfield", {"validate": {"pattern": "^x*$"}}),
        ("number", {}),
        ("checkbox", {}),
        ("radio", {"values": YES_NO}),
        ("checklist", {"valuesExpression": "=parter"}),
        ("datetime", {"properties": {"senest": "today()"}}),
        ("group", {"components": [component("number")]}),
        ("dynamiclist", {"components": [component("number")]}),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_hostile_answers_get_a_sentence_and_no_traceback(kind, settings, value):
    watching = component("textfield", "ser", conditional={"hide": "=felt = 3"})
    schema = form(component(kind, **settings), watching)
    checked = check(schema, {"felt": value}, parter=PARTIES)
    assert checked.problems
    assert all(len(text) < 300 for text in checked.problems.values())
    forms.fields(schema, {"felt": value}, checked.problems, feel=evaluate, context={})
