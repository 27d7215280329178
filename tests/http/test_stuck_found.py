"""Faults of every kind among two thousand cases that only wait: all are found, none is invented, the API agrees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.secrets import Keyring
from engine.stuck import REASONS
from tests import postgres
from tests.http.served import environment, stafet

WAITING = 2_000


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/stafet.db"
        return
    with postgres.server() as address:
        yield postgres.database(address, "stuck")


def test_every_fault_is_found_and_nothing_else(url: str, tmp_path: Path) -> None:
    # Given the demo, whose own cases are looked at before
    env = environment(tmp_path, url, STAFET_KEYS=Keyring.generate())
    stafet("db", "upgrade", env=env)
    stafet("demo", env=env)
    before = {one["ref"] for one in _stuck(env) if one["reason"] != "timer"}
    # When thousands of cases that wait are added, and one of each fault
    made = json.loads(
        stafet("demo", "--waiting", str(WAITING), "--faults", "--json", env=env).stdout
    )
    # Then all of those are found, each for its reason, and nothing more
    found = [one for one in _stuck(env) if one["ref"] not in before]
    by_reason = {one["reason"]: one for one in found}
    assert set(made["stuck"]) == set(REASONS) == set(by_reason)
    assert len(found) == len(REASONS)
    for reason, (walk,) in made["stuck"].items():
        if reason != "undeliverable":  # nobody waits for the message: it has a case and no instance
            assert by_reason[reason]["instance"] == walk, reason
    shape = {
        "instance",
        "case",
        "reason",
        "element",
        "since",
        "should_have_moved_by",
        "owner",
        "next_act",
    }
    assert all(shape <= set(one) for one in found)


def _stuck(env: dict[str, str]) -> list[dict[str, object]]:
    run = subprocess.run(
        [Path(sys.executable).with_name("stafet"), "stuck", "--json"],
        env={**os.environ, **env}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode in (0, 1), run.stderr
    found: list[dict[str, object]] = json.loads(run.stdout)
    assert run.returncode == bool(found)
    return found
