"""What must hold of every deadline, whatever the text, the start, the calendar and the pauses."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given
from hypothesis import strategies as st

from engine.calendar import (
    DANISH,
    Calendar,
    Frist,
    count,
    hverdage_between,
    is_hverdag,
    next_hverdag,
    parse,
    when,
    why_closed,
)
from engine.errors import FristInvalid

HOME = ZoneInfo("Europe/Copenhagen")
FIRST, LAST = datetime(2015, 1, 1), datetime(2040, 12, 31)  # noqa: DTZ001  (hypothesis adds the zone)
#: Minutes, in UTC: every local time, both of those that come twice, and none of those that do not exist.
starts = st.datetimes(FIRST, LAST, timezones=st.just(UTC)).map(
    lambda m: m.replace(second=0, microsecond=0)
)
days = st.dates(date(2015, 1, 1), date(2040, 12, 31))
day_units = st.sampled_from(["hverdage", "arbejdsdage", "dage", "uger", "måneder", "kvartal"])
amounts = st.integers(1, 40)
within = st.builds(Frist, amounts, day_units)
backwards = st.builds(Frist, amounts, day_units, st.just("before"))
running = st.builds(Frist, st.integers(1, 400), st.sampled_from(["timer", "top"]))
anything = within | running
calendars = st.builds(
    Calendar,
    saturday_is_hverdag=st.booleans(),
    quarter=st.sampled_from(["kalender", "rullende"]),
    closed_dates=st.dictionaries(days, st.just("lukket"), max_size=3),
)


def _end(frist: Frist, due: datetime) -> datetime:
    # R8 gives a whole hverdag to hours that end on a closed day, but not to those that end early on that hverdag.
    return due.replace(hour=0, minute=0, second=0) if frist.unit == "top" else due.astimezone(UTC)


@st.composite
def pauses(draw: st.DrawFn) -> tuple[tuple[datetime, datetime], ...]:
    """Up to three pauses near a start, in order and apart."""
    at, found = draw(starts), []
    for _ in range(draw(st.integers(0, 3))):
        begin = at + timedelta(minutes=draw(st.integers(0, 20_000)))
        at = begin + timedelta(minutes=draw(st.integers(0, 20_000)))
        found.append((begin, at))
        at += timedelta(minutes=1)
    return tuple(found)


@given(anything, starts, starts, calendars)
def test_a_later_start_is_never_due_earlier(
    frist: Frist, a: datetime, b: datetime, own: Calendar
) -> None:
    a, b = sorted((a, b))
    assert _end(frist, count(frist, a, own).due) <= _end(frist, count(frist, b, own).due)


@given(st.builds(Frist, amounts, st.sampled_from(["hverdage", "arbejdsdage"])), starts, calendars)
@example(Frist(1, "hverdage"), datetime(2025, 6, 4, 12, tzinfo=UTC), DANISH)
@example(Frist(3, "hverdage"), datetime(2024, 12, 23, 12, tzinfo=UTC), DANISH)
def test_hverdage_end_on_a_hverdag_after_as_many_hverdage(
    frist: Frist, start: datetime, own: Calendar
) -> None:
    found = count(frist, start, own)
    last = found.due.date()
    assert is_hverdag(last, own)
    assert (
        hverdage_between(start.astimezone(HOME).date(), last, own)
        == frist.amount
        == len(found.counted)
    )


@given(within, starts, calendars, pauses())
def test_every_day_until_the_end_is_either_counted_or_skipped_with_a_reason(
    frist: Frist, start: datetime, own: Calendar, paused: tuple[tuple[datetime, datetime], ...]
) -> None:
    found = count(frist, start, own, paused)
    first, last = start.astimezone(HOME).date(), found.due.date()
    every = [first + timedelta(n) for n in range(1, (last - first).days + 1)]
    assert sorted([*found.counted, *(gap.date for gap in found.skipped)]) == every
    assert all(gap.why for gap in found.skipped)
    assert found.counted[-1] == last


@given(backwards, days, calendars)
def test_counting_backwards_covers_the_days_too_and_ends_before(
    frist: Frist, day: date, own: Calendar
) -> None:
    found = count(frist, day, own)
    last = found.due.date()
    assert last < day
    every = [last + timedelta(n) for n in range((day - last).days)]
    assert sorted([*found.counted, *(gap.date for gap in found.skipped)]) == every


@given(st.builds(Frist, amounts, st.sampled_from(["dage", "uger"])), days)
def test_days_and_weeks_forwards_and_backwards_are_each_others_mirror(
    frist: Frist, day: date
) -> None:
    there = count(frist, day).due.date()
    assert count(Frist(frist.amount, frist.unit, "before"), there).due.date() == day


@given(st.builds(Frist, amounts, st.just("hverdage")), days)
def test_hverdage_forwards_and_backwards_meet_on_hverdage(frist: Frist, day: date) -> None:
    assume(is_hverdag(day, DANISH))
    there = count(frist, day).due.date()
    assert count(Frist(frist.amount, frist.unit, "before"), there).due.date() == day


@given(anything, starts, pauses(), calendars)
def test_a_pause_never_makes_anything_due_earlier(
    frist: Frist, start: datetime, paused: tuple[tuple[datetime, datetime], ...], own: Calendar
) -> None:
    plain = _end(frist, count(frist, start, own).due)
    for n in range(len(paused) + 1):
        with_more = _end(frist, count(frist, start, own, paused[:n]).due)
        assert with_more >= plain
        plain = with_more


@given(st.integers(1, 400), starts, pauses())
def test_an_hour_deadline_has_run_exactly_its_hours_outside_the_pauses(
    hours: int, start: datetime, paused: tuple[tuple[datetime, datetime], ...]
) -> None:
    due = count(Frist(hours, "timer"), start, DANISH, paused).due
    stood = sum((max(timedelta(0), min(b, due) - max(a, start)) for a, b in paused), timedelta(0))
    assert due - start.astimezone(UTC) == timedelta(hours=hours) + stood


@given(st.integers(1, 400), starts)
@example(24, datetime(2025, 3, 29, 13, tzinfo=UTC))
@example(24, datetime(2025, 10, 25, 12, tzinfo=UTC))
def test_the_stand_in_hverdag_is_used_only_where_the_hours_end_on_a_closed_day(
    hours: int, start: datetime
) -> None:
    plain, found = count(Frist(hours, "timer"), start).due, count(Frist(hours, "top"), start)
    if is_hverdag(plain.date(), DANISH):
        assert found.due == plain == found.overdue_at
    else:
        assert found.due.date() == next_hverdag(plain.date(), DANISH)
        assert f"{found.due:%H:%M:%S}" == "23:59:59"


@given(within | backwards, starts, calendars)
def test_a_day_deadline_ends_with_its_local_day_also_when_the_clock_changes(
    frist: Frist, start: datetime, own: Calendar
) -> None:
    found = count(frist, start, own)
    assert f"{found.due.astimezone(HOME):%H:%M:%S}" == "23:59:59"
    assert f"{found.overdue_at.astimezone(HOME):%H:%M:%S}" == "00:00:00"
    assert found.overdue_at.astimezone(UTC) - found.due.astimezone(UTC) == timedelta(seconds=1)


@given(within | running, starts, calendars)
def test_a_reminder_lies_between_the_start_and_the_due_moment(
    frist: Frist, start: datetime, own: Calendar
) -> None:
    found = count(frist, start, own)
    if found.reminder_at is not None:
        assert start < found.reminder_at < found.due


@given(within, starts)
def test_a_day_reminder_comes_at_nine_on_the_last_hverdag_before(
    frist: Frist, start: datetime
) -> None:
    found = count(frist, start)
    last_before = next(
        d for n in range(1, 30) if is_hverdag(d := found.due.date() - timedelta(n), DANISH)
    )
    nine = datetime(last_before.year, last_before.month, last_before.day, 9, tzinfo=HOME)
    assert found.reminder_at == (nine if nine > start else None)


@given(anything | backwards)
def test_what_is_written_is_read_back(frist: Frist) -> None:
    assume(not (frist.unit == "top" and frist.direction == "before"))
    assert parse(str(frist)) == frist


@given(st.text(max_size=40) | st.from_regex(r"\A\d{1,8} [a-zæøå]{3,12}( før)?\Z"))
def test_no_text_brings_anything_but_a_deadline_or_a_refusal(text: str) -> None:
    with suppress(FristInvalid):
        found = count(parse(text), when("2025-02-03T10:00+01:00"))
        assert found.due.tzinfo is not None


@given(st.text(max_size=30) | st.dates().map(str) | st.datetimes().map(str))
def test_no_text_brings_anything_but_a_moment_or_a_refusal(text: str) -> None:
    with suppress(FristInvalid):
        assert when(text).tzinfo is not None


@given(st.dates(date(2024, 1, 1), date(2060, 12, 31)))
def test_weekends_and_the_named_days_are_closed_and_little_else(day: date) -> None:
    why = why_closed(day, DANISH)
    fixed = {(1, 1), (6, 5), (12, 24), (12, 25), (12, 26), (12, 31)}
    if day.weekday() >= 5 or (day.month, day.day) in fixed:
        assert why
    elif why:
        # What else is closed moves with Easter: six weekdays, and no Store Bededag any more.
        assert why in {
            "skærtorsdag", "langfredag", "anden påskedag", "kristi himmelfartsdag", "anden pinsedag",
        }  # fmt: skip
