"""Functions of numbers (DMN 10.3.4.5): rounding, roots, logarithms, remainders."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.values import NUMBERS, Months, Run, Wrong, number

_SCALES = (-6111, 6176)


def _rounded(n: Decimal, scale: Decimal | None, rounding: str) -> Decimal | None:
    places = Decimal(0) if scale is None else scale
    if not _SCALES[0] <= places <= _SCALES[1]:
        raise Wrong(f"a scale lies between {_SCALES[0]} and {_SCALES[1]}.")
    shift = int(places)
    if -int(n.as_tuple().exponent) <= shift:
        return n  # nothing to round
    roomy = decimal.Context(prec=12_500, Emax=999_999, Emin=-999_999, rounding=rounding, traps=[])
    result = roomy.quantize(n, Decimal((0, (1,), -shift)))
    return number(NUMBERS.plus(result))


@builtin("decimal", "n: number, scale: number")
@builtin("round half even", "n: number, scale: number?")
def _half_even(run: Run, n: Decimal, scale: Decimal | None) -> Any:
    return _rounded(n, scale, decimal.ROUND_HALF_EVEN)


@builtin("floor", "n: number, scale: number?")
def _floor(run: Run, n: Decimal, scale: Decimal | None) -> Any:
    return _rounded(n, scale, decimal.ROUND_FLOOR)


@builtin("ceiling", "n: number, scale: number?")
def _ceiling(run: Run, n: Decimal, scale: Decimal | None) -> Any:
    return _rounded(n, scale, decimal.ROUND_CEILING)


@builtin("round up", "n: number, scale: number?")
def _round_up(run: Run, n: Decimal, scale: Decimal | None) -> Any:
    return _rounded(n, scale, decimal.ROUND_UP)


@builtin("round down", "n: number, scale: number?")
def _round_down(run: Run, n: Decimal, scale: Decimal | None) -> Any:
    return _rounded(n, scale, decimal.ROUND_DOWN)


@builtin("round half up", "n: number, scale: number?")
def _round_half_up(run: Run, n: Decimal, scale: Decimal | None) -> Any:
    return _rounded(n, scale, decimal.ROUND_HALF_UP)


@builtin("round half down", "n: number, scale: number?")
def _round_half_down(run: Run, n: Decimal, scale: Decimal | None) -> Any:
    return _rounded(n, scale, decimal.ROUND_HALF_DOWN)


@builtin("abs", "n: number|duration")
def _abs(run: Run, n: Any) -> Any:
    if isinstance(n, Months):
        return Months(abs(n.months))
    return NUMBERS.abs(n) if isinstance(n, Decimal) else abs(n)


@builtin("modulo", "dividend: number, divisor: number")
def _modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Any:
    if not divisor:
        raise Wrong("the divisor is 0.")
    # dividend - divisor * floor(dividend / divisor): the sign of the divisor.
    rest = number(NUMBERS.remainder(dividend, divisor))
    if rest is None:
        raise Wrong("the numbers lie too far apart.")
    if rest and (rest < 0) != (divisor < 0):
        rest = NUMBERS.add(rest, divisor)
    return number(rest)


@builtin("sqrt", "number: number")
def _sqrt(run: Run, n: Decimal) -> Any:
    return number(NUMBERS.sqrt(n))


@builtin("log", "number: number")
def _log(run: Run, n: Decimal) -> Any:
    return number(NUMBERS.ln(n)) if n > 0 else None


@builtin("exp", "number: number")
def _exp(run: Run, n: Decimal) -> Any:
    return number(NUMBERS.exp(n))


@builtin("odd", "number: number")
def _odd(run: Run, n: Decimal) -> Any:
    return _is_whole(n) and int(n) % 2 == 1


@builtin("even", "number: number")
def _even(run: Run, n: Decimal) -> Any:
    return _is_whole(n) and int(n) % 2 == 0


def _is_whole(n: Decimal) -> bool:
    return n == n.to_integral_value()
