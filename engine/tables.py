"""The tables and the rules that the database itself keeps.

SQLAlchemy Core, one `metadata`.  Moments are aware UTC datetimes (`Moment`), JSON is `Data`, identifiers
and everything a person wrote are encrypted bytes (`engine/secrets.py`), bound to table, column and row.
Nothing here is keyed on a name: units carry SOR, CVR or kommunekode, validity dates and successors.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import MINYEAR, UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    cast,
    or_,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import JSON, TypeDecorator

from engine.model import GIVERS

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

Id = BigInteger().with_variant(Integer, "sqlite")
Data = JSON(none_as_null=True)


_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware moment; stored in UTC (SQLite has no time zone of its own)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """UTC; on SQLite as the text that SQLAlchemy would write there, made in one go."""
        return _to_text if dialect.name == "sqlite" else _to_utc

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None]:
        """Aware, in UTC."""
        return _from_text if dialect.name == "sqlite" else _to_utc


def _to_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        # Within hours of the first or the last moment that there is.
        return _LAST if value.year > MINYEAR else _FIRST


def _to_text(value: datetime | None) -> str | None:
    utc = _to_utc(value)
    return None if utc is None else utc.replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


def _table(name: str, *columns: Any) -> Table:
    # SQLite would give a deleted row's id to the next one; ids stand in the audit chain, so never.
    return Table(
        name, metadata, Column("id", Id, primary_key=True), *columns, sqlite_autoincrement=True
    )


def _one_of(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(v) for v in values)})", name=column)


def valid_on(rows: FromClause, day: date) -> ColumnElement[bool]:
    """Which rows of a table with `valid_from` and `valid_to` (None: open) hold on this day, both ends included.

    What ended before its time (`ended_at`, where the table has it) holds no more.
    """
    within = [rows.c.valid_from <= day, or_(rows.c.valid_to.is_(None), rows.c.valid_to >= day)]
    return and_(*within, *([rows.c.ended_at.is_(None)] if "ended_at" in rows.c else ()))


# ---- people and units --------------------------------------------------------------------
unit = _table(
    "unit",
    Column("name", String(200), nullable=False),
    Column("sector", String(40), nullable=False),
    Column("sor", String(20), unique=True),
    Column("cvr", String(8)),
    Column("kommunekode", String(4)),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("successor_id", ForeignKey("unit.id")),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
)
#: Which party of which agreement a unit can be.
unit_party = Table(
    "unit_party",
    metadata,
    Column("unit_id", ForeignKey("unit.id"), primary_key=True),
    Column("agreement", String(60), primary_key=True),
    Column("party", String(120), primary_key=True),
)
person = _table(
    "person",
    Column("login", String(80), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("email", String(200)),
    Column("password_hash", String(200)),
    Column("language", String(5), nullable=False, server_default="da"),
    Column("active", Boolean, nullable=False, server_default="1"),
)
membership = _table(
    "membership",
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("unit_id", ForeignKey("unit.id"), nullable=False, index=True),
    Column("role", String(60), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source", String(10), nullable=False, server_default=""),  # `oidc`: what it vouched for
    Column(
        "ended_at", Moment
    ),  # it vouches no more; the day that it ended on still tells who saw what
    UniqueConstraint("person_id", "unit_id", "role", "valid_from"),
)
#: Who the identity provider knows a person as.
identity = Table(
    "identity",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("subject_index", LargeBinary(16), unique=True),  # keyed; null: nobody yet, but awaited
    Column("index_key", Integer, nullable=False, server_default="1"),  # which key made it
    Column("awaited_until", Moment),
    Column("made_at", Moment, nullable=False),
    Column("seen_at", Moment),
)
#: A login that has begun at the identity provider; it is used once.
login_request = Table(
    "login_request",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),  # SHA-256 of the browser's secret
    Column("made_at", Moment, nullable=False),
    Column("carried", LargeBinary, nullable=False),  # encrypted: where to go on, what was typed
)
#: Who does somebody's work in a unit while he is away, both days included.
deputy = _table(
    "deputy",
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("unit_id", ForeignKey("unit.id"), nullable=False),
    Column("deputy_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("power", Boolean, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("made_by", ForeignKey("person.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ended_at", Moment),  # called off before its time
    Column("returned_at", Moment),  # what was left has gone back
    CheckConstraint("valid_to >= valid_from", name="validity"),
    CheckConstraint("deputy_id <> person_id", name="somebody_else"),
)
session = Table(
    "session",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),  # SHA-256 of the cookie's secret
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    # Of a login by an identity provider: its name of the session, and what is shown to it at logout (encrypted).
    Column("sid_index", LargeBinary(16), index=True),
    Column("id_token", LargeBinary),
)
token = _table(
    "token",
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("key", LargeBinary(32), nullable=False, unique=True),
    Column("note", String(200), nullable=False, server_default=""),
    Column("scope", String(60), nullable=False, server_default="read write operate design"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)
#: A person's dates as a calendar program fetches them; whoever knows the address reads them, so they hold no names.
feed = Table(
    "feed",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("key", LargeBinary(32), nullable=False, unique=True),  # SHA-256 of the address' secret
    Column("made_at", Moment, nullable=False),
    Column("used_at", Moment),
)
#: Failed logins by account and by address, so that guessing is slow on every server at once.
login_attempt = _table(
    "login_attempt",
    Column("subject", String(100), nullable=False, index=True),
    Column("at", Moment, nullable=False),
)

#: A way to look at the inbox that somebody keeps; with a unit it is that unit's to use.  Never a search for a citizen.
saved_filter = _table(
    "saved_filter",
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("unit_id", ForeignKey("unit.id"), index=True),
    Column("name", LargeBinary, nullable=False),  # encrypted
    Column("wanted", Data, nullable=False),  # codes of the inbox's own filter
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("person_id", "made_at"),
)

# ---- citizens and cases ------------------------------------------------------------------
citizen = _table(
    "citizen",
    Column("cpr", LargeBinary, nullable=False),
    Column("cpr_index", LargeBinary(16), nullable=False, unique=True),
    Column("name", LargeBinary, nullable=False),
    Column("name_index", LargeBinary(16), nullable=False, index=True),
    Column("index_key", Integer, nullable=False, server_default="1", index=True),  # made both
)
case = _table(
    "case",
    Column("agreement", String(60), nullable=False),
    # Whom it is about: a citizen, somebody who gives no name, or the agreement itself.
    Column("subject", String(12), nullable=False, server_default="citizen"),
    Column("citizen_id", ForeignKey("citizen.id"), index=True),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("mark", String(40)),  # of the form that opened it
    _one_of("subject", "citizen", "anonymous", "agreement"),
    CheckConstraint("(subject = 'citizen') = (citizen_id IS NOT NULL)", name="about"),
)
Index(
    "ix_case_mark",
    case.c.mark,
    sqlite_where=case.c.mark.is_not(None),
    postgresql_where=case.c.mark.is_not(None),
)
case_party = Table(
    "case_party",
    metadata,
    Column("case_id", ForeignKey("case.id"), primary_key=True),
    Column("party", String(120), primary_key=True),
    Column("unit_id", ForeignKey("unit.id"), nullable=False, index=True),
    # None: named by a message that is still held back; it does not know the case yet.
    Column("joined_at", Moment),
)
consent = _table(
    "consent",
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    Column("instance_id", ForeignKey("instance.id")),  # where it was noted
    Column("kind", String(20), nullable=False),
    Column("basis", String(200), nullable=False),  # how given, or the law where there is no consent
    Column("parties", Data, nullable=False),  # list of party names; [] = all parties of the case
    Column("given_at", Moment, nullable=False),
    Column("valid_to", Moment),
    Column("withdrawn_at", Moment),
    Column("given_by", String(20)),  # who spoke for the citizen (`model.GIVERS`); None: not noted
    Column("unit_id", ForeignKey("unit.id")),  # which noted it, where no pathway did
    _one_of("kind", "samtykke", "hjemmel", "afslag"),
    _one_of("given_by", *GIVERS),
)

#: Reading of one case without a part in it: lent by a leader of a party (`unit_id`), or taken in an emergency (none).
loan = _table(
    "loan",
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    Column("instance_id", ForeignKey("instance.id")),  # None: all that the unit takes part in
    Column("unit_id", ForeignKey("unit.id")),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("lender_id", ForeignKey("person.id"), nullable=False),
    Column("reason", LargeBinary, nullable=False),  # encrypted
    Column("begins_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", ForeignKey("person.id")),
    CheckConstraint("ends_at > begins_at", name="validity"),
    CheckConstraint("unit_id IS NOT NULL OR person_id = lender_id", name="emergency"),
)
#: An emergency that a unit must look at: told to its leaders, and done when somebody wrote what came of it.
review = _table(
    "review",
    Column("loan_id", ForeignKey("loan.id"), nullable=False),
    Column("unit_id", ForeignKey("unit.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("reviewed_at", Moment),
    Column("reviewed_by", ForeignKey("person.id")),
    Column("note", LargeBinary),  # encrypted
    UniqueConstraint("loan_id", "unit_id"),
    CheckConstraint("(reviewed_at IS NULL) = (note IS NULL)", name="reviewed_has_note"),
)
#: Each time that somebody asked to break the glass, found or not.
glass_try = _table(
    "glass_try",
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
)

# ---- how long it is kept -----------------------------------------------------------------
#: Nothing of a case, or of all cases of a citizen (no case), is erased while this lasts.
hold = _table(
    "hold",
    Column("citizen_id", ForeignKey("citizen.id"), nullable=False, index=True),
    Column("case_id", ForeignKey("case.id"), index=True),
    Column("unit_id", ForeignKey("unit.id")),  # whose it is; None: the command line's
    Column("reason", LargeBinary, nullable=False),  # encrypted
    Column("set_by", ForeignKey("person.id")),
    Column("set_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("lifted_at", Moment),
    Column("lifted_by", ForeignKey("person.id")),
    UniqueConstraint("citizen_id", "set_at"),
    CheckConstraint("ends_at > set_at", name="validity"),
)
#: What was erased, when and by which rule: numbers and codes, nobody's data.  What they point at is gone.
erasure = _table(
    "erasure",
    Column("at", Moment, nullable=False),
    Column("person_id", Id, nullable=False),  # 0: the machine
    Column("citizen_id", Id, index=True),  # None: of a case about nobody
    Column("case_id", Id, index=True),  # None: the citizen's name and number
    Column("agreement", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("because", String(20), nullable=False),
    Column("months", Integer),  # the rule, where there is one
    Column("ground", Text, nullable=False),
    Column("last_entry_at", Moment, nullable=False),
    Column("rows", Data, nullable=False),  # {table: how many}
)

# ---- what was deployed -------------------------------------------------------------------
deployment = _table(
    "deployment",
    Column("at", Moment, nullable=False),
    Column("person_id", ForeignKey("person.id")),
    Column("note", String(500), nullable=False, server_default=""),
    Column("digest", String(64), nullable=False),
    Column("approved_by", Id),  # of a draft: somebody else than who drew it
    Column(
        "begins_at", Moment
    ),  # 00:00 Danish time of the day that it is for; null: when it was made
    Column("called_off_at", Moment),  # before it began
    Column("called_off_by", Id),
    # The folders and files that came with it and are kept from its day on, {place: {path: text}}; null: none, or kept.
    Column("came", Data),
)
pathway = _table(
    "pathway",
    Column("key", String(120), nullable=False),
    Column("version", Integer, nullable=False),
    Column("agreement", String(60), nullable=False),
    Column("name", String(200), nullable=False),
    Column("deployment_id", ForeignKey("deployment.id"), nullable=False),
    Column("source", Text, nullable=False),  # model.Source as JSON: the version, whole
    Column("digest", String(64), nullable=False),
    # A shared part is deployed once for each agreement, with that agreement's parameters.
    UniqueConstraint("agreement", "key", "version"),
)

#: Every clause of an agreement as it was deployed last, in the order of its list.
clause = Table(
    "clause",
    metadata,
    Column("agreement", String(60), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("nth", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("section", String(200), nullable=False),
)
#: A pathway as it is being drawn: one draft for each, whoever draws.  A shared part's stands in one agreement.
draft = _table(
    "draft",
    Column("agreement", String(60), nullable=False),
    Column("key", String(120), nullable=False),
    Column("base_version", Integer, nullable=False),  # what it was drawn from
    Column("bpmn", Text, nullable=False),
    Column("forms", Data, nullable=False),  # those that were changed; null: deleted
    Column("decisions", Data, nullable=False, server_default="{}"),  # the same of tables
    Column("version", Integer, nullable=False),
    Column("status", String(12), nullable=False),
    Column("saved_by", ForeignKey("person.id")),
    Column("saved_at", Moment, nullable=False),
    Column("submitted_by", ForeignKey("person.id")),
    Column("submitted_at", Moment),
    Column("note", String(500), nullable=False, server_default=""),
    Column("answer", String(500), nullable=False, server_default=""),  # why it came back
    Column("came", Data),  # the texts of its folder by path, where it came as one; null: it did not
    # What another editor's diagram leaves to decide, with ticks; null: drawn here.
    Column("work", Data),
    Column("begins_on", Date),  # the day that it is meant for; null: when it is approved
    UniqueConstraint("agreement", "key"),
    _one_of("status", "editing", "submitted"),
    CheckConstraint("(status = 'submitted') = (submitted_at IS NOT NULL)", name="submitted"),
)
#: The files of `processes/` as they were deployed: what a version says stands in `pathway`, how it was written here.
kept_file = Table(
    "kept_file",
    metadata,
    Column("path", String(300), primary_key=True),
    Column("text", Text, nullable=False),
)
#: The designers' tests, a file each as it lies in `scenarios/` beside the diagram of the process `key`.
scenario = _table(
    "scenario",
    Column("key", String(120), nullable=False),
    Column("name", String(120), nullable=False),  # the file's, without ending
    Column("text", Text, nullable=False),
    Column("saved_by", ForeignKey("person.id")),  # None: it came with a folder
    Column("saved_at", Moment, nullable=False),
    UniqueConstraint("key", "name"),
)
#: A designer's play: how it begins, and which of its steps is looked at (0: the beginning).  Nothing of it is real.
play = _table(
    "play",
    Column("agreement", String(60), nullable=False),
    Column("key", String(120), nullable=False),
    Column("version", Integer),  # None: the agreement as it is drawn now
    Column("title", String(200), nullable=False),
    Column(
        "beginning", LargeBinary, nullable=False
    ),  # a scenario without steps, as JSON; encrypted
    Column("step", Integer, nullable=False, server_default="0"),
    Column("person_id", ForeignKey("person.id")),
    Column("made_at", Moment, nullable=False),
    Index("ix_play_place", "agreement", "key"),
)
#: What was done in it, never changed: a step back goes to `parent`, and what is done there is another branch.
play_step = Table(
    "play_step",
    metadata,
    Column("play_id", ForeignKey("play.id", ondelete="CASCADE"), primary_key=True),
    Column("nth", Integer, primary_key=True),
    Column("parent", Integer, nullable=False),
    Column("at", Moment, nullable=False),  # of the play's clock
    Column("kind", String(12), nullable=False),
    Column("name", String(200), nullable=False),  # of the element or message
    Column("party", String(120), nullable=False, server_default=""),
    Column("move", LargeBinary, nullable=False),  # a step of a scenario, as JSON; encrypted
)

# ---- what runs ---------------------------------------------------------------------------
instance = _table(
    "instance",
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    Column("pathway_id", ForeignKey("pathway.id"), nullable=False),
    Column("parent_id", ForeignKey("instance.id")),
    Column("status", String(12), nullable=False),
    Column("end_state", String(120)),
    Column("state", Text, nullable=False),
    Column("tokens", Data, nullable=False),  # element ids, for the diagram
    Column("awaits", Data, nullable=False),  # message names
    Column("version", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("moved_at", Moment, nullable=False),
    Column("ended_at", Moment),
    # What a person's last completion changed (`engine/actions/remembering.py`); the next step writes over it.
    Column("before", Data),
    _one_of("status", "running", "waiting", "suspended", "incident", "completed", "cancelled"),
)
Index(
    "ix_instance_going",
    instance.c.id,
    sqlite_where=instance.c.status.in_(("running", "waiting")),
    postgresql_where=instance.c.status.in_(("running", "waiting")),
)
#: Operators' lists, that which moved last first: all, of a status, of a pathway (`engine/queries/sought.py`).
Index("ix_instance_moved", instance.c.moved_at, instance.c.id)
Index("ix_instance_status", instance.c.status, instance.c.moved_at, instance.c.id)
Index(
    "ix_instance_pathway",
    instance.c.pathway_id,
    instance.c.status,
    instance.c.moved_at,
    instance.c.id,
)
#: Those of a pathway that began last, for where the time goes.
Index("ix_instance_began", instance.c.pathway_id, instance.c.started_at, instance.c.id)
#: Who takes part in an instance: had a task or a date in it, wrote or got a message, began it, may report in it.
instance_party = Table(
    "instance_party",
    metadata,
    Column("instance_id", ForeignKey("instance.id"), primary_key=True),
    Column("party", String(120), primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("since", Moment, nullable=False),
)
Index("ix_instance_party_case", instance_party.c.case_id, instance_party.c.party)
task = _table(
    "task",
    Column("instance_id", ForeignKey("instance.id"), nullable=False),
    Column("ref", String(40), nullable=False),
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    Column("element", String(120), nullable=False),
    Column("name", String(200), nullable=False),
    Column("process", String(120), nullable=False),
    Column("lane", String(120), nullable=False),
    Column("party", String(120), nullable=False),
    Column("unit_id", ForeignKey("unit.id"), nullable=False),
    Column("roles", Data, nullable=False),  # job roles that may take it; [] = all in the unit
    Column("form", String(120)),
    Column("clauses", Data, nullable=False),
    Column("data", Data, nullable=False),
    Column("nth", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("status", String(12), nullable=False),
    Column("assignee_id", ForeignKey("person.id")),
    Column("due_at", Moment),  # its deadline's, copied to sort the inbox by
    Column("overdue_at", Moment),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("closed_by", ForeignKey("person.id")),
    Column("draft", LargeBinary),  # encrypted
    Column("draft_at", Moment),
    # Its case's and its instance's, which never change: the inbox is narrowed by them.
    Column("agreement", String(60), nullable=False, server_default=""),
    Column("pathway_key", String(120), nullable=False, server_default=""),
    UniqueConstraint("instance_id", "ref"),
    _one_of("status", "open", "completed", "cancelled"),
)
Index("ix_task_inbox", task.c.unit_id, task.c.status, task.c.due_at, task.c.id)
#: What a step loads; its size does not grow with what an instance has behind it.
Index(
    "ix_task_open",
    task.c.instance_id,
    sqlite_where=task.c.status == "open",
    postgresql_where=task.c.status == "open",
)
Index("ix_task_mine", task.c.assignee_id, task.c.status, task.c.due_at, task.c.id)
_FREE = and_(task.c.status == "open", task.c.assignee_id.is_(None))
#: What nobody has taken: a few among many, or many among many, found without looking at the others.  State and holder
#: are the same in all of it, yet named: SQLite takes the index with the most equal columns, not the smallest.
Index(
    "ix_task_unclaimed",
    task.c.unit_id,
    task.c.status,
    task.c.assignee_id,
    task.c.due_at,
    task.c.id,
    sqlite_where=_FREE,
    postgresql_where=_FREE,
)
#: By which a narrow filter is followed, so that a few among a unit's many are found without looking at the others.
for _narrow in (task.c.agreement, task.c.pathway_key, task.c.party):
    Index(
        f"ix_task_by_{_narrow.name}",
        task.c.unit_id,
        task.c.status,
        _narrow,
        task.c.due_at,
        task.c.id,
        sqlite_where=task.c.status == "open",
        postgresql_where=task.c.status == "open",
    )
#: The roles that may take a task, as the text they are kept in: alike for all that are for the same roles.
FOR_ROLES: ColumnElement[str] = cast(task.c.roles, Text)
#: What nobody has taken, by who may.
Index(
    "ix_task_takeable",
    task.c.unit_id,
    task.c.status,
    task.c.assignee_id,
    FOR_ROLES,
    task.c.due_at,
    task.c.id,
    sqlite_where=_FREE,
    postgresql_where=_FREE,
)
#: How a task came from one to another: taken, given back, handed on.  Until when that is undone is the action's rule.
handover = _table(
    "handover",
    Column("task_id", ForeignKey("task.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("from_id", ForeignKey("person.id")),
    Column("to_id", ForeignKey("person.id")),
    Column("note", LargeBinary),  # encrypted
    Column("undone_at", Moment),
)
#: What colleagues say about a task: never part of the answer, and never told to another party.
comment = _table(
    "comment",
    Column("task_id", ForeignKey("task.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("to_id", ForeignKey("person.id")),  # whom a question is for
    Column("answered_at", Moment),
    Column("answers_id", ForeignKey("comment.id")),  # the question that it answers
    Column("text", LargeBinary, nullable=False),  # encrypted
)
Index(
    "ix_comment_asked",
    comment.c.to_id,
    sqlite_where=and_(comment.c.to_id.is_not(None), comment.c.answered_at.is_(None)),
    postgresql_where=and_(comment.c.to_id.is_not(None), comment.c.answered_at.is_(None)),
)
Index(
    "ix_comment_heard",
    comment.c.person_id,
    comment.c.answered_at,
    sqlite_where=comment.c.answered_at.is_not(None),
    postgresql_where=comment.c.answered_at.is_not(None),
)
#: A question has one answer.
Index(
    "ix_comment_answer",
    comment.c.answers_id,
    unique=True,
    sqlite_where=comment.c.answers_id.is_not(None),
    postgresql_where=comment.c.answers_id.is_not(None),
)
#: A file beside a task.
attachment = _table(
    "attachment",
    Column("task_id", ForeignKey("task.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("kind", String(40), nullable=False),  # media type, as the bytes say
    Column("size", Integer, nullable=False),
    Column("name", LargeBinary, nullable=False),  # encrypted
    Column("content", LargeBinary, nullable=False),  # encrypted
)
#: What a person answered: case data, encrypted, never in the pathway's state.
answer = _table(
    "answer",
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    Column("instance_id", ForeignKey("instance.id"), nullable=False),
    Column("task_id", ForeignKey("task.id")),
    Column("element", String(120), nullable=False),
    Column("party", String(120), nullable=False),
    Column("at", Moment, nullable=False),
    Column("person_id", ForeignKey("person.id")),
    Column("values", LargeBinary, nullable=False),
)
deadline = _table(
    "deadline",
    Column("instance_id", ForeignKey("instance.id"), nullable=False),
    Column("ref", String(40), nullable=False),
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    Column("task_id", ForeignKey("task.id"), index=True),
    Column("agreement", String(60), nullable=False),
    Column("element", String(120), nullable=False),
    Column("process", String(120), nullable=False),
    Column("clause", String(40), nullable=False),
    Column("party", String(120), nullable=False),
    Column("unit_id", ForeignKey("unit.id"), nullable=False),
    Column("frist", String(80), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("reminder_at", Moment),
    Column("overdue_at", Moment, nullable=False),
    Column("met_at", Moment),
    Column("cancelled_at", Moment),
    Column("paused", Data, nullable=False),  # [[from, to or null], …] as ISO text
    Column("local", Boolean, nullable=False),
    Column("status", String(12), nullable=False),
    UniqueConstraint("instance_id", "ref"),
    _one_of("status", "open", "met", "late", "overdue", "cancelled"),
    CheckConstraint("(status IN ('met', 'late')) = (met_at IS NOT NULL)", name="met_has_moment"),
)
Index("ix_deadline_report", deadline.c.agreement, deadline.c.due_at)
Index(
    "ix_deadline_ours",
    deadline.c.unit_id,
    deadline.c.due_at,
    sqlite_where=deadline.c.met_at.is_(None) & deadline.c.cancelled_at.is_(None),
    postgresql_where=deadline.c.met_at.is_(None) & deadline.c.cancelled_at.is_(None),
)
history = _table(
    "history",
    Column("instance_id", ForeignKey("instance.id"), nullable=False),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("what", String(20), nullable=False),
    Column("element", String(120), nullable=False),
    Column("name", String(200), nullable=False),
    Column("process", String(120), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("party", String(120), nullable=False),
    Column("person_id", ForeignKey("person.id")),
    Column("task_id", ForeignKey("task.id")),
    Column("mark", String(40)),  # of the form with which this was started or reported
)
Index("ix_history_case", history.c.case_id, history.c.at)
Index(
    "ix_history_mark",
    history.c.mark,
    sqlite_where=history.c.mark.is_not(None),
    postgresql_where=history.c.mark.is_not(None),
)

# ---- plans, agreements, minutes ----------------------------------------------------------
#: A document of a case.  `series` is empty where a case has one of the kind at a time, else it names the instance.
plan = _table(
    "plan",
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    Column("kind", String(60), nullable=False),
    Column("series", String(40), nullable=False),
    Column("status", String(12), nullable=False),
    Column("active_version", Integer),  # the number of the version in force
    Column("instance_id", ForeignKey("instance.id"), nullable=False),  # … in which it was opened
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("copied_from_id", ForeignKey("plan.id")),  # the same content, in a new record
    _one_of("status", "udkast", "afventer", "i_kraft", "bortfaldet", "afloest"),
    CheckConstraint(
        "(closed_at IS NULL) = (status IN ('udkast', 'afventer', 'i_kraft'))", name="closed"
    ),
    CheckConstraint("(status = 'i_kraft') = (active_version IS NOT NULL)", name="in_force"),
)
#: One citizen has several plans, but only one of each type is active (readings F3).
Index(
    "ix_plan_active",
    plan.c.case_id,
    plan.c.kind,
    plan.c.series,
    unique=True,
    sqlite_where=plan.c.closed_at.is_(None),
    postgresql_where=plan.c.closed_at.is_(None),
)
plan_version = _table(
    "plan_version",
    Column("plan_id", ForeignKey("plan.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),  # encrypted {schema, values}
    Column("reused", Boolean, nullable=False),
    Column("party", String(120), nullable=False),  # who wrote it
    Column("unit_id", ForeignKey("unit.id")),
    Column("person_id", ForeignKey("person.id")),
    Column("instance_id", ForeignKey("instance.id"), nullable=False),
    Column("element", String(120), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("valid_from", Moment),  # null: never in force
    Column("valid_to", Moment),
    Column("ended_at", Moment),
    Column("ended", String(12)),
    Column("reason", LargeBinary),  # encrypted: why it lapsed
    UniqueConstraint("plan_id", "number"),
    CheckConstraint("ended IN ('ny_version', 'bortfald', 'afloest')", name="ended"),
    CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name="ended_has_moment"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
)
Index(
    "ix_plan_version_in_force",
    plan_version.c.plan_id,
    unique=True,
    sqlite_where=and_(plan_version.c.valid_from.is_not(None), plan_version.c.ended_at.is_(None)),
    postgresql_where=and_(
        plan_version.c.valid_from.is_not(None), plan_version.c.ended_at.is_(None)
    ),
)
#: Whom a version was sent to, and what those answered who were asked; a citizen has no unit.
plan_acceptance = _table(
    "plan_acceptance",
    Column("version_id", ForeignKey("plan_version.id"), nullable=False),
    Column("party", String(120), nullable=False),
    Column("unit_id", ForeignKey("unit.id"), index=True),
    Column("asked", Boolean, nullable=False),
    Column("sent_at", Moment),  # null: held until there is a basis
    Column("basis", String(200), nullable=False, server_default=""),
    Column("answer", Boolean),
    Column("answered_at", Moment),
    Column("person_id", ForeignKey("person.id")),  # who gave or registered the answer
    Column("manner", String(12), nullable=False, server_default=""),
    UniqueConstraint("version_id", "party"),
    CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer_has_moment"),
    CheckConstraint("manner IN ('', 'i_stafet', 'mundtligt', 'papir', 'telefon')", name="manner"),
)
incident = _table(
    "incident",
    Column("instance_id", ForeignKey("instance.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("code", String(60), nullable=False),
    Column("sentence", String(500), nullable=False),
    # The same before its places were filled, to be said in the reader's language.
    Column("template", String(500)),
    Column("facts", Data),
    Column("element", String(120)),
    Column("resolved_at", Moment),
)

# ---- work for machines -------------------------------------------------------------------
#: Due work, written with the state, claimed and done and deleted in one transaction.
job = _table(
    "job",
    Column("kind", String(20), nullable=False),
    Column("instance_id", ForeignKey("instance.id")),
    Column("key", String(160), nullable=False, unique=True),
    Column("due_at", Moment, nullable=False),
    Column("element", String(120)),
    Column("data", Data, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", String(500)),
    _one_of("kind", "timer", "reminder", "overdue", "deliver", "start"),
)
Index("ix_job_due", job.c.due_at, job.c.id)
Index("ix_job_instance", job.c.instance_id, job.c.kind)
Index(
    "ix_job_timer",
    job.c.due_at,
    job.c.id,
    sqlite_where=job.c.kind == "timer",
    postgresql_where=job.c.kind == "timer",
)
#: A message between parties or pathways; the receipt is its own three moments.
message = _table(
    "message",
    Column("case_id", ForeignKey("case.id"), index=True),
    Column("instance_id", ForeignKey("instance.id"), index=True),
    Column("name", String(80), nullable=False),
    Column("title", String(200), nullable=False),
    Column("from_party", String(120), nullable=False),
    Column("from_unit_id", ForeignKey("unit.id")),
    Column("to_party", String(120)),
    Column("to_unit_id", ForeignKey("unit.id")),
    Column("to_pathway", String(120)),
    Column("body", LargeBinary),  # encrypted {field label: text}
    Column("basis", String(200), nullable=False, server_default=""),  # consent or legal basis
    Column("channel", String(20), nullable=False),
    Column("status", String(12), nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("received_at", Moment),
    Column("opened_at", Moment),
    Column("opened_by", ForeignKey("person.id")),
    # An operator put it aside, or delivered it by hand; the note says why (sealed).
    Column("handled_at", Moment),
    Column("handled_by", ForeignKey("person.id")),
    Column("note", LargeBinary),
    # The sender's own id within the case: a repeat is harmless.  The body's seal is bound to it.
    Column("key", String(160), nullable=False, unique=True),
    _one_of("status", "sent", "received", "opened", "matched", "unmatched", "refused"),
)
Index("ix_message_inbox", message.c.to_unit_id, message.c.status, message.c.sent_at)
#: Reminders and overdue notices in the product, until there are channels for them.
notice = _table(
    "notice",
    Column("kind", String(20), nullable=False),
    Column("deadline_id", ForeignKey("deadline.id"), nullable=False),
    Column("task_id", ForeignKey("task.id")),
    Column("unit_id", ForeignKey("unit.id"), nullable=False),
    Column("person_id", ForeignKey("person.id")),
    Column("at", Moment, nullable=False),
    Column("read_at", Moment),
    UniqueConstraint("kind", "deadline_id", "unit_id"),
    _one_of("kind", "reminder", "overdue"),
)
worker = Table(
    "worker",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("beat_at", Moment, nullable=False),
    Column("ended_at", Moment),  # it stopped in order
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
)

#: How a person is told by mail, and where; without a row: not at all.  An address counts once it is confirmed.
mail_choice = Table(
    "mail_choice",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("how", String(12), nullable=False),
    Column("address", LargeBinary),  # encrypted
    Column("asked_at", Moment),  # when the address was given; its seal is bound to it
    Column("confirmed_at", Moment),
    Column("changed_at", Moment, nullable=False),
    _one_of("how", "at_once", "daily", "none"),
    CheckConstraint("(address IS NULL) = (asked_at IS NULL)", name="address_has_moment"),
)
#: What leaves the house: written with what it tells of, sent afterwards, told apart by `key`.  It holds codes, counts
#: and moments, never names or words of people; whom it goes to is looked up when it is sent.
#: That something is stuck for a cause, since when, and what operators were told of it (`engine/actions/alerting.py`).
#: `told_at`: the first letters, `last_at` the newest; `gone_at`: nothing is stuck for it since then, which must last.
alert = _table(
    "alert",
    Column("cause", String(20), nullable=False),
    Column("since", Moment, nullable=False),
    Column("told_at", Moment),
    Column("last_at", Moment),
    Column("gone_at", Moment),
    Column("ended_at", Moment),
)
#: One at most is open for a cause, however many look.
Index(
    "uq_alert_open",
    alert.c.cause,
    unique=True,
    sqlite_where=alert.c.ended_at.is_(None),
    postgresql_where=alert.c.ended_at.is_(None),
)
Index("ix_alert_ended_at", alert.c.ended_at)
#: An operator knows of a cause: nothing is told of it until then, but that it is over.
silence = _table(
    "silence",
    Column("cause", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("reason", LargeBinary, nullable=False),  # encrypted
    Column("lifted_at", Moment),
    UniqueConstraint("cause", "at"),
)
Index("ix_silence_until", silence.c.until)

outbox = _table(
    "outbox",
    Column("channel", String(12), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("person_id", ForeignKey("person.id")),  # None: whom the settings name for alerts
    Column("unit_id", ForeignKey("unit.id")),
    Column("task_id", ForeignKey("task.id")),
    Column("deadline_id", ForeignKey("deadline.id")),
    Column("facts", Data, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),  # the next try
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("status", String(12), nullable=False),
    Column("error", String(60)),
    Column("ended_at", Moment),
    Column("alert_id", ForeignKey("alert.id")),
    Column("note", LargeBinary),  # encrypted: why an operator tried it again, or put it aside
    _one_of("channel", "mail", "webhook"),
    _one_of("status", "waiting", "sent", "dropped", "given_up"),
    CheckConstraint("(status = 'waiting') = (ended_at IS NULL)", name="ended"),
)
Index(
    "ix_outbox_waiting",
    outbox.c.due_at,
    outbox.c.id,
    sqlite_where=outbox.c.status == "waiting",
    postgresql_where=outbox.c.status == "waiting",
)
Index(
    "ix_outbox_given_up",
    outbox.c.ended_at,
    sqlite_where=outbox.c.status == "given_up",
    postgresql_where=outbox.c.status == "given_up",
)
Index("ix_outbox_ended", outbox.c.ended_at)
Index(
    "ix_outbox_alert",
    outbox.c.alert_id,
    sqlite_where=outbox.c.alert_id.is_not(None),
    postgresql_where=outbox.c.alert_id.is_not(None),
)
Index("ix_outbox_person", outbox.c.person_id, outbox.c.id)

#: What is stuck, as the last look found it (`engine/stuck`); `key` is the same cause whenever it is looked at.
stuck = _table(
    "stuck",
    Column("key", String(200), nullable=False, unique=True),
    Column("reason", String(20), nullable=False),
    Column("case_id", ForeignKey("case.id")),
    Column("instance_id", ForeignKey("instance.id"), index=True),
    Column("element", String(120), nullable=False),
    Column("since", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("unit_id", ForeignKey("unit.id")),
    Column("act", String(20), nullable=False),
    Column("ref", String(160), nullable=False),
    Column("detail", String(500), nullable=False),
    Column("found_at", Moment, nullable=False),
)
Index("ix_stuck_list", stuck.c.reason, stuck.c.due_at, stuck.c.id)
#: When each look over everything was begun last, by whichever process (whoever moves `at` has it), and what it counted.
#: `stuck`: legal dates that run out within a day; `census`: instances that have not ended, and those by status.
look = Table(
    "look",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("alive", Integer, nullable=False, server_default="0"),
    Column("due_soon", Integer, nullable=False, server_default="0"),
    Column("statuses", Data),
)
# What a look reads is small: rows that may say that something is wrong.
Index(
    "ix_incident_open",
    incident.c.instance_id,
    sqlite_where=incident.c.resolved_at.is_(None),
    postgresql_where=incident.c.resolved_at.is_(None),
)
Index(
    "ix_deadline_running",
    deadline.c.overdue_at,
    sqlite_where=deadline.c.met_at.is_(None) & deadline.c.cancelled_at.is_(None),
    postgresql_where=deadline.c.met_at.is_(None) & deadline.c.cancelled_at.is_(None),
)
Index(
    "ix_message_unmatched",
    message.c.sent_at,
    sqlite_where=message.c.status == "unmatched",
    postgresql_where=message.c.status == "unmatched",
)
#: Kinds of open tasks (who may take them), and who holds them where, are read by leaping from one to the next.
_OPEN_TASK = task.c.status == "open"
_HELD_TASK = _OPEN_TASK & task.c.assignee_id.is_not(None)
_UNTAKEN_TASK = _OPEN_TASK & task.c.assignee_id.is_(None) & task.c.due_at.is_(None)
Index(
    "ix_task_kinds",
    task.c.unit_id,
    FOR_ROLES,
    sqlite_where=_OPEN_TASK,
    postgresql_where=_OPEN_TASK,
)
Index(
    "ix_task_held",
    task.c.assignee_id,
    task.c.unit_id,
    sqlite_where=_HELD_TASK,
    postgresql_where=_HELD_TASK,
)
Index(
    "ix_task_untaken",
    task.c.opened_at,
    sqlite_where=_UNTAKEN_TASK,
    postgresql_where=_UNTAKEN_TASK,
)
Index(
    "ix_job_failed",
    job.c.attempts,
    sqlite_where=job.c.error.is_not(None),
    postgresql_where=job.c.error.is_not(None),
)
Index(
    "ix_job_deliver",
    job.c.due_at,
    sqlite_where=job.c.kind == "deliver",
    postgresql_where=job.c.kind == "deliver",
)

#: One act of an operator on many instances, done one by one in the background; the reason is sealed.
batch = _table(
    "batch",
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("act", String(20), nullable=False),
    Column("clock", String(12), nullable=False),  # of a suspension
    Column("cause", String(20), nullable=False),  # which group of what was stuck
    Column("reason", LargeBinary, nullable=False),  # encrypted
    Column("total", Integer, nullable=False),
    Column("undoes_id", ForeignKey("batch.id"), unique=True),
    Column("done_at", Moment),
    Column("pathway_id", ForeignKey("pathway.id")),  # of a move: the version to go to
    Column("accept", Data),  # … and what may be, codes of `engine.migrate`
    Column("given", Data),  # what the act was told: a login, an element, a moment
    UniqueConstraint("person_id", "at"),
)
batch_item = _table(
    "batch_item",
    Column("batch_id", ForeignKey("batch.id"), nullable=False),
    Column("instance_id", ForeignKey("instance.id")),
    Column("message_id", ForeignKey("message.id")),  # where the act is on messages
    Column("status", String(12), nullable=False),
    Column("code", String(60), nullable=False, server_default=""),
    Column("sentence", String(500), nullable=False, server_default=""),
    Column("element", String(200), nullable=False, server_default=""),  # that a move stops at
    Column("at", Moment),
    Column("was", Data),  # what takes it back; none: nothing does
    Column("version", Integer),  # of the instance as the act left it, where it can be taken back
    UniqueConstraint("batch_id", "instance_id"),
    _one_of("status", "waiting", "done", "impossible"),
    CheckConstraint("(instance_id IS NULL) <> (message_id IS NULL)", name="one"),
)
Index("uq_batch_item_message", batch_item.c.batch_id, batch_item.c.message_id, unique=True)
Index("ix_batch_item_report", batch_item.c.batch_id, batch_item.c.status)
Index(
    "ix_batch_item_waiting",
    batch_item.c.id,
    sqlite_where=batch_item.c.status == "waiting",
    postgresql_where=batch_item.c.status == "waiting",
)

# ---- who saw and did what ----------------------------------------------------------------
#: One keyed hash chain per writer and month; `seq` has no holes, so a missing entry shows.
audit = Table(
    "audit",
    metadata,
    Column("chain", String(50), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("person_id", Id, nullable=False),
    Column("on_behalf", Id),
    Column("what", String(60), nullable=False),
    Column("citizen_id", Id, index=True),
    Column("case_id", Id),
    Column("instance_id", Id),
    Column("task_id", Id),
    Column("facts", Text, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
#: Row 0 of a chain is its head (`engine/audit.py`); a new chain looks at all heads.
Index(
    "ix_audit_heads",
    audit.c.chain,
    unique=True,
    sqlite_where=audit.c.seq == 0,
    postgresql_where=audit.c.seq == 0,
)
