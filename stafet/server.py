"""Processes that stay: the web server, the worker, and both in one.

`serve` is the embedded default; `web` and `worker` are the same two halves on PostgreSQL, any number of
each.  All of them end on SIGTERM or Ctrl-C after the request or job in hand.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

import scheduler
from engine.errors import SettingInvalid
from engine.store import Store
from stafet import logs, metrics
from stafet.app import clock, create
from stafet.outside import Post
from stafet.settings import Settings

log = logging.getLogger("stafet.server")

#: Bytes of a request that the app gets to see; more than any buffer holds.
LARGEST, NEVER = 12_000_000, 1 << 40


def begin(settings: Settings, kind: str) -> None:
    """The log, and traces where a collector was named; `kind` is the process's."""
    logs.begin(settings.log)
    if settings.traces:
        # What most installations do without is not loaded there.
        from stafet import traces  # noqa: PLC0415

        traces.begin(settings.traces, settings.traces_share, kind)


def serve(settings: Settings, store: Store, *, announce: Callable[[str], None]) -> None:
    """Web, API and timers until told to stop."""
    listener = _listen(settings)
    stop = threading.Event()
    beat = _Scheduler(settings, store, stop)
    beat.start()
    try:
        _answer(settings, store, listener, announce)
    finally:
        stop.set()
        beat.join(timeout=30)
    if beat.fell:
        raise SystemExit(1)


def web(settings: Settings, store: Store, *, announce: Callable[[str], None]) -> None:
    """Web and API until told to stop."""
    _answer(settings, store, _listen(settings), announce)


def worker(settings: Settings, store: Store) -> None:
    """Timers, jobs and reminders until told to stop; a monitor reads it where it was given a port for that."""
    if settings.metrics_port:
        try:
            metrics.serve(store, settings.host, settings.metrics_port, clock)
        except OSError as exc:
            raise SettingInvalid(
                f"STAFET_METRICS_PORT: {settings.host}:{settings.metrics_port} cannot be listened on: {exc.strerror}."
            ) from exc
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _beat(settings, store, "worker", stop)


def server_of(
    app: Flask, listener: socket.socket, threads: int
) -> MultiSocketServer | BaseWSGIServer:
    """What speaks HTTP for the app.  What people attach and what they get lies in memory alone, never in a temporary
    file: it is not sealed there."""
    return create_server(
        app,
        sockets=[listener],
        threads=threads,
        ident=None,
        channel_timeout=30,
        # A little more than any address takes, so that the app says what is too large, in the reader's language.
        max_request_body_size=LARGEST,
        inbuf_overflow=NEVER,
        outbuf_overflow=NEVER,
    )


class _Scheduler(threading.Thread):
    """The worker's half of `serve`; when it falls the whole process ends, for pages without timers look well."""

    def __init__(self, settings: Settings, store: Store, stop: threading.Event) -> None:
        super().__init__(name="scheduler", daemon=True)
        self.settings, self.store, self.stop, self.fell = settings, store, stop, False

    def run(self) -> None:
        """Beat until told to stop."""
        try:
            _beat(self.settings, self.store, "serve", self.stop)
        except Exception:  # noqa: BLE001 - whatever it was, the process ends with it
            # Told before the end is asked for: nobody waits for this thread to tell it itself.
            sys.excepthook(*sys.exc_info())
            self.fell = True
            if not self.stop.is_set():
                os.kill(os.getpid(), signal.SIGTERM)


def _beat(settings: Settings, store: Store, kind: str, stop: threading.Event) -> None:
    name, post = f"{kind}@{socket.gethostname()}:{os.getpid()}", Post(settings, store, clock)
    sends = post.send if post.channels else None
    scheduler.run(
        store, name, now=clock, stop=stop, erase=settings.erase, post=sends, alerts=post.rules
    )


def _listen(settings: Settings) -> socket.socket:
    # Bound before anything else starts: a taken port must not leave a half-started server.
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(1024)
    except OSError as exc:
        listener.close()
        if exc.errno == errno.EADDRINUSE:
            raise SettingInvalid(
                f"Port {settings.port} is already in use. Stop the program that uses it, or choose another with PORT=."
            ) from exc
        raise SettingInvalid(
            f"{settings.host}:{settings.port} cannot be listened on: {exc.strerror}."
        ) from exc
    return listener


def _answer(
    settings: Settings, store: Store, listener: socket.socket, announce: Callable[[str], None]
) -> None:
    server = server_of(create(settings, store), listener, settings.threads)

    def stop(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    host, port = listener.getsockname()[:2]
    announce(f"http://{host}:{port}")
    try:
        # It ends by itself on SystemExit and Ctrl-C.
        server.run()
    finally:
        log.info("Stafet stops.")
        server.close()
