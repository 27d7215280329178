"""What becomes of a draft: it is submitted with a reason, approved by somebody else and deployed, or sent back.

An earlier version comes back the same way: `restore` makes its text a draft and submits it.  A draft stands on the
version that it was drawn from; where a newer one came into force meanwhile, whoever
drew it looks at what differs first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, update

from engine import access
from engine import pathway as steps
from engine.compare import changes
from engine.deploy import Deployed, one_at_a_time, put
from engine.errors import Conflict, DeployRefused, Forbidden, Invalid, StafetError
from engine.model import Actor, Finding, Json, Source
from engine.store import Store
from engine.studio.checking import judged_everywhere
from engine.studio.kept import noted, reader, row_of, there, units
from engine.studio.shelf import Shelf, shelf, shelves, version_of
from engine.studio.sources import as_source, base_of, held_anew
from engine.tables import draft


class DraftNotSubmitted(Conflict):
    """The draft has not been submitted, or has been changed since."""

    code = "draft_not_submitted"


class DraftUnchanged(Invalid):
    """The draft is as the version in force."""

    code = "draft_unchanged"


class OwnDraft(Forbidden):
    """A draft is put into force by somebody else than who drew it."""

    code = "own_draft"


class DraftOutdated(Conflict):
    """A newer version was put into force since the draft was begun. Look at what differs, and keep what shall stay."""

    code = "draft_outdated"


class DraftThere(Conflict):
    """The pathway has a draft already. Send it or throw it away before an earlier version is brought back."""

    code = "draft_there"


class ReasonMissing(Invalid):
    """An earlier version is brought back for a reason that others can read."""

    code = "reason_missing"


def submit(
    store: Store, actor: Actor, agreement: str, key: str, note: str, *, now: datetime
) -> None:
    """Ask somebody else to approve it; raises `DeployRefused` where lint finds errors, `DraftUnchanged`.

    Raises `DraftOutdated` where it does not stand on the version in force.
    """
    access.design(actor)
    with store.write() as db:
        _submitted(store, db, actor, there(db, agreement, key), note, now)


def renew(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> None:
    """Let the draft stand on the version in force as it is: what both have otherwise is the draft's from now on."""
    access.design(actor)
    with store.write() as db:
        found, row = shelf(db, agreement), there(db, agreement, key)
        base = {"base_version": found.versions.get(key, 0), "status": "editing"}
        nobody = {"submitted_by": None, "submitted_at": None}
        db.execute(update(draft).where(draft.c.id == row.id).values(**base, **nobody))
        noted(store, db, actor, row, "draft_renewed", now)


def restore(
    store: Store, actor: Actor, agreement: str, key: str, version: int, note: str, *, now: datetime
) -> None:
    """Submit the text of an earlier version: its diagram and the pathway's forms and tables, byte for byte.

    Shared parts and the agreement's settings stay as they are: they have versions and owners of their own.  Raises
    `DraftThere`, `ReasonMissing`, `DraftUnchanged` (only a part or the settings differ), `DeployRefused`, `NotFound`.
    """
    access.design(actor)
    if not note.strip():
        raise ReasonMissing
    with store.write() as db:
        found, old = shelf(db, agreement), version_of(db, agreement, key, version)
        base = base_of(found, key)
        if row_of(db, agreement, key) is not None:
            raise DraftThere
        kept = {
            "base_version": found.versions[key], "bpmn": old.bpmn, "version": 1, "status": "editing",
            "forms": _back(base.forms, old.forms), "decisions": _back(base.decisions, old.decisions),
            "saved_by": actor.id or None, "saved_at": now,
        }  # fmt: skip
        db.execute(insert(draft).values(agreement=agreement, key=key, **kept))
        _submitted(store, db, actor, there(db, agreement, key), note.strip(), now)


def approve(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    *,
    version: int | None = None,
    now: datetime,
) -> Deployed:
    """Put a submitted draft into force in every pathway that holds it, all or nothing.

    `version` is the save that was looked at.  Raises `OwnDraft`, `DraftOutdated`, `DraftNotSubmitted`.
    """
    with store.write() as db:
        # Before anything is read: what somebody else deploys at this moment counts.
        one_at_a_time(db)
        row = _waiting(db, actor, agreement, key)
        if version not in (None, row.version):
            raise DraftNotSubmitted
        _stands(shelf(db, agreement), row)
        places = shelves(db, agreement, key)
        sources = [one for place in places for one in _with(place, row)]
        author = Actor(row.submitted_by or 0, "", row.by or "")
        done = put(store, db, author, sources, row.note, now=now, approved_by=actor)
        db.execute(delete(draft).where(draft.c.id == row.id))
        noted(store, db, actor, row, "draft_approved", now)
    return done


def send_back(
    store: Store, actor: Actor, agreement: str, key: str, answer: str, *, now: datetime
) -> None:
    """Say why a submitted draft is not put into force; who drew it goes on."""
    with store.write() as db:
        row = _waiting(db, actor, agreement, key)
        back = {"status": "editing", "submitted_by": None, "submitted_at": None}
        db.execute(update(draft).where(draft.c.id == row.id).values(**back, answer=answer[:500]))
        noted(store, db, actor, row, "draft_sent_back", now)


# ---- inside ------------------------------------------------------------------------------
def _submitted(
    store: Store, db: Connection, actor: Actor, row: Row[Any], note: str, now: datetime
) -> None:
    found = shelf(db, row.agreement)
    _stands(found, row)
    every = shelves(db, row.agreement, row.key)
    _refuse(judged_everywhere((one, as_source(one, row)) for one in every))
    if not changes(base_of(found, row.key, row), as_source(found, row)):
        raise DraftUnchanged
    asked = {"status": "submitted", "submitted_by": actor.id or None, "submitted_at": now}
    values = {**asked, "note": note[:500], "answer": ""}
    db.execute(update(draft).where(draft.c.id == row.id).values(**values))
    noted(store, db, actor, row, "draft_submitted", now)


def _stands(found: Shelf, row: Row[Any]) -> None:
    if row.base_version != found.versions.get(row.key, 0):
        raise DraftOutdated


def _back(now: Mapping[str, Any], then: Mapping[str, Any]) -> Json:
    """What has to change for these files to be as they were; None deletes."""
    names = sorted(now.keys() | then.keys())
    return {name: then.get(name) for name in names if now.get(name) != then.get(name)}


def _waiting(db: Connection, actor: Actor, agreement: str, key: str) -> Row[Any]:
    """A submitted draft that this person may decide about."""
    reader(db, actor)
    row = there(db, agreement, key)
    if row.status != "submitted":
        raise DraftNotSubmitted
    if actor.id in (row.submitted_by, row.saved_by):
        raise OwnDraft
    if not access.may_approve(actor, row.submitted_by, units(db, agreement)):
        raise Forbidden
    return row


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
