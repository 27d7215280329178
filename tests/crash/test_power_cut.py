"""Cut the power at every write and every commit of a workload: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.crash.cut import cut, points
from tests.crash.ready import KEYS, Copies

SOAK = bool(os.environ.get("STAFET_SOAK"))
#: Every how-manieth point is cut in the ordinary suite; `make soak` cuts all of them.
STRIDE = 1 if SOAK else 5


def test_whoever_cuts_the_power_finds_no_half_truth(
    copies: Copies, capsys: pytest.CaptureFixture[str]
) -> None:
    names, expected = points(copies(), KEYS)
    assert expected["exit"] == 0
    assert expected["broken"] is None
    assert expected["completed twice"] == 0
    assert expected["history"]["fired accept_mangler"] >= 1, "the workload never waited"
    chosen = range(1, len(names) + 1, STRIDE)
    for number in chosen:
        died, found = cut(copies(), KEYS, number)
        assert died, f"point {number} ({names[number - 1]}) was never reached"
        assert found == expected, f"after a cut at point {number} ({names[number - 1]})"
    with capsys.disabled():
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(Counter(names).items()))
        print(f"\n{len(chosen)} of {len(names)} points cut: {kinds}")  # noqa: T201
