"""What can be done in a play: complete a task, report something, send a message, let time pass.

Each gives the number of the step that it became.  Where something was done from that step before, it is a branch.
"""

from __future__ import annotations

from datetime import datetime

from engine.actions.answers import checked
from engine.bpmn.shapes import about
from engine.calendar import local
from engine.errors import ActionNotOpen, FormInvalid, Invalid, NotFound, TaskNotOpen
from engine.model import Action, Actor, Json, Task
from engine.simulate import Table, Walk
from engine.simulate.table import MAX_UNTIL, oldest
from engine.store import Store
from engine.studio import boards
from engine.studio.boards import Board
from engine.studio.plays import found


class MustBeAnswered(Invalid):
    """“%(name)s” decides where the pathway goes, so nobody can make the answer up. Answer it yourself."""

    code = "must_be_answered"


class NothingLeadsThere(Invalid):
    """Nobody has anything to do any more, and “%(name)s” was not reached."""

    code = "nothing_leads_there"


class NothingHappens(Invalid):
    """Nothing happens by itself any more: no clock runs. Complete a task, or send a message."""

    code = "nothing_happens"


class TimeBackwards(Invalid):
    """The clock of a play only goes forward. Go back a step instead."""

    code = "time_backwards"


def complete(
    store: Store,
    actor: Actor,
    play_id: int,
    step: int,
    walk: int,
    ref: str,
    answers: Json,
    *,
    now: datetime,
) -> int:
    """Somebody completes an open task of a walk; as staff do.  Raises `TaskNotOpen`, `FormInvalid`."""
    here = found(store, play_id, step, now, actor)
    table = _going(here.board(store))
    task = task_on(table, walk, ref)
    values = _checked(table, walk, task.form, answers, task.data)
    move = {"at": local(table.now), "task": _selecting(table, walk, task), "data": values}
    return here.do(store, table, [move])


def report(
    store: Store,
    actor: Actor,
    play_id: int,
    step: int,
    walk: int,
    action_id: str,
    answers: Json,
    *,
    now: datetime,
) -> int:
    """Somebody reports or begins what a walk offers; raises `ActionNotOpen`, `FormInvalid`."""
    here = found(store, play_id, step, now, actor)
    table = _going(here.board(store))
    action = action_on(table, walk, action_id)
    values = _checked(table, walk, action.form, answers, {})
    select_ = {
        ("id" if k == "element" else k): v for k, v in _selecting(table, walk, action).items()
    }
    return here.do(store, table, [{"at": local(table.now), "action": select_, "data": values}])


def tell(
    store: Store, actor: Actor, play_id: int, step: int, name: str, data: Json, *, now: datetime
) -> int:
    """A message comes from outside; raises `MessageUnmatched`."""
    here = found(store, play_id, step, now, actor)
    table = _going(here.board(store))
    return here.do(store, table, [{"at": local(table.now), "message": name, "data": data}])


def wait(
    store: Store, actor: Actor, play_id: int, step: int, until: datetime, *, now: datetime
) -> int:
    """Time passes; raises `TimeBackwards`."""
    here = found(store, play_id, step, now, actor)
    table = _going(here.board(store))
    if until <= table.now:
        raise TimeBackwards
    return here.do(store, table, [{"at": local(until), "wait": True}])


def forward(
    store: Store, actor: Actor, play_id: int, step: int, element: str, *, now: datetime
) -> int:
    """Others complete their tasks with made-up answers, oldest first, until this one is open; time stands still.

    Stops where something is decided, for nobody makes that up; raises `MustBeAnswered` where that is the first, and
    `NothingLeadsThere` where nothing is open any more.
    """
    here = found(store, play_id, step, now, actor)
    table = _going(here.board(store)).fork()
    moves: list[Json] = []
    for _ in range(MAX_UNTIL):
        others = list(table.open())
        if any(task.element == element for _, task in others):
            break
        if not others:
            raise NothingLeadsThere(name=element)
        walk, task = oldest(others)
        try:
            moves.append(_made_up(table, walk, task))
        except FormInvalid as exc:
            if moves:
                break
            raise MustBeAnswered(name=task.name) from exc
        boards.played(table, moves[-1])
    return here.do(store, _going(here.board(store)), moves) if moves else step


def _made_up(table: Table, walk: int, task: Task) -> Json:
    """A move that completes the task with a sample of its form."""
    values = table.checked(table.walks[walk], task.form, {}, task.data, fill=True)
    return {"at": local(table.now), "task": _selecting(table, walk, task), "data": values}


# ---- what is on a board ------------------------------------------------------------------
def task_on(table: Table, walk: int, ref: str) -> Task:
    """An open task; raises `TaskNotOpen`."""
    for n, task in table.open():
        if (n, task.ref) == (walk, ref):
            return task
    raise TaskNotOpen


def action_on(table: Table, walk: int, action_id: str) -> Action:
    """What a walk offers; raises `ActionNotOpen`."""
    for n, action in table.actions():
        if (n, action.id) == (walk, action_id):
            return action
    raise ActionNotOpen


def _selecting(table: Table, walk: int, it: Task | Action) -> Json:
    """A scenario's words for a task or an action, and which among equals."""
    meant = boards.what(it)
    every: list[tuple[int, Task] | tuple[int, Action]] = [*table.open()]
    if isinstance(it, Action):
        every = [*table.actions()]
    equal = [(n, each) for n, each in every if boards.what(each) == meant]
    nth = 1 + next(i for i, (n, each) in enumerate(equal) if n == walk and each is it)
    return {**meant, "nth": nth} if nth > 1 else meant


def _checked(table: Table, walk: int, form: str | None, answers: Json, known: Json) -> Json:
    here: Walk = table.walks[walk]
    known = {**about(table.subject), **known}
    return checked(here.pathway, form, answers, known, tuple(table.parties), table.now)


def _going(here: Board) -> Table:
    """A board that can go on; raises why it cannot."""
    if here.stopped is not None or here.table is None:
        raise here.stopped or NotFound()
    return here.table
