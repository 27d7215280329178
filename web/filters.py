"""How one looks at the inbox: the filter in its address, and filters that are kept and shared.

`chosen` is a dict of the address's own names, without what is not chosen:

    vis enhed aftale forloeb part frist

A search is never in it.  What is kept on the server has the engine's names (`engine.actions.filters`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import request, url_for

from engine import queries
from engine.calendar import COPENHAGEN
from engine.model import Actor
from web.sessions import now, store
from web.words import _

#: The address's names and the engine's.
_NAMES = {
    "vis": "view",
    "enhed": "unit",
    "aftale": "agreement",
    "forloeb": "pathway",
    "part": "party",
    "frist": "due",
}
VIEWS = ("mine", "roller", "alle", "ledige", "overskredet")
_LONGEST = 200


def chosen(me: Actor, asked: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the request asks for, or an address's `asked`; what is unknown is left out."""
    places = (request.form, request.args) if asked is None else (asked,)
    found = {
        key: next((one[key] for one in places if one.get(key)), "")[:_LONGEST] for key in _NAMES
    }
    found["vis"] = found["vis"] if found["vis"] in VIEWS else "mine"
    if found["enhed"] not in {str(unit) for unit in me.units}:
        found["enhed"] = ""
    if found["frist"] not in dues():
        found["frist"] = ""
    return {key: value for key, value in found.items() if value and "\0" not in value}


def dues() -> dict[str, str]:
    """What one may ask of a date, by its word in the address."""
    return {"idag": _("I dag"), "uge": _("De næste syv dage"), "uden": _("Uden dato")}


def wanted(picked: Mapping[str, str], at: datetime, **more: Any) -> queries.TaskFilter:
    """The query's filter; `more` are its other fields."""
    view = picked.get("vis")
    return queries.TaskFilter(
        assignee={"mine": "me", "ledige": "none"}.get(str(view)),
        takeable=True if view == "roller" else None,
        overdue=True if view == "overskredet" else None,
        unit=int(picked["enhed"]) if "enhed" in picked else None,
        agreement=picked.get("aftale"),
        pathway=picked.get("forloeb"),
        party=picked.get("part"),
        **_dates(picked.get("frist"), at),
        **more,
    )


def stored(picked: Mapping[str, str]) -> dict[str, str]:
    """The same by the engine's names, as it is kept."""
    return {_NAMES[key]: value for key, value in picked.items()}


def kept(me: Actor, picked: Mapping[str, str]) -> list[dict[str, Any]]:
    """The kept filters with their `address`, and whether each `is_on`."""
    found = []
    for one in queries.filters(store(), me, now=now()):
        back = {key: one["wanted"][name] for key, name in _NAMES.items() if name in one["wanted"]}
        address = url_for("web.inbox", **back)
        found.append({**one, "address": address, "is_on": back == dict(picked)})
    return found


def _dates(due: str | None, at: datetime) -> dict[str, Any]:
    today = at.astimezone(COPENHAGEN).replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"idag": 1, "uge": 7}.get(str(due))
    if days is not None:
        return {"due_after": today, "due_before": today + timedelta(days=days)}
    return {"dated": False} if due == "uden" else {}
