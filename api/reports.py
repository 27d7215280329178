"""Reports: counts of deadlines by clause and party, as JSON and as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Response

from api.blueprint import TEXT, blueprint
from api.caller import actor, now, store
from api.incoming import DeadlineReportIn
from api.outgoing import DeadlineReport
from engine import queries

bp = blueprint("reports", "How many deadlines were kept.")
COLUMNS = ("agreement", "clause", "text", "party", "local", *("kept", "late", "open", "overdue", "paused"))  # fmt: skip
#: A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@bp.get("/reports/deadlines")
@bp.arguments(DeadlineReportIn, location="query")
@bp.response(200, DeadlineReport)
def deadlines(query: dict[str, Any]) -> dict[str, Any]:
    """Count deadlines by clause and party."""
    found = queries.deadline_report(store(), actor(), queries.DeadlineReport(**query), now=now())
    return {**found, "next": None}


@bp.get("/reports/deadlines.csv")
@bp.arguments(DeadlineReportIn, location="query")
@bp.response(200, TEXT, content_type="text/csv")
def deadlines_csv(query: dict[str, Any]) -> Response:
    """Count deadlines by clause and party, as CSV in UTF-8 with semicolons."""
    found = queries.deadline_report(store(), actor(), queries.DeadlineReport(**query), now=now())
    named = {"Content-Disposition": 'attachment; filename="frister.csv"'}
    return Response(written(found["items"]), content_type="text/csv; charset=utf-8", headers=named)


def written(items: list[dict[str, Any]]) -> str:
    """The rows as CSV, with a mark that lets spreadsheets read æ, ø and å; nothing in it is a formula."""
    file = io.StringIO()
    rows = csv.writer(file, delimiter=";", lineterminator="\r\n")
    rows.writerow(COLUMNS)
    rows.writerows([_cell(item[name]) for name in COLUMNS] for item in items)
    return "\ufeff" + file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
