"""What an operator does to one instance or message: asked for, rehearsed, done and taken back (`changes.py`: told).

A subject is `{instance, ref, element}` (a row of `queries.causes` is one): `ref` names what the act hangs on
(`task:12`, `message:9`), `element` where.  The form's own names are those of `asked`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import request

from engine import actions, queries
from engine.calendar import COPENHAGEN
from engine.errors import Invalid, NotFound, StafetError
from engine.model import Actor
from web import causes
from web.sessions import now, store
from web.words import _

Json = dict[str, Any]
#: Acts that ask for a choice before anything can be rehearsed; a suspension and a migration have one already.
CHOOSING = ("give", "move", "amend", "suspend", "reschedule", "restart", "skip", "migrate")
_READY = ("suspend", "skip", "migrate")
#: Kinds of elements to which a token is moved.
STEPS = ("userTask", "manualTask", "task", "sendTask", "callActivity")


# ---- what is asked for -------------------------------------------------------------------
def asked(allowed: tuple[str, ...]) -> Json:
    """What the form says; the likeliest act where it says nothing."""
    given = request.form or request.args
    name = given.get("handling", "")
    texts = ("reason", "to", "source", "target", "name", "value", "timer", "due_at", "task")
    return {
        "act": name if name in allowed else allowed[0] if allowed else "",
        **{each: given.get(each, "") for each in texts},
        "clock": "stands" if given.get("clock") == "stands" else "runs",
        "accept": given.getlist("accept"),
    }


def begins_rehearsed(wanted: Mapping[str, Any]) -> bool:
    """Whether a page that has only been opened can tell what the act would change."""
    act, chosen = wanted["act"], wanted["target"] or wanted["due_at"]
    return act not in CHOOSING or act in _READY or bool(chosen)


def does() -> bool:
    """Whether the form is to be done, and not only rehearsed."""
    return request.form.get("do") == "do"


def do(me: Actor, subject: Mapping[str, Any], wanted: Json, *, dry: bool) -> Any:
    """Do it, or only say what it would do; raises what stands in the way."""
    return _ACTS[wanted["act"]](me, subject, wanted, dry)


def rehearsed(
    me: Actor, subject: Mapping[str, Any], wanted: Json
) -> tuple[Any, StafetError | None]:
    """What the act would change, before anybody has said why; or what stands in its way."""
    try:
        return do(me, subject, {**wanted, "reason": "–"}, dry=True), None
    except StafetError as exc:
        return None, exc


def choices(me: Actor, subject: Mapping[str, Any], wanted: Json, walk: Json | None) -> Json:
    """What the acts can be about: `tasks people steps sources timers versions`."""
    tasks = walk["tasks"] if walk else []
    number = task_of(subject, wanted, tasks)
    elements = {one["id"]: one for one in (walk["elements"] if walk else [])}
    open_ = {one["element"] for one in tasks}
    stands = [one for one in (walk["tokens"] if walk else ()) if one not in open_]
    return {
        "tasks": tasks,
        "task": number,
        "people": queries.able(store(), me, number, now=now()) if number else [],
        "steps": [one for one in elements.values() if one["kind"] in STEPS],
        "sources": [
            *((str(one["id"]), one["name"], one["party"]) for one in tasks),
            *((one, elements[one]["name"] if one in elements else one, "") for one in stands),
        ],
        "timers": walk["timers"] if walk else [],
    }


def task_of(subject: Mapping[str, Any], wanted: Mapping[str, Any], tasks: list[Json]) -> int | None:
    """The task that the act is about: the chosen one, else the subject's."""
    if _whole(wanted.get("task", "")) in [one["id"] for one in tasks]:
        return _whole(wanted["task"])
    if subject["ref"].startswith("task:"):
        return int(subject["ref"][5:])
    same = [one["id"] for one in tasks if one["element"] == subject["element"]]
    return same[0] if same else tasks[0]["id"] if len(tasks) == 1 else None


