"""A real server process for a test: started on a free port, spoken to over HTTP, ended by its own id."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ready import demo_into

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 120


@dataclass(frozen=True)
class Answer:
    """What came back; `json` is None where the body is none."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Server:
    """A running server: its address, its log and its environment for other commands."""

    url: str
    log: Path
    env: Mapping[str, str]

    def token(self, login: str) -> str:
        """What `stafet token` prints."""
        return stafet("token", login, env=self.env).stdout.strip()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own."""
        given = {"Content-Type": "application/json", **(headers or {})}
        if token:
            given["Authorization"] = f"Bearer {token}"
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, given, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, dict(refused.headers), refused.read())


def environment(folder: Path, url: str, **more: str) -> dict[str, str]:
    """For `stafet` on a database of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STAFET_")}
    return {**kept, "DATABASE_URL": url, "PORT": "0", "HOME": str(folder), **more}


def stafet(*args: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "stafet.cli", *args],
        env=dict(env),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN,
    )
    assert done.returncode == 0, done.stderr
    return done


@contextmanager
def running(
    *args: str, env: Mapping[str, str], log: Path, ready: str = r"^Stafet: (\S+)"
) -> Iterator[Server]:
    """`stafet serve`, `web` or `worker` while the block lasts; with `ready=""` it is not waited for."""
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "stafet.cli", *args],
            env=dict(env),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        url = _announced(process, ready, log) if ready else ""
        yield Server(url, log, env)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@contextmanager
def demo(folder: Path, *, faults: int | None = None) -> Iterator[Server]:
    """`stafet serve --demo` on an SQLite file of its own in `folder`, with the demo in it, while the block lasts.

    `faults`: one of each kind is in it, among so many cases that wait.
    """
    env = environment(folder, demo_into(folder))
    if faults is not None:
        stafet("demo", "--faults", "--waiting", str(faults), env=env)
    with running("serve", "--demo", env=env, log=folder / "log") as server:
        yield server


def _announced(process: subprocess.Popen[str], ready: str, log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(ready, line):
            return found[1]
    raise AssertionError(f"The server did not start: {log.read_text()}")
