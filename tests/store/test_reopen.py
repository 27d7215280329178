"""Taking back that one completed a task: everything is as it was, or nothing happens and the reason is said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

import forms
from engine import actions, queries
from engine.actions import CannotUndo
from engine.actions.answers import context, evaluate
from engine.actions.remembering import FIELDS
from engine.actions.undoing import FIELDS as LATE
from engine.audit import verify
from engine.deploy import deploy
from engine.errors import NotFound, StafetError
from engine.model import MACHINE, UNDO, Actor
from engine.store import Store
from engine.tables import audit, metadata, task
from tests.seeds import fresh
from tests.store.cast import NOW, done, open_task, opened, started
from tests.store.conftest import PROCESSES

As = Callable[..., Actor]
LATER = NOW + timedelta(minutes=10)
SOON = LATER + timedelta(seconds=30)
#: Kept of what was taken back: the chain, the count that decides races, and the answers as a draft; a job that was
#: planned again has another number.
KEPT = {"instance": ("version", "before"), "task": ("draft", "draft_at"), "job": ("id",)}
REUSE = {"justering_indsats": False, "justering_plan": False, "begrundelse": "Virker."}


def dump(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table but the chain, without what `KEPT` names."""
    found = {}
    with store.read() as db:
        for table in metadata.sorted_tables:
            if table.name == "audit":
                continue
            rows = [dict(row._mapping) for row in db.execute(select(table))]
            left = [
                {k: v for k, v in row.items() if k not in KEPT.get(table.name, ())} for row in rows
            ]
            found[table.name] = sorted(left, key=str)
    return found


def said(store: Store) -> list[str]:
    assert verify(store).ok
    with store.read() as db:
        return list(db.scalars(select(audit.c.what).order_by(audit.c.at, audit.c.what)))


