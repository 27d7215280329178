"""Cut the power at one point of a workload: the process dies by SIGKILL before a write, before or after a commit.

`points(url)` runs the workload undisturbed and counts its points; `cut(url, n)` runs it in a process of its own that
dies at point `n`, takes it up again in another, and gives the account of the database.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import closing
from typing import Any, NamedTuple

from sqlalchemy import event
from sqlalchemy.engine import default

from engine import prepared
from engine.secrets import Keyring
from engine.store import Store
from tests.crash.workload import account, work

Point = Callable[[str], None]


class Workload(NamedTuple):
    """What is done, again and again until it is whole, and what must be the same afterwards."""

    work: Callable[[Store], None]
    account: Callable[[Store], dict[str, Any]]


DAY = Workload(work, account)


def points(url: str, keys: str, does: Workload = DAY) -> tuple[list[str], dict[str, Any]]:
    """The names of all points, in order, and the account that every other run must come to."""
    seen, said = _in_a_child(url, keys, None, does)
    return said["points"], {**said["account"], "exit": seen}


def cut(url: str, keys: str, number: int, does: Workload = DAY) -> tuple[bool, dict[str, Any]]:
    """Whether the process died where it was to die, and the account after it was taken up again."""
    died, _ = _in_a_child(url, keys, number, does)
    ended, said = _in_a_child(url, keys, None, does)
    return died == -signal.SIGKILL, {**said.get("account", {}), "exit": ended}


def _in_a_child(
    url: str, keys: str, number: int | None, does: Workload
) -> tuple[int, dict[str, Any]]:
    """Fork, so that nothing has to be imported and compiled again; the exit status, negative for a signal."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            said = json.dumps(_run(url, keys, number, does)).encode()
            with os.fdopen(writing, "wb") as out:
                out.write(said)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as back:
        said = back.read()
    _, ended = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(ended), json.loads(said) if said else {}


def _run(url: str, keys: str, number: int | None, does: Workload) -> dict[str, Any]:
    names: list[str] = []

    def point(name: str) -> None:
        names.append(name)
        if len(names) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with closing(Store(url, Keyring.from_text(keys), demo=True)) as store:
        _watch(store, point)
        does.work(store)
        passed = list(names)
        return {"points": passed, "account": does.account(store)}


def _watch(store: Store, point: Point) -> None:
    """Call `point` before each write and around each commit, whichever way it goes to the driver."""

    def statement(_db: object, _cursor: object, text: str, *_more: object) -> None:
        _write(text, point)

    event.listen(store.engine, "before_cursor_execute", statement)
    straight, commit = prepared.Prepared.run, default.DefaultDialect.do_commit

    def run(self: prepared.Prepared, db: Any, rows: Any) -> Any:
        _write((self._sent.get(db.dialect.name) or self._compile(db.dialect))[0], point)
        return straight(self, db, rows)

    def do_commit(self: Any, connection: Any) -> None:
        point("before COMMIT")
        commit(self, connection)
        point("after COMMIT")

    prepared.Prepared.run = run  # type: ignore[method-assign]
    default.DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def _write(text: str, point: Point) -> None:
    words = text.split(None, 3)
    if words[0] in ("INSERT", "UPDATE", "DELETE"):
        point(" ".join(words[: 3 if words[0] != "UPDATE" else 2]))
