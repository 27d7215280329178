"""The functions of the standard (DMN 10.3.4), by the kind of value they work on."""

from engine.feel.builtins import contexts, conversion, dates, lists, numbers, ranges, strings
from engine.feel.builtins.registry import BUILTINS

__all__ = ["BUILTINS", "contexts", "conversion", "dates", "lists", "numbers", "ranges", "strings"]
