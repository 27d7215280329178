"""The gate: on what basis something may leave a party, or that it may not.

A message from one unit to another needs a consent that covers the receiving party, or a legal basis that
somebody noted.  A refusal closes what was consented to before it, never a legal basis.  What finds no basis is
kept, and not delivered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from engine.tables import consent

#: The basis of what a unit tells itself.
INSIDE = "inden for enheden"
#: The basis of made-up citizens (CONTRACT: demo citizens have given their consent).
MADE_UP = "samtykke (opdigtet borger)"


@dataclass(frozen=True, slots=True)
class Consent:
    """One row of `consent`; `parties` empty: all parties of the case."""

    kind: str
    basis: str
    parties: frozenset[str]
    given_at: datetime

    def covers(self, party: str) -> bool:
        """Whether this row says anything about telling that party."""
        return not self.parties or party in self.parties


def in_force(now: datetime) -> ColumnElement[bool]:
    """Which rows of `consent` count at this moment."""
    return and_(
        consent.c.given_at <= now,
        consent.c.withdrawn_at.is_(None),
        or_(consent.c.valid_to.is_(None), consent.c.valid_to > now),
    )


def basis(consents: Iterable[Consent], party: str) -> str | None:
    """On what basis that party may be told; None where there is none.  `consents` are those in force."""
    about = [each for each in consents if each.covers(party)]
    for each in about:
        if each.kind == "hjemmel":
            return each.basis
    said = sorted((each for each in about if each.kind != "hjemmel"), key=lambda c: c.given_at)
    return said[-1].basis if said and said[-1].kind == "samtykke" else None
