"""What operators do beside the steps: give a task, remind, deliver a message, put one aside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import actions, logins, queries
from engine.actions import jobs
from engine.errors import (
    Conflict,
    Forbidden,
    InstanceEnded,
    Invalid,
    MessageUnmatched,
    NotFound,
)
from engine.model import Actor
from engine.store import Store
from engine.tables import audit, instance, message, notice, task
from tests.store.cast import NOW, asked, open_task, opened, started

WHY = "Aftalt pr. telefon"


@pytest.fixture
def ole(store: Store) -> Actor:
    return logins.actor(store, "ole", now=NOW)


def one(store: Store, asked_for: Any) -> Any:
    with store.read() as db:
        return db.execute(asked_for).one()


def whats(store: Store) -> list[str]:
    with store.read() as db:
        rows = db.scalars(select(audit.c.what).where(audit.c.seq > 0).order_by(audit.c.at))
        return list(rows)


# ---- give --------------------------------------------------------------------------------
def test_a_task_is_given_to_somebody_who_may_take_it(store, ole):
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    ida = logins.actor(store, "ida", now=NOW)
    actions.draft(store, ida, number, {"begrundelse": "Halvt"}, now=NOW)
    told = actions.give(store, ole, number, "anna", WHY, dry_run=True, now=NOW)
    assert told.changes["given"] == [
        {
            "id": number,
            "name": "Vurdér behov for justering",
            "from": None,
            "to": "anna",
            "draft": True,
        }
    ]
    assert one(store, select(task.c.assignee_id).where(task.c.id == number)).assignee_id is None
    actions.give(store, ole, number, "anna", WHY, now=NOW)
    row = one(store, select(task).where(task.c.id == number))
    assert (row.assignee_id, row.draft) == (2, None)
    # The case tells that somebody reached in, and the audit chain why.
    assert {"given", "saw_dry_run"} <= set(whats(store))
    lines = queries.history(store, ole, walk, now=NOW)
    assert "given" in [line["what"] for line in lines]


def test_a_task_goes_back_to_its_whole_unit(store, ole):
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    with pytest.raises(Conflict):
        actions.give(store, ole, number, None, WHY, now=NOW)
    actions.give(store, ole, number, "anna", WHY, now=NOW)
    told = actions.give(store, ole, number, None, WHY, now=NOW)
    (given,) = told.changes["given"]
    assert (given["from"], given["to"], given["draft"]) == ("anna", None, False)
    assert one(store, select(task.c.assignee_id).where(task.c.id == number)).assignee_id is None


def test_what_a_correction_replaced_is_the_operators_to_read(store, ole):
    walk = started(store, opened(store))
    for value in (True, False):
        actions.amend(store, ole, walk, {"justering_plan": value}, WHY, now=NOW)
    assert queries.replaced(store, ole, walk, "justering_plan", now=NOW) == (True, False)
    assert queries.replaced(store, ole, walk, "justering_indsats", now=NOW) is None
    with pytest.raises(NotFound):
        queries.replaced(
            store, logins.actor(store, "ida", now=NOW), walk, "justering_plan", now=NOW
        )


@pytest.mark.parametrize("to", ["bo", "ole", "ingen"])
def test_nobody_gets_a_task_that_he_may_not_take(store, ole, to):
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    with pytest.raises(Invalid) as refused:
        actions.give(store, ole, number, to, WHY, now=NOW)
    assert set(refused.value.fields) == {"to"}


def test_a_task_that_was_done_meanwhile_is_not_given(store, ole):
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    with store.write() as db:
        db.execute(update(task).values(status="completed"))
    with pytest.raises(Conflict):
        actions.give(store, ole, number, "anna", WHY, now=NOW)
    with pytest.raises(NotFound):
        actions.give(store, ole, 999, "anna", WHY, now=NOW)


# ---- remind ------------------------------------------------------------------------------
def test_a_reminder_is_news_again_though_it_was_read(store, ole):
    walk = asked(store, opened(store))
    jens = logins.actor(store, "jens", now=NOW)
    told = actions.remind(store, ole, walk, WHY, now=NOW)
    (said,) = told.changes["reminded"]
    assert (said["party"], said["overdue"]) == ("Kriminalforsorgen", False)
    (news,) = queries.notices(store, jens, now=NOW)
    actions.read_notice(store, jens, news["id"], now=NOW)
    assert not queries.notices(store, jens, now=NOW)
    later = NOW + timedelta(days=30)
    actions.remind(store, ole, walk, WHY, now=later)
    actions.remind(store, ole, walk, WHY, now=later)
    assert [n["kind"] for n in queries.notices(store, jens, now=later)] == ["overdue"]


def test_nobody_is_reminded_of_nothing(store, ole):
    walk = started(store, opened(store))
    with pytest.raises(Conflict):
        actions.remind(store, ole, walk, WHY, now=NOW)
    with store.read() as db:
        assert db.execute(select(notice)).first() is None


# ---- messages ----------------------------------------------------------------------------
@pytest.fixture
def letter(store: Store) -> int:
    """A message that came before anybody waited for it."""
    case = opened(store)
    ida = logins.actor(store, "ida", now=NOW)
    number = actions.send(store, ida, "samtykke_trukket", case, {}, now=NOW)
    assert one(store, select(message.c.status)).status == "unmatched"
    actions.start(store, ida, case, "samtykke", {}, now=NOW)
    return number


def test_a_message_is_delivered_to_who_waits_for_it_now(store, ole, letter):
    told = actions.deliver(store, ole, letter, WHY, dry_run=True, now=NOW)
    assert told.heard_by == (1,)
    assert one(store, select(message.c.status)).status == "unmatched"
    actions.deliver(store, ole, letter, WHY, now=NOW)
    row = one(store, select(message))
    assert (row.status, row.handled_at) == ("matched", NOW)
    assert WHY.encode() not in row.note
    with pytest.raises(Conflict):
        actions.deliver(store, ole, letter, WHY, now=NOW)


def test_a_message_that_nobody_waits_for_cannot_be_delivered(store, ole, letter):
    with store.write() as db:
        db.execute(update(instance).values(awaits=[]))
    with pytest.raises(MessageUnmatched):
        actions.deliver(store, ole, letter, WHY, now=NOW)
    assert one(store, select(message.c.handled_at)).handled_at is None


def test_a_message_is_put_aside_and_stuck_no_more(store, ole, letter):
    actions.watch(store, now=NOW, every=timedelta(0))
    found = queries.causes(store, ole, queries.StuckFilter(reason="undeliverable"), now=NOW)
    assert [row["ref"] for row in found.items] == [f"message:{letter}"]
    assert actions.discard(store, ole, letter, WHY, dry_run=True, now=NOW).discarded
    actions.discard(store, ole, letter, WHY, now=NOW)
    actions.watch(store, now=NOW, every=timedelta(0))
    found = queries.causes(store, ole, queries.StuckFilter(reason="undeliverable"), now=NOW)
    assert not found.items
    with pytest.raises(Conflict):
        actions.discard(store, ole, letter, WHY, now=NOW)


def test_a_message_put_aside_is_put_back_and_waits_again(store, ole, letter):
    with pytest.raises(Conflict):
        actions.put_back(store, ole, letter, WHY, now=NOW)
    actions.discard(store, ole, letter, WHY, now=NOW)
    assert actions.put_back(store, ole, letter, WHY, dry_run=True, now=NOW).dry_run
    assert one(store, select(message.c.handled_at)).handled_at == NOW
    actions.put_back(store, ole, letter, WHY, now=NOW)
    actions.watch(store, now=NOW, every=timedelta(0))
    found = queries.causes(store, ole, queries.StuckFilter(reason="undeliverable"), now=NOW)
    assert [row["ref"] for row in found.items] == [f"message:{letter}"]
    assert actions.deliver(store, ole, letter, WHY, now=NOW).heard_by == (1,)
    with pytest.raises(Conflict):
        actions.put_back(store, ole, letter, WHY, now=NOW)


def test_an_operator_says_which_instance_hears_a_message_and_as_what(store, ole, letter):
    ida = logins.actor(store, "ida", now=NOW)
    case = one(store, select(message.c.case_id)).case_id
    near = actions.send(store, ida, "samtykke_tilbagekaldt", case, {}, now=NOW)
    told = actions.deliver(store, ole, near, WHY, to=1, dry_run=True, now=NOW)
    assert (told.heard_by, told.name) == ((1,), "samtykke_trukket")
    actions.deliver(store, ole, near, WHY, to=1, name="samtykke_trukket", now=NOW)
    row = one(store, select(message).where(message.c.id == near))
    assert (row.status, row.name) == ("matched", "samtykke_trukket")


def test_whom_an_operator_chooses_must_be_there_and_wait(store, ole, letter):
    other = started(store, opened(store))
    for to, name, refused, field in (
        (other, None, Invalid, "to"),
        (999, None, Invalid, "to"),
        (None, "samtykke_trukket", Invalid, "to"),
        (1, "noget_andet", MessageUnmatched, ""),
    ):
        with pytest.raises(refused) as told:
            actions.deliver(store, ole, letter, WHY, to=to, name=name, now=NOW)
        assert set(told.value.fields or {}) == ({field} if field else set())
    with store.write() as db:
        db.execute(update(instance).where(instance.c.id == 1).values(awaits=["et", "to"]))
    with pytest.raises(Invalid) as told:
        actions.deliver(store, ole, letter, WHY, to=1, now=NOW)
    assert set(told.value.fields) == {"name"}
    actions.cancel(store, ole, 1, WHY, now=NOW)
    with pytest.raises(InstanceEnded):
        actions.deliver(store, ole, letter, WHY, to=1, now=NOW)
    assert one(store, select(message.c.status)).status == "unmatched"


def test_a_message_whose_hearer_went_on_before_it_came_waits_again(store, ole, letter, monkeypatch):
    monkeypatch.setattr(jobs, "run_one", lambda *_args, **_known: None)
    actions.deliver(store, ole, letter, WHY, now=NOW)
    assert one(store, select(message.c.handled_at)).handled_at == NOW
    monkeypatch.undo()
    actions.cancel(store, ole, 1, WHY, now=NOW)
    actions.run_due(store, 10, now=NOW)
    actions.watch(store, now=NOW, every=timedelta(0))
    found = queries.causes(store, ole, queries.StuckFilter(reason="undeliverable"), now=NOW)
    assert [row["ref"] for row in found.items] == [f"message:{letter}"]


# ---- who ---------------------------------------------------------------------------------
def test_only_operators_reach_in_and_only_with_a_reason(store, ole, letter):
    ida = logins.actor(store, "ida", now=NOW)
    acts = [
        lambda who, why: actions.give(store, who, 1, "anna", why, now=NOW),
        lambda who, why: actions.remind(store, who, 1, why, now=NOW),
        lambda who, why: actions.deliver(store, who, letter, why, now=NOW),
        lambda who, why: actions.discard(store, who, letter, why, now=NOW),
        lambda who, why: actions.put_back(store, who, letter, why, now=NOW),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act(ida, WHY)
    for act in acts[1:]:
        for why in ("  ", "Det er 700378-1016"):
            with pytest.raises(Invalid) as refused:
                act(ole, why)
            assert set(refused.value.fields) == {"reason"}
