"""Traces, as a collector would get them: what belongs to what, over request and job, and never a word about anybody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import select

from channels.mail import NotSent
from channels.where import MailServer
from engine import actions, logins, measures
from engine.actions import jobs
from engine.store import Store
from engine.tables import job, outbox
from stafet import outside, traces
from stafet.app import create
from stafet.settings import Settings
from tests.store.cast import CPR, NOW, SIGNE, asked, open_task, opened, started
from tests.store.test_metrics import SETTINGS

WORDS = "Hun er bange for sin nabo"
BEGUN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#: Ida's answers to the first task of a plan round.
ANSWERS = {"justering_indsats": False, "justering_plan": False, "begrundelse": WORDS}


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What was sent to the collector."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    before = list(measures._listening)
    traces.told(provider)
    yield kept
    measures.follow(None)
    measures._listening[:] = before
    provider.shutdown()


@pytest.fixture
def site(store: Store) -> Any:
    """Clients by login."""

    def client(login: str = "ida") -> Any:
        made = create(SETTINGS, store, now=lambda: NOW).test_client()
        bearer = f"Bearer {logins.make_token(store, login, now=NOW)}"
        made.environ_base["HTTP_AUTHORIZATION"] = bearer
        return made

    return client


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = [each for each in spans.get_finished_spans() if each.name == name]
    return found


def completed(store: Store, site: Any, **headers: str) -> int:
    """Ida answers the first task of a plan round over HTTP; the instance's number."""
    walk = started(store, opened(store))
    _complete(site(), open_task(store, walk, "vurder_behov"), ANSWERS, headers)
    return walk


def disagreed(store: Store, site: Any, **headers: str) -> int:
    """Jens does not accept the plan, and another pathway is told so; the instance's number."""
    walk = asked(store, opened(store), "Kriminalforsorgen", reason=WORDS)
    number = open_task(store, walk, "accepter_plan", "Kriminalforsorgen")
    _complete(site("jens"), number, {"accept": False}, headers)
    return walk


def _complete(site: Any, task: int, answers: dict[str, Any], headers: dict[str, str]) -> None:
    answer = site.post(f"/api/v1/tasks/{task}/complete", json={"data": answers}, headers=headers)
    assert answer.status_code == 200, answer.text


def test_a_step_and_its_commit_lie_in_the_request(
    store: Store, site: Any, spans: InMemorySpanExporter
) -> None:
    walk = completed(store, site, traceparent=BEGUN, tracestate=f"x={WORDS}")
    route = "POST /api/v1/tasks/<int(max=9223372036854775807):task_id>/complete"
    request, step = named(spans, route), named(spans, "step completed")
    assert (request.kind, request.status.status_code) == (SpanKind.SERVER, StatusCode.UNSET)
    assert (f"{request.context.trace_id:032x}", f"{request.parent.span_id:016x}") == tuple(
        BEGUN.split("-")[1:3]
    )
    assert request.attributes["http.response.status_code"] == 200
    assert step.parent.span_id == request.context.span_id
    assert step.attributes == {
        "stafet.instance": walk,
        "stafet.pathway": "midtjylland-planrunde",
        "stafet.element": "vurder_behov",
    }
    commits = [
        each
        for each in spans.get_finished_spans()
        if each.name == f"commit {store.engine.dialect.name}"
        and each.parent
        and each.parent.span_id == request.context.span_id
    ]
    assert commits
    assert all(request.start_time <= it.start_time <= it.end_time for it in [step, *commits])


def test_a_job_belongs_to_the_request_that_planned_it(
    store: Store, site: Any, spans: InMemorySpanExporter
) -> None:
    disagreed(store, site, traceparent=BEGUN)
    request = [it for it in spans.get_finished_spans() if it.name.startswith("POST ")][-1]
    spans.clear()
    while actions.run_due(store, 1, now=NOW):
        pass
    jobs = [it for it in spans.get_finished_spans() if it.name in ("job deliver", "job start")]
    assert jobs
    for each in jobs:
        assert each.kind is SpanKind.CONSUMER
        assert each.context.trace_id == request.context.trace_id
        assert each.parent.span_id == request.context.span_id
    within = {it.parent.span_id for it in spans.get_finished_spans() if it.name.startswith("step")}
    assert within <= {it.context.span_id for it in jobs}
    assert within


def test_a_job_that_fails_says_the_code_alone(
    store: Store, site: Any, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    disagreed(store, site)

    def fall(*_: object) -> None:
        raise LookupError(f"{SIGNE} {CPR}")

    monkeypatch.setitem(jobs._VERBS, "deliver", fall)
    assert actions.run_due(store, 1, now=NOW) == 1
    fallen = named(spans, "job deliver")
    assert fallen.status.status_code is StatusCode.ERROR
    assert fallen.status.description is None
    assert fallen.attributes["error.type"] == "LookupError"
    assert fallen.events == ()


def test_nothing_of_anybody_stands_in_a_span(
    store: Store, site: Any, spans: InMemorySpanExporter
) -> None:
    disagreed(store, site, traceparent=f"00-{CPR}-{SIGNE}-01".encode().decode("latin-1"))
    site = site()
    site.get(f"/api/v1/tasks?q={CPR}")
    site.get(f"/{SIGNE}/{CPR}?{WORDS}")
    site.open("/healthz", method="SIGNE-700378-1016")
    site.post("/api/v1/cases", json={"citizen": {"cpr": CPR, "name": SIGNE}})
    while actions.run_due(store, 1, now=NOW + timedelta(days=400)):
        pass
    sent = [json.loads(each.to_json()) for each in spans.get_finished_spans()]
    text = json.dumps([(it["name"], it["attributes"], it["events"], it["status"]) for it in sent])
    assert len(sent) > 10
    assert not [word for word in (CPR, SIGNE, "Signe", "bange", "nabo", "700378") if word in text]
    known = {*traces.ATTRIBUTES.values(), "db.system.name"}
    assert {name for it in sent for name in it["attributes"]} <= known
    words = {v for it in sent for v in it["attributes"].values() if isinstance(v, str)}
    assert [word for word in words if not re.fullmatch(r"[\w.:/<>()=,-]+", word)] == []


def test_a_letter_that_was_not_taken_says_why(
    store: Store, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ida = logins.actor(store, "ida", now=NOW)
    actions.choose(store, ida, "at_once", "ida@region.example", now=NOW)
    server = MailServer(host="127.0.0.1", port=1, sender="Stafet <s@x.example>", tls="none")
    post = outside.Post(
        Settings("", "", 0, SETTINGS.processes, "", False, False, 8, 0, mail=server),
        store,
        lambda: NOW,
    )

    def refused(*_: object) -> None:
        raise NotSent("mail_refused", for_good=True)

    monkeypatch.setattr(post._mailer, "send", refused)
    assert post.send(5) == 1
    left = named(spans, "outbox mail")
    assert left.kind is SpanKind.CLIENT
    assert left.attributes["error.type"] == "mail_refused"
    with store.read() as db:
        kind = db.scalar(select(outbox.c.kind))
    assert left.attributes["stafet.kind"] == kind


def test_nobody_follows_and_nothing_is_kept_where_no_collector_was_named(
    store: Store, site: Any
) -> None:
    disagreed(store, site, traceparent=BEGUN)
    with store.read() as db:
        kept = db.scalars(select(job.c.data)).all()
    assert kept
    assert not [each for each in kept if "trace" in each]
