"""FEEL as designers write it: conditions, dates, lists, names of several words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine import feel
from engine.errors import ExpressionInvalid, ExpressionTooCostly

CASE: dict[str, Any] = {
    "antal": 5,
    "accept": True,
    "indkaldt": date(2024, 3, 26),
    "parter": [{"navn": "Kommune", "accept": True}, {"navn": "Egen læge", "accept": False}],
    "forventet færdig": date(2024, 5, 1),
    "frist": lambda text: f"frist {text}",
    "today": lambda: date(2024, 4, 1),
    "tom": None,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("antal > 3 and accept", True),
        ("= antal + 1", 6),
        ("0.1 + 0.2", 0.3),
        ("antal in (1, > 4)", True),
        ("antal in ]5..9]", False),
        ("antal between 5 and 6", True),
        ('if accept then "ja" else "nej"', "ja"),
        ('if tom then "ja" else "nej"', "nej"),
        ("parter[accept].navn", ["Kommune"]),
        ("parter[-1].navn", "Egen læge"),
        ("every p in parter satisfies p.accept", False),
        ("some p in parter satisfies p.accept", True),
        ("for i in 1..3 return i * antal", [5, 10, 15]),
        ('frist("3 hverdage")', "frist 3 hverdage"),
        ("forventet færdig - indkaldt", "P36D"),
        ('indkaldt + duration("P8D")', "2024-04-03"),
        ('date("2024-01-31") + @"P1M"', "2024-02-29"),
        ("today().weekday", 1),
        ("{fuldt navn: 1, b: fuldt navn + 1}.b", 2),
        ("count(parter[item.accept = false])", 1),
        ('contains("psykiatri", "iat")', True),
        ("tom = null", True),
        ("ukendt = null", True),
        ("(function(x: number) x * x)(antal)", 25),
        ("{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(10)}.r", 3628800),
        ('sort(["b", "a"], function(x, y) x < y)', ["a", "b"]),
        ("-1 instance of number", True),
        ("0 ** 0", 1),
        ('distinct values([1, 1.0, "1", null, null, true, [1], [1]])', [1, "1", None, True, [1]]),
        ("even(10000000000000000000000000000000000000000)", True),
        ("median([9e6144, 9e6144])", None),
        ("-1e7000", None),
    ],
)
def test_a_designers_expression_has_its_value(text: str, value: Any) -> None:
    assert feel.to_json(feel.compile(text, CASE.keys()).evaluate(CASE)) == value


@pytest.mark.parametrize(
    ("cell", "value", "holds"),
    [
        ("< 5", 4, True),
        ("< 5", 5, False),
        ('"a", "b"', "b", True),
        ('not("a", "b")', "c", True),
        ("-", None, True),
        ("[1..3)", 3, False),
        ("? > 3 and ? < 5", 4, True),
        ("true", False, False),
        ("> antal", 6, True),
    ],
)
def test_a_cell_of_a_table_tests_its_input(cell: str, value: Any, holds: bool) -> None:
    assert feel.compile_unary(cell).evaluate({**CASE, "?": value}) is holds


@pytest.mark.parametrize(
    ("text", "names", "functions"),
    [
        ("a + b.c", {"a", "b"}, set()),
        ("for x in xs return x + y", {"xs", "y"}, set()),
        ("some p in parter satisfies p.accept = q", {"parter", "q"}, set()),
        ("{a: 1, b: a + c}", {"c"}, set()),
        ("function(a) a + b", {"b"}, set()),
        ("parter[accept]", {"parter", "accept"}, set()),
        ('frist("3 hverdage") > frist(n)', {"n"}, {"frist"}),
        ("if x then y else z", {"x", "y", "z"}, set()),
        ('"a text with names"', set(), set()),
        ("[1..n]", {"n"}, set()),
        ("b in (1, < c)", {"b", "c"}, set()),
    ],
)
def test_an_expression_knows_what_it_reads(text: str, names: set[str], functions: set[str]) -> None:
    expression = feel.compile(text)
    assert expression.names == names
    assert expression.functions == functions


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 +", "Line 1, column 4: the expression ends too early; expected a value."),
        ("a b c)", "Line 1, column 6: “)” cannot stand here"),
        ("if a\nthen", "Line 2, column 5: the expression ends too early"),
        ('"abc', "Line 1, column 1: the text that begins here has no closing quote."),
        ("", "The expression is empty."),
        ("a # b", "Line 1, column 3: “#” cannot stand here."),
        ("(" * 200 + "1" + ")" * 200, "brackets nest deeper than"),
        ("-" * 3000 + "1", "nests deeper than"),
        ("x instance of hest", "Line 1, column 15: there is no type “hest”."),
    ],
)
def test_a_text_that_is_no_feel_is_refused_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        feel.compile(text)
    assert sentence in refused.value.sentence


@pytest.mark.parametrize(
    ("text", "line", "column", "expected", "nearest"),
    [
        ("if a\n thn b else c", 2, 8, "“then”", "then"),
        ("every x in xs satisfis x", 1, 25, "“,” or “satisfies”", "satisfies"),
        ("a == 1", 1, 4, "a value", "="),
        ("a && b", 1, 3, None, "and"),
        ("a <> b", 1, 4, "a value", "!="),
        ("a = 'x'", 1, 5, None, '"'),
        ("a between 1 og 2", 1, 13, "“and”", "and"),
        ("(1, 2", 1, 3, "“)”", ""),
        ("[1, 2", 1, 6, "“]” or “,”", ""),
        ("x instance of strin", 1, 15, None, "string"),
        ("/* a", 1, 1, None, None),
    ],
)
def test_a_refusal_says_where_what_was_expected_and_what_was_meant(
    text: str, line: int, column: int, expected: str | None, nearest: str | None
) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        feel.compile(text)
    facts = refused.value.facts
    assert (facts["line"], facts["column"]) == (line, column)
    assert facts.get("expected") == expected
    assert facts.get("nearest") == nearest
    assert refused.value.sentence.startswith(f"Line {line}, column {column}: ")
    if nearest:
        assert refused.value.sentence.endswith(f"Did you mean “{nearest}”?")


def test_an_expression_knows_where_its_names_stand() -> None:
    expression = feel.compile('antal >\n akcept and frits("3 hverdage") > now()')
    assert expression.names == {"antal", "akcept"}
    assert expression.functions == {"frits", "now"}
    assert expression.places == {
        "antal": (1, 1),
        "akcept": (2, 2),
        "frits": (2, 13),
        "now": (2, 35),
    }
    assert feel.suggested("akcept", ["antal", "accept"]) == "accept"
    assert feel.suggested("a og b", ["a", "b"]) == "and"
    assert feel.suggested("hest", ["antal", "accept"]) == ""


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("ukendt + 1", "Line 1, column 1: the name “ukendt” is not known."),
        ("1 +\n antl", "Line 2, column 2: the name “antl” is not known. Did you mean “antal”?"),
        ("accept og tom", "the name “accept og tom” is not known. Did you mean “and”?"),
        ('frits("3 hverdage")', "there is no function “frits”. Did you mean “frist”?"),
        ("if antal then 1 else null", "if: number is neither true nor false."),
        ('antal + "x"', "number + string has no value."),
        ("antal / 0", "5 / 0 has no value."),
        ('date("2024-02-30")', "is no date"),
        ("substring(antal, 1)", "number is not what “string” takes."),
        ('antal < "5"', "number and string cannot be compared."),
        ("parter[7]", "the list has 2 items and none at 7."),
        ("findes_ikke(1)", "there is no function “findes_ikke”."),
        ("now()", "there is no clock here."),
    ],
)
def test_what_has_no_value_is_null_and_says_why(text: str, warning: str) -> None:
    value, warnings = feel.compile(text).evaluate_with_warnings(CASE)
    assert value is None
    assert warning in " ".join(warnings)


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000000000 return i",
        "count(for i in 1..1000, j in 1..1000 return i)",
        "every i in 1..10000000 satisfies i > 0",
        "{f: function(n) f(n + 1), r: f(1)}.r",
        "{a: [1,1], b: [a,a], c: [b,b], d: [c,c], e: [d,d], f: [e,e], g: [f,f], h: [g,g], i: [h,h],"
        " j: [i,i], k: [j,j], l: [k,k], m: [l,l], n: [m,m], o: [n,n], p: [o,o], q: [p,p]}",
        '{a: "0123456789012345678901234567890123456789", b: a+a+a+a+a+a+a+a+a+a, c: b+b+b+b+b+b+b+b+b+b,'
        " d: c+c+c+c+c+c+c+c+c+c, e: d+d+d+d+d+d+d+d+d+d, f: e+e+e+e+e+e+e+e+e+e}.f",
        "count(flatten(for i in 1..500 return for j in 1..500 return j))",
        "for i in 1..300 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])",
    ],
)
def test_an_expression_without_end_is_stopped(text: str) -> None:
    with pytest.raises(ExpressionTooCostly):
        feel.compile(text).evaluate({})


def test_no_pattern_can_hang() -> None:
    text = 'matches(string join(for i in 1..5000 return "a"), "(a|aa)+(a|aa)+(a*)*(a|aa)+b")'
    assert feel.compile(text).evaluate({}) is False


def test_numbers_have_34_digits_and_values_come_back_as_feels() -> None:
    assert feel.compile("1 / 3").evaluate({}) == Decimal("0.3333333333333333333333333333333333")
    assert feel.compile("x").evaluate({"x": [1, 2.5]}) == [Decimal(1), Decimal("2.5")]
