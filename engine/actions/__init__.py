"""The only writer.  Every function is `(store, actor, …, *, now)`: one transaction, one commit, audit in it.

cases.py      open a case; start a pathway, report an event on it
tasks.py      complete a task; take it, give it back, hand it on, keep a draft
messages.py   tell the pathways of a case that something happened; receipts
jobs.py       what falls due: timers, reminders, deliveries; the workers' heartbeat
walk.py       one instance, loaded and locked for a step
record.py     writes a `Step`, whole
parties.py    which unit is which party of a case
"""

from engine.actions.cases import act, open_case, start
from engine.actions.jobs import beat, run_due, wake
from engine.actions.messages import open_message, read_notice, send
from engine.actions.record import Moved
from engine.actions.tasks import claim, complete, delegate, draft, unclaim

__all__ = [
    "Moved",
    "act",
    "beat",
    "claim",
    "complete",
    "delegate",
    "draft",
    "open_case",
    "open_message",
    "read_notice",
    "run_due",
    "send",
    "start",
    "unclaim",
    "wake",
]