def test_what_one_completed_is_open_again_with_the_answers_as_draft(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    before = dump(store)
    number = done(store, "ida", walk, "vurder_behov", REUSE, now=LATER)
    after = dump(store)
    assert queries.may_reopen(store, as_("ida"), number, now=SOON)
    actions.reopen(store, as_("ida"), number, now=SOON)
    assert dump(store) == before
    shown = queries.task(store, as_("ida"), number, now=SOON)
    assert shown["status"] == "open"
    assert {**shown["draft"], **REUSE} == shown["draft"]
    assert said(store)[-3:] == ["completed", "reopened", "saw_task"]
    assert not queries.may_reopen(store, as_("ida"), number, now=SOON)
    # And the same answers lead to the same place: only the numbers of new rows are others.
    done(store, "ida", walk, "vurder_behov", REUSE, now=LATER)
    again = dump(store)
    assert again["instance"] == after["instance"]
    for name in ("task", "deadline", "job", "answer", "history"):
        assert len(again[name]) == len(after[name])


def test_after_a_minute_it_stays(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = done(store, "ida", walk, "vurder_behov", REUSE, now=LATER)
    late = LATER + UNDO + timedelta(seconds=1)
    assert not queries.may_reopen(store, as_("ida"), number, now=late)
    _refused(store, as_("ida"), number, LATE["late"], now=late)
    actions.reopen(store, as_("ida"), number, now=LATER + UNDO)


def test_only_who_completed_it_takes_it_back(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = done(store, "ida", walk, "vurder_behov", REUSE, now=LATER)
    assert not queries.may_reopen(store, as_("anna"), number, now=SOON)
    _refused(store, as_("anna"), number, "This can no longer be undone.")
    for login in ("bo", "jens", "sia"):
        with pytest.raises(NotFound):
            actions.reopen(store, as_(login), number, now=SOON)
    with pytest.raises(NotFound):
        actions.reopen(store, as_("ida"), number + 1000, now=SOON)


def test_what_a_colleague_has_begun_on_stays(store: Store, as_: As) -> None:
    acts: list[Callable[[int], object]] = [
        lambda n: actions.claim(store, as_("anna"), n, now=SOON),
        lambda n: actions.draft(store, as_("anna"), n, {"plan_ref": "7"}, now=SOON),
        lambda n: actions.comment_on(store, as_("anna"), n, "Jeg ser på den", now=SOON),
    ]
    for act in acts:
        walk = started(store, opened(store))
        number = done(store, "ida", walk, "vurder_behov", REUSE, now=LATER)
        act(open_task(store, walk, "send_plan"))
        _refused(store, as_("ida"), number, LATE["touched"])


def test_what_was_sent_stays_sent(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    done(store, "ida", walk, "vurder_behov", REUSE, now=NOW)
    sent = {"plan_ref": "Plan 7", "parter": ["Kriminalforsorgen"]}
    number = done(store, "ida", walk, "send_plan", sent, now=LATER)
    assert not queries.may_reopen(store, as_("ida"), number, now=SOON)
    _refused(store, as_("ida"), number, FIELDS["sent"])


def test_what_has_gone_on_stays(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = done(store, "ida", walk, "vurder_behov", REUSE, now=LATER)
    sent = {"plan_ref": "Plan 7", "parter": ["Kriminalforsorgen"]}
    done(store, "anna", walk, "send_plan", sent, now=SOON)
    _refused(store, as_("ida"), number, LATE["went_on"])


def test_a_task_that_is_open_or_fell_away_is_no_completion(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    _refused(store, as_("ida"), number, "This can no longer be undone.")
    done(store, "ida", walk, "vurder_behov", REUSE, now=LATER)
    actions.reopen(store, as_("ida"), number, now=SOON)
    _refused(store, as_("ida"), number, "This can no longer be undone.")


@pytest.mark.parametrize("seed", [1, *fresh("reopen")])
def test_on_any_walk_a_completion_comes_back_whole_or_says_why(
    store: Store, as_: As, tmp_path: Path, seed: int
) -> None:
    shutil.copytree(PROCESSES / "midtjylland", tmp_path / "processes" / "midtjylland")
    shutil.copytree(PROCESSES / "faelles", tmp_path / "processes" / "faelles")
    deploy(store, MACHINE, tmp_path / "processes" / "midtjylland", "all", now=NOW)
    random, now, backs, reasons = Random(seed), NOW, 0, set()
    for _ in range(3):
        case = opened(store)
        ida = as_("ida")
        offered = queries.actions(store, ida, case, now=now)
        starts = [one for one in offered if one["instance"] is None]
        _begin(store, ida, case, random.choice(starts), now)
        for _ in range(5):
            now += timedelta(hours=random.choice([1, 5, 30]))
            actions.run_due(store, 50, now=now)
            mine = _mine(store, case, random)
            if mine is None:
                break
            given = _given(store, as_, mine, now)
            before = dump(store)
            try:
                actions.complete(store, as_(given[0]), mine, given[1], now=now)
            except StafetError:
                continue
            who, at = as_(given[0]), now + timedelta(seconds=20)
            may = queries.may_reopen(store, who, mine, now=at)
            try:
                actions.reopen(store, who, mine, now=at)
            except CannotUndo as exc:
                reasons.add(exc.sentence)
                continue
            assert may
            assert dump(store) == before
            backs += 1
            actions.complete(store, who, mine, given[1], now=at)
            now = at
    assert verify(store).ok
    assert reasons <= {*FIELDS.values(), *LATE.values()}
    assert backs + len(reasons) > 0


# ---- inside ------------------------------------------------------------------------------
def _refused(store: Store, who: Actor, number: int, why: str, *, now: datetime = SOON) -> None:
    before = dump(store)
    with pytest.raises(CannotUndo) as refused:
        actions.reopen(store, who, number, now=now)
    assert refused.value.sentence == why
    assert dump(store) == before


def _begin(store: Store, who: Actor, case: int, offer: dict[str, Any], now: datetime) -> None:
    data = {}
    if offer["form"]:
        known = context({}, ["Regionspsykiatrien", "Kriminalforsorgen"], now)
        data = forms.sample(offer["form"], now=now, feel=evaluate, context=known)
    try:
        actions.act(store, who, case, offer["id"], data, now=now)
    except StafetError:
        actions.start(store, who, case, "planrunde", {}, now=now)


def _mine(store: Store, case: int, random: Random) -> int | None:
    with store.read() as db:
        asked = select(task.c.id).where(task.c.case_id == case, task.c.status == "open")
        numbers = list(db.scalars(asked.order_by(task.c.id)))
    return random.choice(numbers) if numbers else None


def _given(store: Store, as_: As, number: int, now: datetime) -> tuple[str, dict[str, Any]]:
    """Somebody who may take the task, and what its form takes."""
    for login in ("ida", "anna", "bo", "jens", "karin", "sia"):
        try:
            shown = queries.task(store, as_(login), number, now=now)
        except NotFound:
            continue
        if shown["may_take"]:
            known = {**shown["context"], "now": now}
            said_ = (
                forms.sample(shown["form"], now=now, feel=evaluate, context=known)
                if shown["form"]
                else {}
            )
            return login, said_
    return "ida", {}
