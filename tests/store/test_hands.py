"""A task changes hands: the note that goes with it, and a minute in which that can be undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import actions, queries
from engine.actions.tasks import UndoTooLate
from engine.audit import verify
from engine.errors import Invalid, TaskNotOpen
from engine.model import UNDO, Actor
from engine.seals import handover_place
from engine.store import Store
from engine.tables import audit, handover, task
from tests.store.cast import NOW, done, open_task, opened, started

As = Callable[..., Actor]


@pytest.fixture
def number(store: Store) -> int:
    """Ida's ward has a task."""
    return open_task(store, started(store, opened(store)), "vurder_behov")


def holder(store: Store, number: int) -> int | None:
    with store.read() as db:
        return db.scalar(select(task.c.assignee_id).where(task.c.id == number))


def test_a_note_goes_with_the_task_and_is_sealed(store: Store, as_: As, number: int) -> None:
    actions.delegate(store, as_("ida"), number, "anna", note=" Ring til Bo først. ", now=NOW)
    with store.read() as db:
        row = db.execute(select(handover)).one()
    assert (row.person_id, row.from_id, row.to_id, row.undone_at) == (1, None, 2, None)
    assert b"Ring" not in bytes(row.note)
    assert store.keyring.open(row.note, handover_place(number, NOW)) == "Ring til Bo først."
    with pytest.raises(Invalid) as refused:
        actions.delegate(store, as_("ida"), number, "anna", note="x" * 2_001, now=NOW)
    assert list(refused.value.fields) == ["note"]


@pytest.mark.parametrize("what", ["claim", "unclaim", "delegate"])
def test_for_a_minute_it_is_as_it_was(store: Store, as_: As, number: int, what: str) -> None:
    ida = as_("ida")
    before = None
    if what == "unclaim":
        actions.claim(store, ida, number, now=NOW - timedelta(hours=1))
        before = ida.id
    more = ("anna",) if what == "delegate" else ()
    getattr(actions, what)(store, ida, number, *more, now=NOW)
    assert holder(store, number) != before
    actions.undo(store, ida, number, now=NOW + UNDO)
    assert holder(store, number) == before
    with pytest.raises(UndoTooLate):
        actions.undo(store, ida, number, now=NOW + UNDO)
    assert verify(store).ok
    with store.read() as db:
        said = list(db.scalars(select(audit.c.what).where(audit.c.task_id == number)))
    assert said[-1] == "undone"


def test_what_cannot_be_undone(store: Store, as_: As, number: int) -> None:
    ida, anna = as_("ida"), as_("anna")
    with pytest.raises(UndoTooLate):
        actions.undo(store, ida, number, now=NOW)
    actions.delegate(store, ida, number, "anna", now=NOW)
    with pytest.raises(UndoTooLate):
        actions.undo(store, anna, number, now=NOW)
    with pytest.raises(UndoTooLate):
        actions.undo(store, ida, number, now=NOW + UNDO + timedelta(seconds=1))
    soon = NOW + timedelta(seconds=20)
    actions.draft(store, anna, number, {"begrundelse": "Begyndt"}, now=soon)
    with pytest.raises(UndoTooLate, match="written"):
        actions.undo(store, ida, number, now=soon)
    assert holder(store, number) == anna.id


def test_what_is_done_is_done(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    actions.claim(store, as_("ida"), number, now=NOW)
    answers = {"justering_indsats": False, "justering_plan": False}
    done(store, "ida", walk, "vurder_behov", answers)
    with pytest.raises(TaskNotOpen):
        actions.undo(store, as_("ida"), number, now=NOW)


def test_who_has_it_is_told_who_gave_it(store: Store, as_: As, number: int) -> None:
    actions.delegate(store, as_("ida"), number, "anna", note="Ring til Bo.", now=NOW)
    seen = queries.task(store, as_("anna"), number, now=NOW)["handed"]
    assert seen == {"by": "Ida Ibsen", "at": NOW, "note": "Ring til Bo.", "may_undo": False}
    assert queries.task(store, as_("ida"), number, now=NOW)["handed"]["may_undo"] is True
    actions.unclaim(store, as_("anna"), number, now=NOW)
    assert queries.task(store, as_("anna"), number, now=NOW)["handed"] is None
