"""The whole site over the demo's people, for tests that act as them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from flask import Flask

from engine.store import Store
from stafet.app import clock, create, open_store
from stafet.prepare import deploy_all, fill_demo, ready_schema
from stafet.settings import from_env


@contextmanager
def demo_site(
    folder: Path, *, made: datetime | None = None, now: Callable[[], datetime] = clock
) -> Iterator[Flask]:
    """The demo's site on a new SQLite file in `folder`, deployed and filled at `made` (now); its clock is `now`."""
    settings = from_env({"DATABASE_URL": f"sqlite:///{folder}/stafet.db"}, demo=True)
    store = open_store(settings)
    ready_schema(settings, store)
    deploy_all(settings, store, now=made or now())
    fill_demo(store, now=made or now())
    yield create(settings, store, now=now)
    store.close()


def store_of(site: Flask) -> Store:
    """The database of a site."""
    found: Store = site.extensions["stafet"].store
    return found
