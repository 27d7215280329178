"""FEEL beside Python: what a compiled condition costs, against the same condition as a Python lambda.

Figures are times the lambda's cost (at most 30 is the promise).  What SpiffWorkflow's own Python expressions
cost, which diagrams would run without us, is measured in the same run.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from typing import Any

from SpiffWorkflow.bpmn.script_engine import TaskDataEnvironment

from engine import feel

CONTEXT: dict[str, Any] = {"dage": 3, "accept": True, "type": "A", "svar": [True, True, False]}
#: FEEL, what SpiffWorkflow would be given, and the lambda.
CONDITIONS: dict[str, tuple[str, str, Callable[[dict[str, Any]], Any]]] = {
    "a flag": ("accept = true", "accept == True", lambda c: c["accept"] is True),
    "two tests": (
        'dage > 2 and type = "A"',
        "dage > 2 and type == 'A'",
        lambda c: c["dage"] > 2 and c["type"] == "A",
    ),
    "a range": ("dage in [1..5]", "1 <= dage <= 5", lambda c: 1 <= c["dage"] <= 5),
    "all of a list": (
        "every s in svar satisfies s",
        "all(s for s in svar)",
        lambda c: all(s for s in c["svar"]),
    ),
}
MOST = 30
_NUMBER = 2_000
_ROUNDS = 15


def run() -> dict[str, Any]:
    """The figures by condition, and what compiling one costs."""
    figures: dict[str, Any] = {name: compare(name) for name in CONDITIONS}
    texts = [f"{CONDITIONS['two tests'][0]} and dage < {n}" for n in range(50)]
    compiling = timeit.timeit(lambda: [feel.compile(text) for text in texts], number=1) / 50
    figures["compiling, milliseconds (once per version)"] = round(compiling * 1e3, 2)
    figures["most (feel ÷ lambda)"] = MOST
    figures["ok"] = all(
        compared["feel ÷ lambda"] <= MOST for compared in list(figures.values())[: len(CONDITIONS)]
    )
    return figures


def compare(name: str) -> dict[str, float]:
    """One condition three ways, in turns, so that a busy machine slows all of them."""
    text, code, plain = CONDITIONS[name]
    expression, python = feel.compile(text), TaskDataEnvironment()
    ways: list[tuple[Callable[[], Any], int]] = [
        (lambda: plain(CONTEXT), _NUMBER),
        (lambda: expression.evaluate(CONTEXT), _NUMBER),
        (lambda: python.evaluate(code, CONTEXT), _NUMBER // 10),
    ]
    best = [float("inf")] * len(ways)
    for _ in range(_ROUNDS):
        for nth, (work, number) in enumerate(ways):
            best[nth] = min(best[nth], timeit.timeit(work, number=number) / number)
    base, ours, theirs = best
    return {
        "feel ÷ lambda": round(ours / base, 1),
        "SpiffWorkflow's Python ÷ lambda": round(theirs / base, 1),
        "lambda, microseconds": round(base * 1e6, 2),
    }
