"""Whatever is written as FEEL: a value, or a refusal by name; soon."""

from __future__ import annotations

import json
import os
from datetime import date, datetime, timedelta
from random import Random
from time import process_time

import pytest

from engine import feel
from engine.errors import ExpressionInvalid, ExpressionTooCostly
from engine.feel.builtins import BUILTINS
from tests.property.feel_expressions import nonsense
from tests.seeds import fresh

HOW_MANY = 20_000 if os.environ.get("STAFET_SOAK") else 400
FUNCTIONS = sorted(BUILTINS)
CONTEXT = {
    "a": 5, "b": "tekst", "xs": [1, 2, 3, None, "x", [1, [2]]], "p": {"q": date(2024, 1, 1), "x y": True},
    "x y": timedelta(1), "?": 3, "f": float("nan"), "d": datetime(9999, 12, 31),  # noqa: DTZ001 (a wall clock, as a form gives it)
     "host": lambda x: x,
}  # fmt: skip
#: No text of that length may keep a processor busy longer; the machines are slow and shared.
MOST_SECONDS = 5.0


@pytest.mark.parametrize("seed", ["fixed", str(fresh("feel")[0])])
def test_any_text_has_a_value_or_a_refusal_by_name(seed: str) -> None:
    for nth in range(HOW_MANY):
        text = nonsense(Random(f"{seed}-{nth}"), FUNCTIONS)
        for compiled in (feel.compile, feel.compile_unary):
            began = process_time()
            try:
                value, _ = compiled(text, frozenset({"x y", "b c"})).evaluate_with_warnings(CONTEXT)
                json.dumps(feel.to_json(value))
            except (ExpressionInvalid, ExpressionTooCostly):
                pass
            except Exception as exc:
                raise AssertionError(f"seed {seed}-{nth}: {text!r}") from exc
            assert process_time() - began < MOST_SECONDS, f"seed {seed}-{nth}: {text!r}"
