"""What an answer holds, as marshmallow schemas; OpenAPI is made from them.

Answers are shown as the engine gives them, with moments as RFC 3339 in Danish time; a test holds them
against the schemas here.  A schema's fields are always there; others may join them.
"""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import INCLUDE, Schema, fields

from engine.deploy import Deployed

_HOME = ZoneInfo("Europe/Copenhagen")


class Shown(Schema):
    """What goes out: shown whole."""

    class Meta:
        """Answers may hold more than is described."""

        unknown = INCLUDE

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """The engine's answer as JSON values."""
        return shown(obj)


def shown(value: Any) -> Any:
    """Values of the engine as JSON values; moments in Danish time."""
    if isinstance(value, datetime):
        return value.astimezone(_HOME).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return shown(asdict(value))
    if isinstance(value, dict):
        return {name: shown(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [shown(item) for item in value]
    return value


class Error(Schema):
    """Why not."""

    code = fields.String(required=True)
    message = fields.String(required=True)
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "One sentence for each field, by its dotted path."},
    )


def _id(**options: Any) -> fields.Integer:
    return fields.Integer(required=True, **options)


def _text(**options: Any) -> fields.String:
    return fields.String(required=True, **options)


def _moment(**options: Any) -> fields.DateTime:
    return fields.DateTime(required=True, **options)


def _maybe_moment(**options: Any) -> fields.DateTime:
    return fields.DateTime(required=True, allow_none=True, **options)


def _maybe_text(**options: Any) -> fields.String:
    return fields.String(required=True, allow_none=True, **options)


def _texts(**options: Any) -> fields.List[Any]:
    return fields.List(fields.String(), required=True, **options)


def _warnings() -> fields.Dict:
    about = "Texts that are kept and look as if they hold a CPR number, by dotted path."
    return fields.Dict(
        keys=fields.String(), values=fields.String(), metadata={"description": about}
    )


def _rows(about: str) -> fields.List[Any]:
    return fields.List(fields.Dict(), required=True, metadata={"description": about})


def _page(item: type[Schema]) -> type[Schema]:
    """A list of them: `{items, next}`."""
    name = f"{item.__name__}List"
    made = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(
            required=True,
            allow_none=True,
            metadata={"description": "Give this as `after` to read on; null at the end."},
        ),
        "__doc__": f"A page of a list of {item.__name__.lower()}s.",
    }
    return type(name, (Shown,), made)


class Made(Shown):
    """What was made."""

    id = _id()


class TaskRow(Shown):
    """A task in a list."""

    id = _id()
    name = _text()
    element = _text(metadata={"description": "The element's id in the diagram."})
    role = _text(metadata={"description": "The lane."})
    unit = fields.Raw(required=True)
    assignee = fields.Raw(required=True, metadata={"description": "A login, or null."})
    due_at = _maybe_moment()
    clauses = _texts()
    case = _id()
    instance = _id()


class Task(TaskRow):
    """A task with its form."""

    form = fields.Dict(
        required=True, allow_none=True, metadata={"description": "The form-js schema."}
    )
    data = fields.Dict(
        required=True,
        metadata={"description": "What form-js would submit: dates as ISO text."},
    )
    draft_mark = _maybe_text(
        metadata={
            "description": "The draft that there is, null: none; `after` of one that is kept over it."
        }
    )


TaskList = _page(TaskRow)


class Instance(Shown):
    """A walk along a pathway."""

    id = _id()
    case = _id()
    pathway = _text()
    status = _text()
    end_state = _maybe_text()


InstanceList = _page(Instance)


class Stuck(Shown):
    """Why one instance, or a message, will not move in time unless somebody acts."""

    id = _id()
    instance = fields.Integer(required=True, allow_none=True)
    case = fields.Integer(required=True, allow_none=True)
    reason = _text()
    detail = _text(metadata={"description": "A code or a name that says more."})
    element = _text()
    since = _moment()
    should_have_moved_by = _moment()
    owner = fields.String(
        required=True, allow_none=True, metadata={"description": "The unit; null: operations."}
    )
    next_act = _text(metadata={"description": "What would most likely move it on."})


