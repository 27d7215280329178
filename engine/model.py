"""The words of the engine: plain frozen values, no database, no diagrams, no clock.

`Source` is what a designer deployed, `Event` what happened, `Step` everything that the event changed.
All moments are aware datetimes (UTC inside, Europe/Copenhagen at the edges); all data are JSON values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

Json = dict[str, Any]

#: So long may one take back that one took, gave back or handed on a task.
UNDO = timedelta(minutes=1)

Status = Literal["running", "waiting", "suspended", "incident", "completed", "cancelled"]
DeadlineStatus = Literal["open", "met", "late", "overdue", "cancelled"]


# ---- what was deployed -------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Source:
    """One deployed version of a pathway, whole: it needs no other file to run.

    `parts` are the called diagrams (`faelles-*` and the like) by process key, `forms` form-js schemas by
    form name, `decisions` DMN XML by decision name, `settings` the parsed `agreement.toml`.
    """

    key: str
    agreement: str
    bpmn: str
    parts: Mapping[str, str]
    forms: Mapping[str, Json]
    decisions: Mapping[str, str]
    settings: Json


# ---- what a step gives -------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Task:
    """Work waiting for a person.  `ref` is stable inside the instance, also over migration."""

    ref: str
    element: str
    name: str
    process: str
    lane: str
    party: str
    form: str | None
    clauses: tuple[str, ...]
    opened_at: datetime
    #: What the diagram hands to the form: only decision values, never free text or identifiers.
    data: Json = field(default_factory=dict)
    #: Index and size of the round when the task is one of several (0, 1 when it is alone).
    nth: int = 0
    of: int = 1


@dataclass(frozen=True, slots=True)
class Timer:
    """A moment that the pathway waits for."""

    ref: str
    element: str
    due_at: datetime
    #: Set where a timer can fire more than once.
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to tell a party or another pathway, once, after commit."""

    name: str
    title: str
    element: str
    process: str
    from_party: str
    #: A party's name, or None where the message goes to a pathway.
    to_party: str | None
    #: A pathway slug or process key to start or to tell, or None.
    to_pathway: str | None
    data: Json = field(default_factory=dict)
    #: Fields that go with it and that the state does not hold, for no expression reads them: whoever writes the
    #: message adds what was answered earlier on this walk.
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deadline:
    """One legal (or local) deadline: one element, one party, one start.

    `ref` is stable inside the instance.  `paused` are closed or open intervals ([from, to | None]).
    Status follows CONTRACT: open, met, late, overdue, cancelled.
    """

    ref: str
    element: str
    process: str
    task_ref: str | None
    clause: str
    party: str
    frist: str
    started_at: datetime
    due_at: datetime
    reminder_at: datetime | None
    overdue_at: datetime
    status: DeadlineStatus = "open"
    met_at: datetime | None = None
    cancelled_at: datetime | None = None
    paused: tuple[tuple[datetime, datetime | None], ...] = ()
    #: True where the number is a local parameter and not the agreement's (readings A12).
    local: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that happened on the diagram: `entered`, `completed`, `cancelled`, `fired`, `caught`, `sent`."""

    what: Literal["entered", "completed", "cancelled", "fired", "caught", "sent"]
    element: str
    name: str
    process: str
    kind: str
    party: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody may start or report: a start event, event subprocess or boundary message.

    `id` is the catching element's id.  `message` is its message name (None for a plain start event).
    """

    id: str
    name: str
    process: str
    lane: str
    party: str
    message: str | None
    form: str | None
    clauses: tuple[str, ...]


