"""What repeats and calls: `for`, `some`, `every`, filters, functions; each turn pays from the budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.errors import ExpressionTooCostly
from engine.feel import types
from engine.feel.values import MOST_CALLS, Function, Range, Run, Scope, Wrong, bind, kind

Code = Callable[[Scope], Any]
#: A name and where its values come from: a list, or the two ends of a count.
Source = tuple[str, list[Code]]
_ONE = Decimal(1)
_DAY = timedelta(days=1)


def repeat(sources: list[Source], body: Code, cost: int, *, looks_back: bool = True) -> Code:
    """`for … return …`; where the body `looks_back`, `partial` holds the results so far."""

    def loop(e: Scope) -> Any:
        results: list[Any] = []
        bound = {"partial": results}
        try:
            for scope in _turns(sources, Scope(bound, e, e.run), 0):
                e.run.spend(cost)
                if looks_back:
                    # What a turn sees is a list of its own: it may be kept, and must not grow.
                    e.run.spend(len(results) >> 3)
                    bound["partial"] = results.copy()
                results.append(body(scope))
        except Wrong as exc:
            return e.run.warn("for: {}", exc)
        return results

    return loop


def quantify(sources: list[Source], body: Code, cost: int, decides: bool) -> Code:
    """`some` (decided by true) and `every` (decided by false)."""

    def over(e: Scope, scopes: Iterable[Scope]) -> Any:
        answer: bool | None = not decides
        spend = e.run.spend
        for scope in scopes:
            spend(cost)
            value = body(scope)
            if value is decides:
                return decides
            if not isinstance(value, bool):
                answer = None
        return answer

    def loop(e: Scope) -> Any:
        try:
            return over(e, _turns(sources, e, 0))
        except Wrong as exc:
            return e.run.warn("{}: {}", "some" if decides else "every", exc)

    return loop


def _turns(sources: list[Source], scope: Scope, nth: int) -> Iterator[Scope]:
    name, ends = sources[nth]
    values = _values(scope.run, [end(scope) for end in ends])
    for value in values:
        inner = Scope({name: value}, scope, scope.run)
        if nth + 1 == len(sources):
            yield inner
        else:
            scope.run.spend(1)
            yield from _turns(sources, inner, nth + 1)


def _values(run: Run, ends: list[Any]) -> Iterable[Any]:
    if len(ends) == 2:
        return _count(ends[0], ends[1])
    (source,) = ends
    if source is None:
        raise Wrong("there is nothing to go through: null.")
    if isinstance(source, Range):
        return _within(source)
    return source if isinstance(source, list) else [source]


def _within(among: Range) -> Iterator[Any]:
    """What lies in a range, from its start on."""
    values = _count(among.low, among.high)
    if among.low > among.high:
        raise Wrong("the range ends before it begins.")
    for value in values:
        if (among.low_in or value != among.low) and (among.high_in or value != among.high):
            yield value


def _count(low: Any, high: Any) -> Iterator[Any]:
    """From one end to the other, up or down: whole steps of numbers, days of dates."""
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        return _steps(low, high, _ONE)
    if kind(low) == kind(high) == "date":
        return _steps(low, high, _DAY)
    if isinstance(low, datetime | date) and isinstance(high, datetime | date):
        raise Wrong("both ends of a count of days must be dates.")
    raise Wrong(f"one cannot count from {kind(low)} to {kind(high)}.")


def _steps(low: Any, high: Any, by: Any) -> Iterator[Any]:
    up = low <= high
    at = low
    while at <= high if up else at >= high:
        yield at
        if at == high:
            return
        after = at + by if up else at - by
        if after == at:
            raise Wrong("one cannot count by one among numbers of more than 28 digits.")
        at = after


def filtered(value: Code, test: Code, cost: int) -> Code:
    """`value[test]`: one of a list by its number, or those for which the test is true."""

    def choose(e: Scope) -> Any:
        run, among = e.run, value(e)
        items = among if isinstance(among, list) else ([] if among is None else [among])
        if not items:
            found = test(_item(e, None))
            return None if isinstance(found, Decimal) else []
        chosen = []
        for item in items:
            run.spend(cost)
            found = test(_item(e, item))
            if found is True:
                chosen.append(item)
            elif isinstance(found, Decimal):
                return _nth(run, items, found)
        return chosen

    return choose


def _item(e: Scope, item: Any) -> Scope:
    scope = Scope({"item": item}, e, e.run)
    return Scope(item, scope, e.run) if item.__class__ is dict else scope


def _nth(run: Run, items: list[Any], nth: Decimal) -> Any:
    if nth != nth.to_integral_value():
        return run.warn("{} is no position in a list.", nth)
    at = int(nth) if abs(nth) <= len(items) else 0
    if at == 0:
        return run.warn("the list has {} items and none at {}.", len(items), nth)
    return items[at - 1] if at > 0 else items[at]


def define(names: tuple[str, ...], wanted: tuple[types.Type, ...], body: Code, cost: int) -> Code:
    """A function written in FEEL; it remembers where it was written."""
    typed = any(t.name != "Any" for t in wanted)

    def made(e: Scope) -> Function:
        def call(run: Run, values: list[Any], named: dict[str, Any] | None) -> Any:
            values = bind(names, values, named, len(names))
            run.spend(cost)
            if typed:
                values = [types.coerce(v, t, run) for v, t in zip(values, wanted, strict=True)]
            purse = run.purse
            purse.calls += 1
            if purse.calls > MOST_CALLS:
                raise ExpressionTooCostly(f"Functions call each other more than {MOST_CALLS} deep.")
            try:
                return body(Scope(dict(zip(names, values, strict=True)), e, e.run))
            finally:
                purse.calls -= 1

        return Function("function", call, names, (wanted, None))

    return made


def call_function(
    run: Run, name: str, function: Any, values: list[Any], named: dict[str, Any] | None
) -> Any:
    """Call a value; null with a warning where it is no function or the values do not fit."""
    if function.__class__ is not Function:
        return (
            None if function is None and name else run.warn("{} cannot be called.", kind(function))
        )
    run.spend(1)
    try:
        return function.call(run, values, named)
    except Wrong as exc:
        return run.warn("{}: {}", name or function.name, exc)
    except (ArithmeticError, ValueError) as exc:
        return run.warn("{}: {}", name or function.name, type(exc).__name__)