StuckList = _page(Stuck)


class Pace(Shown):
    """What happened at an element in one version."""

    count = fields.Integer(required=True, metadata={"description": "Times that it was come to."})
    open = fields.Integer(required=True, metadata={"description": "Still there."})
    median = fields.Float(
        required=True, allow_none=True, metadata={"description": "Seconds from coming to leaving."}
    )
    dated = fields.Integer(
        required=True, metadata={"description": "Deadlines that were due or met."}
    )
    missed = fields.Integer(required=True, metadata={"description": "Those of them missed."})


class PaceRow(Shown):
    """An element, in the version and in the one beside it; null where it is not in that one."""

    id = _text()
    name = _text()
    kind = _text()
    lane = _text()
    version = fields.Nested(Pace, required=True, allow_none=True)
    beside = fields.Nested(Pace, required=True, allow_none=True)


class PaceSide(Shown):
    """How many instances of a version were read: the newest."""

    version = fields.Integer(required=True)
    instances = fields.Integer(required=True)
    more = fields.Boolean(required=True)


class PaceOut(Shown):
    """How a process is walked."""

    key = _text()
    name = _text()
    agreement = _text()
    sides = fields.List(fields.Nested(PaceSide), required=True)
    items = fields.List(fields.Nested(PaceRow), required=True)


class DeadlineCount(Shown):
    """How many deadlines of one clause one party kept."""

    agreement = _text()
    clause = _text()
    text = _text()
    party = _text()
    local = fields.Boolean(required=True)
    kept = fields.Integer(required=True)
    late = fields.Integer(required=True)
    open = fields.Integer(required=True)
    overdue = fields.Integer(required=True, metadata={"description": "Of the open ones."})
    paused = fields.Integer(required=True)


class DeadlineReport(Shown):
    """Deadlines by clause and party, and all together."""

    items = fields.List(fields.Nested(DeadlineCount), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})
    totals = fields.Dict(required=True)


class StuckGroup(Shown):
    """How much is stuck for one reason."""

    reason = _text()
    count = fields.Integer(required=True)
    instances = fields.Integer(required=True)
    oldest = _moment()
    at_risk = fields.Integer(
        required=True, metadata={"description": "Legal dates that run there and are not past."}
    )


class StuckGroups(Shown):
    """What is stuck by reason, when that was looked for, and when a worker last beat."""

    items = fields.List(fields.Nested(StuckGroup), required=True)
    looked_at = _maybe_moment()
    beat_at = _maybe_moment()
    alive = fields.Integer(required=True)
    due_soon = fields.Integer(required=True)
    workers = fields.Integer(required=True)
    beating = fields.Integer(required=True)


class Moved(Shown):
    """What a step gave: where the instance stands and its open tasks."""

    instance = fields.Nested(Instance, required=True)
    tasks = fields.List(fields.Nested(TaskRow), required=True)
    warnings = _warnings()


class Changes(Shown):
    """What an operator's act changes."""

    tasks_opened = _rows("`{element, name, role, party}`")
    tasks_closed = _rows("`{id, element, name, role, party}`")
    deadlines = _rows(
        "`{element, clause, party, due_at, status, was}`; `was` is null for a new one"
    )
    timers = _rows("`{id, element, due_at, was}`; `due_at` is null where it waits no more")
    messages = _rows("`{name, title, to_party, to_pathway}`")
    left = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Elements where a token stood and none stands now."},
    )


class Operated(Shown):
    """What an operator did, or in a dry run would do."""

    instance = fields.Nested(Instance, required=True)
    changes = fields.Nested(Changes, required=True)
    dry_run = fields.Boolean(required=True)


class Handled(Shown):
    """What became of a message, or in a dry run would."""

    message = _id()
    name = _text(metadata={"description": "As which message it was heard."})
    heard_by = fields.List(fields.Integer(), required=True, metadata={"description": "Instances."})
    discarded = fields.Boolean(required=True)
    dry_run = fields.Boolean(required=True)


