"""The only writer.  Every function is `(store, actor, …, *, now)`: one transaction, one commit, audit in it.

admitting.py  whether the agreement takes the citizen of a new case
opening.py    open a case: about a citizen, somebody without a name, or the agreement
cases.py      start a pathway on a case, report an event on it
lending.py    let somebody read a case without a part in it
glass.py      open a case in an emergency; look at who did
tasks.py      complete a task; take it, give it back, hand it on, undo that, keep a draft
absence.py    who stands in for whom; what goes back by itself
beside.py     comments, questions and files beside a task
filters.py    filters of the inbox that are kept
messages.py   tell the pathways of a case that something happened; receipts
hand.py       an operator's act: written, rehearsed, noted
operate.py    what operators do: suspend, resume, cancel, retry, move, amend, reschedule
migration.py  a running instance to another version of its pathway
batch.py      all of them
many.py       one act on a whole group, in the background
chosen.py     the group that an operator chose
where_stuck.py  what is done to each where it is stuck
where_told.py   what is done to each as one was told, and taken back
mending.py    what operators do beside the steps: give, remind
undelivered.py  a message that nobody waited for: deliver, discard, put back
jobs.py       what falls due: timers, reminders, deliveries; the workers' heartbeat
erasing.py    what is past its term
holding.py    keep a case from erasure
watching.py   what is stuck, looked for again
alerting.py   who is told that something is, and who need not be for a while
telling.py    whom a mail tells what happened
walk.py       one instance, loaded and locked for a step
leaving.py    what leaves the house: taken, sent, put off, given up
given_up.py   what was given up: tried again, put aside
mailing.py    how a person is told by mail, and where
record.py     writes a `Step`, whole
parties.py    which unit is which party of a case
"""

from engine.actions.absence import appoint, call_off, hand_back
from engine.actions.alerting import Rules, alert, silence, sound
from engine.actions.batch import Report, migrate_some
from engine.actions.beside import answer, attach, comment_on, detach
from engine.actions.cases import act, act_once, done_with, start
from engine.actions.consents import withdraw_consent
from engine.actions.erasing import Erased, erase, erase_daily, erase_due
from engine.actions.filters import drop_filter, keep_filter
from engine.actions.given_up import put_aside, try_again
from engine.actions.glass import break_glass, reviewed
from engine.actions.hand import Operated
from engine.actions.holding import hold_back, lift
from engine.actions.jobs import beat, leave, run_due, wake
from engine.actions.leaving import Leaving, failed, forget_sent, send_again, sent, take
from engine.actions.lending import lend, withdraw
from engine.actions.mailing import choose, confirm
from engine.actions.many import Outlook, many, many_undo, outlook, run_batches
from engine.actions.mending import give, remind
from engine.actions.messages import open_message, read_notice, send
from engine.actions.migration import Migrated, migrate
from engine.actions.moving import migrate_all
from engine.actions.naming import seal_names
from engine.actions.opening import Opened, open_about, open_case, take_in
from engine.actions.operate import (
    amend,
    cancel,
    move,
    reschedule,
    restart,
    resume,
    retry,
    skip,
    suspend,
    turned_back,
)
from engine.actions.record import Moved
from engine.actions.tasks import DraftNewer, claim, complete, delegate, draft, unclaim, undo
from engine.actions.telling import digests
from engine.actions.undelivered import Handled, deliver, discard, put_back
from engine.actions.undoing import CannotUndo, reopen
from engine.actions.watching import watch

__all__ = [
    "CannotUndo",
    "DraftNewer",
    "Erased",
    "Handled",
    "Leaving",
    "Migrated",
    "Moved",
    "Opened",
    "Operated",
    "Outlook",
    "Report",
    "Rules",
    "act",
    "act_once",
    "alert",
    "amend",
    "answer",
    "appoint",
    "attach",
    "beat",
    "break_glass",
    "call_off",
    "cancel",
    "choose",
    "claim",
    "comment_on",
    "complete",
    "confirm",
    "delegate",
    "deliver",
    "detach",
    "digests",
    "discard",
    "done_with",
    "draft",
    "drop_filter",
    "erase",
    "erase_daily",
    "erase_due",
    "failed",
    "forget_sent",
    "give",
    "hand_back",
    "hold_back",
    "keep_filter",
    "leave",
    "lend",
    "lift",
    "many",
    "many_undo",
    "migrate",
    "migrate_all",
    "migrate_some",
    "move",
    "open_about",
    "open_case",
    "open_message",
    "outlook",
    "put_aside",
    "put_back",
    "read_notice",
    "remind",
    "reopen",
    "reschedule",
    "restart",
    "resume",
    "retry",
    "reviewed",
    "run_batches",
    "run_due",
    "seal_names",
    "send",
    "send_again",
    "sent",
    "silence",
    "skip",
    "sound",
    "start",
    "suspend",
    "take",
    "take_in",
    "try_again",
    "turned_back",
    "unclaim",
    "undo",
    "wake",
    "watch",
    "withdraw",
    "withdraw_consent",
]
