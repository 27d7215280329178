"""Traces: what belongs to what and how long it took, sent to a collector by OTLP over HTTP where one was named.

`begin(address, share, kind)` where a process begins; without `STAFET_TRACES` nobody imports this module.  A request, a
job and a letter that leaves are spans; steps and commits lie within them; a job that a request planned belongs to the
request's trace.  Attributes are those of `ATTRIBUTES` alone: codes, numbers, routes, and ids that designers gave.  No
address, no query, no message of an exception, no header of the caller but `traceparent`.
"""

from __future__ import annotations

import re
import time
from contextvars import ContextVar
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from engine import measures
from engine.measures import About

#: What is told, and the attribute that says it; whatever else is told goes no further.
ATTRIBUTES = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
    "request": "stafet.request",
    "instance": "stafet.instance",
    "pathway": "stafet.pathway",
    "element": "stafet.element",
    "kind": "stafet.kind",
    "error": "error.type",
}
_KINDS = {"request": SpanKind.SERVER, "job": SpanKind.CONSUMER, "outbox": SpanKind.CLIENT}
_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_now: ContextVar[Span | None] = ContextVar("stafet_span", default=None)


class Traces:
    """Makes spans of what the engine tells."""

    def __init__(self, provider: TracerProvider) -> None:
        """`provider` says where they go."""
        self.tracer = provider.get_tracer("stafet")

    def begin(self, name: str, of: str, after: str | None, about: About) -> _Open:
        """A span that what is told in this thread lies within, until its end."""
        before = _now.get()
        span = self.tracer.start_span(
            f"{of} {about['route']}" if name == "request" else f"{name} {of}",
            context=_within(before if before is not None else _span(after)),
            kind=_KINDS[name],
            attributes=_attributes(about),
        )
        _now.set(span)
        return _Open(span, before)

    def context(self) -> str | None:
        """The span of this thread."""
        span = _now.get()
        if span is None:
            return None
        its = span.get_span_context()
        return f"00-{its.trace_id:032x}-{its.span_id:016x}-{int(its.trace_flags):02x}"

    def hear(self, name: str, of: str, seconds: float, about: About) -> None:
        """A step or a commit is over: a span that ends now."""
        if name not in ("step", "commit"):
            return
        ended = time.time_ns()
        began = ended - int(seconds * 1e9)
        says = {**_attributes(about), **({"db.system.name": of} if name == "commit" else {})}
        span = self.tracer.start_span(
            f"{name} {of}", context=_within(_now.get()), start_time=began, attributes=says
        )
        span.end(ended)


class _Open:
    """A span that goes on, and the one that it lies within."""

    def __init__(self, span: Span, before: Span | None) -> None:
        self.span, self.before = span, before

    def end(self, about: About) -> None:
        """It is over."""
        self.span.set_attributes(_attributes(about))
        if "error" in about or about.get("status", 0) >= 500:
            self.span.set_status(Status(StatusCode.ERROR))
        self.span.end()
        _now.set(self.before)


def begin(address: str, share: int, kind: str) -> None:
    """Send spans to the collector at `address` from now on; `share`: of how many requests in a hundred."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": "stafet", "stafet.process": kind}),
        sampler=ParentBased(TraceIdRatioBased(share / 100)),
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    told(provider)


def told(provider: TracerProvider) -> Traces:
    """Let this provider have what the engine tells from now on."""
    traces = Traces(provider)
    measures.listen(traces.hear)
    measures.follow(traces)
    return traces


def _attributes(about: About) -> dict[str, Any]:
    return {ATTRIBUTES[k]: v for k, v in about.items() if k in ATTRIBUTES and v not in (None, "")}


def _within(span: Span | None) -> Any:
    return set_span_in_context(span) if span is not None else None


def _span(after: str | None) -> Span | None:
    """What W3C's `traceparent` names; None for what is none, for anybody may send it."""
    found = _PARENT.fullmatch(after or "")
    if found is None:
        return None
    trace, span, flags = (int(part, 16) for part in found.groups())
    its = SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags & 1))
    return NonRecordingSpan(its) if its.is_valid else None
