"""Instances by any filter, for operators: the filter stands in the address, and an operator keeps his own."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.calendar import COPENHAGEN
from engine.errors import Conflict, Invalid
from engine.model import Actor
from engine.stuck import REASONS
from web import acts, causes, frist, terms
from web.errors import sentence
from web.listing import PAGE, after, joined, operator, page, select
from web.sessions import now, store
from web.words import _

Json = dict[str, Any]
#: The names of the filter of instances: the address's, and the engine's.
_NAMES = {
    "aftale": "agreement", "forloeb": "pathway", "udgave": "version", "status": "status", "trin": "element",
    "part": "party", "aarsag": "reason", "siden": "since",
}  # fmt: skip
_LONGEST = 120


def add_to(pages: Blueprint) -> None:
    """The list, and an operator's own filters of it."""
    pages.add_url_rule("/drift/forloeb", "drift_forloeb", _instances)
    pages.add_url_rule("/drift/filtre", "keep_drift_filter", _keep, methods=["POST"])


# ---- instances ---------------------------------------------------------------------------
def _instances() -> str:
    me = operator()
    actions.watch(store(), now=now())
    chosen = _chosen()
    asked = queries.InstanceFilter(**_wanted(chosen), limit=PAGE, after=after())
    found = queries.instances(store(), me, asked, now=now())
    stuck = queries.reasons(store(), me, [one["id"] for one in found.items], now=now())
    stands = queries.stands(store(), me, [one["id"] for one in found.items], now=now())
    rows = [
        {
            "href": url_for("web.walk", instance_id=one["id"]),
            "title": one["name"],
            "note": joined(
                _("forløb %(number)s", number=one["id"]),
                _("sag %(number)s", number=one["case"]),
                _("udgave %(version)s", version=one["pathway_version"]),
                *(causes.title(reason) for reason in stuck.get(one["id"], ())),
                _("står ved %(steps)s", steps=", ".join(f"»{name}«" for name in there[:3]))
                if (there := stands.get(one["id"]))
                else "",
            ),
            "aside": joined(
                terms.standing(one, now()),
                ""
                if one["ended_at"]
                else _("rørt %(when)s", when=frist.day_and_clock(one["moved_at"], now())),
            ),
            "mark": "over" if one["id"] in stuck else "",
            "pick": "" if one["ended_at"] else one["id"],
        }
        for one in found.items
    ]
    return page(
        "forloeb",
        _("Forløb"),
        _("Alle forløb, det senest rørte først. Borgerens navn vises ikke i drift."),
        rows,
        found.next,
        looked=found.looked,
        filters=_fields(me, chosen),
        chosen=chosen,
        kept=_kept(me, chosen),
        keeps=True,
        picks=url_for("web.act_on_chosen"),
        empty=(_("Ingen forløb passer"), _("Fjern et filter, eller vælg noget andet.")),
    )


def wanted() -> Json:
    """The filter of the address or the form, in the engine's words."""
    return _wanted(_chosen())


def _chosen() -> dict[str, str]:
    """What the address asks for; what cannot be asked for is left out."""
    given = {key: request.values.get(key, "").strip()[:_LONGEST] for key in _NAMES}
    given["status"] = given["status"] if given["status"] in _statuses() else ""
    given["aarsag"] = given["aarsag"] if given["aarsag"] in (*REASONS, "alle") else ""
    given["udgave"] = given["udgave"] if _version(given["udgave"]) else ""
    given["siden"] = given["siden"] if _day(given["siden"]) else ""
    return {key: value for key, value in given.items() if value and "\0" not in value}


def _wanted(chosen: dict[str, str]) -> Json:
    found: Json = {_NAMES[key]: value for key, value in chosen.items()}
    if found.get("reason") == "alle":
        del found["reason"]
        found["stuck"] = True
    if "version" in found:
        found["version"] = int(found["version"])
    if (day := _day(found.get("since", ""))) is not None:
        found["since"] = datetime.combine(day, time.max, COPENHAGEN)
    return found


def _version(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _statuses() -> dict[str, str]:
    return {
        "running": _("I gang"),
        "waiting": _("Venter"),
        "suspended": _("På pause"),
        "incident": _("Fejlet"),
        "completed": _("Sluttet"),
        "cancelled": _("Stoppet"),
    }


def _fields(me: Actor, chosen: dict[str, str]) -> list[Json]:
    known = queries.pathways(store(), me, now=now())
    agreements = {one["agreement"]: one["agreement_title"] for one in known}
    parties = {
        party["name"]
        for agreement in queries.agreements(store(), me, now=now())
        for party in agreement["parties"]
    }
    mine = [one for one in known if chosen.get("aftale") in (None, one["agreement"])]
    drawn = next((one["id"] for one in mine if one["key"] == chosen.get("forloeb")), None)
    steps = queries.pathway(store(), me, drawn, now=now()).elements if drawn else {}
    return [
        select("aftale", _("Aftale"), _by_name(agreements), chosen),
        select("forloeb", _("Forløb"), _by_name({one["key"]: one["name"] for one in mine}), chosen),
        select(
            "trin",
            _("Står på trinnet"),
            [(one.id, one.name) for one in steps.values() if one.kind in acts.STEPS]
            or [(each, each) for each in (chosen.get("trin"),) if each],
            chosen,
        ),
        select("status", _("Status"), list(_statuses().items()), chosen),
        select(
            "aarsag",
            _("Sidder fast"),
            [("alle", _("Af en eller anden grund")), *((one, causes.title(one)) for one in REASONS)],
            chosen,
        ),
        select("part", _("Part"), [(one, one) for one in sorted(parties)], chosen),
        {"name": "udgave", "label": _("Udgave"), "kind": "number", "value": chosen.get("udgave", "")},
        {"name": "siden", "label": _("Ikke rørt siden"), "kind": "date", "value": chosen.get("siden", "")},
    ]  # fmt: skip


def _by_name(found: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(found.items(), key=lambda each: (each[1].casefold(), each[0]))


# ---- kept filters ------------------------------------------------------------------------
def _kept(me: Actor, chosen: dict[str, str]) -> list[Json]:
    found = []
    for one in queries.filters(store(), me, page="instances", now=now()):
        back = {key: one["wanted"][name] for key, name in _NAMES.items() if name in one["wanted"]}
        address = url_for("web.drift_forloeb", **back)
        found.append({**one, "address": address, "is_on": back == chosen})
    return found


def _keep() -> Response:
    me, chosen = operator(), _chosen()
    said: Json = {_NAMES[key]: value for key, value in chosen.items()}
    more: dict[str, Any] = dict(chosen)
    name = request.form.get("navn", "")
    try:
        actions.keep_filter(store(), me, name, said, page="instances", now=now())
    except (Invalid, Conflict) as exc:
        problem = next(iter(exc.fields.values()), "")
        more["fejl"] = _(problem) if problem else sentence(exc)
    return redirect(url_for("web.drift_forloeb", **more))
