"""A pool of connections whose server went away in between gives another one."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine import store as pool
from engine.store import Store


def test_a_connection_that_was_cut_is_replaced_unseen(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store.sqlite:
        pytest.skip("a file has no server that could go away")
    monkeypatch.setattr(pool, "FRESH", 0.0)
    with store.read() as db, store.engine.connect() as other:
        mine = db.scalar(text("SELECT pg_backend_pid()"))
        others = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert other.scalar(text("SELECT pg_backend_pid()")) != mine
    with store.read() as db:
        db.execute(others)
    for _ in range(3):
        with store.write() as db:
            assert db.scalar(text("SELECT 1")) == 1
