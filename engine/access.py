"""Who may see and do what.  One table of rules; what no rule allows is not allowed.

| rule | who |
|---|---|
| see a case: the citizen, and the parties that one meets on it | members of a unit that is a party to it |
| see an instance: its steps, dates, diagram, and who has the baton | members of a unit that takes part in it |
| see what was done, sent, decided and met in it, and by whom | the unit that did it; all see the baton move |
| see a task, its form and what was answered in it | members of the unit that the task is given to |
| see a message and its content | members of the sending or the receiving unit |
| take or complete a task | the same members, with one of the job roles that its lane names |
| start a pathway, report an event | members of the unit that fills the lane it is drawn in, if they see the instance |
| open a case | members of a unit that can be a party of the agreement, and becomes one of this case |
| see instances and timers without the citizen | the role `driftsansvarlig` |
| ask who saw what of a citizen | the roles `databeskyttelse` and `leder`, of a unit that is a party of a case; only of its own people |
| deploy; lint, play and draft what is not deployed | the role `procesdesigner` |
| everything | the machine itself (timers, the command line) |

A party takes part in an instance once it had a task or a date in it, wrote or got a message of it, began it, or may
report something in it.  The writer of each step notes that in `instance_party` (`engine/actions/parties.py`); until
then the instance does not exist for the party, whoever it is.  Why: docs/decisions/0011-who-sees-an-instance.md.

The functions named `visible_…` are SQL conditions to put into a query; those named `may_…` answer yes or no.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, FromClause, and_, exists, false, or_, select, true

from engine.calendar import COPENHAGEN
from engine.errors import Forbidden
from engine.model import Actor
from engine.tables import (
    case,
    case_party,
    history,
    instance,
    instance_party,
    membership,
    message,
    notice,
    task,
)

OPERATOR, DESIGNER = "driftsansvarlig", "procesdesigner"
#: Who answers, in a unit, for how its people treat what they may see.
INSPECTORS = ("databeskyttelse", "leder")
#: Work that somebody has: that it came to him, and that he gave it on, is known to all who take part.
_BATON = ("userTask", "manualTask", "task", "receiveTask")


class Work(Protocol):
    """A task's row, as far as the rules look at it."""

    unit_id: int
    roles: list[str]


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `case`."""
    if actor.id == 0:
        return true()
    return of_own_cases(actor, case.c.id) if actor.units else false()


def of_own_cases(actor: Actor, case_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Which rows belong to a case that the person sees: what an index finds before anything else is asked."""
    if actor.id == 0:
        return true()
    return case_id.in_(select(case_party.c.case_id).where(_ours(actor, case_party)))


def visible_instances(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `instance`; an operator sees all of them, without the citizen."""
    if may_operate(actor):
        return true()
    return and_(of_own_cases(actor, instance.c.case_id), takes_part(actor, instance.c.id))


def takes_part(actor: Actor, instance_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Which rows belong to an instance that one of the person's units takes part in."""
    if actor.id == 0:
        return true()
    # One within the other, so that every database begins at the instance and not at the unit's thousand cases.
    mine = case_party.alias("mine")
    ours = exists(
        select(1).where(
            mine.c.case_id == instance_party.c.case_id,
            mine.c.party == instance_party.c.party,
            _ours(actor, mine),
        )
    )
    return exists(select(1).where(instance_party.c.instance_id == instance_id, ours))


def visible_parties(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `case_party`, on a case that the person sees.

    The own ones, those that were named with one's own when the case was opened, and those that one meets in an
    instance: who is there for something else is part of what one does not know.
    """
    if actor.id == 0:
        return true()
    mine, other = case_party.alias("named"), instance_party.alias("met")
    named = exists(
        select(1).where(
            mine.c.case_id == case_party.c.case_id,
            mine.c.joined_at == case_party.c.joined_at,
            case.c.id == mine.c.case_id,
            case.c.opened_at == mine.c.joined_at,
            _ours(actor, mine),
        )
    )
    met = exists(
        select(1).where(
            other.c.case_id == case_party.c.case_id,
            other.c.party == case_party.c.party,
            takes_part(actor, other.c.instance_id),
        )
    )
    known = and_(case_party.c.joined_at.is_not(None), or_(named, met))
    return or_(_ours(actor, case_party), known)


def visible_history(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `history`, of an instance that the person sees.

    The own doings; how the baton moved, how the instance began and ended, and that an operator reached in.
    """
    if actor.id == 0:
        return true()
    mine = case_party.alias("doer")
    own = exists(
        select(1).where(
            mine.c.case_id == history.c.case_id,
            mine.c.party == history.c.party,
            _ours(actor, mine),
        )
    )
    moved = and_(
        history.c.kind.in_(_BATON), history.c.what.in_(("entered", "completed", "cancelled"))
    )
    # Events inside are not the instance's own beginning and end.
    begun = and_(history.c.kind == "startEvent", instance.c.started_at == history.c.at)
    ended = and_(history.c.kind == "endEvent", instance.c.end_state == history.c.element)
    walk = instance.c.id == history.c.instance_id
    whole = exists(select(1).where(walk, or_(begun, ended)).correlate(history))
    return or_(history.c.kind == "operator", moved, own, whole)


def may_name(actor: Actor, unit_id: int | None) -> bool:
    """Whether the person is told who in that unit did something; others learn the unit."""
    return may_operate(actor) or unit_id in actor.units


def _ours(actor: Actor, parties: FromClause) -> ColumnElement[bool]:
    """Which rows of `case_party` (or an alias) are one of the person's units, that knows the case."""
    return and_(parties.c.unit_id.in_(actor.units), parties.c.joined_at.is_not(None))


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


def inspected(actor: Actor) -> frozenset[int]:
    """The units for whose people the person may ask what they saw and changed."""
    return frozenset(m.unit for m in actor.memberships if m.role in INSPECTORS)


def may_deploy(actor: Actor) -> bool:
    """Whether the person may put diagrams into use."""
    return actor.id == 0 or actor.has(DESIGNER)


def deploy(actor: Actor) -> None:
    """Raise `Forbidden` unless the person may deploy."""
    if not may_deploy(actor):
        raise Forbidden("Only process designers may deploy.")


def design(actor: Actor) -> None:
    """Raise `Forbidden` unless the person draws pathways."""
    if not may_deploy(actor):
        raise Forbidden("Only process designers may do this.")
