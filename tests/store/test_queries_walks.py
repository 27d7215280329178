"""Instances: who sees them, what they wait for, where they stand, and their diagram in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from engine import actions, queries
from engine.errors import NotFound
from engine.model import MACHINE, Actor
from engine.queries import InstanceFilter
from engine.store import Store
from engine.tables import incident, job, task
from engine.tables import instance as instance_table
from tests.store.cast import CPR, NOW, SIGNE, asked, done, opened, started

As = Callable[..., Actor]
WARD_ONLY = {"Regionspsykiatrien": "Afsnit R1"}


def found(store: Store, who: Actor, **wanted: Any) -> list[int]:
    page = queries.instances(store, who, InstanceFilter(**wanted), now=NOW)
    return [one["id"] for one in page.items]


@pytest.mark.parametrize("read", [queries.instance, queries.history, queries.diagram])
def test_who_takes_part_and_operators_see_an_instance(store: Store, as_: As, read: Any) -> None:
    walk = asked(store, opened(store), "Kriminalforsorgen", "Kommunens myndighed")
    for login in ("ida", "bo", "jens", "ole"):
        read(store, as_(login), walk, now=NOW)
    for login in ("karin", "sia", "dan"):
        with pytest.raises(NotFound):
            read(store, as_(login), walk, now=NOW)
    with pytest.raises(NotFound):
        read(store, MACHINE, 999, now=NOW)


def test_an_operator_sees_no_citizen(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case, reason="Skrevet om borgeren")
    ole = as_("ole")
    everything = [
        queries.instance(store, ole, walk, now=NOW),
        queries.history(store, ole, walk, now=NOW),
        queries.diagram(store, ole, walk, now=NOW),
        queries.instances(store, ole, InstanceFilter(), now=NOW),
        queries.timers(store, ole, now=NOW),
    ]
    told = str(everything)
    assert [said for said in (SIGNE, CPR, CPR.replace("-", ""), "Skrevet om") if said in told] == []
    assert str(walk) in told


def test_one_instance(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
    one = queries.instance(store, as_("bo"), walk, now=NOW)
    assert (one["pathway"], one["status"], one["case"]) == (
        "midtjylland-planrunde",
        "running",
        case,
    )
    assert (one["tokens"], one["end_state"], one["incident"]) == (["accepter_plan"], None, None)
    assert [task["party"] for task in one["tasks"]] == ["Kriminalforsorgen", "Kommunens myndighed"]
    assert [each["status"] for each in one["deadlines"]] == ["open", "open"]
    assert [timer["element"] for timer in one["timers"]] == ["accept_mangler"]
    done(store, "jens", walk, "accepter_plan", {"accept": True}, party="Kriminalforsorgen")
    done(store, "bo", walk, "accepter_plan", {"accept": True}, party="Kommunens myndighed")
    ended = queries.instance(store, as_("bo"), walk, now=NOW)
    assert (ended["status"], ended["end_state"]) == ("completed", "accepteret_genbrug")
    assert (ended["tasks"], ended["timers"], ended["ended_at"]) == ([], [], NOW)


# ---- lists -------------------------------------------------------------------------------
def test_filters(store: Store, as_: As) -> None:
    case, other = opened(store), opened(store, parties=WARD_ONLY)
    first = started(store, case)
    second = asked(store, other_case := opened(store), now=NOW + timedelta(hours=1))
    third = started(store, other, now=NOW + timedelta(hours=2))
    assert found(store, as_("ida")) == [third, second, first]
    assert found(store, as_("jens")) == [second]
    assert found(store, as_("karin")) == []
    assert found(store, as_("ole")) == [third, second, first]
    assert found(store, as_("sia")) == []
    assert found(store, as_("ida"), case=other_case) == [second]
    assert found(store, as_("ida"), pathway="planrunde") == [third, second, first]
    assert found(store, as_("ida"), pathway="midtjylland-planrunde", case=case) == [first]
    assert found(store, as_("ida"), pathway="runde") == []
    assert found(store, as_("ida"), status="completed") == []
    done(store, "jens", second, "accepter_plan", {"accept": True}, now=NOW + timedelta(hours=3))
    assert found(store, as_("ida"), status="completed") == [second]


def test_pages(store: Store, as_: As) -> None:
    case = opened(store)
    walks = [started(store, case) for _ in range(3)]
    walks.append(started(store, case, now=NOW + timedelta(minutes=1)))
    seen, after = [], None
    while True:
        page = queries.instances(store, as_("ole"), InstanceFilter(limit=1, after=after), now=NOW)
        seen += [one["id"] for one in page.items]
        if (after := page.next) is None:
            break
    assert seen == [walks[3], walks[2], walks[1], walks[0]]


def test_stuck_is_what_somebody_must_look_at(store: Store, as_: As) -> None:
    case = opened(store)
    fine, broken, failing, lost = (started(store, case) for _ in range(4))
    with store.write() as db:
        row = instance_table.update().where(instance_table.c.id == broken)
        db.execute(row.values(status="incident"))
        for code, sentence, resolved in (
            ("step_failed", "Nej.", NOW),
            ("loop_without_wait", "Rundt.", None),
        ):
            values = {"instance_id": broken, "at": NOW, "code": code, "sentence": sentence}
            db.execute(insert(incident).values(**values, resolved_at=resolved))
        db.execute(
            insert(job).values(
                kind="timer",
                instance_id=failing,
                key="x",
                due_at=NOW,
                data={},
                attempts=3,
                error="Nej.",
            )
        )
        gone = update(task).where(task.c.instance_id == lost)
        db.execute(gone.values(status="cancelled", closed_at=NOW))
    ole = as_("ole")
    actions.beat(store, "w1", done=0, failed=0, now=NOW)
    actions.watch(store, now=NOW)
    assert sorted(found(store, ole, stuck=True)) == [broken, failing, lost]
    assert found(store, ole, stuck=False) == [fine]
    one = queries.instance(store, ole, broken, now=NOW)
    assert (one["incident"]["code"], one["incident"]["sentence"]) == ("loop_without_wait", "Rundt.")


def test_timers(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case)
    late = datetime.fromisoformat("2024-04-04T00:00+02:00")
    for login in ("jens", "ole"):
        (timer,) = queries.timers(store, as_(login), now=NOW).items
        assert (timer["instance"], timer["case"], timer["due_at"]) == (walk, case, late)
        assert (timer["element"], timer["name"], timer["error"]) == (
            "accept_mangler",
            "Svar mangler",
            None,
        )
    assert queries.timers(store, as_("sia"), now=NOW).items == []
    actions.run_due(store, 50, now=late)
    assert queries.timers(store, as_("ole"), now=late).items == []


# ---- the diagram -------------------------------------------------------------------------
def test_the_diagram_in_marks_and_in_words(store: Store, as_: As) -> None:
    walk = asked(store, opened(store))
    seen = queries.diagram(store, as_("jens"), walk, now=NOW)
    # What the ward decided at its gateways is the ward's; that the baton moved is known to all.
    assert set(seen["done"]) == {"patient_genindlagt", "vurder_behov", "send_plan"}
    shown = queries.diagram(store, as_("ida"), walk, now=NOW)
    assert "<bpmn:process" in shown["bpmn"]
    assert shown["tokens"] == ["accepter_plan"]
    assert set(shown["done"]) == {
        "patient_genindlagt", "vurder_behov", "find_raekke", "hvad_skal_aendres", "send_plan",
    }  # fmt: skip
    assert shown["text"][0] == (
        "Patienten er genindlagt (Regionspsykiatrien): færdig. Derefter: Vurdér behov for justering."
    )
    assert shown["text"][3] == (
        "Hvad skal ændres? (Regionspsykiatrien): færdig. Derefter: Ingenting: Send planen til accept; "
        "Kun planen: Indkald teamet; Indsatsen: Indkald team og myndighed."
    )
    assert (
        "Accepterer alle? (Tværsektorielt team). Derefter: Ja: Planen genbruges;"
        in shown["text"][6]
    )
    drawn = {one["id"]: one for one in shown["elements"]}
    assert len(drawn) == len(shown["elements"]) == len(shown["text"])
    assert drawn["accepter_plan"]["state"] == "now"
    assert drawn["send_plan"]["state"] == "done"
    assert drawn["eskaleret"]["state"] == "later"
    assert drawn["hvad_skal_aendres"]["next"][1] == {"name": "Indkald teamet", "when": "Kun planen"}


def test_the_words_follow_the_reader(store: Store, as_: As) -> None:
    walk = asked(store, opened(store))
    ida = as_("ida")
    english = Actor(ida.id, ida.login, ida.name, ida.memberships, "en")
    shown = queries.diagram(store, english, walk, now=NOW)
    assert shown["text"][5].startswith(
        "Tag stilling til planen (Tværsektorielt team): the case stands here now."
    )
