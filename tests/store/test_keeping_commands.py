"""The commands of retention, holding, erasing and own data, as an operator types them; and the daily erasing."""

from __future__ import annotations

import importlib
import io
import json
import stat
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from engine import audit
from engine.errors import NotFound
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import audit as chain
from engine.tables import case, erasure, look, membership, unit
from stafet.cli import cli
from tests.http.served import environment, running
from tests.store.cast import CPR, PEOPLE, SIGNE, opened
from tests.store.conftest import KEYS
from tests.store.test_erasing import AFTER
from tests.store.whole import A, B, whole

Run = Callable[..., str]


@pytest.fixture
def run(store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Ten years later."""
    url = store.engine.url.render_as_string(hide_password=False)
    for name in ("retention", "erase", "hold", "export"):
        module = importlib.import_module(f"stafet.commands.{name}")
        monkeypatch.setattr(module, "clock", lambda: AFTER)

    def typed(*args: str, said: str = "") -> str:
        env = {"DATABASE_URL": url, "STAFET_KEYS": KEYS}
        done = CliRunner().invoke(cli, args, input=said, env=env, standalone_mode=False)
        if done.exception:
            raise done.exception
        return done.output

    return typed


def test_what_is_due_is_shown_held_lifted_previewed_and_erased(store: Store, run: Run) -> None:
    number = opened(store)
    assert run("retention").splitlines()[-1] == "midtjylland: 1 cases, 1 due"
    assert f"case {number}" in run("retention", "--case", str(number))
    until = ("--until", "2035-01-31")
    assert run("hold", "set", str(number), *until, said="En klage\n") == "Hold 1 is set.\n"
    assert "holds until 2035-01-31  this case  command line  En klage" in run(
        "hold", "list", str(number)
    )
    assert run("retention").splitlines()[-1] == "midtjylland: 1 cases, 1 held"
    assert run("erase") == "Nothing is past its term.\n"
    assert run("hold", "lift", "1") == "Hold 1 is lifted.\n"
    preview = run("erase")
    assert "1 case" in preview
    assert preview.endswith("Add --yes to erase this.\n")
    with store.read() as db:
        assert db.scalar(select(case.c.id)) == number
    gone = json.loads(run("erase", "--yes", "--json"))
    assert [each["kind"] for each in gone["items"]] == ["sag", "log"]
    assert not gone["dry_run"]
    with store.read() as db:
        assert db.scalar(select(case.c.id)) is None
    assert audit.verify(store).ok


def test_an_order_names_its_case(store: Store, run: Run) -> None:
    number = opened(store, now=AFTER)
    said = run("erase", "--case", str(number), "--because", "fejl", "--yes")
    assert said.startswith(f"case {number}")
    assert SIGNE not in said
    assert CPR not in said
    with pytest.raises(Exception, match="go together"):
        run("erase", "--case", str(number))


def test_one_citizens_data_is_written_by_case_or_by_cpr_number(
    store: Store, run: Run, tmp_path: Path
) -> None:
    """Art. 15, by the machine's own door: one citizen, all units' part, a file for its owner's eyes only."""
    mine = whole(store)
    whole(store, B)
    file = tmp_path / "indsigt.zip"
    said = run("export", str(file), "--case", str(mine.case))
    assert said == "Wrote 1 cases. Read it before it is handed over.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    names, text = _unzipped(file)
    assert names[:2] == ["indsigt.pdf", "indsigt.json"]
    assert all(mark in text for mark in A)
    assert not [mark for mark in B if mark in text]
    assert "Ida Ibsen" in text
    with pytest.raises(FileExistsError):  # what lies there already is not written over
        run("export", str(file), "--case", str(mine.case))
    unnamed = tmp_path / "unnamed.zip"
    run("export", str(unnamed), "--citizen", "--no-names", said=f"{CPR}\n")
    names, text = _unzipped(unnamed)
    assert all(mark in text for mark in A)
    assert not [each.name for each in PEOPLE if each.name in text]
    with store.read() as db:
        asked = select(chain.c.citizen_id, chain.c.person_id).where(chain.c.what == "own_data")
        assert [tuple(row) for row in db.execute(asked)] == [(mine.citizen, 0)] * 3


def test_who_is_asked_for_is_said_in_one_way(store: Store, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "indsigt.zip"
    number = opened(store)
    for given in ((), ("--citizen", "--case", str(number))):
        with pytest.raises(click.UsageError, match="Say --case"):
            run("export", str(file), *given)
    with pytest.raises(NotFound):
        run("export", str(file), "--case", str(number + 1))
    with pytest.raises(NotFound):
        run("export", str(file), "--citizen", said=B[1])
    assert not file.exists()


def _unzipped(file: Path) -> tuple[list[str], str]:
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as held:
        return held.namelist(), held.read("indsigt.json").decode()


@pytest.mark.parametrize("told", ["1", "0"])
def test_the_daily_erasing_begins_where_the_environment_says_so(
    store: Store, tmp_path: Path, told: str
) -> None:
    """Processes as they are installed: the embedded server, and a worker on PostgreSQL."""
    long_ago = datetime(2000, 3, 1, 10, tzinfo=UTC)
    with store.write() as db:
        for table in (membership, unit):
            db.execute(update(table).values(valid_from=long_ago.date()))
    opened(store, now=long_ago)
    url = store.engine.url.render_as_string(hide_password=False)
    store.close()  # one server has an SQLite file
    env = environment(tmp_path, url, STAFET_KEYS=KEYS, STAFET_ERASE=told)
    kind = "serve" if url.startswith("sqlite") else "worker"
    ready = r"^Stafet: (\S+)" if kind == "serve" else ""
    with closing(Store(url, Keyring.from_text(KEYS))) as beside:
        with running(kind, env=env, log=tmp_path / "log", ready=ready):
            # The first look for what is stuck comes after the erasing has begun, which is ended before the process.
            _wait_for_look(beside)
        with beside.read() as db:
            left = db.scalar(select(func.count()).select_from(case))
            gone = db.scalar(select(func.count()).select_from(erasure))
    assert (left, gone) == ((0, 2) if told == "1" else (1, 0))


def _wait_for_look(store: Store) -> None:
    for _ in range(1200):
        with store.read() as db:
            if db.scalar(select(look.c.at).where(look.c.name == "stuck")):
                return
        time.sleep(0.05)
    raise AssertionError("the process did not come so far")
