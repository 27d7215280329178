"""Documents of a case: plans, agreements and minutes, with their versions and what the parties answered."""

from __future__ import annotations

from typing import Any

from flask import Response

import paper
from api.blueprint import BYTES, NUMBER, blueprint
from api.caller import actor, now, store
from api.outgoing import Document, DocumentList
from engine import queries

bp = blueprint("documents", "Plans, agreements and minutes: versions, answers, validity.")


@bp.get(f"/cases/<{NUMBER}:case_id>/documents")
@bp.response(200, DocumentList)
def of_case(case_id: int) -> dict[str, Any]:
    """List the documents of a case that you wrote or were sent."""
    return {"items": queries.documents(store(), actor(), case_id, now=now()), "next": None}


@bp.get(f"/documents/<{NUMBER}:document_id>")
@bp.response(200, Document)
def show(document_id: int) -> dict[str, Any]:
    """Show a document with its versions, each compared with the one before it."""
    return queries.document(store(), actor(), document_id, now=now())


@bp.get(f"/documents/<{NUMBER}:document_id>/versions/<{NUMBER}:number>.pdf")
@bp.response(200, BYTES, content_type="application/pdf")
def printed(document_id: int, number: int) -> Response:
    """Get a version as PDF."""
    found = queries.printed(store(), actor(), document_id, number, now=now())
    name = paper.file_name(found)
    return Response(
        paper.pdf(found, now()),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
