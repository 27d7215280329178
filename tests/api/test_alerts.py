"""Alerts over the API and by `stafet alert`: read, silenced until a moment with a reason, sounded again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, insert, update

from channels.where import Alerting
from engine import actions
from engine.actions import Rules
from engine.errors import StafetError
from engine.store import Store
from engine.tables import alert, audit, outbox, silence, stuck
from stafet.app import clock
from stafet.cli import cli
from tests.api.walk import Get

TO, ALERTS = "drift@region.example", "/api/v1/alerts"


@pytest.fixture
def told(site: Flask) -> Iterator[Store]:
    """Something goes round in a ring, and one address was told of it."""
    house = site.extensions["stafet"]
    store, now = house.store, clock()
    said = Alerting((TO,), after=timedelta(0))
    site.extensions["stafet"] = replace(house, settings=replace(house.settings, alerts=said))
    with store.write() as db:
        for table in (stuck, outbox, alert, silence):
            db.execute(delete(table))
        db.execute(insert(stuck).values(
            key="loop:test", reason="loop", element="e", since=now, due_at=now, act="move", ref="instance:1",
            detail="", found_at=now,
        ))  # fmt: skip
    actions.alert(
        store, Rules(tuple(said.receivers(store.keyring.mark)), after=said.after), now=now
    )
    yield store
    site.extensions["stafet"] = house
    with store.write() as db:
        for table in (stuck, outbox, alert, silence):
            db.execute(delete(table))


def test_what_is_open_and_over_who_is_told_and_what_is_silenced_is_read(
    told: Store, as_: Get
) -> None:
    found = as_("drift").get(ALERTS).json
    assert [(one["cause"], one["ended_at"]) for one in found["open"]] == [("loop", None)]
    (letter,) = found["open"][0]["letters"]
    assert (letter["to"], letter["status"], letter["error"]) == (TO, "waiting", None)
    assert found["receivers"] == [{"channel": "mail", "to": TO}]
    assert found["ended"] == found["silences"] == []
    with told.write() as db:
        db.execute(update(alert).values(gone_at=clock(), ended_at=clock()))
    found = as_("drift").get(ALERTS).json
    assert (len(found["open"]), len(found["ended"])) == (0, 1)
    assert as_("sygeplejerske").get(ALERTS).status_code == 403


def test_a_cause_is_silenced_until_a_moment_and_sounded_again(told: Store, as_: Get) -> None:
    drift, until = as_("drift"), clock() + timedelta(days=2)
    given = {"cause": "loop", "until": until.isoformat(), "reason": "Rettes i morgen"}
    assert drift.post(f"{ALERTS}/silence", json=given).status_code == 204
    (held,) = drift.get(ALERTS).json["silences"]
    assert (held["cause"], held["reason"]) == ("loop", "Rettes i morgen")
    assert datetime.fromisoformat(held["until"]) == until.replace(microsecond=0)
    assert drift.post(f"{ALERTS}/loop/sound").status_code == 204
    assert drift.get(ALERTS).json["silences"] == []
    again = drift.post(f"{ALERTS}/loop/sound")
    assert (again.status_code, again.json["code"]) == (404, "not_silent")
    assert drift.post(f"{ALERTS}/nonsense/sound").status_code == 404
    far = (clock() + timedelta(days=15)).isoformat()
    for wrong, field in (
        ({"cause": "vejret"}, "cause"), ({"until": far}, "until"), ({"until": "i morgen"}, "until"),
        ({"until": None}, "until"), ({"reason": ""}, "reason"), ({"reason": " \t "}, "reason"),
        ({"reason": "700378-1016"}, "reason"), ({"dry_run": True}, "dry_run"),
    ):  # fmt: skip
        refused = drift.post(f"{ALERTS}/silence", json=given | wrong)
        assert (refused.status_code, set(refused.json["errors"])) == (422, {field})
    nurse = as_("sygeplejerske")
    assert nurse.post(f"{ALERTS}/silence", json=given).status_code == 403
    assert nurse.post(f"{ALERTS}/loop/sound").status_code == 403


def test_the_command_line_does_the_same(
    told: Store, monkeypatch: pytest.MonkeyPatch, as_: Get
) -> None:
    monkeypatch.setenv("DATABASE_URL", told.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("STAFET_ALERT_MAIL", "")

    def line(*arguments: str) -> str:
        answer = CliRunner().invoke(cli, ["alert", *arguments], standalone_mode=False)
        if answer.exception:
            raise answer.exception
        return answer.output

    until = (clock() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    by = ("--by", "drift")
    said = line("silence", "loop", "--until", until, "--reason", "Kendt fejl", *by)
    assert said.startswith("loop is silenced until ")
    assert as_("drift").get(ALERTS).json["silences"][0]["reason"] == "Kendt fejl"
    assert "loop          silenced until" in line()
    assert line("sound", "loop", *by) == "loop is silenced no more.\n"
    with pytest.raises(StafetError, match="not silenced, or no longer"):
        line("sound", "loop", *by)
    assert as_("drift").get(ALERTS).json["silences"] == []
    with told.write() as db:
        db.execute(update(alert).values(gone_at=clock(), ended_at=clock()))
    assert json.loads(line("--json")) == []
    (over,) = json.loads(line("--ended", "--json"))
    assert over["cause"] == "loop"
    assert over["ended_at"]
    with told.read() as db:
        whats = db.execute(audit.select().where(audit.c.what.like("alert_%"))).all()
    assert [row.what for row in whats][-2:] == ["alert_silenced", "alert_sounded"]