# ---- each --------------------------------------------------------------------------------
def _plain(verb: Callable[..., Any]) -> Callable[[Actor, Mapping[str, Any], Json, bool], Any]:
    def act(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
        return verb(store(), me, subject["instance"], wanted["reason"], dry_run=dry, now=now())

    return act


def _suspend(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    return actions.suspend(
        store(), me, subject["instance"], wanted["reason"], clock=wanted["clock"], dry_run=dry, now=now()
    )  # fmt: skip


def _give(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    tasks = queries.instance(store(), me, subject["instance"], now=now())["tasks"]
    number = task_of(subject, wanted, tasks)
    if number is None:
        raise Invalid(fields={"task": "This pathway has no open task with that number."})
    return actions.give(store(), me, number, wanted["to"], wanted["reason"], dry_run=dry, now=now())


def _move(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    source = _source(me, subject, wanted)
    return actions.move(
        store(), me, subject["instance"], source, wanted["target"], wanted["reason"], dry_run=dry, now=now()
    )  # fmt: skip


def _skip(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    source = _source(me, subject, wanted)
    return actions.skip(
        store(), me, subject["instance"], source, wanted["reason"], dry_run=dry, now=now()
    )


def _source(me: Actor, subject: Mapping[str, Any], wanted: Json) -> str | int:
    """The token that is meant: an open task, or what stands on an element."""
    if wanted["source"]:
        number = _whole(wanted["source"])
        return wanted["source"] if number is None else number
    walk = queries.instance(store(), me, subject["instance"], now=now())
    number = task_of(subject, wanted, walk["tasks"])
    first = walk["tasks"][0]["id"] if walk["tasks"] else next(iter(walk["tokens"]), "")
    return number or subject["element"] or first


def _restart(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    return actions.restart(
        store(), me, subject["instance"], wanted["target"], wanted["reason"], dry_run=dry, now=now()
    )  # fmt: skip


def _migrate(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    return actions.migrate(
        store(), me, subject["instance"], wanted["reason"], accept=wanted["accept"], dry_run=dry, now=now()
    )  # fmt: skip


def _amend(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    values = {wanted["name"].strip(): _value(wanted["value"])}
    return actions.amend(
        store(), me, subject["instance"], values, wanted["reason"], dry_run=dry, now=now()
    )


def _reschedule(me: Actor, _subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    number = _whole(wanted["timer"])
    if number is None:
        raise Invalid(fields={"timer": _("Vælg et tidspunkt.")})
    return actions.reschedule(
        store(), me, number, _moment(wanted["due_at"]), wanted["reason"], dry_run=dry, now=now()
    )


def _moment(text: str) -> datetime:
    """A moment as browsers send it, in Danish time."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as exc:
        said = _("Skriv dag og klokkeslæt som 2026-12-01 08:30.")
        raise Invalid(fields={"due_at": said}) from exc
    return found if found.tzinfo else found.replace(tzinfo=COPENHAGEN)


def _value(text: str) -> Any:
    """What was typed, as the diagram reads it: a number, ja or nej, else text."""
    plain = text.strip()
    if plain.lower() in ("ja", "nej", "true", "false"):
        return plain.lower() in ("ja", "true")
    try:
        return int(plain) if plain.lstrip("-").isdecimal() else float(plain.replace(",", "."))
    except ValueError:
        return plain or None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _deliver(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    return actions.deliver(store(), me, _letter(subject), wanted["reason"], dry_run=dry, now=now())


def _discard(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    return actions.discard(store(), me, _letter(subject), wanted["reason"], dry_run=dry, now=now())


def _letter(subject: Mapping[str, Any]) -> int:
    if not subject["ref"].startswith("message:"):
        raise NotFound
    return int(subject["ref"].removeprefix("message:"))


_ACTS: Mapping[str, Callable[[Actor, Mapping[str, Any], Json, bool], Any]] = {
    "retry": _plain(actions.retry), "remind": _plain(actions.remind), "resume": _plain(actions.resume),
    "cancel": _plain(actions.cancel), "suspend": _suspend, "give": _give, "move": _move, "skip": _skip,
    "restart": _restart, "migrate": _migrate, "amend": _amend, "reschedule": _reschedule,
    "deliver": _deliver, "discard": _discard,
}  # fmt: skip


# ---- taking back, and buttons -------------------------------------------------------------
def undoing(done: Any, wanted: Json) -> Json:
    """The form that takes the act back, as its address's query; empty where something has left, or nothing can."""
    changes = getattr(done, "changes", None)
    if changes is None or changes["messages"]:
        return {}
    act = wanted["act"]
    if act in ("suspend", "resume"):
        return {"fortryd": {"suspend": "resume", "resume": "suspend"}[act]}
    if act == "reschedule" and (moved := [row for row in changes["timers"] if row["was"]]):
        was = moved[0]["was"].astimezone(COPENHAGEN).strftime("%Y-%m-%dT%H:%M")
        return {"fortryd": act, "timer": wanted["timer"], "due_at": was}
    opened, closed = changes["tasks_opened"], changes["tasks_closed"]
    if act in ("move", "skip") and len(opened) == len(closed) == 1:
        return {"fortryd": "move", "source": opened[0]["element"], "target": closed[0]["element"]}
    return {}


def buttons(acts: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
    """The acts with title, hint and the button that does each."""
    return [(name, *causes.act(name)) for name in acts]
