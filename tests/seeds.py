"""Seeds for random tests: fixed ones that never change, and fresh ones for each run.

All workers of a run draw the same fresh ones, from `STAFET_SEED` (made anew where it is not set, and said in the
suite's last lines): a failure is had again with `STAFET_SEED=… make test`, or by the seed in the test's own name.
"""

from __future__ import annotations

import os
import random

NAME = "STAFET_SEED"


def run_seed() -> str:
    """This run's seed; the first process to ask makes it, and its workers inherit it."""
    return os.environ.setdefault(NAME, str(random.SystemRandom().randrange(10**9)))


def fresh(purpose: str, number: int = 1) -> list[int]:
    """So many seeds of this run for a purpose of that name."""
    return random.Random(f"{run_seed()}/{purpose}").sample(range(10**9), number)
