"""Expressions of other tools as FEEL: `${x > 3 && !ok}` becomes `x > 3 and not(ok = true)`.

Only what means the same in both languages is said again: names, literals, comparisons, `and`/`or`/`not`,
arithmetic, a choice, and the few calls that read a variable.  The expression languages of Java tools treat what is
missing as false; FEEL says null, which no gateway follows either.  Under a negation the two would differ, so `!x`
becomes `not(x = true)`.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)(?![\w.])
      |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      |(?P<name>[^\W\d]\w*)
      |(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[-+*/<>!?:().,]))""",
    re.VERBOSE,
)
_WORDS = {
    "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "and": "&&", "or": "||", "not": "!",
    "div": "/",
}  # fmt: skip
_LITERALS = {
    "true": "true",
    "True": "true",
    "false": "false",
    "False": "false",
    "null": "null",
    "None": "null",
}
_COMPARE = {
    "==": "=",
    "===": "=",
    "!=": "!=",
    "!==": "!=",
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
}
_FORBIDDEN = frozenset(
    (
        "in",
        "instanceof",
        "new",
        "typeof",
        "function",
        "return",
        "if",
        "else",
        "lambda",
        "is",
        "this",
    )
)
#: What a tool calls the place where its variables are.
_HOLDERS = ("execution", "task", "variables", "processVariables", "caseVariables")
_LONGEST = 2_000
_DEEPEST = 40
# How tightly an operator binds in FEEL.
_CHOICE, _OR, _AND, _COMPARISON, _SUM, _PRODUCT, _ATOM = range(7)
_Said = tuple[str, int]


class _Unsaid(Exception):
    """This cannot be said in FEEL with the same meaning."""


def to_feel(written: str) -> str | None:
    """The same expression in FEEL, without a sign before it; None where it cannot be said safely."""
    whole = written.strip()
    if whole[:2] in ("${", "#{"):
        if not whole.endswith("}"):
            return None
        whole = whole[2:-1]
    try:
        return _Reader(whole).whole()
    except _Unsaid:
        return None


class _Reader:
    """Reads one expression by precedence; every part comes back as FEEL and how tightly it binds."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = self.depth = 0

    def whole(self) -> str:
        said, _ = self.choice()
        if self.at != len(self.tokens):
            raise _Unsaid
        return said

    def choice(self) -> _Said:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _Unsaid
        test = self.disjunction()
        if self.takes("?"):
            yes = self.choice()
            self.needs(":")
            no = self.choice()
            test = f"if {test[0]} then {yes[0]} else {no[0]}", _CHOICE
        self.depth -= 1
        return test

    def disjunction(self) -> _Said:
        found = self.conjunction()
        while self.takes("||"):
            found = f"{_in(found, _OR)} or {_in(self.conjunction(), _AND)}", _OR
        return found

    def conjunction(self) -> _Said:
        found = self.comparison()
        while self.takes("&&"):
            found = f"{_in(found, _AND)} and {_in(self.comparison(), _COMPARISON)}", _AND
        return found

    def comparison(self) -> _Said:
        negated = self.peek() == "!"
        found = self.sum()
        sign = _COMPARE.get(self.peek())
        if sign is None:
            return found
        if negated:
            raise _Unsaid  # tools disagree on what `not a == b` means
        self.at += 1
        found = f"{_in(found, _SUM)} {sign} {_in(self.sum(), _SUM)}", _COMPARISON
        if self.peek() in _COMPARE:
            raise _Unsaid
        return found

    def sum(self) -> _Said:
        found = self.product()
        while (sign := self.peek()) in ("+", "-"):
            self.at += 1
            found = f"{_in(found, _SUM)} {sign} {_in(self.product(), _PRODUCT)}", _SUM
        return found

    def product(self) -> _Said:
        found = self.unary()
        while (sign := self.peek()) in ("*", "/"):
            self.at += 1
            found = f"{_in(found, _PRODUCT)} {sign} {_in(self.unary(), _ATOM)}", _PRODUCT
        return found

    def unary(self) -> _Said:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _Unsaid
        if self.takes("!"):
            found = f"not({_in(self.unary(), _SUM)} = true)", _ATOM
        elif self.takes("-"):
            found = f"-{_in(self.unary(), _ATOM)}", _PRODUCT
        elif self.peek() == "empty":
            self.at += 1
            inner = _in(self.unary(), _ATOM)
            found = f'({inner} = null or {inner} = "" or {inner} = [])', _ATOM
        else:
            found = self.primary()
        self.depth -= 1
        return found

    def primary(self) -> _Said:
        token = self.next()
        if token == "(":  # a token of the language  # nosec B105
            found = self.choice()
            self.needs(")")
            return f"({found[0]})", _ATOM
        if token[0] in "'\"":
            return self.dotted(_string(token), literal=True)
        if token[0].isdigit():
            return token, _ATOM
        if token in _LITERALS:
            return _LITERALS[token], _ATOM
        if not token[0].isalpha() and token[0] != "_":
            raise _Unsaid
        return self.dotted(token)

    def dotted(self, found: str, *, literal: bool = False) -> _Said:
        """A name with what stands behind its full stops; of calls only those that read."""
        while self.takes("."):
            name = self.next()
            if not name.isidentifier():
                raise _Unsaid
            if not self.takes("("):
                if literal or found in _HOLDERS[:2]:
                    raise _Unsaid
                found = name if found in _HOLDERS[2:] else f"{found}.{name}"
                continue
            if name == "getVariable" and found in _HOLDERS:
                found = self.variable()
            elif name == "equals":
                other = self.choice()
                self.needs(")")
                return f"({found} = {_in(other, _SUM)})", _ATOM
            elif name == "size" and not literal:
                self.needs(")")
                found, literal = f"count({found})", True
            else:
                raise _Unsaid
        if self.peek() == "(" or found in _HOLDERS:
            raise _Unsaid
        return found, _ATOM

    def variable(self) -> str:
        token = self.next()
        name = token[1:-1]
        self.needs(")")
        if token[0] not in "'\"" or not name.isidentifier():
            raise _Unsaid
        return name

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        if not token:
            raise _Unsaid
        self.at += 1
        return token

    def takes(self, sign: str) -> bool:
        if self.peek() != sign:
            return False
        self.at += 1
        return True

    def needs(self, sign: str) -> None:
        if not self.takes(sign):
            raise _Unsaid


def _tokens(text: str) -> list[str]:
    if len(text) > _LONGEST:
        raise _Unsaid
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _Unsaid
        at = match.end()
        token = match[0].strip()
        if match["name"]:
            if token in _FORBIDDEN:
                raise _Unsaid
            token = _WORDS.get(token, token)
        found.append(token)
    return found


def _in(said: _Said, least: int) -> str:
    """A part inside another: in brackets where it binds less tightly."""
    return said[0] if said[1] >= least else f"({said[0]})"


def _string(token: str) -> str:
    inner = re.sub(r"\\(.)", r"\1", token[1:-1])
    escaped = inner.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
