"""Processes that stay: the web server, the worker, and both in one.

`serve` is the embedded default; `web` and `worker` are the same two halves on PostgreSQL, any number of
each.  All of them end on SIGTERM or Ctrl-C after the request or job in hand.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
from collections.abc import Callable

import click
from waitress.server import create_server

import scheduler
from engine.errors import SettingInvalid
from engine.store import Store
from stafet import metrics
from stafet.app import clock, create
from stafet.outside import Post
from stafet.settings import Settings


def serve(settings: Settings, store: Store, *, announce: Callable[[str], None]) -> None:
    """Web, API and timers until told to stop."""
    listener = _listen(settings)
    stop = threading.Event()
    beat = threading.Thread(
        target=_beat, args=(settings, store, "serve", stop), name="scheduler", daemon=True
    )
    beat.start()
    try:
        _answer(settings, store, listener, announce)
    finally:
        stop.set()
        beat.join(timeout=30)


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


def _beat(settings: Settings, store: Store, kind: str, stop: threading.Event) -> None:
    name, post = f"{kind}@{socket.gethostname()}:{os.getpid()}", Post(settings, store, clock)
    sends = post.send if post.channels else None
    scheduler.run(store, name, now=clock, stop=stop, erase=settings.erase, post=sends)


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
    server = create_server(
        create(settings, store),
        sockets=[listener],
        threads=settings.threads,
        ident=None,
        channel_timeout=30,
        max_request_body_size=8 * 1024 * 1024,
    )

    def stop(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    host, port = listener.getsockname()[:2]
    announce(f"http://{host}:{port}")
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        click.echo("Stafet stops.", err=True)
    finally:
        server.close()
