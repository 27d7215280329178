"""The documents of a step, written: a shelf filled from the tables, what the step says done to it, what changed kept.

Costs nothing where a step touches no document.  The records are locked while it lasts, for two instances of a case
may do something to the same plan; the constraints of `plan` and `plan_version` say who was first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine import gate
from engine.actions.walk import Walk
from engine.documents import Around, Content, Document, Reader, Shelf, Version, answered
from engine.documents import untold as without_basis
from engine.documents.shelf import TELLS
from engine.model import Actor, DocumentAct, Json, Step
from engine.seals import answer_place, content_place, reason_place
from engine.store import Store
from engine.tables import answer, plan, plan_acceptance, plan_version


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a writer of documents has at hand."""

    db: Connection
    store: Store
    walk: Walk
    actor: Actor
    now: datetime


def write(
    db: Connection, store: Store, walk: Walk, step: Step, actor: Actor, now: datetime
) -> list[Json]:
    """Do what the step does to documents; what was done, for the audit chain.  Raises `DocumentIncomplete`."""
    if not step.documents:
        return []
    desk = _Desk(db, store, walk, actor, now)
    shelf = Shelf(_loaded(desk, {kind for act in step.documents for kind in act.kinds}))
    done: list[tuple[str, Document, DocumentAct]] = []
    for act in step.documents:
        done += [(verb, doc, act) for verb, doc in shelf.take(act, _around(desk, act))]
    for document in shelf.documents:
        # A record must be closed before the next one of its kind is opened, and a version ended before the next.
        _keep(desk, document)
    return [
        {"document": doc.id, "kind": doc.kind, "version": doc.newest.number, "did": verb}
        for verb, doc, _act in done
    ]


def untold(walk: Walk, step: Step, done: Iterable[Json]) -> list[tuple[str, str]]:
    """Who sent a document (`done`, as `write` gives it) and to which party it did not go, for want of a basis."""
    if all(each["did"] not in TELLS for each in done):
        return []
    # Who is no party of the case is nobody that a basis could be found for.
    there = walk.around.parties
    found = without_basis(step.documents, lambda sender, party: _basis(walk, sender, party))
    return [(sender, party) for sender, party in found if party in there]


def let_go(db: Connection, case_id: int, consents: Iterable[gate.Consent], now: datetime) -> None:
    """Let those read who were held for want of a basis and now have one."""
    known = list(consents)
    asked = (
        select(plan_acceptance.c.id, plan_acceptance.c.party)
        .join(plan_version, plan_version.c.id == plan_acceptance.c.version_id)
        .join(plan, plan.c.id == plan_version.c.plan_id)
        .where(plan.c.case_id == case_id, plan_acceptance.c.sent_at.is_(None))
    )
    for row in db.execute(asked).all():
        if (found := gate.basis(known, row.party)) is not None:
            sent = update(plan_acceptance).where(plan_acceptance.c.id == row.id)
            db.execute(sent.values(sent_at=now, basis=found[:200]))


# ---- from the tables ---------------------------------------------------------------------
def _loaded(desk: _Desk, kinds: set[str]) -> list[Document]:
    """The case's documents of these kinds, oldest first."""
    db = desk.db
    wanted = select(plan).where(plan.c.case_id == desk.walk.case_id, plan.c.kind.in_(kinds))
    rows = db.execute(wanted.order_by(plan.c.id).with_for_update()).all()
    if not rows:
        return []
    found = {row.id: _document(row) for row in rows}
    for row in rows:
        found[row.id].copied_from = found.get(row.copied_from_id)
    # The content may be long; it is fetched where somebody asks.
    light = (column for column in plan_version.c if column.name not in ("content", "reason"))
    versions: dict[int, Version] = {}
    asked = select(*light).where(plan_version.c.plan_id.in_(found))
    for row in db.execute(asked.order_by(plan_version.c.number)):
        versions[row.id] = made = _version(desk, row)
        found[row.plan_id].versions.append(made)
    asked = select(plan_acceptance).where(plan_acceptance.c.version_id.in_(versions))
    for row in db.execute(asked.order_by(plan_acceptance.c.id)):
        versions[row.version_id].readers[row.party] = _reader(row)
    return list(found.values())


def _document(row: Row[Any]) -> Document:
    closed = "bortfald" if row.status == "bortfaldet" else "afloest" if row.closed_at else ""
    return Document(
        row.kind, row.series, row.opened_at, [], row.closed_at, closed, id=row.id, changed=False
    )


def _version(desk: _Desk, row: Row[Any]) -> Version:
    return Version(
        row.number, _opened(desk, row.id, row.plan_id, row.number), row.party, row.element, row.made_at,
        row.valid_from, row.valid_to, row.ended_at, row.ended or "", reused=row.reused,
        made_in=str(row.instance_id), id=row.id, changed=False,
    )  # fmt: skip


def _opened(desk: _Desk, version: int, document: int, number: int) -> Callable[[], Content]:
    def content() -> Content:
        asked = select(plan_version.c.content).where(plan_version.c.id == version)
        sealed: bytes = desk.db.execute(asked).scalar_one()
        found: Content = desk.store.keyring.open_json(sealed, content_place(document, number))
        return found

    return content


