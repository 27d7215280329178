"""What a diagram that came in leaves to decide, as a list to work through: mostly one from another editor.

It is made when the diagram comes in and stands on its draft until that is approved: what was mapped, and an item for
each thing that only a person can decide (ticked by one, with who and when) or that lint refuses (settled by itself when
lint no longer does).  What was taken out of the drawing is settled too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine import access, imports
from engine.errors import Invalid, NotFound
from engine.imports import intake
from engine.imports.notes import Note, Say, Word
from engine.model import Actor, Finding, Json
from engine.store import Store
from engine.studio.checking import judged_everywhere
from engine.studio.kept import moment_of, noted, reader, row_of, there
from engine.studio.lent import lent
from engine.studio.shelf import Shelf, shelves
from engine.studio.sources import as_source, base_of
from engine.tables import draft, person

#: States in which an item is done.
DONE = frozenset(("ticked", "settled", "gone"))


class StillRefused(Invalid):
    """This settles itself when lint no longer finds it wrong. Mend it in the drawing."""

    code = "still_refused"


def gathered(bpmn: str, notes: Sequence[Note], wrong: Iterable[Finding]) -> Json:
    """The list as it is kept: `{mapped, items, ticks}`, sentences as templates with their facts.

    `wrong` is what lint says of the draft as it came: an element with errors that no note tells of is an item as well.
    `there`: the element stands in the drawing `bpmn`; what was left out on the way in is no less to be decided.
    """
    told = {note.element for note in notes if note.severity == "error"}
    refused = {f.element: None for f in wrong if f.severity == "error" and f.element not in told}
    left = [_kept(note) for note in notes if note.severity != "info"]
    left += [{"element": element, "severity": "error"} for element in refused]
    mapped = [_kept(note) for note in notes if note.severity == "info"]
    named = _named(bpmn) or {}
    items = [{**each, "there": each["element"] in named} for each in left]
    return {"mapped": mapped, "items": items, "ticks": {}}


def worklist(
    store: Store, actor: Actor, agreement: str, key: str, *, now: datetime, say: Say = str
) -> Json | None:
    """`{mapped: [sentence], items, done, total}` of a draft that came from another editor, else None.

    An item: `nth element name message hint state by at`; `state` is `open` (may be ticked), `wrong` (lint refuses it)
    or one of `DONE`.
    """
    with store.read() as db:
        reader(db, actor)
        row = row_of(db, agreement, key)
        if row is None or not row.work:
            return None
        made = [
            (one, as_source(one, row)) for one in shelves(db, agreement, key, moment_of(row, now))
        ]
        people = _people(db, row.work["ticks"])
    named, wrong = _named(row.bpmn), _wrong(judged_everywhere(made, say))
    items = [
        _item(nth, each, row.work["ticks"].get(str(nth)), named, wrong, say)
        for nth, each in enumerate(row.work["items"])
    ]
    for item in items:
        item["by"] = people.get(item["by"], "")
    mapped = [_note(each).said(say) for each in row.work["mapped"]]
    done = sum(item["state"] in DONE for item in items)
    return {"mapped": mapped, "items": items, "done": done, "total": len(items)}


def tick(
    store: Store, actor: Actor, agreement: str, key: str, nth: int, on: bool, *, now: datetime
) -> None:
    """Tick an item, or take the tick off; raises `StillRefused`, `NotFound`."""
    access.design(actor)
    with store.write() as db:
        # Two who tick at once: the second reads what the first wrote.
        db.execute(
            select(draft.c.id)
            .where(draft.c.agreement == agreement, draft.c.key == key)
            .with_for_update()
        )
        row = there(db, agreement, key)
        if not row.work or not 0 <= nth < len(row.work["items"]):
            raise NotFound
        if row.work["items"][nth]["severity"] == "error":
            raise StillRefused
        ticks = {place: each for place, each in row.work["ticks"].items() if place != str(nth)}
        if on:
            ticks[str(nth)] = {"by": actor.id or None, "at": now.isoformat()}
        kept = {**row.work, "ticks": ticks}
        db.execute(update(draft).where(draft.c.id == row.id).values(work=kept))
        noted(store, db, actor, row, "draft_ticked", now)


def begin(
    db: Connection, found: Shelf, row: Row[Any], now: datetime, *, alone: bool = False
) -> None:
    """Keep the list of a draft that has just come in; none where it was drawn for this house and lacks nothing.

    `alone`: without the forms and tables that it names.
    """
    came = imports.normalise(row.bpmn)
    if came.root is None:
        return
    borrowed = list(lent(found, base_of(found, row.key, row), came.root)) if alone else []
    if not came.foreign:
        if borrowed:
            work = gathered(row.bpmn, borrowed, ())
            db.execute(update(draft).where(draft.c.id == row.id).values(work=work))
        return
    mapped = update(draft).where(draft.c.id == row.id)
    # As we read it: what was mapped stays mapped whatever is drawn on it.
    db.execute(mapped.values(bpmn=came.text))
    row = there(db, row.agreement, row.key)
    made = [
        (one, as_source(one, row))
        for one in shelves(db, row.agreement, row.key, moment_of(row, now))
    ]
    notes = [*came.notes, *borrowed]
    db.execute(mapped.values(work=gathered(came.text, notes, judged_everywhere(made))))


# ---- inside ------------------------------------------------------------------------------
def _item(
    nth: int,
    kept: Json,
    tick: Json | None,
    named: Mapping[str, str] | None,
    wrong: Mapping[str, list[Finding]],
    say: Say,
) -> Json:
    element, state = kept["element"], "open"
    there = kept["there"]
    if there and named is not None and element not in named:
        state = "gone"
    elif kept["severity"] == "error":
        state = "wrong" if element in wrong else "settled"
    elif tick:
        state = "ticked"
    told, hint = "", ""
    if state == "wrong":
        # What is wrong now, which is not always what was wrong when it came.
        told = " ".join(f.message for f in wrong[element])
        hint = " ".join(dict.fromkeys(f.hint for f in wrong[element] if f.hint))
    elif "message" in kept:
        note = _note(kept)
        told, hint = note.said(say), say(note.hint).format(**note.shown(say)) if note.hint else ""
    return {
        "nth": nth,
        "element": element if there and state != "gone" else "",
        "name": (named or {}).get(element) or element,
        "message": told,
        "hint": hint,
        "state": state,
        "by": tick["by"] if tick and state == "ticked" else None,
        "at": datetime.fromisoformat(tick["at"]) if tick and state == "ticked" else None,
    }


def _kept(note: Note) -> Json:
    facts = {name: [str(value), isinstance(value, Word)] for name, value in note.facts.items()}
    return {
        "element": note.element, "severity": note.severity, "message": note.message, "hint": note.hint, "facts": facts,
    }  # fmt: skip


def _note(kept: Json) -> Note:
    facts = {name: Word(text) if ours else text for name, (text, ours) in kept["facts"].items()}
    return Note(kept["element"], kept["message"], kept["hint"], facts, severity=kept["severity"])


def _named(bpmn: str) -> dict[str, str] | None:
    """Names by id of everything in the drawing; None where it cannot be read."""
    root = intake.parse(bpmn)
    if isinstance(root, Note):
        return None
    return {str(el.get("id")): str(el.get("name") or "") for el in root.iter() if el.get("id")}


def _wrong(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """What lint refuses, by element."""
    told: dict[str, list[Finding]] = {}
    for each in findings:
        if each.severity == "error":
            told.setdefault(each.element, []).append(each)
    return told


def _people(db: Connection, ticks: Mapping[str, Json]) -> dict[int | None, str]:
    ids = {each["by"] for each in ticks.values() if each["by"]}
    rows = db.execute(select(person.c.id, person.c.name).where(person.c.id.in_(sorted(ids))))
    return {row.id: row.name for row in rows}
