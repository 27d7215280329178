"""Server processes that are killed and come back: `stafet web` and `stafet worker` on one PostgreSQL.

with Crew(env, folder, webs=3, workers=2) as crew:
    crew.door(chance)         # the address of a web process that answers, if any
    crew.lose(chance)         # SIGKILL one that is up, and start it again
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import IO, Any

from tests.http.served import ROOT, STARTS_WITHIN


@dataclass
class _Member:
    """One place in the crew; `url` is None while its process is starting or is a worker."""

    kind: str
    log: IO[bytes]
    process: subprocess.Popen[str] | None = None
    url: str | None = None
    lives: int = 0

    def rise(self, env: Mapping[str, str]) -> None:
        self.lives += 1
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "stafet.cli", self.kind],
            env=dict(env), cwd=ROOT, stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip
        threading.Thread(target=self._hear, args=(self.process,), daemon=True).start()

    def _hear(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                if (found := re.search(r"^Stafet: (\S+)", line)) and process is self.process:
                    self.url = found[1]

    def end(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.url = None
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Crew:
    """So many of each kind, all up when the block begins."""

    def __init__(self, env: Mapping[str, str], folder: Path, *, webs: int, workers: int) -> None:
        """`folder` takes the logs."""
        self._env = env
        self.kills = {"web": 0, "worker": 0}
        #: Those that ended though nobody had killed them, with the last line that they wrote.
        self.fallen: list[str] = []
        kinds = ["web"] * webs + ["worker"] * workers
        self._members = [
            _Member(kind, (folder / f"{kind}{n}.log").open("ab")) for n, kind in enumerate(kinds)
        ]

    def __enter__(self) -> Crew:
        for member in self._members:
            member.rise(self._env)
        self.whole()
        return self

    def __exit__(self, *_: Any) -> None:
        for member in self._members:
            with closing(member.log):
                self._look(member)
                member.end(signal.SIGTERM)

    def whole(self) -> None:
        """Wait until every web process answers."""
        until = time.monotonic() + STARTS_WITHIN
        while any(m.kind == "web" and m.url is None for m in self._members):
            assert time.monotonic() < until, "a web process did not start"
            time.sleep(0.05)

    def door(self, chance: Random) -> str | None:
        """A web process that answers; None while all of them are starting."""
        open_now = [m.url for m in self._members if m.url is not None]
        return chance.choice(open_now) if open_now else None

    def lose(self, chance: Random) -> None:
        """Kill one in the middle of whatever it does, and start another in its place."""
        webs = [m for m in self._members if m.url is not None]
        workers = [m for m in self._members if m.kind == "worker"]
        # On a slow machine one web process stays, or nobody would get anything done.
        member = chance.choice(chance.choice([webs, workers]) if len(webs) > 1 else workers)
        self._look(member)
        member.end(signal.SIGKILL)
        self.kills[member.kind] += 1
        member.rise(self._env)

    def _look(self, member: _Member) -> None:
        assert member.process is not None
        if (code := member.process.poll()) is not None:
            last = Path(member.log.name).read_text().splitlines()[-1:]
            self.fallen.append(f"{member.kind} ended by itself with {code}: {last}")
