"""Logging in as whom an identity provider vouches for: the person, his jobs by its word, and the end of sessions.

A person is known again by issuer and subject (a keyed index; the subject itself is not kept).  What the provider
vouches for becomes memberships from the day it is first said; each login says it again for some days more.  What is no
longer said ends at once (`membership.ended_at`); jobs that somebody else gave are not touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from engine.errors import LoginTaken, NoJob, PersonUnknown, StafetError
from engine.logins.linking import OIDC, hold, new_person
from engine.logins.loading import HOME, loaded
from engine.logins.sessions import Session, begin, digest
from engine.logins.vouched import Post, Vouched
from engine.model import MACHINE, Actor
from engine.seals import id_token_place
from engine.store import Store
from engine.tables import identity, person, unit, valid_on
from engine.tables import session as session_table


@dataclass(frozen=True, slots=True)
class Terms:
    """`issuer` vouches; `new_people`: whether it may bring somebody unknown; `days`: how long its word holds."""

    issuer: str
    new_people: bool = True
    days: int = 30


@dataclass(frozen=True, slots=True)
class Proof:
    """What is kept of the login for its end: the provider's name of the session, and its ID token."""

    sid: str = field(default="", repr=False)
    id_token: str = field(default="", repr=False)


def log_in_vouched(
    store: Store, terms: Terms, vouched: Vouched, proof: Proof, *, now: datetime, before: str = ""
) -> Session:
    """A session; raises `PersonUnknown`, `LoginTaken` or `NoJob`.  Jobs that are over end also where it is refused."""
    whom = MACHINE
    refused: StafetError
    with store.write() as db:
        jobs = _jobs(db, vouched.posts, now)
        try:
            row = _person(store, db, terms, vouched, bool(jobs), now)
        except StafetError as exc:
            refused = exc
        else:
            hold(store, db, row.id, jobs, now=now, days=terms.days)
            whom = loaded(db, row, now)
            if whom.memberships:
                by = {"by": OIDC, "level": vouched.level}
                found = begin(store, db, whom, now=now, before=before, by=by)
                _keep(store, db, terms, found, proof)
                return found
            refused = NoJob()
        _tell(store, db, whom, refused, now)
    raise refused


def note_refusal(store: Store, why: StafetError, *, now: datetime) -> None:
    """Somebody who had begun here came back with what the rules refuse."""
    with store.write() as db:
        _tell(store, db, MACHINE, why, now)


def proof_of(store: Store, secret: str) -> str:
    """The ID token of this session, for the provider's logout; "" where a password began it."""
    key = digest(secret)
    with store.read() as db:
        kept = db.scalar(select(session_table.c.id_token).where(session_table.c.key == key))
    return store.keyring.open(bytes(kept), id_token_place(key)) if kept else ""


def end_elsewhere(
    store: Store, issuer: str, *, sid: str, subject: str, before: datetime, now: datetime
) -> int:
    """The provider has ended a session of its own (`sid`), or all of a person's that began before; how many."""
    with store.write() as db:
        which: ColumnElement[bool] = session_table.c.created_at <= before
        if sid:
            which &= session_table.c.sid_index.in_(indexes_of(store, "sid", issuer, sid))
        if subject:
            known = select(identity.c.person_id).where(
                identity.c.subject_index.in_(indexes_of(store, "subject", issuer, subject))
            )
            which &= session_table.c.person_id.in_(known)
            which &= session_table.c.id_token.is_not(None)
        rows = db.execute(
            select(person).where(person.c.id.in_(select(session_table.c.person_id).where(which)))
        ).all()
        count = db.execute(delete(session_table).where(which)).rowcount
        for row in rows:
            facts = {"by": OIDC}
            whom = loaded(db, row, now)
            store.chains.record(db, now=now, actor=whom, what="logged_out", facts=facts)
    return int(count)


