"""What counts as tested: for each kind of clause a small diagram, what its scenario proved, and what is left."""

from __future__ import annotations

from typing import Any

import pytest

from engine.coverage import coverage, listed
from engine.coverage.clauses import ALLE, Clause, ClausesInvalid
from engine.model import Json, Source
from engine.walked import Dated, Walked
from tests.small import KEY, SETTINGS, E, S, doc, el, user, way

A = (KEY, "A")


def clause(kind: str, **more: Any) -> Clause:
    """The one clause of these tests."""
    return Clause("MIDT-1", "1", "Nogen gør noget.", "ja", kind, **more)


def drawn(body: str, forms: Json | None = None) -> Source:
    """A small diagram as it is deployed."""
    return Source(KEY, "midtjylland", doc(body), {}, forms or {}, {}, SETTINGS)


def row(
    one: Clause, made: Source, walked: Walked | None = None, broken: dict[str, str] | None = None
) -> Json:
    """How the clause stands."""
    found = coverage(
        {"midtjylland": [one]}, [made], {"midtjylland": walked or Walked()}, broken or {}
    )
    return found["midtjylland"]["clauses"]["MIDT-1"]


def acts(*pairs: tuple[tuple[str, str], str]) -> Walked:
    """Elements that came about, each with the party."""
    return Walked(acts=frozenset(pairs))


LANES = '<laneSet id="l"><lane id="l1" name="Kommune"><flowNodeRef>A</flowNodeRef></lane></laneSet>'
TASK = LANES + S + user("A", stafet_klausul="MIDT-1") + E + way("S A E")
DUE = S + user("A", stafet_klausul="MIDT-1", stafet_frist="3 hverdage") + E + way("S A E")
CHOICE = (
    S
    + user("A", stafet_klausul="MIDT-1")
    + el("exclusiveGateway", "G", default="G-E")
    + E
    + el("endEvent", "F")
    + way("S A G E")
    + way("G F", "=ja")
)


# ---- deadlines ---------------------------------------------------------------------------
def test_a_deadline_needs_its_due_moment_and_status_asserted() -> None:
    one = clause("frist", frist="3 hverdage")
    assert "asserts the due moment" in row(one, drawn(DUE))["missing"]
    dated = Walked(dated=frozenset({Dated(A, "MIDT-1", "3 hverdage", False)}))
    assert row(one, drawn(DUE), dated)["tested"]


@pytest.mark.parametrize(("frist", "local"), [("5 hverdage", False), ("3 hverdage", True)])
def test_a_deadline_is_the_agreements_own_number(frist: str, local: bool) -> None:
    dated = Walked(dated=frozenset({Dated(A, "MIDT-1", frist, local)}))
    found = row(clause("frist", frist="3 hverdage"), drawn(DUE), dated)
    assert not found["tested"]
    assert "the agreement says 3 hverdage" in found["missing"]


def test_another_clauses_deadline_proves_nothing() -> None:
    dated = Walked(dated=frozenset({Dated(A, "MIDT-2", "3 hverdage", False)}))
    assert not row(clause("frist", frist="3 hverdage"), drawn(DUE), dated)["tested"]


def test_a_duty_with_a_number_needs_both() -> None:
    one = clause("pligt", frist="3 hverdage", who=("Kommune",))
    dated = Walked(dated=frozenset({Dated(A, "MIDT-1", "3 hverdage", False)}))
    assert "completes" in row(one, drawn(DUE), dated)["missing"]
    assert row(one, drawn(DUE), dated | acts((A, "Kommune")))["tested"]


# ---- duties ------------------------------------------------------------------------------
def test_a_duty_is_done_by_the_party_that_owes_it() -> None:
    one = clause("pligt", who=("Kommune",))
    assert row(one, drawn(TASK), acts((A, "Kommune")))["tested"]


@pytest.mark.parametrize("who", ["Kommune", "kommune", ALLE])
def test_who_owes_may_be_a_party_a_sector_or_all(who: str) -> None:
    assert row(clause("pligt", who=(who,)), drawn(TASK), acts((A, "Kommune")))["tested"]


def test_a_duty_done_by_somebody_else_says_who() -> None:
    found = row(clause("pligt", who=("Psykiatri",)), drawn(TASK), acts((A, "Kommune")))
    assert found["missing"] == (
        "MIDT-1 is owed by Psykiatri, but Kommune completes midtjylland-proeve#A."
    )


def test_a_gateway_does_no_duty() -> None:
    body = S + user("A") + el("exclusiveGateway", "G", stafet_klausul="MIDT-1") + E + way("S A G E")
    found = row(clause("pligt"), drawn(body), acts(((KEY, "G"), "Kommune")))
    assert "does nothing by itself" in found["missing"]


