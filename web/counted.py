"""How a deadline was counted, ready to show: the sentence, the weeks with their boxes, the days left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask_babel import gettext as _

from engine.calendar import Calendar, count, parse
from web import frist

#: More weeks than this tell nobody anything; the sentence and the end are enough.
_MOST_WEEKS = 6


@dataclass(frozen=True, slots=True)
class Counted:
    """What `counted_days` in `_macros.html` shows."""

    sentence: str
    weeks: list[list[frist.Day]]
    skipped: str
    ends: str


def counted(deadline: Mapping[str, Any], calendar: Calendar, now: datetime) -> Counted | None:
    """Count the deadline again, as the engine did; None where it hangs on nothing that can be counted."""
    start, ends = frist.moment(deadline.get("started_at")), frist.moment(deadline.get("due_at"))
    if start is None or ends is None:
        return None
    wanted = parse(deadline["frist"])
    base = frist.moment(deadline.get("from_at")) or start
    paused = tuple((frist.moment(a), frist.moment(b)) for a, b in deadline.get("paused") or ())
    found = count(wanted, base, calendar, paused)
    if found.due != ends:
        # The day it counts from has moved since; a picture of other days would be a lie.
        return Counted(_sentence(deadline["frist"], start, now), [], "", _ends(deadline, now))
    skipped = {gap.date: gap.why for gap in found.skipped}
    boxes = frist.weeks(
        found.counted,
        skipped,
        start=base.astimezone(frist.HOME).date(),
        end=found.due.astimezone(frist.HOME).date(),
        today=now.astimezone(frist.HOME).date(),
    )
    return Counted(
        _sentence(deadline["frist"], base, now),
        boxes if found.counted and len(boxes) <= _MOST_WEEKS else [],
        skipped_words(sorted(skipped.items()), now),
        _ends(deadline, now),
    )


def skipped_words(skipped: Sequence[tuple[date, str]], now: datetime) -> str:
    """`lørdag 30. marts og søndag 31. marts (weekend), mandag 1. april (2. påskedag)`."""
    parts = []
    for why, days in groupby(skipped, key=lambda gap: _reason(gap[1])):
        named = [frist.day(at, now) for at, _why in days]
        listed = (
            named[0]
            if len(named) == 1
            else _("%(first)s og %(last)s", first=", ".join(named[:-1]), last=named[-1])
        )
        parts.append(f"{listed} ({why})")
    return ", ".join(parts)


def _reason(why: str) -> str:
    # `lørdag 30. marts (lørdag)` would explain nothing.
    return _("weekend") if why in ("lørdag", "søndag") else why


def _sentence(text: str, start: datetime, now: datetime) -> str:
    if text.endswith(("før", "inden")):
        return _("%(frist)s %(day)s.", frist=text, day=frist.day(start, now))
    return _("%(frist)s fra %(when)s.", frist=text, when=frist.day_and_clock(start, now))


def _ends(deadline: Mapping[str, Any], now: datetime) -> str:
    ends, reminder = frist.moment(deadline["due_at"]), frist.moment(deadline.get("reminder_at"))
    assert ends is not None
    last = _(
        "Sidste øjeblik er %(day)s %(clock)s.", day=frist.day(ends, now), clock=frist.clock(ends)
    )
    if reminder is None:
        return last
    when = _("Påmindelsen kommer %(when)s.", when=frist.day_and_clock(reminder, now))
    if now >= reminder:
        when = _("Påmindelsen kom %(when)s.", when=frist.day_and_clock(reminder, now))
    return f"{last} {when}"
