"""What designers' requests may hold (`designs.py`)."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.bodies import LARGEST
from api.incoming import Truth, _asked_number, _data, _number, _text
from engine import sizes


class VersionsIn(Schema):
    """Whose versions; a shared part has a line of them in each agreement."""

    agreement = _text(60, metadata={"example": "midtjylland"})


class DiffIn(VersionsIn):
    """Which two versions."""

    old = _asked_number(data_key="from")
    new = _asked_number(data_key="to")


class LintTextIn(VersionsIn):
    """Where a diagram belongs; left out: only the diagram itself is judged."""

    key = _text(120, metadata={"example": "midtjylland-planrunde"})


class LintIn(LintTextIn):
    """A diagram, and what stands beside it; left out: as in the version in force."""

    bpmn = _text(sizes.DRAFT, required=True)
    forms = fields.Dict(keys=_text(120), values=_data())
    decisions = fields.Dict(keys=_text(120), values=_text(sizes.DRAFT))


class DeploymentIn(Schema):
    """Why it is deployed, and from which day it is in force."""

    begins_on = fields.Date(
        data_key="from",
        load_default=None,
        metadata={
            "description": "From 00:00 Danish time of this day; left out: at once.",
            "example": "2026-12-01",
        },
    )
    note = fields.String(
        load_default="",
        validate=validate.Length(max=500, error="The text is empty or too long."),
        metadata={"example": "Ny frist i punkt 4.4"},
    )


class DeployFilesIn(DeploymentIn):
    """A folder laid out as `processes/`."""

    files = fields.Dict(
        keys=_text(200),
        values=fields.String(),
        required=True,
        metadata={"description": "Each file's text by its path, as `midtjylland/agreement.toml`."},
    )


class DraftIn(Schema):
    """A pathway as it is being drawn; what is left out stays as it is, a form or table that is null is deleted."""

    bpmn = fields.String(load_default=None)
    forms = fields.Dict(keys=_text(120), values=fields.Dict(allow_none=True))
    decisions = fields.Dict(keys=_text(200), values=fields.String(allow_none=True))
    version = fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(min=0, max=LARGEST, error="The number is too small or too large."),
        metadata={"description": "The save that it was drawn from; 0 where there is no draft yet."},
    )


class MeantIn(Schema):
    """Which save is meant."""

    version = _number(
        required=True,
        metadata={
            "description": "The draft's `version` as it was looked at; where it moved, 409 with what it changes by now."
        },
    )


class ForDayIn(MeantIn):
    """Which save is meant, and from which day."""

    begins_on = fields.Date(
        data_key="from",
        load_default=None,
        metadata={"description": "From 00:00 Danish time of this day; left out: when approved."},
    )


class SubmitIn(ForDayIn):
    """What was changed, and from which day."""

    note = _text(500, required=True, metadata={"example": "Ny frist i punkt 4.4"})


class SendBackIn(MeantIn):
    """Why it goes back."""

    note = _text(500, required=True, metadata={"example": "Aftalen siger tre hverdage"})


class RestoreIn(Schema):
    """Which version comes back, and why."""

    agreement = _text(60, required=True, metadata={"example": "midtjylland"})
    version = _number(required=True)
    note = _text(500, required=True, metadata={"example": "Den nye frist holder ikke"})


class TickIn(Schema):
    """What is decided."""

    nth = fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(min=0, max=LARGEST, error="The number is too small or too large."),
        metadata={"description": "`nth` of an item."},
    )
    done = Truth(load_default=True)


class FolderIn(Schema):
    """Which pathway; left out: the whole agreement."""

    key = _text(120, metadata={"example": "midtjylland-planrunde"})


class FileIn(Schema):
    """What a diagram's file is called, where it is one and no zip."""

    name = _text(200, metadata={"example": "planrunde.bpmn"})
