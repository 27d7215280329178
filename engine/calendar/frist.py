"""The text of a deadline: `3 hverdage`, `24 timer`, `8 dage før`, a date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from engine.errors import FristInvalid

Unit = Literal[
    "hverdage", "arbejdsdage", "dage", "timer", "uger", "måneder", "kvartal", "dato", "top"
]
#: Longer than any agreement asks for; keeps arithmetic inside the calendar.
MOST = {"timer": 24 * 366, "top": 24 * 366, "måneder": 600, "kvartal": 200, "uger": 2_600}
MOST_DAYS = 10_000

_UNITS: dict[str, Unit] = {
    "hverdag": "hverdage", "hverdage": "hverdage",
    "arbejdsdag": "arbejdsdage", "arbejdsdage": "arbejdsdage",
    "dag": "dage", "dage": "dage", "kalenderdage": "dage",
    "time": "timer", "timer": "timer",
    "uge": "uger", "uger": "uger",
    "måned": "måneder", "måneder": "måneder", "maaneder": "måneder", "maaned": "måneder",
    "kvartal": "kvartal", "kvartaler": "kvartal",
}  # fmt: skip
_TEXT = re.compile(
    r"(?:inden(?: for)? |senest )?(?:(?P<amount>\d{1,6}) )?(?P<unit>[a-zæøå]+)(?P<before> før)?"
)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TOP = re.compile(
    r"(?:inden(?: for)? )?(?P<amount>\d{1,6}) timer(?: -|,)? eller førstkommende hverdag"
)


@dataclass(frozen=True, slots=True)
class Frist:
    """A deadline as text says it: how much of what, and which way it is counted.

    For `dato` the amount is the agreed date's ordinal, or 0 where the start itself is that date (R9).
    """

    amount: int
    unit: Unit
    direction: Literal["within", "before"] = "within"

    def __str__(self) -> str:
        if self.unit == "dato":
            return date.fromordinal(self.amount).isoformat() if self.amount else "dato"
        if self.unit == "top":
            return f"{self.amount} timer eller førstkommende hverdag"
        return f"{self.amount} {self.unit}{' før' if self.direction == 'before' else ''}"

    @property
    def in_days(self) -> bool:
        """Whether it ends at the end of a day (and not at a minute)."""
        return self.unit not in ("timer", "top")

    @property
    def needs_date(self) -> bool:
        """Whether the start must be the agreed date itself (`dato`)."""
        return self.unit == "dato" and not self.amount


def parse(text: str) -> Frist:
    """Read `3 hverdage`, `24 timer`, `8 dage før`, `1 kvartal`, `2026-12-01`, `dato`; raises `FristInvalid`."""
    plain = " ".join(str(text).lower().split())
    if _ISO_DATE.fullmatch(plain):
        try:
            return Frist(date.fromisoformat(plain).toordinal(), "dato")
        except ValueError as exc:
            raise FristInvalid(f"The date {plain} does not exist.") from exc
    if found := _TOP.fullmatch(plain):
        return _bounded(Frist(int(found["amount"]), "top"), text)
    found = _TEXT.fullmatch(plain)
    if found and found["unit"] == "dato" and not found["amount"] and not found["before"]:
        return Frist(0, "dato")
    unit = _UNITS.get(found["unit"]) if found else None
    if found is None or unit is None or (found["amount"] is None and unit != "kvartal"):
        raise FristInvalid(
            f"“{str(text)[:60]}” is not a deadline. Write for example “3 hverdage”, “24 timer” or “8 dage før”."
        )
    amount = int(found["amount"] or 1)
    return _bounded(Frist(amount, unit, "before" if found["before"] else "within"), text)


def _bounded(frist: Frist, text: str) -> Frist:
    if frist.amount == 0 and frist.unit not in ("dage", "dato"):
        raise FristInvalid(f"“{str(text)[:60]}” asks for nothing; “0 dage” means the same day.")
    if frist.unit != "dato" and frist.amount > MOST.get(frist.unit, MOST_DAYS):
        raise FristInvalid(f"“{str(text)[:60]}” is longer than any deadline can be.")
    return frist
