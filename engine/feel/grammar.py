"""FEEL's grammar (DMN 1.3 to 1.5, clause 10.3.1) on lark, and what is said of texts that do not fit it.

`parse` gives a lark `Tree`.  Long chains (`a + b + c …`, `a and b and …`) are one flat node, so depth
means nesting and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from engine.errors import ExpressionInvalid
from engine.feel.hints import meant, tail
from engine.feel.lexer import KEYWORDS, refuse, tokens
from engine.feel.values import shortened

GRAMMAR = r"""
?expression: disjunction
?disjunction: conjunction (_OR conjunction)*
?conjunction: comparison (_AND comparison)*
?comparison: additive
    | comparison (EQ | NE | LT | LE | GT | GE) additive -> compare
    | comparison _BETWEEN additive _AND additive -> between
    | comparison _IN additive -> member
    | comparison _IN test_op -> member
    | comparison _IN _LPAR test (_COMMA test)+ _RPAR -> member
?additive: multiplicative ((PLUS | MINUS) multiplicative)*
?multiplicative: power ((TIMES | OVER) power)*
?power: negation (_POWER negation)*
?negation: postfix | MINUS negation -> negate
?postfix: primary
    | postfix _DOT NAME -> path
    | postfix _LSQB expression _RSQB -> filter
    | postfix _LPAR arguments _RPAR -> call
    | postfix _INSTANCE type -> instance
arguments: (expression (_COMMA expression)*)?
    | named (_COMMA named)* -> named_arguments
named: (NAME | STRING) _COLON expression
?primary: NAME -> name
    | NUMBER -> number
    | STRING -> string
    | AT -> at
    | _NULL -> null
    | _TRUE -> true
    | _FALSE -> false
    | _LPAR expression _RPAR -> paren
    | _LPAR test_op _RPAR -> open_range
    | _LSQB test_op _RSQB -> open_range
    | _LPAR expression _DOTS expression range_end -> range_after
    | _OPEN expression _DOTS expression range_end -> range_after
    | _LSQB expression _DOTS expression range_end -> range_from
    | _LSQB (expression (_COMMA expression)*)? _RSQB -> list
    | _LBRACE (entry (_COMMA entry)*)? _RBRACE -> context
    | _IF expression _THEN expression _ELSE expression -> if_
    | _FOR iterator (_COMMA iterator)* _RETURN expression -> for_
    | _SOME iterator (_COMMA iterator)* _SATISFIES expression -> some
    | _EVERY iterator (_COMMA iterator)* _SATISFIES expression -> every
    | _FUNCTION _LPAR parameters _RPAR expression -> function
    | _FUNCTION _LPAR parameters _RPAR _EXTERNAL expression -> external
range_end: _RPAR -> before | _CLOSE -> before | _RSQB -> upto
entry: (NAME | STRING) _COLON expression
iterator: NAME _IN expression (_DOTS expression)?
parameters: (parameter (_COMMA parameter)*)?
parameter: NAME (_COLON type)?
?type: NAME (_DOT NAME)* -> type_named
    | NAME LT type GT -> type_of
    | NAME LT member_type (_COMMA member_type)* GT -> type_context
    | _FUNCTION LT (type (_COMMA type)*)? GT _ARROW type -> type_function
    | _FUNCTION -> type_any_function
member_type: NAME _COLON type
test_op: (EQ | NE | LT | LE | GT | GE) additive
?test: test_op | expression
tests: test (_COMMA test)* -> any_of
    | MINUS -> any_value
    | _NOT _LPAR test (_COMMA test)* _RPAR -> none_of
