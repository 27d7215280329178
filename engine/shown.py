"""Rows as the API and the pages show them: one shape for what an action gives and what a query finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model import Json


def task_row(row: Mapping[Any, Any]) -> Json:
    """A task in a list.  `row` has the columns of `task`, and what is joined to it under these names:
    `assignee`, `assignee_name`, `unit_name`, `pathway_key`, `pathway_name`.
    """
    return {
        "id": row["id"],
        "name": row["name"],
        "element": row["element"],
        "process": row["process"],
        "role": row["lane"],
        "party": row["party"],
        "unit": row["unit_id"],
        "unit_name": row["unit_name"],
        "roles": row["roles"],
        "assignee": row["assignee"],
        "assignee_name": row["assignee_name"],
        "status": row["status"],
        "due_at": row["due_at"],
        "overdue_at": row["overdue_at"],
        "opened_at": row["opened_at"],
        "closed_at": row["closed_at"],
        "clauses": row["clauses"],
        "nth": row["nth"],
        "of": row["of"],
        "case": row["case_id"],
        "instance": row["instance_id"],
        "pathway": row["pathway_key"],
        "pathway_name": row["pathway_name"],
    }


def instance_row(row: Mapping[Any, Any]) -> Json:
    """An instance in a list.  `row` has the columns of `instance` and `agreement`, `pathway_key`,
    `pathway_name`, `pathway_version`.
    """
    return {
        "id": row["id"],
        "case": row["case_id"],
        "agreement": row["agreement"],
        "pathway": row["pathway_key"],
        "name": row["pathway_name"],
        "pathway_version": row["pathway_version"],
        "status": row["status"],
        "end_state": row["end_state"],
        "version": row["version"],
        "started_at": row["started_at"],
        "moved_at": row["moved_at"],
        "ended_at": row["ended_at"],
    }


def deadline_row(row: Mapping[Any, Any], status: str) -> Json:
    """A deadline.  `row` has the columns of `deadline` and `unit_name`; `status` is how it stands now."""
    return {
        "id": row["id"],
        "element": row["element"],
        "process": row["process"],
        "clause": row["clause"],
        "party": row["party"],
        "unit": row["unit_id"],
        "unit_name": row["unit_name"],
        "frist": row["frist"],
        "started_at": row["started_at"],
        "due_at": row["due_at"],
        "reminder_at": row["reminder_at"],
        "overdue_at": row["overdue_at"],
        "met_at": row["met_at"],
        "cancelled_at": row["cancelled_at"],
        "paused": row["paused"],
        "local": row["local"],
        "status": status,
        "task": row["task_id"],
        "case": row["case_id"],
        "instance": row["instance_id"],
    }
