"""Recurring pathways over ten simulated years: the dates stay right and the state stays flat."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine import pathway, simulate
from engine.deploy import read
from engine.model import Json, Step
from engine.scenario import read as as_scenario
from stafet.demo.units import demo_parties

ROOT = Path(__file__).resolve().parents[2]
DANISH = ZoneInfo("Europe/Copenhagen")
BEGIN = datetime(2025, 1, 31, 10, tzinfo=DANISH)


def compiled(slug: str, agreement: str = "midtjylland") -> pathway.Pathway:
    """One of an agreement's pathways."""
    sources = read(ROOT / "processes")
    return pathway.compile(next(s for s in sources if s.key == f"{agreement}-{slug}"))


def complete(
    way: pathway.Pathway, step: Step, element: str, now: datetime, **values: object
) -> Step:
    """Complete the open task of this element."""
    task = next(t for t in step.tasks if t.element == element)
    return pathway.complete(way, step.state, task.ref, values, now)


@pytest.mark.parametrize(
    ("slug", "before", "element", "every"),
    [
        ("fast-kontakt", (), "gennemfoer_kontakt", "week"),
        ("kriminalforsorgstilsyn", ("registrer_tilsyn",), "foer_tilsyn", "month"),
    ],
)
def test_contact_and_supervision_for_ten_years(
    slug: str, before: tuple[str, ...], element: str, every: str
) -> None:
    """Held on the last day each time; the clock goes forward and back ten times, and 31 January clips to the 28th."""
    way = compiled(slug)
    step = pathway.start(way, {}, BEGIN, parties=demo_parties("midtjylland"))
    for first in before:
        step = complete(way, step, first, BEGIN)
    sizes, last, count = [], BEGIN.date(), 0
    while last < date(2035, 1, 31):
        due = last + timedelta(days=7) if every == "week" else _month_later(last)
        (running,) = [d for d in step.deadlines if d.element == element and d.met_at is None]
        assert running.due_at.astimezone(DANISH).date() == due
        step = complete(
            way, step, element, datetime(due.year, due.month, due.day, 23, tzinfo=DANISH)
        )
        (met,) = [d for d in step.deadlines if d.element == element and d.met_at is not None]
        assert met.status == "met"
        last, count = due, count + 1
        sizes.append(len(step.state))
    assert count == {"week": 522, "month": 121}[every]
    assert max(sizes[-20:]) <= 1.05 * max(sizes[10:30])


def _month_later(day: date, months: int = 1) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def test_ten_years_of_list_meetings_are_one_instance_each() -> None:
    """A meeting in every quarter begins the next: forty instances, forty deadlines, none late."""
    steps: list[Json] = []
    days = [date(year, month, 15) for year in range(2025, 2035) for month in (2, 5, 8, 11)]
    for day in days:
        at = f"{day}T10:00:00+02:00"
        steps += [
            {
                "at": at,
                "until": {"element": "vurder_fjernelse"},
                "data": {"fjern_fra_liste": False},
            },
            {"at": at, "task": {"element": "juster_team"}},
            {"at": at, "task": {"element": "videreformidl"}},
        ]
    scenario = as_scenario(
        {
            "agreement": "midtjylland",
            "pathway": "risikoliste-gennemgang",
            "start": "2025-01-10T09:00+01:00",
            "data": {"kommune": "Viborg", "periode": "kvartal"},
            "steps": steps,
        }
    )
    result = simulate.play(
        scenario, simulate.library(read(ROOT / "processes")), demo_parties("midtjylland")
    )
    assert not result.problems
    meetings = [d for d in result.facts["deadlines"] if d["clause"] == "MIDT-4.2-5"]
    assert [d["status"] for d in meetings] == ["met"] * 40 + ["open"]
    dues = [d["due_at"][:10] for d in meetings[1:]]
    assert dues == [_end_of_next_quarter(day).isoformat() for day in days]


def _end_of_next_quarter(day: date) -> date:
    first = (day.month - 1) // 3 * 3 + 7  # the month after the next quarter
    return date(day.year + (first - 1) // 12, (first - 1) % 12 + 1, 1) - timedelta(days=1)


def test_ten_years_of_a_teams_weekly_day_keep_the_state_flat() -> None:
    """At a residence on the last day of each week; Christmas and the clock do not move it."""
    way = compiled("botilbud-samarbejde", "hovedstaden")
    step = pathway.start(way, {}, BEGIN, parties=demo_parties("hovedstaden"))
    step = complete(way, step, "skriv_samarbejdsaftale", BEGIN)
    step = complete(way, step, "tiltraed_aftale", BEGIN, accept=True)
    sizes, last = [], BEGIN
    for _ in range(522):
        (running,) = [d for d in step.deadlines if d.met_at is None]
        due = last.date() + timedelta(days=7)
        assert (running.clause, running.due_at.astimezone(DANISH).date()) == ("HOV-BOT-9", due)
        last = datetime(due.year, due.month, due.day, 15, tzinfo=DANISH)
        step = complete(way, step, "vaer_til_stede", last, dato=due.isoformat())
        sizes.append(len(step.state))
    assert last.date() == date(2035, 2, 2)
    assert max(sizes[-20:]) <= 1.05 * max(sizes[10:30])


@pytest.mark.parametrize(
    ("agreement", "art", "clause", "months", "done"),
    [
        ("midtjylland", "optaelling", "MIDT-5-3", 6, "traek_tal"),
        ("nordjylland-dobbeltdiagnose", "evaluering", "NJD-8.4-4", 6, "behandl_status"),
        ("sjaelland", "status", "SJ-6-4", 12, "behandl_status"),
        ("sjaelland", "audit", "SJ-4.2-6", 12, "hold_audit"),
    ],
)
def test_ten_years_of_counts_are_one_instance_each(
    agreement: str, art: str, clause: str, months: int, done: str
) -> None:
    """Each on its last day; the next counts from there, and none is late."""
    days: list[date] = []
    while len(days) < 120 // months:
        days.append(_month_later(days[-1] if days else BEGIN.date(), months))
    steps: list[Json] = []
    for day in days:
        at = f"{day}T10:00:00+01:00"
        if done != "hold_audit":
            steps.append({"at": at, "task": {"element": "traek_tal"}})
        last = "hold_audit" if done == "hold_audit" else "behandl_status"
        steps.append({"at": at, "task": {"element": last}, "data": {"revision": False}})
    scenario = as_scenario(
        {
            "agreement": agreement,
            "pathway": "maaling",
            "start": BEGIN.isoformat(),
            "data": {"art": art},
            "steps": steps,
        }
    )
    library = simulate.library(read(ROOT / "processes"))
    result = simulate.play(scenario, library, demo_parties(agreement))
    assert not result.problems
    counts = [d for d in result.facts["deadlines"] if d["clause"] == clause]
    assert [d["status"] for d in counts] == ["met"] * len(days) + ["open"]
    assert [d["due_at"][:10] for d in counts[:-1]] == [day.isoformat() for day in days]
