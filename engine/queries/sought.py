"""Which instances a list asks for, looked up along an index, so that it costs among a million what it costs among few.

What an index says (status, pathway, case, what is stuck) is gone to.  What only a row says (a step, a party) is looked
for among the `LOOKED` that moved last; the page's `next` goes on with those before them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    cast,
    exists,
    false,
    not_,
    or_,
    select,
    true,
    union_all,
)  # fmt: skip

from engine import access
from engine.model import Actor
from engine.queries.paging import Order
from engine.queries.stuck import is_stuck
from engine.queries.timers import named
from engine.tables import instance, instance_party, pathway, stuck

#: Rows that are looked at for one page of what no index says.
LOOKED = 5_000
#: Places of an index that one statement goes to.
_PLACES = 80
_STATUSES = ("running", "waiting", "suspended", "incident", "completed", "cancelled")
ORDER = Order("moved_at", instance.c.moved_at, instance.c.id, down=True)


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """Which instances.  `pathway` is a key or slug; `stuck`: somebody has to look at it (`is_stuck`).

    `version` of the pathway; `element`: a token stands there; `party` takes part; `reason`: it is stuck for that;
    `since`: it has not moved since.
    """

    status: str | None = None
    stuck: bool | None = None
    pathway: str | None = None
    case: int | None = None
    agreement: str | None = None
    version: int | None = None
    element: str | None = None
    party: str | None = None
    reason: str | None = None
    since: datetime | None = None
    limit: int = 50
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """The numbers of a page's instances, the cursor that goes on, and how many rows were looked at (0: no bound)."""

    numbers: list[int]
    next: str | None
    looked: int = 0


def sought(db: Connection, actor: Actor, wanted: InstanceFilter) -> Sought:
    """A page of the instances that the actor may see."""
    places, rest = _places(db, wanted)
    if not access.may_operate(actor):
        rest = [*rest, access.visible_instances(actor)]
    # Somebody with few cases among a million asks for these: his own are gone to, whatever moved last.
    most = LOOKED if rest and access.may_operate(actor) else None
    if wanted.since is not None:
        places = [and_(place, instance.c.moved_at <= wanted.since) for place in places]
    if wanted.after is not None:
        beyond = ORDER.beyond(*ORDER.read(wanted.after))
        places = [and_(place, beyond) for place in places]
    rows = list(db.execute(_page(places, rest, wanted.limit, most)))
    numbers = [row.sort_id for row in rows[: wanted.limit]]
    following = ORDER.following(rows, wanted.limit)
    if following is None and most is not None:
        near = list(db.execute(_along(places, most)))
        if len(near) == most:
            return Sought(numbers, ORDER.cursor(near[-1]), most)
    return Sought(numbers, following)


# ---- inside ------------------------------------------------------------------------------
def _page(
    places: list[ColumnElement[bool]],
    rest: list[ColumnElement[bool]],
    limit: int,
    most: int | None,
) -> Any:
    if not rest:
        return _along(places, limit + 1)
    if most is None:
        return _one(or_(*places), *rest).order_by(*ORDER.by()).limit(limit + 1)
    near = _along(places, most).subquery("near")
    asked = _one(*rest).join(near, near.c.sort_id == instance.c.id)
    return asked.order_by(*ORDER.by()).limit(limit + 1)


def _along(places: list[ColumnElement[bool]], most: int) -> Any:
    """The rows at these places that moved last; each place is one range of an index."""
    each = [_one(place).order_by(*ORDER.by()).limit(most) for place in places]
    if len(each) == 1:
        return each[0]
    # So many of each place: a planner that sees the places together may read and sort all of them.
    along = union_all(*(select(one.subquery()) for one in each))
    return along.order_by(*(column.desc() for column in along.selected_columns)).limit(most)


def _one(*conditions: ColumnElement[bool]) -> Select[Any]:
    keys = instance.c.moved_at.label("sort_key"), instance.c.id.label("sort_id")
    return select(*keys).where(*conditions)


def _places(
    db: Connection, wanted: InstanceFilter
) -> tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]:
    """The places of an index where the instances stand, and what is left to be seen of each row."""
    rest = _rest(wanted)
    status: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        status = [instance.c.status == wanted.status]
    first: list[ColumnElement[bool]]
    of = _pathways(db, wanted)
    if wanted.stuck or wanted.reason is not None:
        found = select(stuck.c.instance_id).where(stuck.c.instance_id.is_not(None))
        if wanted.reason is not None:
            found = found.where(stuck.c.reason == wanted.reason)
        first = [instance.c.id.in_(found)]
    elif wanted.case is not None:
        first = [instance.c.case_id == wanted.case]
    elif of is not None and len(of) * (1 if status else len(_STATUSES)) <= _PLACES:
        return _each(of, wanted.status), rest
    else:
        first, status = status or [true()], []
    beside = [] if of is None else [instance.c.pathway_id.in_(of)]
    case = [] if wanted.case is None else [instance.c.case_id == wanted.case]
    return first, [*rest, *status, *beside, *case]


def _each(of: list[int], status: str | None) -> list[ColumnElement[bool]]:
    statuses = _STATUSES if status is None else (status,)
    found = [
        and_(instance.c.pathway_id == number, instance.c.status == each)
        for number in of
        for each in statuses
    ]
    return found or [false()]


def _pathways(db: Connection, wanted: InstanceFilter) -> list[int] | None:
    """The versions that are asked for; None: any."""
    chosen = []
    if wanted.pathway is not None:
        chosen.append(named(wanted.pathway))
    if wanted.agreement is not None:
        chosen.append(pathway.c.agreement == wanted.agreement)
    if wanted.version is not None:
        chosen.append(pathway.c.version == wanted.version)
    return list(db.scalars(select(pathway.c.id).where(*chosen))) if chosen else None


def _rest(wanted: InstanceFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.stuck is False:
        found.append(not_(is_stuck()))
    if wanted.element is not None:
        there = cast(instance.c.tokens, Text)
        found.append(there.contains(json.dumps(wanted.element), autoescape=True))
    if wanted.party is not None:
        mine = select(instance_party.c.party).where(
            instance_party.c.instance_id == instance.c.id, instance_party.c.party == wanted.party
        )
        # The offset keeps it a question to each row: PostgreSQL would begin with all that the party takes part in.
        found.append(exists(mine.offset(0)))
    return found
