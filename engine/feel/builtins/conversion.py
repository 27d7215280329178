"""`number`, `not`, `is`: between types and about them (DMN 10.3.4.1, 10.3.4.2, 10.3.4.11)."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.compare import equal
from engine.feel.temporal import text_of
from engine.feel.values import NUMBERS, Run, Wrong, kind, number, shortened

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@builtin("number", "from: string|number")
def _number(run: Run, given: Any) -> Any:
    return given if not isinstance(given, str) else _read(given)


@builtin("number", "from: string, grouping separator: string~, decimal separator: string~")
def _number_of(run: Run, given: str, grouping: str | None, point: str | None) -> Any:
    if grouping not in (None, " ", ".", ",") or point not in (None, ".", ","):
        raise Wrong("a separator is a space, a point or a comma.")
    if grouping == point and grouping is not None:
        raise Wrong("the separators are the same.")
    if grouping:
        given = given.replace(grouping, "")
    if point and point != ".":
        if "." in given:
            raise Wrong(f"“{shortened(given)}” is no number.")
        given = given.replace(point, ".")
    return _read(given)


def _read(text: str) -> Any:
    if not _NUMBER.fullmatch(text):
        raise Wrong(f"“{shortened(text)}” is no number.")
    return number(NUMBERS.create_decimal(text))


@builtin("not", "negand: any~")
def _not(run: Run, negand: Any) -> Any:
    if isinstance(negand, list) and len(negand) == 1:
        negand = negand[0]
    return not negand if isinstance(negand, bool) else None


@builtin("is", "value1: any?~, value2: any?~")
def _is(run: Run, a: Any, b: Any) -> Any:
    if kind(a) != kind(b):
        return False
    if isinstance(a, time | datetime):
        # The same moment in another zone is equal, but it is another value.
        return text_of(a) == text_of(b)
    return bool(equal(run, a, b))
