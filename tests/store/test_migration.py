"""Running instances move to another version, on both databases: what they keep, why they cannot, and all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import actions, audit, logins, queries
from engine.actions import batch
from engine.errors import (
    BatchRuns,
    Conflict,
    DiskFull,
    Forbidden,
    InstanceEnded,
    Invalid,
    MigrationImpossible,
    PartyMissing,
    StepFailed,
    UnknownPathway,
)
from engine.model import Actor
from engine.seals import draft_place
from engine.store import Store
from engine.tables import audit as log
from engine.tables import deadline, instance, job, message, task
from engine.tables import pathway as versions
from stafet import cli
from stafet.app import create
from stafet.settings import Settings
from tests.store.cast import AGREEMENT, NOW, asked, done, open_task, opened, started
from tests.store.conftest import KEYS
from tests.store.looking import looks
from tests.store.test_actions import everything, rows
from tests.store.test_operate import facts_of, jobs_of, of
from tests.store.versions import PART, ROUND, SETTINGS, new_version

As = Callable[[str], Actor]
WHY, JENS, LATER = "Nyt trin", "Kriminalforsorgen", NOW + timedelta(hours=2)
#: Seven days by the wall clock, over the change to summer time.
WEEK_LATER = datetime.fromisoformat("2024-04-02T12:00+02:00")
REUSE = {"justering_indsats": False, "justering_plan": False, "begrundelse": "Virker."}
#: Another name for a task; nothing stands in the way of such a move.
RENAMED = (ROUND, 'name="Send planen til accept"', 'name="Send planen ud"')
#: Where a token stands on `send_plan`, it cannot go along.
GONE = (ROUND, '"send_plan"', '"udsend_plan"')
GONE_REF = (ROUND, ">send_plan<", ">udsend_plan<")
#: A timer on `send_plan`: an operator may accept it.
BORDER = (
    ROUND,
    '<bpmn:exclusiveGateway id="accepterer_alle"',
    '<bpmn:boundaryEvent id="send_nu" name="Send nu" attachedToRef="send_plan" cancelActivity="false">'
    '<bpmn:timerEventDefinition id="send_nu_ur"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P7D'
    "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    '<bpmn:sequenceFlow id="send_nu_til_foelg_op" sourceRef="send_nu" targetRef="foelg_op" />'
    '<bpmn:exclusiveGateway id="accepterer_alle"',
)


def gone(home: Path) -> None:
    """The form goes by the task's name in these texts."""
    folder = home / "midtjylland/planrunde/forms"
    (folder / "send_plan.form").rename(folder / "udsend_plan.form")


def lane_of(party: str) -> tuple[str, str, str]:
    """The region's lane is filled by another party."""
    lane = '"Regionspsykiatrien" = { part = "'
    return SETTINGS, f'{lane}Regionspsykiatrien"', f'{lane}{party}"'


def sending(store: Store, number: int) -> int:
    """A plan round in which Ida is to send the plan."""
    walk = started(store, number)
    done(store, "ida", walk, "vurder_behov", REUSE)
    return walk


def version_of(store: Store, walk: int) -> int:
    asked_ = select(versions.c.version).join(instance, instance.c.pathway_id == versions.c.id)
    (row,) = rows(store, asked_.where(instance.c.id == walk))
    return int(row.version)