# ---- decisions ---------------------------------------------------------------------------
def test_a_decision_is_tested_when_every_way_was_taken() -> None:
    one = clause("beslutning")
    half = Walked(ways=frozenset({(KEY, "G-E")}))
    assert row(one, drawn(CHOICE), half)["missing"] == "No scenario reaches “F” of G (MIDT-1)."
    assert row(one, drawn(CHOICE), half | Walked(ways=frozenset({(KEY, "G-F")})))["tested"]


def test_a_decision_without_a_gateway_is_every_answer_of_its_form() -> None:
    form = {"components": [{"key": "ja", "type": "checkbox"}]}
    made = drawn(
        S + user("A", stafet_klausul="MIDT-1", stafet_form="f") + E + way("S A E"), {"f": form}
    )
    half = Walked(answers=frozenset({(A, "ja", True)}))
    assert "ja = false" in row(clause("beslutning"), made, half)["missing"]
    assert row(clause("beslutning"), made, half | Walked(answers=frozenset({(A, "ja", False)})))[
        "tested"
    ]


def test_what_decides_nothing_is_no_decision() -> None:
    found = row(clause("beslutning"), drawn(TASK), acts((A, "Kommune")))
    assert "decides nothing" in found["missing"]


# ---- content and rules -------------------------------------------------------------------
def test_content_is_tested_by_a_refusal_on_its_element() -> None:
    form = {"components": [{"key": "maal", "type": "textfield", "validate": {"required": True}}]}
    body = S + user("A", stafet_klausul="MIDT-1", stafet_form="f") + E + way("S A E")
    one, made = clause("indhold"), drawn(body, {"f": form})
    assert "expects a refusal" in row(one, made, acts((A, "Kommune")))["missing"]
    assert row(one, made, Walked(refused=frozenset({A})))["tested"]
    assert "no form" in row(one, drawn(TASK), Walked(refused=frozenset({A})))["missing"]


def test_a_rule_of_the_product_is_tested_by_its_probe() -> None:
    one, made = clause("forbud", rule="adgang"), drawn(S + E + way("S E"))
    assert row(one, made, broken={"adgang": ""})["tested"]
    found = row(one, made, broken={"adgang": "A stranger saw it."})
    assert found["covered"]
    assert not found["tested"]
    assert found["missing"] == "A stranger saw it."
    assert found["by"] == ["stafet#adgang"]


def test_nothing_carries_it() -> None:
    found = row(clause("pligt"), drawn(S + E + way("S E")))
    assert not found["covered"]
    assert found["missing"] == "No element carries MIDT-1."


def test_a_part_that_agreements_share_is_chosen_in_once_for_all() -> None:
    """Its ways and refusals hold for each of them; who does the work does not."""
    proved = Walked(
        ways=frozenset({("faelles-x", "f")}), acts=frozenset({(("faelles-x", "A"), "P")})
    )
    assert proved.shared() == Walked(ways=proved.ways)


# ---- elements with many clauses ----------------------------------------------------------
def test_an_element_with_many_clauses_is_listed_with_its_reason() -> None:
    many = " ".join(f"MIDT-{n}" for n in range(1, 8))
    body = (
        S
        + user("A", stafet_klausul=many, stafet_begrundelse="Ét skema kræver dem alle.")
        + E
        + way("S A E")
    )
    found = coverage({"midtjylland": []}, [drawn(body)], {}, {})["midtjylland"]["crowded"]
    assert [(it["element"], it["why"]) for it in found] == [
        (f"{KEY}#A", "Ét skema kræver dem alle.")
    ]


# ---- the list ----------------------------------------------------------------------------
ROW = "punkter: [{id: X-1, afsnit: a, tekst: t, udfoeres: ja%s}]"


def test_a_row_says_what_it_is_and_who_owes_it() -> None:
    one = listed(ROW % ", slags: frist, hvem: [Kommune, region], frist: 3 hverdage")[0]
    assert (one.kind, one.who, one.frist) == ("frist", ("Kommune", "region"), "3 hverdage")


@pytest.mark.parametrize(
    ("more", "told"),
    [(", slags: pligter", "slags"), (", regel: magi", "regel"), (", hvem: []", "hvem"), (", hvem: [1]", "hvem")],
)  # fmt: skip
def test_a_row_that_nobody_understands_is_refused(more: str, told: str) -> None:
    with pytest.raises(ClausesInvalid, match=told):
        listed(ROW % more)
