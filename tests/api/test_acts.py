"""The table of what operators can do (`docs/operators.md`, *What can be done, and how*): read off the code."""

from __future__ import annotations

import inspect
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine import actions
from engine.actions.many import BEGUN, UNDO
from engine.model import MACHINE
from stafet.app import clock
from stafet.cli import cli
from web import acts, causes

FILE = Path(__file__).parents[2] / "docs" / "operators.md"
HEAD = "| act | preview | reason | *Fortryd* | REST API | many | many taken back |"
#: What an address calls it, where that is another word.
ADDRESS = {"amend": "data"}
#: Addresses of the same words that are no act on an instance or a message.
OTHERS = ("/api/v1/batches", "/api/v1/drafts", "/api/v1/processes")


def table(described: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str:
    """The table as the code has it."""
    monkeypatch.setattr(acts, "_given_back", lambda _me, _given: {"fortryd": "give"})
    lines = [_line(name, described) for name in acts._ACTS]
    return "\n".join([HEAD, "|---" * HEAD.count(" | ") + "|---|", *lines])


def _line(name: str, described: dict[str, Any]) -> str:
    verb = getattr(actions, name)
    takes = inspect.signature(verb).parameters
    mark = {True: "yes", False: "–"}
    begun = "`stafet migrate`" if name == "migrate" else "`stafet batch`" if name in BEGUN else ""
    back = UNDO.get(name, "") if begun else ""
    cells = [
        f"`{name}`", mark["dry_run" in takes], mark["reason" in takes], _undo(name) or "–", _call(name, described),
        begun or ("by an undo" if name in UNDO.values() else "–"), f"`{back}`" if back else "–",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _undo(name: str) -> str:
    """The act that the page offers to take it back, where nothing has left."""
    if name in ("deliver", "discard", "put_back"):
        done: Any = actions.Handled(1, "a", (), name == "discard", False)
    else:
        task = {"element": "a", "id": 1, "name": "A"}
        was = {"was": clock() - timedelta(days=1), "due_at": clock(), "id": 1, "element": "a"}
        changes = {
            "messages": [], "timers": [was], "tasks_opened": [task], "tasks_closed": [task], "left": ["a"],
            "given": [{}], "values": [{"name": "x", "was": 1}],
        }  # fmt: skip
        done = SimpleNamespace(changes=changes)
    found = acts.undoing(MACHINE, done, {"act": name, "timer": "1"}).get("fortryd")
    return f"`{found}`" if found else ""


def _call(name: str, described: dict[str, Any]) -> str:
    word = ADDRESS.get(name, name)
    ends = f"/{word.replace('_', '-')}"
    found = [
        path.removeprefix("/api/v1")
        for path in described["paths"]
        if path.endswith(ends) and "{" in path and not path.startswith(OTHERS)
    ]
    return " ".join(f"`{path}`" for path in found) or "–"


def test_the_table_says_what_the_code_can(
    described: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = FILE.read_text(encoding="utf-8")
    there = "\n".join([HEAD, *text.split(HEAD + "\n")[1].split("\n\n")[0].splitlines()])
    assert there == table(described, monkeypatch)


def test_each_act_of_one_has_a_preview_a_reason_a_page_and_an_address(
    described: dict[str, Any],
) -> None:
    for name in acts._ACTS:
        takes = inspect.signature(getattr(actions, name)).parameters
        assert {"reason", "dry_run"} <= set(takes), name
        assert "–" not in _call(name, described), name
        assert all(causes.act(name)), name


def test_each_act_of_one_is_a_command() -> None:
    group = cli.get_command(None, "act")  # type: ignore[arg-type]
    assert set(group.commands) == {name.replace("_", "-") for name in acts._ACTS}  # type: ignore[union-attr]
    for one in group.commands.values():  # type: ignore[union-attr]
        asked = {each.name for each in one.params if each.required}
        assert {"reason", "by"} <= asked, one.name


def test_each_act_for_many_is_begun_by_the_page_and_by_the_command_line() -> None:
    group = cli.get_command(None, "batch")  # type: ignore[arg-type]
    assert group is not None
    (begin,) = (group.commands["begin"],)  # type: ignore[attr-defined]
    assert set(begin.params[0].type.choices) == set(BEGUN)
    assert all(causes.many(name) for name in BEGUN)
