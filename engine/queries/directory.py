"""What there is to choose from: units, agreements, deployed pathways and their versions.  Nothing of a citizen."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from engine import offers
from engine.calendar import day_of
from engine.errors import NotFound
from engine.model import Actor, Json
from engine.pathway import Pathway
from engine.store import Store
from engine.tables import deployment, person, unit, unit_party, valid_on
from engine.tables import pathway as pathway_table
from engine.versions import BEGINS, coming, in_force, newest_of_agreements, to_come


def units(
    store: Store, actor: Actor, agreement: str | None, role: str | None, *, now: datetime
) -> list[Json]:
    """The units of today, by name: `id name sector sor kommunekode parties`; `role` is the party that it can be.

    `parties` [{agreement, party}] are those that were asked for.
    """
    today = day_of(now)
    wanted = [
        column == value
        for column, value in ((unit_party.c.agreement, agreement), (unit_party.c.party, role))
        if value is not None
    ]
    asked = (
        select(unit, unit_party.c.agreement, unit_party.c.party)
        .outerjoin(unit_party, unit_party.c.unit_id == unit.c.id)
        .where(
            valid_on(unit, today),
            *wanted,
        )
        .order_by(unit.c.name, unit.c.id, unit_party.c.agreement, unit_party.c.party)
    )
    found: dict[int, Json] = {}
    with store.read() as db:
        for row in db.execute(asked):
            one = found.setdefault(row.id, _unit(row))
            if row.party is not None:
                one["parties"].append({"agreement": row.agreement, "party": row.party})
    return list(found.values())


def agreements(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """The agreements that have pathways, by title: `slug title prefix source parties`.

    `parties` are [{name, sector, hat, note, standing}], by name.
    """
    with store.read() as db:
        numbers = db.scalars(newest_of_agreements(now)).all()
        known = [store.pathway(db, number).plan.agreement for number in numbers]
    return [
        {
            "slug": each.slug,
            "title": each.title,
            "prefix": each.prefix,
            "source": each.source,
            "parties": [
                {
                    "name": p.name,
                    "sector": p.sector,
                    "hat": p.hat,
                    "note": p.note,
                    "standing": p.standing,
                }
                for _name, p in sorted(each.parties.items())
            ],
        }
        for each in sorted(known, key=lambda a: (a.title, a.slug))
    ]


def subjects(store: Store, actor: Actor, agreement: str, *, now: datetime) -> frozenset[str]:
    """Whom a case of this agreement can be about: citizen, anonymous, agreement."""
    with store.read() as db:
        return offers.subjects(db, store, agreement, now)


def pathways(
    store: Store, actor: Actor, agreement: str | None = None, *, now: datetime
) -> list[Json]:
    """The version in force of each pathway, by agreement and name:

    `id` (of this version), `key name agreement agreement_title version deployed_at in_force_from`, and `coming`
    [{version, in_force_from}], those that are made for a later day.
    """
    asked = _versions(pathway_table.c.id.in_(in_force(now)))
    if agreement is not None:
        asked = asked.where(pathway_table.c.agreement == agreement)
    asked = asked.order_by(pathway_table.c.agreement, pathway_table.c.name, pathway_table.c.key)
    with store.read() as db:
        rows, later = list(db.execute(asked)), coming(db, now)
        return [
            {
                **_version(row, store.pathway(db, row.id).plan.agreement.title),
                "coming": [
                    {"version": one.version, "in_force_from": one.begins_at}
                    for one in later
                    if (one.agreement, one.key) == (row.agreement, row.key)
                ],
            }
            for row in rows
        ]


def versions(
    store: Store, actor: Actor, key: str, agreement: str | None = None, *, now: datetime
) -> list[Json]:
    """Every version of a pathway, newest first, as in `pathways` with `at note by approved_by deployment status`.

    `status`: in_force, coming (its day has not come), called_off (before its day; `called_off_at called_off_by`) or
    past; `in_force_from` is the moment from which it is or was in force, `begins_on` the day that it was made for, or
    None.  Raises `NotFound`.

    A shared part has one line of versions in each agreement.
    """
    asked = _versions(pathway_table.c.key == key)
    if agreement is not None:
        asked = asked.where(pathway_table.c.agreement == agreement)
    asked = asked.order_by(pathway_table.c.agreement, pathway_table.c.version.desc())
    with store.read() as db:
        rows = list(db.execute(asked))
        if not rows:
            raise NotFound
        used = set(db.scalars(in_force(now, pathway_table.c.key == key)))
        return [
            {
                **_version(row, store.pathway(db, row.id).plan.agreement.title),
                "at": row.deployed_at,
                "note": row.note,
                "by": row.by,
                "approved_by": row.approver,
                "deployment": row.deployment_id,
                "begins_on": row.begins_at and day_of(row.begins_at),
                "called_off_at": row.called_off_at,
                "called_off_by": row.canceller,
                "status": _status(row, used, now),
            }
            for row in rows
        ]


def in_use(known: list[Json]) -> Json:
    """Of a pathway's versions, as `versions` gives them, the one in force; the newest where none is yet."""
    return next((each for each in known if each["status"] == "in_force"), known[0])