# ---- inside ------------------------------------------------------------------------------
def _person(
    store: Store, db: Connection, terms: Terms, vouched: Vouched, has_job: bool, now: datetime
) -> Row[Any]:
    """Who it is, with today's name; made where the provider may bring new people."""
    key = index_of(store, "subject", terms.issuer, vouched.subject)
    keys = indexes_of(store, "subject", terms.issuer, vouched.subject)
    known = db.scalar(select(identity.c.person_id).where(identity.c.subject_index.in_(keys)))
    if known is None:
        known = _awaited(db, vouched.login, now)
    if known is None:
        if not terms.new_people:
            raise PersonUnknown
        if not has_job:
            raise NoJob
        known = new_person(db, vouched.login, vouched.name)
    row = db.execute(select(person).where(person.c.id == known)).one()
    if not row.active:
        raise PersonUnknown("Your user in Stafet is closed. Ask your leader.")
    mark = {"subject_index": key, "index_key": store.keyring.indexer}
    seen = {**mark, "awaited_until": None, "seen_at": now}
    if not db.execute(update(identity).where(identity.c.person_id == known).values(seen)).rowcount:
        db.execute(insert(identity).values(person_id=known, made_at=now, **seen))
    told = {"name": vouched.name, "email": vouched.email or row.email}
    db.execute(update(person).where(person.c.id == known).values(told))
    return db.execute(select(person).where(person.c.id == known)).one()


def _awaited(db: Connection, login: str, now: datetime) -> int | None:
    """The person with this login, where an operator said that the provider's is the same; raises `LoginTaken`."""
    same = or_(person.c.login == login, func.lower(person.c.login) == login.lower())
    rows = db.execute(
        select(person.c.id, identity.c.subject_index, identity.c.awaited_until)
        .outerjoin(identity, identity.c.person_id == person.c.id)
        .where(same)
    ).all()
    if not rows:
        return None
    row = rows[0]
    if len(rows) > 1 or row.subject_index or not row.awaited_until or row.awaited_until <= now:
        raise LoginTaken
    return int(row.id)


def _jobs(db: Connection, posts: Iterable[Post], now: datetime) -> frozenset[tuple[int, str]]:
    """Units by their codes: one that nobody has, or several, gives nothing."""
    posts, found = list(posts), set()
    for kind in {post.kind for post in posts}:
        column = unit.c[kind]
        wanted = {post.code for post in posts if post.kind == kind}
        rows = db.execute(
            select(column, func.min(unit.c.id))
            .where(column.in_(wanted), valid_on(unit, _day(now)))
            .group_by(column)
            .having(func.count() == 1)
        )
        ids: dict[str, int] = dict(iter(rows))
        found |= {(ids[p.code], p.role) for p in posts if p.kind == kind and p.code in ids}
    return frozenset(found)


def _tell(store: Store, db: Connection, whom: Actor, why: StafetError, now: datetime) -> None:
    facts = {"by": OIDC, "why": why.code}
    store.chains.record(db, now=now, actor=whom, what="login_refused", facts=facts)


def _keep(store: Store, db: Connection, terms: Terms, found: Session, proof: Proof) -> None:
    key = digest(found.secret)
    sealed = store.keyring.seal(proof.id_token, id_token_place(key))
    sid = index_of(store, "sid", terms.issuer, proof.sid) if proof.sid else None
    here = update(session_table).where(session_table.c.key == key)
    db.execute(here.values(id_token=sealed, sid_index=sid))


def index_of(store: Store, what: str, issuer: str, text: str) -> bytes:
    """What is kept of a provider's name of something: the same for the same text, letter by letter."""
    found: bytes = store.keyring.index(f"identity.{what}", _exact(issuer, text))
    return found


def indexes_of(store: Store, what: str, issuer: str, text: str) -> list[bytes]:
    """`index_of` by each of the ring's keys: what one looks for."""
    return list(store.keyring.indexes(f"identity.{what}", _exact(issuer, text)))


def _exact(issuer: str, text: str) -> str:
    return hashlib.sha256(f"{issuer}\n{text}".encode(errors="replace")).hexdigest()


def _day(now: datetime) -> date:
    return now.astimezone(HOME).date()
