"""`stafet act`: each act on one from the command line, by the rules of the page and the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
import pytest
from sqlalchemy import select

from engine import actions
from engine.errors import Forbidden, InstanceMoved, Invalid, MoveImpossible, StafetError
from engine.model import Actor
from engine.store import Store
from engine.tables import instance, job
from stafet.cli import cli
from tests.store.cast import NOW, asked, open_task, opened
from tests.store.conftest import KEYS
from tests.store.test_actions import everything

Run = Callable[..., int]
As = Callable[[str], Actor]
JENS = "Kriminalforsorgen"
WHY = ["--reason", "Aftalt med afsnittet", "--by", "ole"]
#: What follows each act's name, for an instance that waits for Jens.
GIVEN: dict[str, Callable[[Store, int], list[str]]] = {
    "retry": lambda _s, w: [str(w)],
    "remind": lambda _s, w: [str(w)],
    "suspend": lambda _s, w: [str(w), "--clock", "stands"],
    "resume": lambda _s, w: [str(w)],
    "cancel": lambda _s, w: [str(w)],
    "move": lambda _s, w: [str(w), "accepter_plan", "foelg_op"],
    "skip": lambda s, w: [str(w), str(open_task(s, w, "accepter_plan"))],
    "restart": lambda _s, w: [str(w), "foelg_op"],
    "amend": lambda _s, w: [str(w), 'adspurgte=["Egen læge"]'],
    "migrate": lambda _s, w: [str(w)],
    "give": lambda s, w: [str(open_task(s, w, "accepter_plan")), "jens"],
    "reschedule": lambda s, w: [_timer(s, w), "2024-03-27T09:00"],
    "deliver": lambda _s, _w: ["1"],
    "discard": lambda _s, _w: ["1"],
    "put-back": lambda _s, _w: ["1"],
}
#: Nothing is paused, one version, no message waits, the timer is a deadline's, and one of
#: several who are asked at once is not skipped alone: these are refused here, in words.
NOT_NOW = {"resume", "migrate", "reschedule", "skip", "deliver", "discard", "put-back"}


def _timer(store: Store, walk: int) -> str:
    with store.read() as db:
        mine = job.c.instance_id == walk, job.c.kind == "timer"
        return str(db.scalars(select(job.c.id).where(*mine)).first())


@pytest.fixture
def run(store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line beside the test's database."""
    monkeypatch.setenv("DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("STAFET_KEYS", KEYS)
    monkeypatch.setattr("stafet.commands.act.clock", lambda: NOW)
    return lambda *given: cli.main(["act", *given], standalone_mode=False) or 0


def test_every_act_is_tried_here() -> None:
    group = cli.get_command(click.Context(cli), "act")
    assert isinstance(group, click.Group)
    assert set(group.commands) == GIVEN.keys()


@pytest.mark.parametrize("name", GIVEN)
def test_a_rehearsal_changes_nothing_and_a_reason_is_required(
    store: Store, run: Run, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    given = GIVEN[name](store, asked(store, opened(store), JENS))
    before = everything(store)
    with pytest.raises(click.UsageError, match="reason"):
        run(name, *given, "--by", "ole")
    for empty in ("", "   ", "Om 700378-1016"):
        with pytest.raises(Invalid) as refused:
            run(name, *given, "--reason", empty, "--by", "ole", "--dry-run")
        assert set(refused.value.fields) == {"reason"}
    with pytest.raises(Forbidden):
        run(name, *given, *WHY[:-1], "ida", "--dry-run")
    if name in NOT_NOW:
        with pytest.raises(StafetError):
            run(name, *given, *WHY, "--dry-run")
    else:
        assert run(name, *given, *WHY, "--dry-run") == 0
        with store.read() as db:
            seen = db.scalar(select(instance.c.version))
        assert f"Seen in version {seen} (" in capsys.readouterr().out
    after = everything(store)
    assert {t: r for t, r in after.items() if t != "audit"} == {
        t: r for t, r in before.items() if t != "audit"
    }


def test_a_step_is_moved_and_moved_back(
    store: Store, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    walk = asked(store, opened(store), JENS)
    run("move", str(walk), "accepter_plan", "foelg_op", *WHY, "--json")
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [row["element"] for row in told["changes"]["tasks_opened"]] == ["foelg_op"]
    assert open_task(store, walk, "foelg_op")
    run("move", str(walk), "foelg_op", "accepter_plan", *WHY)
    said = capsys.readouterr().out
    assert said.startswith(f"Instance {walk}: ")
    assert "left: foelg_op" in said


def test_a_token_goes_nowhere_else_than_to_a_step(store: Store, run: Run) -> None:
    walk = asked(store, opened(store), JENS)
    with pytest.raises(MoveImpossible):
        run("move", str(walk), "accepter_plan", "maanen", *WHY)


def test_of_two_operators_the_second_is_told_that_it_moved(
    store: Store, run: Run, as_: As, capsys: pytest.CaptureFixture[str]
) -> None:
    walk = asked(store, opened(store), JENS)
    with store.read() as db:
        seen = db.scalar(select(instance.c.version).where(instance.c.id == walk))
    run("suspend", str(walk), *WHY, "--dry-run")
    assert f"Seen in version {seen} (" in capsys.readouterr().out
    actions.suspend(store, as_("ole"), walk, "Var først", now=NOW)
    with pytest.raises(InstanceMoved):
        run("cancel", str(walk), *WHY, "--seen", str(seen))
    with store.read() as db:
        assert db.scalar(select(instance.c.status).where(instance.c.id == walk)) == "suspended"


@pytest.mark.parametrize(
    "given", [["amend", "1", "uden"], ["reschedule", "1", "i morgen"], ["cancel", "nul"]]
)
def test_a_line_that_is_wrong_is_refused_before_anything_is_opened(
    run: Run, given: list[str]
) -> None:
    with pytest.raises(click.UsageError):
        run(*given, *WHY)
