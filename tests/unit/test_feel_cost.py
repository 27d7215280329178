"""What a condition costs: the promise of `bench/feel.py`, held at each change."""

from __future__ import annotations

import pytest

from bench import feel


@pytest.mark.parametrize("name", feel.CONDITIONS)
def test_a_simple_condition_costs_at_most_thirty_lambdas(name: str) -> None:
    # Another process may take the processor in the middle: the best of three is what it costs.
    assert min(feel.compare(name)["feel ÷ lambda"] for _ in range(3)) <= feel.MOST
