"""Filters that somebody keeps, of the inbox or of the operators' list: for oneself, or for a unit of one's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, select

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.model import Actor, Json
from engine.seals import filter_place
from engine.store import Store
from engine.tables import saved_filter

#: What a kept filter may say, by each page's own names.  A search is not among them: it names a citizen.
NAMES = {
    "inbox": frozenset(("view", "unit", "agreement", "pathway", "party", "due")),
    "instances": frozenset(
        ("agreement", "pathway", "version", "status", "element", "party", "reason", "since")
    ),
}
LONGEST_NAME, LONGEST_VALUE, MOST = 60, 200, 30

FIELDS = {
    "name": "Give the filter a name of at most 60 letters.",
    "wanted": "This filter cannot be kept.",
}


def keep_filter(
    store: Store,
    actor: Actor,
    name: str,
    wanted: Json,
    *,
    unit: int | None = None,
    page: str = "inbox",
    now: datetime,
) -> int:
    """Keep how one looks at a page, for oneself or for a whole unit; its number."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(fields={"name": FIELDS["name"]})
    if not wanted or not all(_may_be_kept(page, key, value) for key, value in wanted.items()):
        raise Invalid(fields={"wanted": FIELDS["wanted"]})
    if unit is not None and unit not in actor.units:
        raise Forbidden("This is not a unit of yours.")
    with store.write() as db:
        mine = saved_filter.c.person_id == actor.id
        if (db.scalar(select(func.count()).where(mine)) or 0) >= MOST:
            raise Conflict("You keep too many filters. Remove one first.")
        row = {
            "person_id": actor.id,
            "unit_id": unit,
            "name": store.keyring.seal(name, filter_place(actor.id, now)),
            "wanted": wanted if page == "inbox" else {**wanted, "page": page},
            "made_at": now,
        }
        made = db.execute(insert(saved_filter).values(**row)).inserted_primary_key
        assert made is not None
        return int(made[0])


def drop_filter(store: Store, actor: Actor, number: int, *, now: datetime) -> None:
    """Remove a filter of one's own."""
    own = (saved_filter.c.id == number) & (saved_filter.c.person_id == actor.id)
    with store.write() as db:
        if not db.execute(delete(saved_filter).where(own)).rowcount:
            raise NotFound


def _may_be_kept(page: str, key: str, value: object) -> bool:
    return key in NAMES[page] and isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE
