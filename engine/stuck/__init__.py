"""Stuck: nothing that should move an instance can be expected to move it in time unless somebody acts.

| reason | what it looks at |
|---|---|
| `failed` | an incident that no retry is left for, or a job that failed twice |
| `overdue` | a deadline of the agreement (no local number) that has passed and is not met |
| `orphaned` | an open task that nobody may take, whose holder left, or that nobody takes (`UNCLAIMED`, no legal date) |
| `timer` | a timer or job that is `MISFIRED` late, or due while no worker beats |
| `message` | waits for a message only, past its deadline or for longer than `PATIENCE` |
| `zombie` | no task, no job, no message it waits for: nothing can ever wake it |
| `loop` | one element entered more than `TURNS` times within an hour, or a circle without a wait |
| `blocked` | what it needs is missing; suspended for longer than `HELD`; the pathway it waits for is stuck |
| `undeliverable` | a message that nobody waits for, or whose delivery failed twice |

`causes(db, now)` looks at all of it (`look.py`, tasks in `orphans.py`). What waits legitimately is not there: a task
in time that somebody may take, a timer that is not due, a message that may still come. `engine/actions/watching.py`
keeps the answer in the table `stuck`, so that pages and lists do not look again.
"""

from __future__ import annotations

from engine.stuck.causes import REASONS, TITLES, Cause
from engine.stuck.grouped import Group, grouped, since
from engine.stuck.look import UNHEARD, causes, census, due_soon

__all__ = [
    "REASONS",
    "TITLES",
    "UNHEARD",
    "Cause",
    "Group",
    "causes",
    "census",
    "due_soon",
    "grouped",
    "since",
]
