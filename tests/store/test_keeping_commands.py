"""The commands of retention, holding and erasing, as an operator types them."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from engine import audit
from engine.store import Store
from engine.tables import case
from stafet.cli import cli
from tests.store.cast import CPR, SIGNE, opened
from tests.store.conftest import KEYS
from tests.store.test_erasing import AFTER

Run = Callable[..., str]


@pytest.fixture
def run(store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Ten years later."""
    url = store.engine.url.render_as_string(hide_password=False)
    for name in ("retention", "erase", "hold"):
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
