"""The meetings of a case, as one person may see them: when, who, what was agreed.  Read from what people answered.

A meeting is seen by who takes part where it was begun and invited to it, was invited, or held it; what was agreed is
read with each action by those who wrote it or owe it, and in the minutes by whoever was sent these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from engine import access, meetings
from engine.calendar import COPENHAGEN
from engine.errors import NotFound
from engine.meetings import AGREED, Agreed, Given, Meeting
from engine.model import Actor, Json
from engine.pathway import Pathway
from engine.queries.looks import rules, saw
from engine.seals import answer_place
from engine.store import Store
from engine.tables import answer, case, case_party, deadline, instance, message, pathway, task, unit


def of_case(store: Store, actor: Actor, case_id: int, *, now: datetime) -> list[Json]:
    """The meetings of a case that the actor may see, the next first, then those that are over, newest first.

    `id kind title instance party unit_name at whole_day length held form place invited [{party, unit_name}] chair
    minute_taker keeper present citizen absent minutes said agreed`; `at`: a moment (None: not agreed yet);
    `whole_day`: only its date is known; `minutes`: the kind of document; `said`: when it was spoken of; `agreed`
    [{text, who, party, unit_name, due, task, instance, status}], `text` None to whom the minutes alone say it,
    `status`: open, completed, cancelled, '' (nobody's task) or None (another party's, and how it goes is theirs).
    """
    with store.read() as db:
        found = _seen(store, db, actor, case_id, now)
    coming = [one for one in found if one["held"] is None]
    over = [one for one in found if one["held"] is not None]
    coming.sort(key=lambda one: (one["at"] is None, one["at"] or now, one["id"]))
    return [*coming, *sorted(over, key=lambda one: one["held"], reverse=True)]


def one(store: Store, actor: Actor, meeting_id: int, *, now: datetime) -> Json:
    """One meeting as in `of_case`, with its `case`; the look is noted."""
    with store.read() as db:
        row = db.execute(
            select(answer.c.case_id, case.c.citizen_id)
            .join(case, case.c.id == answer.c.case_id)
            .where(answer.c.id == meeting_id, access.visible_cases(actor))
        ).first()
        known = _seen(store, db, actor, row.case_id, now) if row else []
    found = next((each for each in known if each["id"] == meeting_id), None)
    if row is None or found is None:
        raise NotFound
    facts = {"meeting": meeting_id}
    saw(store, actor, "saw_meeting", now=now, citizen=row.citizen_id, case=row.case_id, facts=facts)
    return {**found, "case": row.case_id}


# ---- inside ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Case:
    """What stands around the meetings of a case for one reader."""

    walks: dict[int, Row[Any]]
    units: dict[str, str]
    own: frozenset[str]


def _seen(store: Store, db: Connection, actor: Actor, case_id: int, now: datetime) -> list[Json]:
    asked = select(rules(now)).select_from(case)
    number = db.scalar(asked.where(case.c.id == case_id, access.visible_cases(actor)))
    if number is None:
        return []
    agreement = store.pathway(db, number).plan.agreement
    if not agreement.meetings:
        return []
    around = _around(db, actor, case_id)
    given = list(_given(store, db, case_id, around))
    # Who takes part where it was begun knows of the meeting; where it is held may be an instance of its own.
    known = {each.id for each, mine in given if mine}
    begun = _begun(db, case_id, around)
    letters = _letters(db, case_id)
    found = []
    for meeting in meetings.meetings(
        agreement.meetings, [each for each, _ in given], agreement.calendar
    ):
        if not meeting.invited:
            told = (party for at in meeting.said for party in letters.get(at, ()))
            meeting.invited = tuple(dict.fromkeys(told))
        if meeting.id in known and around.own & {
            meeting.party,
            meeting.agreed_by,
            *meeting.invited,
        }:
            found.append(_told(meeting, around, begun))
    return found


def _around(db: Connection, actor: Actor, case_id: int) -> _Case:
    walks: list[Row[Any]] = list(
        db.execute(
            select(
                instance.c.id,
                instance.c.parent_id,
                instance.c.pathway_id,
                pathway.c.key,
                access.takes_part(actor, instance.c.id).label("mine"),
            )
            .join(pathway, pathway.c.id == instance.c.pathway_id)
            .where(instance.c.case_id == case_id)
        )
    )
    parties = db.execute(
        select(case_party.c.party, unit.c.name, access.own_parties(actor).label("own"))
        .join(unit, unit.c.id == case_party.c.unit_id)
        .where(case_party.c.case_id == case_id)
    ).all()
    return _Case(
        {row.id: row for row in walks},
        {row.party: row.name for row in parties},
        frozenset(row.party for row in parties if row.own),
    )


def _given(
    store: Store, db: Connection, case_id: int, around: _Case
) -> Iterable[tuple[Given, bool]]:
    """What was answered in tasks that an agreement's meetings name, oldest first; only those are unsealed.

    Each with whether the reader takes part where it was answered.
    """
    rows = db.execute(
        select(answer)
        .where(answer.c.case_id == case_id, answer.c.instance_id.in_(around.walks))
        .order_by(answer.c.id)
    )
    for row in rows:
        walked = store.pathway(db, around.walks[row.instance_id].pathway_id)
        name = _name(walked, row.element)
        if not _speaks(walked, name):
            continue
        sealed: bytes = row._mapping["values"]
        values = store.keyring.open_json(sealed, answer_place(row.instance_id, row.element, row.at))
        place = _where(row, around)
        given = Given(row.id, place, name, row.party, row.at, values)
        yield given, bool(around.walks[row.instance_id].mine)


def _where(row: Row[Any], around: _Case) -> int:
    """The instance that a meeting belongs to: the one that invited, where it let another one hold it."""
    parent = around.walks[row.instance_id].parent_id
    if parent not in around.walks or around.walks[row.instance_id].key != "faelles-netvaerksmoede":
        return int(row.instance_id)
    return int(parent)


def _name(walked: Pathway, element: str) -> str:
    found = walked.elements.get(element)
    if found is None:
        return ""
    return meetings.task_name(found.process, element, walked.plan.agreement.slug)


def _speaks(walked: Pathway, name: str) -> bool:
    known = walked.plan.agreement.meetings.values()
    return any(name in (*kind.invites, *kind.holds, *kind.agrees) for kind in known)


def _letters(db: Connection, case_id: int) -> dict[datetime, list[str]]:
    """Whom a message reached, by the moment of it: where a form does not ask whom to invite, the diagram says it."""
    found: dict[datetime, list[str]] = {}
    asked = select(message.c.sent_at, message.c.to_party).where(
        message.c.case_id == case_id, message.c.to_party.is_not(None), message.c.status != "refused"
    )
    for row in db.execute(asked.order_by(message.c.id)):
        found.setdefault(row.sent_at, []).append(row.to_party)
    return found


def _begun(db: Connection, case_id: int, around: _Case) -> list[Row[Any]]:
    """The tasks that actions of minutes have become, where the reader takes part."""
    walks = (walk for walk in around.walks.values() if walk.mine)
    mine = [walk.id for walk in walks if walk.key.endswith(f"-{AGREED}")]
    if not mine:
        return []
    return list(
        db.execute(
            select(
                task.c.id,
                task.c.instance_id,
                task.c.party,
                task.c.status,
                deadline.c.due_at,
                instance.c.parent_id,
            )
            .join(instance, instance.c.id == task.c.instance_id)
            .outerjoin(deadline, deadline.c.task_id == task.c.id)
            .where(task.c.case_id == case_id, task.c.instance_id.in_(mine))
            .order_by(task.c.id)
        )
    )


def _told(meeting: Meeting, around: _Case, begun: list[Row[Any]]) -> Json:
    at, whole = _moment(meeting.at)
    return {
        "id": meeting.id,
        "kind": meeting.kind.name,
        "title": meeting.kind.title,
        "instance": meeting.instance,
        "party": meeting.party,
        "unit_name": around.units.get(meeting.party, ""),
        "at": at,
        "whole_day": whole,
        "length": meeting.length,
        "held": meeting.held,
        "form": meeting.form,
        "place": meeting.place,
        "invited": [
            {"party": party, "unit_name": around.units.get(party, "")} for party in meeting.invited
        ],
        "chair": meeting.chair,
        "minute_taker": meeting.minute_taker,
        "keeper": meeting.keeper,
        "present": [around.units.get(party, party) for party in meeting.present],
        "citizen": meeting.citizen,
        "absent": meeting.absent,
        "minutes": meeting.kind.minutes,
        "said": meeting.said,
        "agreed": [_agreed(one, meeting, around, begun) for one in meeting.agreed],
    }


def _agreed(one: Agreed, meeting: Meeting, around: _Case, begun: list[Row[Any]]) -> Json:
    became = next((row for row in begun if row.party == one.party and _day(row) == one.due), None)
    if became is not None:
        begun.remove(became)
    told = bool(around.own & {meeting.agreed_by, one.party})
    theirs = bool(one.party and one.due) and one.party not in around.own
    return {
        "text": one.text if told else None,
        "who": one.who,
        "party": one.party,
        "unit_name": around.units.get(one.party, ""),
        "due": one.due,
        "task": became.id if became else None,
        "instance": became.instance_id if became else None,
        "status": became.status if became else None if theirs else "",
    }


def _day(row: Row[Any]) -> date | None:
    return row.due_at.astimezone(COPENHAGEN).date() if row.due_at else None


def _moment(at: datetime | date | None) -> tuple[datetime | None, bool]:
    """A moment of the day, and whether only the day is known."""
    if at is None or isinstance(at, datetime):
        return at, False
    return datetime(at.year, at.month, at.day, tzinfo=COPENHAGEN), True
