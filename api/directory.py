"""What there is to choose from and to wait for: units, processes, timers."""

from __future__ import annotations

from typing import Any

from api.blueprint import blueprint
from api.caller import actor, now, store
from api.incoming import TimerListIn, UnitListIn
from api.outgoing import ProcessList, TimerList, UnitList
from engine import queries

bp = blueprint("directory", "Units, deployed processes, and the moments that instances wait for.")


@bp.get("/units")
@bp.arguments(UnitListIn, location="query")
@bp.response(200, UnitList)
def units(query: dict[str, Any]) -> dict[str, Any]:
    """List units, by the party that they can be."""
    found = queries.units(store(), actor(), query.get("agreement"), query.get("role"), now=now())
    return {"items": found, "next": None}


@bp.get("/processes")
@bp.response(200, ProcessList)
def processes() -> dict[str, Any]:
    """List the deployed processes in the version that is in force."""
    return {"items": queries.pathways(store(), actor(), now=now()), "next": None}


@bp.get("/timers")
@bp.arguments(TimerListIn, location="query")
@bp.response(200, TimerList)
def timers(query: dict[str, Any]) -> queries.Page:
    """List the moments that instances wait for, soonest first."""
    pathway = query.pop("pathway", None)
    return queries.timers(store(), actor(), **query, of=pathway, now=now())
