"""`stafet token` and `stafet identity`, run in this process against a database of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from engine import logins
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import audit, person, unit
from stafet import cli
from stafet.app import clock

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    keys, url = Keyring.generate(), f"sqlite:///{tmp_path}/stafet.db"
    for name, value in (("DATABASE_URL", url), ("STAFET_KEYS", keys)):
        monkeypatch.setenv(name, value)
    made = Store(url, Keyring.from_text(keys))
    with closing(made):
        made.upgrade()
        with made.write() as db:
            db.execute(insert(person).values(id=1, login="ida", name="Ida Holm"))
            since = date(2020, 1, 1)
            row = {
                "id": 1,
                "name": "Afsnit N1",
                "sor": "1",
                "sector": "region",
                "valid_from": since,
            }
            db.execute(insert(unit).values(**row))
    return made


@pytest.fixture
def run(store: Store, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("token", "ida")`: exit code, what it printed, what it complained of."""

    def call(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(list(args))
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return call


def test_a_token_is_made_listed_and_dropped(store: Store, run: Run) -> None:
    code, text, _ = run("token", "ida", "--scope", "read", "--note", "Journal", "--days", "2")
    assert code == 0
    found = logins.bearer(store, text.strip(), now=clock(), needs="read")
    assert found is not None
    assert found.login == "ida"
    _, listed, _ = run("token", "--list")
    assert "  ida  read  until " in listed
    assert listed.rstrip().endswith("Journal")
    assert text.strip() not in listed
    number = listed.split()[0]
    assert run("token", "--list", "ole")[1] == ""
    assert run("token", "--drop", number)[0] == 0
    assert logins.bearer(store, text.strip(), now=clock()) is None
    assert run("token", "--drop", number)[0] == 2


@pytest.mark.parametrize(
    "args", [(), ("ingen",), ("ida", "--scope", "alt"), ("ida", "--days", "0"), ("--drop", "x")]
)
def test_a_token_that_cannot_be_made_is_one_line(run: Run, args: tuple[str, ...]) -> None:
    code, text, complaint = run("token", *args)
    assert (code, text) == (2, "")
    assert complaint.startswith("stafet: ")
    assert complaint.count("\n") == 1


def test_somebody_is_awaited_listed_and_cut_loose(store: Store, run: Run) -> None:
    assert run("identity", "await", "ida")[0] == 0
    assert run("identity", "await", "ny")[0] == 2
    assert run("identity", "await", "ny", "--name", "Ny Person", "--days", "3")[0] == 0
    _, listed, _ = run("identity", "list")
    assert [line.split(":")[0] for line in listed.splitlines()] == ["ida", "ny"]
    assert "awaited until" in listed
    post = logins.vouched.Post("sor", "1", "leder")
    who = logins.Vouched("s", "ida", "Ida Holm", "", frozenset([post]), "High")
    terms = logins.Terms("https://login.example")
    logins.log_in_vouched(store, terms, who, logins.Proof(), now=clock())
    assert "ida: linked, last login" in run("identity", "list")[1]
    assert "1 jobs" in run("identity", "list")[1]
    assert run("identity", "drop", "ida")[0] == 0
    assert run("identity", "drop", "ida")[0] == 2
    assert "ida" not in run("identity", "list")[1]
    with store.read() as db:
        told = [row.what for row in db.execute(select(audit).where(audit.c.seq > 0))]
    assert told.count("identity_awaited") == 2
    assert told.count("identity_unlinked") == 1
