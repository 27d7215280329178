"""The designers' tests: every scenario under `processes/`, and the real calendar cases of `../shared`.

A calendar case is a row of `../shared/agreements/scenarios.yaml`: what it expects is read from there, and
`calendar_rows.yaml` says in steps what its events are.  A row whose pathway is drawn must stand there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine import pathway
from engine.agreement import Agreement
from engine.calendar import count, parse
from engine.model import Json, Source
from engine.scenario import load
from engine.scenario import read as as_scenario
from tests.scenario.played import everything, outcomes, played, sources

CHOICES = ("exclusiveGateway", "inclusiveGateway", "eventBasedGateway")
#: Whoever asks how a scenario went asks the same worker, so that each is played once.
pytestmark = pytest.mark.xdist_group("scenarios")
ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "processes").glob("*/*/scenarios/*.yaml"))
SHARED = ROOT.parent / "shared" / "agreements" / "scenarios.yaml"
STEPS = Path(__file__).with_name("calendar_rows.yaml")

calendar_cases = pytest.mark.skipif(
    not SHARED.exists(),
    reason="left out: the real calendar cases are not beside the project (../shared)",
)


class _Loader(yaml.SafeLoader):
    """YAML whose moments stay text, with their offset."""


_Loader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


# ---- what stands beside the diagrams -----------------------------------------------------
@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parts[-4]}/{f.parts[-3]}/{f.stem}")
def test_a_scenario_comes_true(file: Path) -> None:
    for scenario, result in outcomes(file):
        assert not result.problems, f"{scenario.title}: " + "\n".join(result.problems)


def test_every_pathway_has_scenarios_that_reach_each_end() -> None:
    """One scenario for each way in which a pathway can end, those of shared parts with any agreement or caller."""
    played = itertools.chain.from_iterable(map(outcomes, FILES))
    reached = frozenset().union(*(result.walked.places for _, result in played))
    missing = {
        source.key: left
        for source in everything()
        if (left := [end for end in _end_states(source) if (source.key, end) not in reached])
    }
    assert not missing


def test_every_branch_of_every_pathway_is_taken_by_a_scenario() -> None:
    """Each way out of a choice, and each event at a step's edge, in the pathways and in the shared parts."""
    walked = [result.walked for _, result in itertools.chain.from_iterable(map(outcomes, FILES))]
    places = frozenset().union(*(each.places for each in walked))
    ways = frozenset().union(*(each.ways for each in walked))
    branches = {(source.key, *branch) for source in everything() for branch in _branches(source)}
    assert len(branches) > 500, "the diagrams were not looked through"
    missing = [
        (key, way)
        for key, way, leads_to in sorted(branches)
        if (key, way) not in ways and (key, leads_to) not in places
    ]
    assert not missing


def test_every_pathway_has_a_scenario_that_is_refused() -> None:
    """Bad answers are tried too: at least one scenario of each pathway expects a refusal."""
    without = [
        str(folder.relative_to(ROOT))
        for folder in sorted({f.parent for f in FILES})
        if not any(
            "refused" in s.expect for f in folder.glob("*.yaml") for s in load(f.read_text("utf-8"))
        )
    ]
    assert not without


def _end_states(source: Source) -> tuple[str, ...]:
    return pathway.compile(source).end_states


def _branches(source: Source) -> Iterator[tuple[str, str]]:
    """Flow and target for each way out of a choice; an event at an edge is its own."""
    for node in pathway.compile(source).plan.process.nodes.values():
        if node.kind in CHOICES and len(node.outgoing) > 1:
            yield from ((flow.id, flow.target) for flow in node.outgoing)
        elif node.kind == "boundaryEvent":
            yield node.id, node.id


# ---- the real calendar cases -------------------------------------------------------------
def rows() -> dict[str, Json]:
    """The calendar cases by id; none where they are not beside the project."""
    if not SHARED.exists():
        return {}
    document = yaml.load(SHARED.read_text(encoding="utf-8"), Loader=_Loader)
    return {row["id"]: row for row in document["scenarios"]}


def steps() -> dict[str, Json]:
    """Our steps for them, by id."""
    found: dict[str, Json] = yaml.load(STEPS.read_text(encoding="utf-8"), Loader=_Loader)
    return found


@calendar_cases
@pytest.mark.parametrize("name", steps())
def test_a_calendar_case_comes_true(name: str) -> None:
    """With every deadline to the second, every message, and the end state."""
    row, ours = rows()[name], steps()[name]
    assert set(ours["messages"]) == set(row["expected_messages"]), (
        "each of its messages has a record"
    )
    records = list(itertools.chain.from_iterable(ours["messages"].values()))
    told = [record for record in records if "name" in record]
    scenario = as_scenario(
        {
            "title": f"{name}: {row['title']}",
            "agreement": row["agreement"],
            "pathway": row["pathway"],
            "start": row["start"],
            **{key: said for key, said in ours.items() if key != "messages"},
            "expect": {
                "deadlines": [_record(expected) for expected in row["expected_deadlines"]],
                "messages": told,
                "end_state": row["expected_end_state"],
            },
        }
    )
    result = played(scenario)
    assert not result.problems, "\n".join(result.problems)
    for record in records:
        if "reminder" in record:
            assert _reminded(result.facts, record), f"nobody was reminded: {record}"
        if "citizen" in record:
            assert record["citizen"] in {element for _, element in result.walked.places}


def _record(expected: Mapping[str, Any]) -> Json:
    """A row's deadline as `expect.deadlines` writes it."""
    kept = {
        key: expected[key]
        for key in ("clause", "due", "overdue_at", "status", "completed")
        if key in expected
    }
    if "reminder_at" in expected:
        kept["reminder_at"] = expected["reminder_at"]
    if "cancelled_at" in expected:
        kept |= {"cancelled_at": expected["cancelled_at"], "status": "cancelled"}
    return kept


def _reminded(facts: Json, wanted: Mapping[str, Any]) -> bool:
    moment = as_moment(wanted["at"])
    return any(
        row["clause"] == wanted["reminder"] and as_moment(row["at"]) == moment
        for row in facts["reminders"]
    )


def as_moment(text: str) -> datetime:
    """An ISO text as a moment."""
    return datetime.fromisoformat(text)


def counted_rows() -> Iterator[tuple[str, Json, Json]]:
    """The deadlines of all calendar cases that list the days that count."""
    for name, row in rows().items():
        for expected in row["expected_deadlines"]:
            if expected.get("counted_days"):
                yield name, row, expected


@calendar_cases
def test_the_days_of_a_calendar_case_count_as_listed() -> None:
    """Which days count and which are skipped, day by day."""
    checked = 0
    for name, row, expected in counted_rows():
        settings = {s.agreement: s.settings for s in everything()}[row["agreement"]]
        calendar = Agreement.from_toml(settings, row["agreement"]).calendar
        frist = f"{expected['amount']} {expected['unit']}"
        found = count(parse(frist), as_moment(expected["trigger"]), calendar)
        assert [str(day) for day in found.counted] == expected["counted_days"], name
        assert [str(s.date) for s in found.skipped] == [
            s.split()[0] for s in expected["skipped"]
        ], name
        checked += 1
    assert checked


@calendar_cases
def test_no_calendar_case_of_a_drawn_pathway_is_left_out() -> None:
    """Draw the pathway, play its cases: add the steps to `calendar_rows.yaml`."""
    left = [
        f"{name} ({row['agreement']}-{row['pathway']})"
        for name, row in rows().items()
        if name not in steps() and sources()(row["agreement"], row["pathway"]) is not None
    ]
    assert not left
