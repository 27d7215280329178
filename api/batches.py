"""Batches: one act of an operator on all that is stuck for a cause, or on those he chose, done by the workers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from api.blueprint import NUMBER, blueprint
from api.bodies import LARGEST
from api.caller import actor, now, store
from api.errors import said
from api.incoming import _HOME, AskedTruth, ListIn, ReasonIn, _between, _number, _one_of
from api.incoming import _text as _text_in
from api.outgoing import Changes, Made, Shown, _id, _maybe_moment, _moment, _page, _rows, _text
from engine import actions, queries
from engine.actions.chosen import CHOSEN, MOST
from engine.actions.many import BEGUN
from engine.migrate import SOFT
from engine.stuck import REASONS

#: So many are tried in one request: some seconds' work.
TRIED = 100
bp = blueprint(
    "batches",
    "One act on all that is stuck for a cause, or on those that were chosen.",
    scope="operate",
)


class WhatIn(Schema):
    """What an act is told beside whom it is done to."""

    element = _text_in(200, metadata={"description": "Of `reschedule`: where the timers wait."})
    due_at = fields.AwareDateTime(
        format="iso",
        default_timezone=_HOME,
        metadata={"description": "Of `reschedule`: the moment; else `days` and `hours` later."},
    )
    source = _text_in(200, metadata={"description": "Of `move`: the element where they stand."})
    target = _text_in(
        200, metadata={"description": "Of `move` and `restart`: the element to go on from."}
    )
    values = fields.Dict(
        keys=fields.String(),
        metadata={
            "description": "Of `amend`: names that the pathway decides by, and what they are to be."
        },
    )
    days = fields.Integer(strict=True, validate=_between(-3650, 3650))
    hours = fields.Integer(strict=True, validate=_between(-87_600, 87_600))


class BatchIn(ReasonIn):
    """What is done to which group: to all that is stuck for `cause`, or to the instances `ids`."""

    act = _one_of(
        *BEGUN,
        required=True,
        metadata={"description": "`deliver` and `discard` are for messages (`undeliverable`)."},
    )
    cause = _one_of(*REASONS)
    ids = fields.List(
        _number(),
        load_default=list,
        validate=validate.Length(max=MOST, error="Choose at most 10,000 pathways at a time."),
        metadata={"description": "Instances, in place of a cause; at most 10,000."},
    )
    clock = _one_of(
        "runs", "stands", load_default="runs", metadata={"description": "Of a suspension."}
    )
    to = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=120),
        metadata={"description": "Of `give`: the login of whom the tasks are given to."},
    )
    what = fields.Nested(WhatIn, load_default=dict)


class BatchListIn(ListIn):
    """Which batches."""

    cause = _one_of(*REASONS, CHOSEN)
    runs = AskedTruth(metadata={"description": "Only those that are not done, or that are."})


class UndoIn(ReasonIn):
    """Why it is taken back."""

    class Meta:
        """Nothing is rehearsed: what it would do stands in the batch."""

        exclude = ("dry_run",)


class MigrateAllIn(ReasonIn):
    """Which running instances move to which version."""

    agreement = _text_in(60, required=True, metadata={"example": "midtjylland"})
    version = _number(metadata={"description": "Left out: the version in force."})
    accept = fields.List(
        _one_of(*sorted(SOFT)),
        load_default=list,
        metadata={"description": "What may be, by the codes of a dry run's reasons."},
    )
    after = fields.Integer(
        strict=True,
        load_default=0,
        validate=_between(0, LARGEST),
        metadata={"description": "Of a dry run: the `next` of the one before it."},
    )


class MoveReport(Shown):
    """What of the next instances could move."""

    agreement = _text()
    pathway = _text()
    version = _id()
    moved = fields.Integer(required=True, metadata={"description": "Of these, that could."})
    stays = fields.Integer(required=True)
    kept = _rows(
        "`{why, process, element, name, sentence, blocks, instances}` for each reason and element"
    )
    there = fields.Integer(required=True, metadata={"description": "Running in the version now."})
    left = fields.Integer(required=True, metadata={"description": "Running in other versions."})
    next = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Give this as `after` to try the ones that follow; null: none."},
    )


class Tried(Shown):
    """What one of a group would come to."""

    instance = fields.Integer(required=True, allow_none=True)
    message = fields.Integer(required=True, allow_none=True)
    code = _text(metadata={"description": "Empty where it can be done."})
    sentence = _text()
    changes = fields.Nested(Changes, required=True, allow_none=True)


class Outlook(Shown):
    """What a batch would come to."""

    total = fields.Integer(
        required=True, metadata={"description": "Instances, or messages, in the group."}
    )
    looked = fields.Integer(required=True, metadata={"description": "The first, which were tried."})
    possible = fields.Integer(required=True, metadata={"description": "Of those that were tried."})
    impossible = _rows("`{code, sentence, count}`, the most frequent first")
    each = fields.List(
        fields.Nested(Tried), required=True, metadata={"description": "Those that were tried."}
    )


class Batch(Shown):
    """How far a batch is."""

    id = _id()
    act = _text()
    cause = _text()
    clock = _text()
    at = _moment()
    by = _text()
    total = fields.Integer(required=True)
    done = fields.Integer(required=True)
    impossible = fields.Integer(required=True)
    left = fields.Integer(required=True)
    done_at = _maybe_moment()
    undoes = fields.Integer(required=True, allow_none=True)
    goes = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "Of a move: `{agreement, key, name, version}` that it goes to."},
    )
    to = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The login of whom the tasks are given to."},
    )
    told = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "What else the act was told, as in `what`."},
    )


class BatchReport(Batch):
    """A batch with what could not be done."""

    reason = _text()
    values = fields.Dict(required=True, metadata={"description": "Of a correction: what was set."})
    undone_by = fields.Integer(required=True, allow_none=True)
    may_undo = fields.Boolean(required=True)
    undoable = fields.Integer(
        required=True, metadata={"description": "Instances or messages that stand as it left them."}
    )
    kept = _rows(
        "`{code, sentence, element, count, instances, messages}`; the last two name the first"
    )


BatchList = _page(Batch)


@bp.get("/batches")
@bp.arguments(BatchListIn, location="query")
@bp.response(200, BatchList)
def find(query: dict[str, Any]) -> queries.Page:
    """List what operators did to many at once, the newest first."""
    return queries.batches(store(), actor(), **query, now=now())


@bp.post("/batches")
@bp.arguments(BatchIn)
@bp.response(201, Made)
@bp.alt_response(200, schema=Outlook, description="A dry run: what it would come to.")
def begin(body: dict[str, Any]) -> Any:
    """Do the same to all that is stuck for a cause, or to the instances that are named."""
    act, cause, dry = body["act"], body.get("cause", CHOSEN), body["dry_run"]
    how = {"clock": body["clock"], "to": body["to"], "what": body["what"], "ids": body["ids"]}
    actions.watch(store(), now=now())
    if dry:
        seen = actions.outlook(store(), actor(), act, cause, body["reason"], **how, now=now())
        return _outlook(seen), 200
    number = actions.many(store(), actor(), act, cause, body["reason"], **how, now=now())
    return {"id": number}


@bp.post("/processes/<string:key>/migrate")
@bp.arguments(MigrateAllIn)
@bp.response(201, Made)
@bp.alt_response(200, schema=MoveReport, description="A dry run of the next 100.")
def migrate_all(body: dict[str, Any], key: str) -> Any:
    """Move all running instances of a pathway to a version of it; workers do it, and the batch tells how far."""
    dry, after = body.pop("dry_run"), body.pop("after")
    place = (store(), actor(), body.pop("agreement"), key, body.pop("reason"))
    if not dry:
        return {"id": actions.migrate_all(*place, **body, now=now())}
    body |= {"dry_run": True, "after": after, "limit": TRIED}
    report = asdict(actions.migrate_some(*place, **body, now=now()))
    return {**report, "kept": [{**r, "sentence": said(r["sentence"])} for r in report["kept"]]}, 200


@bp.get(f"/batches/<{NUMBER}:batch_id>")
@bp.response(200, BatchReport)
def show(batch_id: int) -> dict[str, Any]:
    """Show how far a batch is, and why some could not be done."""
    found = queries.batch_of(store(), actor(), batch_id, now=now())
    kept = [{**each, "sentence": said(each["sentence"])} for each in found["kept"]]
    return {**found, "kept": kept}


@bp.post(f"/batches/<{NUMBER}:batch_id>/undo")
@bp.arguments(UndoIn)
@bp.response(201, Made)
def undo(body: dict[str, Any], batch_id: int) -> dict[str, Any]:
    """Take back a suspension of many, or that messages were put aside, by another batch."""
    return {"id": actions.many_undo(store(), actor(), batch_id, body["reason"], now=now())}


def _outlook(seen: actions.Outlook) -> dict[str, Any]:
    rows = [
        {"code": code, "sentence": said(seen.sentences[code]), "count": count}
        for code, count in sorted(seen.impossible.items(), key=lambda each: -each[1])
    ]
    return {
        "total": seen.total, "looked": seen.looked, "possible": seen.possible, "impossible": rows,
        "each": [
            {**one, "sentence": said(one["sentence"]), "changes": one["changes"] or None} for one in seen.each
        ],
    }  # fmt: skip
