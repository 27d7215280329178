"""What becomes of a draft: it is submitted with a reason, approved by somebody else and deployed, or sent back.

An earlier version comes back the same way: `restore` makes its text a draft and submits it.  A draft stands on the
version that it was drawn from; where a newer one came into force meanwhile, whoever
drew it looks at what differs first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, update

from engine import access, files
from engine import pathway as steps
from engine.actions.hand import numberless
from engine.compare import changes
from engine.deploy import Deployed, day_to_come, errors, one_at_a_time, put, told
from engine.errors import Conflict, DeployRefused, Forbidden, Invalid, StafetError
from engine.imports.notes import Say
from engine.model import Actor, Finding, Json, Source
from engine.store import Store
from engine.studio.checking import judged_everywhere
from engine.studio.drafts import altered, differences, meant
from engine.studio.kept import moment_of, noted, reader, row_of, there, units
from engine.studio.packing import place_of
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
    """Say why, so that others can read it."""

    code = "reason_missing"


def submit(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    note: str,
    *,
    begins_on: date | None = None,
    version: int | None = None,
    say: Say = str,
    now: datetime,
) -> None:
    """Ask somebody else to approve it; raises `DeployRefused` (in words of `say`) where lint finds errors.

    `begins_on`: the day to come that it is meant for; None: it is in force when it is approved.  Raises
    `DayPassed`, and `DraftOutdated` where it does not stand on the version that is in force then.  `version`: the save
    that is meant; raises `DraftChanged` where there is a newer one, `DraftUnchanged`, and `ReasonMissing`.
    """
    access.design(actor)
    _reasoned(note)
    with store.write() as db:
        row = meant(db, agreement, key, version, now)
        _submitted(store, db, actor, _for(db, row, begins_on, now), note.strip(), say, now)


def renew(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    *,
    begins_on: date | None = None,
    version: int | None = None,
    now: datetime,
) -> None:
    """Let the draft stand as it is on the version in force (on that day): what both have otherwise is the draft's."""
    access.design(actor)
    with store.write() as db:
        row = _for(db, meant(db, agreement, key, version, now), begins_on, now)
        found = shelf(db, agreement, moment_of(row, now))
        base = {"base_version": found.versions.get(key, 0), "status": "editing"}
        nobody = {"submitted_by": None, "submitted_at": None}
        db.execute(update(draft).where(draft.c.id == row.id).values(**base, **nobody))
        noted(store, db, actor, row, "draft_renewed", now)


def restore(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    version: int,
    note: str,
    *,
    say: Say = str,
    now: datetime,
) -> None:
    """Submit the text of an earlier version: its diagram and the pathway's forms and tables, byte for byte.

    Shared parts and the agreement's settings stay as they are: they have versions and owners of their own.  Raises
    `DraftThere`, `ReasonMissing`, `DraftUnchanged` (only a part or the settings differ), `DeployRefused`, `NotFound`.
    """
    access.design(actor)
    if not note.strip():
        raise ReasonMissing("An earlier version is brought back for a reason that others can read.")
    numberless(note, "note")
    with store.write() as db:
        found, old = shelf(db, agreement, now), version_of(db, agreement, key, version)
        base = base_of(found, key)
        if row_of(db, agreement, key) is not None:
            raise DraftThere
        kept = {
            "base_version": found.versions[key], "bpmn": old.bpmn, "version": 1, "status": "editing",
            "forms": _back(base.forms, old.forms), "decisions": _back(base.decisions, old.decisions),
            "saved_by": actor.id or None, "saved_at": now,
        }  # fmt: skip
        db.execute(insert(draft).values(agreement=agreement, key=key, **kept))
        _submitted(store, db, actor, there(db, agreement, key), note.strip(), say, now)


