"""The clock of a worker: what falls due is done, and a heartbeat says that somebody does it.

`run(store, name, now=…, stop=…)` beats until `stop` is set.  APScheduler only says when; it remembers nothing, for
the jobs are rows (`engine.actions.jobs`).  Any number of workers may run on PostgreSQL; there a commit that plans
something wakes them at once (`scheduler/ears.py`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from engine import actions
from engine.errors import StafetError
from engine.store import Store
from scheduler.ears import listen

log = logging.getLogger("stafet.scheduler")

#: Seconds between two looks at the clock, between two signs of life, and between two looks for what is stuck.
LOOK, BEAT, WATCH = 1, 10, 2
#: Seconds between two looks for tasks that go back, and between two looks into the outbox.
RETURN, POST = 60, 2
#: Seconds between two questions whether today's erasing is done.
ERASE = 600
#: Jobs in one look; what is left comes with the next, so that a stop is heard in between.
MOST = 200
#: Letters between two looks at `stop`; seconds between two looks for what was sent long ago.
FEW, TIDY = 10, 3600
#: Sends at most so many; how many there were.
Send = Callable[[int], int]


def run(
    store: Store,
    name: str,
    *,
    now: Callable[[], datetime],
    stop: threading.Event,
    erase: bool = False,
    post: Send | None = None,
    alerts: actions.Rules | None = None,
) -> None:
    """Work until `stop` is set; `name` tells this worker from others in the table of workers.

    `erase`: once a day, what is past its term goes.  `post` sends what leaves the house, where this process was told
    where to.  `alerts`: who is told of what is stuck, and when; without, nobody.
    """
    worker = _Worker(store, name, now, stop, post, alerts or actions.Rules())
    beats = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
    worker.beat()
    look = beats.add_job(worker.look, "interval", seconds=LOOK, next_run_time=now())
    beats.add_job(worker.beat, "interval", seconds=BEAT)
    beats.add_job(worker.watch, "interval", seconds=WATCH)
    beats.add_job(worker.hand_back, "interval", seconds=RETURN)
    if erase:
        beats.add_job(worker.erase, "interval", seconds=ERASE, next_run_time=now())
    beats.add_job(worker.tidy, "interval", seconds=TIDY)
    beats.add_job(worker.digest, "interval", seconds=RETURN)
    if post is not None:
        beats.add_job(worker.send, "interval", seconds=POST)
    beats.start()
    try:
        listen(store, stop, lambda: look.modify(next_run_time=now()))
    finally:
        beats.shutdown(wait=True)
        if stop.is_set():
            worker.leave()


@dataclass(slots=True)
class _Worker:
    """What the beats do; the counts are since the start."""

    store: Store
    name: str
    now: Callable[[], datetime]
    stop: threading.Event
    post: Send | None = None
    alerts: actions.Rules = field(default_factory=actions.Rules)
    done: int = 0
    failed: int = 0

    def look(self) -> None:
        """Do what has fallen due.  A database that is away is looked for again at the next beat."""
        try:
            while not self.stop.is_set() and (
                did := actions.run_due(self.store, MOST, now=self.now())
            ):
                self.done += did
            while not self.stop.is_set() and (
                did := actions.run_batches(self.store, MOST, now=self.now())
            ):
                self.done += did
        except StafetError as exc:
            self.failed += 1
            log.error("the worker could not look: %s", exc.code)

    def beat(self) -> None:
        """Say that this worker lives."""
        try:
            actions.beat(self.store, self.name, done=self.done, failed=self.failed, now=self.now())
        except StafetError as exc:
            log.error("the worker could not beat: %s", exc.code)

    def leave(self) -> None:
        """Say that this worker stopped because it was told to."""
        try:
            actions.leave(self.store, self.name, now=self.now())
        except StafetError as exc:
            log.error("the worker could not say that it stops: %s", exc.code)

    def hand_back(self) -> None:
        """What somebody stood in for goes back, and what nobody has any more is free."""
        try:
            self.done += actions.hand_back(self.store, now=self.now())
        except StafetError as exc:
            log.error("the worker could not hand back: %s", exc.code)

    def erase(self) -> None:
        """What is past its term goes, once a day; whatever is left when it fails comes with the next day's."""
        try:
            if gone := actions.erase_daily(self.store, now=self.now()):
                log.info("erased what was past its term: %s", gone)
        except StafetError as exc:
            self.failed += 1
            log.error("the worker could not erase: %s", exc.code)

    def send(self) -> None:
        """Send what is in the outbox; a few at a time, so that a stop is heard in between."""
        try:
            while self.post is not None and not self.stop.is_set() and (did := self.post(FEW)):
                self.done += did
        except StafetError as exc:
            log.error("the worker could not send: %s", exc.code)

    def digest(self) -> None:
        """The day's letters, each once, whichever worker writes it."""
        try:
            while not self.stop.is_set() and (did := actions.digests(self.store, now=self.now())):
                self.done += did
        except StafetError as exc:
            log.error("the worker could not write the day's letters: %s", exc.code)

    def tidy(self) -> None:
        """Take away what was sent long ago."""
        try:
            actions.forget_sent(self.store, now=self.now())
        except StafetError as exc:
            log.error("the worker could not tidy up: %s", exc.code)

    def watch(self) -> None:
        """Look for what is stuck, where no other process has just looked, and tell whom it concerns."""
        try:
            actions.watch(self.store, now=self.now())
            actions.alert(self.store, self.alerts, now=self.now())
        except StafetError as exc:
            log.error("the worker could not look for what is stuck: %s", exc.code)


#: For whoever watches: a worker that has not beaten for this long is gone.
LOST = timedelta(seconds=3 * BEAT)
