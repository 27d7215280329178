"""One form that comes in twice at the same moment, on both databases: it opens one case, and reports once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import actions
from engine.actions import cases, opening
from engine.model import Actor
from engine.store import Store
from engine.tables import case, instance
from tests.store.cast import AGREEMENT, CPR, NOW, PARTIES, SIGNE, opened
from tests.store.test_about_nobody import deployed  # noqa: F401  — a pathway without a name, one about the agreement

As = Callable[[str], Actor]
MARK = "formularens-eget"


def _twice(patch: pytest.MonkeyPatch, room: Any, name: str, press: Callable[[], Any]) -> set[Any]:
    """What two presses answer, where each goes on once both are about to write, or the other plainly waits."""
    plain, both = getattr(room, name), threading.Barrier(2)

    def met(*args: Any, **more: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)
        return plain(*args, **more)

    patch.setattr(room, name, met)
    with ThreadPoolExecutor(2) as pool:
        return {one.result(30) for one in [pool.submit(press) for _ in range(2)]}


@pytest.mark.parametrize("about", ["anonymous", "agreement", "known", "new"])
def test_two_presses_at_once_open_one_case(
    store: Store, as_: As, monkeypatch: pytest.MonkeyPatch, about: str
) -> None:
    ida = as_("ida")
    if about == "known":
        opened(store)

    def press() -> int:
        if about in ("anonymous", "agreement"):
            return actions.open_about(store, ida, AGREEMENT, about, {}, mark=MARK, now=NOW)
        return actions.take_in(
            store, ida, AGREEMENT, CPR, SIGNE, PARTIES, {}, mark=MARK, now=NOW
        ).id  # fmt: skip

    answers = _twice(monkeypatch, opening, "_opened", press)
    assert len(answers) == 1
    with store.read() as db:
        assert db.scalar(select(func.count()).where(case.c.mark == MARK)) == 1


def test_two_presses_at_once_report_once(
    store: Store, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    ida = as_("ida")
    number = actions.open_about(store, ida, AGREEMENT, "anonymous", {}, now=NOW)
    action = f"{AGREEMENT}-henvendelse"

    def press() -> int:
        return actions.act_once(store, ida, number, action, {}, MARK, now=NOW)

    answers = _twice(monkeypatch, cases, "_act", press)
    with store.read() as db:
        assert set(db.scalars(select(instance.c.id).where(instance.c.case_id == number))) == answers
    assert len(answers) == 1
