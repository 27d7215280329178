"""Which agreement fits a citizen: the gate that a new case passes (the agreement's `grundlag/`).

`grundlag.dmn` decides from the citizen's age, municipality and the answers to `grundlag.form`; what is not answered
turns nobody away.  Pure: settings and values in, an `Admission` out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from engine import decisions
from engine.errors import CitizenTooYoung, Invalid, OtherRegion, OutsideTargetGroup
from engine.model import Json

#: The decision, and the key of an agreement's settings that holds `{dmn, form}`.
NAME = "grundlag"
#: What the decision can come to beside `startet`, with the refusal and the field that it stands by.
REFUSALS: Mapping[str, tuple[type[Invalid], str]] = {
    "under_18": (CitizenTooYoung, "citizen.cpr"),
    "anden_region": (OtherRegion, "basis.kommune"),
    "ikke_maalgruppe": (OutsideTargetGroup, "basis"),
}


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether the agreement takes the citizen; why not and the way on, in the designers' words.

    `pathway` is the slug that fits where the citizen is, or ''; `rules` are those of the table that held.
    """

    outcome: str
    why: str = ""
    onward: str = ""
    pathway: str = ""
    rules: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the case must not be opened."""
        return self.outcome in REFUSALS

    def refusal(self, fits: tuple[str, ...] = ()) -> Invalid:
        """The refusal as an error; `fits` are the agreements that would take the citizen."""
        kind, field = REFUSALS[self.outcome]
        return kind(fields={field: f"{self.why} {self.onward}".strip()}, fits=list(fits))


def admit(settings: Mapping[str, Any], born: date, answers: Json, today: date) -> Admission:
    """What the agreement's gate says; one without a gate takes everybody."""
    gate = settings.get(NAME)
    if not gate:
        return Admission("startet")
    return ask(gate["dmn"], {**answers, "alder": age(born, today)})


def ask(dmn: str, inputs: Json) -> Admission:
    """The table's answer for an age and answers."""
    decided = _loaded(dmn).decide(NAME, inputs)
    found = decided.value if isinstance(decided.value, dict) else {}
    if decided.errors or "udfald" not in found:
        # A broken table is the designer's; it must not turn citizens away.
        return Admission("startet", rules=decided.rules)
    outcome, why, onward, fits = (
        str(found.get(name) or "") for name in ("udfald", "begrundelse", "videre", "forloeb")
    )
    return Admission(outcome, why, onward, fits, decided.rules)


def rules(dmn: str) -> tuple[str, ...]:
    """The ids of the gate's rules."""
    return _loaded(dmn).rules(NAME)


def form(settings: Mapping[str, Any]) -> Json | None:
    """The questions that the agreement asks when a case is opened."""
    gate = settings.get(NAME) or {}
    found: Json | None = gate.get("form")
    return found


def age(born: date, today: date) -> int:
    """Whole years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


@lru_cache(maxsize=16)
def _loaded(dmn: str) -> decisions.Decisions:
    return decisions.load(dmn)
