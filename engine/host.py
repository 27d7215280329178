"""What expressions may use besides the standard: the moment, the calendar, the parties of the case.

    Host(agreement.calendar, now, parties, agreement.parameters)["frist"]

The evaluator has no clock and no calendar (`engine/feel/`), so they come in here, bound to one moment.  The functions
take dates, moments or ISO text; what cannot be counted is null with the reason as a warning.  For designers they
stand in docs/designers.md, chapter FEEL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.calendar import (
    Calendar,
    count,
    hverdage_between,
    is_hverdag,
    next_hverdag,
    parse,
    when,
)
from engine.errors import FristInvalid
from engine.feel.values import Function, Run, Wrong, bind

#: Ordinary working hours where the agreement's parameters do not say (`arbejdstid_fra`, `arbejdstid_til`).
WORKING_HOURS = (8, 16)
#: Further apart, days are not counted one by one.
_MOST_DAYS = 3_660
#: What one call costs at least, in steps of the evaluation.
_CALL = 10


@dataclass(frozen=True, slots=True)
class Host(Mapping[str, Any]):
    """The names that a host gives to an expression at one moment, by name."""

    calendar: Calendar
    now: datetime
    parties: Sequence[str] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name == "sagens_parter":
            return list(self.parties)
        parameters, needed, work = _FUNCTIONS[name]

        def call(run: Run, values: list[Any], named: dict[str, Any] | None) -> Any:
            run.spend(_CALL)
            given = bind(parameters, values, named, needed)
            told = parameters[: len(values)] if named is None else tuple(named)
            try:
                return work(
                    self, run, {p: v for p, v in zip(parameters, given, strict=True) if p in told}
                )
            except FristInvalid as exc:
                raise Wrong(exc.sentence) from None
            except OverflowError:
                raise Wrong("that leaves the calendar.") from None

        return Function(name, call, parameters)

    def __iter__(self) -> Iterator[str]:
        return iter((*_FUNCTIONS, "sagens_parter"))

    def __len__(self) -> int:
        return len(_FUNCTIONS) + 1

    def local(self) -> datetime:
        """The moment in the calendar's time zone."""
        return self.now.astimezone(self.calendar.timezone)

    def moment(self, value: Any) -> datetime:
        """A date, moment or ISO text as a moment there; raises Wrong, FristInvalid."""
        if value is None:
            raise Wrong("there is no date: null.")
        if not isinstance(value, date | str):
            raise Wrong("a date, a date and time or their text was expected.")
        return when(value, self.calendar)


Given = Mapping[str, Any]


def _now(host: Host, run: Run, given: Given) -> datetime:
    return host.local()


def _today(host: Host, run: Run, given: Given) -> date:
    return host.local().date()


def _frist(host: Host, run: Run, given: Given) -> datetime:
    if not isinstance(given["tekst"], str):
        raise Wrong("a deadline is a text such as “3 hverdage”.")
    start = host.moment(given.get("fra", host.now))
    counted = count(parse(given["tekst"]), start, host.calendar)
    run.spend(len(counted.counted) + len(counted.skipped))
    return counted.due


def _hverdag(host: Host, run: Run, given: Given) -> bool:
    return is_hverdag(host.moment(given["dag"]).date(), host.calendar)


def _next_hverdag(host: Host, run: Run, given: Given) -> date:
    return next_hverdag(host.moment(given["dag"]).date(), host.calendar)


def _hverdage(host: Host, run: Run, given: Given) -> Decimal:
    start, end = host.moment(given["fra"]).date(), host.moment(given["til"]).date()
    apart = abs(end - start)
    if apart > timedelta(_MOST_DAYS):
        raise Wrong(f"the days lie more than {_MOST_DAYS} days apart.")
    run.spend(apart.days)
    return Decimal(hverdage_between(start, end, host.calendar))


def _working_hours(host: Host, run: Run, given: Given) -> bool:
    at = host.moment(given.get("tidspunkt", host.now))
    begins, ends = (
        _clock(host.parameters.get(name, usual))
        for name, usual in zip(("arbejdstid_fra", "arbejdstid_til"), WORKING_HOURS, strict=True)
    )
    return is_hverdag(at.date(), host.calendar) and begins <= at.time() < ends


def _clock(hours: Any) -> time:
    if (
        isinstance(hours, bool)
        or not isinstance(hours, int | float | Decimal)
        or not 0 <= hours < 24
    ):
        raise Wrong(
            "“arbejdstid_fra” and “arbejdstid_til” are hours from 0 to 24, such as 8 or 15.5."
        )
    minutes = int(hours * 60)
    return time(minutes // 60, minutes % 60)


#: By name: the parameters, how many of them are needed, and what the function does.
_FUNCTIONS: dict[str, tuple[tuple[str, ...], int, Callable[[Host, Run, Given], Any]]] = {
    "now": ((), 0, _now),
    "today": ((), 0, _today),
    "frist": (("tekst", "fra"), 1, _frist),
    "hverdag": (("dag",), 1, _hverdag),
    "naeste_hverdag": (("dag",), 1, _next_hverdag),
    "hverdage_mellem": (("fra", "til"), 2, _hverdage),
    "arbejdstid": (("tidspunkt",), 0, _working_hours),
}
#: Every name that a host gives.
NAMES = frozenset((*_FUNCTIONS, "sagens_parter"))
