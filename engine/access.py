"""Who may see and do what.  One table of rules; what no rule allows is not allowed.

| rule | who |
|---|---|
| see a case: the citizen, and the parties that one meets on it | members of a unit that is a party to it |
| see an instance: its steps, dates, diagram, and who has the baton | members of a unit that takes part in it |
| see what was done, sent, decided and met in it, and by whom | the unit that did it; all see the baton move |
| see a task, its form and what was answered in it | members of the unit that the task is given to |
| see a message and its content | members of the sending or the receiving unit |
| take or complete a task | the same members, with one of the job roles that its lane names |
| take over a task that somebody has | who stands in for him in that unit until a day; with power, with his roles too |
| start a pathway, report an event | members of the unit that fills the lane it is drawn in, if they see the instance |
| open a case | members of a unit that can be a party of the agreement, and becomes one of this case |
| read a case, or one instance, until a moment | whom a `leder` of a party lent that: what his unit sees of it |
| read all of a case for some hours | whoever works with citizens and broke the glass; leaders must look at it |
| see instances and timers without the citizen | the role `driftsansvarlig` |
| read reports | the role `leder`: counts of pathways that the own units take part in; `driftsansvarlig`: of all |
| ask who saw what of a citizen | `databeskyttelse`, `leder` of a unit that is a party of a case; of its own people |
| look at emergencies | the same roles of the parties, and of the unit of who did it; operators where a unit has none |
| hold a case back from erasure | the same roles of a party of the case; lifted by the unit that did |
| erase before the term | the machine alone (the command line) |
| deploy; lint, play and draft what is not deployed | the role `procesdesigner` |
| approve a draft, which deploys it | another designer, or a `leder` of a party of its agreement; never who drew it |
| everything | the machine itself (timers, the command line) |

A party takes part in an instance once it had a task or a date in it, wrote or got a message of it, began it, or may
report something in it.  The writer of each step notes that in `instance_party` (`engine/actions/parties.py`); until
then the instance does not exist for the party, whoever it is.  Why: docs/decisions/0011-who-sees-an-instance.md.
What is lent (`Actor.lent`) is eyes, no hands: `_ours` and `_lent_of` add it to what is read, and nothing is done with
it (`works_on`).  Why: docs/decisions/0012-eyes-that-are-lent.md.

The functions named `visible_…` are SQL conditions to put into a query; those named `may_…` answer yes or no.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, and_, exists, false, or_, select, true

from engine.calendar import COPENHAGEN
from engine.errors import Forbidden
from engine.model import HOUSE, Actor, Lent
from engine.tables import (
    case,
    case_party,
    comment,
    history,
    hold,
    instance,
    instance_party,
    loan,
    membership,
    message,
    notice,
    person,
    plan,
    plan_acceptance,
    plan_version,
    review,
    task,
    valid_on,
)

OPERATOR, DESIGNER = "driftsansvarlig", "procesdesigner"
LEADER = "leder"
#: Who answers, in a unit, for how its people treat what they may see.
INSPECTORS = ("databeskyttelse", LEADER)
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
    return of_own_cases(actor, case.c.id) if actor.units or actor.lent else false()


def works_on(actor: Actor, case_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Which rows belong to a case that a unit of the person is a party of; what is lent to him does not count."""
    return of_own_cases(replace(actor, lent=()), case_id)


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
            _ours(actor, mine, instance_party.c.instance_id),
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
            _ours(_of_cases(actor), mine),
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


