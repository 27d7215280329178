"""No look and no act without its entry in the audit log, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from engine import actions, queries
from engine.errors import AuditClosed
from engine.model import Actor
from engine.store import Store
from engine.tables import instance
from tests.store.cast import NOW, opened

SHUT = {
    True: ["CREATE TRIGGER shut BEFORE INSERT ON audit BEGIN SELECT RAISE(FAIL, 'full'); END"],
    False: [
        "CREATE FUNCTION shut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$",
        "CREATE TRIGGER shut BEFORE INSERT ON audit EXECUTE FUNCTION shut()",
    ],
}


def test_a_look_and_an_act_are_refused_on_both_databases(
    store: Store, as_: Callable[[str], Actor]
) -> None:
    case = opened(store)
    with store.write() as db:
        for line in SHUT[store.sqlite]:
            db.exec_driver_sql(line)
    ida = as_("ida")
    for refused in (
        lambda: queries.case(store, ida, case, now=NOW),
        lambda: actions.start(store, ida, case, "planrunde", {}, now=NOW),
    ):
        with pytest.raises(AuditClosed):
            refused()
    with store.read() as db:
        assert db.scalar(select(func.count()).select_from(instance)) == 0
