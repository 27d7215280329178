"""The filters of the inbox that somebody keeps or shares with one's units, and what there is to filter by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, false, or_, select

from engine import access
from engine.model import Actor, Json
from engine.queries.looks import title
from engine.seals import filter_place
from engine.store import Store
from engine.tables import membership, pathway, person, saved_filter, unit, unit_party
from engine.versions import in_force

#: So many colleagues there are to choose from.
_TEAM = 200


def filters(store: Store, actor: Actor, *, page: str = "inbox", now: datetime) -> list[Json]:
    """Those of a page, by name: `id name wanted mine by unit unit_name`; `unit` is whose they are besides, `by` who
    made them."""
    asked = (
        select(saved_filter, person.c.name.label("by"), unit.c.name.label("unit_name"))
        .join(person, person.c.id == saved_filter.c.person_id)
        .outerjoin(unit, unit.c.id == saved_filter.c.unit_id)
        .where(or_(saved_filter.c.person_id == actor.id, saved_filter.c.unit_id.in_(actor.units)))
    )
    with store.read() as db:
        rows = list(db.execute(asked))
    found = [
        {
            "id": row.id,
            "name": store.keyring.open(row.name, filter_place(row.person_id, row.made_at)),
            "wanted": {name: value for name, value in row.wanted.items() if name != "page"},
            "mine": row.person_id == actor.id,
            "by": row.by,
            "unit": row.unit_id,
            "unit_name": row.unit_name,
        }
        for row in rows
        if row.wanted.get("page", "inbox") == page
    ]
    return sorted(found, key=lambda one: (one["name"].casefold(), one["id"]))


def choices(store: Store, actor: Actor, *, now: datetime) -> Json:
    """What tasks of the actor's units can have: `agreements` and `pathways` [{key, name}], `parties` [names];

    and `colleagues` [{key (login), name}] in these units, to whom tasks may be handed.
    """
    mine = (
        select(unit_party.c.agreement, unit_party.c.party)
        .where(unit_party.c.unit_id.in_(actor.units))
        .distinct()
    )
    with store.read() as db:
        hats = list(db.execute(mine))
        known = {row.agreement for row in hats}
        used = list(
            db.execute(
                select(pathway.c.agreement, pathway.c.key, pathway.c.id, pathway.c.name).where(
                    pathway.c.id.in_(in_force(now, pathway.c.agreement.in_(known)))
                )
            )
        )
        team = {row.login: row.name for row in db.execute(_team(actor, now))}
        agreements = {row.agreement: title(store, db, row.agreement, row.id) for row in used}
    pathways = {row.key: row.name for row in used}
    return {
        "agreements": _named(agreements),
        "pathways": _named(pathways),
        "parties": sorted({row.party for row in hats}),
        "colleagues": _named(team),
    }


def _team(actor: Actor, now: datetime) -> Select[Any]:
    """Who else works in the actor's units today; a large house has too many to choose from in one list."""
    work = (
        or_(*(access.works_in(one, (), now) for one in sorted(actor.units)))
        if actor.units
        else false()
    )
    return (
        select(person.c.login, person.c.name)
        .where(
            person.c.active,
            person.c.id != actor.id,
            person.c.id.in_(select(membership.c.person_id).where(work)),
        )
        .order_by(person.c.name, person.c.login)
        .limit(_TEAM)
    )


def _named(found: dict[str, str]) -> list[Json]:
    ordered = sorted(found.items(), key=lambda each: (each[1].casefold(), each[0]))
    return [{"key": key, "name": name} for key, name in ordered]
