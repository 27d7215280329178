"""Batches: one act of an operator on all that is stuck for a cause, done by the workers."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from api.blueprint import NUMBER, blueprint
from api.caller import actor, now, store
from api.errors import said
from api.incoming import ListIn, ReasonIn, _one_of
from api.outgoing import Made, Shown, _id, _maybe_moment, _moment, _page, _rows, _text
from engine import actions, queries
from engine.actions.many import ACTS
from engine.stuck import REASONS

bp = blueprint("batches", "One act on all that is stuck for a cause.", scope="operate")


class BatchIn(ReasonIn):
    """What is done to which group."""

    act = _one_of(*ACTS, required=True)
    cause = _one_of(*REASONS, required=True)
    clock = _one_of(
        "runs", "stands", load_default="runs", metadata={"description": "Of a suspension."}
    )


class BatchListIn(ListIn):
    """Which batches."""

    cause = _one_of(*REASONS)
    runs = fields.Boolean(metadata={"description": "Only those that are not done, or that are."})


class UndoIn(ReasonIn):
    """Why it is taken back."""

    class Meta:
        """Nothing is rehearsed: what it would do stands in the batch."""

        exclude = ("dry_run",)


class Outlook(Shown):
    """What a batch would come to."""

    total = fields.Integer(required=True, metadata={"description": "Instances in the group."})
    looked = fields.Integer(required=True, metadata={"description": "The first, which were tried."})
    possible = fields.Integer(required=True, metadata={"description": "Of those that were tried."})
    impossible = _rows("`{code, sentence, count}`, the most frequent first")


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


class BatchReport(Batch):
    """A batch with what could not be done."""

    reason = _text()
    undone_by = fields.Integer(required=True, allow_none=True)
    may_undo = fields.Boolean(required=True)
    undoable = fields.Integer(
        required=True, metadata={"description": "Instances that stand as it left them."}
    )
    kept = _rows("`{code, sentence, count, instances}`; `instances` names the first")


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
    """Do the same to all that is stuck for a cause."""
    act, cause, dry = body["act"], body["cause"], body["dry_run"]
    actions.watch(store(), now=now())
    if dry:
        seen = actions.outlook(
            store(), actor(), act, cause, body["reason"], clock=body["clock"], now=now()
        )
        return _outlook(seen), 200
    number = actions.many(
        store(), actor(), act, cause, body["reason"], clock=body["clock"], now=now()
    )
    return {"id": number}


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
    """Take back a suspension of many, by another batch."""
    return {"id": actions.many_undo(store(), actor(), batch_id, body["reason"], now=now())}


def _outlook(seen: actions.Outlook) -> dict[str, Any]:
    rows = [
        {"code": code, "sentence": said(seen.sentences[code]), "count": count}
        for code, count in sorted(seen.impossible.items(), key=lambda each: -each[1])
    ]
    return {
        "total": seen.total, "looked": seen.looked, "possible": seen.possible, "impossible": rows,
    }  # fmt: skip
