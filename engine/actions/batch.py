"""All running instances of a pathway to another version, in batches that survive a crash.

    report = migrate_some(store, actor, "midtjylland", "planrunde", "Ny frist", limit=200, now=now)
    while report.next is not None:
        report = report.then(migrate_some(…, after=report.next))

Each instance moves in a transaction of its own, and what is in the version already is no longer looked for: a run
that was cut off is simply run again, and two at once do no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from engine import offers
from engine.actions.hand import Rehearsed, must_operate, spoken
from engine.actions.migration import Migrated, Version, moved, version_of
from engine.actions.walk import by_instance
from engine.errors import InstanceEnded, StafetError, Unavailable
from engine.model import Actor, Json
from engine.store import Store
from engine.tables import instance
from engine.tables import pathway as versions

log = logging.getLogger("stafet.migration")

#: For the catalogue.
FIELDS = {
    "failed": "The move failed for a reason that nobody foresaw.",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a batch came to.  `moved`: instances moved (in a dry run: that could); `kept`: those that stay, and why.

    A row of `kept` is `{why process element name sentence instances}`, one for each reason and element; an instance
    may stand in several.  `there` and `left` count the running instances of the whole pathway in the version and in
    others, after this batch.  `next`: go on with `after=next`; None: nothing is left to try.
    """

    agreement: str
    pathway: str
    version: int
    dry_run: bool
    moved: int
    stays: int
    kept: tuple[Json, ...]
    there: int
    left: int
    next: int | None

    def then(self, more: Report) -> Report:
        """This report and that of the batch after it as one."""
        rows = _gathered([*self.kept, *more.kept])
        moved_, stays = self.moved + more.moved, self.stays + more.stays
        return replace(more, moved=moved_, stays=stays, kept=rows)


def migrate_some(
    store: Store,
    actor: Actor,
    agreement: str,
    pathway: str,
    reason: str,
    *,
    version: int | None = None,
    old: int | None = None,
    accept: Collection[str] = (),
    dry_run: bool = False,
    after: int = 0,
    limit: int = 200,
    now: datetime,
) -> Report:
    """Move the next `limit` running instances after number `after` that stand in other versions (or in `old`).

    `pathway` is a slug or key.  An instance that cannot move stays as it is and is told of; the others go on.
    """
    must_operate(actor)
    plain = spoken(reason)
    with store.read() as db:
        _, key = offers.find(db, agreement, pathway, now)
        to = version_of(db, agreement, key, version, now)
        mine = (versions.c.agreement == agreement, versions.c.key == key)
        elsewhere = _running(*mine, instance.c.pathway_id != to.id)
        if old is not None:
            elsewhere = elsewhere.where(versions.c.version == old)
        wanted = elsewhere.where(instance.c.id > after).order_by(instance.c.id).limit(limit)
        numbers = [row.id for row in db.execute(wanted)]
    gone, stays, kept = 0, 0, list[Json]()
    for number in numbers:
        reasons = _one(store, actor, number, to, plain, accept, dry_run, now)
        gone += reasons == []
        stays += bool(reasons)
        kept += [{**each, "instances": [number]} for each in reasons or ()]
    if dry_run:
        _looked_at_all(store, actor, key, to.number, numbers, now)
    with store.read() as db:
        there = _count(db, *mine, instance.c.pathway_id == to.id)
        left = _count(db, *mine, instance.c.pathway_id != to.id)
    more = numbers[-1] if len(numbers) == limit else None
    rows = _gathered(kept)
    return Report(agreement, key, to.number, dry_run, gone, stays, rows, there, left, more)


# ---- inside ------------------------------------------------------------------------------
def _one(
    store: Store,
    actor: Actor,
    number: int,
    to: Version,
    reason: str,
    accept: Collection[str],
    dry_run: bool,
    now: datetime,
) -> list[Json] | None:
    """Why this one stays; [] where it moved, None where it moved or ended meanwhile."""
    found: Migrated | None = None
    try:
        with store.write() as db:
            walk = by_instance(db, store, number, now, wait=True)
            if walk.pathway_id == to.id:
                return None
            found = moved(db, store, actor, walk, to, reason, accept, None, dry_run, now)
            if dry_run:
                raise Rehearsed
    except Rehearsed:
        pass
    except InstanceEnded:
        return None
    except Unavailable:
        raise  # the database: no instance is to blame, and running it again goes on from here
    except Exception as exc:  # noqa: BLE001 - one bad instance must not stop the others
        return [_failed(number, exc)]
    if found is None or found.done is not None:
        return []
    return [each for each in found.reasons if not each["accepted"]]


def _failed(number: int, exc: Exception) -> Json:
    # The code, never the message: it may repeat what somebody wrote.
    code, said = "failed", FIELDS["failed"]
    if isinstance(exc, StafetError):
        code, said = exc.code, exc.sentence
    log.error("instance %s did not move to its new version: %s", number, code)
    at = {"process": "", "element": "", "name": "", "blocks": True, "accepted": False}
    return {**at, "why": code, "sentence": said}


def _gathered(rows: Collection[Json]) -> tuple[Json, ...]:
    """One row for each reason and element, the most frequent first."""
    found: dict[tuple[str, str, str], Json] = {}
    for row in rows:
        place = (row["why"], row["process"], row["element"])
        if place in found:
            found[place]["instances"] += row["instances"]
        else:
            found[place] = {**row, "instances": list(row["instances"])}
    return tuple(sorted(found.values(), key=lambda row: -len(row["instances"])))


def _running(*of: Any) -> Select[tuple[int]]:
    """The numbers of running instances under these conditions on `instance` and its version."""
    joined = select(instance.c.id).join(versions, versions.c.id == instance.c.pathway_id)
    return joined.where(instance.c.status.not_in(("completed", "cancelled")), *of)


def _count(db: Connection, *of: Any) -> int:
    return int(db.scalar(select(func.count()).select_from(_running(*of).subquery())) or 0)


def _looked_at_all(
    store: Store, actor: Actor, key: str, to: int, numbers: list[int], now: datetime
) -> None:
    """Note a dry run over many as one look; no citizen is shown in it."""
    if not numbers:
        return
    first, last = numbers[0], numbers[-1]
    facts = {
        "of": "migrated",
        "pathway": key,
        "to": to,
        "from_instance": first,
        "to_instance": last,
    }
    with store.write() as db:
        store.chains.record(db, now=now, actor=actor, what="saw_dry_run", facts=facts)