"""
#: Tokens that stay in the tree; all others only separate, and the grammar writes them with an underscore.
_KEPT = {"EQ", "NE", "LT", "LE", "GT", "GE", "PLUS", "MINUS", "TIMES", "OVER"} | {
    "NAME", "NUMBER", "STRING", "AT",
}  # fmt: skip
_SEPARATORS = [
    *(k for k in KEYWORDS.values()),
    "INSTANCE", "EXTERNAL", "NOT", "DOTS", "ARROW", "POWER", "LPAR", "RPAR", "LSQB", "RSQB",
    "LBRACE", "RBRACE", "COMMA", "COLON", "DOT", "OPEN", "CLOSE",
]  # fmt: skip
#: How a token is called in a sentence.
_CALLED = {
    "NAME": "a name", "NUMBER": "a number", "STRING": "a text", "AT": "a text", "$END": "the end",
    "_RPAR": "“)”", "_RSQB": "“]”", "_RBRACE": "“}”", "_COMMA": "“,”", "_COLON": "“:”",
    "_THEN": "“then”", "_ELSE": "“else”", "_IN": "“in”", "_RETURN": "“return”", "_AND": "“and”",
    "_SATISFIES": "“satisfies”",
}  # fmt: skip


class _Ready(Lexer):
    """Hands over tokens that are read already: FEEL's names depend on what is known."""

    def __init__(self, conf: Any) -> None:
        """Lark's settings do not matter here."""

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Token]:
        """The tokens, as they are."""
        yield from lexer_state


_PARSER = Lark(
    GRAMMAR + "%declare " + " ".join([*sorted(_KEPT), *("_" + s for s in _SEPARATORS)]),
    parser="lalr",
    lexer=_Ready,
    start=["expression", "tests"],
    maybe_placeholders=False,
)


def parse(text: str, names: Collection[str] = ()) -> Tree[Token]:
    """The tree of an expression; raises ExpressionInvalid with line, column and what was expected."""
    return _parse(text, names, "expression")


def parse_tests(text: str, names: Collection[str] = ()) -> Tree[Token]:
    """The tree of the unary tests in a table cell."""
    return _parse(text, names, "tests")


def _parse(text: str, names: Collection[str], start: str) -> Tree[Token]:
    found = tokens(text, names, unary=start == "tests")
    if not found:
        raise ExpressionInvalid("The expression is empty.")
    for token in found:
        if token.type not in _KEPT:
            token.type = "_" + token.type
    try:
        tree: Tree[Token] = _PARSER.parse(found, start=start)
    except UnexpectedToken as exc:
        raise _unexpected(text, exc, found, names) from None
    return tree


def _unexpected(
    text: str, exc: UnexpectedToken, found: list[Token], names: Collection[str]
) -> ExpressionInvalid:
    fitting = exc.accepts or exc.expected
    wanted = [_CALLED[kind] for kind in _CALLED if kind in fitting]
    # Where a value is missing, the list of what may begin one is long and says nothing.
    expected = "a value" if "NUMBER" in fitting else " or ".join(dict.fromkeys(wanted[:4]))
    asked = f"; expected {expected}" if expected else ""
    if exc.token.type in ("_RPAR", "_RSQB", "_RBRACE") and not expected:
        asked = "; no bracket is open that it closes"
    facts = {"expected": expected, "nearest": _meant(text, exc, found, names)}
    if exc.token.type == "$END":
        said = f"the expression ends too early{asked}{tail(facts['nearest'])}"
        return refuse(text, len(text.rstrip()), said, endless="end", **facts)
    at = exc.token.start_pos or 0
    said = f"“{shortened(exc.token)}” cannot stand here{asked}{tail(facts['nearest'])}"
    return refuse(text, at, said, **facts)


def _meant(text: str, exc: UnexpectedToken, found: list[Token], names: Collection[str]) -> str:
    """What a word or sign at (or just before) the place was probably meant to be."""
    at = exc.token.start_pos if exc.token.type != "$END" else len(text)
    before = next((t for t in reversed(found) if (t.end_pos or 0) <= (at or 0)), None)
    signs = text[before.start_pos : exc.token.end_pos] if before and before.end_pos == at else ""
    if hint := meant(signs) or meant(str(exc.token)):
        return hint
    known = [word for word, kind in KEYWORDS.items() if f"_{kind}" in (exc.accepts or exc.expected)]
    words = [w for t in (before, exc.token) if t and t.type == "NAME" for w in t.split()]
    # `a thn b` is read as one name: the word that looks like what was expected is the mistake.
    likely = (meant(word, known) for word in words if word not in names)
    return next((hint for hint in likely if hint), "")
