"""Counting legal time: hverdage, dage, timer, uger, måneder, kvartaler, forwards and backwards.

`parse` reads the text of a deadline, `count` says when it falls, and names every day that was counted
or skipped, with the reason in Danish.  The rules are the readings R1 to R9 of the agreements: the day
after the trigger is day 1; day deadlines end 23:59:59; hours run in elapsed time, also over daylight
saving; pauses (bero) prolong.  Pure: what day it is today never matters here.

`days` knows which days are hverdage, `frist` the text, `counting` the rules.
"""

from engine.calendar.counting import IN_PAUSE, REMINDER, Count, Pause, Skipped, count
from engine.calendar.days import (
    CLOSED_DAYS,
    COPENHAGEN,
    DANISH,
    Calendar,
    day_of,
    hverdage_between,
    is_hverdag,
    local,
    midnight,
    next_hverdag,
    when,
    why_closed,
)
from engine.calendar.frist import Frist, Unit, parse

__all__ = [
    "CLOSED_DAYS", "COPENHAGEN", "DANISH", "IN_PAUSE", "REMINDER", "Calendar", "Count", "Frist", "Pause", "Skipped",
    "Unit", "count", "day_of", "hverdage_between", "is_hverdag", "local", "midnight", "next_hverdag", "parse", "when",
    "why_closed",
]  # fmt: skip
