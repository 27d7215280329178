"""What an operator does to one instance or message: asked for, rehearsed, done and taken back (`changes.py`: told).

A subject is `{instance, ref, element}` (a row of `queries.causes` is one): `ref` names what the act hangs on
(`task:12`, `message:9`), `element` where, and `letter` is the message as `queries.unmatched_one` gives it.  The
form's own names are those of `asked`.
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
#: Who holds a task that nobody holds, in the form.
NOBODY = "-"
_READY = ("suspend", "skip", "migrate")
#: Kinds of elements to which a token is moved.
STEPS = ("userTask", "manualTask", "task", "sendTask", "callActivity")


# ---- what is asked for -------------------------------------------------------------------
def asked(allowed: tuple[str, ...]) -> Json:
    """What the form says; the likeliest act where it says nothing."""
    given = request.form or request.args
    name = given.get("handling", "")
    texts = ("reason", "to", "source", "target", "name", "value", "timer", "due_at", "task", "seen")
    return {
        "act": name if name in allowed else allowed[0] if allowed else "",
        **{each: given.get(each, "") for each in texts},
        "clock": "stands" if given.get("clock") == "stands" else "runs",
        "accept": given.getlist("accept"),
    }


def begins_rehearsed(wanted: Mapping[str, Any], letter: Json | None = None) -> bool:
    """Whether a page that has only been opened can tell what the act (on this message) would change."""
    act, chosen = (
        wanted["act"],
        wanted["target"] or wanted["due_at"] or wanted["to"] or wanted["name"],
    )
    if act == "deliver" and not wanted["target"]:
        return not letter or any(one["fits"] for one in letter["near"])
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
    letter = subject.get("letter")
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
        "hearers": _hearers(letter) if letter else [],
    }


def letter_of(me: Actor, subject: Mapping[str, Any]) -> Json | None:
    """The message that the act is about, where it is about one that is still there."""
    if not subject["ref"].startswith("message:"):
        return None
    try:
        return queries.unmatched_one(store(), me, _letter(subject), now=now())
    except NotFound:
        return None


def of_letter(letter: Json | None) -> tuple[str, ...]:
    """What fits a message that nobody waited for, the likeliest first."""
    if letter is None:
        return ("discard",)
    if letter["handled"]:
        return ("put_back",) if letter["handled"]["aside"] else ()
    if any(one["fits"] for one in letter["near"]):
        return ("deliver", "discard")
    return ("discard", "deliver") if letter["near"] else ("discard",)


def _hearers(letter: Json) -> list[tuple[str, str]]:
    """Who can be told of a message: all that wait for its name, or one of the case, as what it waits for."""
    fits = [one for one in letter["near"] if one["fits"]]
    everybody = [("", _("Alle, der venter på den"))] if fits else []
    return everybody + [
        (f"{one['instance']}:{name}", _hearer(one, name)) for one in letter["near"] for name in one["awaits"]
    ]  # fmt: skip


def _hearer(one: Json, name: str) -> str:
    facts = {"pathway": one["pathway_name"], "number": one["instance"], "name": name}
    return _("%(pathway)s, forløb %(number)s, som »%(name)s«", **facts)


def task_of(subject: Mapping[str, Any], wanted: Mapping[str, Any], tasks: list[Json]) -> int | None:
    """The task that the act is about: the chosen one, else the subject's."""
    if _whole(wanted.get("task", "")) in [one["id"] for one in tasks]:
        return _whole(wanted["task"])
    if subject["ref"].startswith("task:"):
        return int(subject["ref"][5:])
    same = [one["id"] for one in tasks if one["element"] == subject["element"]]
    return same[0] if same else tasks[0]["id"] if len(tasks) == 1 else None


# ---- each --------------------------------------------------------------------------------
def _how(wanted: Mapping[str, Any], dry: bool) -> Json:
    """How an act on an instance is done: only on what was seen, where the form says what that was."""
    return {"dry_run": dry, "seen": None if dry else _whole(wanted["seen"]), "now": now()}


