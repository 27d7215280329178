"""What an identity provider vouches for, in the database: who it is, jobs from–to, sessions that it ends."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, text, update

from engine import audit, logins, queries, rotation
from engine.errors import LoginNotBegun, LoginTaken, NoJob, NotFound, PersonUnknown
from engine.logins import Carried, Proof, Terms, Vouched
from engine.logins.vouched import Post
from engine.model import Actor
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import identity, login_request, membership, person, session, unit
from tests.store.cast import NOW, SINCE, opened
from tests.store.conftest import KEYS

TERMS = Terms("https://login.example")
NURSE, LEADER = Post("sor", "1001", "sygeplejerske"), Post("sor", "1001", "leder")
NINA = Vouched("s-1", "nina", "Nina Nord", "nina@region.example", frozenset([NURSE]), "High")
DAY = timedelta(days=1)


@pytest.fixture
def store(store: Store) -> Store:
    with store.write() as db:
        db.execute(update(unit).where(unit.c.id == 1).values(sor="1001", cvr="29190623"))
        db.execute(update(unit).where(unit.c.id == 2).values(sor="1002", cvr="29190623"))
        if store.engine.dialect.name == "postgresql":
            # The cast came with numbers of its own.
            db.execute(text("SELECT setval(pg_get_serial_sequence('person', 'id'), 100)"))
    return store


def _in(store: Store, who: Vouched = NINA, now: object = NOW, **more: str) -> logins.Session:
    return logins.log_in_vouched(store, TERMS, who, Proof(**more), now=now)  # type: ignore[arg-type]


def _rows(store: Store) -> list[tuple[str, date, date | None, bool]]:
    asked = (
        select(membership).join(person).where(person.c.login == "nina").order_by(membership.c.id)
    )
    with store.read() as db:
        return [
            (row.role, row.valid_from, row.valid_to, row.ended_at is not None)
            for row in db.execute(asked)
        ]


def test_a_job_lasts_from_its_first_login_and_some_days_after_each(store: Store) -> None:
    today = NOW.date()
    _in(store)
    assert _rows(store) == [("sygeplejerske", today, today + 30 * DAY, False)]
    _in(store, now=NOW + 10 * DAY)
    assert _rows(store) == [("sygeplejerske", today, today + 40 * DAY, False)]
    assert logins.actor(store, "nina", now=NOW + 40 * DAY).memberships
    assert not logins.actor(store, "nina", now=NOW + 41 * DAY).memberships
    _in(store, now=NOW + 50 * DAY)
    assert [row[1] for row in _rows(store)] == [today, today + 50 * DAY]


def test_what_is_no_longer_said_ends_at_once_and_may_be_said_again(store: Store) -> None:
    _in(store, replace(NINA, posts=frozenset([NURSE, LEADER])))
    later = NOW + timedelta(hours=1)
    assert len(_in(store, now=later).actor.memberships) == 1
    assert {row[0]: row[3] for row in _rows(store)} == {"sygeplejerske": False, "leder": True}
    both = _in(store, replace(NINA, posts=frozenset([NURSE, LEADER])), now=later)
    assert len(both.actor.memberships) == 2
    assert len(_rows(store)) == 2
    assert audit.verify(store).ok


def test_who_has_no_job_left_is_out_with_every_session(store: Store) -> None:
    first = _in(store)
    with pytest.raises(NoJob):
        _in(store, replace(NINA, posts=frozenset()))
    found = logins.session(store, first.secret, now=NOW)
    assert found is not None
    assert found.actor.memberships == ()


def test_looks_of_the_day_on_which_a_job_ended_are_still_that_units(
    store: Store, as_: Callable[[str], Actor]
) -> None:
    case = opened(store)
    nina = _in(store).actor
    queries.case(store, nina, case, now=NOW)
    with pytest.raises(NoJob):
        _in(store, replace(NINA, posts=frozenset()), now=NOW + timedelta(minutes=5))
    with store.write() as db:
        job = {"person_id": 2, "unit_id": 1, "role": "leder", "valid_from": SINCE}
        db.execute(insert(membership).values(**job))
    leader = as_("anna")
    seen = queries.seen(store, leader, case_id=case, now=NOW + timedelta(hours=1))
    assert "Nina Nord" in str(seen.items)


def test_jobs_that_somebody_else_gave_are_left_alone(store: Store) -> None:
    logins.await_person(store, "ida", "", days=1, now=NOW)
    ida = replace(NINA, login="ida")
    assert [m.role for m in _in(store, ida).actor.memberships] == ["sygeplejerske"]
    assert len(_in(store, replace(ida, posts=frozenset())).actor.memberships) == 1
    with store.read() as db:
        row = db.execute(select(membership).where(membership.c.person_id == 1)).one()
    assert (row.source, row.valid_to, row.ended_at) == ("", None, None)


@pytest.mark.parametrize(
    "post",
    [
        Post("cvr", "29190623", "sygeplejerske"),  # two units have it
        Post("sor", "9", "sygeplejerske"),
        Post("kommunekode", "1001", "sygeplejerske"),
    ],
)
def test_a_code_that_does_not_name_one_unit_gives_nothing(store: Store, post: Post) -> None:
    with pytest.raises(NoJob):
        _in(store, replace(NINA, posts=frozenset([post])))


def test_a_unit_that_has_closed_gives_nothing(store: Store) -> None:
    with store.write() as db:
        db.execute(update(unit).where(unit.c.id == 1).values(valid_to=NOW.date() - DAY))
    with pytest.raises(NoJob):
        _in(store)


def test_a_person_is_known_by_issuer_and_subject_letter_by_letter(store: Store) -> None:
    _in(store)
    for stranger in (replace(NINA, subject="S-1"), replace(NINA, subject="s-2")):
        with pytest.raises(LoginTaken):
            _in(store, stranger)
    with pytest.raises(LoginTaken):
        logins.log_in_vouched(store, Terms("https://ond.example"), NINA, Proof(), now=NOW)
    # A new user name there changes nothing here, a new name does.
    married = _in(store, replace(NINA, login="nina2", name="Nina Syd"))
    assert (married.actor.login, married.actor.name) == ("nina", "Nina Syd")


def test_the_login_of_somebody_else_is_refused_in_any_case_of_letters(store: Store) -> None:
    for login in ("ida", "IDA"):
        with pytest.raises(LoginTaken):
            _in(store, replace(NINA, login=login))


def test_an_awaited_person_is_awaited_for_some_days_and_once(store: Store) -> None:
    closed = replace(TERMS, new_people=False)
    with pytest.raises(PersonUnknown):
        logins.log_in_vouched(store, closed, NINA, Proof(), now=NOW)
    with pytest.raises(NotFound):
        logins.await_person(store, "nina", "", days=2, now=NOW)
    logins.await_person(store, "nina", "Nina N", days=2, now=NOW)
    with pytest.raises(LoginTaken):
        logins.log_in_vouched(store, closed, NINA, Proof(), now=NOW + 2 * DAY)
    logins.log_in_vouched(store, closed, NINA, Proof(), now=NOW + DAY)
    with pytest.raises(LoginTaken):
        logins.log_in_vouched(store, closed, replace(NINA, subject="x"), Proof(), now=NOW + DAY)
    assert [(row.login, row.jobs) for row in logins.linked(store, now=NOW + DAY)] == [("nina", 1)]


def test_cutting_the_tie_ends_its_jobs_and_sessions(store: Store) -> None:
    secret = _in(store, id_token="x").secret
    logins.unlink(store, "nina", now=NOW)
    assert logins.session(store, secret, now=NOW) is None
    assert logins.actor(store, "nina", now=NOW).memberships == ()
    with pytest.raises(LoginTaken):
        _in(store)
    with pytest.raises(NotFound):
        logins.unlink(store, "nina", now=NOW)
    with store.read() as db:
        assert db.execute(select(identity)).all() == []


def test_the_provider_ends_one_session_or_all_that_began_before(store: Store) -> None:
    def end(**which: str) -> int:
        told = {"sid": "", "subject": "", **which}
        return logins.end_elsewhere(store, TERMS.issuer, **told, before=NOW, now=NOW)

    first, second = _in(store, sid="a", id_token="x"), _in(store, sid="b", id_token="x")
    later = _in(store, now=NOW + DAY / 48, sid="c", id_token="x")
    assert end(sid="z") == 0
    assert end(sid="a", subject="s-2") == 0
    assert end(sid="a") == 1
    assert logins.session(store, first.secret, now=NOW) is None
    assert end(subject="s-1") == 1
    assert logins.session(store, second.secret, now=NOW) is None
    assert logins.session(store, later.secret, now=NOW + DAY / 48) is not None
    assert audit.verify(store).ok


def test_the_proof_is_sealed_and_nothing_names_the_subject(store: Store) -> None:
    found = _in(store, sid="sid-1", id_token="eyJ.nina.sig")
    assert logins.proof_of(store, found.secret) == "eyJ.nina.sig"
    assert logins.proof_of(store, "x") == ""
    with store.read() as db:
        kept = str([db.execute(select(table)).all() for table in (session, identity)])
    for word in ("eyJ", "sid-1", "s-1", found.secret):
        assert word not in kept


def test_a_login_that_has_begun_is_taken_once_by_its_own_browser(store: Store) -> None:
    carried = Carried("/sager", [("kept:fritekst", "Hun har det bedre")])
    begun = logins.begin_request(store, carried, address="a", now=NOW)
    with store.read() as db:
        assert "bedre" not in str(db.execute(select(login_request)).all())
    for secret, state in ((begun.secret, "x"), ("x", begun.state), ("", "")):
        with pytest.raises(LoginNotBegun):
            logins.take_request(store, secret, state, address="a", now=NOW)
    found, back = logins.take_request(store, begun.secret, begun.state, address="a", now=NOW)
    assert (found.verifier, back) == (begun.verifier, carried)
    with pytest.raises(LoginNotBegun):
        logins.take_request(store, begun.secret, begun.state, address="a", now=NOW)
    assert begun.secret not in repr(begun)


def test_who_was_known_by_an_older_index_key_is_known_and_then_by_the_newest(store: Store) -> None:
    first = _in(store, sid="sid-1")
    url = store.engine.url.render_as_string(hide_password=False)
    longer = Keyring.used(Keyring.extended(KEYS, index=True))
    with closing(Store(url, Keyring.from_text(longer))) as newer:
        assert rotation.unindexed(newer, 1)[1] == 1
        ended = {"sid": "sid-1", "subject": "", "before": NOW, "now": NOW}
        assert logins.end_elsewhere(newer, TERMS.issuer, **ended) == 1
        assert logins.session(newer, first.secret, now=NOW) is None
        again = _in(newer, replace(NINA, login="nina.nord"), now=NOW + DAY)
        assert again.actor.id == first.actor.id
        assert rotation.unindexed(newer, 1)[1] == 0
