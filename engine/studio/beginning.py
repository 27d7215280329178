"""How a play begins: at any step, with any data, or as a scenario that was written before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from engine.actions.answers import checked
from engine.bpmn.shapes import about, usual
from engine.calendar import local
from engine.errors import Invalid, StafetError
from engine.model import Actor, Json
from engine.pathway import Pathway
from engine.scenario import Move, Scenario, expects_refusal
from engine.seals import beginning_place
from engine.store import Store
from engine.studio.boards import Played, begun, played
from engine.studio.drawn import Drawn, drawn
from engine.studio.plays import MAX_STEPS, PlayTooLong, as_row, ready
from engine.tables import play, play_step


class NamesUnreadable(Invalid):
    """Write one name and one value on each line, for example “indkaldt: 2026-12-01”."""

    code = "names_unreadable"


class NameUnknown(Invalid):
    """The pathway reads no such name, and no form of it asks for it."""

    code = "name_unknown"


def begin(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    beginning: Json,
    *,
    version: int | None = None,
    title: str = "",
    now: datetime,
) -> int:
    """Begin a play; its number.

    `beginning` is a scenario without steps (`start data from asked consent subject`); the data of a start form are held
    against it.  Raises `ScenarioInvalid`, `FormInvalid`, `NameUnknown`, `MoveImpossible`, `DiagramInvalid`, and keeps
    nothing then.
    """
    walked, units = ready(store, actor, agreement, key, version, now=now)
    data = _data(walked, beginning, units, now)
    whole = {"autofill": False, **beginning, "data": data}
    whole |= {"agreement": agreement, "pathway": key, "steps": []}
    with store.read() as db:
        begun(whole, drawn(db, agreement, now, key=key, version=version), units)
    return _begun(store, actor, whole, [], version, title, now)


def replay(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    scenario: Scenario,
    *,
    version: int | None = None,
    now: datetime,
) -> int:
    """Open a scenario as a play, all its steps done; its number.

    What it expects to be refused changes nothing and is left out.  A step that cannot be played is kept; the board
    says why.  Raises `PlayTooLong`, `NotFound`, `UnknownAgreement`.
    """
    _, units = ready(store, actor, agreement, key, version, now=now)
    whole = _beginning(scenario, key)
    moves = [_document(m) for m in scenario.moves if not expects_refusal(scenario, m)]
    if len(moves) > MAX_STEPS:
        raise PlayTooLong
    with store.read() as db:
        found = drawn(db, agreement, now, key=key, version=version)
    return _begun(
        store, actor, whole, _tried(whole, moves, found, units), version, scenario.title, now
    )


def _tried(
    whole: Json, moves: Sequence[Json], found: Drawn, units: Mapping[str, str]
) -> list[Played]:
    """Each move as it was played; from the first that cannot be, as it stands."""
    done: list[Played] = []
    try:
        table = begun(whole, found, units)
        for move in moves:
            done.append(played(table, move))
    except StafetError:
        for move in moves[len(done) :]:
            kind = next(
                name for name in ("task", "action", "message", "until", "wait") if name in move
            )
            picked = move[kind] if isinstance(move[kind], Mapping) else {}
            name = picked.get("element") or picked.get("clause") or ""
            at = datetime.fromisoformat(move["at"])
            done.append(Played(move, at, kind, str(name), str(picked.get("party", ""))))
    return done


def _begun(
    store: Store,
    actor: Actor,
    whole: Json,
    done: Sequence[Played],
    version: int | None,
    title: str,
    now: datetime,
) -> int:
    agreement, key = whole["agreement"], whole["pathway"]
    sealed = store.keyring.seal_json(whole, beginning_place(agreement, key, now))
    with store.write() as db:
        number: int = db.execute(
            insert(play)
            .values(
                agreement=agreement, key=key, version=version, title=title[:200], beginning=sealed,
                step=len(done), person_id=actor.id or None, made_at=now,
            )
            .returning(play.c.id)
        ).scalar_one()  # fmt: skip
        if done:
            rows = [as_row(store, number, n, n - 1, each) for n, each in enumerate(done, 1)]
            db.execute(insert(play_step), rows)
    return number


# ---- data that a play begins with --------------------------------------------------------
def _data(walked: Pathway, beginning: Json, units: Collection[str], now: datetime) -> Json:
    """The start form's values, where the play begins there, and whatever else the pathway reads or asks for."""
    data, begins = dict(beginning.get("data") or {}), beginning.get("from")
    start = next((it for it in walked.start_actions if begins in (None, it.id)), None)
    form = start.form if start else None
    own = _keys(walked.forms[form]) if form else set()
    subject = about(beginning.get("subject") or usual(walked.about))
    values = checked(walked, form, _only(data, own), subject, units, now) if form else {}
    more = {name: value for name, value in data.items() if name not in own}
    asked = {key for each in walked.forms.values() for key in _keys(each)}
    if wrong := sorted(more.keys() - walked.reads() - asked - {"adspurgte"}):
        raise NameUnknown(
            "“%(name)s” is no name that the pathway reads or asks for.", name=wrong[0]
        )
    return {**more, **values}


def _only(data: Json, names: Collection[str]) -> Json:
    return {name: value for name, value in data.items() if name in names}


def _keys(form: Mapping[str, Any]) -> set[str]:
    found = {str(form["key"])} if form.get("key") else set()
    return found.union(*(_keys(each) for each in form.get("components", ())))


def _beginning(scenario: Scenario, key: str) -> Json:
    return {
        "title": scenario.title,
        "agreement": scenario.agreement,
        "pathway": key,
        "start": local(scenario.start),
        "parties": dict(scenario.parties),
        "data": scenario.data,
        "autofill": scenario.autofill,
        "steps": [],
        **({"asked": list(scenario.asked)} if scenario.asked is not None else {}),
        **({"consent": "none"} if not scenario.consent else {}),
        **({"from": scenario.begins} if scenario.begins else {}),
        **({"subject": scenario.subject} if scenario.subject else {}),
    }


def _document(move: Move) -> Json:
    """A scenario's step, as it is written."""
    value: Any = True if move.kind == "wait" else move.name if move.kind == "message" else None
    picked = dict(move.select) if value is None else value
    return {"at": local(move.at), move.kind: picked, **({"data": move.data} if move.data else {})}
