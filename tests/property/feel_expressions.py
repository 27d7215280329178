"""Random FEEL: expressions that mostly make sense (typed, nested), and texts that do not.

    expression(Random(7))  →  'for x1 in [1, 2] return (x1 + antal)'

All randomness comes from the `Random` that is given, so a seed tells the whole story.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

#: What the expressions may read, as JSON.
CONTEXT = {
    "antal": 5,
    "sats": 2.5,
    "navn": "Ida Holm",
    "accept": True,
    "tom": None,
    "tal": [3, 1, 2, 2],
    "svar": [True, False, True],
    "parter": [
        {"navn": "Kommune", "accept": True, "dage": 3},
        {"navn": "Egen læge", "accept": False, "dage": 8},
    ],
    "sag": {"titel": "Plan", "frist": {"antal": 3, "enhed": "hverdage"}},
}
_NAME = re.compile(r"\bx\d+\b")
_BOUND = re.compile(r"\b(?:for|some|every) (x\d+) in")
KINDS = ("number", "boolean", "string", "date", "duration", "list", "context")


class Writer:
    """Writes one expression; `bound` are the loop variables around the place, by kind."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.bound: list[tuple[str, str]] = []
        self.count = 0
        #: What was written on the way and reads no loop variable: each can be asked by itself.
        self.parts: list[str] = []

    def any(self, depth: int) -> str:
        """An expression of whatever kind."""
        return self.of(self.random.choice(KINDS), depth)

    def of(self, kind: str, depth: int) -> str:
        """An expression that should have this kind; now and then another one, or null."""
        return self._kept(self._of(kind, depth))

    def _kept(self, written: str) -> str:
        if set(_NAME.findall(written)) <= set(_BOUND.findall(written)):
            self.parts.append(written)
        return written

    def _of(self, kind: str, depth: int) -> str:
        chance = self.random.random()
        if chance < 0.03:
            return self.random.choice(["null", "tom"])
        if chance < 0.05:
            kind = self.random.choice(KINDS)
        made = getattr(self, "_" + kind)
        if depth <= 0:
            return self.leaf(kind)
        if self.random.random() < 0.12:
            return f"(if {self.of('boolean', depth - 1)} then {made(depth - 1)} else {made(depth - 1)})"
        return str(made(depth - 1))

    def leaf(self, kind: str) -> str:
        """A literal or a name."""
        names = [name for name, of in self.bound if of == kind]
        if names and self.random.random() < 0.5:
            return self.random.choice(names)
        return self.random.choice(_LEAVES[kind])

    def pick(self, *ways: Callable[[], str]) -> str:
        """One way of several."""
        return self.random.choice(ways)()

    def with_name(self, kind: str, make: Callable[[str], str]) -> str:
        """What `make` writes with a new loop variable in sight."""
        self.count += 1
        name = f"x{self.count}"
        self.bound.append((name, kind))
        try:
            return make(name)
        finally:
            self.bound.pop()

    def _number(self, d: int) -> str:
        n = lambda: self.of("number", d)  # noqa: E731
        s = lambda: self.of("string", d)  # noqa: E731
        xs = lambda: self.numbers(d)  # noqa: E731
        return self.pick(
            lambda: self.leaf("number"),
            lambda: f"({n()} {self.random.choice('+-*/')} {n()})",
            lambda: f"{self.random.choice(_ROUNDING)}({n()})",
            lambda: (
                f"{self.random.choice(['decimal', 'round half up', 'round down'])}({n()}, {self.random.randrange(4)})"
            ),
            lambda: f"modulo({n()}, {n()})",
            lambda: f"-({n()})",
            lambda: f"({n()} ** {self.random.randrange(4)})",
            lambda: f"string length({s()})",
            lambda: (
                f"{self.random.choice(['sum', 'min', 'max', 'count', 'mean', 'median', 'product'])}({xs()})"
            ),
            lambda: f"{xs()}[{self.random.choice([1, 2, -1, 4])}]",
            lambda: (
                f"({self.of('date', d)}).{self.random.choice(['year', 'month', 'day', 'weekday'])}"
            ),
            lambda: f"({self.days(d)}).{self.random.choice(['days', 'hours', 'minutes'])}",
            lambda: f"number({self.random.choice(_NUMBER_TEXTS)})",
            lambda: self.random.choice(["parter[accept].dage[1]", "sag.frist.antal", "1e3"]),
            lambda: f"(function(a, b) a + b * 2)({n()}, {n()})",
            lambda: f"count({self.of('list', d)})",
        )

    def numbers(self, d: int) -> str:
        """A list of numbers."""
        return self._kept(self._numbers(d))

    def _numbers(self, d: int) -> str:
        n = lambda: self.of("number", d - 1)  # noqa: E731
        if d <= 0:
            return self.random.choice(["tal", "[1, 2, 3]", "[]", "[0.5, -2]"])
        return self.pick(
            lambda: "tal",
            lambda: f"[{', '.join(n() for _ in range(self.random.randrange(4)))}]",
            lambda: self.with_name("number", lambda x: f"(for {x} in 1..{self.random.randrange(1, 5)} return {n()})"),
            lambda: f"{self.numbers(d - 1)}[item {self.random.choice(['>', '<', '>=', '='])} {self.leaf('number')}]",
            lambda: f"{self.random.choice(['reverse', 'distinct values', 'flatten'])}({self.numbers(d - 1)})",
            lambda: f"{self.random.choice(['concatenate', 'union'])}({self.numbers(d - 1)}, {self.numbers(d - 1)})",
            lambda: f"append({self.numbers(d - 1)}, {n()})",
            lambda: f"sublist({self.numbers(d - 1)}, {self.random.choice([1, 2, -1])})",
            lambda: f"index of({self.numbers(d - 1)}, {n()})",
            lambda: f"sort({self.numbers(d - 1)}, function(a, b) a > b)",
            lambda: "parter.dage",
        )  # fmt: skip

    def _boolean(self, d: int) -> str:
        b = lambda: self.of("boolean", d)  # noqa: E731
        n = lambda: self.of("number", d)  # noqa: E731
        s = lambda: self.of("string", d)  # noqa: E731
        order = lambda: self.random.choice(["<", "<=", ">", ">=", "=", "!="])  # noqa: E731
        same = self.random.choice(["number", "string", "date"])
        return self.pick(
            lambda: self.leaf("boolean"),
            lambda: f"({n()} {order()} {n()})",
            lambda: f"({s()} {order()} {s()})",
            lambda: f"({self.of('date', d)} {order()} {self.of('date', d)})",
            lambda: f"({b()} {self.random.choice(['and', 'or'])} {b()})",
            lambda: f"not({b()})",
            lambda: f"({n()} between {n()} and {n()})",
            lambda: self._in_range(n()),
            lambda: f"({n()} in ({n()}, > {n()}))",
            lambda: f"({self.of(same, d)} in [{self.of(same, d)}, {self.of(same, d)}])",
            lambda: f"{self.random.choice(['contains', 'starts with', 'ends with'])}({s()}, {s()})",
            lambda: f'matches({s()}, {self.random.choice(_PATTERNS)})',
            lambda: f"list contains({self.numbers(d)}, {n()})",
            lambda: f"{self.random.choice(['all', 'any'])}([{b()}, {b()}])",
            lambda: self._quantified(d),
            lambda: f"({self.any(d)} instance of {self.random.choice(['number', 'string', 'boolean', 'date'])})",
            lambda: f"({self.any(d)} = null)",
            lambda: f"{self.random.choice(['odd', 'even'])}({n()})",
        )  # fmt: skip

    def _in_range(self, value: str) -> str:
        low, high = self.random.choice("[("), self.random.choice("])")
        return f"({value} in {low}{self.leaf('number')}..{self.leaf('number')}{high})"

    def _quantified(self, d: int) -> str:
        word, source = self.random.choice(["some", "every"]), self.numbers(d)
        return self.with_name(
            "number", lambda x: f"({word} {x} in {source} satisfies {self.of('boolean', d)})"
        )

    def _string(self, d: int) -> str:
        s = lambda: self.of("string", d)  # noqa: E731
        return self.pick(
            lambda: self.leaf("string"),
            lambda: f"({s()} + {s()})",
            lambda: f"{self.random.choice(['upper case', 'lower case', 'trim'])}({s()})",
            lambda: f"substring({s()}, {self.random.choice([1, 2, -2])})",
            lambda: f"substring({s()}, {self.random.choice([1, 2])}, {self.random.choice([1, 3])})",
            lambda: f"{self.random.choice(['substring before', 'substring after'])}({s()}, {s()})",
            lambda: (
                f"string({self.of(self.random.choice(['number', 'boolean', 'string', 'date']), d)})"
            ),
            lambda: f"replace({s()}, {self.random.choice(_PATTERNS)}, {self.random.choice(_NEW)})",
            lambda: f'string join([{s()}, {s()}], "-")',
            lambda: "parter[2].navn",
            lambda: f"{{a: {s()}}}.a",
        )

    def _date(self, d: int) -> str:
        return self.pick(
            lambda: self.leaf("date"),
            lambda: f"({self.of('date', d)} {self.random.choice('+-')} {self.of('duration', d)})",
            lambda: f"date(2024, {self.random.randrange(1, 14)}, {self.random.randrange(1, 32)})",
        )  # fmt: skip

    def days(self, d: int) -> str:
        """A days and time duration."""
        return self._kept(self._days(d))

    def _days(self, d: int) -> str:
        return self.pick(
            lambda: self.random.choice(_DAYS),
            lambda: f"({self.of('date', d)} - {self.of('date', d)})",
            lambda: f"({self.random.choice(_DAYS)} {self.random.choice('+-')} {self.random.choice(_DAYS)})",
            lambda: f"({self.random.choice(_DAYS)} * {self.random.choice(['2', '0.5', '-1'])})",
        )  # fmt: skip

    def _duration(self, d: int) -> str:
        return self.pick(lambda: self.days(d), lambda: self.random.choice(_MONTHS))

    def _list(self, d: int) -> str:
        return self.pick(
            lambda: self.numbers(d),
            lambda: f"[{', '.join(self.any(d - 1) for _ in range(self.random.randrange(3)))}]",
            lambda: "parter.navn",
            lambda: f"parter[dage {self.random.choice('<>')} {self.leaf('number')}].navn",
            lambda: f"split({self.of('string', d)}, {self.random.choice(_DELIMITERS)})",
            lambda: self.with_name(
                "boolean", lambda x: f"(for {x} in svar return {self.any(d - 1)})"
            ),
        )

    def _context(self, d: int) -> str:
        return self.pick(
            lambda: "sag",
            lambda: "sag.frist",
            lambda: "parter[1]",
            lambda: f"{{a: {self.any(d)}, b: {self.any(d)}}}",
            lambda: f"{{a: {self.of('number', d)}, b: a + 1}}",
            lambda: f'context put({{a: 1}}, "b", {self.any(d)})',
        )


