"""`stafet db copy`: a whole database becomes another, SQLite to PostgreSQL and back, or nothing happens at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import delete, func, insert, select, text, update

from engine import actions, audit, logins
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import case, job, metadata, notice, unit
from tests import postgres
from tests.http.served import ROOT, environment, stafet

pytestmark = pytest.mark.xdist_group("copies")


@dataclass
class Copies:
    """A filled SQLite database, a PostgreSQL server, and fresh places to copy to."""

    folder: Path
    filled: str
    keys: str
    address: str
    numbers: Iterator[int] = field(default_factory=count)

    def env(self, url: str, keys: str | None = None) -> dict[str, str]:
        return environment(self.folder, url, STAFET_KEYS=keys or self.keys)

    def file(self) -> str:
        """Address of an SQLite file that is not there yet."""
        return f"sqlite:///{self.folder}/{next(self.numbers)}.db"

    def source(self) -> str:
        """A copy of the filled file, to be changed."""
        url = self.file()
        shutil.copy(self.filled.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        return url

    def empty(self) -> str:
        """A new database on the server."""
        return postgres.database(self.address, f"empty{next(self.numbers)}")

    def store(self, url: str) -> closing[Store]:
        return closing(Store(url, Keyring.from_text(self.keys), demo=True))


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copies]:
    """The demo's people and cases, with what is awkward: a unit that points at a later one, a number given and gone."""
    folder = tmp_path_factory.mktemp("copies")
    keys, filled = Keyring.generate(), f"sqlite:///{folder}/filled.db"
    stafet("demo", env=environment(folder, filled, STAFET_KEYS=keys))
    with closing(Store(filled, Keyring.from_text(keys))) as store, store.write() as db:
        last = db.scalar(select(func.max(unit.c.id)))
        since = {"sector": "kommune", "valid_from": date(2020, 1, 1)}
        db.execute(insert(unit).values(id=last + 1, name="Ældre enhed", **since))
        db.execute(insert(unit).values(id=last + 2, name="Ny enhed “ÆØÅ”", **since))
        db.execute(update(unit).where(unit.c.id == last + 1).values(successor_id=last + 2))
        db.execute(insert(unit).values(id=last + 7, name="Fejloprettet", **since))
        db.execute(delete(unit).where(unit.c.id == last + 7))
        db.execute(delete(notice))
        db.execute(delete(job).where(job.c.id == select(func.max(job.c.id)).scalar_subquery()))
    with postgres.server() as address:
        yield Copies(folder, filled, keys, address)


