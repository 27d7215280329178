"""The lists of clauses agree with the catalogue beside the project, and name people that their agreement knows."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

from engine.calendar import parse
from engine.coverage import listed, page
from engine.coverage.clauses import ALLE
from engine.model import Json
from stafet.commands.coverage import carried, count, drawn
from tests.scenario.played import outcomes

ROOT = Path(__file__).resolve().parents[2]
DIAGRAMS = sorted((ROOT / "processes").glob("*/*/*.bpmn"))
LISTS = sorted((ROOT / "processes").glob("*/clauses.yaml"))
SHARED = ROOT.parent / "shared" / "agreements"
KINDS = {
    "duty": "pligt", "deadline": "frist", "decision": "beslutning", "content-requirement": "indhold",
    "document": "dokument", "meeting": "moede", "information": "oplysning", "escalation": "eskalering",
    "recurrence": "gentagelse", "monitoring": "maaling", "right": "ret", "prohibition": "forbud",
    "principle": "princip",
}  # fmt: skip
EXECUTABLE = {"yes": "ja", "partly": "delvist", "no": "nej"}
#: Where our list says otherwise than the catalogue, and why.
CORRECTED = {
    # The text says “eller førstkommende hverdag”, which the catalogue's amount and unit cannot hold (readings A8).
    "SJ-3.8-15": "24 timer eller førstkommende hverdag",
}


@cache
def carriers() -> Json:
    """What carries each clause; nothing is played."""
    return carried(ROOT / "processes")


def name(file: Path) -> str:
    """The agreement of a list."""
    return file.parent.name


@pytest.mark.parametrize("file", LISTS, ids=name)
def test_who_owes_a_clause_is_known_to_the_agreement(file: Path) -> None:
    settings = tomllib.loads((file.parent / "agreement.toml").read_text(encoding="utf-8"))
    parties = settings["parties"]
    known = {ALLE, *parties, *settings["lanes"], *(p["sektor"] for p in parties.values())}
    clauses = listed(file.read_text(encoding="utf-8"))
    assert {c.id: set(c.who) - known for c in clauses if set(c.who) - known} == {}


@pytest.mark.parametrize("file", LISTS, ids=name)
def test_a_number_in_the_list_can_be_counted(file: Path) -> None:
    for clause in listed(file.read_text(encoding="utf-8")):
        assert not clause.frist or parse(clause.frist)


@pytest.mark.skipif(
    not SHARED.exists(), reason="left out: the catalogue is not beside the project (../shared)"
)
@pytest.mark.parametrize("file", LISTS, ids=name)
def test_the_list_says_what_the_catalogue_says(file: Path) -> None:
    """Every clause, no more and no fewer, with its kind, its number and whether it can be carried out."""
    rows = yaml.safe_load((SHARED / f"{name(file)}.yaml").read_text(encoding="utf-8"))["clauses"]
    expected = {row["id"]: (KINDS[row["kind"]], number(row), told(row)) for row in rows}
    ours = listed(file.read_text(encoding="utf-8"))
    assert {c.id: (c.kind, c.frist, c.executable) for c in ours} == expected


def number(row: Json) -> str:
    """The catalogue's deadline as the list writes it."""
    due = row["deadline"]
    if row["id"] in CORRECTED or not due:
        return CORRECTED.get(row["id"], "")
    before = " før" if due["direction"] == "before" else ""
    return f"{due['amount']} {due['unit'].replace('maaneder', 'måneder')}{before}"


def told(row: Json) -> str:
    """Whether it can be carried out, as the list says it."""
    return EXECUTABLE[row["executable"]]


def test_the_page_of_what_carries_each_clause_is_new() -> None:
    """`stafet coverage --page > docs/coverage.md` writes it."""
    written = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    now = page(carriers())
    old = [a for a, b in zip(written.splitlines(), now.splitlines(), strict=False) if a != b]
    assert written == now, f"make docs, or the command; the first line that is old: {old[:1]}"


def test_each_agreements_page_of_pathways_is_new() -> None:
    """`stafet coverage --pathways docs/pathways` writes them: every diagram, its picture, the clauses of its steps."""
    folder = ROOT / "docs" / "pathways"
    pages = drawn(ROOT / "processes")
    assert {file.stem for file in folder.glob("*.md")} == set(pages)
    written = {name: (folder / f"{name}.md").read_text(encoding="utf-8") for name in pages}
    old = [name for name, text in pages.items() if written[name] != text]
    assert not old, f"make docs, or the command: {old}"
    shown = set(re.findall(r"!\[[^]]+\]\((drawn/[^)]+)\)", "".join(written.values())))
    drawings = {f"drawn/{file.parts[-3]}-{file.parts[-2]}.svg" for file in DIAGRAMS}
    assert shown == drawings, "every diagram stands on the page of some agreement"


def test_an_element_with_many_clauses_says_why() -> None:
    """More than six on one element need a reason (`stafet:begrundelse`)."""
    found = [it for row in carriers().values() for it in row["crowded"]]
    assert [it["element"] for it in found if not it["why"]] == []


def test_every_clause_that_is_not_carried_out_says_why() -> None:
    for row in carriers().values():
        for name, each in row["clauses"].items():
            assert each["covered"] or each.get("why") or each["executable"] == "ja", name


@pytest.mark.xdist_group("scenarios")
def test_every_clause_that_can_be_carried_out_is_tested() -> None:
    """By the passing scenarios and the probes, in the sense of its kind."""
    counted, failed = count(ROOT / "processes", plays=outcomes)
    assert failed == []
    assert {
        name: each["missing"]
        for row in counted.values()
        for name, each in row["clauses"].items()
        if each["executable"] == "ja" and not each["tested"]
    } == {}