def drawing(
    store: Store, actor: Actor, key: str, agreement: str | None = None, *, now: datetime
) -> Json:
    """A pathway as it is in force, or first will be, as in `pathways`, with `bpmn` and `lanes`; raises `NotFound`.

    `lanes` [{name, elements: [{id, name, kind, form, frist, clauses}]}] is the diagram as text.
    """
    mine = [pathway_table.c.key == key]
    if agreement is not None:
        mine.append(pathway_table.c.agreement == agreement)
    asked = _versions(pathway_table.c.id.in_(in_force(now, *mine)))
    later = _versions(to_come(now), *mine).order_by(BEGINS)
    with store.read() as db:
        row = db.execute(asked.order_by(pathway_table.c.agreement)).first()
        row = row or db.execute(later).first()
        if row is None:
            raise NotFound
        found = store.pathway(db, row.id)
    return {
        **_version(row, found.plan.agreement.title),
        "bpmn": found.source.bpmn,
        "lanes": [{"name": lane, "elements": rows} for lane, rows in by_lane(found)],
    }


def pathway(store: Store, actor: Actor, pathway_id: int, *, now: datetime) -> Pathway:
    """A deployed version, compiled, for who reads on in its diagram (`pathway_id` of a task or instance)."""
    with store.read() as db:
        return store.pathway(db, pathway_id)


# ---- inside ------------------------------------------------------------------------------
def _unit(row: Row[Any]) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "sector": row.sector,
        "sor": row.sor,
        "kommunekode": row.kommunekode,
        "parties": [],
    }


def _versions(*conditions: ColumnElement[bool]) -> Select[Any]:
    approver, canceller = person.alias("approver"), person.alias("canceller")
    return (
        select(
            pathway_table.c.id,
            pathway_table.c.key,
            pathway_table.c.name,
            pathway_table.c.agreement,
            pathway_table.c.version,
            deployment.c.at.label("deployed_at"),
            deployment.c.note,
            deployment.c.begins_at,
            deployment.c.called_off_at,
            pathway_table.c.deployment_id,
            BEGINS.label("in_force_from"),
            person.c.name.label("by"),
            approver.c.name.label("approver"),
            canceller.c.name.label("canceller"),
        )
        .join(deployment, deployment.c.id == pathway_table.c.deployment_id)
        .outerjoin(person, person.c.id == deployment.c.person_id)
        .outerjoin(approver, approver.c.id == deployment.c.approved_by)
        .outerjoin(canceller, canceller.c.id == deployment.c.called_off_by)
        .where(*conditions)
    )


def _version(row: Row[Any], title: str) -> Json:
    return {
        "id": row.id,
        "key": row.key,
        "name": row.name,
        "agreement": row.agreement,
        "agreement_title": title,
        "version": row.version,
        "deployed_at": row.deployed_at,
        "in_force_from": row.in_force_from,
    }


def _status(row: Row[Any], used: Collection[int], now: datetime) -> str:
    if row.called_off_at is not None:
        return "called_off"
    if row.begins_at is not None and row.begins_at > now:
        return "coming"
    return "in_force" if row.id in used else "past"


def by_lane(found: Pathway) -> Iterator[tuple[str, list[Json]]]:
    by_lane: dict[str, list[Json]] = {lane: [] for lane in found.plan.process.lanes}
    for node in found.nodes.values():
        element = found.elements[node.id]
        by_lane.setdefault(element.lane, []).append(
            {
                "id": element.id,
                "name": element.name or element.id,
                "kind": element.kind,
                "form": element.form,
                "frist": element.frist,
                "clauses": list(element.clauses),
            }
        )
    return ((lane, rows) for lane, rows in by_lane.items() if rows)
