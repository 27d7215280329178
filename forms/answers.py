"""Check answers: kinds and limits by the form's marshmallow schema, then what depends on other answers.

That is options which an expression gives, dates that must not be passed, earliest and latest dates, and the form's
rules.  What a person forgot is a value, not an exception; hostile answers get problems like any others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from marshmallow import ValidationError

from engine.errors import StafetError
from forms import danish, reading, scene
from forms.components import TODAY, Component, Rule
from forms.kinds import MOST_ROWS_IN_ALL, blank, not_options
from forms.names import Feel, value_of
from forms.problems import Problem
from forms.scene import Path, Scene

#: No page shows more; a million unknown names are as wrong as a hundred.
MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """`values` as they are kept; `problems` by field: `navn`, `boern.0.navn` (rows count from 0)."""

    values: dict[str, Any]
    problems: dict[str, Problem]


@dataclass(frozen=True, slots=True)
class Examined:
    """The same with paths, and the scene that the answers gave."""

    values: dict[str, Any]
    problems: dict[Path, Problem]
    scene: Scene


def check(
    form: Mapping[str, Any], answers: Any, *, feel: Feel, context: Mapping[str, Any]
) -> Checked:
    """The answers as they are kept, with the problems that stand in the way (none: `problems` is empty).

    Nothing is converted and hidden fields are left out.  `context` is what the task hands over, and `now` in it the
    moment.  Raises only FormUnsupported, for a form that should never have been deployed.
    """
    found = examine(reading.read(form), answers, feel, context)
    return Checked(found.values, {name(path): said for path, said in found.problems.items()})


def examine(form: reading.Form, answers: Any, feel: Feel, context: Mapping[str, Any]) -> Examined:
    """As `check`, for a form that has been read."""
    if not isinstance(answers, Mapping):
        return Examined({}, {(): Problem("not_answers")}, Scene({}, frozenset(), {}))
    drawn = scene.settle(form.components, answers, feel, context)
    values, problems = _kinds(form, drawn)
    if drawn.overfull:
        problems[()] = Problem("too_many_rows", most=MOST_ROWS_IN_ALL)
    for path, component, value, names in scene.leaves(form.components, drawn):
        if path in problems or blank(value):
            continue
        if said := _depending(component, value, names, feel):
            problems[path] = said
    for rule in form.rules:
        path = (rule.field,)
        if (
            path not in problems
            and path not in drawn.hidden
            and (said := _broken(rule, drawn, feel))
        ):
            problems[path] = said
    return Examined(values, problems, drawn)


def name(path: Path) -> str:
    """A path as problems and pages name it."""
    return ".".join(str(part)[:60] for part in path)


def bound(component: Component, word: str, names: Mapping[str, Any], feel: Feel) -> date | None:
    """The day that `tidligst` or `senest` gives: a date, `i dag`, or FEEL; None where it gives none."""
    text = component.own.get(word, "").strip()
    if not text or text == TODAY:
        return today(names) if text else None
    plain = danish.read_date(text)
    return plain if isinstance(plain, date) else _day(value_of(feel, text, names))


def today(names: Mapping[str, Any]) -> date | None:
    """The Danish date of the context's `now`."""
    found = names.get("today")
    day = found() if callable(found) else None
    return day if isinstance(day, date) else None


def _kinds(form: reading.Form, drawn: Scene) -> tuple[dict[str, Any], dict[Path, Problem]]:
    try:
        return form.schema.load(drawn.data), {}
    except ValidationError as exc:
        # The schema is the same for all answers; here hidden fields are asked for nothing.
        said = ((p, s) for p, s in _flat(exc.messages, ()) if p not in drawn.hidden)
        valid = exc.valid_data if isinstance(exc.valid_data, dict) else {}
        return valid, dict(islice(said, MOST_PROBLEMS))


def _flat(messages: Any, path: Path) -> Iterator[tuple[Path, Problem]]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _flat(inner, path if key == "_schema" else (*path, key))
    else:
        said = messages[0]
        if said.code == "unknown":
            said = Problem("unknown", key=str(path[-1])[:60])
        yield path, said


def _depending(
    component: Component, value: Any, names: Mapping[str, Any], feel: Feel
) -> Problem | None:
    if component.fixed:
        return None
    if component.kind in ("date", "moment"):
        return _dated(component, value, names, feel)
    if component.kind not in ("choice", "choices") or component.options is not None:
        return None
    allowed = scene.options(component, names, feel)
    return (
        Problem("not_an_option", label=component.named)
        if not_options(component, value, allowed)
        else None
    )


def _dated(
    component: Component, value: Any, names: Mapping[str, Any], feel: Feel
) -> Problem | None:
    day, label = _day(value), component.named
    if day is None:
        return None
    now = today(names)
    if component.raw.get("disallowPassedDates") and now is not None and day < now:
        return Problem("past", label=label)
    earliest = bound(component, "tidligst", names, feel)
    if earliest is not None and day < earliest:
        return Problem("earliest", label=label, earliest=danish.say_date(earliest))
    latest = bound(component, "senest", names, feel)
    if latest is not None and day > latest:
        return Problem("latest", label=label, latest=danish.say_date(latest))
    return None


def _day(value: Any) -> date | None:
    if isinstance(value, str):
        read = danish.read_moment(value) if "T" in value else danish.read_date(value)
        value = None if isinstance(read, Problem) else read
    if isinstance(value, datetime):
        return (value.astimezone(danish.COPENHAGEN) if value.tzinfo else value).date()
    return value if isinstance(value, date) else None


def _broken(rule: Rule, drawn: Scene, feel: Feel) -> Problem | None:
    """Only a clear no refuses: an expression that lacks answers says nothing."""
    try:
        if rule.when and feel(rule.when, drawn.names) is not True:
            return None
        broken = (
            feel(rule.demand, drawn.names) is False
            if rule.demand
            else blank(drawn.names.get(rule.field))
        )
    except (StafetError, RecursionError):  # too costly for these answers: not a way round the rule
        broken = True
    return Problem("rule", own=rule.message) if broken else None
