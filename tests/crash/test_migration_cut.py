"""Cut the power while all instances move to a new version: run again, it comes to the same, and nobody moves twice."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from engine import actions, logins
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import audit, instance, pathway
from tests.crash.cut import Workload, cut, points
from tests.crash.ready import KEYS, Copies, fill
from tests.crash.workload import account
from tests.store.cast import AGREEMENT, NOW, asked, opened, started
from tests.store.versions import ROUND, new_version

SOAK = bool(os.environ.get("STAFET_SOAK"))
STRIDE = 1 if SOAK else 6
LATER = NOW + timedelta(hours=1)
MOVING = 4


def ready(url: str, folder: Path) -> None:
    """Four plan rounds, two of them with a deadline and a timer, and a newer version of the pathway."""
    fill(url, folder)
    with closing(Store(url, Keyring.from_text(KEYS), demo=True)) as store:
        number = opened(store)
        for n in range(MOVING):
            if n % 2:
                asked(store, number, "Kriminalforsorgen")
            else:
                started(store, number)
        actions.run_due(store, 50, now=NOW)
        due = 'stafet:form="vurdering"', 'stafet:form="vurdering" stafet:frist="2 hverdage"'
        new_version(store, folder, (ROUND, *due))


def _move(store: Store) -> None:
    """Batch after batch until nothing is left to try, as `stafet migrate` does."""
    ole = logins.actor(store, "ole", now=LATER)
    after: int | None = 0
    while after is not None:
        report = actions.migrate_some(
            store, ole, AGREEMENT, "planrunde", "Ny frist", after=after, limit=3, now=LATER
        )
        after = report.next
    assert (report.stays, report.there, report.left) == (0, MOVING, 0)


def _account(store: Store) -> dict[str, Any]:
    with store.read() as db:
        stand = (
            select(pathway.c.version, func.count())
            .join(instance, instance.c.pathway_id == pathway.c.id)
            .group_by(pathway.c.version)
        )
        twice = (
            select(audit.c.instance_id)
            .where(audit.c.what == "migrated")
            .group_by(audit.c.instance_id)
            .having(func.count() > 1)
        )
        found = {
            "versions": {str(version): count for version, count in db.execute(stand)},
            "moved twice": list(db.scalars(twice)),
        }
    return {**account(store), **found}


def test_a_migration_that_is_cut_off_is_simply_run_again(copies: Copies) -> None:
    moving = Workload(_move, _account)
    names, expected = points(copies(), KEYS, moving)
    assert expected["exit"] == 0
    assert (expected["versions"], expected["moved twice"]) == ({"2": MOVING}, [])
    assert expected["broken"] is None
    assert names.count("after COMMIT") == MOVING
    # A deadline that is new on the first step: the move writes more than the instance.
    assert expected["deadlines"]["vurder_behov open"] == MOVING // 2
    for number in range(1, len(names) + 1, STRIDE):
        died, found = cut(copies(), KEYS, number, moving)
        assert died, f"point {number} ({names[number - 1]}) was never reached"
        assert found == expected, f"after a cut at point {number} ({names[number - 1]})"
