"""An exception that nothing catches is one line of the log with a code and its class, never its words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = "Signe Sølvpil 700378-1016"
SECRETS = ("Sølvpil", "S\\xf8lvpil", "700378")
#: What goes wrong, and how the process ends.
COMMAND = f"""
from stafet import cli
from stafet.commands import due
def fall(**_): raise LookupError({WRITTEN!r}) from ValueError({WRITTEN!r})
due.command.callback = fall
cli.main(["due", "3 hverdage", "--from", "2026-11-26T10:00"])
"""
THREAD = f"""
import threading
from stafet import unforeseen
unforeseen.guard()
def fall(): raise LookupError({WRITTEN!r})
one = threading.Thread(target=fall, name={WRITTEN!r})
one.start(); one.join()
raise SystemExit(3)
"""
DESTRUCTOR = f"""
from stafet import unforeseen
unforeseen.guard()
class It:
    def __del__(self): raise LookupError({WRITTEN!r})
it = It(); del it
raise SystemExit(3)
"""
UNWRITABLE = f"""
import logging
from stafet import logs
logs.begin("KIND")
class Shy:
    def __str__(self): raise LookupError({WRITTEN!r})
logging.getLogger("stafet.web").error("%s %s", Shy(), {WRITTEN!r})
raise SystemExit(3)
"""
BROKEN = f"""
import sys
from stafet import unforeseen
unforeseen.guard()
sys.modules["stafet.logs"] = None
raise LookupError({WRITTEN!r})
"""


def run(program: str, kind: str = "text", **env: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STAFET_")}
    done = subprocess.run(
        [sys.executable, "-c", program.replace("KIND", kind)],
        cwd=ROOT, env={**kept, "STAFET_LOG": kind, **env}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert [secret for secret in SECRETS if secret in done.stdout + done.stderr] == []
    return done


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.mark.parametrize(("program", "ends"), [(COMMAND, 1), (THREAD, 3), (DESTRUCTOR, 3)])
def test_what_nothing_caught_is_one_line_without_its_words(program: str, ends: int) -> None:
    done = run(program)
    assert done.returncode == ends
    assert re.search(r" CRITICAL stafet\.unforeseen unforeseen LookupError", one_line(done))


@pytest.mark.parametrize(("program", "ends"), [(COMMAND, 1), (THREAD, 3), (DESTRUCTOR, 3)])
def test_a_machine_reads_it_too(program: str, ends: int) -> None:
    done = run(program, "json")
    line = json.loads(one_line(done))
    assert (done.returncode, line["code"], line["error"]) == (ends, "unforeseen", "LookupError")
    assert re.fullmatch(r"[\w.]+:\d+", line["where"])
    assert line["way"][-1] == line["where"]


@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_line_that_cannot_be_written_does_not_repeat_what_was_to_stand_in_it(kind: str) -> None:
    line = one_line(run(UNWRITABLE, kind))
    assert "a line could not be written: LookupError" in line
    if kind == "json":
        assert json.loads(line)["code"] == "not_written"


def test_without_a_log_the_class_alone_is_said() -> None:
    done = run(BROKEN)
    assert (done.returncode, done.stderr) == (1, "stafet: unforeseen LookupError\n")


def test_a_server_whose_timers_fell_ends_and_says_so(tmp_path: Path) -> None:
    program = f"""
import scheduler
def fall(*_, **__): raise LookupError({WRITTEN!r})
scheduler.run = fall
from stafet import cli
cli.main(["serve"])
"""
    done = run(program, "json", DATABASE_URL=f"sqlite:///{tmp_path}/s.db", PORT="0")
    assert done.returncode != 0
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [it["error"] for it in told if it.get("code") == "unforeseen"] == ["LookupError"]


def test_metrics_that_cannot_be_measured_are_told_by_their_class() -> None:
    program = f"""
import urllib.request
from datetime import UTC, datetime
from stafet import logs, metrics
logs.begin("json")
def fall(*_, **__): raise LookupError({WRITTEN!r})
metrics.queries.gauges = fall
port = metrics.serve(None, "127.0.0.1", 0, lambda: datetime.now(UTC))
print(urllib.request.urlopen(f"http://127.0.0.1:{{port}}/metrics").read().decode())
"""
    done = run(program)
    assert "stafet_database_up 0.0" in done.stdout
    assert "LookupError" in json.loads(one_line(done))["said"]
