"""The gate of a new case: each agreement's table, row by row, and what it is when something is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from engine import admission
from engine.errors import CitizenTooYoung, OtherRegion
from engine.model import Json
from engine.secrets import born

ROOT = Path(__file__).resolve().parents[2]
GATES = sorted((ROOT / "processes").glob("*/grundlag/grundlag.dmn"))
EXAMPLES = [
    (file, row)
    for file in GATES
    for row in yaml.safe_load(file.with_name("proever.yaml").read_text(encoding="utf-8"))
]
TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("file", "row"), EXAMPLES, ids=[f"{f.parents[1].name}: {r['titel']}" for f, r in EXAMPLES]
)
def test_a_row_of_the_gate_says_what_its_example_says(file: Path, row: Json) -> None:
    found = admission.ask(file.read_text(encoding="utf-8"), row["svar"])
    assert (found.outcome, found.rules) == (row["udfald"], (row["raekke"],))
    if found.refused:
        assert found.why
        assert found.onward, "a refusal says where to go instead"


@pytest.mark.parametrize("file", GATES, ids=lambda f: f.parents[1].name)
def test_every_row_of_a_gate_has_an_example(file: Path) -> None:
    tried = {row["raekke"] for each, row in EXAMPLES if each == file}
    assert tried == set(admission.rules(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", GATES, ids=lambda f: f.parents[1].name)
def test_nobody_is_turned_away_for_what_was_not_asked(file: Path) -> None:
    assert not admission.ask(file.read_text(encoding="utf-8"), {"alder": 40}).refused


def test_every_agreement_has_a_gate() -> None:
    agreements = {f.parent.name for f in (ROOT / "processes").glob("*/agreement.toml")}
    assert {f.parents[1].name for f in GATES} == agreements


@pytest.mark.parametrize(
    ("digits", "today", "years"),
    [
        ("7003781016", date(2026, 3, 9), 47),  # 60 is added to the day: 10 March 1978
        ("7003781016", date(2026, 3, 10), 48),
        ("2511084012", date(2026, 11, 24), 17),
        ("2511084012", date(2026, 11, 25), 18),
    ],
)
def test_the_age_is_read_of_the_cpr_number(digits: str, today: date, years: int) -> None:
    assert admission.age(born(digits), today) == years


def test_an_agreement_without_a_gate_takes_everybody() -> None:
    assert admission.admit({}, TODAY, {}, TODAY).outcome == "startet"


def test_a_table_that_answers_nothing_turns_nobody_away() -> None:
    empty = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
        '<decision id="grundlag" name="grundlag"><literalExpression id="l"><text>null</text></literalExpression>'
        "</decision></definitions>"
    )
    assert not admission.ask(empty, {"alder": 3}).refused


def test_a_refusal_stands_by_the_field_that_caused_it() -> None:
    young = admission.Admission("under_18", "Aftalen gælder voksne.", "Brug børnenes.").refusal()
    assert isinstance(young, CitizenTooYoung)
    assert young.fields == {"citizen.cpr": "Aftalen gælder voksne. Brug børnenes."}
    other = admission.Admission("anden_region", "Nej.").refusal(("sjaelland",))
    assert isinstance(other, OtherRegion)
    assert other.facts == {"fits": ["sjaelland"]}
