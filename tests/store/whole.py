"""A citizen of whom every table holds something, with a word in each text that somebody wrote.

Two of them stand beside each other, so that a test can say what is the one's and never the other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from engine import actions, logins, queries, rotation
from engine.actions.leaving import waiting_row
from engine.owned import OWNED
from engine.seals import batch_place, hold_place
from engine.store import Store
from engine.tables import (
    batch,
    batch_item,
    case,
    citizen,
    consent,
    deadline,
    hold,
    incident,
    message,
    metadata,
    notice,
    plan,
    stuck,
)
from tests.store.cast import NOW, asked, opened, started
from tests.store.cast import open_task as task_of

SOON = NOW + timedelta(minutes=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
#: Two citizens: name, CPR number, and the word in everything that was written about them.
A = ("Signe Sørensen", "700378-1016", "Tigerspring")
B = ("Tine Rasmussen", "810590-2018", "Uglefjer")


@dataclass(frozen=True)
class Whole:
    """The numbers of the citizen and the case, and what nobody else's data may hold."""

    citizen: int
    case: int
    walk: int
    name: str
    cpr: str
    word: str
    indexes: tuple[bytes, ...]


def whole(store: Store, who: tuple[str, str, str] = A) -> Whole:
    """Everything that can hang on a case, of one citizen; its pathways have ended."""
    name, cpr, word = who
    ida, jens, ole = (logins.actor(store, each, now=NOW) for each in ("ida", "jens", "ole"))
    number = opened(store, cpr=cpr, name=name)
    walk = asked(store, number, reason=f"{word} virker.")
    beside = started(store, number)
    work = task_of(store, beside, "vurder_behov")
    actions.comment_on(store, ida, work, f"{word} i en kommentar", now=NOW)
    actions.comment_on(store, ida, work, f"{word} i et spørgsmål", to="anna", now=NOW)
    question = queries.beside(store, ida, work, now=NOW)["comments"][-1]["id"]
    anna = logins.actor(store, "anna", now=NOW)
    actions.answer(store, anna, question, f"{word} i et svar", now=NOW)
    actions.attach(store, ida, work, f"{word}.png", PNG + word.encode(), looked=True, now=NOW)
    actions.claim(store, ida, work, now=NOW)
    actions.draft(store, ida, work, {"begrundelse": f"{word} i en kladde"}, now=NOW)
    actions.delegate(store, ida, work, "ida", note=f"{word} i en overlevering", now=NOW)
    actions.send(store, jens, f"ukendt_{word}", number, {"tekst": f"{word} udefra"}, now=NOW)
    sia = logins.actor(store, "sia", now=NOW)
    actions.break_glass(store, sia, cpr, f"{word} haster", now=NOW)
    _by_hand(store, ole.id, number, beside, word)
    for each in (walk, beside):
        actions.cancel(store, ole, each, f"{word} er slut", now=SOON)
    # A step clears these away as it ends; a moment's worth of them is put back.
    _left_behind(store, number, beside)
    with store.read() as db:
        row = db.execute(
            select(citizen).join(case, case.c.citizen_id == citizen.c.id).where(case.c.id == number)
        ).one()
        for each in OWNED:
            found = select(each.table).where(each.of([number])).limit(1)
            assert db.execute(found).first(), f"nothing in {each.table.name}"
    indexes = (bytes(row.cpr_index), bytes(row.name_index))
    return Whole(row.id, number, walk, name, cpr, word, indexes)


def _by_hand(store: Store, ole: int, number: int, walk: int, word: str) -> None:
    """What would take many steps to come by."""
    with store.write() as db:
        about = db.scalar(select(case.c.citizen_id).where(case.c.id == number))
        law = {"case_id": number, "kind": "samtykke", "basis": f"{word} mundtligt", "parties": []}
        db.execute(insert(consent).values(**law, given_at=NOW))
        failed = {"at": NOW, "code": "failed", "sentence": f"{word} kunne ikke."}
        db.execute(insert(incident).values(instance_id=walk, **failed, resolved_at=NOW))
        reason = store.keyring.seal(f"{word} for mange", batch_place(ole, NOW))
        act = {"person_id": ole, "at": NOW, "act": "retry", "clock": "runs", "cause": "failed"}
        with_ = insert(batch).values(**act, reason=reason, total=1, done_at=NOW)
        try_ = select(batch.c.id).where(batch.c.person_id == ole)
        group = db.scalar(try_) or db.execute(with_.returning(batch.c.id)).scalar_one()
        item = {"batch_id": group, "instance_id": walk, "status": "done"}
        db.execute(insert(batch_item).values(**item, at=NOW))
        over = {"set_at": NOW, "ends_at": SOON, "citizen_id": about, "case_id": number}
        sealed = store.keyring.seal(f"{word} klager", hold_place(about or 0, NOW))
        db.execute(insert(hold).values(**over, reason=sealed))
        note = db.execute(
            select(deadline).where(deadline.c.case_id == number).limit(1)
        ).one_or_none()
        assert note is not None
        told = {"kind": "overdue", "deadline_id": note.id, "unit_id": note.unit_id, "at": NOW}
        db.execute(insert(notice).values(**told))
        db.execute(plan.update().where(plan.c.case_id == number).values(series="1"))


def _left_behind(store: Store, number: int, walk: int) -> None:
    where = {"case_id": number, "instance_id": walk, "element": "vurder_behov"}
    times = {"since": NOW, "due_at": NOW, "found_at": NOW}
    with store.write() as db:
        cause = {"key": f"k{number}", "reason": "failed", "act": "retry", "ref": "", "detail": ""}
        db.execute(insert(stuck).values(**where, **times, **cause))
        job = metadata.tables["job"]
        waits = {"kind": "deliver", "key": f"deliver:{number}", "due_at": NOW, "data": {}}
        db.execute(insert(job).values(instance_id=walk, **waits))
        assert db.scalar(select(message.c.id).where(message.c.case_id == number))
        task = metadata.tables["task"]
        told = db.scalar(select(task.c.id).where(task.c.case_id == number).limit(1))
        letter = waiting_row("mail", "new", f"new:{number}", NOW, task_id=told)
        db.execute(insert(metadata.tables["outbox"]).values(**letter))


def said(store: Store) -> str:
    """Everything that stands in any table: sealed values opened, the others as they are."""
    sealed = {(each.column.table.name, each.column.name): each for each in rotation.SEALED}
    found: list[str] = []
    with store.read() as db:
        for table in metadata.sorted_tables:
            for row in db.execute(select(table)):
                found += (
                    _plain(store, row, value, sealed.get((table.name, name)))
                    for name, value in row._mapping.items()
                )
    return "\n".join(found)


def _plain(store: Store, row: Any, value: Any, sealed: Any) -> str:
    if value is None:
        return ""
    if sealed is not None:
        return store.keyring.open(bytes(value), sealed.place(row))
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)


def blobs(store: Store) -> list[bytes]:
    """Every sealed value as it lies in the tables."""
    with store.read() as db:
        return [
            bytes(value)
            for each in rotation.SEALED
            for value in db.scalars(select(each.column).where(each.column.is_not(None)))
        ]
