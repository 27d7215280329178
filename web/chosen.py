"""One act on the instances that an operator chose: ticked in the list, or all that its filter finds.

Which they are goes along in the form, so what was rehearsed is what is begun; the list's filter is only the way back.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.actions.chosen import CHOSEN, MOST
from engine.errors import Invalid, NotFound, StafetError
from engine.model import Actor
from web import acts, batches, causes, found, frist, walks
from web.errors import sentence
from web.listing import operator
from web.sessions import now, safe, store
from web.words import _, ngettext

Json = dict[str, Any]
_PAGE = "/drift/forloeb/valgte"
#: The acts that must be told something, and the fields in which that is said.
_ASKED = {
    "reschedule": ("element", "when", "due_at", "days", "hours"),
    "move": ("source", "target"),
    "restart": ("target",),
    "amend": ("name", "value"),
}
#: Those that name a step or a value, and so are done to pathways of one version.
_OF_ONE = ("move", "restart", "amend")


def add_to(pages: Blueprint) -> None:
    """The page; it has no address of its own to come back to, for no address holds 10,000 numbers."""
    pages.add_url_rule(_PAGE, "chosen", _back)
    pages.add_url_rule(_PAGE, "act_on_chosen", _act, methods=["POST"])


def _back() -> Response:
    operator()
    return redirect(url_for("web.drift_forloeb"))


def _act() -> Response | str | tuple[str, int]:
    me, act = operator(), request.form.get("handling", "")
    if act not in ("", *causes.MANY[CHOSEN]):
        raise NotFound
    try:
        ids = _ids(me)
    except StafetError as exc:
        if exc.status in (403, 404):
            raise
        return _page(me, act, [], None, exc), exc.status
    if request.form.get("do") == "do" and not _changed(act):
        return _begun(me, act, ids)
    return _rehearsed(me, act, ids)


def _rehearsed(me: Actor, act: str, ids: list[int]) -> str | tuple[str, int]:
    """What would become of them, once everything is said that the act must be told."""
    if not act or (act in _ASKED and not request.form.get("do")):
        return _page(me, act, ids, None)
    try:
        seen = _seen(me, act, ids)
    except StafetError as exc:
        return _page(me, act, ids, None, exc), exc.status
    return _page(me, act, ids, seen)


def _begun(me: Actor, act: str, ids: list[int]) -> Response | tuple[str, int]:
    why = request.form.get("reason", "")
    try:
        number = actions.many(store(), me, act, CHOSEN, why, **_how(act, ids))
    except StafetError as exc:
        only = set(exc.fields) == {"reason"}
        return _page(me, act, ids, _seen(me, act, ids) if only else None, exc), exc.status
    return redirect(url_for("web.batch", batch_id=number))


def _ids(me: Actor) -> list[int]:
    """Those that were ticked, or that the list's filter finds; raises `Invalid`."""
    given = request.form
    if given.get("alle"):
        wanted = queries.InstanceFilter(**found.wanted())
        ids = queries.numbers(store(), me, wanted, MOST, now=now())
    else:
        typed = ",".join(given.getlist("valgt")).split(",")
        ids = [int(one) for one in typed if one.isascii() and one.isdecimal() and len(one) < 16]
    if not ids:
        raise Invalid(fields={"ids": _("Sæt kryds ved de forløb, det gælder.")})
    if len(ids) > MOST:
        raise Invalid(fields={"ids": _("Der er flere end 10.000. Vælg færre med et filter.")})
    return sorted(set(ids))


def _seen(me: Actor, act: str, ids: list[int]) -> actions.Outlook:
    return actions.outlook(store(), me, act, CHOSEN, **_how(act, ids))


def _how(act: str, ids: list[int]) -> Json:
    return {"clock": batches.clock(), "what": _what(act), "ids": ids, "now": now()}


# ---- what an act is told -----------------------------------------------------------------
def _typed(act: str) -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in _ASKED.get(act, ())}