# ---- what is kept ------------------------------------------------------------------------
def test_a_task_keeps_number_holder_and_draft_and_takes_the_new_form(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walk = sending(store, opened(store))
    number = open_task(store, walk, "send_plan")
    actions.claim(store, as_("ida"), number, now=NOW)
    actions.draft(store, as_("ida"), number, {"plan_ref": "Plan 7"}, now=NOW)
    form = (ROUND, 'stafet:form="send_plan"', 'stafet:form="udsend_plan"')
    new = new_version(store, tmp_path, RENAMED, form, edit=gone)
    said = actions.migrate(store, as_("ole"), walk, WHY, now=LATER)
    assert (said.version, version_of(store, walk), said.reasons) == (new, new, [])
    assert said.done is not None
    assert said.done.changes["tasks_opened"] == said.done.changes["tasks_closed"] == []
    (row,) = rows(store, select(task).where(task.c.id == number))
    assert (row.status, row.assignee_id, row.name, row.form) == (
        "open",
        as_("ida").id,
        "Send planen ud",
        "udsend_plan",
    )
    assert store.keyring.open_json(row.draft, draft_place(number)) == {"plan_ref": "Plan 7"}
    done(store, "ida", walk, "send_plan", {"plan_ref": "Plan 7", "parter": [JENS]}, now=LATER)
    assert open_task(store, walk, "accepter_plan", JENS)
    facts = facts_of(store, "migrated")
    assert [(f["from"], f["to"]) for f in facts] == [(new - 1, new)]


def test_open_deadlines_and_running_timers_stay_as_they_are(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walk = asked(store, opened(store), JENS)
    actions.run_due(store, 50, now=NOW)
    # The agreement's three days become ten: for those who are asked from now on.
    new_version(store, tmp_path, (ROUND, 'stafet:frist="3 hverdage"', 'stafet:frist="10 hverdage"'))
    kept = (
        select(deadline).where(deadline.c.instance_id == walk),
        select(job).where(job.c.instance_id == walk).order_by(job.c.id),
        select(task).where(task.c.instance_id == walk).order_by(task.c.id),
    )
    before = [rows(store, each) for each in kept]
    said = actions.migrate(store, as_("ole"), walk, WHY, now=LATER)
    assert [rows(store, each) for each in kept] == before
    assert said.done is not None
    assert (said.done.changes["timers"], said.done.changes["deadlines"]) == ([], [])
    done(store, "jens", walk, "accepter_plan", {"accept": True}, now=LATER)
    assert of(store, walk).end_state == "accepteret_genbrug"


def test_a_deadline_that_is_new_on_an_open_task_is_kept_with_it(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walk = sending(store, opened(store))
    due = (ROUND, 'stafet:form="send_plan"', 'stafet:form="send_plan" stafet:frist="1 hverdage"')
    new_version(store, tmp_path, due)
    said = actions.migrate(store, as_("ole"), walk, WHY, now=LATER)
    (owed,) = rows(store, select(deadline).where(deadline.c.instance_id == walk))
    (work,) = rows(
        store, select(task).where(task.c.instance_id == walk, task.c.element == "send_plan")
    )
    assert (owed.element, owed.started_at, owed.task_id) == ("send_plan", LATER, work.id)
    assert work.due_at == owed.due_at
    assert said.done is not None
    assert [d["due_at"] for d in said.done.changes["deadlines"]] == [owed.due_at]
    assert {j.kind for j in rows(store, select(job).where(job.c.instance_id == walk))} >= {
        "overdue"
    }


def calling(home: Path) -> None:
    """The disagreement is called as a part, and the round waits for it."""
    file = home / ROUND
    whole, sends = (
        file.read_text(encoding="utf-8"),
        r'<bpmn:sendTask id="loeft_uenighed".*?</bpmn:sendTask>',
    )
    call = (
        '<bpmn:callActivity id="loeft_uenighed" name="Løft sagen" calledElement="faelles-uenighed" '
        'stafet:klausul="MIDT-4.2-9" stafet:ind="part_b=&quot;Kriminalforsorgen&quot;" />'
    )
    file.write_text(re.sub(sends, call, whole, flags=re.DOTALL), encoding="utf-8")


def test_a_called_part_goes_along(store: Store, as_: As, tmp_path: Path) -> None:
    new_version(store, tmp_path, edit=calling)
    walk = asked(store, opened(store), JENS)
    actions.move(store, as_("ole"), walk, "accepter_plan", "loeft_uenighed", WHY, now=NOW)
    number = open_task(store, walk, "registrer_uenighed")
    renamed = (PART, 'name="Registrér uenigheden"', 'name="Skriv uenigheden ned"')
    without = (PART, '"registrer_uenighed"', '"noter_uenighed"')
    new = new_version(store, tmp_path, renamed, edit=calling)
    new_version(
        store, tmp_path, without, (PART, ">registrer_uenighed<", ">noter_uenighed<"), edit=calling
    )
    told = actions.migrate(store, as_("ole"), walk, WHY, dry_run=True, now=LATER)
    assert [(r["why"], r["process"], r["element"]) for r in told.reasons] == [
        ("gone", "faelles-uenighed", "registrer_uenighed")
    ]
    actions.migrate(store, as_("ole"), walk, WHY, version=new, now=LATER)
    (row,) = rows(store, select(task).where(task.c.id == number))
    assert (row.name, row.status) == ("Skriv uenigheden ned", "open")


def test_what_one_unit_began_is_not_handed_to_another(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walk = sending(store, opened(store))
    number = open_task(store, walk, "send_plan")
    actions.claim(store, as_("ida"), number, now=NOW)
    actions.draft(store, as_("ida"), number, {"plan_ref": "Plan 7"}, now=NOW)
    lane = (
        SETTINGS,
        '"Regionspsykiatrien" = { part = "Regionspsykiatrien"',
        '"Regionspsykiatrien" = { part = "Egen læge"',
    )
    new_version(store, tmp_path, lane)
    actions.migrate(store, as_("ole"), walk, WHY, now=LATER)
    (row,) = rows(store, select(task).where(task.c.id == number))
    assert (row.party, row.unit_id) == ("Egen læge", 4)
    assert (row.assignee_id, row.draft, row.draft_at) == (None, None, None)


def test_a_suspended_instance_moves_and_stays_suspended(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walk = asked(store, opened(store), JENS)
    (timer,) = jobs_of(store, walk, "timer")
    actions.suspend(store, as_("ole"), walk, WHY, now=NOW)
    new_version(store, tmp_path, RENAMED)
    actions.migrate(store, as_("ole"), walk, WHY, now=LATER)
    assert (of(store, walk).status, jobs_of(store, walk, "timer")) == ("suspended", [])
    actions.resume(store, as_("ole"), walk, WHY, now=LATER)
    assert [j.due_at for j in jobs_of(store, walk, "timer")] == [timer.due_at]


def test_an_instance_that_is_stuck_is_tried_again_in_its_new_version(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walk = asked(store, opened(store), JENS)
    with store.write() as db:
        late = {"due_at": LATER + timedelta(hours=1), "error": "step_failed", "attempts": 3}
        db.execute(
            update(job).where(job.c.instance_id == walk, job.c.kind == "reminder").values(**late)
        )
        db.execute(update(instance).where(instance.c.id == walk).values(status="incident"))
    new_version(store, tmp_path, RENAMED)
    actions.migrate(store, as_("ole"), walk, WHY, now=LATER)
    assert of(store, walk).status == "running"
    (again,) = jobs_of(store, walk, "reminder")
    assert (again.due_at, again.error, again.attempts) == (LATER, None, 0)


# ---- why not -----------------------------------------------------------------------------
def test_an_instance_that_cannot_move_says_why_and_stays(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walk = sending(store, opened(store))
    new_version(store, tmp_path, GONE, GONE_REF, edit=gone)
    before, seen = everything(store), looks(store)
    said = actions.migrate(store, as_("ole"), walk, WHY, dry_run=True, now=LATER)
    assert said.done is None
    assert [(r["why"], r["element"], r["name"], r["blocks"]) for r in said.reasons] == [
        ("gone", "send_plan", "Send planen til accept", True)
    ]
    assert len(looks(store)) == len(seen) + 1
    with pytest.raises(MigrationImpossible) as caught:
        actions.migrate(store, as_("ole"), walk, WHY, accept=["gone"], now=LATER)
    assert caught.value.fields == {"send_plan": said.reasons[0]["sentence"]}
    assert everything(store) == before


def test_what_may_be_accepted_is_named_and_accepted_by_code(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walk = sending(store, opened(store))
    new = new_version(store, tmp_path, BORDER)
    with pytest.raises(MigrationImpossible) as caught:
        actions.migrate(store, as_("ole"), walk, WHY, now=LATER)
    assert set(caught.value.fields) == {"send_nu"}
    before = everything(store)
    told = actions.migrate(
        store, as_("ole"), walk, WHY, accept=["new_border"], dry_run=True, now=LATER
    )
    assert everything(store) == before
    said = actions.migrate(store, as_("ole"), walk, WHY, accept=["new_border"], now=LATER)
    assert told.done is not None
    assert said.done is not None
    assert told.done.changes == said.done.changes
    assert [(r["why"], r["accepted"]) for r in said.reasons] == [("new_border", True)]
    assert version_of(store, walk) == new
    (timer,) = jobs_of(store, walk, "timer")
    assert (timer.element, timer.due_at) == ("send_nu", WEEK_LATER)


def test_bad_calls_are_refused_and_change_nothing(store: Store, as_: As, tmp_path: Path) -> None:
    number = opened(store)
    walk = sending(store, number)
    ended = started(store, number)
    actions.cancel(store, as_("ole"), ended, WHY, now=NOW)
    new = new_version(store, tmp_path, RENAMED)
    before = everything(store)
    ole = as_("ole")
    for who in ("ida", "dan"):
        with pytest.raises(Forbidden):
            actions.migrate(store, as_(who), walk, WHY, now=NOW)
        with pytest.raises(Forbidden):
            actions.migrate_some(store, as_(who), AGREEMENT, "planrunde", WHY, now=NOW)
    with pytest.raises(Invalid) as caught:
        actions.migrate(store, ole, walk, WHY, version=99, now=NOW)
    assert set(caught.value.fields) == {"version"}
    with pytest.raises(Invalid) as caught:
        actions.migrate(store, ole, walk, WHY, values={"farve": 1}, now=NOW)
    assert set(caught.value.fields) == {"data.farve"}
    with pytest.raises(MigrationImpossible):
        actions.migrate(store, ole, walk, WHY, version=new - 1, now=NOW)
    with pytest.raises(InstanceEnded):
        actions.migrate(store, ole, ended, WHY, now=NOW)
    with pytest.raises(UnknownPathway):
        actions.migrate_some(store, ole, AGREEMENT, "maanerejse", WHY, now=NOW)
    assert everything(store) == before


def test_it_can_go_back(store: Store, as_: As, tmp_path: Path) -> None:
    walk = sending(store, opened(store))
    first = version_of(store, walk)
    new_version(store, tmp_path, RENAMED)
    actions.migrate(store, as_("ole"), walk, WHY, now=NOW)
    actions.migrate(store, as_("ole"), walk, WHY, version=first, now=LATER)
    assert version_of(store, walk) == first
    (row,) = rows(store, select(task).where(task.c.instance_id == walk, task.c.status == "open"))
    assert row.name == "Send planen til accept"


# ---- all of them -------------------------------------------------------------------------
def _many(store: Store) -> dict[str, list[int]]:
    """Three that go on from the first step, two that cannot leave `send_plan`, one that has ended."""
    number = opened(store)
    ready = [started(store, number) for _ in range(3)]
    stuck = [sending(store, number) for _ in range(2)]
    over = started(store, number)
    ole = logins.actor(store, "ole", now=NOW)
    actions.cancel(store, ole, over, WHY, now=NOW)
    return {"ready": ready, "stuck": stuck, "over": [over]}


def test_all_move_that_can_and_the_report_says_why_the_others_do_not(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walks, first = _many(store), 1
    new = new_version(store, tmp_path, GONE, GONE_REF, edit=gone)
    before = everything(store)

    def run(**how: Any) -> actions.Report:
        return actions.migrate_some(
            store, as_("ole"), AGREEMENT, "planrunde", WHY, now=LATER, **how
        )

    told = run(dry_run=True)
    assert everything(store) == before
    assert looks(store)[-1]["facts"]["pathway"] == "midtjylland-planrunde"
    said = run()
    assert (told.moved, told.stays, told.kept) == (said.moved, said.stays, said.kept)
    assert (told.there, told.left) == (0, 5)
    assert (said.moved, said.stays, said.there, said.left, said.next) == (3, 2, 3, 2, None)
    (row,) = said.kept
    assert (row["why"], row["element"], row["instances"]) == ("gone", "send_plan", walks["stuck"])
    assert {version_of(store, n) for n in walks["ready"]} == {new}
    assert {version_of(store, n) for n in walks["stuck"] + walks["over"]} == {first}
    after = everything(store)
    again = run()
    assert (again.moved, again.stays, again.there) == (0, 2, 3)
    assert everything(store) == after
    assert audit.verify(store).ok


def test_workers_move_all_that_can_and_the_batch_says_why_the_others_stay(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walks, first = _many(store), 1
    new = new_version(store, tmp_path, GONE, GONE_REF, edit=gone)
    ole = as_("ole")
    for who in ("ida", "dan"):
        with pytest.raises(Forbidden):
            actions.migrate_all(store, as_(who), AGREEMENT, "planrunde", WHY, now=NOW)
    with pytest.raises(Invalid):
        actions.migrate_all(store, ole, AGREEMENT, "planrunde", " ", now=NOW)
    number = actions.migrate_all(store, ole, AGREEMENT, "planrunde", WHY, now=NOW)
    with pytest.raises(BatchRuns):
        actions.migrate_all(store, ole, AGREEMENT, "planrunde", WHY, now=LATER)
    assert {version_of(store, n) for n in walks["ready"]} == {first}  # nobody has worked yet
    # A worker that stops after two leaves the others waiting; the next goes on.
    assert actions.run_batches(store, 2, now=LATER) == 2
    half = queries.batch_of(store, ole, number, now=LATER)
    assert (half["total"], half["done"], half["left"], half["done_at"]) == (5, 2, 3, None)
    assert actions.run_batches(store, 100, now=LATER) == 3
    said = queries.batch_of(store, ole, number, now=LATER)
    assert (said["done"], said["impossible"], said["left"]) == (3, 2, 0)
    assert (said["reason"], said["done_at"]) == (WHY, LATER)
    assert (said["goes"]["key"], said["goes"]["version"]) == ("midtjylland-planrunde", new)
    (kept,) = said["kept"]
    assert (kept["code"], kept["instances"], kept["count"]) == ("gone", walks["stuck"], 2)
    assert kept["element"] == "Send planen til accept"
    assert {version_of(store, n) for n in walks["ready"]} == {new}
    assert {version_of(store, n) for n in walks["stuck"] + walks["over"]} == {first}
    # What stays can be tried again; when all are there, there is nothing to do.
    again = actions.migrate_all(store, ole, AGREEMENT, "planrunde", WHY, now=LATER)
    assert queries.batch_of(store, ole, again, now=LATER)["total"] == 2
    actions.run_batches(store, 100, now=LATER)
    for walk in walks["stuck"]:
        actions.cancel(store, ole, walk, WHY, now=LATER)
    with pytest.raises(Conflict):
        actions.migrate_all(store, ole, AGREEMENT, "planrunde", WHY, now=LATER)
    assert audit.verify(store).ok


def test_a_batch_takes_along_what_the_operator_accepts(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walk = sending(store, opened(store))
    new = new_version(store, tmp_path, BORDER)
    ole = as_("ole")
    plain = actions.migrate_all(store, ole, AGREEMENT, "planrunde", WHY, now=NOW)
    actions.run_batches(store, 10, now=NOW)
    assert queries.batch_of(store, ole, plain, now=NOW)["kept"][0]["code"] == "new_border"
    taken = actions.migrate_all(
        store, ole, AGREEMENT, "planrunde", WHY, accept=["new_border"], now=LATER
    )
    actions.run_batches(store, 10, now=LATER)
    assert queries.batch_of(store, ole, taken, now=LATER)["done"] == 1
    assert version_of(store, walk) == new


def test_batches_go_on_where_the_last_one_ended(store: Store, as_: As, tmp_path: Path) -> None:
    _many(store)
    new_version(store, tmp_path, GONE, GONE_REF, edit=gone)
    report = actions.migrate_some(
        store, as_("ole"), AGREEMENT, "planrunde", WHY, limit=2, now=LATER
    )
    batches = 1
    while report.next is not None:
        more = actions.migrate_some(
            store, as_("ole"), AGREEMENT, "planrunde", WHY, after=report.next, limit=2, now=LATER
        )
        report, batches = report.then(more), batches + 1
    assert batches == 3
    assert (report.moved, report.stays, report.there, report.left) == (3, 2, 3, 2)
    assert [len(row["instances"]) for row in report.kept] == [2]


def test_one_version_alone_can_be_asked_to_move(store: Store, as_: As, tmp_path: Path) -> None:
    number = opened(store)
    first = started(store, number)
    second_version = new_version(store, tmp_path, RENAMED)
    second = started(store, number)
    third = new_version(store, tmp_path, (ROUND, 'name="Indkald teamet"', 'name="Kald teamet ind"'))
    said = actions.migrate_some(
        store, as_("ole"), AGREEMENT, "planrunde", WHY, old=second_version, now=LATER
    )
    assert (said.moved, said.there, said.left) == (1, 1, 1)
    assert (version_of(store, first), version_of(store, second)) == (1, third)


def test_one_that_fails_does_not_stop_the_others_but_a_full_disk_does(
    store: Store, as_: As, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = opened(store)
    walks = [started(store, number) for _ in range(3)]
    new = new_version(store, tmp_path, RENAMED)
    straight = batch.moved

    def run(trouble: Exception) -> actions.Report:
        def moved(*given: Any) -> Any:
            found = straight(*given)
            if given[3].id == walks[1]:
                raise trouble
            return found

        with monkeypatch.context() as patched:
            patched.setattr(batch, "moved", moved)
            return actions.migrate_some(store, as_("ole"), AGREEMENT, "planrunde", WHY, now=LATER)

    with pytest.raises(DiskFull):
        run(DiskFull())
    assert [version_of(store, n) for n in walks] == [new, 1, 1]
    said = run(KeyError("Signe"))
    assert (said.moved, said.stays) == (1, 1)
    assert [(r["why"], r["instances"]) for r in said.kept] == [("failed", [walks[1]])]
    assert "Signe" not in str(said)
    said = run(StepFailed("Kan ikke."))
    assert [r["why"] for r in said.kept] == ["step_failed"]
    assert version_of(store, walks[1]) == 1
    said = actions.migrate_some(store, as_("ole"), AGREEMENT, "planrunde", WHY, now=LATER)
    assert (said.moved, said.there, said.left) == (1, 3, 0)


def test_a_party_that_is_missing_from_the_case_keeps_an_instance_back(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walk = sending(store, opened(store))
    lane = (
        SETTINGS,
        '"Regionspsykiatrien" = { part = "Regionspsykiatrien"',
        '"Regionspsykiatrien" = { part = "Politi"',
    )
    new_version(store, tmp_path, lane)
    with pytest.raises(PartyMissing):
        actions.migrate(store, as_("ole"), walk, WHY, now=LATER)
    said = actions.migrate_some(
        store, as_("ole"), AGREEMENT, "planrunde", WHY, dry_run=True, now=LATER
    )
    assert [(r["why"], r["instances"]) for r in said.kept] == [("party_missing", [walk])]


def test_what_is_shown_afterwards_is_the_new_version(store: Store, as_: As, tmp_path: Path) -> None:
    number = opened(store)
    walk = sending(store, number)
    new = new_version(store, tmp_path, RENAMED)
    said = actions.migrate(store, as_("ole"), walk, WHY, now=LATER)
    assert said.done is not None
    assert said.done.instance["pathway_version"] == new
    shown = queries.instance(store, as_("ole"), walk, now=LATER)
    assert shown["pathway_version"] == new
    assert [t["name"] for t in shown["tasks"]] == ["Send planen ud"]
    assert "Send planen ud" in queries.diagram(store, as_("ida"), walk, now=LATER)["bpmn"]
    told = [
        r for r in queries.timeline(store, as_("ida"), number, now=LATER) if r["kind"] == "operator"
    ]
    assert [(r["what"], r["by"]) for r in told] == [("migrated", "Ole Olsen")]
    assert rows(store, select(message).where(message.c.instance_id == walk)) == []


# ---- the command -------------------------------------------------------------------------
def test_the_command_moves_all_that_can_and_tells_of_the_rest(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    walks = _many(store)
    new = new_version(store, tmp_path, GONE, GONE_REF, edit=gone)
    monkeypatch.setenv("DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("STAFET_KEYS", KEYS)

    def stafet(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(["migrate", *words, "--reason", WHY])
        said = capsys.readouterr()
        return int(str(left.value.code)), said.out, said.err

    assert stafet("midtjylland/planrunde", "--by", "ida")[0] == 2
    assert stafet("planrunde")[0] == stafet("midtjylland/maanerejse")[0] == 2
    code, out, _ = stafet("midtjylland/planrunde", "--dry-run", "--json")
    told = json.loads(out)
    assert (code, told["moved"], told["stays"], told["there"]) == (1, 3, 2, 0)
    code, out, err = stafet("midtjylland/planrunde", "--by", "ole", "--batch", "1")
    assert (code, err) == (1, "")
    assert f"3 instances moved to midtjylland/midtjylland-planrunde version {new}; 2 stay" in out
    assert "2 × gone midtjylland-planrunde#send_plan" in out
    assert {version_of(store, n) for n in walks["ready"]} == {new}
    ole = logins.actor(store, "ole", now=NOW).id
    assert {
        r.person_id for r in rows(store, select(log.c.person_id).where(log.c.what == "migrated"))
    } == {ole}
    assert stafet("midtjylland/planrunde", "--to", "1")[:1] == (0,)
    assert {version_of(store, n) for n in walks["ready"]} == {1}


def test_a_program_rehearses_moves_all_and_reads_why_the_others_stay(
    store: Store, as_: As, tmp_path: Path
) -> None:
    walks = _many(store)
    new = new_version(store, tmp_path, GONE, GONE_REF, edit=gone)
    site = create(Settings("", "", 0, Path(), "", False, False, 8, 0), store, now=lambda: LATER)
    address = "/api/v1/processes/midtjylland-planrunde/migrate"
    body = {"agreement": AGREEMENT, "reason": WHY}

    def asked(who: str, **more: Any) -> Any:
        client, token = site.test_client(), logins.make_token(store, who, now=LATER)
        said = {"Authorization": f"Bearer {token}"}
        return client.post(address, json={**body, **more}, headers=said)

    assert asked("dan").status_code == 403
    assert asked("ole", reason=" ").status_code == 422
    before = {n: version_of(store, n) for n in walks["ready"]}
    tried = asked("ole", dry_run=True)
    assert tried.status_code == 200
    told = tried.get_json()
    assert (told["moved"], told["stays"], told["left"], told["next"]) == (3, 2, 5, None)
    (row,) = told["kept"]
    assert (row["why"], row["element"], row["instances"]) == ("gone", "send_plan", walks["stuck"])
    assert asked("ole", dry_run=True, after=max(walks["ready"] + walks["stuck"])).json["moved"] == 0
    assert {n: version_of(store, n) for n in walks["ready"]} == before
    begun = asked("ole")
    assert begun.status_code == 201
    assert asked("ole").get_json()["code"] == "batch_runs"
    assert actions.run_batches(store, 100, now=LATER) == 5
    done = queries.batch_of(store, as_("ole"), begun.get_json()["id"], now=LATER)
    assert (done["done"], done["impossible"]) == (3, 2)
    assert {version_of(store, n) for n in walks["ready"]} == {new}
