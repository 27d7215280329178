"""One instance as it is loaded for a step: locked, with its open tasks, timers, parties and consents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    literal,
    literal_column,
    null,
    select,
    union_all,
)

from engine import gate
from engine.consent import in_force
from engine.errors import InstanceEnded, InstanceSuspended, NotFound, PartyMissing
from engine.pathway import Pathway
from engine.prepared import Prepared
from engine.store import Store
from engine.tables import Data, Moment, case, case_party, consent, instance, job, person, task, unit
from engine.tables import pathway as pathway_table

FIELDS = {"missing": "This party is missing from the case."}
MISSING = FIELDS["missing"]
#: Before anything moved.
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit that is a party of the case."""

    id: int
    name: str
    #: False: named by a message that is held back; it does not know the case yet.
    joined: bool = True


@dataclass(slots=True)
class Around:
    """What stands around the instances of a case."""

    parties: dict[str, Unit] = field(default_factory=dict)
    consents: list[gate.Consent] = field(default_factory=list)
    #: Timer jobs of the instance: key → due.
    timers: dict[str, datetime] = field(default_factory=dict)

    def unit(self, party: str) -> Unit:
        """The unit that is this party; raises `PartyMissing`."""
        found = self.parties.get(party)
        if found is None:
            raise PartyMissing(fields={party: MISSING})
        return found

    @property
    def names(self) -> dict[str, str]:
        """Party → the unit's name."""
        return {party: unit.name for party, unit in self.parties.items()}


@dataclass(slots=True)
class Walk:
    """An instance about to take a step; `id` None: it begins with this one."""

    id: int | None
    case_id: int
    #: None: the case is about nobody.
    citizen_id: int | None
    subject: str
    agreement: str
    pathway_id: int
    pathway: Pathway
    pathway_version: int
    state: str
    status: str
    version: int
    started_at: datetime
    around: Around
    #: When it took its last step, and where its tokens were and what it waited for then.
    moved_at: datetime = NEVER
    tokens: list[str] = field(default_factory=list)
    awaits: list[str] = field(default_factory=list)
    parent_id: int | None = None
    #: Open tasks by ref, and the one that was asked for.
    tasks: dict[str, Row[Any]] = field(default_factory=dict)
    #: On the stopwatch, not the clock: when it was loaded.
    since: float = field(default_factory=perf_counter)

    def must_go_on(self) -> None:
        """Raise unless the instance takes steps."""
        if self.status in ("completed", "cancelled"):
            raise InstanceEnded
        if self.status == "suspended":
            raise InstanceSuspended


def by_task(db: Connection, store: Store, task_id: int, now: datetime) -> tuple[Walk, Row[Any]]:
    """The task's instance, locked, and the task, open or not; raises `NotFound`."""
    rows = _locked(db, _BY_TASK, {"task": task_id})
    asked = next((row for row in rows if row.id == task_id), None)
    if asked is None:
        asked = db.execute(select(task).where(task.c.id == task_id)).first()
    if asked is None:
        raise NotFound
    return _walk(db, store, rows, now), asked


def by_instance(
    db: Connection, store: Store, instance_id: int, now: datetime, *, wait: bool = False
) -> Walk:
    """The instance, locked; raises `NotFound`, or `Conflict` where somebody else is at it.

    A person waits for whoever has it; a worker never does, for the one who has it may wait for the worker's job.
    """
    statement = _BY_INSTANCE_IN_TURN if wait else _BY_INSTANCE
    rows = _locked(db, statement, {"instance": instance_id})
    if not rows:
        raise NotFound
    return _walk(db, store, rows, now)


def around(db: Connection, case_id: int, instance_id: int | None, now: datetime) -> Around:
    """Parties, consents in force and timers, in one statement."""
    found = Around()
    asked = {"case": case_id, "instance": instance_id or -1, "now": now}
    for row in _AROUND.ask(db, asked):
        if row.what == "party":
            found.parties[row.name] = Unit(row.number, row.text, row.at is not None)
        elif row.what == "timer":
            found.timers[row.name] = row.at
        else:
            found.consents.append(
                gate.Consent(row.name, row.text, frozenset(row.data or ()), row.at)
            )
    return found