def _set(act: str) -> str:
    """What was typed as one text."""
    return json.dumps(list(_typed(act).values()))


def _changed(act: str) -> bool:
    """Whether something else was typed than what was rehearsed: only that is begun."""
    return act in _ASKED and request.form.get("set") != _set(act)


def _what(act: str) -> Json:
    """What the act is told; raises `Invalid` for what cannot be read."""
    typed = _typed(act)
    if act == "amend":
        return {"values": {typed["name"]: acts.read_value(typed["value"])} if typed["name"] else {}}
    if act != "reschedule":
        return typed
    if typed["when"] == "by":
        later = {name: _whole(name, typed[name] or "0") for name in ("days", "hours")}
        return {"element": typed["element"], **later}
    return {"element": typed["element"], "due_at": acts.moment(typed["due_at"])}


def _whole(name: str, text: str) -> int:
    try:
        return int(text[:9])
    except ValueError:
        raise Invalid(fields={name: _("Skriv et helt tal.")}) from None


def _page(
    me: Actor,
    act: str,
    ids: list[int],
    seen: actions.Outlook | None,
    refused: StafetError | None = None,
) -> str:
    what = queries.chosen(store(), me, ids, now=now())
    said = refused.fields if refused else {}
    # What is wrong with a value is told at its name, whatever it is called.
    fields = {key.replace("values", "name").split(".")[0]: text for key, text in said.items()}
    return render_template(
        "chosen.html",
        section="operations",
        ids=",".join(map(str, ids)),
        title=_title(what),
        ended=what["ended"],
        act=act,
        acts=[(name, *causes.many(name)) for name in causes.MANY[CHOSEN]],
        button=causes.many_button(act, len(ids)) if act else "",
        asked=_typed(act),
        set=_set(act),
        changed=request.form.get("do") == "do" and _changed(act),
        places=[(one["element"], _place(one, what["names"])) for one in what["timers"]],
        reads=[(name, name) for name in what["reads"]],
        several=act in _OF_ONE and len(what["versions"]) > 1,
        steps=[(one["id"], walks.place(one)) for one in what["steps"] if one["kind"] in acts.STEPS],
        stands=[(one["element"], _stand(one, what["names"])) for one in what["tokens"]],
        back=safe(request.form.get("next") or url_for("web.drift_forloeb")),
        clock=batches.clock(),
        why=request.form.get("reason", ""),
        seen=seen,
        possible=batches.possible(seen) if seen else "",
        impossible=batches.kept(seen) if seen else [],
        each=batches.each(seen, what["names"]) if seen else [],
        problems={name: _(text) for name, text in fields.items()},
        refused=sentence(refused) if refused and not fields else "",
    )


def _place(one: Json, names: dict[str, str]) -> str:
    """Where timers wait, in how many, and the first of them."""
    when = frist.day_and_clock(one["soonest"], now())
    return ngettext(
        "%(name)s (%(num)s tidspunkt, %(when)s)",
        "%(name)s (%(num)s tidspunkter, det første %(when)s)",
        one["count"], name=names.get(one["element"], one["element"]), when=when,
    )  # fmt: skip


def _stand(one: Json, names: dict[str, str]) -> str:
    """Where some stand, and how many."""
    name = names.get(one["element"], one["element"])
    return ngettext(
        "%(name)s (%(num)s forløb)", "%(name)s (%(num)s forløb)", one["count"], name=name
    )


def _title(what: Json) -> str:
    """How many, and of which pathway where they are all of one."""
    if len(what["versions"]) == 1:
        (one,) = what["versions"]
        return ngettext(
            "%(num)s valgt forløb: %(name)s, udgave %(version)s",
            "%(num)s valgte forløb: %(name)s, udgave %(version)s",
            what["total"], name=one["name"], version=one["version"],
        )  # fmt: skip
    return ngettext("%(num)s valgt forløb", "%(num)s valgte forløb", what["total"])