def _reader(row: Row[Any]) -> Reader:
    return Reader(
        row.party, row.asked, row.sent_at, row.basis, row.answer, row.answered_at, row.manner, row.id,
        changed=False,
    )  # fmt: skip


# ---- what a shelf must know --------------------------------------------------------------
def _around(desk: _Desk, act: DocumentAct) -> Around:
    walk = desk.walk
    return Around(
        kinds=walk.pathway.plan.agreement.documents,
        forms=walk.pathway.papers,
        calendar=walk.pathway.plan.agreement.calendar,
        now=desk.now,
        series=str(walk.id),
        earlier=lambda since: _earlier(desk, since),
        basis=lambda sender, party: _basis(walk, sender, party),
    )


def _earlier(desk: _Desk, since: datetime | None) -> Json:
    """What was answered on this walk, the newest of each name; in a round, of each party."""
    walk, rounds = desk.walk, desk.walk.pathway.rounds
    wanted = select(answer.c.element, answer.c.party, answer.c.at, answer.c["values"])
    wanted = wanted.where(answer.c.case_id == walk.case_id, answer.c.instance_id == walk.id)
    if since is not None:
        # What a party wrote in an earlier turn stands until it writes again.
        wanted = wanted.where((answer.c.at >= since) | answer.c.element.in_(rounds))
    found: Json = {}
    for row in desk.db.execute(wanted.order_by(answer.c.id)):
        place = answer_place(walk.id, row.element, row.at)
        said = desk.store.keyring.open_json(row.values, place)
        found = answered(found, said, rounds.get(row.element), row.party)
    return found


def _basis(walk: Walk, sender: str, party: str) -> str | None:
    """As a message's: between units there must be one.  Who is no party (the citizen) is told by the one who speaks."""
    units, receiver = walk.around.parties, walk.around.parties.get(party)
    own = units.get(sender)
    if receiver is None:
        return None if party in walk.pathway.plan.agreement.parties else gate.INSIDE
    if own is not None and own.id == receiver.id:
        return gate.INSIDE
    return gate.basis(walk.around.consents, party)


# ---- to the tables -----------------------------------------------------------------------
def _keep(desk: _Desk, document: Document) -> None:
    ended = [v for v in document.versions if v.id is not None and v.changed and v.ended_at]
    for version in ended:
        _keep_version(desk, document, version)
    if document.changed or any(v.changed for v in document.versions) or document.id is None:
        _keep_document(desk, document)
    for version in document.versions:
        if version.changed and version not in ended:
            _keep_version(desk, document, version)
        for reader in version.readers.values():
            if reader.changed:
                _keep_reader(desk, version, reader)


def _keep_document(desk: _Desk, it: Document) -> None:
    in_force = None if it.closed_at is not None else it.in_force
    values = {
        "status": it.status,
        "active_version": in_force.number if in_force else None,
        "closed_at": it.closed_at,
    }
    if it.id is not None:
        desk.db.execute(update(plan).where(plan.c.id == it.id).values(values))
        return
    begun = {
        "case_id": desk.walk.case_id,
        "kind": it.kind,
        "series": it.series,
        "instance_id": desk.walk.id,
        "opened_at": it.opened_at,
        "copied_from_id": it.copied_from.id if it.copied_from else None,
    }
    it.id = desk.db.execute(insert(plan).values(begun | values).returning(plan.c.id)).scalar_one()


def _keep_version(desk: _Desk, document: Document, it: Version) -> None:
    assert document.id is not None
    seal = desk.store.keyring
    place = reason_place(document.id, it.number)
    values: Json = {
        "valid_from": it.valid_from,
        "valid_to": it.valid_to,
        "ended_at": it.ended_at,
        "ended": it.ended or None,
    }
    if it.reason:
        values["reason"] = seal.seal(it.reason, place)
    if it.id is not None:
        desk.db.execute(update(plan_version).where(plan_version.c.id == it.id).values(values))
        return
    unit = desk.walk.around.parties.get(it.party)
    made = {
        "plan_id": document.id,
        "number": it.number,
        "content": seal.seal_json(it.content(), content_place(document.id, it.number)),
        "reused": it.reused,
        "party": it.party,
        "unit_id": unit.id if unit else None,
        "person_id": desk.actor.id or None,
        "instance_id": desk.walk.id,
        "element": it.element,
        "made_at": it.made_at,
    }
    added = insert(plan_version).values(made | values).returning(plan_version.c.id)
    it.id = desk.db.execute(added).scalar_one()


def _keep_reader(desk: _Desk, version: Version, it: Reader) -> None:
    values: Json = {
        "asked": it.asked,
        "sent_at": it.sent_at,
        "basis": it.basis[:200],
        "answer": it.answer,
        "answered_at": it.answered_at,
        "manner": it.manner,
    }
    if it.answered_at == desk.now:
        values["person_id"] = desk.actor.id or None
    if it.id is not None:
        changed = update(plan_acceptance).where(plan_acceptance.c.id == it.id)
        desk.db.execute(changed.values(values))
        return
    unit = desk.walk.around.parties.get(it.party)
    made = {
        "version_id": version.id,
        "party": it.party,
        "unit_id": unit.id if unit else None,
    }
    desk.db.execute(insert(plan_acceptance).values(made | values))
