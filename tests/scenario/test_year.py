"""A made-up load: the same for everybody who asks, lived as people do, and put into a database as a region's year."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import func, select

from engine import audit, simulate
from engine.calendar import COPENHAGEN, DANISH, is_hverdag
from engine.deploy import deploy, read
from engine.model import MACHINE
from engine.scenario import Scenario, move_of
from engine.secrets import Keyring
from engine.simulate import Table
from engine.simulate.load import Act, Load, lived, scenarios
from engine.store import Store
from engine.tables import answer, case, citizen, deadline, instance, task
from stafet.demo.filling import organise
from stafet.demo.units import demo_parties
from stafet.demo.year import year

ROOT = Path(__file__).resolve().parents[2]
UNTIL = datetime(2027, 1, 1, tzinfo=COPENHAGEN)


@cache
def find() -> simulate.Library:
    return simulate.library(read(ROOT / "processes" / "midtjylland"))


def lives(pathway: str, cases: int = 6) -> list[tuple[Scenario, Table, list[Act]]]:
    found = []
    for luck, scenario in scenarios(Load(cases, date(2026, 1, 1)), "midtjylland", pathway):
        table, acts = lived(scenario, luck, find(), demo_parties("midtjylland"), UNTIL)
        found.append((scenario, table, acts))
    return found


def test_the_same_question_gives_the_same_year() -> None:
    first, second = lives("planrunde"), lives("planrunde")
    assert [acts for _, _, acts in first] == [acts for _, _, acts in second]
    assert len({scenario.start for scenario, _, _ in first}) == 6
    for scenario, _, _ in first:
        here = scenario.start.astimezone(COPENHAGEN)
        assert is_hverdag(here.date(), DANISH)
        assert 8 <= here.hour < 15


def test_people_keep_most_deadlines_and_never_act_before_their_task() -> None:
    records = [d for _, table, _ in lives("planrunde", 30) for d in table.facts()["deadlines"]]
    kept = sum(d["status"] == "met" for d in records)
    lost = sum(d["status"] in ("late", "overdue") for d in records)
    assert 0 < lost < kept
    assert all(d["met_at"] is None or d["met_at"] >= d["started_at"] for d in records)


def test_what_was_done_is_a_scenario_that_gives_the_same_again() -> None:
    for scenario, table, acts in lives("planrunde"):
        again = Table(scenario, find(), demo_parties("midtjylland"))
        again.begin()
        for act in acts:
            move = move_of(act.move)
            again.pass_time(move.at)
            again.move(move)
        again.pass_time(UNTIL)
        assert again.facts()["deadlines"] == table.facts()["deadlines"]


def test_a_year_in_the_database_is_what_people_would_have_left(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/year.db", Keyring.from_text(Keyring.generate()), demo=True)
    store.upgrade()
    organise(store)
    now = datetime(2026, 11, 25, 12, tzinfo=COPENHAGEN)
    deploy(store, MACHINE, ROOT / "processes" / "midtjylland", "tests", now=now)
    assert year(store, now=now, cases=12) == 12
    with store.read() as db:
        counted = {
            t.name: db.scalar(select(func.count()).select_from(t)) for t in (case, citizen, answer)
        }
        statuses = set(db.scalars(select(deadline.c.status)))
        last = db.scalar(select(func.max(task.c.closed_at)))
        stuck = db.scalar(select(func.count()).where(instance.c.status == "incident"))
    assert (counted["case"], counted["citizen"], stuck) == (12, 12, 0)
    assert (counted["answer"] or 0) > 50
    assert "met" in statuses
    assert last is not None
    assert now - timedelta(days=365) < last <= now
    assert audit.verify(store).ok
    store.close()
