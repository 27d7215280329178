"""schemathesis over the whole description: every call, all checks, calls after calls (stateful), on a served demo.

No 5xx, nothing that is not described, no answer to who is not logged in.  It lives in an environment of its own
(`.venv/api`); `make soak` makes ten thousand calls and more as each of three people.  The short form asks each call
once: as the operator what the table of access gives to him and not to a nurse, as the designer what it gives to him
alone, as the nurse the rest.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.access.table import API, KINDS, rows
from tests.http.served import ROOT, Server, environment, running
from tests.ready import demo_into

TOOL = ROOT / ".venv" / "api" / "bin" / "schemathesis"
TOLD = Path(__file__).parent / "told"
SOAK = bool(os.environ.get("STAFET_SOAK"))
#: As whom, and what column of the table of access that is.
WHO = {"sygeplejerske": "ida", "drift": "ole", "designer": "dan"}
#: The long form: examples of each call, and how many calls there are at least.
EACH, LEAST = 120, 10_000
#: The short form: how many calls at least as each of them.
SHORT = {"sygeplejerske": 1_500, "drift": 1_000, "designer": 200}


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="left out: make soak asks ten thousand times")
@pytest.mark.parametrize("who", WHO)
def test_no_call_of_ten_thousand_finds_a_hole(tmp_path: Path, who: str) -> None:
    with demo(tmp_path) as server:
        assert asked(server, tmp_path, who, "--max-examples", str(EACH)) >= LEAST


def test_no_call_finds_a_hole(tmp_path: Path) -> None:
    with demo(tmp_path) as server:
        for who, calls in SHORT.items():
            # The same each time.
            once = ("--max-examples", "1", "--seed", "1")
            assert asked(server, tmp_path, who, *once, *only(who)) >= calls


def only(who: str) -> Iterator[str]:
    """The options by which each call is asked once, by the first of `WHO` who may; by the nurse what nobody may."""
    kinds, may = list(KINDS), defaultdict(set)
    for row in (one for one in rows() if one.rule.startswith(API)):
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", row.rule)
        found = {one for one, kind in WHO.items() if row.answers[kinds.index(kind)] != "no"}
        may[f"{row.method} {path}"] |= found
    for name, theirs in may.items():
        asks = next((one for one in WHO if one in theirs), "sygeplejerske")
        if who == "sygeplejerske" != asks:
            yield from ("--exclude-name", name)
        elif who == asks != "sygeplejerske":
            yield from ("--include-name", name)


@contextmanager
def demo(folder: Path) -> Iterator[Server]:
    """A served demo with a database of its own."""
    env = environment(folder, demo_into(folder))
    with running("serve", "--demo", env=env, log=folder / "log") as server:
        yield server


def asked(server: Server, folder: Path, who: str, *how: str) -> int:
    """How many calls there were; nothing was found, and nothing left out."""
    assert TOOL.is_file(), "Run: make .venv/api/made"
    words = [
        str(TOOL), "--config-file", str(TOLD / "schemathesis.toml"), "run", f"{server.url}/api/openapi.json",
        "--header", f"Authorization: Bearer {server.token(who)}", "--no-color", *how,
    ]  # fmt: skip
    hooks = {"SCHEMATHESIS_HOOKS": "kinds", "PYTHONPATH": str(TOLD)}
    done = subprocess.run(
        words, env={**server.env, **hooks}, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    made = re.search(r"([0-9]+) generated, ([0-9]+) passed", done.stdout)
    assert made, done.stdout[-2000:]
    assert made[1] == made[2]
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert re.search(f"✅ {phase}", done.stdout), f"{phase} was left out"
    return int(made[1])