_ROUNDING = ["abs", "floor", "ceiling"]
_NUMBER_TEXTS = ['"12"', '"-1.5"', '"1e3"', '"tolv"', '""']
_PATTERNS = ['"a"', '"[a-m]+"', '"^I"', '"l.?$"', '"(o|e)(.)"', '"\\\\s"', '"x*y"']
_NEW = ['"z"', '""', '"<$1>"']
_DELIMITERS = ['" "', '"l"', '"[aeo]"']
_DAYS = ['duration("P1D")', '@"P3DT4H"', 'duration("PT90M")', '@"-P2D"', 'duration("PT0S")']
_MONTHS = ['duration("P1M")', '@"P1Y6M"', 'duration("-P2M")']
_LEAVES = {
    "number": ["0", "1", "2", "3", "10", "-1", "0.5", "2.25", "antal", "sats"],
    "boolean": ["true", "false", "accept"],
    "string": ['"a"', '"Kommune"', '""', '"æøå"', '"Ida"', "navn", '"a b c"', '"x-1"'],
    "date": ['@"2024-01-31"', 'date("2024-02-29")', 'date("2023-12-24")', '@"2024-03-26"'],
    "duration": [*_DAYS, *_MONTHS],
    "list": ["tal", "svar", "[]", "[1, 2]", '["a"]'],
    "context": ["sag", "{}", "{a: 1}"],
}


