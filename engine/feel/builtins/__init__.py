"""The functions of the standard (DMN 10.3.4), by the kind of value they work on."""

from engine.feel.builtins import contexts, conversion, dates, lists, numbers, ranges, strings
from engine.feel.builtins.registry import BUILTINS

#: Functions of the standard that only a host can answer: there is no clock here.
FROM_HOST = frozenset(("now", "today"))

__all__ = [
    "BUILTINS",
    "FROM_HOST",
    "contexts",
    "conversion",
    "dates",
    "lists",
    "numbers",
    "ranges",
    "strings",
]
