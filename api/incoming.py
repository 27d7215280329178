"""What a request may hold, as marshmallow schemas: refused field by field, described in OpenAPI."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from api.bodies import LARGEST
from engine.actions.hand import LONGEST
from engine.bpmn.shapes import SUBJECTS
from engine.migrate import SOFT
from engine.model import GIVERS
from engine.stuck import REASONS

_HOME = ZoneInfo("Europe/Copenhagen")


class Truth(fields.Boolean):
    """true or false of a JSON body, as described: neither 0 nor "off", which would let a rehearsal be an act."""

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class AskedTruth(fields.Boolean):
    """true or false of an address: "off" or "0" would be no less a guess there than in a body."""

    truthy = {"true"}
    falsy = {"false"}


def _text(longest: int, **options: Any) -> fields.String:
    fits = validate.Length(min=1, max=longest, error="The text is empty or too long.")
    return fields.String(validate=fits, **options)


def _number(**options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=_between(1, LARGEST), **options)


def _asked_number(**options: Any) -> fields.Integer:
    return fields.Integer(validate=_between(1, LARGEST), **options)


def _between(low: int, high: int) -> validate.Range:
    return validate.Range(min=low, max=high, error="The number is too small or too large.")


def _one_of(*values: str, **options: Any) -> fields.String:
    known = validate.OneOf(values, error="This is none of the values that can be asked for.")
    return fields.String(validate=known, **options)


def _data(**options: Any) -> fields.Dict:
    return fields.Dict(keys=fields.String(), **options)


class CitizenIn(Schema):
    """The citizen of a new case."""

    cpr = _text(20, required=True, metadata={"example": "700378-1016"})
    name = _text(200, required=True, metadata={"example": "Signe Sørensen"})


class CaseIn(Schema):
    """A new case."""

    agreement = _text(60, required=True, metadata={"example": "midtjylland"})
    subject = _one_of(
        *SUBJECTS.values(),
        load_default="citizen",
        metadata={"description": "Whom it is about: `anonymous` and `agreement` have no citizen."},
    )
    citizen = fields.Nested(
        CitizenIn, metadata={"description": "Required where the case is about a citizen."}
    )
    parties = fields.Dict(
        keys=_text(120),
        values=_text(200),
        load_default=dict,
        metadata={"description": "Each party's unit by name; those that are left out are found."},
    )
    basis = _data(
        load_default=dict,
        metadata={
            "description": "Answers to the agreement's questions about who it is for, such as `kommune`."
        },
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _about(self, data: dict[str, Any], original: Any, **_options: Any) -> None:
        if not isinstance(original, dict):
            return
        subject = data.get("subject", "citizen")
        if subject == "citizen" and "citizen" not in original:
            raise ValidationError("Missing data for required field.", "citizen")
        if subject != "citizen" and "citizen" in original:
            raise ValidationError("A case that is about nobody has no citizen.", "citizen")


class ActionIn(Schema):
    """Something to start or report on a case."""

    action = _text(120, required=True, metadata={"description": "The `id` of an action."})
    data = _data(load_default=dict)


class AuditIn(Schema):
    """Whom a report of looks and changes is about: one of the two.  Never a CPR number: addresses are kept in logs."""

    citizen = _asked_number(metadata={"description": "A citizen's number."})
    case = _asked_number(metadata={"description": "One of the citizen's cases."})
    after = _text(500)
    limit = fields.Integer(load_default=50, validate=_between(1, 200))


class InstanceIn(Schema):
    """A pathway to start."""

    pathway = _text(120, required=True, metadata={"example": "planrunde"})
    data = _data(load_default=dict, metadata={"description": "The start form's answers."})


class AnswersIn(Schema):
    """A form's answers: dates as ISO text."""

    data = _data(required=True)


class HalfIn(AnswersIn):
    """Half-filled answers, and which draft they were written on."""

    after = fields.AwareDateTime(
        format="iso", default_timezone=_HOME, allow_none=True,
        metadata={
            "description": "`draft_mark` of the task as it was read; where another draft is kept by now, that stays"
            " (409 `draft_newer`). Left out: kept over whatever is there."
        },
    )  # fmt: skip


class DelegateIn(Schema):
    """Who shall have the task."""

    to = _text(80, required=True, metadata={"description": "A colleague's login."})
    note = fields.String(
        validate=validate.Length(max=2_000, error="The text is empty or too long."),
        load_default="",
        metadata={"description": "Goes with the task; kept encrypted."},
    )


class MessageIn(Schema):
    """A message from outside."""

    name = _text(80, required=True, metadata={"example": "samtykke_trukket"})
    case = _number(required=True)
    data = _data(load_default=dict)
    id = _text(120, metadata={"description": "The sender's own id: a repeat changes nothing."})


class WithdrawalIn(Schema):
    """For whom a consent is taken back, and who says so."""

    parties = fields.List(
        _text(120),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Left out or empty: all of them."},
    )
    given_by = _one_of(*GIVERS, required=True)


class ReasonIn(Schema):
    """Why an operator does it."""

    reason = _text(
        LONGEST,
        required=True,
        metadata={"description": "Kept encrypted; no CPR number.", "example": "Startet to gange"},
    )
    dry_run = Truth(
        load_default=False,
        metadata={"description": "Only answer what would change."},
    )


