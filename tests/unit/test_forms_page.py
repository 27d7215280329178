"""The page of a form: what a template gets, and what comes back from a browser without scripts."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

import forms
from forms import danish, prose
from forms.prose import Block, Span
from tests.property.form_page import send
from tests.unit.test_forms import (
    CHILDREN,
    HIDING,
    NOW,
    PARTIES,
    WAYS,
    YES_NO,
    component,
    evaluate,
    form,
)


def page(schema, values=(), problems=(), gettext=str, **context):
    return forms.fields(
        schema,
        dict(values),
        dict(problems),
        feel=evaluate,
        context={"now": NOW, **context},
        gettext=gettext,
    )


def only(kind, value=None, problems=(), **settings):
    """The one field of a form, with this value."""
    values = {} if value is None else {"felt": value}
    (shown,) = page(form(component(kind, **settings)), values, problems, parter=PARTIES)
    return shown


def posted(**values):
    return MultiDict([(f"svar.{key}", text) for key, text in values.items()])


def typed(kind, settings=(), **parts):
    """What one field's post is read as; `parts` by the name behind the field's own."""
    schema = form(component(kind, **dict(settings)))
    pairs = [
        ("svar.felt" + (f".{part}" if part != "_" else ""), text) for part, text in parts.items()
    ]
    return forms.from_post(schema, MultiDict(pairs))["felt"]


# ---- what is shown -----------------------------------------------------------------------
def test_a_field_says_all_that_a_template_needs():
    shown = only(
        "textfield",
        "Ida",
        description="Fornavn",
        validate={"required": True, "maxLength": 40, "validationType": "email"},
        appearance={"prefixAdorner": "@", "suffixAdorner": ".dk"},
    )
    assert (shown.kind, shown.key, shown.name, shown.id) == (
        "text",
        "felt",
        "svar.felt",
        "felt-felt",
    )
    assert (shown.label, shown.hint, shown.required, shown.value) == (
        "Felt",
        "Fornavn",
        True,
        "Ida",
    )
    assert (shown.most, shown.mode, shown.prefix, shown.suffix) == (40, "email", "@", ".dk")
    assert only("textarea", "a\nb").value == "a\nb"
    assert (only("number", 1234.5).value, only("number").mode) == ("1234,5", "decimal")
    assert only("number", decimalDigits=0).mode == "numeric"
    assert only("checkbox", True).checked
    assert not only("checkbox").checked
    assert only("datetime", "09:30", subtype="time").value == "09:30"


def test_choices_are_marked_and_carry_their_kind():
    shown = only("radio", False, values=YES_NO)
    assert [(c.value, c.label, c.checked) for c in shown.options] == [
        ("true", "Ja", False),
        ("false", "Nej", True),
    ]
    assert [c.id for c in shown.options] == [
        "felt-felt",
        "felt-felt-2",
    ]  # an error leads to the first
    assert [c.checked for c in only("checklist", ["brev"], values=WAYS).options] == [False, True]
    assert [c.value for c in only("select", valuesExpression="=parter").options] == PARTIES
    assert [c.value for c in only("select", valuesExpression="=null").options] == []
    contexts = '=[{label: "Et", value: 1}, {value: "1"}, {label: "intet"}, "", 2]'
    found = only("select", valuesExpression=contexts).options
    assert [(c.value, c.label) for c in found] == [("1", "Et"), ('"1"', "1"), ("2", "2")]


def test_a_date_is_three_inputs_and_a_moment_four():
    parts = only("datetime", "2026-02-03").parts
    assert [(p.name, p.label, p.value, p.width) for p in parts] == [
        ("svar.felt.dag", "Dag", "3", 2),
        ("svar.felt.maaned", "Måned", "2", 2),
        ("svar.felt.aar", "År", "2026", 4),
    ]
    assert [p.id for p in parts] == ["felt-felt", "felt-felt-maaned", "felt-felt-aar"]
    moment = only("datetime", "2026-07-01T08:00Z", subtype="datetime").parts
    assert [p.value for p in moment] == ["1", "7", "2026", "10:00"]


@pytest.mark.parametrize(
    ("value", "subtype", "wrong"),
    [
        ("2025-02-31", "date", ["dag"]),
        ("2025-13-01", "date", ["maaned"]),
        ("25-02-01", "date", ["aar"]),
        ("--01", "date", ["dag", "maaned", "aar"]),
        ("2025-03-30T02:30", "datetime", ["kl"]),
        ("2025-03-30Tx", "datetime", ["kl"]),
    ],
)
def test_the_part_of_a_date_that_is_wrong_is_marked(value, subtype, wrong):
    schema = form(component("datetime", subtype=subtype))
    problems = forms.check(schema, {"felt": value}, feel=evaluate, context={}).problems
    (shown,) = page(schema, {"felt": value}, problems)
    assert [p.name.rpartition(".")[2] for p in shown.parts if p.wrong] == wrong


def test_a_problem_stands_at_its_field_in_the_readers_language():
    problems = forms.check(CHILDREN, {"boern": [{"alder": 3}]}, feel=evaluate, context={}).problems
    english = {"Udfyld feltet.": "Fill in the field."}
    (boern,) = page(
        CHILDREN, {"boern": [{"alder": 3}]}, problems, lambda text: english.get(text, text)
    )
    assert boern.rows[0].fields[0].problem == "Fill in the field."
    assert boern.rows[0].fields[0].id == forms.anchor("boern.0.navn") == "felt-boern-0-navn"
    assert only("textfield", problems={"felt": "Sagt af andre."}).problem == "Sagt af andre."


@pytest.mark.parametrize(
    ("kind", "settings", "value", "text"),
    [
        ("textfield", {}, "Ida", "Ida"),
        ("radio", {"values": YES_NO}, True, "Ja"),
        ("checkbox", {}, False, "Nej"),
        ("checklist", {"values": WAYS}, ["dp", "brev"], "Digital Post, Brev"),
        ("select", {"values": WAYS}, "fax", "fax"),
        ("number", {}, 2.5, "2,5"),
        ("datetime", {}, "2026-11-24", "24.11.2026"),
        ("datetime", {"subtype": "datetime"}, "2026-11-24T09:05+01:00", "24.11.2026 kl. 9.05"),
        ("textfield", {}, None, ""),
    ],
)
def test_what_is_only_shown_is_text(kind, settings, value, text):
    schema = form(component(kind, readonly=True, **settings))
    (shown,) = page(schema, {"felt": "forfalsket"}, felt=value)
    assert (shown.kind, shown.value, shown.required) == ("shown", text, False)
    assert forms.from_post(schema, posted(felt="forfalsket")) == {}


def test_what_is_only_shown_may_be_an_older_answer_but_never_over_the_tasks_own():
    schema = form(component("textfield", readonly=True))
    assert page(schema, {"felt": "ældre"})[0].value == "ældre"
    assert page(schema, {"felt": "ældre"}, felt="opgavens")[0].value == "opgavens"
    assert forms.check(schema, {"felt": "ældre"}, feel=evaluate, context={}).values == {}


def test_a_computed_value_is_shown_where_the_designer_wants_it_seen():
    computed = {"type": "expression", "key": "sum", "expression": "=antal + 1"}
    schema = form(component("number", "antal"), {**computed, "properties": {"vises_som": "I alt"}})
    shown = page(schema, {"antal": 2})[1]
    assert (shown.kind, shown.label, shown.value) == ("shown", "I alt", "3")
    assert len(page(form(component("number", "antal"), computed))) == 1


def test_defaults_stand_in_what_was_never_answered():
    schema = form(component("number", "a", defaultValue=3), component("group", "g", components=[
        component("textfield", "b", defaultValue="x")]))  # fmt: skip
    assert [page(schema)[0].value, page(schema)[1].fields[0].value] == ["3", "x"]
    emptied = page(schema, {"a": None, "g": {"b": None}})
    assert [emptied[0].value, emptied[1].fields[0].value] == ["", ""]


def test_hidden_fields_are_not_on_the_page():
    assert [one.key for one in page(HIDING)] == ["haster"]
    assert [one.key for one in page(HIDING, {"haster": True})] == ["haster", "begrundelse"]


def test_content_is_drawn_in_its_place():
    text = {"type": "text", "id": "t", "text": "# Hej {{navn}}\nDer er {{count(parter)}} parter."}
    table = {"type": "table", "id": "tab", "label": "Parter", "dataSource": "=rows", "columns": [
        {"key": "navn", "label": "Part"}, {"key": "ja"}]}  # fmt: skip
    line = {"type": "separator", "id": "s"}
    rows = [{"navn": "Kommunen", "ja": True}, {"navn": "<b>", "ja": None}, "ingen"]
    said, grid, rule = page(form(text, table, line), navn="Ida", parter=PARTIES, rows=rows)
    spoken = [(block.kind, "".join(span.text for span in block.lines[0])) for block in said.prose]
    assert spoken == [("h", "Hej Ida"), ("p", "Der er 2 parter.")]
    assert (grid.columns, grid.cells) == (("Part", "ja"), (("Kommunen", "Ja"), ("<b>", "")))
    assert rule.kind == "separator"
    assert not any(one.name for one in (said, grid, rule))


# ---- texts -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("En\nto\n\ntre", [("p", ["En to"]), ("p", ["tre"])]),
        ("- a\n- b\n1. c", [("ul", ["a", "b"]), ("ol", ["c"])]),
        ("# A\n## B", [("h", ["A"]), ("h", ["B"])]),
        ("Før\n- a\nefter", [("p", ["Før"]), ("ul", ["a"]), ("p", ["efter"])]),
        ("", []),
    ],
)
def test_markdown_becomes_blocks(text, blocks):
    found = prose.blocks(text, str)
    assert [(b.kind, ["".join(s.text for s in line) for line in b.lines]) for b in found] == blocks


def test_markdown_spans_and_their_limits():
    text = "**fed** _skrå_ `kode` [side](https://eksempel.dk) [ond](javascript:x) felt_med_streg <script>"
    (block,) = prose.blocks(text, str)
    found = [(s.kind, s.text, s.href) for s in block.lines[0] if s.text.strip()]
    assert found == [
        ("strong", "fed", ""),
        ("em", "skrå", ""),
        ("code", "kode", ""),
        ("link", "side", "https://eksempel.dk"),
        ("", "ond", ""),
        ("", " felt_med_streg <script>", ""),
    ]


@pytest.mark.parametrize("address", ["//ond.dk", "data:text/html,x", "JavaScript:x", "https://a b"])
def test_addresses_that_lead_elsewhere_become_text(address):
    (block,) = prose.blocks(f"[x]({address})", str)
    assert "link" not in [s.kind for s in block.lines[0]]


def test_a_value_is_never_read_as_markdown():
    (block,) = prose.blocks(
        "{{navn}} {{a * b}} og {{c * d}}", lambda _expression: "**x** [y](https://z.dk)"
    )
    assert {s.kind for s in block.lines[0]} == {""}
    assert prose.blocks("=navn", lambda _expression: "# x")[0] == Block("p", ((Span("# x"),),))


JULY = {"dag": "1", "maaned": "7", "aar": "2026"}


# ---- what comes back ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "settings", "parts", "answer"),
    [
        ("textfield", {}, {"_": " Ida "}, " Ida "),
        ("textfield", {}, {"_": " "}, None),
        ("textfield", {}, {}, None),
        ("textarea", {}, {"_": "a\r\nb"}, "a\nb"),
        ("number", {}, {"_": "1.234,5"}, 1234.5),
        ("number", {}, {"_": "1 234"}, 1234),
        ("number", {}, {"_": "1234.5"}, 1234.5),
        ("number", {}, {"_": "−3"}, -3),
        ("number", {}, {"_": "tre"}, "tre"),
        ("number", {}, {"_": "1e5"}, "1e5"),
        ("number", {}, {"_": "9" * 401}, "9" * 401),
        ("checkbox", {}, {"_": "true"}, True),
        ("checkbox", {}, {}, False),
        ("radio", {"values": YES_NO}, {"_": "false"}, False),
        ("radio", {"values": YES_NO}, {}, None),
        ("select", {"values": WAYS}, {"_": ""}, None),
        ("select", {"values": WAYS}, {"_": "fax"}, "fax"),
        ("select", {"values": WAYS}, {"_": "1e999"}, "1e999"),
        ("checklist", {"values": WAYS}, {}, []),
        ("datetime", {}, {"dag": "3", "maaned": "2", "aar": "2026"}, "2026-02-03"),
        ("datetime", {}, {"dag": "31", "maaned": "02", "aar": "2025"}, "2025-02-31"),
        ("datetime", {}, {"dag": "3", "maaned": "maj", "aar": ""}, "-maj-03"),
        ("datetime", {}, {"dag": " ", "maaned": "", "aar": ""}, None),
        ("datetime", {"subtype": "time"}, {"_": "9.30"}, "09:30"),
        ("datetime", {"subtype": "time"}, {"_": "930"}, "09:30"),
        ("datetime", {"subtype": "time"}, {"_": "9"}, "09:00"),
        ("datetime", {"subtype": "time"}, {"_": "kl. ni"}, "kl. ni"),
        ("datetime", {"subtype": "datetime"}, {**JULY, "kl": "8"}, "2026-07-01T08:00+02:00"),
        ("datetime", {"subtype": "datetime"}, JULY, "2026-07-01T"),
        ("datetime", {"subtype": "datetime"}, {}, None),
    ],
)  # fmt: skip
def test_what_is_typed_is_read_and_what_is_no_answer_stays(kind, settings, parts, answer):
    found = typed(kind, settings, **parts)
    assert (found, type(found)) == (answer, type(answer))


def test_several_ticks_are_a_list():
    schema = form(component("checklist", values=YES_NO))
    ticks = MultiDict([("svar.felt", "true"), ("svar.felt", "false")])
    assert forms.from_post(schema, ticks) == {"felt": [True, False]}


def test_a_wrong_date_comes_back_as_it_was_typed():
    schema = form(component("datetime"))
    answers = forms.from_post(
        schema, MultiDict({"svar.felt.dag": "31", "svar.felt.maaned": "2", "svar.felt.aar": "2025"})
    )
    assert [p.value for p in page(schema, answers)[0].parts] == ["31", "2", "2025"]


def test_the_page_of_a_task_is_sent_back_whole():
    values = {"boern": [{"navn": "Bo", "alder": 7}, {"navn": "Liv", "alder": None}]}
    assert forms.from_post(CHILDREN, send(page(CHILDREN, values))) == values


# ---- rows --------------------------------------------------------------------------------
def test_rows_are_added_and_taken_away_without_scripts():
    shown = page(CHILDREN, {"boern": [{"navn": "Bo"}, {"navn": "Liv"}]})
    (boern,) = shown
    assert (boern.add, [row.remove for row in boern.rows]) == (
        "tilfoej:boern",
        ["fjern:boern.0", "fjern:boern.1"],
    )
    more = forms.from_post(CHILDREN, send(shown, boern.add))
    assert [row.get("navn") for row in more["boern"]] == ["Bo", "Liv", None]
    assert len(page(CHILDREN, more)[0].rows) == 3
    fewer = forms.from_post(CHILDREN, send(shown, boern.rows[0].remove))
    assert [row["navn"] for row in fewer["boern"]] == ["Liv"]


def test_rows_inside_rows_have_buttons_of_their_own():
    inner = component("dynamiclist", "b", components=[component("textfield", "c")])
    schema = form(component("dynamiclist", "a", components=[inner]))
    shown = page(schema, {"a": [{"b": [{"c": "1"}]}, {"b": [{"c": "2"}]}]})
    again = forms.from_post(schema, send(shown, shown[0].rows[1].fields[0].add))
    assert again == {"a": [{"b": [{"c": "1"}]}, {"b": [{"c": "2"}, {}]}]}


def test_a_list_begins_with_the_rows_that_the_designer_says():
    assert len(page(CHILDREN)[0].rows) == 1
    assert len(page(CHILDREN, {"boern": []})[0].rows) == 0
    rows = component(
        "dynamiclist",
        components=[component("number", "n")],
        defaultRepetitions=3,
        allowAddRemove=False,
    )
    (shown,) = page(form(rows))
    assert (len(shown.rows), shown.add, shown.rows[0].remove) == (3, "", "")


def test_a_full_list_takes_no_more():
    rows = [{"navn": "x"}] * 200
    assert page(CHILDREN, {"boern": rows})[0].add == ""


@pytest.mark.parametrize("count", ["-1", "x", "1e9", "٣", "", "99999999999"])
def test_a_count_that_nobody_here_wrote_gives_no_rows(count):
    assert forms.from_post(CHILDREN, MultiDict({"svar.boern.antal": count})) == {"boern": []}


def test_a_count_is_bounded():
    assert len(forms.from_post(CHILDREN, MultiDict({"svar.boern.antal": "9999"}))["boern"]) == 200


def test_counts_in_rows_do_not_multiply():
    inner = component("dynamiclist", "b", components=[component("number", "c")])
    schema = form(component("dynamiclist", "a", components=[inner]))
    counts = {"svar.a.antal": "200", **{f"svar.a.{n}.b.antal": "200" for n in range(200)}}
    rows = forms.from_post(schema, MultiDict(counts))["a"]
    assert sum(1 + len(row["b"]) for row in rows) == 2_000


@pytest.mark.parametrize(
    ("do", "again"),
    [
        ("complete", False),
        ("draft", False),
        ("", False),
        ("vis", True),
        ("tilfoej:boern", True),
        ("fjern:boern.0", True),
    ],
)
def test_some_buttons_only_ask_for_the_page_again(do, again):
    assert forms.redraws(MultiDict({"do": do})) is again


# ---- fields that come into play ----------------------------------------------------------
def test_fields_that_the_answers_bring_into_play_are_shown_before_anything_is_sent():
    first = page(HIDING)
    post = send(first)
    post["svar.haster"] = "true"
    answers = forms.from_post(HIDING, post)
    assert answers == {"haster": True}
    second = page(HIDING, answers)
    assert [one.key for one in forms.unseen(second, post)] == ["begrundelse"]
    assert forms.unseen(page(HIDING, answers), send(second)) == ()


def test_an_unticked_box_that_was_not_on_the_page_is_no_answer():
    schema = form(
        component("checkbox", "a"), component("checkbox", "b", conditional={"hide": "=not(a)"})
    )
    assert forms.from_post(schema, MultiDict()) == {"a": False}
    assert forms.from_post(schema, MultiDict({"vist": "b"})) == {"a": False, "b": False}


def test_a_group_without_a_name_is_remembered_by_its_id():
    inner = component("textfield", "navn")
    group = {"type": "group", "id": "g", "components": [inner], "conditional": {"hide": "=uden"}}
    schema = form(component("checkbox", "uden"), group)
    shown = page(schema, {"navn": "Bo"})
    assert [one.seen for one in shown] == ["", "#g"]
    assert forms.from_post(schema, send(shown)) == {"uden": False, "navn": "Bo"}


def test_the_clock_that_is_put_back_is_read_as_the_first_of_the_two_hours():
    assert danish.typed_moment("2026-10-25", "02:30") == "2026-10-25T02:30+02:00"
