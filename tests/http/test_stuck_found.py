"""Faults of every kind among two thousand cases that only wait: all are found, none is invented, the API agrees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import actions, logins, queries
from engine.errors import StafetError
from engine.model import Actor
from engine.secrets import Keyring
from engine.store import Store
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
    _told_by_cause(url, env)


def _told_by_cause(url: str, env: dict[str, str]) -> None:
    """Each cause is one alert, whatever stands behind it, and over once an operator has cleared it."""
    rules = actions.Rules((("webhook", "a"),), after=timedelta(0))
    with closing(Store(url, Keyring.from_text(env["STAFET_KEYS"]), demo=True)) as store:
        now = datetime.now(UTC)
        assert actions.alert(store, rules, now=now) == len(REASONS)
        assert sorted(_letters(store, "alert", now)) == sorted(REASONS)
        drift = logins.actor(store, "drift", now=now)
        for _nth in range(60):
            now += timedelta(seconds=5)
            actions.beat(store, "w", done=0, failed=0, now=now)
            actions.watch(store, now=now, every=timedelta(0))
            actions.alert(store, rules, now=now)
            left = queries.causes(store, drift, queries.StuckFilter(), now=now).items
            if not left:
                break
            for one in left:
                _cleared(store, drift, one, now)
        assert sorted(_letters(store, "alert_end", now)) == sorted(REASONS)
        assert _letters(store, "alert", now) == []
        assert queries.alerts(store, drift, now=now)["open"] == []


def _cleared(store: Store, drift: Actor, one: dict[str, Any], now: datetime) -> None:
    if one["ref"].startswith("message:"):
        number = int(one["ref"].removeprefix("message:"))
        actions.discard(store, drift, number, "Prøvet", now=now)
        return
    # Others of the demo may have cancelled it with its parent.
    with suppress(StafetError):
        actions.cancel(store, drift, one["instance"], "Prøvet", now=now)


def _letters(store: Store, kind: str, now: datetime) -> list[str]:
    """The causes of what goes out, all of one kind."""
    found = []
    while it := actions.take(store, ("webhook",), now=now):
        assert it.kind == kind
        found.append(it.facts["cause"])
        actions.sent(store, it, now=now)
    return found


def _stuck(env: dict[str, str]) -> list[dict[str, object]]:
    run = subprocess.run(
        [Path(sys.executable).with_name("stafet"), "stuck", "--json"],
        env={**os.environ, **env}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode in (0, 1), run.stderr
    found: list[dict[str, object]] = json.loads(run.stdout)
    assert run.returncode == bool(found)
    return found