def _plain(verb: Callable[..., Any]) -> Callable[[Actor, Mapping[str, Any], Json, bool], Any]:
    def act(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
        return verb(store(), me, subject["instance"], wanted["reason"], **_how(wanted, dry))

    return act


def _suspend(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    return actions.suspend(
        store(), me, subject["instance"], wanted["reason"], clock=wanted["clock"], **_how(wanted, dry)
    )  # fmt: skip


def _give(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    tasks = queries.instance(store(), me, subject["instance"], now=now())["tasks"]
    number = task_of(subject, wanted, tasks)
    if number is None:
        raise Invalid(fields={"task": "This pathway has no open task with that number."})
    to = None if wanted["to"] == NOBODY else wanted["to"]
    return actions.give(store(), me, number, to, wanted["reason"], **_how(wanted, dry))


def _move(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    source = _source(me, subject, wanted)
    return actions.move(
        store(), me, subject["instance"], source, wanted["target"], wanted["reason"], **_how(wanted, dry)
    )  # fmt: skip


def _skip(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    source = _source(me, subject, wanted)
    return actions.skip(
        store(), me, subject["instance"], source, wanted["reason"], **_how(wanted, dry)
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
        store(), me, subject["instance"], wanted["target"], wanted["reason"], **_how(wanted, dry)
    )  # fmt: skip


def _migrate(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    return actions.migrate(
        store(), me, subject["instance"], wanted["reason"], accept=wanted["accept"], **_how(wanted, dry)
    )  # fmt: skip


def _amend(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    values = {wanted["name"].strip(): read_value(wanted["value"])}
    return actions.amend(
        store(), me, subject["instance"], values, wanted["reason"], **_how(wanted, dry)
    )


def _reschedule(me: Actor, _subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    number = _whole(wanted["timer"])
    if number is None:
        raise Invalid(fields={"timer": _("Vælg et tidspunkt.")})
    return actions.reschedule(
        store(), me, number, moment(wanted["due_at"]), wanted["reason"], **_how(wanted, dry)
    )


def moment(text: str) -> datetime:
    """A moment as browsers send it, in Danish time."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as exc:
        said = _("Skriv dag og klokkeslæt som 2026-12-01 08:30.")
        raise Invalid(fields={"due_at": said}) from exc
    return found if found.tzinfo else found.replace(tzinfo=COPENHAGEN)


def read_value(text: str) -> Any:
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
    to, _colon, name = wanted["target"].partition(":")
    return actions.deliver(
        store(), me, _letter(subject), wanted["reason"], to=_whole(to), name=name or None, dry_run=dry, now=now()
    )  # fmt: skip


def _discard(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    return actions.discard(store(), me, _letter(subject), wanted["reason"], dry_run=dry, now=now())


def _put_back(me: Actor, subject: Mapping[str, Any], wanted: Json, dry: bool) -> Any:
    return actions.put_back(store(), me, _letter(subject), wanted["reason"], dry_run=dry, now=now())


def _letter(subject: Mapping[str, Any]) -> int:
    if not subject["ref"].startswith("message:"):
        raise NotFound
    return int(subject["ref"].removeprefix("message:"))


_ACTS: Mapping[str, Callable[[Actor, Mapping[str, Any], Json, bool], Any]] = {
    "retry": _plain(actions.retry), "remind": _plain(actions.remind), "resume": _plain(actions.resume),
    "cancel": _plain(actions.cancel), "suspend": _suspend, "give": _give, "move": _move, "skip": _skip,
    "restart": _restart, "migrate": _migrate, "amend": _amend, "reschedule": _reschedule,
    "deliver": _deliver, "discard": _discard, "put_back": _put_back,
}  # fmt: skip


# ---- taking back, and buttons -------------------------------------------------------------
def undoing(me: Actor, done: Any, wanted: Json) -> Json:
    """The form that takes the act back, as its address's query; empty where something has left, or nothing can.

    No value stands in an address: of a correction only its name does, and `before` finds what it replaced.
    """
    if isinstance(done, actions.Handled):
        return {"fortryd": "put_back", "besked": done.message} if done.discarded else {}
    changes = getattr(done, "changes", None)
    if changes is None or changes["messages"]:
        return {}
    act = wanted["act"]
    if act in ("suspend", "resume"):
        return {"fortryd": {"suspend": "resume", "resume": "suspend"}[act]}
    if act == "reschedule" and (moved := [row for row in changes["timers"] if row["was"]]):
        was = moved[0]["was"].astimezone(COPENHAGEN).strftime("%Y-%m-%dT%H:%M")
        return {"fortryd": act, "timer": wanted["timer"], "due_at": was}
    if act == "give":
        return _given_back(me, changes["given"][0])
    if act == "amend":
        row = changes["values"][0]
        return {"fortryd": act, "name": row["name"]} if _typed(row["was"]) is not None else {}
    place = actions.turned_back(act, changes) if act in ("move", "skip", "restart") else None
    return {"fortryd": "move", **place} if place else {}


def _given_back(me: Actor, given: Json) -> Json:
    """To whom it was before, where nothing was begun on and he may have it still."""
    able = [one["login"] for one in queries.able(store(), me, given["id"], now=now())]
    may = given["from"] is None or given["from"] in able
    if given["draft"] or given["from"] == given["to"] or not may:
        return {}
    return {"fortryd": "give", "task": given["id"], "to": given["from"] or NOBODY}


def before(me: Actor, instance_id: int, wanted: Json) -> Json:
    """The form of a correction that takes the last one back, with what that replaced."""
    if wanted["act"] != "amend" or not wanted["name"] or wanted["value"]:
        return wanted
    found = queries.replaced(store(), me, instance_id, wanted["name"], now=now())
    return {**wanted, "value": _typed(found[0]) or ""} if found else wanted


def _typed(value: Any) -> str | None:
    """A value as one types it in the form; None where one cannot."""
    text = "" if value is None else str(value)
    if isinstance(value, bool):
        text = "ja" if value else "nej"
    return text if read_value(text) == value and type(read_value(text)) is type(value) else None


def buttons(acts: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
    """The acts with title, hint and the button that does each."""
    return [(name, *causes.act(name)) for name in acts]
