"""The gate: on what basis something may leave a party, or that it may not.  Pure.

A message from one unit to another needs a consent that covers the receiving party, or a legal basis that somebody
noted.  What was said last about a party counts: a refusal or a withdrawal closes what was consented to before it,
never a legal basis.  What finds no basis is held, not delivered, until there is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.model import Grounds

#: The basis of what a unit tells itself.
INSIDE = "inden for enheden"
#: The basis of made-up citizens (CONTRACT: demo citizens have given their consent).
MADE_UP = "samtykke (opdigtet borger)"
#: The basis on a case that is about nobody but the agreement.
NOBODY = "sagen handler om aftalen, ikke om en borger"
#: What a diagram may note with `stafet:grundlag`.
KINDS = ("samtykke", "hjemmel", "afslag", "trukket")


@dataclass(frozen=True, slots=True)
class Consent:
    """Something that was said of sharing; `kind` samtykke, hjemmel or afslag.  `parties` empty: all of the case."""

    kind: str
    basis: str
    parties: frozenset[str]
    given_at: datetime
    until: datetime | None = None
    by: str = ""  # one of `engine.model.GIVERS`

    def covers(self, party: str) -> bool:
        """Whether this says anything about telling that party."""
        return not self.parties or party in self.parties


def basis(consents: Iterable[Consent], party: str) -> str | None:
    """On what basis that party may be told; None where there is none.  `consents` are those in force, oldest first."""
    about = [each for each in consents if each.covers(party)]
    for each in about:
        if each.kind == "hjemmel":
            return each.basis
    # Sorting keeps the order of those that were said at the same moment.
    said = sorted((each for each in about if each.kind != "hjemmel"), key=lambda c: c.given_at)
    return said[-1].basis if said and said[-1].kind == "samtykke" else None


def noted(it: Grounds, now: datetime) -> Consent:
    """What a diagram noted: a withdrawal is a refusal from now on."""
    kind = "afslag" if it.kind == "trukket" else it.kind
    return Consent(kind, it.text or it.kind, frozenset(it.parties), now, it.until, it.by)