def approve(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    *,
    version: int | None = None,
    say: Say = str,
    now: datetime,
) -> Deployed:
    """Put a submitted draft into force in every pathway that holds it, all or nothing: at once, or from its day.

    `version` is the save that was looked at.  Raises `OwnDraft`, `DraftOutdated`, `DraftNotSubmitted`.
    """
    with store.write() as db:
        # Before anything is read: what somebody else deploys at this moment counts.
        one_at_a_time(db)
        row = _waiting(db, actor, agreement, key, version, now)
        at = moment_of(row, now)
        _stands(db, shelf(db, agreement, at), row)
        places = shelves(db, agreement, key, at)
        sources = [one for place in places for one in _with(place, row, say)]
        author = Actor(row.submitted_by or 0, "", row.by or "")
        # Who approves on the day or after it puts it into force at once.
        day = row.begins_on if at > now else None
        place = place_of(places[0], key)
        came = {place: row.came} if row.came and day else None
        done = put(
            store,
            db,
            author,
            sources,
            row.note,
            now=now,
            approved_by=actor,
            begins_on=day,
            came=came,
        )
        if row.came and day is None:
            files.keep(db, place, row.came, now)
        db.execute(delete(draft).where(draft.c.id == row.id))
        noted(store, db, actor, row, "draft_approved", now)
    return done


def send_back(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    answer: str,
    *,
    version: int | None = None,
    now: datetime,
) -> None:
    """Say why a submitted draft is not put into force; who drew it goes on.  `version`: the save that was looked at."""
    _reasoned(answer)
    with store.write() as db:
        row = _waiting(db, actor, agreement, key, version, now)
        back = {"status": "editing", "submitted_by": None, "submitted_at": None}
        db.execute(update(draft).where(draft.c.id == row.id).values(**back, answer=answer[:500]))
        noted(store, db, actor, row, "draft_sent_back", now)


# ---- inside ------------------------------------------------------------------------------
def _submitted(
    store: Store, db: Connection, actor: Actor, row: Row[Any], note: str, say: Say, now: datetime
) -> None:
    at = moment_of(row, now)
    found = shelf(db, row.agreement, at)
    _stands(db, found, row)
    every = shelves(db, row.agreement, row.key, at)
    _refuse(judged_everywhere(((one, as_source(one, row)) for one in every), say))
    if not changes(base_of(found, row.key, row), as_source(found, row)):
        raise DraftUnchanged
    asked = {"status": "submitted", "submitted_by": actor.id or None, "submitted_at": now}
    values = {**asked, "note": note[:500], "answer": ""}
    db.execute(update(draft).where(draft.c.id == row.id).values(**values))
    noted(store, db, actor, row, "draft_submitted", now)


def _for(db: Connection, row: Row[Any], begins_on: date | None, now: datetime) -> Row[Any]:
    """The draft, meant for that day."""
    day = day_to_come(begins_on, now)
    db.execute(update(draft).where(draft.c.id == row.id).values(begins_on=day))
    return there(db, row.agreement, row.key)


def _reasoned(note: str) -> None:
    if not note.strip():
        raise ReasonMissing(fields={"note": (ReasonMissing.__doc__ or "").strip()})
    numberless(note, "note")


def _stands(db: Connection, found: Shelf, row: Row[Any]) -> None:
    """Raise `DraftOutdated` with what the newer version changed, where there is one."""
    used = found.versions.get(row.key, 0)
    if row.base_version == used:
        return
    known = [version_of(db, row.agreement, row.key, n) for n in (row.base_version, used) if n]
    raise DraftOutdated(fields=differences(*known) if len(known) > 1 else {})


def _back(now: Mapping[str, Any], then: Mapping[str, Any]) -> Json:
    """What has to change for these files to be as they were; None deletes."""
    names = sorted(now.keys() | then.keys())
    return {name: then.get(name) for name in names if now.get(name) != then.get(name)}


def _waiting(
    db: Connection, actor: Actor, agreement: str, key: str, version: int | None, now: datetime
) -> Row[Any]:
    """A submitted draft that this person may decide about; `version`: the save that was looked at."""
    reader(db, actor)
    row = there(db, agreement, key)
    moved = version not in (None, row.version)
    if moved or row.status != "submitted":
        raise DraftNotSubmitted(fields=altered(db, row, now) if moved else {})
    if actor.id in (row.submitted_by, row.saved_by):
        raise OwnDraft
    if not access.may_approve(actor, row.submitted_by, units(db, agreement)):
        raise Forbidden
    return row


def _with(found: Shelf, row: Row[Any], say: Say) -> list[Source]:
    """The draft and every pathway that has it for a part; raises `DeployRefused` where one cannot run."""
    own = as_source(found, row)
    _refuse(judged_everywhere([(found, own)], say))
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
            place = f"{found.agreement}/{source.key}"
            raise DeployRefused(fields={place: told(exc, say)}) from exc
    return made


def _refuse(findings: list[Finding]) -> None:
    if problems := errors(findings):
        raise DeployRefused(fields=problems)