def refused(copies: Copies, source: str, target: str, keys: str | None = None) -> str:
    """The one sentence with which the command ends."""
    done = subprocess.run(
        [sys.executable, "-m", "stafet.cli", "db", "copy", source],
        env=copies.env(target, keys),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (1, 2), done
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    (line,) = lines
    return line.removeprefix("stafet: ")


def contents(copies: Copies, url: str) -> dict[str, list[str]]:
    """Every row of every table, in an order that does not depend on the database."""
    with copies.store(url) as store, store.read() as db:
        return {
            table.name: sorted(map(repr, db.execute(select(table)).all()))
            for table in metadata.sorted_tables
        }


def next_numbers(copies: Copies, url: str) -> dict[str, int]:
    """The number that each table would give to its next row."""
    given = {}
    with copies.store(url) as store, store.read() as db:
        for table in metadata.sorted_tables:
            if table.autoincrement_column is None:
                continue
            if store.sqlite:
                asked = text("SELECT seq + 1 FROM sqlite_sequence WHERE name = :table")
            else:
                asked = text("SELECT nextval(pg_get_serial_sequence(:table, 'id'))")
            name = table.name if store.sqlite else f'"{table.name}"'
            given[table.name] = db.scalar(asked, {"table": name}) or 1
    return given


def test_there_and_back_again_nothing_is_lost_and_no_number_comes_twice(copies: Copies) -> None:
    there, back = copies.empty(), copies.file()
    told = json.loads(stafet("db", "copy", copies.filled, "--json", env=copies.env(there)).stdout)
    stafet("db", "copy", there, env=copies.env(back))
    was = contents(copies, copies.filled)
    assert told["rows"] == {name: len(rows) for name, rows in was.items()}
    assert len(was["case"]) >= 5
    assert len(was["audit"]) > told["entries"] > 50  # the heads of the chains are rows too
    assert contents(copies, there) == was
    assert contents(copies, back) == was
    numbers = next_numbers(copies, copies.filled)
    assert numbers["unit"] > len(was["unit"]) + 1, "a number was given and gone"
    assert next_numbers(copies, there) == numbers
    assert next_numbers(copies, back) == numbers


def test_one_goes_on_working_in_the_copy(copies: Copies) -> None:
    url = copies.empty()
    stafet("db", "copy", copies.filled, env=copies.env(url))
    now = datetime.now(UTC)
    with copies.store(url) as store:
        nurse = logins.actor(store, "sygeplejerske", now=now)
        with store.read() as db:
            last = db.scalar(select(func.max(case.c.id)))
        made = actions.open_case(store, nurse, "midtjylland", "700378-1016", "x", {}, now=now)
        moved = actions.start(store, nurse, made, "planrunde", {}, now=now)
        assert (made, len(moved.tasks)) == (last + 1, 1)
        assert audit.verify(store).ok


def test_a_target_with_rows_is_left_alone(copies: Copies) -> None:
    url = copies.empty()
    with copies.store(url) as store:
        store.upgrade()
        with store.write() as db:
            db.execute(insert(unit).values(name="x", sector="stat", valid_from=date(2020, 1, 1)))
    said = refused(copies, copies.filled, url)
    assert said == "The target is not empty: there are rows in unit."
    assert [table for table, rows in contents(copies, url).items() if rows] == ["unit"]


def test_a_source_in_use_is_refused(copies: Copies) -> None:
    source, target = copies.source(), copies.empty()
    with copies.store(source) as store:
        store.claim_server()
        assert "in use by another server" in refused(copies, source, target)
    with copies.store(target) as store:
        store.upgrade()
    host = target.split("host=")[1]
    with psycopg.connect(host=host, user="postgres", dbname=target.split("/")[3].split("?")[0]):
        said = refused(copies, target, copies.file())
    assert said == "The source is in use by other programs. Stop web and workers first."


def test_other_keys_are_noticed_before_anything_is_copied(copies: Copies) -> None:
    target = copies.empty()
    assert "other keys" in refused(copies, copies.filled, target, Keyring.generate())
    with copies.store(target) as store:
        assert not store.is_current()


def test_what_does_not_fit_leaves_nothing_behind(copies: Copies) -> None:
    source, target = copies.source(), copies.empty()
    with copies.store(source) as store, store.write() as db:
        db.execute(update(unit).where(unit.c.id == 3).values(name="x" * 300))
    said = refused(copies, source, target)
    assert said == "The target cannot hold a row of unit. Nothing was copied."
    assert not any(contents(copies, target).values())


def test_what_is_no_database_of_ours_is_said_in_one_sentence(copies: Copies) -> None:
    target, nothing = copies.empty(), copies.folder / "nothing.db"
    assert "there is no file" in refused(copies, copies.file(), target)
    assert "must begin with" in refused(copies, "", target)
    nothing.write_bytes(b"")
    assert "stafet db upgrade" in refused(copies, f"sqlite:///{nothing}", target)
    nothing.write_text("no database at all " * 100)
    assert refused(copies, f"sqlite:///{nothing}", target)
    assert refused(copies, "postgresql://nobody:secret@127.0.0.1:1/x", target).count("secret") == 0
    assert "in use" in refused(copies, copies.filled, copies.filled)
