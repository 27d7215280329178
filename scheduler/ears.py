"""Hear at once that something was planned: PostgreSQL's NOTIFY.  On SQLite the worker only polls."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from engine.errors import StafetError
from engine.store import Store

log = logging.getLogger("stafet.scheduler")

#: Seconds between two tries to hear again, and the longest that a stop waits for the ear.
AGAIN, PATIENCE = 5.0, 1.0


def listen(store: Store, stop: threading.Event, heard: Callable[[], None]) -> None:
    """Call `heard` whenever a commit planned something, until `stop` is set.

    Where the connection is lost the worker still polls; the ear is tried again.
    """
    if store.sqlite:
        stop.wait()
        return
    while not stop.is_set():
        try:
            for told in store.told(PATIENCE):
                if stop.is_set():
                    return
                if told:
                    heard()
        except StafetError as exc:
            log.warning("the worker hears nothing now: %s", exc.code)
            stop.wait(AGAIN)
