"""Where feelin, the browser's FEEL, answers otherwise than the evaluator: what, the clause of DMN 1.5, and an example.

`explained` finds the row for a disagreement; one without a row is a mistake of ours, or a row to write.
docs/feel.md shows this table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The smallest part of an expression on which the two differ, with our warnings."""

    text: str
    ours: Any
    theirs: Any
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that feelin does otherwise; `example` gives `ours` here and `theirs` there."""

    what: str
    clause: str
    example: str
    ours: Any
    theirs: Any
    matches: Callable[[Disagreement], bool]


def _says(pattern: str) -> Callable[[Disagreement], bool]:
    """The text holds a construct that feelin lacks or reads otherwise."""
    found = re.compile(pattern)
    return lambda one: found.search(one.text) is not None


def _warns(pattern: str) -> Callable[[Disagreement], bool]:
    """We say why the value is null."""
    found = re.compile(pattern)
    return lambda one: any(found.search(warning) for warning in one.warnings)


DIFFERENCES = (
    Difference(
        "An exponent in a number is read as nothing.", "10.3.1.2, rule 37",
        "1e3", 1000, 1, _says(r"\b1e3\b"),
    ),
    Difference(
        "A text that is no number becomes 0 (“”) instead of null.", "10.3.4.1",
        'number("")', None, 0, _says(r'number\(""\)'),
    ),
    Difference(
        "A duration cannot be multiplied by a number.", "10.3.2.15, table 59",
        '@"P3DT4H" * 2', {"iso": "P6DT8H"}, None,
        lambda one: " * " in one.text and one.theirs is None and "P" in str(one.ours),
    ),
    Difference(
        "A duration cannot be negated.", "10.3.2.15, table 62; kit 0099",
        '-@"P1D"', {"iso": "-P1D"}, None,
        lambda one: re.search(r"-\(|-@", one.text) is not None and one.theirs is None and "P" in str(one.ours),
    ),
    Difference(
        "A date and a duration of hours make a date and time instead of a date.", "10.3.2.15, table 57",
        '@"2024-01-31" - @"PT90M"', {"iso": "2024-01-30"}, {"iso": "2024-01-30T22:30:00Z"},
        lambda one: re.search(r"T\d\d:\d\d:\d\dZ", str(one.theirs)) is not None
        or re.search(r"P(3D)?T.* instance of date", one.text) is not None
    ),
    Difference(
        "The function “trim” is missing.", "10.3.4.3",
        'trim(" a ")', "a", None, _says(r"\btrim\("),
    ),
    Difference(
        "A start position outside the text or list gives a rest instead of null.", "10.3.4.3, 10.3.4.4",
        'substring("a", 2)', None, "", _warns("start position lies outside"),
    ),
    Difference(
        "A group that the pattern does not have stays as it is written instead of being empty.", "10.3.4.3",
        'replace("a", "a", "<$1>")', "<>", "<$1>", _says(r"<\$1>"),
    ),
    Difference(
        "Values of different kinds, or null, are compared: false, an error or a guess instead of null.",
        "10.3.2.15, table 54",
        '"a" < 1', None, False,
        lambda one: _warns(r"cannot be (compared|ordered)")(one)
        or (one.ours is None and one.theirs is False and re.search(r" (in|=|!=) ", one.text) is not None)
        or "unsupported range" in str(one.theirs),
    ),
    Difference(
        "A condition that is neither true nor false counts as true.", "10.3.2.15, table 49",
        'if "Ida" then 1 else 2', 2, 1, _warns("is neither true nor false"),
    ),
    Difference(
        "The median sorts numbers as if they were texts.", "10.3.4.4",
        "median([10, 9, 1])", 9, 10, _says(r"\bmedian\("),
    ),
    Difference(
        "A range that ends before it begins holds what lies between.", "10.3.2.7",
        "1 in [2..1]", False, True, _says(r" in [\[(][^ ]*\.\.[^ ]*[\])]"),
    ),
    Difference(
        "“between” takes its ends in any order.", "10.3.2.15, table 55, rule 49.b",
        "3 between 5 and 1", False, True,
        lambda one: " between " in one.text and isinstance(one.ours, bool) and isinstance(one.theirs, bool),
    ),
    Difference(
        "“some” and “every” take null for false.", "10.3.2.15, table 49",
        "every x in [1] satisfies null", None, False,
        lambda one: re.search(r"\b(some|every) ", one.text) is not None
        and one.ours is None and isinstance(one.theirs, bool),
    ),
    Difference(
        "A duration minus a date is no number (NaN) instead of null.", "10.3.2.15, table 57",
        '@"P1D" - @"2024-01-31"', None, {"number": "NaN"}, lambda one: "NaN" in str(one.theirs),
    ),
    Difference(
        "Numbers are binary and have some 15 digits instead of 34.", "10.3.2.3.1",
        "modulo(3, 0.1)", 0, 0.1,
        lambda one: "modulo(" in one.text or re.search(r"\d\.\d{8}", str(one.ours)) is not None,
    ),
    Difference(
        "A date or duration inside a context or list is shown without the mark of a literal.", "10.3.4.1",
        'string([@"P1M"])', '[@"P1M"]', "[P1M]", lambda one: '@"' in str(one.ours),
    ),
)  # fmt: skip


def explained(one: Disagreement) -> Difference | None:
    """The row that says why the two differ."""
    return next((row for row in DIFFERENCES if row.matches(one)), None)