class Migrated(Shown):
    """What a move to another version gave, or in a dry run would give."""

    version = _id()
    can = fields.Boolean(required=True)
    reasons = _rows("`{why, process, element, name, sentence, blocks, accepted}`")
    asks = _texts(metadata={"description": "Names that the new version reads and was never told."})
    instance = fields.Nested(Instance, required=True, allow_none=True)
    changes = fields.Nested(Changes, required=True, allow_none=True)
    dry_run = fields.Boolean(required=True)


class Started(Made):
    """A started instance with its open tasks."""

    tasks = fields.List(fields.Nested(TaskRow), required=True)
    warnings = _warnings()


class Case(Shown):
    """A case, whole."""

    id = _id()
    agreement = _text()
    subject = _text(metadata={"description": "citizen, anonymous or agreement."})


class DocumentRow(Shown):
    """A document in a list: the version in force, else the newest that you know."""

    id = _id()
    case = _id()
    kind = _text(metadata={"description": "As the agreement names it: koordinationsplan, …"})
    title = _text()
    status = _text(
        metadata={
            "description": "udkast, afventer, afslaaet, i_kraft, udloebet, erstattet, bortfaldet or afloest."
        }
    )
    version = _id()
    valid_from = _maybe_moment()
    valid_to = _maybe_moment()
    answers = _rows("`{party, unit, unit_name, asked, sent_at, answer, answered_at, manner, by}`")


class Document(DocumentRow):
    """A document with its versions, newest first."""

    history = _rows(
        "Each as the row, with `number`, `sections` and `compared` (with the version before it)."
    )


DocumentList = _page(DocumentRow)


class Look(Shown):
    """One look or change, from the audit log."""

    at = _moment()
    what = _text(metadata={"description": "A code, such as `saw_case` or `completed`."})
    by = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "`{login, name}`; null: the machine."},
    )
    units = _texts(metadata={"description": "Where that person worked on the day."})
    on_behalf = fields.Dict(required=True, allow_none=True)
    case = fields.Integer(required=True, allow_none=True)
    instance = fields.Integer(required=True, allow_none=True)
    task = fields.Integer(required=True, allow_none=True)
    others = fields.Integer(
        required=True, metadata={"description": "How many others stood in the same list."}
    )
    facts = fields.Dict(required=True)


LookList = _page(Look)


class Action(Shown):
    """Something that you may start or report now."""

    id = _text()
    name = _text()
    clauses = _texts()
    form = fields.Raw(required=True, allow_none=True)


Actions = _page(Action)


class Happening(Shown):
    """One thing that happened."""

    at = _moment()
    what = _text()


Timeline = _page(Happening)


class Diagram(Shown):
    """A diagram and where it stands."""

    bpmn = _text(metadata={"description": "BPMN 2.0 XML."})
    tokens = _texts(metadata={"description": "Element ids that wait now."})
    done = _texts(metadata={"description": "Element ids that were passed."})
    text = fields.Raw(required=True, metadata={"description": "The same in words."})


class Unit(Shown):
    """An organisation's unit."""

    id = _id()
    name = _text()


UnitList = _page(Unit)


class Process(Shown):
    """A deployed process."""

    key = _text()
    name = _text()
    version = _id()


class ProcessInForce(Process):
    """A process in the version that is in force."""

    in_force_from = _moment()
    coming = _rows("`{version, in_force_from}` of those that are made for a day to come.")


ProcessList = _page(ProcessInForce)


class Timer(Shown):
    """A moment that an instance waits for."""

    id = _id()
    instance = _id()
    due_at = _moment()


TimerList = _page(Timer)


class Finding(Shown):
    """What lint says of an element."""

    file = _text()
    element = _text()
    rule = _text()
    severity = _text()
    message = _text()
    hint = _text()


FindingList = _page(Finding)


class Version(Process):
    """A deployed version of a process."""

    agreement = _text()
    at = _maybe_moment()
    note = _text()
    by = _maybe_text()
    approved_by = _maybe_text()
    deployment = _id()
    in_force_from = _moment()
    status = _text(metadata={"description": "`in_force`, `coming`, `past` or `called_off`."})
    called_off_at = _maybe_moment()
    called_off_by = _maybe_text()


