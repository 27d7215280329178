"""Logging in: guessing is slow, sessions end, secrets are not kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, insert, select, update

from engine import logins
from engine.errors import Invalid, LoginRefused, NotFound, ScopeMissing, TooFast
from engine.model import MACHINE, Membership
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import login_attempt, membership, person, session, token, unit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HASHED = logins.hash_password("bøgeblad")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/stafet.db", Keyring.from_text(Keyring.generate()))
    made.upgrade()
    with made.write() as db:
        db.execute(
            insert(person),
            [
                {"id": 1, "login": "ida", "name": "Ida Ibsen", "password_hash": HASHED},
                {"id": 2, "login": "ole", "name": "Ole Olsen", "password_hash": None},
            ],
        )
        db.execute(
            insert(unit).values(
                id=5, name="Afsnit A", sector="psykiatri", valid_from=date(2020, 1, 1)
            )
        )
        for role, first, last in (
            ("sygeplejerske", date(2026, 11, 24), date(2026, 11, 24)),
            ("læge", date(2026, 11, 25), None),
            ("leder", date(2020, 1, 1), date(2026, 11, 23)),
        ):
            db.execute(
                insert(membership).values(
                    person_id=1, unit_id=5, role=role, valid_from=first, valid_to=last
                )
            )
    yield made
    made.close()


def log_in(
    store: Store,
    login: str = "ida",
    password: str = "bøgeblad",
    at: datetime = NOW,
    address: str = "a",
) -> logins.Session:
    return logins.log_in(store, login, password, address=address, now=at)


def test_ida_logs_in_and_has_todays_roles(store: Store) -> None:
    ida = log_in(store).actor
    assert (ida.id, ida.login, ida.name, ida.language) == (1, "ida", "Ida Ibsen", "da")
    assert ida.memberships == (Membership(5, "Afsnit A", "sygeplejerske"),)
    # 23:30 UTC is tomorrow in Denmark.
    tomorrow = logins.actor(store, "ida", now=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    assert [m.role for m in tomorrow.memberships] == ["læge"]


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("ida", "forkert"),
        ("ida", ""),
        ("ole", ""),
        ("ukendt", "bøgeblad"),
        ("ida", "\ud800"),
        ("\ud800", "x"),
        ("ida\0", "bøgeblad"),
    ],
)
def test_a_wrong_login_or_password_says_the_same(
    store: Store, login: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = _Counted()
    monkeypatch.setattr(logins.passwords, "_hasher", counted)
    with pytest.raises(LoginRefused) as refused:
        log_in(store, login, password)
    assert refused.value.sentence == "The login or the password is wrong."
    assert counted.verified == 1, "an unknown login costs the work of a known one"


class _Counted(PasswordHasher):
    verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.verified += 1
        return super().verify(hash, password)


def test_guessing_one_login_is_stopped_even_with_the_right_password_then(store: Store) -> None:
    with closing(Store(str(store.engine.url), store.keyring)) as another:
        for number in range(logins.PER_LOGIN):
            with pytest.raises(LoginRefused):
                log_in((store, another)[number % 2], password="forkert", address=str(number))
        for server in (store, another):
            with pytest.raises(TooFast):
                log_in(server, address="new")
    with store.read() as db:
        kept = db.scalar(select(func.count()).select_from(login_attempt))
    assert kept == 2 * logins.PER_LOGIN, "counted in the database, which all servers share"
    assert log_in(store, at=NOW + logins.WINDOW + MINUTE).actor.login == "ida"


def test_guessing_many_logins_from_one_address_is_stopped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins.passwords, "PER_ADDRESS", 3)
    for number in range(3):
        with pytest.raises(LoginRefused):
            log_in(store, f"gæt{number}")
    with pytest.raises(TooFast):
        log_in(store)
    assert log_in(store, address="another").actor.login == "ida"


def test_a_right_password_clears_the_count(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins.passwords, "PER_ADDRESS", 3)
    for _ in range(5):
        log_in(store)
    with store.read() as db:
        assert db.execute(select(login_attempt)).all() == []


@pytest.mark.leaks  # a login that is typed is looked up, whatever it is
def test_what_was_typed_as_login_is_not_kept(store: Store) -> None:
    with pytest.raises(LoginRefused):
        log_in(store, "700378-1016")
    with store.read() as db:
        assert "1016" not in str(db.execute(select(login_attempt)).all())


def test_a_session_ends_after_an_idle_hour(store: Store) -> None:
    secret = log_in(store).secret
    at = NOW
    for _ in range(3):
        at += timedelta(minutes=59)
        found = logins.session(store, secret, now=at)
        assert found is not None
        assert found.actor.login == "ida"
    assert logins.session(store, secret, now=at + timedelta(minutes=60)) is None


def test_a_session_ends_after_ten_hours_of_use(store: Store) -> None:
    secret, at = log_in(store).secret, NOW
    for _ in range(14):
        at += timedelta(minutes=40)
        assert logins.session(store, secret, now=at) is not None
    assert logins.session(store, secret, now=NOW + timedelta(hours=10)) is None


def test_logging_out_ends_the_session(store: Store) -> None:
    mine, other = log_in(store), log_in(store)
    logins.log_out(store, mine.secret, now=NOW)
    logins.log_out(store, mine.secret, now=NOW)
    assert logins.session(store, mine.secret, now=NOW) is None
    assert logins.session(store, other.secret, now=NOW) is not None


def test_a_person_who_has_left_is_out_at_once(store: Store) -> None:
    secret, text = log_in(store).secret, logins.make_token(store, "ida", now=NOW)
    with store.write() as db:
        db.execute(update(person).where(person.c.login == "ida").values(active=False))
    assert logins.session(store, secret, now=NOW) is None
    assert logins.bearer(store, text, now=NOW) is None
    with pytest.raises(LoginRefused):
        log_in(store)
    with pytest.raises(NotFound):
        logins.make_token(store, "ida", now=NOW)


def test_a_token_is_good_for_its_days(store: Store) -> None:
    text = logins.make_token(store, "ida", now=NOW, days=2)
    found = logins.bearer(store, text, now=NOW + timedelta(days=2) - MINUTE)
    assert found is not None
    assert found.login == "ida"
    assert logins.bearer(store, text, now=NOW + timedelta(days=2)) is None
    assert logins.bearer(store, text + "x", now=NOW) is None
    assert logins.bearer(store, "", now=NOW) is None


@pytest.mark.parametrize("scopes", [("read",), ("write",), ("design", "operate")])
def test_a_token_is_for_what_it_was_made_for(store: Store, scopes: tuple[str, ...]) -> None:
    text = logins.make_token(store, "ida", now=NOW, scopes=scopes)
    assert logins.bearer(store, text, now=NOW) is not None
    for needs in logins.SCOPES:
        if needs in scopes:
            assert logins.bearer(store, text, now=NOW, needs=needs) is not None
        else:
            with pytest.raises(ScopeMissing) as refused:
                logins.bearer(store, text, now=NOW, needs=needs)
            assert needs in refused.value.sentence
    assert logins.bearer(store, "stafet_x", now=NOW, needs="read") is None


@pytest.mark.parametrize("more", [{"scopes": ()}, {"scopes": ("alt",)}, {"note": "x" * 201}])
def test_a_token_for_nothing_or_for_the_unknown_is_not_made(
    store: Store, more: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        logins.make_token(store, "ida", now=NOW, **more)
    assert logins.tokens(store, None, now=NOW) == []


def test_tokens_are_listed_with_their_last_use_by_the_hour(store: Store) -> None:
    text = logins.make_token(store, "ida", now=NOW, days=2, scopes=("read",), note="Journal")
    logins.make_token(store, "ole", now=NOW)
    (mine,) = logins.tokens(store, "ida", now=NOW)
    assert (mine.login, mine.note, mine.scopes, mine.used_at) == ("ida", "Journal", ("read",), None)
    for minutes, seen in ((5, 5), (50, 5), (64, 5), (66, 66)):
        logins.bearer(store, text, now=NOW + minutes * MINUTE)
        (mine,) = logins.tokens(store, "ida", now=NOW)
        assert mine.used_at == NOW + seen * MINUTE
    assert [one.login for one in logins.tokens(store, None, now=NOW)] == ["ole", "ida"]
    assert logins.tokens(store, "ida", now=NOW + timedelta(days=2)) == []


def test_a_token_is_taken_back_by_its_owner_or_the_house_only(store: Store) -> None:
    text = logins.make_token(store, "ida", now=NOW)
    other = logins.make_token(store, "ida", now=NOW)
    second, first = logins.tokens(store, "ida", now=NOW)
    ida, ole = (logins.actor(store, who, now=NOW) for who in ("ida", "ole"))
    with pytest.raises(NotFound):
        logins.drop_token(store, ole, first.id, now=NOW)
    logins.drop_token(store, ida, first.id, now=NOW)
    assert logins.bearer(store, text, now=NOW) is None
    assert logins.bearer(store, other, now=NOW) is not None
    logins.drop_token(store, MACHINE, second.id, now=NOW)
    assert logins.bearer(store, other, now=NOW) is None
    with pytest.raises(NotFound):
        logins.drop_token(store, MACHINE, second.id, now=NOW)


def test_a_password_is_kept_as_argon2id_at_the_cost_that_owasp_asks_for() -> None:
    kind, version, cost = logins.hash_password("ret kode").split("$")[1:4]
    told = {name: int(value) for name, value in (one.split("=") for one in cost.split(","))}
    assert (kind, version) == ("argon2id", "v=19")
    assert told["m"] >= 19 * 1024
    assert told["t"] >= 2


def test_secrets_are_not_in_the_database(store: Store) -> None:
    mine, text = log_in(store), logins.make_token(store, "ida", now=NOW)
    with store.read() as db:
        kept = str(db.execute(select(session)).all()) + str(db.execute(select(token)).all())
    assert mine.secret not in kept
    assert text.removeprefix("stafet_") not in kept
    assert mine.secret not in repr(mine)
