"""The examples in docs/designers.md, chapter FEEL, do what they say; the host's functions are all there."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import feel, host
from engine.calendar import DANISH
from engine.errors import ExpressionInvalid
from engine.host import Host

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "designers.md").read_text(encoding="utf-8")
CHAPTER = PAGE[PAGE.index("\n## FEEL\n") :]
NOW = datetime(2024, 3, 26, 9, 15, tzinfo=UTC)
PARTIES = ("Kommunens myndighed", "Kriminalforsorgen")


def _fenced(kind: str) -> list[str]:
    """The lines of every block of that kind."""
    blocks = re.findall(rf"```{kind}\n(.*?)```", CHAPTER, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


EXAMPLES = [line.split(" → ") for line in _fenced("feel")]
ERRORS = [line.split(" → ") for line in _fenced("feel-error")]
CASE = json.loads("\n".join(_fenced("json feel-case")))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 40
    assert len(ERRORS) == 3


@pytest.mark.parametrize(("text", "value"), EXAMPLES)
def test_an_example_has_the_value_that_stands_beside_it(text: str, value: str) -> None:
    context = {**Host(DANISH, NOW, PARTIES), **CASE}
    assert feel.to_json(feel.compile(text).evaluate(context)) == json.loads(value)


@pytest.mark.parametrize(("text", "sentence"), ERRORS)
def test_an_error_reads_as_it_stands_there(text: str, sentence: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        feel.compile(text)
    assert refused.value.sentence == sentence


@pytest.mark.parametrize("name", sorted(host.NAMES))
def test_every_name_of_the_host_is_documented_with_an_example(name: str) -> None:
    assert f"| `{name}" in CHAPTER
    assert any(re.search(rf"\b{name}\b", text) for text, _ in EXAMPLES)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ('frist("3 hest")', "“3 hest” is not a deadline"),
        ("frist(3)", "a deadline is a text such as"),
        ('frist("3 hverdage", null)', "there is no date: null"),
        ('hverdag("i morgen")', "“i morgen” is not a moment"),
        ("hverdag(1)", "a date, a date and time or their text was expected"),
        ('naeste_hverdag(@"9999-12-31")', "that leaves the calendar"),
        ('hverdage_mellem("0001-01-01", "9999-12-31")', "more than 3660 days apart"),
        ("frist()", "0 values were given"),
        ('frist(tekst: "1 dage", hest: 2)', "there is no parameter “hest”"),
    ],
)
def test_what_cannot_be_counted_is_null_and_says_why(text: str, warning: str) -> None:
    value, warnings = feel.compile(text).evaluate_with_warnings(dict(Host(DANISH, NOW)))
    assert value is None
    assert warning in " ".join(warnings)


@pytest.mark.parametrize(
    ("moment", "parameters", "working"),
    [
        ("2024-03-26T08:00:00", {}, True),
        ("2024-03-26T07:59:59", {}, False),
        ("2024-03-26T16:00:00", {}, False),
        ("2024-03-26T15:29:00", {"arbejdstid_til": 15.5}, True),
        ("2024-03-26T15:30:00", {"arbejdstid_til": 15.5}, False),
        ("2024-03-26T07:00:00", {"arbejdstid_fra": 7}, True),
        ("2024-03-30T10:00:00", {}, False),
        ("2024-03-28T10:00:00", {}, False),
        ("2024-03-26T07:30:00Z", {}, True),
        ("2024-03-26T10:00:00", {"arbejdstid_fra": "otte"}, None),
        ("2024-03-26T10:00:00", {"arbejdstid_fra": True}, None),
    ],
)
def test_working_hours_are_those_of_the_agreement_on_hverdage(
    moment: str, parameters: dict[str, object], working: bool | None
) -> None:
    known = Host(DANISH, NOW, (), parameters)
    assert feel.compile("arbejdstid(m)").evaluate({**known, "m": moment}) is working
