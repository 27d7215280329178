"""What is sealed may stand nowhere in clear: watched over every test that runs in this process.

Whatever a keyring seals while a test runs (names, CPR numbers, what people wrote) is looked for in each statement that
goes to a database, in each line of the log, in what the engine tells to metrics and traces, and in the addresses,
titles, headers and metrics of each answer.  CPR
numbers are looked for by their shape as well.  A test in which one of them stands there fails, whatever it is about.
Servers that tests start are other processes: their logs are read when they end (`tests/http/served.py`).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Response, request, request_finished
from sqlalchemy import Engine, event

from engine import measures
from engine.prepared import Prepared
from engine.secrets import Keyring

#: A made-up CPR number: 60 is added to its day.
CPR = re.compile(r"(?<![\w.-])(6[1-9]|[78]\d|9[01])(0[1-9]|1[0-2])\d\d-?\d{4}(?![\w.-])")
#: Shorter texts, and those of one word, are words that anybody may use: "Rettet", "ja", and so are names like "Bo".
SHORTEST = 12
#: Attributes of a page that lead somewhere.
_LEADS = re.compile(r'\b(?:href|action|src|formaction|hx-\w+)="([^"]*)"')
_TITLE = re.compile(r"<title>([^<]*)</title>")

#: What goes to the reader alone: the session's cookie, the name of the file that was asked for.
_READERS = ("Set-Cookie", "Content-Disposition")
PROCESSES = Path(__file__).resolve().parents[1] / "processes"

_secrets: set[str] = set()
_found: list[str] = []


def remember(text: str, bound_to: str) -> None:
    """This is a secret until the test ends; what a designer plays is made up, and its title is shown in lists."""
    if not bound_to.startswith("play"):
        _secrets.update(_parts(text, bound_to))


def _parts(text: str, bound_to: str) -> Iterator[str]:
    try:
        held: Any = json.loads(text)
    except ValueError:
        held = text
    for leaf in _leaves(held):
        named = CPR.fullmatch(leaf) or (bound_to.startswith("citizen.name") and len(leaf) > 5)
        if named or (len(leaf) >= SHORTEST and " " in leaf.strip() and not _ours(leaf)):
            yield leaf


@cache
def _ours(text: str) -> bool:
    """Whether it is a word of the agreements: a party, a choice, a default; nobody wrote it."""
    return text in _vocabulary()


@cache
def _vocabulary() -> str:
    kinds = ("*.bpmn", "*.dmn", "*.form", "*.toml")
    return "\n".join(
        file.read_text("utf-8") for kind in kinds for file in sorted(PROCESSES.rglob(kind))
    )


def _leaves(held: Any) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    elif isinstance(held, dict):
        for inner in held.values():
            yield from _leaves(inner)
    elif isinstance(held, list):
        for inner in held:
            yield from _leaves(inner)


def found() -> list[str]:
    """What stood in clear in this test until now."""
    return list(_found)


def look(text: str, where: Callable[[], str]) -> None:
    """Note it where a secret stands in the text."""
    for secret in _secrets:
        if secret in text:
            _found.append(f"{secret!r} {where()}")
            return
    if said := CPR.search(text):
        _found.append(f"{said[0]} {where()}")


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("stafet", "engine", "waitress", "apscheduler", "alembic")):
            look(record.getMessage(), lambda: f"in the log: {record.name}: {record.msg}")


def _values(sent: Any) -> Iterator[str]:
    if isinstance(sent, str):
        yield sent
    elif isinstance(sent, dict):
        for one in sent.values():
            yield from _values(one)
    elif isinstance(sent, list | tuple):
        for one in sent:
            yield from _values(one)


def _statement(_db: object, _cursor: object, text: str, sent: Any, *_more: object) -> None:
    for value in _values(sent):
        look(value, lambda: f"in clear in: {text[:200]}")


def _answered(_app: object, response: Response, **_more: object) -> None:
    rule = request.url_rule.rule if request.url_rule else "-"
    for name, value in response.headers:
        if name not in _READERS:
            look(value, lambda name=name: f"in the header {name} of {rule}")
    if rule == "/metrics":
        look(response.get_data(as_text=True), lambda: "in the metrics")
    elif response.mimetype == "text/html" and not response.is_streamed:
        page = response.get_data(as_text=True)
        for said in (*_LEADS.findall(page), *_TITLE.findall(page)):
            look(said, lambda: f"in an address or title of {rule}")


def _told(name: str, of: str, _seconds: float, about: measures.About) -> None:
    for value in _values([of, about]):
        look(value, lambda: f"in what is told of a {name}")


def _watch_spans() -> None:
    begins, says = measures.Going.begins, measures.Going.says

    def beginning(self: measures.Going, of: str, **about: Any) -> None:
        # What the caller sends is read by its shape alone.
        _told(self.name, of, 0, {k: v for k, v in about.items() if k != "after"})
        begins(self, of, **about)

    def saying(self: measures.Going, **about: Any) -> None:
        _told(self.name, "", 0, about)
        says(self, **about)

    measures.Going.begins = beginning  # type: ignore[method-assign]
    measures.Going.says = saying  # type: ignore[method-assign]
    measures.listen(_told)


def install() -> None:
    """Watch this process from now on."""
    seal, run = Keyring.seal, Prepared.run

    def sealing(self: Keyring, text: str, bound_to: str) -> bytes:
        remember(text, bound_to)
        return seal(self, text, bound_to)

    def running(self: Prepared, db: Any, rows: Any) -> Any:
        for value in _values(rows):
            look(value, lambda: f"in clear in: {self._statement}")
        return run(self, db, rows)

    Keyring.seal = sealing  # type: ignore[method-assign]
    Prepared.run = running  # type: ignore[method-assign]
    event.listen(Engine, "before_cursor_execute", _statement)
    request_finished.connect(_answered)
    _watch_spans()
    logging.getLogger().addHandler(_Lines())


@pytest.fixture(autouse=True)
def nothing_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test in whose time a secret was written down in clear; `@pytest.mark.leaks` where one may be."""
    _found.clear()
    yield
    found, meant = list(_found), request.node.get_closest_marker("leaks")
    _found.clear()
    _secrets.clear()
    if not meant:
        assert found == [], f"What is sealed stands in clear: {found[:3]}"
