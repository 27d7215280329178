# ruff: noqa: E501  one diagram, one line
"""What lint sees round a diagram: values by their kinds, fields by where they come from, pathways by what they tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import lint
from engine.lint.overlap import witness
from engine.lint.sheet import Around, Told
from engine.lint.values import Kind, kinds
from engine.model import Finding, Source
from tests.small import (
    KEY,
    SETTINGS,
    E,
    S,
    border,
    by_event,
    catch,
    doc,
    each,
    el,
    end,
    on,
    sub,
    throw,
    user,
    way,
)  # fmt: skip

FORM = {
    "components": [
        {"type": "checkbox", "key": "ja"}, {"type": "number", "key": "dage"}, {"type": "textfield", "key": "navn"},
        {"type": "select", "key": "vej", "values": [{"label": "Kort", "value": "kort"}, {"label": "Lang", "value": "lang"}]},
        {"type": "checklist", "key": "flere", "values": []}, {"type": "datetime", "key": "dag", "subtype": "date"},
        {"type": "group", "components": [{"type": "number", "key": "inde"}]},
        {"type": "dynamiclist", "path": "rækker", "components": [{"type": "number", "key": "i_raekken"}]},
    ]
}  # fmt: skip
AROUND = Around(
    agreements=(lint.folder.settled(SETTINGS, "midtjylland"),),  # type: ignore[arg-type]
    forms={"f": FORM},
    pathways=frozenset({"planrunde"}),
)


#: A form at the beginning; and a choice that reads what it asks.
BEGUN = el("startEvent", "S", stafet_form="f")
ASKED = (
    el("exclusiveGateway", "G", default="G-D")
    + end("D")
    + end("F")
    + way("G D")
    + way("G F", "dage = 1")
)


def found(body: str, rule: str, around: Around = AROUND) -> list[Finding]:
    """What one rule says of a small diagram."""
    return [
        f
        for f in lint.lint_text(body if body.startswith("<def") else doc(body), "x.bpmn", around)
        if f.rule == rule
    ]


def choice(*conditions: str) -> str:
    """A form, then a choice with these conditions and a default."""
    ends = "".join(end(f"E{n}") for n in range(len(conditions)))
    ways = "".join(way(f"G E{n}", text) for n, text in enumerate(conditions))
    return (
        S
        + user("A", stafet_form="f")
        + el("exclusiveGateway", "G", default="G-E")
        + E
        + ends
        + way("S A G E")
        + ways
    )


# ---- kinds of values ---------------------------------------------------------------------
def test_a_form_says_what_kind_its_fields_are() -> None:
    assert kinds(AROUND) == {
        "ja": Kind("boolean"), "dage": Kind("number"), "navn": Kind("string"), "vej": Kind("string", ("kort", "lang")),
        "flere": Kind("list"), "inde": Kind("number"), "rækker": Kind("list"),
    }  # fmt: skip


def test_a_field_that_two_forms_mean_differently_has_no_kind() -> None:
    other = {"components": [{"type": "textfield", "key": "dage"}]}
    assert "dage" not in kinds(replace(AROUND, forms={"f": FORM, "g": other}))


@pytest.mark.parametrize(
    "condition",
    ['dage = "3"', "ja = 1", 'ja = "ja"', "navn > 3", "dage + ja > 1", "dage", '"ja"', 'vej = "mellem"', "ja > false", "navn - 1 = 2",
     'not(dage = "3")', '(dage) = "3"', 'dage > 3 and navn = 4', "flere = 1"],
)  # fmt: skip
def test_values_that_can_never_fit_are_told(condition: str) -> None:
    (told,) = found(choice(f"={condition}"), "type_clash")
    assert (told.element, told.severity) == ("G-E0", "error")


@pytest.mark.parametrize(
    "condition",
    ["dage > 3", "ja", "ja = true", "not(ja)", 'vej = "lang"', "dage = null", "ukendt = 3", "dag > today()", 'navn + "x" = "ax"',
     "count(flere) > 0", 'list contains(flere, "a")', "dage + inde > 3", 'some x in flere satisfies x = 3', "dage in [1..3]", "vej != navn"],
)  # fmt: skip
def test_values_that_may_fit_are_left_alone(condition: str) -> None:
    assert not found(choice(f"={condition}"), "type_clash")


# ---- overlaps ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("dage >= 3", "dage <= 3", "dage = 3.0"), ("ja = true", "ja", "ja = true"), ("dage > 3", "dage > 10", "dage = 11.0"),
        ('vej = "kort"', 'vej != "lang"', 'vej = "kort"'), ("dage > 3 and ja", "ja", "dage = 4.0, ja = true"),
        ("not(ja)", "dage = 1", "dage = 1.0, ja = false"),
    ],
)  # fmt: skip
def test_an_answer_that_fits_two_ways_is_shown(one: str, other: str, answer: str) -> None:
    assert witness(one, other, kinds(AROUND), 10_000)[0] == answer


@pytest.mark.parametrize(
    ("one", "other"),
    [("dage > 3", "dage <= 3"), ("ja", "not(ja)"), ('vej = "kort"', 'vej = "lang"'), ("dage = 1", "dage = 2"), ("ja = true", "ja = false"),
     ("count(flere) > 0", "ja"), ("today() > dag", "ja"), ("x.y = 1", "x.y = 1"), ("dage >", "ja"), ("true", "true")],
)  # fmt: skip
def test_where_no_answer_fits_both_or_none_can_be_shown_nothing_is_said(
    one: str, other: str
) -> None:
    assert witness(one, other, kinds(AROUND), 10_000)[0] is None


def test_looking_for_overlaps_ends_when_its_budget_does() -> None:
    assert witness("dage >= 3", "dage <= 3", {}, 0) == (None, 0)
    assert witness("a > 1 and b > 2 and c > 3", "a < 0 and b < 0 and c < 0", {}, 50)[1] <= 51


# ---- where fields come from --------------------------------------------------------------
def test_a_misspelt_field_is_told_with_its_place_and_the_nearest_name() -> None:
    (told,) = found(choice("=ja = true\n and dgae > 3"), "field_from_nowhere")
    assert told.element == "G-E0"
    assert "linje 2, tegn 6" in told.message
    assert "(dage?)" in told.hint


def test_a_name_in_quotes_or_behind_a_full_stop_is_no_field() -> None:
    assert not found(choice('=navn = "ukendt" and vej != "x"'), "field_from_nowhere")


@pytest.mark.parametrize(
    "body",
    [
        S + el("scriptTask", "R", stafet_udtryk="=1", stafet_resultat="ny") + el("exclusiveGateway", "G", default="G-E") + E + end("F") + way("S R G E") + way("G F", "ny = 1"),
        S + sub("U", el("startEvent", "S2") + user("I", stafet_form="f") + end("E2") + way("S2 I E2")) + el("exclusiveGateway", "G", default="G-E") + E + end("F") + way("S U G E") + way("G F", "dage = 1"),
        S + user("A", each("=adspurgte", name="part", collect="svar"), stafet_form="f") + el("exclusiveGateway", "G", default="G-E") + E + end("F") + way("S A G E") + way("G F", "count(svar[ja = true]) > 0"),
        S + user("A", stafet_form="f") + throw("L", on("link", "l")) + catch("M", on("link", "l")) + el("exclusiveGateway", "G", default="G-E") + E + end("F") + way("S A L") + way("M G E") + way("G F", "dage = 1"),
        S + user("B") + border("X", "B", on("message", "bud"), stays=True) + user("A", stafet_form="f") + el("exclusiveGateway", "G", default="G-E") + E + end("F") + way("S B E") + way("X A G E") + way("G F", "dage = 1"),
        S + user("A") + el("exclusiveGateway", "G", default="G-E") + E + end("F") + way("S A G E") + way("G F", "svarfrist != null and count(adspurgte) > 0"),
        BEGUN + user("A") + E + way("S A E") + by_event("V", on("signal", "alarm"), inner=way("V_s G") + ASKED),
        BEGUN + sub("U", el("startEvent", "S2") + end("E2") + way("S2 E2") + by_event("V", on("message", "bud"), inner=way("V_s G") + ASKED)) + E + way("S U E"),
        BEGUN + user("A") + E + way("S A E") + by_event("V", on("signal", "alarm"), inner=user("Q") + end("V_e") + way("V_s Q V_e") + border("X", "Q", on("timer", "P1D")) + way("X G") + ASKED),
        S + user("A", stafet_form="f") + E + way("S A E") + by_event("V", on("message", "bud"), inner=way("V_s G") + ASKED),
        S + user("A") + way("S A G") + ASKED + border("X", "A", on("timer", "P1D"), stays=True) + user("B", stafet_form="f") + E + way("X B E"),
        S + user("A") + way("S A G") + ASKED + by_event("V", on("message", "bud"), stays=True, inner=user("Q", stafet_form="f") + end("V_e") + way("V_s Q V_e")),
    ],
    ids=["a result", "a sub-process before", "a round", "over a link", "a boundary event's way", "parameters and what the engine gives", "the start form, in an event sub-process", "… inside a sub-process", "… on a side way in it", "a task beside an event sub-process", "a side way that leaves its task running", "an event sub-process that interrupts nothing"],
)  # fmt: skip
def test_a_field_that_some_way_gives_is_known(body: str) -> None:
    assert not found(body, "field_from_nowhere")


def test_what_is_asked_after_an_interruption_is_not_known_where_it_did_not_come() -> None:
    side = border("X", "A", on("timer", "P1D")) + user("B", stafet_form="f") + E + way("X B E")
    aside = S + user("A") + way("S A G") + ASKED + side
    assert [f.element for f in found(aside, "field_from_nowhere")] == ["G-F"]
    body = (
        S
        + ASKED
        + way("S G")
        + by_event(
            "V",
            on("message", "bud"),
            inner=user("Q", stafet_form="f") + end("V_e") + way("V_s Q V_e"),
        )
    )
    assert [f.element for f in found(body, "field_from_nowhere")] == ["G-F"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (S + el("scriptTask", "R", stafet_udtryk="=1", stafet_resultat="svarfrist") + E + way("S R E"), ["R"]),
        (S + user("A", each("=adspurgte", name="part", collect="svarfrist")) + E + way("S A E"), ["A"]),
        (S + el("scriptTask", "R", stafet_udtryk="=svarfrist", stafet_resultat="frist_nu") + E + way("S R E"), []),
    ],
)  # fmt: skip
def test_what_takes_a_parameters_name_is_told(body: str, where: list[str]) -> None:
    assert [f.element for f in found(body, "field_hides_parameter")] == where


def test_a_field_asked_for_only_afterwards_is_not_known_before() -> None:
    body = (
        S
        + user("A")
        + el("exclusiveGateway", "G", default="G-B")
        + user("B", stafet_form="f")
        + E
        + end("F")
        + way("S A G B E")
        + way("G F", "dage = 1")
    )
    assert [f.element for f in found(body, "field_from_nowhere")] == ["G-F"]


def test_what_may_be_empty_may_read_a_field_of_another_way() -> None:
    body = (
        S
        + user("A", stafet_frist="3 hverdage", stafet_fra="dag", stafet_klausul="X-1")
        + user("B", stafet_form="f")
        + E
        + way("S A B E")
    )
    assert [f.severity for f in found(body, "field_from_nowhere")] == ["warning"]
    assert [
        f.severity for f in found(body.replace('fra="dag"', 'fra="dagg"'), "field_from_nowhere")
    ] == ["error"]


def test_what_a_caller_hands_in_and_a_sender_sends_along_is_known_in_the_part() -> None:
    body = (
        S
        + user("A")
        + el("exclusiveGateway", "G", default="G-E")
        + E
        + end("F")
        + way("S A G E")
        + way("G F", "hand = 1 and felt = 2")
    )
    caller = Told(
        "midtjylland",
        "a",
        hands={"midtjylland-proeve": frozenset({"hand"})},
        starts={"proeve": frozenset({"felt"})},
    )
    here = replace(AROUND, key="midtjylland-proeve", slug="proeve", others=(caller,))
    assert not found(body, "field_from_nowhere", here)
    assert found(body, "field_from_nowhere", replace(here, others=()))


# ---- what pathways tell each other -------------------------------------------------------
def test_a_message_that_another_pathway_sends_is_not_waited_for_in_vain() -> None:
    body = S + catch("C", on("message", "svar")) + E + way("S C E")
    assert [f.element for f in found(body, "message_nobody_sends")] == ["C"]
    assert not found(
        body,
        "message_nobody_sends",
        replace(AROUND, others=(Told("m", "x", sends=frozenset({"svar"})),)),
    )


def test_a_message_that_anybody_may_report_needs_no_sender() -> None:
    assert not found(
        S + catch("C", on("message", "doedsfald")) + E + way("S C E"), "message_nobody_sends"
    )


@pytest.mark.parametrize(
    ("receiver", "told"),
    [
        (Told("m", "r"), True),
        (Told("m", "r", plain_start=True), False),
        (Told("m", "r", catches=frozenset({"bud"})), False),
    ],
)
def test_a_pathway_that_is_told_something_waits_for_it(receiver: Told, told: bool) -> None:
    body = (
        S + user("A", stafet_besked="bud", stafet_titel="T", stafet_forloeb="r") + E + way("S A E")
    )
    assert bool(found(body, "message_nobody_catches", replace(AROUND, others=(receiver,)))) is told


# ---- what people write -------------------------------------------------------------------
_TELLS = S + user("A", stafet_form="f", stafet_besked="bud", stafet_forloeb="r", stafet_felter="navn dage")  # fmt: skip


@pytest.mark.parametrize(
    ("body", "around", "where"),
    [
        (choice('navn = "x"'), {}, "A"),
        (choice("dage = 1"), {}, ""),
        (choice("every x in svar satisfies x.navn = dage"), {}, "A"),
        (S + user("A", stafet_form="f", stafet_dokument="plan", stafet_dokumentSvar="navn != null") + E, {}, ""),
        (S + user("A", stafet_form="f") + el("callActivity", "C", calledElement="m-r") + E, {}, "A"),
        (S + user("A", stafet_form="f") + el("callActivity", "C", calledElement="m-x") + E, {}, "A"),
        (S + user("A", stafet_form="f") + el("callActivity", "C", calledElement="m-r", stafet_ind="dage") + E, {}, ""),
        (S + user("A", stafet_form="f") + E, {"others": (Told("m", "y", takes={KEY: frozenset({"navn"})}),)}, "A"),
        (S + user("A", stafet_form="f") + el("businessRuleTask", "B", stafet_beslutning="d") + E,
         {"decisions": {"d": frozenset({"navn"})}}, "A"),
        (_TELLS + E, {}, "A"),
        (_TELLS + E, {"pathways": frozenset({"m-x"})}, ""),
        (_TELLS + E, {"others": (Told("m", "r", reads=frozenset({"dage"})),)}, ""),
    ],
)  # fmt: skip
def test_free_text_is_found_wherever_it_would_be_read(
    body: str, around: dict[str, Any], where: str
) -> None:
    others = (Told("m", "r", reads=frozenset({"navn"})), Told("m", "x", hands={"m-r": None}))
    known = {"others": others, "pathways": frozenset({"m-r", "r"}), **around}
    told = found(body, "free_text_read", replace(AROUND, **known))
    assert [one.element for one in told] == [where] * bool(where)


# ---- timers ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "R0/P1D",
        "=null",
        '="om lidt"',
        "2026-02-31",
        "=3",
        "=overskredet",
        "R3/2026-13-01T00:00:00/P1D",
    ],
)
def test_a_timer_that_can_never_fire_is_told(text: str) -> None:
    (told,) = found(
        S
        + user("A")
        + border("X", "A", on("timer", text))
        + E
        + end("F")
        + way("S A E")
        + way("X F"),
        "timer_never_fires",
    )
    assert (told.element, told.severity) == ("X", "error")


@pytest.mark.parametrize(
    "text",
    [
        "P7D",
        "3 hverdage",
        "=svarfrist",
        "R/P1D",
        "R3/P1M",
        "2026-05-01",
        '=duration("P1D")',
        "=ukendt",
        '=date("2026-05-01")',
    ],
)
def test_a_timer_that_may_fire_is_left_alone(text: str) -> None:
    assert not found(
        S
        + user("A")
        + border("X", "A", on("timer", text))
        + E
        + end("F")
        + way("S A E")
        + way("X F"),
        "timer_never_fires",
    )


def test_a_timer_bound_to_a_deadline_needs_one_on_its_task() -> None:
    body = (
        S
        + user("A", stafet_frist="3 hverdage", stafet_klausul="X-1")
        + border("X", "A", on("timer", "=overskredet"))
        + E
        + end("F")
        + way("S A E")
        + way("X F")
    )
    assert not found(body, "timer_never_fires")


# ---- what is not stored ------------------------------------------------------------------
def test_a_version_in_memory_is_judged_with_what_it_carries() -> None:
    source = Source(
        "midtjylland-proeve", "midtjylland", doc(choice("=dgae = 1")), {}, {"f": FORM}, {}, SETTINGS
    )
    errors = {(f.rule, f.element) for f in lint.lint_source(source) if f.severity == "error"}
    assert {("task_without_lane", "A"), ("field_from_nowhere", "G-E0")} <= errors


def test_what_a_version_carries_and_cannot_be_read_is_a_finding_too() -> None:
    source = Source(
        "midtjylland-proeve",
        "midtjylland",
        doc(choice("=ja")),
        {},
        {"f": FORM},
        {"d": "<!DOCTYPE a><a/>"},
        {"titel": 3},
    )
    assert [f.rule for f in lint.lint_source(source)][:2] == ["unreadable", "unreadable"]


def test_lint_says_the_worst_first_within_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_text(
        doc(S + el("complexGateway", "G") + user("A") + E + way("S G A E"))
    )
    severities = [f.severity for f in lint.lint(tmp_path)]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert severities[0] == "error"