def own_parties(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `case_party` the person looks through: his own units, and those whose eyes are lent to him."""
    return true() if actor.id == 0 else _ours(actor, case_party)


def _ours(
    actor: Actor, parties: FromClause, instance_id: ColumnElement[int] | None = None
) -> ColumnElement[bool]:
    """Which rows of `case_party` (or an alias) the person looks through, of units that know the case.

    `instance_id` says in which instance; without it the case is meant, and what is lent of one instance counts.
    """
    own = parties.c.unit_id.in_(actor.units)
    lent = (
        and_(
            _lent_of(it, parties.c.case_id, instance_id),
            true() if it.unit is None else parties.c.unit_id == it.unit,
        )
        for it in actor.lent
    )
    return and_(or_(own, *lent), parties.c.joined_at.is_not(None))


def _lent_of(
    it: Lent, case_id: ColumnElement[int], instance_id: ColumnElement[int] | None
) -> ColumnElement[bool]:
    """Which rows belong to the case that is lent, or to the one instance of it."""
    if it.instance is None or instance_id is None:
        return case_id == it.case
    return and_(case_id == it.case, instance_id == it.instance)


def _of_cases(actor: Actor) -> Actor:
    """The person without what is lent to him of single instances."""
    return replace(actor, lent=tuple(it for it in actor.lent if it.instance is None))


def visible_tasks(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `task`."""
    return true() if actor.id == 0 else task.c.unit_id.in_(actor.units)


def visible_messages(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `message`: sent or received by one of the person's units, never what was held back."""
    if actor.id == 0:
        return true()
    let_go = message.c.status != "refused"

    def of(units: Collection[int]) -> ColumnElement[bool]:
        received = and_(message.c.to_unit_id.in_(units), let_go)
        return or_(received, message.c.from_unit_id.in_(units))

    lent = (
        and_(
            _lent_of(it, message.c.case_id, message.c.instance_id),
            let_go if it.unit is None else of([it.unit]),
        )
        for it in actor.lent
    )
    return or_(of(actor.units), *lent)


def visible_versions(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `plan_version`, joined to `plan`: written by one of the person's units, or sent to one of them.

    In an emergency whatever is or was in force, or was sent to anybody.
    """
    if actor.id == 0:
        return true()
    reader = plan_acceptance.alias("mine")

    def sent(*to: ColumnElement[bool]) -> ColumnElement[bool]:
        here = (reader.c.version_id == plan_version.c.id, reader.c.sent_at.is_not(None))
        return exists(select(1).where(*here, *to))

    def of(units: Collection[int]) -> ColumnElement[bool]:
        return or_(plan_version.c.unit_id.in_(units), sent(reader.c.unit_id.in_(units)))

    anybody = or_(plan_version.c.valid_from.is_not(None), sent())
    lent = (
        and_(
            _lent_of(it, plan.c.case_id, plan_version.c.instance_id),
            anybody if it.unit is None else of([it.unit]),
        )
        for it in actor.lent
    )
    return or_(of(actor.units), *lent)


def visible_notices(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `notice`."""
    return true() if actor.id == 0 else notice.c.unit_id.in_(actor.units)


def works_in(unit_id: int, roles: Collection[str], now: datetime) -> ColumnElement[bool]:
    """Which rows of `membership` say that somebody works there today, in one of these roles ([]: in any)."""
    today = now.astimezone(COPENHAGEN).date()
    return and_(
        membership.c.unit_id == unit_id,
        membership.c.role.in_(roles) if roles else true(),
        valid_on(membership, today),
    )


def may_take(actor: Actor, work: Work) -> bool:
    """Whether the task may be taken, answered or handed on by this person."""
    if actor.id == 0:
        return True
    return any(
        m.unit == work.unit_id and (not work.roles or m.role in work.roles)
        for m in actor.memberships
    )


def stands_in(actor: Actor, person_id: int | None, unit_id: int) -> bool:
    """Whether the person does the work in this unit of that one, who is away."""
    return any(it.person == person_id and it.unit == unit_id for it in actor.stands_in)


def asked(actor: Actor) -> ColumnElement[bool]:
    """Questions beside a task that wait for the person, or for somebody whom he stands in for there."""
    instead = [
        and_(comment.c.to_id == it.person, task.c.unit_id == it.unit) for it in actor.stands_in
    ]
    return and_(or_(comment.c.to_id == actor.id, *instead), comment.c.answered_at.is_(None))


def may_answer(actor: Actor, question: Any) -> bool:
    """Whether the person answers this question (`to_id`, and its task's `unit_id`), or stands in for who does."""
    if question.to_id is None or question.unit_id not in actor.units:
        return False
    return question.to_id == actor.id or stands_in(actor, question.to_id, question.unit_id)


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


def counted(actor: Actor, instance_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Which rows a report counts: a leader's are of pathways that the own units take part in, an operator's all."""
    return true() if may_operate(actor) else takes_part(actor, instance_id)


def may_report(actor: Actor) -> bool:
    """Whether the person reads reports."""
    return may_operate(actor) or actor.has(LEADER)


def report(actor: Actor) -> None:
    """Raise `Forbidden` unless the person reads reports."""
    if not may_report(actor):
        raise Forbidden("Only leaders and operators read reports.")


def may_deploy(actor: Actor) -> bool:
    """Whether the person may put diagrams into use."""
    return actor.id == 0 or actor.has(DESIGNER)


def may_break_glass(actor: Actor) -> bool:
    """Whether the person works with citizens, so that an emergency can be his."""
    return bool(treated_in(actor))


def treated_in(actor: Actor) -> frozenset[int]:
    """The units in which the person works with citizens."""
    return frozenset(m.unit for m in actor.memberships if m.role not in HOUSE)


def treats() -> ColumnElement[bool]:
    """Which rows of `membership` are work with citizens."""
    return membership.c.role.not_in(HOUSE)


def visible_loans(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `loan`: what was lent by the units for which the person answers."""
    return true() if actor.id == 0 else loan.c.unit_id.in_(inspected(actor))


def visible_reviews(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Which rows of `review`: of the units for whose people, or cases, the person answers.

    Where nobody in the unit may look at it, for there is no such person or only the one who broke the glass, it is the
    operators' to look at.
    """
    if actor.id == 0:
        return true()
    mine = review.c.unit_id.in_(inspected(actor))
    return or_(mine, unled(now)) if actor.has(OPERATOR) else mine


def unled(now: datetime) -> ColumnElement[bool]:
    """Which rows of `review` nobody in the unit may look at today."""
    mine = select(loan.c.person_id).where(loan.c.id == review.c.loan_id)
    opener = mine.correlate(review).scalar_subquery()
    answers = and_(
        membership.c.unit_id == review.c.unit_id,
        membership.c.role.in_(INSPECTORS),
        membership.c.person_id != opener,
        valid_on(membership, now.astimezone(COPENHAGEN).date()),
    )
    looking = membership.join(person, person.c.id == membership.c.person_id)
    return ~exists(select(1).select_from(looking).where(answers, person.c.active))


def visible_holds(actor: Actor) -> ColumnElement[bool]:
    """Which rows of `hold`: on cases, or of citizens, that the units for which the person answers have."""
    if actor.id == 0:
        return true()
    mine = case_party.alias("answered")
    answered = select(mine.c.case_id).where(
        mine.c.unit_id.in_(inspected(actor)), mine.c.joined_at.is_not(None)
    )
    citizens = select(case.c.citizen_id).where(case.c.id.in_(answered))
    return or_(
        hold.c.case_id.in_(answered),
        and_(hold.c.case_id.is_(None), hold.c.citizen_id.in_(citizens)),
    )


def leads(actor: Actor) -> frozenset[int]:
    """The units for which the person may lend what they see."""
    return frozenset(m.unit for m in actor.memberships if m.role == LEADER)


def deploy(actor: Actor) -> None:
    """Raise `Forbidden` unless the person may deploy."""
    if not may_deploy(actor):
        raise Forbidden("Only process designers may deploy.")


def design(actor: Actor) -> None:
    """Raise `Forbidden` unless the person draws pathways."""
    if not may_deploy(actor):
        raise Forbidden("Only process designers may do this.")


def may_approve(actor: Actor, author_id: int, agreement_units: Collection[int]) -> bool:
    """Whether the person may put a draft into force: a designer or a leader of the agreement, never who drew it."""
    leader = any(m.role == LEADER and m.unit in agreement_units for m in actor.memberships)
    return actor.id not in (0, author_id) and (leader or may_deploy(actor))
