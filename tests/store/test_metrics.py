"""What a monitor reads, parsed by its own client; the alert rules and the dashboard name only what is there."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete, insert, update

from engine import actions
from engine.store import Store
from engine.stuck import REASONS
from engine.tables import job, message, task
from stafet.app import create
from stafet.settings import Settings
from tests.store.cast import CPR, NOW, PEOPLE, SIGNE, opened, started

MONITORING = Path(__file__).parents[2] / "docker" / "monitoring"
SETTINGS = Settings("", "", 0, Path(), "", False, False, 8, 0)
Samples = dict[tuple[str, ...], float]


@pytest.fixture
def site(store: Store) -> Any:
    return create(SETTINGS, store, now=lambda: NOW).test_client()


def read(site: Any) -> dict[str, Samples]:
    """Samples by name and label values."""
    answer = site.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    found: dict[str, Samples] = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation or family.name.startswith("process_"), family.name
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_what_is_stuck_late_and_alive_is_told(store: Store, site: Any) -> None:
    walk = started(store, opened(store))
    actions.beat(store, "w1", done=3, failed=1, now=NOW - timedelta(seconds=4))
    with store.write() as db:
        db.execute(update(task).where(task.c.instance_id == walk).values(status="cancelled"))
        db.execute(delete(job))
        late = {"kind": "timer", "instance_id": walk, "key": "t", "data": {}}
        db.execute(insert(job).values(**late, due_at=NOW - timedelta(minutes=5)))
    actions.watch(store, now=NOW, every=timedelta(0))
    told = read(site)
    assert told["stafet_database_up"] == {(): 1}
    assert told["stafet_stuck"] == {(reason,): float(reason == "timer") for reason in REASONS}
    assert sum(told["stafet_instances"].values()) == 1
    assert told["stafet_queue_jobs"]["timer",] == 1
    assert told["stafet_queue_age_seconds"]["timer",] == 300
    assert told["stafet_workers"] == {(): 1}
    assert told["stafet_heartbeat_age_seconds"] == {(): 4}
    assert told["stafet_look_age_seconds"] == {(): 0}


def test_a_message_under_way_is_in_the_outbox_until_it_is_delivered(
    store: Store, site: Any
) -> None:
    assert read(site)["stafet_outbox_messages"] == {(): 0}
    walk = started(store, opened(store))
    with store.write() as db:
        from_ = {"kind": "deliver", "instance_id": walk, "key": "deliver:m1", "due_at": NOW}
        db.execute(insert(job).values(**from_, data={"message": "m1"}))
        db.execute(insert(message).values(
            key="m1", case_id=1, name="x", title="X", from_party="", channel="inbox", status="sent",
            sent_at=NOW - timedelta(seconds=90),
        ))  # fmt: skip
    told = read(site)
    assert told["stafet_outbox_messages"] == {(): 1}
    assert told["stafet_outbox_age_seconds"] == {(): 90}
    while actions.run_due(store, 10, now=NOW):
        pass
    assert read(site)["stafet_outbox_messages"] == {(): 0}


def test_steps_jobs_and_requests_are_measured(store: Store, site: Any) -> None:
    before = read(site)
    walk = started(store, opened(store))
    with store.write() as db:
        late = {"kind": "timer", "instance_id": walk, "key": "t", "data": {}}
        db.execute(insert(job).values(**late, due_at=NOW - timedelta(seconds=45)))
    while actions.run_due(store, 10, now=NOW):
        pass
    site.get("/healthz")
    site.get(f"/cases/{CPR}/{SIGNE}")
    site.open("/healthz", method="SIGNE")
    after = read(site)

    def grew(name: str, *labels: str) -> float:
        return after[name].get(labels, 0) - before.get(name, {}).get(labels, 0)

    assert grew("stafet_step_seconds_count", "started") == 1
    assert grew("stafet_job_late_seconds_count", "timer") == 1
    assert grew("stafet_job_late_seconds_sum", "timer") == 45
    assert grew("stafet_http_request_seconds_count", "GET", "/healthz", "200") == 1
    assert grew("stafet_http_request_seconds_count", "other", "-", "405") == 1
    text = site.get("/metrics").text
    # Nobody's name or number, and no id: a path stands there as its template.
    assert [each.name for each in PEOPLE if each.name in text] == []
    assert CPR not in text
    assert "Signe" not in text
    assert "SIGNE" not in text


def test_where_no_database_answers_the_rest_is_still_told(store: Store) -> None:
    away = Store("postgresql+psycopg://nobody@/nowhere?host=/nowhere", store.keyring)
    site = create(SETTINGS, away, now=lambda: NOW).test_client()
    site.get("/healthz")
    told = read(site)
    assert told["stafet_database_up"] == {(): 0}
    assert "stafet_stuck" not in told
    assert told["stafet_http_request_seconds_count"]["GET", "/healthz", "200"] >= 1


def _named(text: str) -> set[str]:
    return set(re.findall(r"\b(?:stafet|process)_\w+", text))


def test_rules_and_dashboard_name_only_what_is_told(store: Store, site: Any) -> None:
    site.get("/healthz")
    walk = started(store, opened(store))
    actions.beat(store, "w1", done=0, failed=0, now=NOW)
    with store.write() as db:
        late = {"kind": "timer", "instance_id": walk, "key": "t", "data": {}}
        db.execute(insert(job).values(**late, due_at=NOW))
    while actions.run_due(store, 10, now=NOW):
        pass
    actions.watch(store, now=NOW, every=timedelta(0))
    there = set(read(site))
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][0]["rules"]
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    shown = [target["expr"] for panel in panels for target in panel["targets"]]
    named = _named(" ".join([*(rule["expr"] for rule in rules), *shown]))
    assert len(named) > 12
    assert named - there == set()
    # Each alert leads to a chapter that is there, and every gauge of ours is shown somewhere.
    operators = (MONITORING.parents[1] / "docs" / "operators.md").read_text()
    chapters = {
        re.sub(r"[^\w -]", "", line[3:]).strip().lower().replace(" ", "-")
        for line in operators.splitlines()
        if line.startswith("## ")
    }
    wanted = {rule["annotations"]["runbook"].partition("#")[2] for rule in rules}
    assert wanted - chapters == set()
    whole = re.compile(r"_(bucket|count|sum|created|total)$")
    ours = {whole.sub("", name) for name in there if name.startswith("stafet_")}
    assert ours - {whole.sub("", name) for name in named} == set()