#: Who may speak for a citizen about sharing: the citizen, who has custody of a child, a guardian, a holder of a lasting
#: power of attorney, the next of kin (sundhedsloven §§ 14, 17 and 18, værgemålsloven § 5).
GIVERS = ("borger", "foraeldremyndighed", "vaerge", "fuldmaegtig", "paaroerende")


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an element noted about sharing (`stafet:grundlag`): samtykke, hjemmel, afslag or trukket.

    `parties` empty: all parties of the case.  `text` says how it was given, or which law; `until` when it ends; `by`
    who spoke for the citizen (one of `GIVERS`, '': not noted); `party` noted it.
    """

    kind: str
    text: str
    parties: tuple[str, ...]
    element: str
    until: datetime | None = None
    by: str = ""
    party: str = ""


@dataclass(frozen=True, slots=True)
class DocumentAct:
    """What an element did to a document of the case when it completed (`stafet:dokument`, `engine/documents`).

    `kinds`: the first that the case has is meant.  `answers` were given in this step, `seen` is what the pathway holds
    under other names.  `about`: whom it is sent to; `by`: whose answer it is ('': of the party that owes the element).
    """

    kinds: tuple[str, ...]
    verbs: tuple[str, ...]
    element: str
    process: str
    party: str
    form: str | None = None
    answers: Json = field(default_factory=dict)
    seen: Json = field(default_factory=dict)
    about: tuple[str, ...] = ()
    by: str = ""
    answer: bool | None = None
    manner: str = ""
    #: Dates or moments as ISO text.
    valid_from: str | None = None
    valid_to: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Everything one event changed: what `actions` writes in one transaction.

    `tasks`, `timers`, `awaits` and `actions` are the whole picture after the step (not differences);
    `deadlines` are the records that are new or changed; `messages`, `grounds`, `documents` and `traces` belong to this
    step alone.
    """

    state: str
    status: Status
    tasks: tuple[Task, ...] = ()
    timers: tuple[Timer, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    messages: tuple[Outgoing, ...] = ()
    grounds: tuple[Grounds, ...] = ()
    documents: tuple[DocumentAct, ...] = ()
    traces: tuple[Trace, ...] = ()
    #: Message names that the instance waits for now.
    awaits: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    end_state: str | None = None
    #: The element ids that hold a token now (for the diagram).
    tokens: tuple[str, ...] = ()
    #: When the instance's clocks stood still (bero); the last pause may still be open.
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    #: The flows that were taken and the rules of tables that held in this step alone, each with its process.
    ways: tuple[tuple[str, str], ...] = ()


# ---- people ------------------------------------------------------------------------------
#: Job roles that run the house and treat nobody.
HOUSE = ("driftsansvarlig", "procesdesigner", "databeskyttelse")


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's job role in a unit, valid today."""

    unit: int
    unit_name: str
    role: str


@dataclass(frozen=True, slots=True)
class Lent:
    """A case that somebody may read without a part in it, until a moment: with a unit's eyes, or in an emergency.

    `unit` None: an emergency, all of the case.  `instance` None: whatever the unit takes part in.
    """

    id: int
    case: int
    unit: int | None
    instance: int | None
    until: datetime


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody is away from a unit until a day, and this person does his work there meanwhile.

    `power`: with the absent person's own job roles (stedfortræder med handlekompetence).
    """

    id: int
    person: int
    login: str
    name: str
    unit: int
    power: bool
    until: date


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as loaded for one request.  `id` 0 is the machine itself (timers, jobs, command line)."""

    id: int
    login: str
    name: str
    memberships: tuple[Membership, ...] = ()
    language: str = "da"
    #: What is lent to the person at this moment.
    lent: tuple[Lent, ...] = ()
    #: For whom the person stands in today.  With power, the others' roles are among `memberships`.
    stands_in: tuple[StandIn, ...] = ()

    @property
    def units(self) -> frozenset[int]:
        """The ids of the units that this person belongs to today."""
        return frozenset(m.unit for m in self.memberships)

    def has(self, role: str) -> bool:
        """Whether the person holds this role in any unit."""
        return any(m.role == role for m in self.memberships)


MACHINE = Actor(0, "stafet", "Stafet")


# ---- findings ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Finding:
    """What lint says of one element: sentence and what to do, in Danish (English in the catalogue)."""

    file: str
    element: str
    rule: str
    severity: Literal["error", "warning", "info"]
    message: str
    hint: str = ""
    line: int | None = None
