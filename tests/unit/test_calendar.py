"""Counting legal time, held against days counted by hand (readings R1 to R9)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.calendar import (
    DANISH,
    Calendar,
    Frist,
    count,
    hverdage_between,
    is_hverdag,
    local,
    next_hverdag,
    parse,
    when,
    why_closed,
)
from engine.deadlines import Ledger
from engine.errors import FristInvalid, SettingInvalid

FILE = Path(__file__).resolve().parents[1] / "scenario" / "deadline_rows.yaml"
ROWS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def due(
    frist: str, start: str, calendar: Calendar = DANISH, *paused: tuple[str, str | None]
) -> str:
    pauses = tuple((at(a), None if b is None else at(b)) for a, b in paused)
    return local(count(parse(frist), when(start), calendar, pauses).due)


# ---- the stories of the agreements -------------------------------------------------------
@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['story']}-{row['clause']}-{row['start']}"
)
def test_every_expected_deadline_to_the_second(row: dict[str, Any]) -> None:
    found = count(parse(row["frist"]), at(row["start"]))
    assert found.due == at(row["due"])
    assert found.overdue_at == at(row["overdue_at"])
    assert found.reminder_at == (row["reminder_at"] and at(row["reminder_at"]))
    if "counted" in row:
        assert [day.isoformat() for day in found.counted] == row["counted"]
        assert [gap.date.isoformat() for gap in found.skipped] == row["skipped"]


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if "done" in row],
    ids=lambda row: f"{row['story']}-{row['clause']}-{row['start']}",
)
def test_every_expected_status(row: dict[str, Any]) -> None:
    ledger = Ledger(DANISH)
    done = at(row["done"]).astimezone(UTC)
    ledger.begin(
        "1", element="e", process="p", task_ref="1", clause=row["clause"], party="",
        frist=row["frist"], fra=row["start"], follows=True, now=done,
    )  # fmt: skip
    ledger.complete("1", done)
    (record,) = ledger.take_changed(done)
    assert (record.due_at, record.status) == (at(row["due"]), row["status"])


# ---- which days are hverdage -------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2023-05-05", "store bededag"), ("2024-04-26", None), ("2025-05-16", None),
        ("2024-03-28", "skærtorsdag"), ("2024-03-29", "langfredag"), ("2024-04-01", "anden påskedag"),
        ("2024-05-09", "kristi himmelfartsdag"), ("2024-05-10", None), ("2024-05-20", "anden pinsedag"),
        ("2025-05-01", None), ("2025-06-05", "grundlovsdag"), ("2025-01-01", "nytårsdag"),
        ("2024-12-24", "juleaftensdag"), ("2024-12-25", "juledag"), ("2024-12-26", "anden juledag"),
        ("2024-12-27", None), ("2024-12-31", "nytårsaftensdag"),
        ("2024-12-28", "lørdag"), ("2024-12-29", "søndag"), ("2024-03-31", "søndag"),
    ],
)  # fmt: skip
def test_why_a_day_is_closed(day: str, why: str | None) -> None:
    assert why_closed(date.fromisoformat(day), DANISH) == why


def test_the_first_hverdag_after_easter_and_how_many_lie_between() -> None:
    wednesday = date(2024, 3, 27)
    assert next_hverdag(wednesday, DANISH) == date(2024, 4, 2)
    assert hverdage_between(wednesday, date(2024, 4, 3), DANISH) == 2
    assert hverdage_between(date(2024, 4, 3), wednesday, DANISH) == -2
    assert hverdage_between(wednesday, wednesday, DANISH) == 0


# ---- reading what designers write --------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "frist"),
    [
        ("3 hverdage", Frist(3, "hverdage")), ("  1  Hverdag ", Frist(1, "hverdage")),
        ("5 arbejdsdage", Frist(5, "arbejdsdage")), ("14 dage", Frist(14, "dage")),
        ("0 dage", Frist(0, "dage")), ("24 timer", Frist(24, "timer")), ("1 time", Frist(1, "timer")),
        ("senest 8 dage før", Frist(8, "dage", "before")), ("inden 2 uger", Frist(2, "uger")),
        ("6 måneder", Frist(6, "måneder")), ("1 maaned", Frist(1, "måneder")),
        ("kvartal", Frist(1, "kvartal")), ("2 kvartaler", Frist(2, "kvartal")), ("dato", Frist(0, "dato")),
        ("2025-03-31", Frist(date(2025, 3, 31).toordinal(), "dato")),
        ("24 timer eller førstkommende hverdag", Frist(24, "top")),
        ("inden 24 timer - eller førstkommende hverdag", Frist(24, "top")),
    ],
)  # fmt: skip
def test_a_deadline_is_read_and_written_back(text: str, frist: Frist) -> None:
    assert parse(text) == frist
    assert parse(str(frist)) == frist


@pytest.mark.parametrize(
    "text",
    ["", "hverdage", "3", "-3 dage", "3,5 dage", "3 hverdage siden", "snarest", "0 hverdage", "0 timer",
     "99999 dage", "9999999 hverdage", "2025-02-30", "dato før", "3 dato", "tre dage", "3 månedsdage"],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(FristInvalid) as refused:
        parse(text)
    assert len(refused.value.sentence) > 20


def test_moments_are_read_as_danish_time_where_nothing_else_is_said() -> None:
    assert local(when("2025-02-03T10:15")) == "2025-02-03T10:15:00+01:00"
    assert local(when("2025-07-03")) == "2025-07-03T00:00:00+02:00"
    assert local(when(date(2025, 7, 3))) == "2025-07-03T00:00:00+02:00"
    assert local(when("2025-02-03T09:15Z")) == "2025-02-03T10:15:00+01:00"
    for bad in ("31.02.2025", "2025-02-30", "", "i morgen"):
        with pytest.raises(FristInvalid):
            when(bad)
    with pytest.raises(FristInvalid):
        when(20250203)  # type: ignore[arg-type]


# ---- the rules, one by one ---------------------------------------------------------------
def test_the_hour_of_the_trigger_does_not_matter_for_days() -> None:
    ends = {
        due("3 hverdage", f"2025-03-03T{hour}+01:00") for hour in ("00:00", "12:00", "23:59:59")
    }
    assert ends == {"2025-03-06T23:59:59+01:00"}


def test_days_count_from_the_danish_day_of_a_moment_written_in_utc() -> None:
    assert due("1 dage", "2025-03-03T23:30Z") == "2025-03-05T23:59:59+01:00"


@pytest.mark.parametrize(
    ("frist", "start", "expected"),
    [
        # spring forward: the night of 30 March 2025 has 23 hours
        ("24 timer", "2025-03-29T14:00+01:00", "2025-03-30T15:00:00+02:00"),
        ("2 timer", "2025-03-30T01:30+01:00", "2025-03-30T04:30:00+02:00"),
        # back: 26 October 2025 has 25 hours, and 02:30 comes twice
        ("24 timer", "2025-10-25T14:00+02:00", "2025-10-26T13:00:00+01:00"),
        ("1 timer", "2025-10-26T02:30+02:00", "2025-10-26T02:30:00+01:00"),
        ("24 timer før", "2025-03-30T15:00+02:00", "2025-03-29T14:00:00+01:00"),
        ("1 dage", "2025-03-29T14:00+01:00", "2025-03-30T23:59:59+02:00"),
        ("1 dage", "2025-10-25T14:00+02:00", "2025-10-26T23:59:59+01:00"),
        ("6 måneder", "2025-08-31T10:00+02:00", "2026-02-28T23:59:59+01:00"),
        ("6 måneder", "2023-08-31T10:00+02:00", "2024-02-29T23:59:59+01:00"),
        ("1 måneder", "2025-12-31T10:00+01:00", "2026-01-31T23:59:59+01:00"),
        ("12 måneder", "2024-02-29T10:00+01:00", "2025-02-28T23:59:59+01:00"),
        ("1 kvartal", "2025-12-31T10:00+01:00", "2026-03-31T23:59:59+02:00"),
        ("1 kvartal", "2026-01-01T10:00+01:00", "2026-06-30T23:59:59+02:00"),
        ("2 uger", "2025-12-18T10:00+01:00", "2026-01-01T23:59:59+01:00"),
        ("3 hverdage før", "2024-04-03", "2024-03-26T23:59:59+01:00"),
        ("1 måneder før", "2025-03-31", "2025-02-28T23:59:59+01:00"),
        ("0 dage", "2025-03-03T10:00+01:00", "2025-03-03T23:59:59+01:00"),
        ("dato", "2025-06-05", "2025-06-05T23:59:59+02:00"),
        ("24 timer eller førstkommende hverdag", "2025-03-03T14:00+01:00", "2025-03-04T14:00:00+01:00"),
        ("24 timer eller førstkommende hverdag", "2025-12-23T14:00+01:00", "2025-12-29T23:59:59+01:00"),
    ],
)  # fmt: skip
def test_when_it_falls(frist: str, start: str, expected: str) -> None:
    assert due(frist, start) == expected


def test_a_reminder_that_would_come_too_late_is_left_out() -> None:
    early = count(parse("24 timer eller førstkommende hverdag"), when("2025-03-03T07:00+01:00"))
    assert early.reminder_at is None
    assert local(early.due) == "2025-03-04T07:00:00+01:00"
    late = count(parse("24 timer eller førstkommende hverdag"), when("2025-03-03T14:00+01:00"))
    assert late.reminder_at == at("2025-03-04T09:00+01:00")


@pytest.mark.parametrize("text", ["24 timer eller førstkommende hverdag", "2025-03-31"])
def test_what_has_no_backwards_is_refused(text: str) -> None:
    wanted = parse(text)
    with pytest.raises(FristInvalid):
        count(Frist(wanted.amount, wanted.unit, "before"), date(2025, 3, 3))


@pytest.mark.parametrize(
    ("frist", "start"),
    [("10 hverdage", "9999-12-30"), ("8 dage før", "0001-01-03"), ("600 måneder", "9990-01-01"),
     ("30 timer", "9999-12-31T12:00"), ("1 kvartal", "9999-12-01"), ("dato", "9999-12-31")],
)  # fmt: skip
def test_the_edge_of_the_calendar_is_a_sentence(frist: str, start: str) -> None:
    with pytest.raises(FristInvalid, match="leaves the calendar"):
        count(parse(frist), when(start))


# ---- pauses ------------------------------------------------------------------------------
BERO = ("2025-02-25T09:00+01:00", "2025-02-27T12:00+01:00")


@pytest.mark.parametrize(
    ("frist", "expected"),
    [
        ("24 timer", "2025-02-27T15:00:00+01:00"),  # 51 hours longer
        ("3 hverdage", "2025-03-04T23:59:59+01:00"),  # Friday, Monday, Tuesday
        ("3 dage", "2025-03-02T23:59:59+01:00"),
        ("1 uger", "2025-03-06T23:59:59+01:00"),
        ("1 måneder", "2025-03-27T23:59:59+01:00"),
        ("1 kvartal", "2025-07-03T23:59:59+02:00"),
        ("2025-02-28", "2025-02-28T23:59:59+01:00"),  # an agreed date stands
    ],
)
def test_a_pause_prolongs(frist: str, expected: str) -> None:
    assert due(frist, "2025-02-24T12:00+01:00", DANISH, BERO) == expected


def test_a_pause_says_so_among_the_skipped_days() -> None:
    pause = (at("2025-02-28T09:00+01:00"), at("2025-03-03T00:00+01:00"))
    found = count(parse("1 hverdage"), when("2025-02-27"), DANISH, (pause,))
    assert [(gap.date.day, gap.why) for gap in found.skipped] == [
        (28, "i bero"),
        (1, "lørdag"),
        (2, "søndag"),
    ]
    assert [day.day for day in found.counted] == [3]  # the pause ended at midnight


def test_a_pause_within_one_day_costs_that_day_and_an_empty_one_nothing() -> None:
    start, noon = "2025-02-24T12:00+01:00", "2025-02-25T12:00+01:00"
    assert (
        due("1 dage", start, DANISH, (noon, "2025-02-25T12:01+01:00"))
        == "2025-02-26T23:59:59+01:00"
    )
    assert due("1 dage", start, DANISH, (noon, noon)) == "2025-02-25T23:59:59+01:00"


def test_an_open_pause_reaches_only_the_day_it_began() -> None:
    start = "2025-02-24T12:00+01:00"
    assert due("1 dage", start, DANISH, (BERO[0], None)) == "2025-02-26T23:59:59+01:00"
    assert due("24 timer", start, DANISH, (BERO[0], None)) == "2025-02-25T12:00:00+01:00"


def test_pauses_before_the_start_and_after_the_end_change_nothing() -> None:
    before = ("2025-02-01T09:00+01:00", "2025-02-03T09:00+01:00")
    after = ("2025-02-25T12:00+01:00", "2025-02-28T09:00+01:00")
    assert (
        due("24 timer", "2025-02-24T12:00+01:00", DANISH, before, after)
        == "2025-02-25T12:00:00+01:00"
    )


# ---- another calendar --------------------------------------------------------------------
def test_an_agreement_may_count_otherwise() -> None:
    own = Calendar.from_settings(
        {
            "loerdag_er_hverdag": True,
            "kvartal": "rullende",
            "lukkedage": {"12-24": "juleaftensdag"},
            "aabne_dage": ["01-01"],
            "lukkede_datoer": {"2025-10-13": "planlægningsdag", "2025-10-14": "planlægningsdag"},
        }
    )
    assert is_hverdag(date(2025, 3, 1), own)
    assert not is_hverdag(date(2025, 3, 2), own)
    assert is_hverdag(date(2025, 6, 5), own)
    assert is_hverdag(date(2026, 1, 1), own)
    assert why_closed(date(2025, 10, 13), own) == "planlægningsdag"
    assert due("1 kvartal", "2025-03-21T10:00+01:00", own) == "2025-06-21T23:59:59+02:00"
    assert Calendar.from_settings({}) == DANISH


@pytest.mark.parametrize(
    "settings",
    [{"tidszone": "Europa/København"}, {"kvartal": "måske"}, {"lukkedage": {"13-40": "x"}}, {"ukendt": 1},
     {"lukkede_datoer": {"2025-02-30": "x"}}, {"aabne_dage": ["i dag"]}, {"lukkedage": ["06-05"]},
     {"loerdag_er_hverdag": "nej"}, {"aabne_dage": 5}, {"lukkede_datoer": "x"}, {"tidszone": 3}],
)  # fmt: skip
def test_a_calendar_that_cannot_be_read_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(SettingInvalid, match=r"\[kalender\]"):
        Calendar.from_settings(settings)
