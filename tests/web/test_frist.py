"""The words for time: what a nurse reads on the inbox around Easter 2024 and both clock changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from hypothesis import given
from hypothesis import strategies as st

from web import frist

APP = Flask(__name__)
Babel(APP, default_locale="da", default_timezone="Europe/Copenhagen")
#: Tuesday in Holy Week: Thursday, Friday and Monday are closed.
NOW = datetime(2024, 3, 26, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _danish() -> Iterator[None]:
    with APP.test_request_context(), force_locale("da"):
        yield


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("deadline", "state", "words"),
    [
        ({"due_at": "2024-03-26T23:59:59+01:00"}, "today", "I dag inden midnat"),
        ({"due_at": "2024-03-26T14:20:00+01:00", "frist": "24 timer"}, "today", "I dag kl. 14.20"),
        ({"due_at": "2024-03-27T23:59:59+01:00"}, "soon", "I morgen"),
        ({"due_at": "2024-04-03T23:59:59+02:00", "frist": "3 hverdage"}, "open", "Om 3 hverdage"),
        ({"due_at": "2024-04-03T23:59:59+02:00", "frist": "8 dage"}, "open", "Om 8 dage"),
        (
            {"due_at": "2024-04-09T23:59:59+02:00", "frist": "5 arbejdsdage"},
            "open",
            "Om 7 arbejdsdage",
        ),
        (
            {"due_at": "2024-03-25T23:59:59+01:00", "frist": "3 hverdage"},
            "over",
            "Overskredet med 1 hverdag",
        ),
        (
            {"due_at": "2024-03-23T23:59:59+01:00", "frist": "8 dage"},
            "over",
            "Overskredet med 3 dage",
        ),
        (
            {"due_at": "2024-03-26T08:00:00+01:00", "frist": "24 timer"},
            "over",
            "Overskredet med 2 timer",
        ),
        ({"due_at": "2024-04-03T23:59:59+02:00", "status": "cancelled"}, "cancelled", "Bortfaldet"),
        ({"due_at": None}, "none", "Ingen dato i aftalen"),
    ],
)
def test_a_chip_says_how_a_deadline_stands(
    deadline: dict[str, Any], state: str, words: str
) -> None:
    assert frist.chip(deadline, NOW) == frist.Chip(state, words)


def test_a_deadline_past_its_reminder_is_soon() -> None:
    deadline = {"due_at": "2024-04-05T23:59:59+02:00", "reminder_at": "2024-03-26T09:00:00+01:00"}
    assert frist.chip(deadline, NOW).state == "soon"


def test_a_pause_that_has_no_end_shows_since_when() -> None:
    deadline = {
        "due_at": "2024-04-03T23:59:59+02:00",
        "paused": [["2024-03-25T10:00:00+01:00", None]],
    }
    assert frist.chip(deadline, NOW) == frist.Chip("paused", "I bero siden 25. marts")


def test_what_is_done_says_when() -> None:
    done = {"due_at": "2024-04-03T23:59:59+02:00", "met_at": "2024-03-26T09:05:00+01:00"}
    assert frist.chip({**done, "status": "met"}, NOW).words == "Holdt i dag kl. 09.05"
    assert frist.chip({**done, "status": "late"}, NOW).words == "For sent, gjort i dag kl. 09.05"


def test_the_year_stands_there_only_where_it_is_another() -> None:
    assert frist.day(date(2024, 4, 2), NOW) == "tirsdag 2. april"
    assert frist.day(date(2025, 1, 2), NOW) == "torsdag 2. januar 2025"


def test_a_day_deadline_shows_no_clock_and_an_hour_deadline_does() -> None:
    assert frist.due(_at("2024-04-03T23:59:59+02:00"), NOW) == "onsdag 3. april"
    assert frist.due(_at("2024-04-03T10:15:00+02:00"), NOW) == "onsdag 3. april kl. 10.15"


def test_english_reads_as_english() -> None:
    with force_locale("en"):
        assert frist.due(_at("2024-04-03T23:59:59+02:00"), NOW) == "Wednesday 3 April"
        assert frist.bare_clock(_at("2024-04-03T10:15:00+02:00")) == "10:15"
    assert frist.bare_clock(_at("2024-04-03T10:15:00+02:00")) == "10.15"


def test_the_weeks_hold_each_day_from_start_to_due_and_say_why_easter_is_left_out() -> None:
    skipped = {
        date(2024, 3, 28): "skærtorsdag",
        date(2024, 3, 29): "langfredag",
        date(2024, 4, 1): "2. påskedag",
    }
    counted = [date(2024, 3, 27), date(2024, 4, 2), date(2024, 4, 3)]
    found = frist.weeks(
        counted, skipped, start=date(2024, 3, 26), end=date(2024, 4, 3), today=date(2024, 3, 26)
    )
    boxes = {box.date: box for week in found for box in week}
    assert len(found) == 2
    assert [boxes[at].number for at in counted] == [1, 2, 3]
    assert boxes[date(2024, 4, 3)].kind == "due"
    assert (boxes[date(2024, 3, 29)].kind, boxes[date(2024, 3, 29)].why) == (
        "skipped",
        "langfredag",
    )
    assert (boxes[date(2024, 3, 26)].kind, boxes[date(2024, 3, 26)].word) == ("anchor", "I dag")


@given(
    minutes=st.integers(-60 * 24 * 800, 60 * 24 * 800),
    text=st.sampled_from(["3 hverdage", "5 arbejdsdage", "24 timer", "8 dage", "1 måned"]),
)
def test_every_moment_has_words_and_the_right_side_of_now(minutes: int, text: str) -> None:
    with APP.test_request_context(), force_locale("da"):
        found = frist.chip({"due_at": NOW + timedelta(minutes=minutes), "frist": text}, NOW)
    assert found.words
    assert " 0 " not in found.words
    assert (found.state == "over") == (minutes < 0)
