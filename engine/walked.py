"""What a scenario that passes proves: who did what, which ways were taken, what was refused, which dates were asserted.

`Walked` is one play's, or many added up with `|`.  Every place is a (process, element) pair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Dated:
    """A deadline whose due moment and status an expectation named: the clause of its record, and its number."""

    place: Place
    clause: str
    frist: str
    local: bool


@dataclass(frozen=True, slots=True)
class Walked:
    """The evidence.  `acts` are what came about, each with the party whose lane it stood in.

    `ways` are flows that were taken and rules of tables that held, by process and id.  `refused` are the places whose
    answers were refused as the scenario said.  `answers` are the codes and truth values that a form was given.
    """

    acts: frozenset[tuple[Place, str]] = frozenset()
    ways: frozenset[tuple[str, str]] = frozenset()
    refused: frozenset[Place] = frozenset()
    dated: frozenset[Dated] = frozenset()
    answers: frozenset[tuple[Place, str, str | bool]] = frozenset()

    def __or__(self, other: Walked) -> Walked:
        return Walked.all((self, other))

    @classmethod
    def all(cls, each: Iterable[Walked]) -> Walked:
        """Everything that these prove together."""
        found = list(each)
        return cls(
            **{f.name: frozenset().union(*(getattr(w, f.name) for w in found)) for f in fields(cls)}
        )

    def shared(self) -> Walked:
        """What holds for every agreement: the ways, refusals and answers in shared parts, which are one drawing."""

        def common(process: str) -> bool:
            return process.startswith("faelles-")

        return Walked(
            ways=frozenset(way for way in self.ways if common(way[0])),
            refused=frozenset(place for place in self.refused if common(place[0])),
            answers=frozenset(answer for answer in self.answers if common(answer[0][0])),
        )

    @property
    def places(self) -> frozenset[Place]:
        """Where something came about."""
        return frozenset(place for place, _ in self.acts)
