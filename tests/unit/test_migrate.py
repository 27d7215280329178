"""Running instances move to another version of their pathway, or it is said why they cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import migrate, pathway
from engine.errors import InstanceEnded, MigrationImpossible
from tests.small import (
    NOW,
    E,
    Play,
    S,
    begin,
    border,
    by_event,
    catch,
    compiled,
    doc,
    each,
    el,
    on,
    sub,
    user,
    users,
    way,
)

DUE = {"stafet_klausul": "MIDT-1", "stafet_frist": "3 dage"}
OLD = S + user("A", **DUE) + user("B") + E + way("S A B E")


def checked(play: Play, body: str, **files) -> list[tuple[str, str]]:
    """What stands in the way: (why, element)."""
    verdict = migrate.check(play.running, compiled(body, **files), play.step.state, play.now)
    return [(r.why, r.element) for r in verdict.reasons]


def moved(play: Play, body: str, accept=(), values=None, **files) -> Play:
    new = compiled(body, **files)
    step = migrate.move(play.running, new, play.step.state, play.now, accept=accept, values=values)
    return Play(new, step, play.now)


# ---- what may change ---------------------------------------------------------------------
def test_what_lies_ahead_may_change_and_what_is_open_is_kept():
    new = S + user("A", name="Spørg igen", **DUE) + users("B C") + E + way("S A C B E")
    play = begin(OLD)
    assert checked(play, new) == []
    after = moved(play, new)
    (before,), (task,) = play.step.tasks, after.step.tasks
    assert (task.ref, task.opened_at, task.name) == (before.ref, before.opened_at, "Spørg igen")
    assert after.step.deadlines == ()  # nothing about them changed
    assert after.do("A").tasks == ["C"]
    assert [(d.element, d.status) for d in after.step.deadlines] == [("A", "met")]


def test_a_running_timer_keeps_its_moment():
    old = S + catch("C", on("timer", "P30D")) + user("A") + E + way("S C A E")
    play = begin(old).wait(days=10)
    after = moved(play, old.replace("P30D", "P5D"))
    assert after.timers == play.timers
    assert after.wait(days=19).tasks == []
    assert after.wait(days=1).tasks == ["A"]


def test_a_condition_that_changed_is_asked_as_it_is_now():
    old = S + user("A") + el("exclusiveGateway", "X", default="X-N") + users("J N") + way("S A X N")
    after = moved(begin(old + way("X J", "x = 1"), {"x": 1}), old + way("X J", "x = 2"))
    assert after.do("A").tasks == ["N"]


def test_values_that_the_new_version_asks_for_are_named_and_can_be_given():
    old = S + user("A") + el("exclusiveGateway", "X", default="X-N") + users("J N") + way("S A X N")
    play = begin(old + way("X J", "x = 1"), {"x": 1, "y": 2})
    new = old + way("X J", "y = 2")
    assert migrate.check(play.running, compiled(new), play.step.state, NOW).asks == {"y"}
    after = moved(play, new, values={"y": 2})
    assert '"x"' not in after.step.state
    assert after.do("A").tasks == ["J"]


def test_a_deadline_that_is_new_counts_from_the_move():
    play = begin(S + user("A") + E + way("S A E")).wait(days=5)
    after = moved(play, S + user("A", **DUE) + E + way("S A E"))
    assert [(d.element, d.started_at) for d in after.step.deadlines] == [
        ("A", NOW + timedelta(days=5))
    ]


def test_a_suspended_instance_moves_and_stays_suspended():
    after = moved(begin(OLD).operator("suspend"), OLD)
    assert after.step.status == "suspended"
    assert after.operator("resume").do("A").tasks == ["B"]


def test_the_same_version_changes_nothing():
    play = begin(OLD)
    assert moved(play, OLD).step.state == play.step.state


# ---- what may not ------------------------------------------------------------------------
TIMER = border("T", "A", on("timer", "P1D"))


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (S + user("B") + E + way("S B E"), [("gone", "A")]),
        (S + user("A2") + user("B") + E + way("S A2 B E"), [("gone", "A")]),
        (S + el("manualTask", "A") + user("B") + E + way("S A B E"), [("changed", "A")]),
        (S + user("A", each("2")) + user("B") + E + way("S A B E"), [("changed", "A")]),
        (S + sub("U", el("startEvent", "S2") + user("A") + way("S2 A")) + E + way("S U E"), [("changed", "A")]),
        (OLD + TIMER + user("R") + way("T R"), [("new_border", "T")]),
        (OLD + by_event("H", on("message", "bud")), [("new_event", "H_s")]),
        (S + users("Q A B") + E + way("S Q A B E"), [("skipped", "Q")]),
        (S + users("Q A B") + E + way("S Q A B E") + TIMER + way("T B"), [("new_border", "T"), ("skipped", "Q")]),
    ],
    ids=["gone", "renamed", "kind", "round", "elsewhere", "border", "event", "skipped", "two"],
)  # fmt: skip
def test_why_an_instance_cannot_move(new, why):
    play = begin(OLD)
    assert checked(play, new) == why
    with pytest.raises(MigrationImpossible) as told:
        moved(play, new)
    assert set(told.value.fields) == {element for _, element in why}
    assert told.value.sentence.startswith("“")


def test_an_element_on_another_way_is_not_skipped():
    new = (
        S
        + el("exclusiveGateway", "X", default="X-A")
        + users("A B Q")
        + E
        + way("S X A B E")
        + way("X Q", "q")
        + way("Q A")
    )
    assert checked(begin(OLD), new) == []
    loop = (
        S
        + el("exclusiveGateway", "M")
        + users("A B Q")
        + el("exclusiveGateway", "X", default="X-E")
        + E
    )
    assert checked(begin(OLD), loop + way("S M A B X E") + way("X Q", "q") + way("Q M")) == []


def test_what_an_operator_accepts_begins_now_or_is_left_out():
    play = begin(OLD).wait(days=2)
    new = (
        S
        + users("Q")
        + user("A", **DUE)
        + user("B")
        + E
        + way("S Q A B E")
        + border("T", "A", on("timer", "P1D"), stays=True)
    )
    new += user("R") + way("T R") + by_event("H", on("message", "bud"), stays=True)
    with pytest.raises(MigrationImpossible, match="T"):
        moved(play, new, accept=("skipped", "new_event"))
    after = moved(play, new, accept=("skipped", "new_border", "new_event"))
    assert (after.tasks, after.timers, after.step.awaits) == (
        ["A"],
        [NOW + timedelta(days=3)],
        ("bud",),
    )
    assert after.wait(days=1).say("bud").tasks == ["A", "H_t", "R"]


def test_what_cannot_be_accepted_stays_refused():
    with pytest.raises(MigrationImpossible):
        moved(begin(OLD), S + user("B") + E + way("S B E"), accept=("gone",))


def test_a_lost_border_event_is_forgotten_when_that_is_accepted():
    play = begin(OLD + TIMER + user("R") + way("T R"))
    assert checked(play, OLD) == [("lost_border", "T")]
    assert moved(play, OLD, accept=("lost_border",)).timers == []


def test_a_border_event_that_went_off_does_not_listen_again():
    body = OLD + border("T", "A", on("timer", "P1D"), stays=True) + user("R") + way("T R")
    play = begin(body).wait(days=1)
    assert moved(play, body + user("Z") + way("R Z")).timers == []


def test_a_token_that_waits_at_a_join_needs_the_same_flows():
    old = (
        S
        + el("parallelGateway", "G")
        + users("A B")
        + el("parallelGateway", "J")
        + E
        + way("S G A J E")
        + way("G B J")
    )
    play = begin(old).do("A")
    more = old + user("C") + way("G C J")
    assert checked(play, more) == [("join", "J")]
    assert checked(begin(old), more) == []


def test_a_gateway_that_waits_for_another_event_begins_to_when_that_is_accepted():
    old = (
        S
        + el("eventBasedGateway", "G")
        + catch("C", on("message", "bud"))
        + user("A")
        + way("S G C A")
    )
    new = old + catch("D", on("timer", "P2D")) + way("G D A")
    play = begin(old)
    assert checked(play, new) == [("new_border", "D")]
    assert moved(play, new, accept=("new_border",)).wait(days=2).tasks == ["A"]


# ---- parts and sub-processes -------------------------------------------------------------
def test_sub_processes_are_looked_into():
    def held(inner: str, ways: str) -> str:
        return (
            S
            + sub("U", el("startEvent", "S2") + inner + way(ways))
            + user("A")
            + E
            + way("S U A E")
        )

    play = begin(held(users("I J"), "S2 I J"))
    assert checked(play, held(users("I K J"), "S2 I K J")) == []
    assert checked(play, held(users("K I J"), "S2 K I J")) == [("skipped", "K")]
    assert checked(play, held(users("J"), "S2 J")) == [("gone", "I")]
    after = moved(play, held(users("I K J"), "S2 I K J")).do("I")
    assert after.tasks == ["K"]
    assert checked(play, OLD) == [("gone", "U"), ("gone", "I")]


def test_called_parts_are_looked_into():
    body = S + el("callActivity", "K", calledElement="del") + E + way("S K E")
    one, two, three = (
        doc(S + users(names) + way(f"S {names}"), "del") for names in ("I J", "I L J", "L J")
    )
    play = begin(body, parts={"del": one})
    assert checked(play, body, parts={"del": two}) == []
    assert checked(play, body, parts={"del": three}) == [("gone", "I")]
    other = body.replace('calledElement="del"', 'calledElement="andet"')
    assert checked(play, other, parts={"andet": one.replace('"del"', '"andet"')}) == [
        ("changed", "K"), ("gone", "I"),
    ]  # fmt: skip
    assert moved(play, body, parts={"del": two}).do("I").tasks == ["L"]


def test_rounds_keep_their_turns():
    old = (
        S
        + user("A", each('["Kommune", "Psykiatri"]', name="part"))
        + user("B")
        + E
        + way("S A B E")
    )
    play = begin(old).do("A")
    after = moved(
        play, old + border("T", "A", on("timer", "P1D")) + way("T B"), accept=("new_border",)
    )
    assert [t.party for t in after.step.tasks] == ["Psykiatri"]
    assert after.wait(days=1).tasks == ["B"]


def test_a_scope_that_was_interrupted_starts_no_new_event_sub_process():
    body = OLD + by_event("H", on("message", "bud"))
    play = begin(body).say("bud")
    after = moved(
        play, body + by_event("K", on("message", "svar"), stays=True), accept=("new_event",)
    )
    assert (after.tasks, after.step.awaits) == (["H_t"], ())


def test_an_ended_instance_does_not_move():
    play = begin(OLD).do("A").do("B")
    with pytest.raises(InstanceEnded):
        checked(play, OLD)


def test_a_deadline_of_an_element_that_is_gone_stays_as_it_was_met():
    old = S + user("A", stafet_fra="moede", **DUE) + user("B") + E + way("S A B E")
    play = begin(old, {"moede": "2026-03-10"}).do("A")
    after = moved(play, S + user("B") + E + way("S B E"))
    after.operator("amend", {"moede": "2026-04-10"})
    assert after.step.deadlines == ()
    assert after.do("B").ended == "E"


def test_a_thousand_instances_are_checked_one_by_one_and_none_changes():
    running, new = compiled(OLD), compiled(S + users("A B C") + E + way("S A C B E"))
    states = [pathway.start(running, {}, NOW, parties={}).state for _ in range(1_000)]
    assert all(migrate.check(running, new, state, NOW).can for state in states)
    assert len(set(states)) == 1
