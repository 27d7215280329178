"""Drafts: a pathway as somebody draws it, saved as one draws; what becomes of it is `deciding.py`.

One draft for each pathway: its diagram, and the forms and tables that are changed with it.  `version` counts the saves:
who saves over what somebody else has saved meanwhile is refused with what differs (`DraftChanged`).  A shared part's
draft stands in one agreement and is deployed in all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, update

from engine import access, scenarios, sizes
from engine.compare import Change, changes, drawn
from engine.deploy import SHARED
from engine.errors import Conflict, Invalid
from engine.model import Actor, Json, Source
from engine.store import Store
from engine.studio.asking import known
from engine.studio.kept import (
    every,
    moment_of,
    noted,
    reader,
    row_of,
    shown,
    there,
    units,
    untouched,
)
from engine.studio.shelf import highest, shelf
from engine.studio.sources import (
    as_source,
    base_of,
    named_elsewhere,
    over,
    tables_kept,
)
from engine.tables import draft
from engine.versions import begins, coming

_SHOWN = 40


class DraftChanged(Conflict):
    """Somebody else has saved this draft meanwhile. Nothing of yours is lost: look at what differs."""

    code = "draft_changed"


class DraftTooLarge(Invalid):
    """A diagram with its forms and tables is kept up to %(most)s MB. This is larger; what was saved before stays."""

    code = "draft_too_large"

    def __init__(self, path: str = "") -> None:
        """`path` is the file at fault, where it came as one."""
        text = (type(self).__doc__ or "").strip()
        super().__init__(fields={path: text} if path else {}, most=sizes.megabytes(sizes.DRAFT))


# ---- reading -----------------------------------------------------------------------------
def drafts(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """Every draft, the newest save first.

    `agreement key name version base_version status saved_by saved_at note answer`.
    """
    with store.read() as db:
        reader(db, actor)
        rows = db.execute(every().order_by(draft.c.saved_at.desc(), draft.c.id)).all()
        found = {name: shelf(db, name, now) for name in {row.agreement for row in rows}}
        return [shown(row, found[row.agreement]) for row in rows]


def draft_of(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    *,
    begins_on: date | None = None,
    now: datetime,
) -> Json:
    """The draft of a pathway, or what is in force as `version` 0, for the editor; raises `NotFound`.

    Beside what `drafts` gives: `bpmn in_force` (0: not yet), `last` (the highest number), `beside` (the version that is
    in force when the draft will be: on its own day, or on `begins_on`), `coming` [{version, begins_at}] (approved for a
    later day), `forms` {name: schema}, `decisions` {name: XML}, `lanes`,
    `clauses` [{id, text, section, elsewhere}] (the names of other pathways that name it), `parties`, `pathways` (what
    can be called), `may_approve`.
    """
    with store.read() as db:
        reader(db, actor)
        row = row_of(db, agreement, key)
        found = shelf(db, agreement, _moment(row, begins_on, now))
        base = base_of(found, key, row)
        parties = units(db, agreement)
        later = [one for one in coming(db, now) if (one.agreement, one.key) == (agreement, key)]
        used = shelf(db, agreement, now).versions.get(key, 0)
        last = highest(db, agreement, key)
    whole = as_source(found, row) if row else base
    texts, elsewhere = found.texts.items(), named_elsewhere(found, key)
    about = shown(row, found) if row else untouched(agreement, key, found)
    waits = [{"version": one.version, "begins_at": one.begins_at} for one in later]
    return about | {
        "bpmn": row.bpmn if row else base.bpmn,
        "in_force": used,
        "last": last,
        "beside": found.versions.get(key, 0),
        "coming": waits,
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
    return changes(*_pair(store, actor, agreement, key, None, now))


def compared(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    *,
    begins_on: date | None = None,
    now: datetime,
) -> Json:
    """`{items drawn}`: what the draft changes, and {diagram: (before, now)} of what it draws; raises `NotFound`."""
    was, is_ = _pair(store, actor, agreement, key, begins_on, now)
    return {"items": changes(was, is_), "drawn": drawn(was, is_)}


def _pair(
    store: Store, actor: Actor, agreement: str, key: str, begins_on: date | None, now: datetime
) -> tuple[Source, Source]:
    with store.read() as db:
        reader(db, actor)
        row = there(db, agreement, key)
        found = shelf(db, agreement, _moment(row, begins_on, now))
    return base_of(found, key, row), as_source(found, row)


def _moment(row: Row[Any] | None, begins_on: date | None, now: datetime) -> datetime:
    return begins(begins_on, now) if begins_on else moment_of(row, now)


def names(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> dict[str, str]:
    """The names that an expression of the pathway, as it is drawn, can use; see `asking.known`."""
    with store.read() as db:
        reader(db, actor)
        row = row_of(db, agreement, key)
        found = shelf(db, agreement, moment_of(row, now))
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
        row = row_of(db, agreement, key)
        found = shelf(db, agreement, moment_of(row, now))
        base = base_of(found, key, row)
        before = as_source(found, row) if row else base
        text = bpmn if bpmn is not None else row.bpmn if row else base.bpmn
        changed = _merged(row, before, forms or {}, decisions or {})
        if (row.version if row else 0) != version:
            raise DraftChanged(fields=differences(before, replace(
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


def discard(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    *,
    version: int | None = None,
    now: datetime,
) -> None:
    """Throw the draft away; what is in force stays.  `version`: the save that is meant; raises `DraftChanged`."""
    access.design(actor)
    with store.write() as db:
        row = meant(db, agreement, key, version, now)
        db.execute(delete(draft).where(draft.c.id == row.id))
        if not row.base_version and not key.startswith(f"{SHARED}-"):
            # Of a pathway that never was, the tests go as well.
            for test in scenarios.of(db, [key]):
                scenarios.forget(db, key, test.name)
        noted(store, db, actor, row, "draft_discarded", now)


def meant(db: Connection, agreement: str, key: str, version: int | None, now: datetime) -> Row[Any]:
    """The draft, where it is the save that was meant (None: whichever); `DraftChanged` says what it changes by now."""
    row = there(db, agreement, key)
    if version not in (None, row.version):
        raise DraftChanged(fields=altered(db, row, now))
    return row


def altered(db: Connection, row: Row[Any], now: datetime) -> Mapping[str, str]:
    """What the draft, as it is saved, changes in the version that it is held against."""
    found = shelf(db, row.agreement, moment_of(row, now))
    return differences(base_of(found, row.key, row), as_source(found, row))


def differences(theirs: Source, mine: Source) -> Mapping[str, str]:
    """What one has otherwise than the other, one line for each element, at most `_SHOWN`."""
    rows = changes(theirs, mine)[:_SHOWN]
    return {each.id: " · ".join((_headed(each), *map(_line, each.properties))) for each in rows}


# ---- inside ------------------------------------------------------------------------------
def _fits(bpmn: str | None, *beside: Mapping[str, Any] | None) -> None:
    size = len((bpmn or "").encode()) + sum(len(json.dumps(one)) for one in beside if one)
    if size > sizes.DRAFT:
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


def _headed(each: Change) -> str:
    name = each.name or each.id
    return {"added": f"– → {name}", "removed": f"{name} → –"}.get(each.what, name)


def _line(one: Any) -> str:
    return f"{one.name}: {one.old or '–'} → {one.new or '–'}"
