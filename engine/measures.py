"""What Stafet measures of itself while it works: seconds, told to whoever listens in this process.

    measures.tell("step", "completed", 0.012)

The engine knows no metrics; `stafet/metrics.py` listens.  Names and codes only, never ids or words of people.
"""

from __future__ import annotations

from collections.abc import Callable

#: What is told, and what `of` is: a step (what happened), a job's lateness (its kind).
NAMES = ("step", "late")

Hear = Callable[[str, str, float], None]
_listening: list[Hear] = []


def listen(hear: Hear) -> None:
    """Call `hear(name, of, seconds)` for everything that is told from now on."""
    _listening.append(hear)


def tell(name: str, of: str, seconds: float) -> None:
    """Say how long something took."""
    for hear in _listening:
        hear(name, of, seconds)
