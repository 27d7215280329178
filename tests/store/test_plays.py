"""Plays on both databases: forwards, back, along branches, over a drawing that changes, and kept as a scenario."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine import studio
from engine.errors import (
    Conflict,
    DiagramInvalid,
    Forbidden,
    FormInvalid,
    MessageUnmatched,
    MoveImpossible,
    NotFound,
    OtherSubject,
    ScenarioInvalid,
    StafetError,
)
from engine.model import Actor, Json, Task
from engine.scenario import load
from engine.store import Store
from engine.studio import acting, beginning, boards, plays, recording, trials
from engine.studio.acting import MustBeAnswered, TimeBackwards
from engine.studio.beginning import NameUnknown
from engine.studio.boards import Board
from engine.tables import case, instance, message, play, play_step, task
from tests.store.cast import AGREEMENT, NOW

KEY = "midtjylland-planrunde"
HERE = (AGREEMENT, KEY)
START = "2024-03-26T10:00+01:00"
As = Callable[[str], Actor]
REUSED: Json = {"justering_indsats": False, "justering_plan": False}


@pytest.fixture
def dan(as_: As) -> Actor:
    return as_("dan")


def begin(store: Store, who: Actor, **over: object) -> int:
    return beginning.begin(store, who, *HERE, {"start": START, **over}, now=NOW)


def look(store: Store, who: Actor, number: int, step: int | None = None) -> Board:
    return plays.board(store, who, number, step, now=NOW)


def opened(here: Board, element: str, party: str = "") -> tuple[int, Task]:
    assert here.table is not None
    return next(
        (n, each)
        for n, each in here.table.open()
        if each.element == element and party in ("", each.party)
    )


def answer(store: Store, who: Actor, number: int, element: str, answers: Json, **at: str) -> int:
    here = look(store, who, number)
    n, found = opened(here, element, **at)
    return acting.complete(store, who, number, here.step, n, found.ref, answers, now=NOW)


def elements(here: Board) -> list[str]:
    assert here.table is not None
    return sorted({each.element for _, each in here.table.open()})


def later(store: Store, who: Actor, number: int, **time: float) -> int:
    here = look(store, who, number)
    assert here.table is not None
    until = here.table.now + timedelta(**time)
    return acting.wait(store, who, number, here.step, until, now=NOW)


def to_acceptance(store: Store, who: Actor) -> int:
    number = begin(store, who)
    answer(store, who, number, "vurder_behov", REUSED)
    answer(store, who, number, "send_plan", {})
    return number


def test_a_play_goes_on_and_back_and_branches(store: Store, dan: Actor) -> None:
    number = to_acceptance(store, dan)
    assert elements(look(store, dan, number)) == ["accepter_plan"]
    later(store, dan, number, days=10)
    late = look(store, dan, number)
    assert late.table is not None
    dated = [d for d in late.table.facts()["deadlines"] if d["element"] == "accepter_plan"]
    assert {each["status"] for each in dated} == {"overdue"}
    assert [each["kind"] for each in late.table.records.reminders].count("reminder") >= 3
    # Back two steps, and another way from there: both branches stay.
    plays.go(store, dan, number, 1, now=NOW)
    back = look(store, dan, number)
    assert (elements(back), [each.nth for each in back.ahead]) == (["send_plan"], [2])
    later(store, dan, number, days=1)
    other = look(store, dan, number)
    assert [each.nth for each in other.steps] == [1, 4]
    assert other.steps[-1].others == (2,)
    assert [each.nth for each in look(store, dan, number, 3).steps] == [1, 2, 3]
    # Nothing real was touched.
    with store.read() as db:
        for table in (case, instance, task, message):
            assert db.execute(select(table)).all() == []


def test_another_process_shows_the_same_board(store: Store, dan: Actor) -> None:
    number = to_acceptance(store, dan)
    later(store, dan, number, days=10)
    here = look(store, dan, number)
    assert here.table is not None
    before = here.table.facts()
    boards.forget_all()
    again = look(store, dan, number)
    assert again.table is not None
    assert again.table.facts() == before
    assert again.table is not here.table
    assert again.before is not None


def test_answers_are_held_against_the_form_as_staffs_are(store: Store, dan: Actor) -> None:
    number = begin(store, dan)
    with pytest.raises(FormInvalid) as refused:
        answer(store, dan, number, "vurder_behov", {"justering_plan": False})
    assert refused.value.fields
    assert look(store, dan, number).steps == ()
    with pytest.raises(MessageUnmatched):
        acting.tell(store, dan, number, 0, "findes_ikke", {}, now=NOW)
    with pytest.raises(TimeBackwards):
        acting.wait(store, dan, number, 0, datetime.fromisoformat(START), now=NOW)
    with pytest.raises(MustBeAnswered, match="Vurdér behov"):
        acting.forward(store, dan, number, 0, "accepter_plan", now=NOW)
    with pytest.raises(NotFound):
        look(store, dan, number, 99)


def test_it_begins_anywhere_with_any_data_and_says_what_it_does_not_know(
    store: Store, dan: Actor
) -> None:
    number = begin(store, dan, **{"from": "send_plan"})
    assert elements(look(store, dan, number)) == ["send_plan"]
    with pytest.raises(NameUnknown, match="justering_plam"):
        begin(store, dan, data={"justering_plam": True})
    with pytest.raises(MoveImpossible):
        begin(store, dan, **{"from": "findes_ikke"})
    with pytest.raises(NotFound):
        beginning.begin(store, dan, *HERE, {"start": START}, version=9, now=NOW)
    assert [each["id"] for each in plays.plays(store, dan, *HERE, now=NOW)] == [number]


def test_others_answer_until_a_step_is_reached(store: Store, dan: Actor) -> None:
    number = begin(store, dan)
    answer(store, dan, number, "vurder_behov", REUSED)
    here = look(store, dan, number)
    acting.forward(store, dan, number, here.step, "accepter_plan", now=NOW)
    assert elements(look(store, dan, number)) == ["accepter_plan"]


def test_a_drawing_that_changes_is_played_again_and_says_where_it_stops(
    store: Store, dan: Actor
) -> None:
    number = to_acceptance(store, dan)
    assert look(store, dan, number).drawn.drafts == frozenset()
    text = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    longer = text.replace('stafet:frist="3 hverdage"', 'stafet:frist="12 hverdage"')
    studio.save(store, dan, *HERE, longer, 0, now=NOW)
    here = look(store, dan, number)
    assert here.table is not None
    assert here.drawn.drafts == {KEY}
    assert {d.frist for d in here.table.records.deadlines.values()} >= {"12 hverdage"}
    gone = text.replace("accepter_plan", "andet_navn").replace("send_plan", "udsend_plan")
    studio.save(store, dan, *HERE, gone, 1, now=NOW)
    here = look(store, dan, number)
    assert (here.stopped_at, elements(here)) == (2, ["udsend_plan"])
    assert isinstance(here.stopped, ScenarioInvalid)
    with pytest.raises(StafetError):
        acting.tell(store, dan, number, here.step, "bero", {}, now=NOW)
    studio.save(store, dan, *HERE, text[: len(text) // 2], 2, now=NOW)
    here = look(store, dan, number)
    assert (here.table, here.stopped_at, type(here.stopped)) == (None, 0, DiagramInvalid)
    # The version in force is not touched by any of it.
    old = beginning.begin(store, dan, *HERE, {"start": START}, version=1, now=NOW)
    assert elements(look(store, dan, old)) == ["vurder_behov"]


def test_a_play_becomes_a_scenario_that_holds(store: Store, dan: Actor) -> None:
    number = to_acceptance(store, dan)
    later(store, dan, number, hours=26)
    here = look(store, dan, number)
    assert here.table is not None
    for party in [each.party for _, each in here.table.open()]:
        answer(store, dan, number, "accepter_plan", {"accept": True}, party=party)
    before = trials.run(store, dan, *HERE, now=NOW)
    name = recording.keep(store, dan, number, None, "Påske: alle sagde ja", now=NOW)
    assert name == "paaske-alle-sagde-ja"
    after = trials.run(store, dan, *HERE, now=NOW)
    (made,) = [each for each in after.items if each["name"] == name]
    assert (made["ok"], made["by"], len(after.items)) == (
        True,
        "Dan Dinesen",
        len(before.items) + 1,
    )
    (scenario,) = load(made["text"])
    assert "at: 2024-03-27T12:00:00+01:00" in made["text"]
    assert [row["clause"] for row in scenario.expect["deadlines"]]
    # Opened again, it stands where it was recorded.
    again = beginning.replay(store, dan, *HERE, scenario, now=NOW)
    mine, theirs = look(store, dan, number), look(store, dan, again)
    assert mine.table is not None
    assert theirs.table is not None
    assert theirs.table.facts()["deadlines"] == mine.table.facts()["deadlines"]
    recording.drop(store, dan, *HERE, name, now=NOW)
    with pytest.raises(NotFound):
        recording.drop(store, dan, *HERE, name, now=NOW)


def test_all_scenarios_say_what_of_the_drawing_they_walked(store: Store, dan: Actor) -> None:
    found = trials.run(store, dan, *HERE, now=NOW)
    assert found.items
    assert [each["problems"] for each in found.items if not each["ok"]] == []
    own = found.parts[KEY]
    assert "accepter_plan" in own["done"]
    assert {each["id"] for each in own["missed"]}.isdisjoint(own["done"])
    tested = {each["id"]: each for each in found.clauses}
    assert tested["MIDT-4.4-12"]["tested"]
    assert tested["MIDT-4.4-12"]["dated"]
    # A draft that breaks what they expect makes them fail, and then they prove nothing.
    text = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    longer = text.replace('stafet:frist="3 hverdage"', 'stafet:frist="12 hverdage"')
    studio.save(store, dan, *HERE, longer, 0, now=NOW)
    drawn = trials.run(store, dan, *HERE, now=NOW)
    assert drawn.held < found.held
    assert trials.run(store, dan, *HERE, version=1, now=NOW).held == found.held


def test_only_designers_play_and_a_play_can_be_thrown_away(store: Store, as_: As) -> None:
    dan, ida = as_("dan"), as_("ida")
    number = begin(store, dan)
    later(store, dan, number, days=1)
    for refused in (
        lambda: look(store, ida, number),
        lambda: begin(store, ida),
        lambda: plays.forget(store, ida, number, now=NOW),
        lambda: acting.tell(store, ida, number, 0, "bero", {}, now=NOW),
        lambda: trials.run(store, ida, *HERE, now=NOW),
    ):
        with pytest.raises(Forbidden):
            refused()
    plays.forget(store, dan, number, now=NOW)
    with store.read() as db:
        assert db.execute(select(play)).all() == db.execute(select(play_step)).all() == []


def test_two_windows_on_one_play_do_not_mix(
    store: Store, dan: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = begin(store, dan)
    real = boards.of

    def meanwhile(*args: object) -> Board:
        monkeypatch.setattr(boards, "of", real)
        later(store, dan, number, days=1)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(boards, "of", meanwhile)
    with pytest.raises(Conflict):
        acting.wait(store, dan, number, 0, datetime.fromisoformat(START) + timedelta(2), now=NOW)
    assert [each.nth for each in look(store, dan, number).steps] == [1]


def test_what_was_typed_is_not_readable_in_the_database(store: Store, dan: Actor) -> None:
    number = to_acceptance(store, dan)
    with store.read() as db:
        for row in db.execute(select(play_step.c.move).where(play_step.c.play_id == number)):
            assert b"justering" not in bytes(row.move)


def test_a_play_is_about_whom_the_pathway_runs_on(store: Store, dan: Actor) -> None:
    """What was chosen is kept and recorded; a case of a kind that the pathway does not run on is refused."""
    text = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    assert 'stafet:om="' not in text
    both = text.replace('isExecutable="true"', 'isExecutable="true" stafet:om="borger anonym"', 1)
    with pytest.raises(OtherSubject):
        begin(store, dan, subject="anonymous")
    studio.save(store, dan, *HERE, both, 0, now=NOW)
    for said, meant in (({"subject": "anonymous"}, "anonymous"), ({}, "citizen")):
        here = look(store, dan, begin(store, dan, **said))
        assert here.table is not None
        assert here.table.subject == meant
        assert recording.recorded(here, "Sagen").get("subject", "citizen") == meant
    with pytest.raises(OtherSubject):
        begin(store, dan, subject="agreement")
