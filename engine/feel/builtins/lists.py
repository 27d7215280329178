"""Functions of lists (DMN 10.3.4.4).  Those that only look at values also take them one by one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine.feel.arithmetic import calculate
from engine.feel.builtins.registry import Work, builtin
from engine.feel.compare import equal, sortable
from engine.feel.values import NUMBERS, Function, Months, Run, Wrong, number


def _spread(*names: str) -> Callable[[Work], Work]:
    """Declare a function that takes a list, or its items one by one."""

    def declare(work: Work) -> Work:
        def over_items(run: Run, items: list[Any]) -> Any:
            return work(run, items[0] if len(items) == 1 and isinstance(items[0], list) else items)

        for name in names:
            builtin(name, "*list: list")(over_items)
        return work

    return declare


@_spread("min")
def _min(run: Run, items: list[Any]) -> Any:
    return _best(run, items, smallest=True)


@_spread("max")
def _max(run: Run, items: list[Any]) -> Any:
    return _best(run, items, smallest=False)


def _best(run: Run, items: list[Any], *, smallest: bool) -> Any:
    run.spend(len(items))
    if not items:
        return None
    best = items[0]
    sortable(run, best, best)
    for item in items[1:]:
        if sortable(run, item, best) if smallest else sortable(run, best, item):
            best = item
    return best


@_spread("sum")
def _sum(run: Run, items: list[Any]) -> Any:
    run.spend(len(items))
    if not items:
        return None
    total = items[0]
    if len(items) == 1:
        total = calculate(run, "-", calculate(run, "+", total, total), total)
    for item in items[1:]:
        total = calculate(run, "+", total, item)
    if isinstance(total, str):
        raise Wrong("texts have no sum.")
    return total


def _numbers(run: Run, items: list[Any]) -> list[Decimal]:
    run.spend(len(items))
    if not all(isinstance(item, Decimal) for item in items):
        raise Wrong("only numbers can be used here.")
    return items


@_spread("mean")
def _mean(run: Run, items: list[Any]) -> Any:
    values = _numbers(run, items)
    if not values:
        return None
    return number(NUMBERS.divide(functools.reduce(NUMBERS.add, values), Decimal(len(values))))


@_spread("product")
def _product(run: Run, items: list[Any]) -> Any:
    values = _numbers(run, items)
    return number(functools.reduce(NUMBERS.multiply, values)) if values else None


@_spread("median")
def _median(run: Run, items: list[Any]) -> Any:
    values = sorted(_numbers(run, items))
    if not values:
        return None
    half, odd = divmod(len(values), 2)
    if odd:
        return values[half]
    return number(NUMBERS.divide(NUMBERS.add(values[half - 1], values[half]), Decimal(2)))


@_spread("stddev")
def _stddev(run: Run, items: list[Any]) -> Any:
    values = _numbers(run, items)
    if len(values) < 2:
        raise Wrong("a deviation needs two numbers.")
    mean = NUMBERS.divide(functools.reduce(NUMBERS.add, values), Decimal(len(values)))
    squares = [NUMBERS.power(NUMBERS.subtract(v, mean), Decimal(2)) for v in values]
    total = functools.reduce(NUMBERS.add, squares)
    return number(NUMBERS.sqrt(NUMBERS.divide(total, Decimal(len(values) - 1))))


@_spread("mode")
def _mode(run: Run, items: list[Any]) -> Any:
    counts: dict[Decimal, int] = {}
    for value in _numbers(run, items):
        counts[value] = counts.get(value, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(value for value, count in counts.items() if count == most)


@_spread("all", "and")
def _all(run: Run, items: list[Any]) -> Any:
    return _decide(run, items, decides=False)


@_spread("any", "or")
def _any(run: Run, items: list[Any]) -> Any:
    return _decide(run, items, decides=True)


def _decide(run: Run, items: list[Any], *, decides: bool) -> Any:
    run.spend(len(items))
    answer: bool | None = not decides
    for item in items:
        if item is decides:
            return decides
        if item is not answer:
            answer = None
    return answer


@builtin("count", "list: list")
def _count(run: Run, items: list[Any]) -> Any:
    return Decimal(len(items))


@builtin("list contains", "list: list, element: any~")
def _contains(run: Run, items: list[Any], element: Any) -> Any:
    return _position(run, items, element) is not None


def _position(run: Run, items: list[Any], element: Any) -> int | None:
    run.spend(len(items))
    return next((at for at, item in enumerate(items) if equal(run, item, element)), None)


@builtin("sublist", "list: list, start position: number, length: number?")
def _sublist(run: Run, items: list[Any], start: Decimal, length: Decimal | None) -> Any:
    begin = int(start)
    if begin == 0 or abs(begin) > len(items):
        raise Wrong("the start position lies outside the list.")
    begin = begin - 1 if begin > 0 else len(items) + begin
    if length is None:
        return run.listed(items[begin:])
    if length < 1 or begin + length > len(items):
        raise Wrong("the list is shorter than that.")
    return run.listed(items[begin : begin + int(length)])


@builtin("append", "list: list, *item: list")
def _append(run: Run, items: list[Any], more: Any) -> Any:
    run.spend(len(items) + len(more))
    return items + more


@builtin("concatenate", "*list: list")
def _concatenate(run: Run, lists: list[Any]) -> Any:
    joined: list[Any] = []
    for one in lists:
        if one is None:
            raise Wrong("null is no list.")
        part = one if isinstance(one, list) else [one]
        run.spend(len(part))
        joined += part
    return joined


@builtin("union", "*list: list")
def _union(run: Run, lists: list[Any]) -> Any:
    return _distinct(run, _concatenate(run, lists))


#: Values that are equal where Python says so: they are looked up, not compared one by one.
_PLAIN = frozenset((type(None), bool, str, Decimal, date, timedelta, Months))


@builtin("distinct values", "list: list")
def _distinct(run: Run, items: list[Any]) -> Any:
    run.spend(len(items))
    kept: list[Any] = []
    plain: set[Any] = set()
    others: list[Any] = []
    for item in items:
        if item.__class__ in _PLAIN:
            key = (item.__class__, item)
            if key in plain:
                continue
            plain.add(key)
        elif _position(run, others, item) is not None:
            continue
        else:
            others.append(item)
        kept.append(item)
    return kept


@builtin("insert before", "list: list, position: number, newItem: any~")
def _insert(run: Run, items: list[Any], position: Decimal, new: Any) -> Any:
    at = _index(items, position)
    run.spend(len(items))
    return [*items[:at], new, *items[at:]]


@builtin("remove", "list: list, position: number")
def _remove(run: Run, items: list[Any], position: Decimal) -> Any:
    at = _index(items, position)
    run.spend(len(items))
    return items[:at] + items[at + 1 :]


def _index(items: list[Any], position: Decimal) -> int:
    at = int(position)
    if at == 0 or abs(at) > len(items):
        raise Wrong("the position lies outside the list.")
    return at - 1 if at > 0 else len(items) + at


@builtin("list replace", "list: list, position: number, newItem: any~")
def _replace_at(run: Run, items: list[Any], position: Decimal, new: Any) -> Any:
    at = _index(items, position)
    run.spend(len(items))
    return [*items[:at], new, *items[at + 1 :]]


@builtin("list replace", "list: list, match: function, newItem: any~")
def _replace_matching(run: Run, items: list[Any], match: Function, new: Any) -> Any:
    run.spend(len(items))
    replaced = []
    for item in items:
        answer = match.call(run, [item, new], None)
        if not isinstance(answer, bool):
            raise Wrong("“match” must answer true or false.")
        replaced.append(new if answer else item)
    return replaced


@builtin("reverse", "list: list")
def _reverse(run: Run, items: list[Any]) -> Any:
    run.spend(len(items))
    return items[::-1]


@builtin("index of", "list: list, match: any~")
def _index_of(run: Run, items: list[Any], match: Any) -> Any:
    run.spend(len(items))
    return [Decimal(at) for at, item in enumerate(items, 1) if equal(run, item, match)]


@builtin("flatten", "list: list")
def _flatten(run: Run, items: list[Any]) -> Any:
    flat: list[Any] = []
    waiting = [iter(items)]
    while waiting:
        run.spend(1)
        for item in waiting[-1]:
            run.spend(1)
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            flat.append(item)
        else:
            waiting.pop()
    return flat


@builtin("sort", "list: list, precedes: function")
def _sort(run: Run, items: list[Any], precedes: Function) -> Any:
    def before(a: Any, b: Any) -> bool:
        run.spend(2)
        return precedes.call(run, [a, b], None) is True

    def compare(a: Any, b: Any) -> int:
        if before(a, b):
            return -1
        return 1 if before(b, a) else 0

    return sorted(items, key=functools.cmp_to_key(compare))
