"""What an expression may cost: whatever it says, it ends soon, with a value or a refusal by name."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from engine import feel
from engine.errors import ExpressionInvalid, ExpressionTooCostly

#: The promise is 5 seconds on a slow machine; here nothing takes more than one or two.
MOST_SECONDS = 5.0
BOOK = "0123456789" * 100_000
CONTEXT: dict[str, Any] = {
    "s": BOOK, "t": BOOK[:-1] + "x", "xs": list(range(50_000)), "strs": ["x" * 50] * 20_000, "host": lambda x: None,
}  # fmt: skip
A20 = "a" * 20_000
#: A list that holds itself twice, forty times over: small to write, endless to walk through.
DOUBLED = "{a0: [1, 1], " + ", ".join(f"a{n + 1}: [a{n}, a{n}]" for n in range(40)) + ", z: "
TEXTS = {
    "brackets": "(" * 49_000,
    "half a context": "{a " * 10_000,
    "keys of two words": "{" + ",".join(f"k {n}: {n}" for n in range(4_000)) + "}",
    "a key of spaces": "{ a" + " " * 49_000 + ": 1",
    "comments": "/*" * 24_000,
    "a name of many words": "a " * 24_000,
    "a long key and its like": "{" + "a " * 11_000 + ": 1, b: " + "a " * 11_000 + "c}",
    "minus": "-" * 49_000 + "1",
    "a long sum": "1" + "+1" * 24_000,
    "a path": "a" + ".b" * 24_000,
    "filters": "a" + "[1]" * 16_000,
    "else if": "if a then 1 else " * 2_900 + "1",
    "lines": "\n" * 20_000 + "a+\n" * 7_000 + "1",
    "backslashes": '"' + "\\" * 49_000,
    "a type": "x instance of " + "list<" * 9_000,
    "digits": "1" * 49_000,
    "an exponent": "1e" + "9" * 49_000,
    "a negative exponent": "-1e" + "9" * 49_000,
    "years": '@"P' + "9" * 49_000 + 'Y"',
    "a duration": 'duration("P' + "9" * 49_000 + 'Y")',
    "too long": "a" * 60_000,
    "searching a book": 'for i in 1..33000 return contains(s, "xy")',
    "comparing books": "for i in 1..33000 return s < t",
    "the same of books": "for i in 1..33000 return s = t",
    "copies of a book": "for i in 1..33000 return substring(s, 2)",
    "a book twice": "for i in 1..33000 return s + s",
    "a book as a date": "for i in 1..33000 return date(s)",
    "a book as a pattern": 'for i in 1..20000 return matches("a", s)',
    "copies of a list": "for i in 1..33000 return sublist(xs, 2)",
    "a list of lists": "for i in 1..33000 return xs",
    "types of a list": "for i in 1..33000 return xs instance of list<number>",
    "long numbers as text": "string(for i in 1..9000 return 1e6144)",
    "books joined": "string join(for i in 1..30000 return s)",
    "a book between": "string join(strs, s)",
    "doubled: shown": DOUBLED + "string(a40)}.z",
    "doubled: typed": DOUBLED + "a40 instance of " + "list<" * 40 + "number" + ">" * 40 + "}.z",
    "doubled: compared": DOUBLED + "a40 = a39}.z",
    "doubled: flattened": DOUBLED + "flatten(a40)}.z",
    "doubled: as a key": DOUBLED + "get value({a: 1}, [a40])}.z",
    "doubled: handed out": DOUBLED + "a40}.z",
    "doubled: to a host": DOUBLED + "host(a40)}.z",
    "texts doubled": '{a: "xxxxxxxxxxxxxxxxxxxx", '
    + ", ".join(f"b{n}: {f'b{n - 1}' if n else 'a'} + {f'b{n - 1}' if n else 'a'}" for n in range(60)) + "}",
    "numbers without a next": "for i in (10000000000000000000000000000000000000..1e40) return i",
    "what is so far": "for i in 1..10000 return partial",
    "ever deeper": "for i in 1..30000 return [partial[-1]]",
    "stars": f'matches("{A20}", "(a*)*(a*)*(a*)*b")',
    "a group again": f'matches("{A20}", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)x\\\\1")',
    "a wide set": f'matches("{A20}", "[{"".join(f"{chr(1024 + 3 * n)}-{chr(1025 + 3 * n)}" for n in range(400))}]*b")',
    "a growing text": f'replace("{A20}", "a", "{A20}")',
    "many ways": f'matches("a", "{"|".join("a" * 900)}")',
    "groups in groups": f'matches("a", "{"(" * 500}{")" * 500}")',
    "sets in sets": f'matches("a", "{"[a-" * 400}{"]" * 400}")',
    "repeated repeats": 'matches("a", "((((a{60}){60}){60}){60})")',
    "ever new patterns": 'for i in 1..9000 return matches("a", "((x{50}){50}|" + string(i) + ")")',
    "an order of one's own": "sort(xs, function(a, b) a > b)",
    "products": "for i in xs, j in xs return 1",
    "some of products": "some i in xs, j in xs satisfies i * j < 0",
    "every of every": "every i in xs satisfies (every j in xs satisfies true)",
    "ranges from text": 'for i in 1..9000 return range("[1..2]")',
    "zones that are none": 'for i in 1..30000 return time("10:00:00@Nowhere/Land" + string(i))',
    "powers": "9 ** 9 ** 9 ** 9 ** 9",
    "a large power": "(1e6144) ** 1e6144",
    "roots": "for i in 1..20000 return (1 + 1 / i) ** (i * 1.1)",
    "a function that calls itself": "{f: function(n) if n = 0 then 0 else f(n - 1), r: f(10000)}.r",
    "two calls each": "{f: function(n) f(n - 1) + f(n - 2), r: f(50)}.r",
    "a function of itself": "(function(x) x(x))(function(x) x(x))",
    "all the days there are": 'for i in @"0001-01-01"..@"9999-12-31" return i',
    "filters in filters": "xs[count(xs[item > 1]) > 1]",
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_it_ends_soon(name: str) -> None:
    began = process_time()
    try:
        value, _ = feel.compile(TEXTS[name]).evaluate_with_warnings(CONTEXT)
        feel.to_json(value)
    except (ExpressionInvalid, ExpressionTooCostly):
        pass
    assert process_time() - began < MOST_SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000000 return i",
        "count(for i in 1..1000, j in 1..1000 return i)",
        "string join(for i in 1..30000 return s)",
        "sort(xs, function(a, b) a > b)",
        "for i in 1..33000 return substring(s, 2)",
        "for i in 1..10000 return partial",
        DOUBLED + "a40}.z",
    ],
)
def test_too_much_is_refused(text: str) -> None:
    with pytest.raises(ExpressionTooCostly):
        feel.compile(text).evaluate(CONTEXT)


def test_a_value_that_nests_deeper_than_anybody_reads_is_refused() -> None:
    with pytest.raises(ExpressionTooCostly, match="nests deeper than"):
        feel.compile("for i in 1..200 return [partial[-1]]").evaluate({})
    assert feel.compile("count(for i in 1..200 return [partial[-1]])").evaluate({}) == 200


def test_what_a_turn_sees_of_the_results_does_not_grow() -> None:
    assert feel.to_json(feel.compile("for i in 1..3 return partial").evaluate({})) == [
        [],
        [[]],
        [[], [[]]],
    ]
