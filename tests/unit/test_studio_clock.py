"""What a designer may write when time is to pass."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.calendar import DANISH, local
from engine.studio.clock import MomentTooFar, MomentUnclear, moment

#: The Tuesday before Easter 2024.
SINCE = datetime.fromisoformat("2024-03-26T10:15+01:00")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("3 hverdage", "2024-04-03T10:15:00+02:00"),
        ("1 hverdag", "2024-03-27T10:15:00+01:00"),
        ("24 timer", "2024-03-27T10:15:00+01:00"),
        ("2 uger", "2024-04-09T10:15:00+02:00"),
        (" 2  UGER ", "2024-04-09T10:15:00+02:00"),
        ("1 måned", "2024-04-26T10:15:00+02:00"),
        ("24.12.2026", "2026-12-24T08:00:00+01:00"),
        ("24.12.2026 kl. 10.30", "2026-12-24T10:30:00+01:00"),
        ("24. december 2026 kl. 10.30", "2026-12-24T10:30:00+01:00"),
        ("1. maj 2025", "2025-05-01T08:00:00+02:00"),
        ("2025-05-01", "2025-05-01T08:00:00+02:00"),
        ("2025-05-01T09:30", "2025-05-01T09:30:00+02:00"),
        ("1-5-2025 9:30", "2025-05-01T09:30:00+02:00"),
    ],
)
def test_time_passes_as_it_is_written(text: str, at: str) -> None:
    assert local(moment(text, SINCE, DANISH)) == at


@pytest.mark.parametrize(
    "text", ["", "snart", "31.2.2025", "1.13.2025", "8 dage før", "dato", "1.1.2025 kl. 25.00", "1. ma 2025", "x" * 500]
)  # fmt: skip
def test_what_is_no_moment_is_said_in_one_sentence(text: str) -> None:
    with pytest.raises(MomentUnclear, match="3 hverdage"):
        moment(text, SINCE, DANISH)


def test_nobody_plays_more_than_twenty_years_ahead() -> None:
    for text in ("1.1.2060", "600 måneder"):
        with pytest.raises(MomentTooFar):
            moment(text, SINCE, DANISH)
