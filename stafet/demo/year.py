"""A region's year: made-up citizens who come over twelve months up to now, and what was done for each as it came.

What people do is drawn as in the studio's *Hvad hvis* (`engine/simulate/load.py`) and then done again through the same
actions as real work, so inbox, deadlines, audit and reports are what a year would have left.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate

from sqlalchemy import select

from engine import actions, logins
from engine.calendar import COPENHAGEN
from engine.errors import Forbidden, StafetError
from engine.scenario import Scenario
from engine.simulate.load import Act, Load, Luck, lived, scenarios
from engine.store import Store
from engine.studio.shelf import shelf
from engine.tables import instance, task
from stafet.demo.filling import REPORTING, report, somebody, until
from stafet.demo.units import MIDT, demo_parties

#: So many citizens, and how they are spread over what can happen to them.
CASES, DAYS = 100, 365
MIX = {
    "planrunde": 0.4, "kriminalforsorgstilsyn": 0.15, "risikovurdering": 0.12, "bekymring": 0.12,
    "handleplan": 0.12, "risikoliste-optagelse": 0.06, "fast-kontakt": 0.03,
}  # fmt: skip
_FIRST = (
    "Anna", "Bente", "Carl", "Dorte", "Erik", "Finn", "Gitte", "Hans", "Inger", "Jens", "Karen", "Lars", "Maria",
    "Niels", "Ole", "Pia", "Rasmus", "Sofie", "Thomas", "Ulla",
)  # fmt: skip
_LAST = (
    "Agerskov", "Brandt", "Dalgaard", "Elkjær", "Fogh", "Gravesen", "Hedegaard", "Iversen", "Juul", "Kjær", "Munk",
    "Nørby", "Overgaard", "Poulsen",
)  # fmt: skip


def year(store: Store, *, now: datetime, cases: int = CASES) -> int:
    """Add so many citizens' year to a database with the demo's people; how many were added.

    A step that reality refuses (somebody was faster, a document lacks something) ends that citizen's story there.
    """
    with store.read() as db:
        find = shelf(db, MIDT, now).find
    begins = now.astimezone(COPENHAGEN).date() - timedelta(days=DAYS)
    citizens = _citizens(cases)
    for (name, cpr), (luck, scenario) in zip(citizens, _coming(cases, begins), strict=False):
        _, acts = lived(scenario, luck, find, demo_parties(MIDT), now)
        _live(store, cpr, name, scenario, acts, now)
    return cases


def _coming(cases: int, begins: date) -> Iterator[tuple[Luck, Scenario]]:
    """The citizens of every pathway of the mix."""
    bounds = [round(cases * share) for share in accumulate(MIX.values())]
    for slug, upto, since in zip(MIX, bounds, [0, *bounds], strict=False):
        yield from scenarios(Load(upto - since, begins, DAYS, f"aaret/{slug}"), MIDT, slug)


def _citizens(count: int) -> Iterator[tuple[str, str]]:
    """Made-up names and numbers (60 added to the day), the same each time."""
    # Made-up people, who must be the same each time.
    # nosemgrep: chance-that-can-be-guessed
    luck = random.Random("stafet demo --year")  # nosec B311
    for number in range(count):
        born = date(1950, 1, 1) + timedelta(days=luck.randrange(18_000))
        cpr = f"{born.day + 60:02}{born:%m%y}-{1100 + number:04}"
        yield f"{luck.choice(_FIRST)} {luck.choice(_LAST)}", cpr


# ---- one citizen -------------------------------------------------------------------------
def _live(
    store: Store, cpr: str, name: str, scenario: Scenario, acts: list[Act], now: datetime
) -> None:
    began = scenario.start
    nurse = logins.actor(store, "sygeplejerske", now=began)
    case = actions.open_case(store, nurse, MIDT, cpr, name, demo_parties(MIDT), now=began)
    try:
        _start(store, case, scenario)
        for act in acts:
            until(store, act.at)
            if act.walk >= 0:
                _do(store, case, act)
    except StafetError:
        pass  # the story ends there, and time goes on
    until(store, now)


def _start(store: Store, case: int, scenario: Scenario) -> None:
    """Begin the pathway as the first demo login whose party may."""
    for login in REPORTING:
        who = logins.actor(store, login, now=scenario.start)
        try:
            actions.start(store, who, case, scenario.pathway, {}, now=scenario.start)
        except Forbidden:
            continue
        return
    raise Forbidden


def _do(store: Store, case: int, act: Act) -> None:
    with store.read() as db:
        walks = db.scalars(
            select(instance.c.id).where(instance.c.case_id == case).order_by(instance.c.id)
        ).all()
        if act.walk >= len(walks):
            return
        open_ = (task.c.instance_id == walks[act.walk]) & (task.c.ref == act.ref)
        found = db.execute(select(task).where(open_, task.c.status == "open")).one_or_none()
    if "task" in act.move and found is not None:
        who = somebody(store, found.unit_id, found.roles, act.at)
        actions.complete(store, who, found.id, act.move["data"], now=act.at)
    elif "action" in act.move:
        report(store, case, act.ref, act.move["data"], now=act.at, walk=walks[act.walk])
