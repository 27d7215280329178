"""The whole site over the demo's people, for tests that act as them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from flask import Flask

from engine.store import Store
from stafet.app import clock, create, open_store
from stafet.settings import from_env
from tests.ready import demo_into


@contextmanager
def demo_site(
    folder: Path, *, made: datetime | None = None, now: Callable[[], datetime] = clock
) -> Iterator[Flask]:
    """The demo's site on an SQLite file of its own in `folder`, deployed and filled at `made`; its clock is `now`."""
    settings = from_env({"DATABASE_URL": demo_into(folder, made=made)}, demo=True)
    store = open_store(settings)
    yield create(settings, store, now=now)
    store.close()


def store_of(site: Flask) -> Store:
    """The database of a site."""
    found: Store = site.extensions["stafet"].store
    return found
