"""Drafts: a pathway as somebody draws it, saved as one draws, approved by somebody else, and then deployed.

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

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine import access
from engine import pathway as steps
from engine.compare import Change, changes, drawn
from engine.deploy import Deployed, put
from engine.errors import Conflict, DeployRefused, Forbidden, Invalid, NotFound, StafetError
from engine.model import Actor, Finding, Json, Source
from engine.store import Store
from engine.studio.asking import known
from engine.studio.checking import judged_everywhere
from engine.studio.shelf import Shelf, shelf, shelves
from engine.studio.sources import (
    as_source,
    base_of,
    held_anew,
    name_of,
    named_elsewhere,
    over,
    tables_kept,
)
from engine.tables import draft, person, unit_party

#: A diagram that is larger than this is none that anybody could look at; what lint says of it is kept apart.
MAX_SIZE = 2_000_000
_SHOWN = 40


class DraftChanged(Conflict):
    """Somebody else has saved this draft meanwhile. Nothing of yours is lost: look at what differs."""

    code = "draft_changed"


class DraftTooLarge(Invalid):
    """The diagram is too large to be kept."""

    code = "draft_too_large"


class DraftNotSubmitted(Conflict):
    """The draft has not been submitted, or has been changed since."""

    code = "draft_not_submitted"


class DraftUnchanged(Invalid):
    """The draft is as the version in force."""

    code = "draft_unchanged"


class OwnDraft(Forbidden):
    """A draft is put into force by somebody else than who drew it."""

    code = "own_draft"


# ---- reading -----------------------------------------------------------------------------
def drafts(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """Every draft, the newest save first.

    `agreement key name version base_version status saved_by saved_at note answer`.
    """
    with store.read() as db:
        _reader(db, actor)
        rows = db.execute(_drafts().order_by(draft.c.saved_at.desc(), draft.c.id)).all()
        found = {name: shelf(db, name) for name in {row.agreement for row in rows}}
        return [_shown(row, found[row.agreement]) for row in rows]


def draft_of(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> Json:
    """The draft of a pathway, or what is in force as `version` 0, for the editor; raises `NotFound`.

    Beside what `drafts` gives: `bpmn in_force` (0: never), `forms` {name: schema}, `decisions` {name: XML}, `lanes`,
    `clauses` [{id, text, section, elsewhere}] (the names of other pathways that name it), `parties`, `pathways` (what
    can be called), `may_approve`.
    """
    with store.read() as db:
        _reader(db, actor)
        found = shelf(db, agreement)
        row = _row(db, agreement, key)
        base = base_of(found, key, row)
        units = _units(db, agreement)
    whole = as_source(found, row) if row else base
    texts, elsewhere = found.texts.items(), named_elsewhere(found, key)
    about = _shown(row, found) if row else _untouched(agreement, key, found)
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
        and access.may_approve(actor, row.submitted_by, units)
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
        _reader(db, actor)
        found, row = shelf(db, agreement), _there(db, agreement, key)
    return base_of(found, key, row), as_source(found, row)


def names(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> dict[str, str]:
    """The names that an expression of the pathway, as it is drawn, can use; see `asking.known`."""
    with store.read() as db:
        _reader(db, actor)
        found, row = shelf(db, agreement), _row(db, agreement, key)
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
        row = _row(db, agreement, key)
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


def submit(
    store: Store, actor: Actor, agreement: str, key: str, note: str, *, now: datetime
) -> None:
    """Ask somebody else to approve it; raises `DeployRefused` where lint finds errors, `DraftUnchanged`."""
    access.design(actor)
    with store.write() as db:
        found, row = shelf(db, agreement), _there(db, agreement, key)
        _refuse(
            judged_everywhere((one, as_source(one, row)) for one in shelves(db, agreement, key))
        )
        if not changes(base_of(found, key, row), as_source(found, row)):
            raise DraftUnchanged
        asked = {"status": "submitted", "submitted_by": actor.id or None, "submitted_at": now}
        db.execute(
            update(draft).where(draft.c.id == row.id).values(**asked, note=note[:500], answer="")
        )
        _noted(store, db, actor, row, "draft_submitted", now)


def approve(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> Deployed:
    """Put a submitted draft into force in every pathway that holds it, all or nothing; raises `OwnDraft`."""
    with store.write() as db:
        row = _waiting(db, actor, agreement, key)
        places = shelves(db, agreement, key)
        sources = [one for place in places for one in _with(place, row)]
        author = Actor(row.submitted_by or 0, "", row.by or "")
        done = put(store, db, author, sources, row.note, now=now, approved_by=actor)
        db.execute(delete(draft).where(draft.c.id == row.id))
        _noted(store, db, actor, row, "draft_approved", now)
    return done


def send_back(
    store: Store, actor: Actor, agreement: str, key: str, answer: str, *, now: datetime
) -> None:
    """Say why a submitted draft is not put into force; who drew it goes on."""
    with store.write() as db:
        row = _waiting(db, actor, agreement, key)
        back = {"status": "editing", "submitted_by": None, "submitted_at": None}
        db.execute(update(draft).where(draft.c.id == row.id).values(**back, answer=answer[:500]))
        _noted(store, db, actor, row, "draft_sent_back", now)


def discard(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> None:
    """Throw the draft away; what is in force stays."""
    access.design(actor)
    with store.write() as db:
        row = _there(db, agreement, key)
        db.execute(delete(draft).where(draft.c.id == row.id))
        _noted(store, db, actor, row, "draft_discarded", now)


# ---- inside ------------------------------------------------------------------------------
def _reader(db: Connection, actor: Actor) -> None:
    """Designers, and those who may approve in some agreement."""
    if access.may_deploy(actor) or any(m.role == access.LEADER for m in actor.memberships):
        return
    access.design(actor)


def _drafts() -> Any:
    return select(draft, person.c.name.label("by")).outerjoin(
        person, person.c.id == draft.c.saved_by
    )


def _row(db: Connection, agreement: str, key: str) -> Row[Any] | None:
    return db.execute(
        _drafts().where(draft.c.agreement == agreement, draft.c.key == key)
    ).one_or_none()


def _there(db: Connection, agreement: str, key: str) -> Row[Any]:
    row = _row(db, agreement, key)
    if row is None:
        raise NotFound
    return row


def _waiting(db: Connection, actor: Actor, agreement: str, key: str) -> Row[Any]:
    """A submitted draft that this person may decide about."""
    _reader(db, actor)
    row = _there(db, agreement, key)
    if row.status != "submitted":
        raise DraftNotSubmitted
    if actor.id in (row.submitted_by, row.saved_by):
        raise OwnDraft
    if not access.may_approve(actor, row.submitted_by, _units(db, agreement)):
        raise Forbidden
    return row


def _units(db: Connection, agreement: str) -> frozenset[int]:
    return frozenset(
        db.scalars(select(unit_party.c.unit_id).where(unit_party.c.agreement == agreement))
    )


def _with(found: Shelf, row: Row[Any]) -> list[Source]:
    """The draft and every pathway that has it for a part; raises `DeployRefused` where one cannot run."""
    own = as_source(found, row)
    _refuse(judged_everywhere([(found, own)]))
    holders = [
        held_anew(each, found.sources.get(row.key), own)
        for key, each in found.sources.items()
        if row.key in each.parts and key != row.key
    ]
    made = [own, *holders]
    for source in made:
        try:
            steps.compile(source)
        except StafetError as exc:
            raise DeployRefused(fields={f"{found.agreement}/{source.key}": exc.sentence}) from exc
    return made


def _refuse(findings: list[Finding]) -> None:
    problems = {f"{f.file}#{f.element}": f.message for f in findings if f.severity == "error"}
    if problems:
        raise DeployRefused(fields=problems)


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


def _shown(row: Row[Any], found: Shelf) -> Json:
    base = found.sources.get(row.key)
    return {
        "agreement": row.agreement,
        "key": row.key,
        "name": name_of(row.bpmn) or (name_of(base.bpmn) if base else "") or row.key,
        "version": row.version,
        "base_version": row.base_version,
        "status": row.status,
        "saved_by": row.by,
        "saved_at": row.saved_at,
        "note": row.note,
        "answer": row.answer,
    }


def _untouched(agreement: str, key: str, found: Shelf) -> Json:
    return {
        "agreement": agreement, "key": key, "name": name_of(found.sources[key].bpmn) or key, "version": 0,
        "base_version": found.versions[key], "status": "untouched", "saved_by": None, "saved_at": None,
        "note": "", "answer": "",
    }  # fmt: skip


def _noted(
    store: Store, db: Connection, actor: Actor, row: Row[Any], what: str, now: datetime
) -> None:
    store.chains.record(
        db, now=now, actor=actor, what=what, facts={"draft": row.id, "version": row.version}
    )