class SeenIn(ReasonIn):
    """Why an operator does it, and what he saw."""

    seen = fields.Integer(
        strict=True,
        validate=_between(0, LARGEST),
        metadata={
            "description": "The instance's `version` that you decided by: 409 `instance_moved` where it moved since."
        },
    )


class GiveIn(SeenIn):
    """To whom a task is given."""

    to = _text(
        80, required=True, allow_none=True,
        metadata={"description": "A login; null: back to the unit.", "example": "laege"},
    )  # fmt: skip


class DeliverIn(ReasonIn):
    """Who is to hear a message."""

    to = fields.Integer(
        load_default=None, allow_none=True, strict=True,
        metadata={"description": "An instance of the case; null: all that wait for the message's name."},
    )  # fmt: skip
    name = _text(
        120, load_default=None, allow_none=True,
        metadata={"description": "As which message `to` hears it, where it waits for several."},
    )  # fmt: skip


class SuspendIn(SeenIn):
    """What an instance's clock does while it is suspended."""

    clock = _one_of(
        "runs",
        "stands",
        load_default="runs",
        metadata={"description": "`stands`: deadlines pause too, and durations lose no time."},
    )


class MoveIn(SeenIn):
    """Which token goes where."""

    source = _text(120, data_key="from", metadata={"description": "The element's id."})
    task = _number(metadata={"description": "An open task's, in place of `from`."})
    to = _text(120, required=True, metadata={"description": "The element's id."})


class SkipIn(SeenIn):
    """Which token goes past its element."""

    source = _text(120, data_key="from", metadata={"description": "The element's id."})
    task = _number(metadata={"description": "An open task's, in place of `from`."})


class RestartIn(SeenIn):
    """From where it goes on."""

    to = _text(120, required=True, metadata={"description": "The element's id."})


class MigrateIn(SeenIn):
    """Which version an instance moves to."""

    version = _number(metadata={"description": "Left out: the newest."})
    accept = fields.List(
        _one_of(*sorted(SOFT)),
        load_default=list,
        metadata={"description": "What may be, by the codes of a dry run's reasons."},
    )
    data = _data(load_default=dict, metadata={"description": "Values for what it `asks`."})


class AmendIn(SeenIn):
    """Values that the pathway decides by."""

    data = _data(required=True)


class RescheduleIn(SeenIn):
    """When a timer shall fire."""

    due_at = fields.AwareDateTime(format="iso", default_timezone=_HOME, required=True)


class ListIn(Schema):
    """Which part of a list."""

    limit = fields.Integer(load_default=50, validate=_between(1, 200))
    after = _text(500, metadata={"description": "The `next` of the page before."})


class TaskListIn(ListIn):
    """Which tasks."""

    state = _one_of("open", "completed", "cancelled", load_default="open")
    role = _text(120)
    unit = _asked_number()
    case = _asked_number()
    assignee = _text(80, metadata={"description": "A login, `me` or `none`."})
    takeable = AskedTruth(
        metadata={
            "description": "Nobody has it, and one of your roles in its unit may take it; or not."
        }
    )
    overdue = AskedTruth()
    due_before = fields.AwareDateTime(format="iso", default_timezone=_HOME)
    q = _text(200)
    sort = _one_of("due_at", "opened_at", "name")


class InstanceListIn(ListIn):
    """Which instances."""

    status = _one_of("running", "waiting", "suspended", "incident", "completed", "cancelled")
    stuck = AskedTruth()
    pathway = _text(120)
    case = _asked_number()
    agreement = _text(60)
    version = _asked_number(metadata={"description": "Of the pathway."})
    element = _text(120, metadata={"description": "A token stands there."})
    party = _text(120, metadata={"description": "Takes part."})
    reason = _one_of(*REASONS, metadata={"description": "Stuck for that."})
    since = fields.AwareDateTime(
        format="iso", default_timezone=_HOME, metadata={"description": "Has not moved since."}
    )


class TimerListIn(ListIn):
    """Which moments."""

    late = AskedTruth(metadata={"description": "Only what is due, or only the rest."})
    pathway = _text(120)


class UnmatchedListIn(ListIn):
    """Which messages."""

    name = _text(80)


class OutboxListIn(ListIn):
    """Which messages on their way."""

    failed = AskedTruth(metadata={"description": "Only what was tried in vain, or the rest."})


class StuckListIn(ListIn):
    """Which causes."""

    reason = _one_of(*REASONS)
    agreement = _text(60)
    pathway = _text(120)
    instance = _asked_number()


class PaceIn(Schema):
    """Of which version, beside which, and how far back the instances began."""

    agreement = _text(60, metadata={"example": "midtjylland"})
    version = _asked_number(metadata={"description": "Left out: the newest."})
    beside = _asked_number(metadata={"description": "Another version."})
    days = fields.Integer(
        validate=_between(1, 36500), metadata={"description": "Left out: whenever they began."}
    )


class DeadlineReportIn(Schema):
    """Which deadlines are counted."""

    agreement = _text(60)
    since = fields.Date(data_key="from", metadata={"description": "The first day due."})
    until = fields.Date(data_key="to", metadata={"description": "The last day due, included."})
    party = _text(120)
    local = AskedTruth(
        load_default=False,
        metadata={"description": "Also numbers that are not the agreement's own."},
    )


class UnitListIn(Schema):
    """Which units."""

    agreement = _text(60)
    role = _text(120, metadata={"description": "The party that the unit can be."})
