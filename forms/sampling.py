"""Make up answers that a form accepts: for simulations, and for the demo's tasks.

Answers are tried until the check is content: what it asks for is filled in, the next candidate each time it says no.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice, pairwise
from typing import Any

from forms import choices, danish, patterns, reading, scene
from forms.answers import Examined, bound, examine, today
from forms.components import Component, within
from forms.kinds import LENGTHS, blank
from forms.names import Feel
from forms.scene import Path

#: What an unknown text field says; a designer gives better words in the property `eksempel`.
WORDS = "Eksempel på et svar. "
_ROUNDS = 60
_MOST_TRIES = 25


def sample(
    form: Mapping[str, Any],
    *,
    now: datetime,
    context: Mapping[str, Any],
    feel: Feel,
    leave: Collection[str] = (),
) -> dict[str, Any]:
    """Answers for what the form requires, never for a name in `leave`; those count as the context has them.

    Where no candidate is accepted the answer is left out, for the check to say so.
    """
    read = reading.read(form)
    known = {**context, "now": now}
    keys = {one.key for one in within(read.components) if one.key}
    given = {key: context[key] for key in leave if key in keys and key in context}
    tries = _Tries(read, feel, known, frozenset(leave), dict(given))
    tries.run()
    return {k: v for k, v in tries.answers.items() if k not in given}


@dataclass(slots=True)
class _Tries:
    """The answers so far, and the candidates that are left for each field."""

    form: reading.Form
    feel: Feel
    context: Mapping[str, Any]
    leave: frozenset[str]
    answers: dict[str, Any]

    def run(self) -> None:
        left: dict[Path, Iterator[Any]] = {}
        for _ in range(_ROUNDS):
            found = examine(self.form, self.answers, self.feel, self.context)
            tried = [self._next(path, found, left) for path in found.problems]
            if True not in tried:
                break
        self._drop(found)

    def _next(self, path: Path, found: Examined, left: dict[Path, Iterator[Any]]) -> bool:
        """Try the next candidate of one field; False where there is none."""
        if not path or path[0] in self.leave:
            return False
        if path not in left:
            left[path] = islice(self._candidates(path, found), _MOST_TRIES)
        value = next(left[path], None)
        if value is None:
            return False
        _put(self.answers, path, value)
        return True

    def _candidates(self, path: Path, found: Examined) -> Iterator[Any]:
        for here, component, _value, names in scene.leaves(self.form.components, found.scene):
            if here == path:
                yield from candidates(component, names, self.feel)

    def _drop(self, found: Examined) -> None:
        # An answer that is refused would hide that the form asks for something which cannot be made up.
        for path in found.problems:
            if path and path[0] not in self.leave:
                self.answers.pop(str(path[0]), None)


def candidates(component: Component, names: Mapping[str, Any], feel: Feel) -> Iterator[Any]:
    """Likely answers to one field, the best first; none is null."""
    own = component.own.get("eksempel", "")
    for first in (_typed(component, own), component.raw.get("defaultValue")):
        if not blank(first):
            yield first
    if component.kind in ("date", "moment"):
        yield from _days(component, names, feel)
    elif component.kind in ("choice", "choices"):
        values = [one.value for one in scene.options(component, names, feel)]
        yield from ([v] if component.kind == "choices" else v for v in values)
    elif component.kind == "rows":
        yield from _rows(component, names, feel)
    else:
        yield from _plain(component)


def _plain(component: Component) -> Iterator[Any]:
    match component.kind:
        case "text":
            yield from _texts(component)
        case "number":
            yield from _numbers(component)
        case "bool":
            yield True
        case "time":
            yield "10:00"


def _texts(component: Component) -> Iterator[str]:
    limits = component.limits
    least = max(limits.get("minLength") or 0, 1)
    most = limits.get("maxLength") or LENGTHS[component.type]
    if limits.get("pattern"):
        yield from patterns.read(limits["pattern"]).samples(least, min(most, 60))
    yield from {"email": ["navn@eksempel.dk"], "phone": ["12345678"]}.get(
        limits.get("validationType") or "", []
    )
    words = (WORDS * (1 + least // len(WORDS)))[: min(max(least, len(WORDS) - 1), most)]
    yield words if words[-1] != " " else f"{words[:-1]}."  # spaces at the end do not count


def _numbers(component: Component) -> Iterator[int | float]:
    limits = component.limits
    low, high = limits.get("min"), limits.get("max")
    yield from (limit for limit in (low, high) if limit is not None)
    start = low if low is not None else (high - 10 if high is not None else 0)
    for near in (start, math.ceil(start)):
        yield from (danish.whole(near + step) for step in (1, 0, 2, 3, 5, 7, 10))


def _days(component: Component, names: Mapping[str, Any], feel: Feel) -> Iterator[str]:
    now = today(names)
    ends = [bound(component, word, names, feel) for word in ("tidligst", "senest")]
    for day in (now, *ends):
        for step in (0, 1, 7, -1, -7):
            if day is not None:
                yield _on(component, danish.tomorrow(day, step))


def _on(component: Component, day: date) -> str:
    text = f"{day.isoformat()}"
    return text if component.kind == "date" else danish.typed_moment(text, "10:00") or text


def _rows(
    component: Component, names: Mapping[str, Any], feel: Feel
) -> Iterator[list[dict[str, Any]]]:
    """One row with what it must have, and one of the other fields where that is not enough."""
    plain = [one for one in within(component.children) if one.key and not one.fixed]
    firsts = {
        one.key: next(candidates(one, names, feel), None)
        for one in plain
        if one.kind not in ("group", "computed")
    }
    must = {one.key: firsts[one.key] for one in plain if one.required and firsts.get(one.key)}
    yield [must]
    yield from ([{**must, key: value}] for key, value in firsts.items() if value is not None)


def _typed(component: Component, text: str) -> Any:
    """The property `eksempel` as the answer that somebody would have typed."""
    if not text or component.kind in ("group", "rows"):
        return None
    if component.kind == "number":
        return danish.typed_number(text)
    if component.kind == "choice":
        return choices.value_of(text)
    if component.kind == "choices":
        return [choices.value_of(one.strip()) for one in text.split(",")]
    return True if component.kind == "bool" else text


def _put(answers: dict[str, Any], path: Path, value: Any) -> None:
    at: Any = answers
    for part, following in pairwise(path):
        known = isinstance(part, int)  # a row that was refused is there
        at = at[part] if known else at.setdefault(part, [] if isinstance(following, int) else {})
    at[path[-1]] = value
