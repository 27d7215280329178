"""Timers on a clock that is given: lengths, dates, cycles, daylight saving, a clock that jumps, a server down."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.bpmn.timers import duration
from engine.errors import DiagramInvalid, InstanceEnded, StepFailed, TimerNotOpen
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
    el,
    on,
    user,
    users,
    way,
)

HERE = ZoneInfo("Europe/Copenhagen")


def here(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=HERE)


def waits(text: str, now: datetime = NOW, **data) -> Play:
    return begin(S + catch("C", on("timer", text)) + user("A") + E + way("S C A E"), data, now=now)


def recurring(text: str, now: datetime = NOW) -> Play:
    """A task that stays open, and beside it an event sub-process that the timer starts again and again."""
    return begin(
        S + user("A") + E + way("S A E") + by_event("H", on("timer", text), stays=True), now=now
    )


# ---- one moment --------------------------------------------------------------------------
def test_a_timer_in_the_flow_waits_for_its_time():
    play = waits("P3D")
    assert play.timers == [NOW + timedelta(days=3)]
    assert play.wait(days=2, hours=23).tasks == []
    assert play.wait(hours=1).tasks == ["A"]
    assert play.timers == []


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT90M", here(2026, 3, 2, 10, 30)), ("PT1.5S", here(2026, 3, 2, 9, 0, 1, 500_000)),
        ("P1W", here(2026, 3, 9, 9)), ("P1Y2M3DT4H", here(2027, 5, 5, 13)),
        ("2026-03-05", here(2026, 3, 5)), ("2026-03-05T10:00:00", here(2026, 3, 5, 10)),
        ("2026-03-05T10:00:00Z", datetime(2026, 3, 5, 10, tzinfo=UTC)),
        ("3 hverdage", here(2026, 3, 6)), ('=duration("P1M")', here(2026, 4, 2, 9)),
        ('=date("2026-04-01")', here(2026, 4, 1)), ('=date and time("2026-04-01T08:00:00")', here(2026, 4, 1, 8)),
        ("=svarfrist", here(2026, 3, 6)), ('=frist("24 timer")', here(2026, 3, 3, 9)),
        ('="R2/P1D"', here(2026, 3, 3, 9)), ("=dato", here(2026, 6, 1)),
    ],
)  # fmt: skip
def test_what_a_timer_may_say(text, due):
    # A deadline of days ends with its last day; its timer fires at the first moment after.
    play = waits(text, dato="2026-06-01")
    assert [
        moment.astimezone(HERE).replace(microsecond=due.microsecond) for moment in play.timers
    ] == [due]


def test_a_timer_without_a_value_waits_until_it_has_one_by_other_means():
    play = waits("=ukendt")
    assert (play.timers, play.step.status, play.tokens) == ([], "waiting", {"C"})


def test_a_timer_whose_value_is_no_time_stops_the_step():
    with pytest.raises(StepFailed, match="no time, duration or deadline"):
        waits('="i morgen"')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-02-31", "cannot be counted: “2026-02-31” is no date"), ("R0/P1D", "can never fire"),
        ("R2/2026-02-31/P1D", "is no date"),
    ],
)  # fmt: skip
def test_a_timer_that_can_never_fire_is_refused(text, words):
    with pytest.raises(DiagramInvalid, match=words):
        waits(text)


def test_a_cycle_drawn_as_a_length_and_a_length_drawn_as_a_cycle_are_refused():
    for tag, text in (("timeDuration", "R3/P1D"), ("timeCycle", "P1D")):
        event = f"<timerEventDefinition><{tag}>{text}</{tag}></timerEventDefinition>"
        with pytest.raises(DiagramInvalid, match=r"repeat"):
            compiled(S + catch("C", event) + E + way("S C E"))


def test_lengths_that_are_none():
    assert [duration(text) for text in ("P", "PT", "P1", "1D", "P-1D", "P1.5D", "")] == [None] * 7


# ---- months and daylight saving ----------------------------------------------------------
def test_a_month_after_31_january_is_the_last_of_february_and_then_31_march():
    play = recurring("R3/P1M", here(2026, 1, 31, 9))
    assert play.timers == [here(2026, 2, 28, 9)]
    assert play.at(here(2026, 2, 28, 9)).timers == [here(2026, 3, 31, 9)]
    assert play.at(here(2026, 3, 31, 9)).timers == [here(2026, 4, 30, 9)]
    assert waits("P1M", here(2028, 1, 31, 9)).timers == [here(2028, 2, 29, 9)]


def test_days_keep_the_clock_on_the_wall_and_hours_are_elapsed():
    spring, autumn = here(2026, 3, 28, 12), here(2026, 10, 24, 12)
    assert waits("P1D", spring).timers[0] - spring.astimezone(UTC) == timedelta(hours=23)
    assert waits("P1D", autumn).timers[0] - autumn.astimezone(UTC) == timedelta(hours=25)
    for start in (spring, autumn):
        assert waits("PT24H", start).timers[0] - start.astimezone(UTC) == timedelta(hours=24)


def test_a_day_that_ends_in_the_hour_that_is_not_there_or_is_there_twice():
    assert waits("P1D", here(2026, 3, 28, 2, 30)).timers == [here(2026, 3, 29, 3, 30)]
    assert waits("P1D", here(2026, 10, 24, 2, 30)).timers == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    ]


def test_a_weekly_timer_keeps_its_hour_over_both_changes():
    play = recurring("R/P7D", here(2026, 3, 2, 9))
    seen = []
    for _ in range(52):
        (due,) = play.timers
        seen.append(due.astimezone(HERE))
        play.at(due).do("H_t")
    assert {(moment.hour, moment.minute, moment.weekday()) for moment in seen} == {(9, 0, 0)}
    assert seen[-1] == here(2027, 3, 1, 9)


# ---- recurrence for years ----------------------------------------------------------------
def test_a_quarter_for_ten_years_falls_on_its_dates_and_the_state_stays_flat():
    play = recurring("R/P3M", here(2026, 1, 31, 9))
    dates, sizes = [], []
    for _ in range(40):
        (due,) = play.timers
        play.at(due)
        assert play.tasks == ["A", "H_t"]
        play.do("H_t")
        dates.append(due.astimezone(HERE))
        sizes.append(len(play.step.state))
    assert [(d.month, d.day, d.hour) for d in dates[:4]] == [
        (4, 30, 9),
        (7, 31, 9),
        (10, 31, 9),
        (1, 31, 9),
    ]
    assert dates[-1] == here(2036, 1, 31, 9)
    assert max(sizes) <= min(sizes) + 20  # nothing but longer numbers


def test_weekly_contact_and_monthly_supervision_for_ten_years_keep_the_state_flat():
    body = S + el("parallelGateway", "G") + users("K T") + way("S G")
    for task, turn, text in (("K", "U", "P7D"), ("T", "M", "P1M")):
        body += (
            el("exclusiveGateway", f"{task}0")
            + catch(turn, on("timer", text))
            + way(f"G {task}0 {task} {turn} {task}0")
        )
    play = begin(body)
    sizes = []
    while play.now < NOW + timedelta(days=3_653):
        while play.step.tasks:
            play.do(play.tasks[0])
        sizes.append(len(play.step.state))
        play.at(play.timers[0])
    assert len(sizes) > 600
    assert max(sizes) <= min(sizes) + 40
    assert len(json.loads(play.step.state)["t"]) < 6


def test_a_cycle_with_a_first_moment_and_a_number_of_times():
    play = recurring("R2/2026-03-10T08:00:00/P1D")
    assert play.timers == [here(2026, 3, 10, 8)]
    assert play.at(here(2026, 3, 10, 8)).timers == [here(2026, 3, 11, 8)]
    assert play.at(here(2026, 3, 11, 8)).timers == []
    assert play.tasks == ["A", "H_t", "H_t"]


def test_a_cycle_on_a_border_fires_each_time():
    play = begin(
        S
        + user("A")
        + border("B", "A", on("timer", "R3/P1D"), stays=True)
        + user("R")
        + way("S A")
        + way("B R")
    )
    for n in range(1, 4):
        assert play.wait(days=1).tasks == ["A"] + ["R"] * n
    assert play.timers == []
    once = begin(
        S
        + user("A")
        + border("B", "A", on("timer", "R3/P1D"))
        + user("R")
        + way("S A")
        + way("B R")
    )
    assert once.wait(days=1).tasks == ["R"]
    assert once.timers == []


def test_a_cycle_in_the_flow_goes_on_at_its_first_moment():
    play = waits("R/P1D")
    assert play.wait(days=1).tasks == ["A"]
    assert play.timers == []


# ---- clocks that misbehave ---------------------------------------------------------------
def test_a_clock_that_jumps_back_fires_nothing_twice_and_loses_nothing():
    play = recurring("R/P7D").wait(days=7)
    assert play.tasks == ["A", "H_t"]
    before = play.step
    play.at(NOW - timedelta(days=400))
    assert (play.step.state, play.tasks, play.timers) == (
        before.state,
        ["A", "H_t"],
        [NOW + timedelta(days=14)],
    )
    assert play.at(NOW + timedelta(days=7)).tasks == ["A", "H_t"]
    assert play.at(NOW + timedelta(days=14)).tasks == ["A", "H_t", "H_t"]


def test_what_fell_due_while_the_server_was_down_fires_once_each_in_order():
    body = S + el("parallelGateway", "G") + way("S G")
    for key, text in (("C1", "P4D"), ("C2", "P2D"), ("C3", "PT30H"), ("C4", "P9D")):
        body += catch(key, on("timer", text)) + user(f"{key}_t") + way(f"G {key} {key}_t")
    play = begin(body + by_event("H", on("timer", "R/P1D"), stays=True)).wait(days=7)
    fired = [t.element for t in play.step.traces if t.what == "fired"]
    assert fired == ["H_s", "C3", "H_s", "C2", "H_s", "H_s", "C1", "H_s", "H_s", "H_s"]
    assert play.tasks == ["C1_t", "C2_t", "C3_t"] + ["H_t"] * 7
    assert play.timers == [NOW + timedelta(days=8), NOW + timedelta(days=9)]
    assert play.at(play.now).step.traces == ()


def test_waking_early_late_and_twice_is_harmless():
    play = waits("P3D")
    early = play.wait(days=1).step.state
    assert play.at(play.now).step.state == early
    late = play.wait(days=90).step
    assert play.at(play.now).step.state == late.state
    assert play.do("A").ended == "E"
    assert play.wait(days=90).ended == "E"


def test_a_timer_that_fires_without_end_is_stopped():
    with pytest.raises(StepFailed, match=r"again and again|would be taken at once"):
        recurring("R/PT0.01S").wait(days=30)
    assert recurring("R/PT1H").wait(days=60).tasks.count("H_t") == 60 * 24


# ---- by an operator ----------------------------------------------------------------------
def test_an_operator_moves_a_timer():
    play = waits("P30D")
    ref = play.step.timers[0].ref
    play.operator("reschedule", ref, NOW + timedelta(days=2))
    assert play.timers == [NOW + timedelta(days=2)]
    assert play.wait(days=2).tasks == ["A"]
    with pytest.raises(TimerNotOpen):
        play.operator("reschedule", ref, NOW)
    with pytest.raises(TimerNotOpen):
        play.operator("reschedule", play.ref("A"), NOW)
    play.do("A")
    with pytest.raises(InstanceEnded):
        play.operator("reschedule", ref, NOW)


def test_a_cycle_goes_on_by_its_calendar_after_one_moment_was_moved():
    play = recurring("R/P7D")
    play.operator("reschedule", play.step.timers[0].ref, NOW + timedelta(days=9))
    assert play.wait(days=7).tasks == ["A"]
    assert play.wait(days=2).timers == [NOW + timedelta(days=14)]


def test_a_timer_that_follows_a_deadline_cannot_be_moved():
    body = (
        S
        + user("A", stafet_klausul="MIDT-1", stafet_frist="3 dage")
        + border("B", "A", on("timer", "=overskredet"))
    )
    play = begin(body + user("R") + way("S A") + way("B R"))
    assert play.timers == [here(2026, 3, 6)]
    with pytest.raises(TimerNotOpen, match="follows a deadline"):
        play.operator("reschedule", play.step.timers[0].ref, NOW)
    assert play.at(here(2026, 3, 6)).tasks == ["R"]