VersionList = _page(Version)


class Change(Shown):
    """What differs between two versions."""

    what = _text(metadata={"description": "`added`, `removed`, `moved` or `changed`."})
    kind = _text()
    id = _text()
    name = _text()
    process = _text()
    properties = _rows("`{name, old, new}` of what changed; null where it was not, or is no more.")


ChangeList = _page(Change)


class DeployedOut(Shown):
    """What was deployed; nothing where nothing had changed."""

    id = fields.Integer(required=True, allow_none=True)
    versions = _rows("`{agreement, key, version}` of each pathway with a new version.")
    findings = _rows("What lint says of the folder.")
    begins_on = fields.Date(
        data_key="from",
        attribute="from",
        required=True,
        allow_none=True,
        metadata={"description": "The day that it is in force from; null: at once."},
    )
    replaced_on = _rows(
        "`{agreement, key, version, from}` of versions for a later day that have not what is deployed now."
    )


def deployed(done: Deployed) -> dict[str, Any]:
    """What a deployment came to, as `DeployedOut` shows it."""
    rows = [
        {"agreement": agreement, "key": key, "version": number}
        for (agreement, key), number in done.versions.items()
    ]
    later = [
        {"agreement": agreement, "key": key, "version": number, "from": day.isoformat()}
        for (agreement, key), (number, day) in done.replaced_on.items()
    ]
    return {
        "id": done.id, "versions": rows, "findings": list(done.findings), "from": done.begins_on,
        "replaced_on": later,
    }  # fmt: skip


class DraftKeysOut(Shown):
    """What became of a file from outside."""

    items = _rows("`{agreement, key}` of each draft.")
    scenarios = _rows(
        "`{key, name, beside}` of each test that was new or differed; it is kept at once. `beside`: the name that it "
        "came with, where a colleague's other test has that and stays; else null."
    )
    rewritten = _texts(
        metadata={"description": "Keys of pathways that say the same in files written otherwise."}
    )
    left = _rows(
        "`{path, why}` of what differs and was not taken; `why` is one of `settings shared elsewhere called unknown`."
    )


class SimulationOut(Shown):
    """What happened in a play."""

    title = _text()
    ok = fields.Boolean(required=True)
    problems = _texts()
    deadlines = _rows("As `stafet simulate --json` prints them.")
    tasks = _rows("Every task that was opened.")
    messages = _rows("Every message that was sent.")


class Draft(Shown):
    """A draft in a list."""

    agreement = _text()
    key = _text()
    name = _text()
    version = fields.Integer(required=True, metadata={"description": "The newest save."})
    base_version = fields.Integer(
        required=True, metadata={"description": "The version that it was drawn from; 0: none."}
    )
    status = _text(metadata={"description": "`untouched`, `editing` or `submitted`."})
    saved_by = _maybe_text()
    saved_at = _maybe_moment()
    note = _text(metadata={"description": "What was changed, and why."})
    answer = _text(metadata={"description": "Why it was sent back."})
    begins_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "The day that it is meant for."}
    )


DraftList = _page(Draft)


class DraftOut(Draft):
    """A pathway's draft."""

    may_approve = fields.Boolean(
        required=True, metadata={"description": "Whether it waits for you among others."}
    )
    bpmn = _text()
    in_force = fields.Integer(
        required=True, metadata={"description": "The version in force; 0: never."}
    )
    forms = fields.Dict(required=True, metadata={"description": "Form-js schemas by name."})
    decisions = fields.Dict(required=True, metadata={"description": "DMN by decision name."})


class WorklistOut(Shown):
    """What a diagram from another editor leaves to decide."""

    mapped = _texts(metadata={"description": "A sentence for each thing that was mapped."})
    items = _rows(
        "`{nth, element, name, message, hint, state, by, at}`; `state`: `open` may be ticked, `wrong` lint refuses, "
        "`ticked`, `settled` or `gone` are done."
    )
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)


class SavedOut(Shown):
    """A save."""

    version = _id()
    saved_at = _moment()
