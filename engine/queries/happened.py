"""What happened on an instance and on a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select

from engine import access
from engine.errors import NotFound
from engine.model import Actor, Json
from engine.queries.looks import saw
from engine.queries.post import to_own_units
from engine.queries.walks import done_by, row_of, saw_row
from engine.seals import answer_place
from engine.store import Store
from engine.tables import answer, case, case_party, instance, pathway, person, unit
from engine.tables import history as history_table


def history(store: Store, actor: Actor, instance_id: int, *, now: datetime) -> list[Json]:
    """What happened on an instance, oldest first, as in `timeline`; operators see all of it, and `reason` where one
    reached in.
    """
    with store.read() as db:
        row = row_of(db, actor, instance_id)
        here = history_table.c.instance_id == instance_id
        found = _with_letters(
            _happened(db, actor, row.case_id, here, *done_by(actor)),
            to_own_units(db, actor, row.case_id, instance_id),
        )
        if access.may_operate(actor):
            reasons = _reasons(store, db, instance_id)
            found = [
                {**each, "reason": reasons.get(each["at"])} if each["kind"] == "operator" else each
                for each in found
            ]
    saw_row(store, actor, "saw_history", row, now)
    return found


def timeline(store: Store, actor: Actor, case_id: int, *, now: datetime) -> list[Json]:
    """What happened on a case, oldest first:

    `at what element name kind process party unit_name by task instance pathway pathway_name`; `what` is `opened` (the
    case), or `entered completed cancelled fired caught sent` of an element, or `received` where `kind` is `message`,
    or, where it is `operator`, what an operator did (`suspended resumed cancelled retried moved amended rescheduled
    migrated`); `by` is a person's name or None.

    Of the instances that the actor's units take part in: what these units did, met, sent and were sent, and of others
    only how the baton moved (`engine.access.visible_history`), without a person's name.
    """
    asked = select(case.c.citizen_id, case.c.opened_at).where(
        case.c.id == case_id, access.visible_cases(actor)
    )
    with store.read() as db:
        row = db.execute(asked).first()
        if row is None:
            raise NotFound
        found = _with_letters(
            _happened(
                db,
                actor,
                case_id,
                access.takes_part(actor, history_table.c.instance_id),
                access.visible_history(actor),
            ),
            to_own_units(db, actor, case_id),
        )
    saw(store, actor, "saw_timeline", now=now, citizen=row.citizen_id, case=case_id)
    return [{**_BEGUN, "at": row.opened_at}, *found]


# ---- inside
#: What a case's timeline begins with.
_BEGUN: Json = {
    "what": "opened", "element": "", "name": "", "kind": "case", "process": "", "party": "", "unit_name": None,
    "by": None, "task": None, "instance": None, "pathway": None, "pathway_name": None,
}  # fmt: skip


def _with_letters(found: list[Json], letters: list[Row[Any]]) -> list[Json]:
    """What happened, and the messages that came, by moment."""
    came = [_letter(row) for row in letters]
    return sorted([*found, *came], key=lambda each: each["at"]) if came else found


def _letter(row: Row[Any]) -> Json:
    told = {"at": row.received_at, "what": "received", "name": row.title, "kind": "message"}
    whose = {"party": row.from_party, "unit_name": row.from_unit_name, "instance": row.instance_id}
    of = {"pathway": row.pathway_key, "pathway_name": row.pathway_name}
    return {**_BEGUN, **told, **whose, **of}


def _happened(db: Connection, actor: Actor, case_id: int, *of: ColumnElement[bool]) -> list[Json]:
    rows = db.execute(
        select(
            history_table,
            person.c.name.label("person_name"),
            case_party.c.unit_id,
            unit.c.name.label("unit_name"),
            pathway.c.key.label("pathway_key"),
            pathway.c.name.label("pathway_name"),
        )
        .join(instance, instance.c.id == history_table.c.instance_id)
        .join(pathway, pathway.c.id == instance.c.pathway_id)
        .outerjoin(person, person.c.id == history_table.c.person_id)
        .outerjoin(
            case_party,
            and_(
                case_party.c.case_id == history_table.c.case_id,
                case_party.c.party == history_table.c.party,
            ),
        )
        .outerjoin(unit, unit.c.id == case_party.c.unit_id)
        .where(history_table.c.case_id == case_id, *of)
        .order_by(history_table.c.at, history_table.c.id)
    )
    return [_happening(actor, row) for row in _without_rounds(rows)]


def _reasons(store: Store, db: Connection, instance_id: int) -> dict[datetime, str]:
    """Why operators reached in, by moment: sealed as answers that belong to no element and no party."""
    rows = db.execute(
        select(answer.c.at, answer.c["values"]).where(
            answer.c.instance_id == instance_id, answer.c.element == "", answer.c.party == ""
        )
    )
    return {
        at: str(store.keyring.open_json(sealed, answer_place(instance_id, "", at))["reason"])
        for at, sealed in rows
    }


def replaced(
    store: Store, actor: Actor, instance_id: int, name: str, *, now: datetime
) -> tuple[Any, Any] | None:
    """What an operator's last correction of this value replaced, and by what; None where nobody corrected it.

    For operators; raises `NotFound`.
    """
    if not access.may_operate(actor):
        raise NotFound
    with store.read() as db:
        row = row_of(db, actor, instance_id)
        rows = db.execute(
            select(answer.c.at, answer.c["values"])
            .where(
                answer.c.instance_id == instance_id, answer.c.element == "", answer.c.party == ""
            )
            .order_by(answer.c.id.desc())
        ).all()
        found = (
            store.keyring.open_json(sealed, answer_place(instance_id, "", at))
            for at, sealed in rows
        )
        last = next((one for one in found if name in one.get("was", {})), None)
    saw_row(store, actor, "saw_history", row, now)
    return (last["was"][name], last["values"][name]) if last else None


def _without_rounds(rows: Iterable[Row[Any]]) -> Iterator[Row[Any]]:
    """What people did, once: when the last party has answered, the round itself completes too."""
    told: set[int | None] = {None}
    for row in rows:
        if row.what == "completed" and row.kind in _BY_HAND:
            if row.task_id in told:
                continue
            told.add(row.task_id)
        yield row


_BY_HAND = frozenset(("userTask", "manualTask", "task"))


def _happening(actor: Actor, row: Row[Any]) -> Json:
    return {
        "at": row.at,
        "what": row.what,
        "element": row.element,
        "name": row.name or row.element,
        "kind": row.kind,
        "process": row.process,
        "party": row.party,
        "unit_name": row.unit_name,
        "by": row.person_name if _is_told(actor, row) else None,
        "task": row.task_id,
        "instance": row.instance_id,
        "pathway": row.pathway_key,
        "pathway_name": row.pathway_name,
    }


def _is_told(actor: Actor, row: Row[Any]) -> bool:
    # An operator who reaches in does it before everybody's eyes.
    return row.kind == "operator" or access.may_name(actor, row.unit_id)
