"""What a play has written down so far: tasks, deadlines, messages, reminders, and a line for each thing that happened.

No row is ever changed in place: a later one takes its stead, so that `copy` is cheap and a play can go on from any
moment of another (`Table.fork`).
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from datetime import datetime
from typing import Any

from engine.calendar import local
from engine.model import Deadline, Json, Outgoing, Step, Task
from engine.walked import Place

#: The channel of a message that waits at the gate.
HELD = "tilbageholdt"
#: Traces that say that something came about, and those that a person wants to read of.
_ACTS = ("completed", "fired", "caught")
_SILENT = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway")


class Records:
    """Everything that is told of a play.  `n` is the number of one of its walks."""

    def __init__(self) -> None:
        self.deadlines: dict[tuple[int, str], Deadline] = {}
        #: Those that can still remind somebody or become overdue.
        self.live: dict[tuple[int, str], Deadline] = {}
        self.tasks: dict[tuple[int, str], Json] = {}
        self.messages: list[Json] = []
        self.reminders: list[Json] = []
        self.refused: list[Json] = []
        self.visited: dict[str, None] = {}
        #: What happened, oldest first: `{at, what, n, process, element, name, party}`.
        self.log: list[Json] = []
        #: The elements that each walk has passed.
        self.passed: dict[tuple[int, str, str], None] = {}
        self.warnings: list[str] = []
        self.acts: set[tuple[Place, str]] = set()
        self.ways: set[tuple[str, str]] = set()
        self.answers: set[tuple[Place, str, str | bool]] = set()
        self.told: set[tuple[int, str, str]] = set()

    def copy(self) -> Records:
        """The same rows, to go on with."""
        other = Records()
        for name, value in vars(self).items():
            setattr(other, name, copy(value))
        return other

    # ---- writing -------------------------------------------------------------------------
    def happened(self, n: int, step: Step, open_before: frozenset[str], now: datetime) -> None:
        """One step of one walk: its traces, deadlines and tasks."""
        for trace in step.traces:
            if trace.what in ("entered", *_ACTS):
                self.visited.setdefault(trace.element)
            if trace.what in _ACTS:
                self.acts.add(((trace.process, trace.element), trace.party))
                self.passed.setdefault((n, trace.process, trace.element))
            if trace.what not in ("entered", "sent") and trace.kind not in _SILENT:
                name = trace.name or trace.element
                self._line(now, trace.what, n, trace.process, trace.element, name, trace.party)
        self.ways.update(step.ways)
        for record in step.deadlines:
            self.deadlines[n, record.ref] = record
            if record.status in ("open", "overdue"):
                self.live[n, record.ref] = record
            else:
                self.live.pop((n, record.ref), None)
        self._tasks(n, step, open_before, now)

    def _tasks(self, n: int, step: Step, open_before: frozenset[str], now: datetime) -> None:
        open_now = {task.ref: task for task in step.tasks}
        for ref in open_before - open_now.keys():
            self.tasks[n, ref] = {**self.tasks[n, ref], "completed_at": local(now)}
        for ref, task in open_now.items():
            if ref not in open_before:
                self.tasks[n, ref] = _opened(task)
                self._line(now, "opened", n, task.process, task.element, task.name, task.party)

    def sent(self, n: int, message: Outgoing, now: datetime, *, held: bool) -> None:
        """A message left an element; `held`: it waits for a basis for sharing."""
        to = message.to_party or message.to_pathway
        row = {
            "at": local(now),
            "name": message.name,
            "title": message.title,
            "from": message.from_party or message.process,
            "to": to,
            "channel": HELD if held else "indbakke" if message.to_party else "forloeb",
        }
        self.messages.append(row)
        what = "held" if held else "sent"
        title = message.title or message.name
        self._line(now, what, n, message.process, message.element, title, to or "")

    def let_go(self, to: set[str], now: datetime) -> None:
        """Messages to these parties that were held go on."""
        self.messages = [
            {**row, "channel": "indbakke", "at": local(now)}
            if row["channel"] == HELD and row["to"] in to
            else row
            for row in self.messages
        ]

    def reminded(self, n: int, ref: str, kind: str, at: datetime) -> None:
        """A reminder of a deadline came, or it became overdue."""
        self.told.add((n, ref, f"{kind} {at}"))
        record = self.deadlines[n, ref]
        self.reminders.append(
            {
                "at": local(at),
                "kind": kind,
                "clause": record.clause,
                "party": record.party,
                "element": record.element,
            }
        )
        self._line(at, kind, n, record.process, record.element, record.clause, record.party)

    def began(self, n: int, key: str, name: str, now: datetime) -> None:
        """A walk began."""
        self._line(now, "began", n, key, "", name or key, "")

    def ended(self, n: int, key: str, end_state: str | None, now: datetime) -> None:
        """A walk is over."""
        self._line(now, "ended", n, key, end_state or "", end_state or "", "")

    def _line(
        self, at: datetime, what: str, n: int, process: str, element: str, name: str, party: str
    ) -> None:
        self.log.append(
            {
                "at": local(at),
                "what": what,
                "n": n,
                "process": process,
                "element": element,
                "name": name,
                "party": party,
            }
        )

    # ---- reading -------------------------------------------------------------------------
    def reminding(self) -> Iterator[tuple[datetime, str, int, str]]:
        """When somebody is reminded or a deadline becomes overdue: moment, kind, walk and the record's ref."""
        for (n, ref), record in self.live.items():
            if record.paused and record.paused[-1][1] is None:
                continue  # a clock that stands still reminds nobody
            for kind, at in (("reminder", record.reminder_at), ("overdue", record.overdue_at)):
                if at is not None and (n, ref, f"{kind} {at}") not in self.told:
                    yield at, kind, n, ref

    def deadline_rows(self, now: datetime) -> list[Json]:
        """CONTRACT's rows, each with its walk as `n`."""
        return [{**deadline(each, now), "n": n} for (n, _), each in self.deadlines.items()]


def deadline(record: Deadline, now: datetime) -> Json:
    """A deadline as CONTRACT shows it."""
    overdue = record.status == "open" and now >= record.overdue_at
    return {
        "clause": record.clause,
        "element": record.element,
        "process": record.process,
        "party": record.party,
        "frist": record.frist,
        "started_at": local(record.started_at),
        "due_at": local(record.due_at),
        "reminder_at": _when(record.reminder_at),
        "overdue_at": local(record.overdue_at),
        "met_at": _when(record.met_at),
        "cancelled_at": _when(record.cancelled_at),
        "paused": [[local(a), _when(b)] for a, b in record.paused],
        "local": record.local,
        "status": "overdue" if overdue else record.status,
    }


def _opened(task: Task) -> Json:
    return {
        "element": task.element,
        "name": task.name,
        "role": task.lane,
        "party": task.party,
        "process": task.process,
        "opened_at": local(task.opened_at),
        "completed_at": None,
    }


def _when(at: datetime | None) -> Any:
    return local(at) if at else None
