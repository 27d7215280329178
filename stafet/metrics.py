"""What a monitor reads: `GET /metrics` of a web process, and of a worker that was given `STAFET_METRICS_PORT`.

Counts and ages come from the tables at each reading, so every process of an installation answers the same; what a
process measured itself (requests, steps, how late its jobs were) is its own, and the monitor adds it up.  Nothing is
kept in files between processes.  Labels are codes, statuses and route templates: no id, no name.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Histogram,
    ProcessCollector,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from engine import measures, queries
from engine.errors import StafetError
from engine.model import MACHINE, Json
from engine.queries.gauges import age
from engine.store import Store

log = logging.getLogger("stafet.metrics")
#: What this process measured; the buckets of lateness end where an operator should have come.
MEASURED = CollectorRegistry()
REQUESTS = Histogram(
    "stafet_http_request_seconds", "Requests by route, method and status, and how long they took.",
    ("route", "method", "status"), registry=MEASURED,
)  # fmt: skip
STEPS = Histogram(
    "stafet_step_seconds", "An event of an instance from its lock until all is written, by what happened.",
    ("what",), registry=MEASURED,
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)  # fmt: skip
LATE = Histogram(
    "stafet_job_late_seconds", "How long after its moment a job was begun, by kind.", ("kind",), registry=MEASURED,
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 86400),
)  # fmt: skip
ProcessCollector(registry=MEASURED)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


_HEARD = {"step": STEPS, "late": LATE}


def _hear(name: str, of: str, seconds: float, _about: measures.About) -> None:
    if name in _HEARD:
        _HEARD[name].labels(of).observe(max(seconds, 0.0))


measures.listen(_hear)


def requested(rule: str, method: str, status: int, seconds: float) -> None:
    """A request was answered; `rule` is the route's template."""
    REQUESTS.labels(rule, known(method), str(status)).observe(seconds)


def known(method: str) -> str:
    """The method, where it is one: anybody may send any word."""
    return method if method in METHODS else "other"


def page(store: Store, now: Callable[[], datetime]) -> tuple[bytes, str]:
    """The text that a monitor reads, and its type."""
    return generate_latest(_registry(store, now)), CONTENT_TYPE_LATEST


def serve(store: Store, host: str, port: int, now: Callable[[], datetime]) -> int:
    """Answer on a port of its own, in a thread that ends with the process; the port.  Raises `OSError`."""
    server, _thread = start_http_server(port, host, _registry(store, now))
    return int(server.server_port)


# ---- inside ------------------------------------------------------------------------------
def _registry(store: Store, now: Callable[[], datetime]) -> CollectorRegistry:
    made = CollectorRegistry(auto_describe=False)
    made.register(_Read(store, now))
    return made


class _Read(Collector):
    """The tables as they are now, and what this process measured."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self.store, self.now = store, now

    def collect(self) -> Iterator[Metric]:
        """Every metric; without its database a process still says what it measured."""
        try:
            now = self.now()
            read = queries.gauges(self.store, MACHINE, now=now)
        except Exception as exc:  # noqa: BLE001 - the port's own server would print it with its words
            if not isinstance(exc, StafetError):
                log.error("the tables could not be measured: %s", exc.__class__.__name__)
            yield Gauge("stafet_database_up", "1: the database answers.", value=0)
        else:
            yield Gauge("stafet_database_up", "1: the database answers.", value=1)
            yield from _tables(read, now)
        yield from MEASURED.collect()


def _tables(read: Json, now: datetime) -> Iterator[Metric]:
    workers, outbox, queue = read["workers"], read["outbox"], read["queue"]
    yield _by("stafet_stuck", "What nothing will move in time, by reason.", "reason", read["stuck"])
    yield _by(
        "stafet_instances", "Instances that have not ended, by status.", "status", read["instances"]
    )
    yield Gauge("stafet_deadlines_due_soon", "Legal dates within a day.", value=read["due_soon"])
    if read["looked_at"]:
        yield Gauge(
            "stafet_look_age_seconds", "Since the last look for what is stuck.",
            value=age(read["looked_at"], now),
        )  # fmt: skip
    yield _by(
        "stafet_queue_jobs", "Jobs that are due, by kind.", "kind",
        {kind: queue.get(kind, {"due": 0})["due"] for kind in KINDS},
    )  # fmt: skip
    yield _by(
        "stafet_queue_age_seconds", "How long the oldest due job has waited, by kind.", "kind",
        {kind: age(queue[kind]["oldest"] if kind in queue else None, now) for kind in KINDS},
    )  # fmt: skip
    yield Gauge(
        "stafet_outbox_messages", "Messages on their way to a pathway.", value=outbox["waiting"]
    )
    yield Gauge(
        "stafet_outbox_age_seconds", "How long the oldest of them is under way.",
        value=age(outbox["oldest"], now),
    )  # fmt: skip
    leaving = read["leaving"]
    yield _by(
        "stafet_leaving", "Mails and calls on their way out of the house, by channel.", "channel",
        {channel: each["waiting"] for channel, each in leaving.items()},
    )  # fmt: skip
    yield _by(
        "stafet_leaving_age_seconds", "How long the oldest of them is under way, by channel.", "channel",
        {channel: age(each["oldest"], now) for channel, each in leaving.items()},
    )  # fmt: skip
    yield _by(
        "stafet_given_up", "Mails and calls that were given up, by channel.", "channel",
        {channel: each["given_up"] for channel, each in leaving.items()},
    )  # fmt: skip
    yield _by("stafet_alerts", "1: an alert is open, by cause.", "cause", read["alerts"])
    letters = Gauge(
        "stafet_alert_letters", "Letters of alerts of the last 90 days, by channel and what became of them.",
        labels=("channel", "status"),
    )  # fmt: skip
    for which, many in read["alert_letters"].items():
        letters.add_metric(which, many)
    yield letters
    yield Gauge("stafet_workers", "Workers that beat.", value=workers["beating"])
    if workers["beat_at"]:
        yield Gauge(
            "stafet_heartbeat_age_seconds", "Since the youngest beat of any worker.",
            value=age(workers["beat_at"], now),
        )  # fmt: skip


KINDS = ("timer", "reminder", "overdue", "deliver", "start")


def _by(name: str, says: str, label: str, values: dict[str, float]) -> Gauge:
    made = Gauge(name, says, labels=(label,))
    for key, value in values.items():
        made.add_metric((key,), value)
    return made
