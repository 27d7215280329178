"""The board of a play: forked at any moment, begun at any step, and what comes by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import simulate
from engine.errors import MoveImpossible
from engine.model import Source
from engine.scenario import move_of, read
from engine.simulate import Table
from tests.small import KEY, NOW, SETTINGS, E, S, border, doc, el, end, on, sub, user, way

LATE = border("sent", "B", on("timer", "P2D"), stays=True) + end("kaldt") + way("sent kaldt")
BODY = (
    S
    + user("A", stafet_frist="3 hverdage", stafet_klausul="MIDT-1-1")
    + user("B")
    + sub("D", el("startEvent", "d_s") + user("inde") + end("d_e") + way("d_s inde d_e"))
    + E
    + LATE
    + way("S A B D E")
)


def table(body: str = BODY, **over: Any) -> Table:
    source = Source(KEY, "midtjylland", doc(body), {}, {}, {}, SETTINGS)
    document = {
        "agreement": "midtjylland",
        "pathway": KEY,
        "start": NOW.isoformat(),
        "steps": [],
        "autofill": False,
        **over,
    }
    made = Table(read(document), lambda _agreement, _name: source, {"Psykiatri": "Afsnit N1"})
    made.begin()
    return made


def do(at: Table, **step: Any) -> Table:
    move = move_of({"at": at.now.isoformat(), **step})
    at.pass_time(move.at)
    at.move(move)
    return at


def is_open(at: Table) -> list[str]:
    return [task.element for _, task in at.open()]


def test_a_fork_goes_its_own_way_and_leaves_the_other_as_it_was() -> None:
    first = table()
    before = first.facts()
    second = do(first.fork(), task={"element": "A"})
    third = first.fork()
    third.pass_time(NOW + timedelta(days=9))
    assert first.facts() == before
    assert (is_open(first), is_open(second), is_open(third)) == (["A"], ["B"], ["A"])
    assert [row["status"] for row in second.facts()["deadlines"]] == ["met"]
    assert [row["kind"] for row in third.facts()["reminders"]] == ["reminder", "overdue"]
    assert first.facts()["reminders"] == []
    # What was forked late is what one play to there would have been.
    assert do(table(), task={"element": "A"}).facts() == second.facts()


def test_a_play_begins_at_any_step_with_any_data() -> None:
    assert is_open(table(**{"from": "B"})) == ["B"]
    inside = table(**{"from": "inde"})
    assert is_open(inside) == ["inde"]
    assert do(inside, task={"element": "inde"}).walks[0].step.end_state == "E"
    assert is_open(table(**{"from": "S"})) == ["A"]
    with pytest.raises(MoveImpossible, match="no step of this pathway"):
        table(**{"from": "findes_ikke"})


def test_what_comes_by_itself_is_known_before_it_comes() -> None:
    at = do(table(), task={"element": "A"})
    (timer,) = at.coming()
    assert (timer.kind, timer.element, timer.at) == ("timer", "sent", NOW + timedelta(days=2))
    begun = sorted(table().coming(), key=lambda each: each.at)
    assert [each.kind for each in begun] == ["reminder", "overdue"]
    at.pass_time(timer.at)
    assert "kaldt" in at.facts()["visited"]
    assert list(at.coming()) == []


def test_the_log_says_what_happened_and_when() -> None:
    at = do(table(), task={"element": "A"})
    at.pass_time(NOW + timedelta(days=2))
    told = [(line["what"], line["element"]) for line in at.records.log]
    assert told == [
        ("began", ""), ("completed", "S"), ("opened", "A"), ("completed", "A"), ("opened", "B"),
        ("fired", "sent"), ("completed", "kaldt"),
    ]  # fmt: skip


def test_a_scenario_may_begin_at_a_step() -> None:
    source = Source(KEY, "midtjylland", doc(BODY), {}, {}, {}, SETTINGS)
    document = {
        "agreement": "midtjylland", "pathway": KEY, "start": NOW.isoformat(), "from": "inde",
        "steps": [{"at": NOW.isoformat(), "task": {"element": "inde"}}],
        "expect": {"end_state": "E"},
    }  # fmt: skip
    played = simulate.play(read(document), lambda _a, _n: source, {"Psykiatri": "Afsnit N1"})
    assert played.problems == []
