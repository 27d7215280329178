"""The evaluator beside feelin, the browser's FEEL: they agree, or the difference has a row and its clause of DMN.

Runs in `make soak`, which installs feelin (tools/feelin).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine import feel
from engine.feel import temporal
from tests.property.feel_expressions import CONTEXT, expression
from tests.property.feelin_differences import DIFFERENCES, Disagreement, explained
from tests.seeds import fresh

FEELIN = Path(__file__).resolve().parents[2] / "tools" / "feelin"
HOW_MANY = 10_000 if os.environ.get("STAFET_SOAK") else 500
needs_feelin = pytest.mark.skipif(
    not (FEELIN / "node_modules").is_dir() or shutil.which("node") is None,
    reason="left out: feelin is not installed (make soak does: npm ci in tools/feelin)",
)


def browser(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What feelin answers to each text."""
    asked = list(dict.fromkeys(texts))
    lines = "".join(json.dumps({"expression": t, "context": CONTEXT}) + "\n" for t in asked)
    done = subprocess.run(
        ["node", "answer.mjs"], cwd=FEELIN, input=lines, capture_output=True, text=True, check=True
    )
    return dict(zip(asked, map(json.loads, done.stdout.splitlines()), strict=True))


def ours(text: str) -> tuple[Any, tuple[str, ...]]:
    """What we answer, as `answer.mjs` writes values, and our warnings."""
    value, warnings = feel.compile(text).evaluate_with_warnings(CONTEXT)
    return _plain(value), tuple(warnings)


def same(a: Any, b: Any) -> bool:
    """Whether two answers are alike; feelin's numbers are binary and have 15 digits."""
    if isinstance(a, float) and isinstance(b, int | float) and not isinstance(b, bool):
        return abs(a - b) <= 1e-9 * max(1.0, abs(a))
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and bool(a == b)


@needs_feelin
@pytest.mark.soak
@pytest.mark.parametrize("seed", ["fixed", str(fresh("feelin")[0])])
def test_random_expressions_have_the_browsers_value_or_a_row(seed: str) -> None:
    written = [expression(Random(f"{seed}-{nth}")) for nth in range(HOW_MANY)]
    theirs = browser(text for text, _ in written)
    differing = [parts for text, parts in written if not _agree(text, theirs)]
    theirs |= browser(part for parts in differing for part in parts)
    unexplained = []
    for parts in differing:
        # The smallest part on which they differ says what it is about.
        one = next(_disagreement(part, theirs) for part in parts if not _agree(part, theirs))
        if explained(one) is None:
            unexplained.append(one)
    assert unexplained == [], f"seed {seed}"
    assert len(differing) < HOW_MANY // 5, "most expressions must agree, or the rows hide too much"


@needs_feelin
@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row.what)
def test_a_row_is_as_it_says(row: Any) -> None:
    answer = browser([row.example])[row.example]
    assert same(ours(row.example)[0], _numbers(row.ours))
    assert same(_numbers(answer.get("value", answer)), _numbers(row.theirs))


def test_the_document_shows_every_row() -> None:
    page = (FEELIN.parents[1] / "docs" / "feel.md").read_text()
    for row in DIFFERENCES:
        assert f"| {row.what} | `{row.example}` | {row.clause} |" in page


def _agree(text: str, theirs: dict[str, dict[str, Any]]) -> bool:
    return "error" not in theirs[text] and same(ours(text)[0], theirs[text]["value"])


def _disagreement(text: str, theirs: dict[str, dict[str, Any]]) -> Disagreement:
    value, warnings = ours(text)
    return Disagreement(text, value, theirs[text].get("value", theirs[text]), warnings)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {"context": {key: _plain(one) for key, one in value.items()}}
    if isinstance(value, feel.Range):
        return {"range": [_plain(value.low), _plain(value.high), value.low_in, value.high_in]}
    if isinstance(value, date | time | timedelta | feel.Months):
        return {"iso": temporal.text_of(value)}
    return value if value is None or isinstance(value, bool | str) else {"function": True}


def _numbers(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
