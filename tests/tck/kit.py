"""The DMN conformance kit (dmn-tck/tck): its cases, and what the engine answers to each.

The kit is not part of the project; it is read from `../shared/corpus/dmn-tck` where that is there.
`python -m tests.tck.kit` prints the figures and every miss.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from engine import decisions, feel
from engine.decisions import Decisions
from engine.errors import StafetError
from engine.feel import temporal

KIT = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "dmn-tck"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True, slots=True)
class Case:
    """One expected result."""

    name: str
    ok: bool
    expected: Any
    got: Any
    errors: tuple[str, ...]


def cases(level: int) -> Iterator[Case]:
    """Every result of a level, in the kit's order."""
    for folder in sorted((KIT / f"compliance-level-{level}").iterdir()):
        for file in sorted(folder.glob("*.xml")):
            yield from _file(file)


def _file(file: Path) -> Iterator[Case]:
    root = etree.parse(file).getroot()
    model = next((e.text for e in root if _local(e) == "modelName"), "") or ""
    main = file.parent / model.strip()
    others = sorted(p for p in file.parent.glob("*.dmn") if p != main)
    try:
        # Files that are imported by others come first.
        loaded = decisions.load(main.read_bytes(), [p.read_bytes() for p in reversed(others)])
    except StafetError as exc:
        loaded = None
        reason = exc.sentence
    for case in (e for e in root if _local(e) == "testCase"):
        inputs = {e.get("name"): _value(e) for e in case if _local(e) == "inputNode"}
        for node in (e for e in case if _local(e) == "resultNode"):
            name = f"{file.stem}/{case.get('id')}/{node.get('name')}"
            expected = next((_value(e) for e in node if _local(e) == "expected"), None)
            if loaded is None:
                yield Case(name, False, expected, None, (reason,))
            else:
                yield _result(name, loaded, case, node.get("name"), inputs, expected)


def _result(
    name: str, loaded: Decisions, case: Any, asked: str, inputs: dict[str, Any], expected: Any
) -> Case:
    try:
        invoked = case.get("invocableName")
        # The evaluator has no clock; the kit asks for one.
        clock = {"now": lambda: datetime(2024, 1, 1, tzinfo=UTC), "today": lambda: date(2024, 1, 1)}
        decided = loaded.decide(invoked or asked, {**clock, **inputs})
        got = decided.value
        if invoked and isinstance(got, dict) and asked in got:
            got = got[asked]
        return Case(name, same(got, expected), expected, got, decided.errors + decided.warnings)
    except StafetError as exc:
        return Case(name, expected is None, expected, None, (exc.sentence,))


def same(got: Any, expected: Any) -> bool:
    """Whether two values are alike; numbers to eight decimals, as the kit's own runner compares."""
    if isinstance(expected, Decimal) and isinstance(got, Decimal):
        return abs(got - expected) < Decimal("0.00000001")
    if isinstance(expected, list):
        return (
            isinstance(got, list)
            and len(got) == len(expected)
            and all(same(g, x) for g, x in zip(got, expected, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(same(got[k], expected[k]) for k in expected)
        )
    if isinstance(expected, date | time | timedelta | feel.Months) and type(got) is type(expected):
        return got == expected or temporal.text_of(got) == temporal.text_of(expected)
    return type(got) is type(expected) and bool(got == expected)


def _value(element: Any) -> Any:
    """The value of `value`, `list` or `component` elements below an element."""
    if element.get(_NIL) == "true":
        return None
    inner = [e for e in element if _local(e) in ("value", "list", "component")]
    components = [e for e in inner if _local(e) == "component"]
    if components:
        return {e.get("name"): _value(e) for e in components}
    if not inner:
        return None if _local(element) != "list" else []
    if _local(inner[0]) == "list":
        return _list(inner[0])
    return _plain(inner[0])


def _list(element: Any) -> Any:
    if element.get(_NIL) == "true":
        return None
    return [_value(e) for e in element if _local(e) == "item"]


def _plain(element: Any) -> Any:
    if element.get(_NIL) == "true":
        return None
    text = element.text or ""
    kind = (element.get(_TYPE) or "xsd:string").rpartition(":")[2]
    readers: dict[str, Any] = {
        "decimal": Decimal, "double": Decimal, "integer": Decimal, "int": Decimal, "float": Decimal,
        "boolean": lambda t: t.strip() == "true",
        "date": temporal.parse_date, "time": temporal.parse_time, "dateTime": temporal.parse_moment,
        "duration": temporal.parse_duration, "dayTimeDuration": temporal.parse_duration,
        "yearMonthDuration": temporal.parse_duration,
    }  # fmt: skip
    try:
        return readers[kind](text.strip()) if kind in readers else text
    except (feel.Wrong, ArithmeticError):
        return f"unreadable {kind} {text}"


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def main(level: int) -> None:
    """Print the misses and the figure of one level."""
    done = list(cases(level))
    for case in done:
        if not case.ok:
            sys.stdout.write(
                f"{case.name}\n    expected {case.expected!r}, got {case.got!r} {case.errors}\n"
            )
    sys.stdout.write(f"level {level}: {sum(c.ok for c in done)} of {len(done)}\n")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or ["2", "3"]:
        main(int(wanted))