def expression(random: Random, depth: int = 4) -> tuple[str, list[str]]:
    """One expression, and its parts that stand by themselves (the whole among them)."""
    writer = Writer(random)
    return writer.any(depth), sorted(set(writer.parts), key=len)


# ---- what is no expression, or a bad one -------------------------------------------------------
_WORDS = (
    "if then else for in return some every satisfies between and or not function external null true a b xs",
    "item partial ? 1 0 -1 1e6144 -1e7000 9999999999999999999999999999999999 0.1 ( ) [ ] { } , : . .. -> **",
    "<= >= != < > = + - * / {a: //x /* */ æøå 🐎 # \x00 list<number> string context<a:number>",
)
_PIECES = [
    *" ".join(_WORDS).split(), "instance of", "x y", "\n", '"a"', '"', '"\\uD83D"', '@"2024-01-01"', '@"P1D"',
    "date(", "string join(", "sort(", "matches(", '"(a|b)*"', "duration(", "range(", "number(", "get value(",
]  # fmt: skip
_ODD = (
    *(
        "1e6144",
        "-1e7000",
        "9999999999999999999999999999999999",
        "1e-6143",
        "xs",
        "p",
        "d",
        "f",
        "item",
        "partial",
    ),
    *(
        '"2024-02-29"',
        '"P1D"',
        '"(a|b)*"',
        '"[a-z-[b]]+"',
        '"$1"',
        '"\\\\$"',
        '"smi"',
        '""',
        "null",
        "true",
        "a",
        "b",
    ),
    *(
        '@"9999-12-31"',
        '@"0001-01-01T00:00:00+18:00"',
        '@"9999-12-31T23:59:59@America/New_York"',
        '@"P1Y"',
        "[xs, xs]",
    ),
    *(
        '@"P999999999DT23H"',
        '@"-P999999999D"',
        '@"P999999999Y"',
        '@"10:00:00@Europe/Copenhagen"',
        '"Europe"',
        "now",
    ),
    *(
        '"../../etc/passwd"',
        '"[1..2]"',
        '"]a..b["',
        "date",
        '"P1111111111111111D"',
        "{a b: 1}",
        "p.q",
        "host(1)",
    ),
)
_SHAPES = (
    "({} + {})", "({} - {})", "({} * {})", "({} / {})", "({} ** {})", "({} < {})", "({} = {})", "({} in {})",
    "({} and {})", "[{}, {}]", "{{a: {}, b c: {}}}", "{}[{}]", "{}.a", "{}.year", "{}.time offset", "{}.timezone",
    "(for x in {} return {})", "(for x in {}..{}, y in x return {})", "(some x in {} satisfies {})",
    "(if {} then {} else {})", "[{}..{}]", "({}..{})", "({} instance of list<number>)", "({} between {} and {})",
    "(function(x, y: number) {})({}, {})", "-{}", "(function(x) {})", "(< {})", "({} in (< {}, {}, >= {}))",
)  # fmt: skip


def nonsense(random: Random, functions: list[str]) -> str:
    """A text that is probably no FEEL, or FEEL that asks for the impossible: any characters, words, odd values."""
    choice = random.random()
    if choice < 0.2:
        codes = (128, 0x3000, 0x110000)
        return "".join(
            chr(random.randrange(random.choice(codes))) for _ in range(random.randrange(40))
        )
    if choice < 0.5:
        return " ".join(random.choice(_PIECES) for _ in range(random.randrange(25)))
    text = _odd(random, functions, 5)
    if choice > 0.95:
        at = random.randrange(len(text))
        text = text[:at] + random.choice('()[]{}.,:"@-+ 1a') + text[at + 1 :]
    return text


def _odd(random: Random, functions: list[str], depth: int) -> str:
    if depth <= 0 or random.random() < 0.3:
        return random.choice(_ODD)
    if random.random() < 0.35:
        given = (_odd(random, functions, depth - 1) for _ in range(random.randrange(4)))
        return f"{random.choice(functions)}({', '.join(given)})"
    shape = random.choice(_SHAPES)
    return shape.format(*(_odd(random, functions, depth - 1) for _ in range(4)))
