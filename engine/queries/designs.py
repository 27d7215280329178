"""Two deployed versions of a pathway side by side, and how much runs in each.  Nothing of a citizen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from engine import access
from engine.compare import changes, drawn
from engine.errors import NotFound
from engine.model import Actor, Json
from engine.queries.directory import in_use, versions
from engine.store import Store
from engine.tables import instance, pathway


def compared(
    store: Store,
    actor: Actor,
    key: str,
    old: int | None = None,
    new: int | None = None,
    agreement: str | None = None,
    *,
    now: datetime,
) -> Json:
    """`{key agreement agreement_title name from to items drawn known}`, from `old` to `new`; raises `NotFound`.

    `items` are `engine.compare.Change`s, `drawn` {diagram: (before, now)} the XML of each that differs, `known` every
    version as in `versions`.  Left out: the version in force, and the one before it.  A shared part is looked at in its
    first agreement.
    """
    known = versions(store, actor, key, agreement, now=now)
    mine = [each for each in known if each["agreement"] == known[0]["agreement"]]
    to = new or in_use(mine)["version"]
    since = old or max((v["version"] for v in mine if v["version"] < to), default=to)
    ids = {each["version"]: each["id"] for each in mine}
    if to not in ids or since not in ids:
        raise NotFound
    with store.read() as db:
        was, is_ = (store.pathway(db, ids[number]).source for number in (since, to))
    return {
        **{name: mine[0][name] for name in ("key", "name", "agreement", "agreement_title")},
        "from": since,
        "to": to,
        "items": changes(was, is_),
        "drawn": drawn(was, is_),
        "known": mine,
    }


def running(
    store: Store, actor: Actor, agreement: str, key: str, *, now: datetime
) -> dict[int, int]:
    """How many instances run in each version of a pathway; a number alone, for designers, operators and leaders."""
    if not (access.may_deploy(actor) or access.may_operate(actor) or actor.has(access.LEADER)):
        return {}
    asked = (
        select(pathway.c.version, func.count().label("runs"))
        .join(instance, instance.c.pathway_id == pathway.c.id)
        .where(pathway.c.agreement == agreement, pathway.c.key == key)
        .where(instance.c.status.not_in(("completed", "cancelled")))
        .group_by(pathway.c.version)
    )
    with store.read() as db:
        return {row.version: row.runs for row in db.execute(asked)}
