"""How a deadline was counted, ready to show: the sentence, the weeks with their boxes, the days left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from engine.calendar import COPENHAGEN, DANISH, Calendar, Count, count, parse
from web import frist
from web.words import _

#: More weeks than this tell nobody anything; the sentence and the end are enough.
_MOST_WEEKS = 6
#: So many days are drawn in a line of a list.
_MOST_DAYS = 14


@dataclass(frozen=True, slots=True)
class Counted:
    """What `counted_days` in `_macros.html` shows."""

    sentence: str
    weeks: list[list[frist.Day]]
    skipped: str
    ends: str


#: As a deadline is written whose date was agreed: nothing is counted.
_AGREED = "dato"


def counted(deadline: Mapping[str, Any], calendar: Calendar, now: datetime) -> Counted | None:
    """Count the deadline again, as the engine did; None where it hangs on nothing that can be counted."""
    start, ends = frist.moment(deadline.get("started_at")), frist.moment(deadline.get("due_at"))
    if start is None or ends is None:
        return None
    told = sentence(deadline, now)
    found = _again(deadline, calendar)
    if found is None:
        return Counted(told, [], "", _ends(deadline, now))
    skipped = {gap.date: gap.why for gap in found.skipped}
    boxes = frist.weeks(
        found.counted,
        skipped,
        start=start.astimezone(COPENHAGEN).date(),
        end=found.due.astimezone(COPENHAGEN).date(),
        today=now.astimezone(COPENHAGEN).date(),
    )
    return Counted(
        told,
        boxes
        if found.counted and len(boxes) <= _MOST_WEEKS and deadline.get("frist") != _AGREED
        else [],
        skipped_words(sorted(skipped.items()), now),
        _ends(deadline, now),
    )


def sentence(deadline: Mapping[str, Any], now: datetime) -> str:
    """`3 hverdage fra tirsdag 26. marts kl. 10.15`; "" where nothing was counted."""
    start, text = frist.moment(deadline.get("started_at")), deadline.get("frist") or ""
    if start is None or not text:
        return ""
    if text == _AGREED:
        return _("Datoen er aftalt: %(day)s.", day=frist.day(start, now))
    if text.endswith(("før", "inden")):
        return _("%(frist)s %(day)s.", frist=frist.spoken(text), day=frist.day(start, now))
    return _(
        "%(frist)s fra %(when)s.", frist=frist.spoken(text), when=frist.day_and_clock(start, now)
    )


def line(deadline: Mapping[str, Any], now: datetime) -> list[str]:
    """The days of a deadline in one line, for the eye only: `gone`, `left` and `skip`; [] where a line says nothing."""
    found = _again(deadline, DANISH) if deadline.get("frist") and deadline.get("due_at") else None
    if found is None or not found.counted:
        return []
    skipped = {gap.date for gap in found.skipped}
    first, last = min(found.counted), max(found.counted)
    if (last - first).days >= _MOST_DAYS:
        return []
    today = now.astimezone(COPENHAGEN).date()
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    return ["skip" if at in skipped else "gone" if at <= today else "left" for at in days]


def _again(deadline: Mapping[str, Any], calendar: Calendar) -> Count | None:
    """The same count; None where the days were others: a picture of them would be a lie."""
    start, ends = frist.moment(deadline.get("started_at")), frist.moment(deadline.get("due_at"))
    if start is None or ends is None:
        return None
    paused = tuple((frist.moment(a), frist.moment(b)) for a, b in deadline.get("paused") or ())
    found = count(parse(deadline["frist"]), start, calendar, paused)  # type: ignore[arg-type]
    return found if found.due == ends else None


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
