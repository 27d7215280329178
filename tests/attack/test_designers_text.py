"""What a designer writes is never a program: every escape we know, in every kind of place that takes a text.

A place is not listed: `places.py` finds it in what is deployed.  The version with the escape in it is judged by lint,
compiled, and played through every scenario of its pathway.  Python's own audit events say what was compiled, started or
opened meanwhile.  `make soak` tries every escape in every place; here each place gets three.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine import lint, pathway, simulate
from engine.deploy import read
from engine.errors import StafetError
from engine.model import Source
from engine.scenario import Scenario, load
from stafet.demo.units import demo_parties
from tests.attack.escapes import ESCAPES, MARK
from tests.attack.places import Place, places

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
SOURCES = read(PROCESSES)
PLACES = places(SOURCES)
EACH = len(ESCAPES) if os.environ.get("STAFET_SOAK") else 3
#: A program is started, or another one spoken to.
STARTS = (
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "subprocess.Popen",
    "socket.connect",
    "ctypes.",
)

_watching: list[str] | None = None


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if _watching is None:
        return
    if event.startswith(STARTS):
        _watching.append(event)
    elif event in ("compile", "exec", "open", "import"):
        said = args[0] if event != "exec" else getattr(args[0], "co_filename", "")
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        # The library of time zones looks a name up in its own folder, and refuses one that leads out of it.
        if (MARK in text and "/zoneinfo/" not in text) or text == "/etc/passwd":
            _watching.append(f"{event} {text}")


sys.addaudithook(_hear)


@contextmanager
def watched() -> Iterator[list[str]]:
    """What was compiled, opened or started of the escape inside the block."""
    global _watching
    _watching = []
    try:
        yield _watching
    finally:
        _watching = None


def test_the_watch_sees_what_comes_out() -> None:
    with watched() as seen:
        eval(compile(f"'{MARK}'", "<string>", "eval"))
        Path("/etc/passwd").read_text()
        os.system("true")
    assert [one.split()[0] for one in seen] == ["compile", "open", "os.system"]


@pytest.fixture(scope="session")
def stories() -> dict[str, list[Scenario]]:
    """The scenarios of each pathway, by its last name."""
    found = defaultdict(list)
    for file in sorted(PROCESSES.rglob("scenarios/*.yaml")):
        for scenario in load(file.read_text(encoding="utf-8")):
            found[scenario.pathway.split("-", 1)[-1]].append(scenario)
            found[scenario.pathway].append(scenario)
    return found


@pytest.mark.parametrize("place", PLACES, ids=[place.kind for place in PLACES])
def test_no_escape_runs(place: Place, stories: dict[str, list[Scenario]]) -> None:
    number = PLACES.index(place)
    names = list(ESCAPES)
    for nth in range(EACH):
        name = names[(number * EACH + nth) % len(names)]
        with watched() as seen:
            _used(place.put(ESCAPES[name]), stories)
        assert seen == [], name


def test_every_escape_is_tried_in_many_places() -> None:
    assert len(PLACES) * EACH >= 50 * len(ESCAPES)
    kinds = {place.kind for place in PLACES}
    for needed in (
        "bpmn sequenceFlow/conditionExpression", "bpmn scriptTask@udtryk", "bpmn timerEventDefinition/timeDuration",
        "bpmn callActivity@ind", "bpmn conditionalEventDefinition/condition",
        "bpmn multiInstanceLoopCharacteristics@gentagFor", "dmn inputEntry/text", "dmn outputEntry/text",
        "dmn inputExpression/text", "form components.hide", "form expression.expression", "form text.text",
        "form properties.regler.udtryk", "agreement.toml parametre.frist",
    ):  # fmt: skip
        assert needed in kinds


def _used(source: Source, stories: dict[str, list[Scenario]]) -> None:
    """All that is done with a version: judged, compiled, played."""
    lint.lint_source(source)
    try:
        pathway.compile(source)
    except StafetError:
        return
    find = _instead(source)
    for scenario in stories.get(source.key, [])[:4]:
        simulate.play(scenario, find, demo_parties(source.agreement))


def _instead(source: Source) -> Callable[[str, str], Source | None]:
    """The library, with this version in the place of its own."""
    others = simulate.library(SOURCES)

    def find(agreement: str, name: str) -> Source | None:
        found = others(agreement, name)
        mine = (source.agreement, source.key)
        return source if found and (found.agreement, found.key) == mine else found

    return find