# ---- statements --------------------------------------------------------------------------
#: The version as this statement's snapshot has it: on PostgreSQL the locked row itself may be newer.
_again = instance.alias("seen")
_TASK = (
    *(column for column in task.c if column is not task.c.agreement),  # its case's
    person.c.login.label("assignee"),
    person.c.name.label("assignee_name"),
)
_LOAD: Select[Any] = (
    select(
        *_TASK,
        instance.c.id.label("walk_id"),
        instance.c.case_id.label("walk_case_id"),
        instance.c.pathway_id,
        instance.c.state,
        instance.c.status.label("walk_status"),
        instance.c.version,
        instance.c.started_at,
        instance.c.moved_at,
        instance.c.tokens,
        instance.c.awaits,
        instance.c.parent_id,
        case.c.agreement,
        case.c.citizen_id,
        case.c.subject,
        pathway_table.c.version.label("pathway_version"),
        select(_again.c.version)
        .where(_again.c.id == instance.c.id)
        .correlate(instance)
        .scalar_subquery()
        .label("seen_version"),
    )
    .select_from(
        instance.join(case, case.c.id == instance.c.case_id)
        .join(pathway_table, pathway_table.c.id == instance.c.pathway_id)
        .outerjoin(
            task,
            and_(task.c.instance_id == instance.c.id, task.c.status == literal_column("'open'")),
        )
        .outerjoin(person, person.c.id == task.c.assignee_id)
    )
    .order_by(task.c.id)
)
_asked = task.alias("asked")
_BY_TASK = Prepared(
    _LOAD.where(
        instance.c.id
        == select(_asked.c.instance_id).where(_asked.c.id == bindparam("task")).scalar_subquery()
    ).with_for_update(of=instance)
)
_ONE = _LOAD.where(instance.c.id == bindparam("instance"))
_BY_INSTANCE = Prepared(_ONE.with_for_update(of=instance, nowait=True))
_BY_INSTANCE_IN_TURN = Prepared(_ONE.with_for_update(of=instance))


def _row(what: str, name: Any, number: Any, text: Any, at: Any, data: Any) -> Select[Any]:
    return select(
        literal(what, String).label("what"),
        cast(name, String).label("name"),
        cast(number, BigInteger).label("number"),
        cast(text, String).label("text"),
        (cast(null(), Moment) if at is None else at).label("at"),
        (cast(null(), Data) if data is None else data).label("data"),
    )


_AROUND = Prepared(
    union_all(
        _row(
            "party",
            case_party.c.party,
            case_party.c.unit_id,
            unit.c.name,
            case_party.c.joined_at,
            None,
        )
        .join_from(case_party, unit, unit.c.id == case_party.c.unit_id)
        .where(case_party.c.case_id == bindparam("case")),
        _row(
            "consent", consent.c.kind, None, consent.c.basis, consent.c.given_at, consent.c.parties
        )
        .where(consent.c.case_id == bindparam("case"))
        .where(in_force(bindparam("now", type_=Moment()))),  # type: ignore[arg-type]
        _row("timer", job.c.key, job.c.id, job.c.element, job.c.due_at, None).where(
            job.c.instance_id == bindparam("instance"), job.c.kind == "timer"
        ),
    )
)


def _locked(db: Connection, statement: Prepared, asked: Mapping[str, int]) -> list[Any]:
    rows = statement.ask(db, asked)
    if rows and rows[0].version != rows[0].seen_version:
        # We waited for the lock: the instance is new and its tasks are old.  Now it is ours; look again.
        rows = statement.ask(db, asked)
    return rows


def _walk(db: Connection, store: Store, rows: list[Any], now: datetime) -> Walk:
    row = rows[0]
    return Walk(
        id=row.walk_id,
        case_id=row.walk_case_id,
        citizen_id=row.citizen_id,
        subject=row.subject,
        agreement=row.agreement,
        pathway_id=row.pathway_id,
        pathway=store.pathway(db, row.pathway_id),
        pathway_version=row.pathway_version,
        state=row.state,
        status=row.walk_status,
        version=row.version,
        started_at=row.started_at,
        moved_at=row.moved_at,
        tokens=row.tokens,
        awaits=row.awaits,
        parent_id=row.parent_id,
        around=around(db, row.walk_case_id, row.walk_id, now),
        tasks={each.ref: each for each in rows if each.id is not None},
    )
