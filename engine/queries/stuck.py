"""What is stuck, as the last look found it (`engine/actions/watching.py`): for operators, without the citizen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select

from engine import access
from engine.errors import Forbidden, NotFound
from engine.model import Actor, Json
from engine.queries.paging import Order, Page
from engine.store import Store
from engine.stuck import grouped
from engine.stuck.causes import SILENT
from engine.tables import (
    case,
    instance,
    look,
    membership,
    pathway,
    person,
    stuck,
    task,
    unit,
    worker,
)

#: Of so many tasks of a group it is asked who may be given them.
_ASKED = 50


@dataclass(frozen=True, slots=True)
class StuckFilter:
    """Which causes.  `pathway` is a key or slug."""

    reason: str | None = None
    agreement: str | None = None
    pathway: str | None = None
    instance: int | None = None
    limit: int = 50
    after: str | None = None


_ORDER = Order("due_at", stuck.c.due_at, stuck.c.id)


def causes(store: Store, actor: Actor, wanted: StuckFilter, *, now: datetime) -> Page:
    """What is stuck, that which should have moved first in front.

    Each is `{id, instance, case, reason, detail, element, name, agreement, pathway, pathway_name, status, since,
    should_have_moved_by, owner, next_act, ref, found_at}`: `owner` names the unit whose turn it is (None: operations).
    """
    _must_operate(actor)
    asked = _rows(*_which(wanted))
    with store.read() as db:
        rows = list(db.execute(_ORDER.page(asked, wanted.after, wanted.limit)))
        items = []
        for row in rows[: wanted.limit]:
            walked = store.pathway(db, row.pathway_id) if row.pathway_id is not None else None
            element = walked.elements.get(row.element) if walked else None
            items.append(_shown(row, element.name if element else ""))
    return Page(items, _ORDER.following(rows, wanted.limit))


def groups(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """The causes by reason, those there are: `{reason, count, instances, oldest, at_risk}`.

    `at_risk` counts the legal dates that run in these instances and are not yet past.
    """
    _must_operate(actor)
    with store.read() as db:
        return [asdict(group) for group in grouped(db, now)]


def looked_at(store: Store, actor: Actor, *, now: datetime) -> Json:
    """The last look and who works: `{looked_at, alive, due_soon, beat_at, workers, beating}`.

    `alive` instances have not ended (counted a minute ago at most), `due_soon` legal dates run out within a day of the
    look; of the `workers` of the last day so many are `beating`.  `looked_at` None: nobody has looked yet.
    """
    _must_operate(actor)
    with store.read() as db:
        row = db.execute(select(look).where(look.c.name == "stuck")).first()
        alive = db.scalar(select(look.c.alive).where(look.c.name == "census"))
        beats = list(db.scalars(select(worker.c.beat_at)))
    return {
        "looked_at": row.at if row else None,
        "alive": alive or 0,
        "due_soon": row.due_soon if row else 0,
        "beat_at": max(beats, default=None),
        "workers": len(beats),
        "beating": sum(beat >= now - SILENT for beat in beats),
    }


def cause(store: Store, actor: Actor, number: int, *, now: datetime) -> Json:
    """One of `causes`, by its `id`; raises `NotFound` where it is stuck no more."""
    _must_operate(actor)
    with store.read() as db:
        row = db.execute(_rows(stuck.c.id == number)).first()
        if row is None:
            raise NotFound
        walked = store.pathway(db, row.pathway_id) if row.pathway_id is not None else None
    element = walked.elements.get(row.element) if walked else None
    return _shown(row, element.name if element else "")


def reasons(
    store: Store, actor: Actor, instances: Collection[int], *, now: datetime
) -> dict[int, list[str]]:
    """For which reasons these are stuck; what is not stuck is left out."""
    _must_operate(actor)
    asked = select(stuck.c.instance_id, stuck.c.reason).where(stuck.c.instance_id.in_(instances))
    found: dict[int, list[str]] = {}
    with store.read() as db:
        for row in db.execute(asked.distinct().order_by(stuck.c.reason)):
            found.setdefault(row.instance_id, []).append(row.reason)
    return found


def able(store: Store, actor: Actor, task_id: int, *, now: datetime) -> list[Json]:
    """Who may be given an open task, by name: `{login, name}`; empty where nobody may or the task is done."""
    _must_operate(actor)
    with store.read() as db:
        row = db.execute(select(task).where(task.c.id == task_id, task.c.status == "open")).first()
        if row is None:
            return []
        return [dict(one) for one in db.execute(_able(row, now)).mappings()]


def able_in(store: Store, actor: Actor, cause: str, *, now: datetime) -> list[Json]:
    """Who may be given tasks of a group, whoever may take most first: `{login, name, can}`; of the first tasks only."""
    _must_operate(actor)
    tasks = select(stuck.c.ref).where(stuck.c.reason == cause, stuck.c.ref.like("task:%"))
    with store.read() as db:
        refs = db.scalars(tasks.order_by(stuck.c.instance_id).limit(_ASKED)).all()
        rows = db.execute(
            select(task.c.unit_id, task.c.roles).where(
                task.c.id.in_([int(ref.removeprefix("task:")) for ref in refs]),
                task.c.status == "open",
            )
        ).all()
        can, names = Counter[str](), {}
        for row in rows:
            for one in db.execute(_able(row, now)):
                can[one.login] += 1
                names[one.login] = one.name
    found = [{"login": login, "name": names[login], "can": n} for login, n in can.items()]
    return sorted(found, key=lambda one: (-one["can"], one["name"], one["login"]))


def _able(row: Any, now: datetime) -> Select[Any]:
    return (
        select(person.c.login, person.c.name)
        .join(membership, membership.c.person_id == person.c.id)
        .where(person.c.active, access.works_in(row.unit_id, row.roles, now))
        .distinct()
        .order_by(person.c.name, person.c.login)
    )


def is_stuck(reason: str | None = None) -> ColumnElement[bool]:
    """Which rows of `instance` the last look found stuck, for any reason or this one."""
    found = exists().where(stuck.c.instance_id == instance.c.id)
    return found if reason is None else found.where(stuck.c.reason == reason)


# ---- inside ------------------------------------------------------------------------------
def _must_operate(actor: Actor) -> None:
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is stuck.")


def _rows(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            *stuck.c,
            func.coalesce(case.c.agreement, "").label("agreement"),
            instance.c.status,
            instance.c.pathway_id,
            pathway.c.key.label("pathway_key"),
            pathway.c.name.label("pathway_name"),
            unit.c.name.label("unit_name"),
        )
        .outerjoin(case, case.c.id == stuck.c.case_id)
        .outerjoin(instance, instance.c.id == stuck.c.instance_id)
        .outerjoin(pathway, pathway.c.id == instance.c.pathway_id)
        .outerjoin(unit, unit.c.id == stuck.c.unit_id)
        .where(*conditions)
    )


def _which(wanted: StuckFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.reason is not None:
        found.append(stuck.c.reason == wanted.reason)
    if wanted.agreement is not None:
        found.append(case.c.agreement == wanted.agreement)
    if wanted.instance is not None:
        found.append(stuck.c.instance_id == wanted.instance)
    if wanted.pathway is not None:
        named = pathway.c.key.endswith(f"-{wanted.pathway}", autoescape=True)
        found.append(or_(pathway.c.key == wanted.pathway, named))
    return found


def _shown(row: Row[Any], name: str) -> Json:
    return {
        "id": row.id,
        "instance": row.instance_id,
        "case": row.case_id,
        "reason": row.reason,
        "detail": row.detail,
        "element": row.element,
        "name": name,
        "agreement": row.agreement,
        "pathway": row.pathway_key,
        "pathway_name": row.pathway_name,
        "status": row.status,
        "since": row.since,
        "should_have_moved_by": row.due_at,
        "owner": row.unit_name,
        "next_act": row.act,
        "ref": row.ref,
        "found_at": row.found_at,
    }
