"""The reads.  Each is `(store, actor, …, *, now)`; what the actor may not see is `NotFound`.

    inbox.py       tasks by legal date, how many there are
    nearest.py     the next of them, found along indexes
    filters.py     filters that are kept, and what to filter by
    tasks.py       one task: form, data, draft, deadline, clauses, colleagues
    dates.py       the legal dates that one's units owe
    absence.py     who is away, who stands in, what waits for him
    beside.py      what stands beside it: comments, questions, files
    cases.py       one case whole; the cases one sees; what may be started or reported
    baton.py       who holds the baton
    steps.py       how far an instance has come
    walks.py       instances: where they stand, diagram
    timers.py      the moments that they wait for
    undelivered.py messages that nobody waits for, and those on their way
    machines.py    workers, deployments
    batches.py     what operators did to many at once
    chosen.py      the instances that an operator chose for that
    reports.py     how many deadlines were kept, by clause and party
    own.py         everything that is held about a citizen; parts.py  table by table
    retention.py   how long cases are kept, and why
    held.py        what is held back from erasure
    stuck.py       what is stuck, and why
    alerts.py      what operators were told of it
    happened.py    what happened on a case or an instance
    text.py        a diagram in words
    post.py        messages and notices
    meetings.py    meetings, read from what was answered
    mailing.py     how one is told by mail; what is to leave the house
    documents.py   plans, agreements and minutes with their versions
    directory.py   units, agreements, pathways, versions
    designs.py     two versions side by side
    unsealed.py    versions that keep what people write in clear
    pace.py        how often and how long one is at each element of a pathway
    seen.py        who saw or changed what of a citizen
    lent.py        who reads a case without a part in it; emergencies to look at
    lists.py       what tasks have in every list, and overdue as SQL
    looks.py       the look that is noted, the seals that are opened
    paging.py      pages and cursors

A look at a citizen's data is in the audit chain before the answer leaves; lists with names are one entry that
names all their citizens.  Lists without names (instances, timers, messages, notices, counts) leave none.
Answers are plain dicts; moments are aware datetimes, and the edges write them as text.
"""

from engine.queries.absence import deputies, standing_in, who_may_stand_in
from engine.queries.alerts import alerts
from engine.queries.batches import batch_of, batches
from engine.queries.beside import (
    attached,
    attachments,
    beside,
    beside_all,
    comments,
    questions,
    waiting_questions,
)
from engine.queries.cases import actions, case, cases
from engine.queries.chosen import chosen, numbers
from engine.queries.dates import MOST_DATES, dates, fed_dates
from engine.queries.designs import compared, running
from engine.queries.directory import (
    agreements,
    drawing,
    in_use,
    pathway,
    pathways,
    subjects,
    units,
    versions,
)
from engine.queries.documents import document, documents, printed
from engine.queries.filters import choices, filters
from engine.queries.gauges import gauges
from engine.queries.happened import history, replaced, timeline
from engine.queries.held import holds
from engine.queries.inbox import COUNTED, TaskFilter, counts, inbox, mine
from engine.queries.lent import emergencies, loans, may_inspect, waiting
from engine.queries.machines import deployments, workers
from engine.queries.mailing import leaving, mail_choice_of
from engine.queries.meetings import of_case as meetings
from engine.queries.meetings import one as meeting
from engine.queries.own import own_data
from engine.queries.pace import heat
from engine.queries.paging import CursorInvalid, Page
from engine.queries.post import message, messages, notices
from engine.queries.reports import COUNTS, DeadlineReport
from engine.queries.reports import deadlines as deadline_report
from engine.queries.retention import retention
from engine.queries.seen import citizen_with, seen
from engine.queries.sought import InstanceFilter
from engine.queries.stuck import (
    StuckFilter,
    able,
    able_in,
    cause,
    causes,
    groups,
    looked_at,
    reasons,
)
from engine.queries.tasks import asked, basis, may_reopen, task
from engine.queries.timers import timers
from engine.queries.undelivered import outbox, unmatched, unmatched_one
from engine.queries.unsealed import unsealed
from engine.queries.walks import diagram, instance, instances, stands

__all__ = [
    "COUNTED",
    "COUNTS",
    "MOST_DATES",
    "CursorInvalid",
    "DeadlineReport",
    "InstanceFilter",
    "Page",
    "StuckFilter",
    "TaskFilter",
    "able",
    "able_in",
    "actions",
    "agreements",
    "alerts",
    "asked",
    "attached",
    "attachments",
    "basis",
    "batch_of",
    "batches",
    "beside",
    "beside_all",
    "case",
    "cases",
    "cause",
    "causes",
    "choices",
    "chosen",
    "citizen_with",
    "comments",
    "compared",
    "counts",
    "dates",
    "deadline_report",
    "deployments",
    "deputies",
    "diagram",
    "document",
    "documents",
    "drawing",
    "emergencies",
    "fed_dates",
    "filters",
    "gauges",
    "groups",
    "heat",
    "history",
    "holds",
    "in_use",
    "inbox",
    "instance",
    "instances",
    "leaving",
    "loans",
    "looked_at",
    "mail_choice_of",
    "may_inspect",
    "may_reopen",
    "meeting",
    "meetings",
    "message",
    "messages",
    "mine",
    "notices",
    "numbers",
    "outbox",
    "own_data",
    "pathway",
    "pathways",
    "printed",
    "questions",
    "reasons",
    "replaced",
    "retention",
    "running",
    "seen",
    "standing_in",
    "stands",
    "subjects",
    "task",
    "timeline",
    "timers",
    "units",
    "unmatched",
    "unmatched_one",
    "unsealed",
    "versions",
    "waiting",
    "waiting_questions",
    "who_may_stand_in",
    "workers",
]
