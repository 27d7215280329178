"""Drafts: a pathway as somebody draws it, saved as one draws, approved by somebody else, and then deployed.

One draft for each pathway.  `version` counts the saves: who saves over what somebody else has saved meanwhile is
refused with what differs (`DraftChanged`).  A shared part's draft stands in one agreement and is deployed in all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine import access, imports
from engine import pathway as steps
from engine.compare import Change, changes
from engine.deploy import SHARED, Deployed, put
from engine.errors import Conflict, DeployRefused, Forbidden, Invalid, NotFound, StafetError
from engine.model import Actor, Finding, Json, Source
from engine.store import Store
from engine.studio.checking import drafted, judged
from engine.studio.shelf import Shelf, shelf
from engine.tables import clause, draft, pathway, person, unit_party

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
    """Every draft, the newest save first: `agreement key version base_version status saved_by saved_at note answer`."""
    with store.read() as db:
        _reader(db, actor)
        rows = db.execute(_drafts().order_by(draft.c.saved_at.desc(), draft.c.id))
        return [_shown(row) for row in rows]


def draft_of(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> Json:
    """The draft of a pathway, or what is in force as `version` 0, for the editor; raises `NotFound`.

    Beside what `drafts` gives: `bpmn name in_force forms` (all names), `clauses` [{id, text, section}], `lanes`,
    `pathways` (what can be called), `may_approve`.
    """
    with store.read() as db:
        _reader(db, actor)
        found = shelf(db, agreement)
        row = _row(db, agreement, key)
        source = _base(found, key)
        listed = db.execute(
            select(clause.c.id, clause.c.text, clause.c.section)
            .where(clause.c.agreement == agreement)
            .order_by(clause.c.nth)
        )
        units = _units(db, agreement)
        clauses = [{"id": c.id, "text": c.text, "section": c.section} for c in listed]
        name = db.scalar(
            select(pathway.c.name)
            .where(pathway.c.agreement == agreement, pathway.c.key == key)
            .order_by(pathway.c.version.desc())
        )
    about = _shown(row) if row else _untouched(agreement, key, found)
    return about | {
        "name": name,
        "bpmn": row.bpmn if row else source.bpmn,
        "in_force": found.versions[key],
        "forms": sorted(source.forms),
        "clauses": clauses,
        "lanes": sorted(source.settings.get("lanes", ())),
        "parties": sorted(source.settings.get("parties", ())),
        "pathways": sorted(found.sources),
        "may_approve": row is not None
        and row.status == "submitted"
        and access.may_approve(actor, row.submitted_by, units)
        and actor.id != row.saved_by,
    }


def changed(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> list[Change]:
    """What the draft changes in the version in force; raises `NotFound`."""
    with store.read() as db:
        _reader(db, actor)
        found, row = shelf(db, agreement), _there(db, agreement, key)
    return changes(_base(found, key), as_source(found, row))


# ---- writing -----------------------------------------------------------------------------
def save(
    store: Store, actor: Actor, agreement: str, key: str, bpmn: str, version: int, *, now: datetime
) -> int:
    """Keep the diagram over the save `version` (0: the first); the number of this save.

    Whatever was drawn is kept, also what cannot be read.  Raises `DraftChanged`, `DraftTooLarge`, `NotFound`.
    """
    access.design(actor)
    if len(bpmn.encode()) > MAX_SIZE:
        raise DraftTooLarge
    with store.write() as db:
        found = shelf(db, agreement)
        _base(found, key)
        row = _row(db, agreement, key)
        if (row.version if row else 0) != version:
            raise DraftChanged(fields=_differences(found, key, row.bpmn if row else None, bpmn))
        kept = {"bpmn": bpmn, "saved_by": actor.id or None, "saved_at": now}
        kept |= {
            "version": version + 1,
            "status": "editing",
            "submitted_by": None,
            "submitted_at": None,
        }
        if row is None:
            base = {"base_version": found.versions[key], "forms": {}}
            db.execute(insert(draft).values(agreement=agreement, key=key, **base, **kept))
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
        source = as_source(found, row)
        _refuse(judged(found, source))
        if not changes(_base(found, key), source):
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
        sources = [one for shelf_ in _shelves(db, row) for one in _with(shelf_, row)]
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


def _base(found: Shelf, key: str) -> Source:
    if key not in found.sources:
        raise NotFound
    return found.sources[key]


def as_source(found: Shelf, row: Row[Any]) -> Source:
    """The draft as the source that it would be; raises `DeployRefused` where it cannot be read."""
    text = imports.normalise(row.bpmn).text
    base = _base(found, row.key)
    whole = drafted(found, text, row.key)
    called = _called(text, found, row.key)
    needed = {name: value for name, value in whole.parts.items() if name in called}
    forms = {**{n: f for k in needed for n, f in found.sources[k].forms.items()}, **base.forms}
    tables = {
        **{n: d for k in needed for n, d in found.sources[k].decisions.items()},
        **base.decisions,
    }
    return replace(
        base, bpmn=text, parts=dict(sorted(needed.items())),
        forms=dict(sorted(forms.items())), decisions=dict(sorted(tables.items())),
    )  # fmt: skip


def _called(bpmn: str, found: Shelf, key: str) -> set[str]:
    """Every part that a diagram calls, and that those call."""
    waiting = [bpmn]
    called: set[str] = set()
    while waiting:
        text = waiting.pop()
        for name in found.sources.keys() - called - {key}:
            if f'calledElement="{name}"' in text:
                called.add(name)
                waiting.append(found.sources[name].bpmn)
    return called


def _shelves(db: Connection, row: Row[Any]) -> list[Shelf]:
    """The agreements in which the draft comes into force."""
    names = [row.agreement]
    if row.key.startswith(f"{SHARED}-"):
        names = sorted(
            db.scalars(select(pathway.c.agreement).where(pathway.c.key == row.key).distinct())
        )
    return [shelf(db, name) for name in names]


def _with(found: Shelf, row: Row[Any]) -> list[Source]:
    """The draft and every pathway that has it for a part; raises `DeployRefused` where one cannot run."""
    own = as_source(found, row)
    _refuse(judged(found, own))
    holders = [
        replace(each, parts={**each.parts, row.key: own.bpmn})
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


def _differences(found: Shelf, key: str, theirs: str | None, mine: str) -> Mapping[str, str]:
    """What somebody else's save has otherwise than mine, one line for each element."""
    base = _base(found, key)
    stored = replace(base, bpmn=theirs) if theirs is not None else base
    rows = changes(stored, replace(base, bpmn=mine))[:_SHOWN]
    return {
        each.id: " · ".join((each.name or each.id, *map(_line, each.properties))) for each in rows
    }


def _line(one: Any) -> str:
    return f"{one.name}: {one.old or '–'} → {one.new or '–'}"


def _shown(row: Row[Any]) -> Json:
    return {
        "agreement": row.agreement,
        "key": row.key,
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
        "agreement": agreement, "key": key, "version": 0, "base_version": found.versions[key],
        "status": "untouched", "saved_by": None, "saved_at": None, "note": "", "answer": "",
    }  # fmt: skip


def _noted(
    store: Store, db: Connection, actor: Actor, row: Row[Any], what: str, now: datetime
) -> None:
    store.chains.record(
        db, now=now, actor=actor, what=what, facts={"draft": row.id, "version": row.version}
    )
