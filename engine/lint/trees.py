"""FEEL as a tree, read once for all rules that look inside an expression."""

from __future__ import annotations

from functools import lru_cache

from lark import Token, Tree

from engine.feel.grammar import parse


@lru_cache(maxsize=4096)
def tree(text: str) -> Tree[Token]:
    """The tree of an expression with or without its `=`; raises `ExpressionInvalid`.  Nobody may change it."""
    return parse(text.strip().removeprefix("="))
