"""Who may see and do what.  One table of rules; what no rule allows is not allowed.

| rule | who |
|---|---|
| see a case, its pathways, steps and deadlines | members of a unit that is a party to it |
| see a task, its form and what was answered in it | members of the unit that the task is given to |
| see a message and its content | members of the sending or the receiving unit |
| take or complete a task | the same members, with one of the job roles that its lane names |
| start a pathway, report an event | members of the unit that fills the lane it is drawn in |
| open a case | members of a unit that can be a party of the agreement, and becomes one of this case |
| see instances and timers without the citizen | the role `driftsansvarlig` |
| deploy | the role `procesdesigner` |
| everything | the machine itself (timers, the command line) |

The functions named `visible_…` are SQL conditions to put into a query; those named `may_…` answer yes or no.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from engine.calendar import COPENHAGEN
from engine.errors import Forbidden
from engine.model import Actor
from engine.tables import case, case_party, instance, membership, message, notice, task

OPERATOR, DESIGNER = "driftsansvarlig", "procesdesigner"


class Work(Protocol):
    """A task's row, as far as the rules look at it."""

    unit_id: int
    roles: list[str]


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `case`."""
    if actor.id == 0:
        return true()
    if not actor.units:
        return false()
    mine = select(case_party.c.case_id).where(case_party.c.unit_id.in_(actor.units))
    return case.c.id.in_(mine)


def visible_instances(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `instance`; an operator sees all of them, without the citizen."""
    if actor.id == 0 or may_operate(actor):
        return true()
    return instance.c.case_id.in_(select(case.c.id).where(visible_cases(actor)))


def visible_tasks(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `task`."""
    return true() if actor.id == 0 else task.c.unit_id.in_(actor.units)


def visible_messages(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `message`: sent or received by one of the person's units, never what was held back."""
    if actor.id == 0:
        return true()
    received = and_(message.c.to_unit_id.in_(actor.units), message.c.status != "refused")
    return or_(received, message.c.from_unit_id.in_(actor.units))


def visible_notices(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `notice`."""
    return true() if actor.id == 0 else notice.c.unit_id.in_(actor.units)


def works_in(unit_id: int, roles: Collection[str], now: datetime) -> ColumnElement[bool]:
    """Which rows of `membership` say that somebody works there today, in one of these roles ([]: in any)."""
    today = now.astimezone(COPENHAGEN).date()
    return and_(
        membership.c.unit_id == unit_id,
        membership.c.role.in_(roles) if roles else true(),
        membership.c.valid_from <= today,
        or_(membership.c.valid_to.is_(None), membership.c.valid_to >= today),
    )


def may_take(actor: Actor, work: Work) -> bool:
    """Whether the task may be taken, answered or handed on by this person."""
    if actor.id == 0:
        return True
    return any(
        m.unit == work.unit_id and (not work.roles or m.role in work.roles)
        for m in actor.memberships
    )


def may_act(actor: Actor, unit: int | None, parties: Collection[int]) -> bool:
    """Whether the person may start or report what `unit` starts or reports; None: what any party may."""
    if actor.id == 0:
        return True
    return unit in actor.units if unit is not None else bool(actor.units.intersection(parties))


def may_operate(actor: Actor) -> bool:
    """Whether the person looks after running instances."""
    return actor.id == 0 or actor.has(OPERATOR)


def may_deploy(actor: Actor) -> bool:
    """Whether the person may put diagrams into use."""
    return actor.id == 0 or actor.has(DESIGNER)


def deploy(actor: Actor) -> None:
    """Raise `Forbidden` unless the person may deploy."""
    if not may_deploy(actor):
        raise Forbidden("Only process designers may deploy.")
