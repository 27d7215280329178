"""Drafts: a pathway as somebody draws it, saved as one draws; what becomes of it is `deciding.py`.

One draft for each pathway: its diagram, and the forms and tables that are changed with it.  `version` counts the saves:
who saves over what somebody else has saved meanwhile is refused with what differs (`DraftChanged`).  A shared part's
draft stands in one agreement and is deployed in all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, update

from engine import access
from engine.compare import Change, changes, drawn
from engine.errors import Conflict, Invalid
from engine.model import Actor, Json, Source
from engine.store import Store
from engine.studio.asking import known
from engine.studio.kept import every, noted, reader, row_of, shown, there, units, untouched
from engine.studio.shelf import shelf
from engine.studio.sources import (
    as_source,
    base_of,
    named_elsewhere,
    over,
    tables_kept,
)
from engine.tables import draft

#: A diagram that is larger than this is none that anybody could look at; what lint says of it is kept apart.
MAX_SIZE = 2_000_000
_SHOWN = 40


class DraftChanged(Conflict):
    """Somebody else has saved this draft meanwhile. Nothing of yours is lost: look at what differs."""

    code = "draft_changed"


class DraftTooLarge(Invalid):
    """The diagram is too large to be kept."""

    code = "draft_too_large"


# ---- reading -----------------------------------------------------------------------------
def drafts(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """Every draft, the newest save first.

    `agreement key name version base_version status saved_by saved_at note answer`.
    """
    with store.read() as db:
        reader(db, actor)
        rows = db.execute(every().order_by(draft.c.saved_at.desc(), draft.c.id)).all()
        found = {name: shelf(db, name) for name in {row.agreement for row in rows}}
        return [shown(row, found[row.agreement]) for row in rows]


def draft_of(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> Json:
    """The draft of a pathway, or what is in force as `version` 0, for the editor; raises `NotFound`.

    Beside what `drafts` gives: `bpmn in_force` (0: never), `forms` {name: schema}, `decisions` {name: XML}, `lanes`,
    `clauses` [{id, text, section, elsewhere}] (the names of other pathways that name it), `parties`, `pathways` (what
    can be called), `may_approve`.
    """
    with store.read() as db:
        reader(db, actor)
        found = shelf(db, agreement)
        row = row_of(db, agreement, key)
        base = base_of(found, key, row)
        parties = units(db, agreement)
    whole = as_source(found, row) if row else base
    texts, elsewhere = found.texts.items(), named_elsewhere(found, key)
    about = shown(row, found) if row else untouched(agreement, key, found)
    return about | {
        "bpmn": row.bpmn if row else base.bpmn,
        "in_force": found.versions.get(key, 0),
        "forms": dict(whole.forms),
        "decisions": dict(whole.decisions),
        "clauses": [
            {"id": i, "text": c["tekst"], "section": c["afsnit"], "elsewhere": elsewhere.get(i, [])}
            for i, c in texts
        ],
        "lanes": sorted(base.settings.get("lanes", ())),
        "parties": sorted(base.settings.get("parties", ())),
        "pathways": sorted(found.sources),
        "may_approve": row is not None
        and row.status == "submitted"
        and access.may_approve(actor, row.submitted_by, parties)
        and actor.id != row.saved_by,
    }


def changed(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> list[Change]:
    """What the draft changes in the version in force; raises `NotFound`."""
    return changes(*_pair(store, actor, agreement, key))


def compared(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> Json:
    """`{items drawn}`: what the draft changes, and {diagram: (before, now)} of what it draws; raises `NotFound`."""
    was, is_ = _pair(store, actor, agreement, key)
    return {"items": changes(was, is_), "drawn": drawn(was, is_)}


def _pair(store: Store, actor: Actor, agreement: str, key: str) -> tuple[Source, Source]:
    with store.read() as db:
        reader(db, actor)
        found, row = shelf(db, agreement), there(db, agreement, key)
    return base_of(found, key, row), as_source(found, row)


def names(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> dict[str, str]:
    """The names that an expression of the pathway, as it is drawn, can use; see `asking.known`."""
    with store.read() as db:
        reader(db, actor)
        found, row = shelf(db, agreement), row_of(db, agreement, key)
        base = base_of(found, key, row)
    return known(as_source(found, row) if row else base)


# ---- writing -----------------------------------------------------------------------------
def save(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    bpmn: str | None,
    version: int,
    *,
    now: datetime,
    forms: Mapping[str, Json | None] | None = None,
    decisions: Mapping[str, str | None] | None = None,
) -> int:
    """Keep what was drawn over the save `version` (0: the first); the number of this save.

    What is left out stays as it is: `bpmn` None, a form or a table that is not named.  One that is given as None is
    deleted.  Whatever was drawn is kept, also what cannot be read.  Raises `DraftChanged`, `DraftTooLarge`, `NotFound`.
    """
    access.design(actor)
    _fits(bpmn, forms, decisions)
    with store.write() as db:
        found = shelf(db, agreement)
        row = row_of(db, agreement, key)
        base = base_of(found, key, row)
        before = as_source(found, row) if row else base
        text = bpmn if bpmn is not None else row.bpmn if row else base.bpmn
        changed = _merged(row, before, forms or {}, decisions or {})
        if (row.version if row else 0) != version:
            raise DraftChanged(fields=_differences(before, replace(
                before, bpmn=text,
                forms=over(before.forms, changed["forms"]),
                decisions=over(before.decisions, changed["decisions"]),
            )))  # fmt: skip
        kept = {"bpmn": text, **changed, "saved_by": actor.id or None, "saved_at": now}
        kept |= {
            "version": version + 1,
            "status": "editing",
            "submitted_by": None,
            "submitted_at": None,
        }
        if row is None:
            kept["base_version"] = found.versions[key]
            db.execute(insert(draft).values(agreement=agreement, key=key, **kept))
        else:
            db.execute(update(draft).where(draft.c.id == row.id).values(**kept))
    return version + 1


def discard(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> None:
    """Throw the draft away; what is in force stays."""
    access.design(actor)
    with store.write() as db:
        row = there(db, agreement, key)
        db.execute(delete(draft).where(draft.c.id == row.id))
        noted(store, db, actor, row, "draft_discarded", now)


# ---- inside ------------------------------------------------------------------------------
def _fits(bpmn: str | None, *beside: Mapping[str, Any] | None) -> None:
    size = len((bpmn or "").encode()) + sum(len(json.dumps(one)) for one in beside if one)
    if size > MAX_SIZE:
        raise DraftTooLarge


def _merged(
    row: Row[Any] | None,
    before: Source,
    forms: Mapping[str, Json | None],
    decisions: Mapping[str, str | None],
) -> dict[str, Json]:
    """What the draft changes beside the diagram, with what is changed now."""
    tables = tables_kept(before.decisions, decisions)
    return {
        "forms": {**(row.forms if row else {}), **forms},
        "decisions": {**(row.decisions if row else {}), **tables},
    }


def _differences(theirs: Source, mine: Source) -> Mapping[str, str]:
    """What somebody else's save has otherwise than mine, one line for each element."""
    rows = changes(theirs, mine)[:_SHOWN]
    return {
        each.id: " · ".join((each.name or each.id, *map(_line, each.properties))) for each in rows
    }


def _line(one: Any) -> str:
    return f"{one.name}: {one.old or '–'} → {one.new or '–'}"
