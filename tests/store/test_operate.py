"""What operators do to running instances, on both databases: what it changes, what it says beforehand, who may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine import actions, audit, logins, queries
from engine.errors import (
    Forbidden,
    InstanceEnded,
    InstanceMoved,
    InstanceNotSuspended,
    InstanceSuspended,
    Invalid,
    MoveImpossible,
    NotFound,
    StepFailed,
    TimerNotOpen,
)
from engine.model import Actor
from engine.seals import answer_place
from engine.store import Store
from engine.tables import answer, deadline, history, incident, instance, job, message, task
from engine.tables import audit as audit_table
from tests.store.cast import CPR, NOW, asked, done, open_task, opened, started
from tests.store.looking import looks
from tests.store.test_actions import everything, rows

As = Callable[[str], Actor]
WHY = "Signe er flyttet til et andet afsnit"
LATER = NOW + timedelta(hours=2)
JENS = "Kriminalforsorgen"


def of(store: Store, walk: int) -> Any:
    (row,) = rows(store, select(instance).where(instance.c.id == walk))
    return row


def jobs_of(store: Store, walk: int, kind: str) -> list[Any]:
    return rows(store, select(job).where(job.c.instance_id == walk, job.c.kind == kind))


def facts_of(store: Store, what: str) -> list[dict[str, Any]]:
    assert audit.verify(store).ok
    found = select(audit_table.c.facts).where(audit_table.c.what == what)
    return [json.loads(row.facts) for row in rows(store, found)]


#: Each verb as a call on an instance that waits for Jens, with its timer.
VERBS: dict[str, Callable[..., actions.Operated]] = {
    "suspend": lambda s, a, w, t, r, **k: actions.suspend(s, a, w, r, **k),
    "cancel": lambda s, a, w, t, r, **k: actions.cancel(s, a, w, r, **k),
    "retry": lambda s, a, w, t, r, **k: actions.retry(s, a, w, r, **k),
    "move": lambda s, a, w, t, r, **k: actions.move(s, a, w, "accepter_plan", "foelg_op", r, **k),
    "amend": lambda s, a, w, t, r, **k: actions.amend(
        s, a, w, {"adspurgte": ["Egen læge"]}, r, **k
    ),
    "reschedule": lambda s, a, w, t, r, **k: actions.reschedule(
        s, a, _free_timer(s, w), LATER, r, **k
    ),
}


def _free_timer(store: Store, walk: int) -> int:
    """A timer of the instance that hangs on no deadline."""
    return int(jobs_of(store, walk, "timer")[0].id)


# ---- who, and why ------------------------------------------------------------------------
@pytest.mark.parametrize("verb", VERBS)
def test_only_operators_reach_in_and_others_learn_nothing(store: Store, as_: As, verb: str) -> None:
    walk = asked(store, opened(store), JENS)
    before = everything(store)
    for who in ("ida", "sia", "dan"):
        for number in (walk, 999):
            with pytest.raises(Forbidden):
                VERBS[verb](store, as_(who), number, 1, WHY, now=NOW) if verb != "reschedule" else (
                    actions.reschedule(store, as_(who), number, LATER, WHY, now=NOW)
                )
    assert everything(store) == before


def test_what_is_not_there_is_not_found(store: Store, as_: As) -> None:
    with pytest.raises(NotFound):
        actions.suspend(store, as_("ole"), 999, WHY, now=NOW)
    with pytest.raises(NotFound):
        actions.reschedule(store, as_("ole"), 999, LATER, WHY, now=NOW)


@pytest.mark.parametrize("verb", [*VERBS, "give", "remind", "migrate"])
def test_what_has_moved_since_it_was_seen_is_left_alone_and_what_happened_is_said(
    store: Store, as_: As, verb: str
) -> None:
    ole, walk = as_("ole"), asked(store, opened(store), JENS)
    others: dict[str, Callable[..., Any]] = {
        "give": lambda **k: actions.give(store, ole, open_task(store, walk, "accepter_plan"), "jens", WHY, **k),
        "remind": lambda **k: actions.remind(store, ole, walk, WHY, **k),
        "migrate": lambda **k: actions.migrate(store, ole, walk, WHY, **k),
    }  # fmt: skip
    act = others.get(verb) or (lambda **k: VERBS[verb](store, ole, walk, 1, WHY, **k))
    seen = queries.instance(store, ole, walk, now=NOW)["version"]
    actions.amend(store, ole, walk, {"adspurgte": ["Kriminalforsorgen"]}, WHY, now=NOW)
    before = everything(store)
    with pytest.raises(InstanceMoved) as caught:
        act(seen=seen, now=LATER)
    assert caught.value.sentence == (
        "An operator has acted on this pathway since you looked at it, at 10.00."
    )
    assert everything(store) == before
    if verb not in ("migrate", "reschedule"):  # no other version to go to, no timer of its own
        act(seen=queries.instance(store, ole, walk, now=NOW)["version"], now=LATER)
        assert everything(store) != before


def test_the_step_that_somebody_took_meanwhile_is_named(store: Store, as_: As) -> None:
    ole, walk = as_("ole"), started(store, opened(store))
    seen = queries.instance(store, ole, walk, now=NOW)["version"]
    reuse = {"justering_indsats": False, "justering_plan": False, "begrundelse": "Virker."}
    done(store, "ida", walk, "vurder_behov", reuse, now=LATER)
    with pytest.raises(InstanceMoved) as caught:
        actions.cancel(store, ole, walk, WHY, seen=seen, now=LATER)
    assert "“" in caught.value.sentence
    assert caught.value.sentence.endswith("” at 12.00.")
    assert of(store, walk).status != "cancelled"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001, f"Om {CPR}", "0703781016 er flyttet"])
def test_a_reason_is_asked_for_and_holds_no_cpr_number(store: Store, as_: As, reason: str) -> None:
    walk = started(store, opened(store))
    before = everything(store)
    with pytest.raises(Invalid) as caught:
        actions.cancel(store, as_("ole"), walk, reason, now=NOW)
    assert set(caught.value.fields) == {"reason"}
    assert everything(store) == before


def test_the_reason_is_sealed_and_the_log_holds_its_fingerprint(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    actions.suspend(store, as_("ole"), walk, f"  {WHY} ", now=LATER)
    (kept,) = rows(store, select(answer).where(answer.c.instance_id == walk))
    sealed = kept._mapping["values"]
    assert WHY.encode() not in bytes(sealed)
    place = answer_place(walk, "", LATER)
    assert store.keyring.open_json(sealed, place) == {"reason": WHY}
    (facts,) = facts_of(store, "suspended")
    assert facts["reason"] == store.keyring.index("operator.reason", WHY).hex()
    assert WHY not in json.dumps(facts)
    (line,) = rows(store, select(history).where(history.c.kind == "operator"))
    assert (line.what, line.person_id, line.at) == ("suspended", as_("ole").id, LATER)
    for who, seen in (("ole", [WHY]), ("ida", [None])):
        told = queries.history(store, as_(who), walk, now=LATER)
        assert [row.get("reason") for row in told if row["kind"] == "operator"] == seen


# ---- dry runs ----------------------------------------------------------------------------
@pytest.mark.parametrize("verb", VERBS)
def test_a_dry_run_says_what_then_happens_and_keeps_the_look_alone(
    store: Store, as_: As, verb: str
) -> None:
    walk = _waiting(store) if verb == "reschedule" else asked(store, opened(store), JENS)
    before, seen = everything(store), looks(store)
    act, ole = VERBS[verb], as_("ole")
    said = act(store, ole, walk, 1, WHY, dry_run=True, now=NOW)
    assert everything(store) == before
    (look,) = looks(store)[len(seen) :]
    assert (look["what"], look["instance_id"]) == ("saw_dry_run", walk)
    real = act(store, ole, walk, 1, WHY, now=NOW)
    assert (said.dry_run, real.dry_run) == (True, False)
    assert (said.instance, said.changes) == (real.instance, real.changes)
    assert everything(store) != before


def test_a_dry_run_refuses_what_would_be_refused(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    before, seen = everything(store), looks(store)
    with pytest.raises(MoveImpossible):
        actions.move(store, as_("ole"), walk, "vurder_behov", "maanen", WHY, dry_run=True, now=NOW)
    with pytest.raises(InstanceNotSuspended):
        actions.resume(store, as_("ole"), walk, WHY, dry_run=True, now=NOW)
    assert (everything(store), looks(store)) == (before, seen)


# ---- suspended ---------------------------------------------------------------------------
def test_while_it_is_suspended_nothing_fires_and_nobody_completes(store: Store, as_: As) -> None:
    walk = asked(store, opened(store), JENS)
    (timer,) = jobs_of(store, walk, "timer")
    said = actions.suspend(store, as_("ole"), walk, WHY, now=NOW)
    assert said.changes["timers"] == [
        {"id": timer.id, "element": "accept_mangler", "due_at": None, "was": timer.due_at}
    ]
    assert said.changes["tasks_closed"] == []
    assert jobs_of(store, walk, "timer") == []
    number = open_task(store, walk, "accepter_plan")
    with pytest.raises(InstanceSuspended):
        actions.complete(store, as_("jens"), number, {"accept": True}, now=LATER)
    with pytest.raises(InstanceSuspended):
        actions.suspend(store, as_("ole"), walk, WHY, now=LATER)
    late = timer.due_at + timedelta(days=1)
    actions.run_due(store, 50, now=late)
    assert of(store, walk).status == "suspended"
    # The law's clock goes on: the deadline is overdue, only the diagram has not heard of it.
    (owed,) = rows(store, select(deadline).where(deadline.c.element == "accepter_plan"))
    assert owed.status == "overdue"

    again = actions.resume(store, as_("ole"), walk, WHY, now=late)
    assert [each["due_at"] for each in again.changes["timers"]] == [timer.due_at]
    actions.run_due(store, 50, now=late)
    assert open_task(store, walk, "foelg_op")
    actions.complete(store, as_("jens"), number, {"accept": True}, now=late)


def test_where_the_clock_stands_the_deadline_moves_with_it(store: Store, as_: As) -> None:
    walk = asked(store, opened(store), JENS)
    owed = select(deadline).where(deadline.c.element == "accepter_plan")
    (before,) = rows(store, owed)
    actions.suspend(store, as_("ole"), walk, WHY, clock="stands", now=NOW)
    week = NOW + timedelta(days=14)
    actions.run_due(store, 50, now=week)
    (standing,) = rows(store, owed)
    assert standing.status == "open"
    said = actions.resume(store, as_("ole"), walk, WHY, now=week)
    (after,) = rows(store, owed)
    # Three hverdage after the day of the resumption: Wednesday, Thursday, Friday.
    assert after.due_at == datetime.fromisoformat("2024-04-12T23:59:59+02:00")
    (told,) = said.changes["deadlines"]
    assert (told["due_at"], told["was"]["due_at"]) == (after.due_at, before.due_at)
    # The reminders that came to nothing while the clock stood are planned anew.
    assert {j.due_at for j in jobs_of(store, walk, "overdue")} == {after.overdue_at}
    assert {j.due_at for j in jobs_of(store, walk, "reminder")} == {after.reminder_at}


def test_a_message_waits_for_a_suspended_pathway(store: Store, as_: As) -> None:
    number = opened(store)
    walk = int(actions.start(store, as_("ida"), number, "samtykke", {}, now=NOW).instance["id"])
    heard = next(iter(of(store, walk).awaits))
    actions.suspend(store, as_("ole"), walk, WHY, now=NOW)
    actions.send(store, as_("ida"), heard, number, {}, now=LATER)
    actions.run_due(store, 50, now=LATER)
    (letter,) = rows(store, select(message).where(message.c.name == heard))
    assert letter.status == "sent"
    assert not any(j.error for j in jobs_of(store, walk, "deliver")), "waiting is no failure"
    actions.resume(store, as_("ole"), walk, WHY, now=LATER)
    actions.run_due(store, 50, now=LATER)
    (letter,) = rows(store, select(message).where(message.c.name == heard))
    assert (letter.status, letter.received_at) == ("matched", LATER)


# ---- ended -------------------------------------------------------------------------------
def test_cancelling_calls_everything_off_and_is_final(store: Store, as_: As) -> None:
    number = opened(store)
    walk = asked(store, number, JENS)
    owed = open_task(store, walk, "accepter_plan")
    said = actions.cancel(store, as_("ole"), walk, WHY, now=LATER)
    assert said.instance["status"] == "cancelled"
    assert [each["id"] for each in said.changes["tasks_closed"]] == [owed]
    assert [each["status"] for each in said.changes["deadlines"]] == ["cancelled"]
    row = of(store, walk)
    assert (row.status, row.ended_at, row.end_state) == ("cancelled", LATER, None)
    assert {r.status for r in rows(store, select(task).where(task.c.instance_id == walk))} == {
        "completed",
        "cancelled",
    }
    actions.run_due(store, 50, now=LATER + timedelta(days=60))
    assert rows(store, select(job).where(job.c.instance_id == walk)) == []
    for act in (actions.cancel, actions.suspend, actions.resume, actions.retry):
        with pytest.raises(InstanceEnded):
            act(store, as_("ole"), walk, WHY, now=LATER)
    seen = queries.timeline(store, as_("ida"), number, now=LATER)
    assert [(row["what"], row["by"]) for row in seen if row["kind"] == "operator"] == [
        ("cancelled", "Ole Olsen")
    ]


# ---- moved -------------------------------------------------------------------------------
def test_a_token_moves_by_element_or_by_task(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    first = open_task(store, walk, "vurder_behov")
    said = actions.move(store, as_("ole"), walk, first, "indkald_team", WHY, now=NOW)
    assert [each["element"] for each in said.changes["tasks_opened"]] == ["indkald_team"]
    assert [each["id"] for each in said.changes["tasks_closed"]] == [first]
    actions.move(store, as_("ole"), walk, "indkald_team", "vurder_behov", WHY, now=NOW)
    reuse = {"justering_indsats": False, "justering_plan": False, "begrundelse": "Virker."}
    done(store, "ida", walk, "vurder_behov", reuse)
    with pytest.raises(Invalid) as caught:
        actions.move(store, as_("ole"), walk, first, "indkald_team", WHY, now=NOW)
    assert set(caught.value.fields) == {"task"}
    first_facts, _ = facts_of(store, "moved")
    assert (first_facts["source"], first_facts["target"]) == (first, "indkald_team")


# ---- corrected ---------------------------------------------------------------------------
def test_a_corrected_value_decides_the_way(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    for wrong in ({"yndlingsfarve": "blå"}, {"parter": [f"Om {CPR}"]}):
        before = everything(store)
        with pytest.raises(Invalid) as caught:
            actions.amend(store, as_("ole"), walk, wrong, WHY, now=NOW)
        assert set(caught.value.fields) == {f"data.{name}" for name in wrong}
        assert everything(store) == before
    reuse = {"justering_indsats": False, "justering_plan": False, "begrundelse": "Virker."}
    done(store, "ida", walk, "vurder_behov", reuse)
    values = {"adspurgte": ["Egen læge"]}
    actions.amend(store, as_("ole"), walk, values, WHY, now=LATER)
    (kept,) = rows(store, select(answer).where(answer.c.at == LATER))
    told = store.keyring.open_json(kept._mapping["values"], answer_place(walk, "", LATER))
    assert told == {
        "reason": WHY,
        "values": values,
        "was": {"adspurgte": ["Egen læge", "Kommunens myndighed", JENS]},
    }
    again = actions.amend(
        store, as_("ole"), walk, {"adspurgte": [JENS]}, WHY, dry_run=True, now=LATER
    )
    assert again.changes["values"] == [{"name": "adspurgte", "was": ["Egen læge"], "now": [JENS]}]
    for other in ("Egen læge", True, 3):
        with pytest.raises(Invalid) as refused:
            actions.amend(store, as_("ole"), walk, {"adspurgte": other}, WHY, now=LATER)
        assert set(refused.value.fields) == {"data.adspurgte"}
    assert facts_of(store, "amended")[0]["names"] == ["adspurgte"]
    done(store, "ida", walk, "send_plan", {"plan_ref": "Plan 7", "parter": []}, now=LATER)
    assert open_task(store, walk, "accepter_plan", "Egen læge")


@pytest.mark.parametrize("end", ["cancelled", "completed"])
def test_a_value_of_what_has_ended_is_not_corrected(store: Store, as_: As, end: str) -> None:
    number = opened(store)
    walk = started(store, number)
    if end == "cancelled":
        actions.cancel(store, as_("ole"), walk, WHY, now=NOW)
    else:
        looking = actions.start(store, as_("ida"), number, "samtykke", {}, now=NOW)
        walk = int(looking.instance["id"])
        actions.send(store, as_("ida"), "samtykke_trukket", number, {}, now=NOW)
    assert of(store, walk).status == end
    with pytest.raises(InstanceEnded):
        actions.amend(store, as_("ole"), walk, {"parter": []}, WHY, now=LATER)


# ---- timers ------------------------------------------------------------------------------
def _waiting(store: Store) -> int:
    """A plan round that waits a day before it is followed up again."""
    walk = asked(store, opened(store), JENS)
    ole = logins.actor(store, "ole", now=NOW)
    actions.move(store, ole, walk, "accepter_plan", "vent_en_hverdag", WHY, now=NOW)
    return walk


def test_a_timer_fires_when_the_operator_says(store: Store, as_: As) -> None:
    walk = _waiting(store)
    (timer,) = jobs_of(store, walk, "timer")
    for moment in (
        NOW + timedelta(days=200 * 366),
        datetime.fromisoformat("9999-12-31T23:59:59-14:00"),
    ):
        with pytest.raises(Invalid) as caught:
            actions.reschedule(store, as_("ole"), timer.id, moment, WHY, now=NOW)
        assert set(caught.value.fields) == {"due_at"}
    said = actions.reschedule(store, as_("ole"), timer.id, LATER, WHY, now=NOW)
    assert said.changes["timers"] == [
        {"id": timer.id, "element": timer.element, "due_at": LATER, "was": timer.due_at}
    ]
    assert [(j.id, j.due_at) for j in jobs_of(store, walk, "timer")] == [(timer.id, LATER)]
    actions.run_due(store, 50, now=LATER)
    assert jobs_of(store, walk, "timer") != [timer]
    with pytest.raises(NotFound):
        actions.reschedule(store, as_("ole"), timer.id, LATER, WHY, now=LATER)


def test_a_timer_that_follows_a_deadline_is_not_set(store: Store, as_: As) -> None:
    walk = asked(store, opened(store), JENS)
    (timer,) = jobs_of(store, walk, "timer")
    with pytest.raises(TimerNotOpen):
        actions.reschedule(store, as_("ole"), timer.id, LATER, WHY, now=NOW)


# ---- tried again -------------------------------------------------------------------------
def test_what_failed_is_tried_again_and_the_incident_is_over(
    store: Store, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = asked(store, opened(store), JENS)
    actions.run_due(store, 50, now=NOW)
    (timer,) = jobs_of(store, walk, "timer")

    def broken(*_: object) -> None:
        raise StepFailed("The condition cannot be read.")

    with monkeypatch.context() as patched:
        patched.setattr("engine.pathway.wake", broken)
        actions.run_due(store, 50, now=timer.due_at)
        assert of(store, walk).status == "incident"
        before = everything(store)
        with pytest.raises(StepFailed):
            actions.retry(store, as_("ole"), walk, WHY, now=timer.due_at)
        assert everything(store) == before
    said = actions.retry(store, as_("ole"), walk, WHY, now=timer.due_at)
    assert [each["element"] for each in said.changes["tasks_opened"]] == ["foelg_op"]
    assert of(store, walk).status == "running"
    assert [r.resolved_at for r in rows(store, select(incident))] == [timer.due_at]


def test_a_delivery_that_failed_is_due_at_once(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    with store.write() as db:
        db.execute(
            insert(job).values(
                kind="deliver",
                instance_id=walk,
                key="deliver:x",
                due_at=LATER,
                data={"message": "none"},
                attempts=7,
                error="failed",
            )
        )
        db.execute(update(instance).where(instance.c.id == walk).values(status="incident"))
    actions.retry(store, as_("ole"), walk, WHY, now=NOW)
    (row,) = jobs_of(store, walk, "deliver")
    assert (row.due_at, row.attempts, row.error) == (NOW, 0, None)
