"""One marshmallow schema for a form: the right kind of each answer, and its limits.

Nothing is converted: `"3"` is no number and `1` no yes.  What depends on other answers (conditions, rules, dates
that must not be passed) is looked at in `forms/answers.py`, after this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from forms import danish, patterns
from forms.components import Component, Option, within
from forms.problems import Problem

#: No list of rows is longer; a form that needs more is a table of another system.
MOST_ROWS = 200
#: Nor are there more rows in all the lists of a form, so that lists in lists cannot multiply.
MOST_ROWS_IN_ALL = 2_000
#: So many options of an expression are shown, and so many may be chosen.
MOST_OPTIONS = 1_000
#: The longest text of each kind, also where the form does not say; a pattern is only tried on short ones.
LENGTHS = {"textfield": 1_000, "textarea": 20_000}

_DEEPEST = 20

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.){1,8}[a-zA-Z]{2,24}"
)
_PHONE = re.compile(r"(?:(?:\+|00)[1-9][0-9]{5,13}|[0-9]{8})")


def schema_of(components: tuple[Component, ...]) -> Schema:
    """The schema of one level of answers; unknown names are refused."""
    made = {one.key: _field(one) for one in within(components) if one.key}
    return _Answers.from_dict(dict(made), name="Answers")(unknown=RAISE)


def blank(value: Any) -> bool:
    """Whether a value is no answer; `False` and 0 are answers."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def empty(value: Any, depth: int = 0) -> bool:
    """Whether nobody has answered anything in a row, group or list; deeper than any form counts as an answer."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        return all(empty(inner, depth + 1) for inner in value.values())
    if isinstance(value, list):
        return all(isinstance(row, dict) and empty(row, depth + 1) for row in value)
    return value is False or blank(value)


def distinct(chosen: Any) -> Any:
    """What was chosen, each once; what is no list of choices is left for the check to refuse."""
    if not isinstance(chosen, list) or not scalars(chosen):
        return chosen
    return list({(isinstance(one, bool), one): one for one in chosen}.values())


def scalars(value: list[Any]) -> bool:
    """Whether it is a list of choices, of a length that a form can have."""
    return len(value) <= MOST_OPTIONS and all(isinstance(v, (str, bool, int, float)) for v in value)


def missing(component: Component) -> Problem:
    """The sentence for a required field without answer."""
    code = {
        "bool": "tick",
        "choice": "choose",
        "choices": "tick_one",
        "rows": "row",
        "date": "not_a_date",
        "time": "not_a_time",
        "number": "not_a_number",
    }.get(component.kind, "required")
    return Problem(code, label=component.named)


def not_options(component: Component, value: Any, options: tuple[Option, ...]) -> bool:
    """Whether something was chosen that is not among the options."""
    chosen = value if component.kind == "choices" else [value]
    return any(not _among(one, options) for one in chosen)


class _Answers(Schema):
    """Answers by name."""

    error_messages = {  # a Problem is text; marshmallow hands it on untouched
        "unknown": Problem("unknown", key="%(key)s"),
        "type": Problem("not_answers"),
    }


class _Said:
    """Errors of a marshmallow field as our sentences."""

    component: Component

    def make_error(self, key: str, **_kwargs: Any) -> ValidationError:
        """The only reasons of marshmallow's own: not there, null, not a list."""
        if key in ("required", "null"):
            return ValidationError([missing(self.component)])
        return _no(self.component, "not_a_list" if self.component.kind == "rows" else "not_answers")


class _Answer(_Said, fields.Field[Any]):
    """One answer that is no list of rows and no group."""

    def __init__(self, component: Component) -> None:
        super().__init__(required=component.required, allow_none=not component.required)
        self.component = component

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if blank(value):
            if self.component.required:
                raise self.make_error("required")
            return [] if self.component.kind == "choices" else None
        return _KINDS[self.component.kind](self.component, value)


class _Rows(_Said, fields.Field[Any]):
    """A list of rows; rows in which nobody answered anything are dropped."""

    def __init__(self, component: Component) -> None:
        super().__init__(required=component.required, allow_none=not component.required)
        self.component, self.row = component, _Row(component)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            raise _no(self.component, "not_a_list")
        if len(value) > MOST_ROWS:
            raise _no(self.component, "too_many_rows", most=MOST_ROWS)
        given = {
            n: row for n, row in enumerate(value) if not (isinstance(row, dict) and empty(row))
        }
        if not given and self.component.required:
            raise self.make_error("required")
        return self._each(given)

    def _each(self, given: Mapping[int, Any]) -> list[Any]:
        kept: list[Any] = []
        wrong: dict[int, Any] = {}
        for n, row in given.items():
            try:
                kept.append(self.row.deserialize(row))
            except ValidationError as exc:
                kept.append(exc.valid_data)
                wrong[n] = exc.messages
        if wrong:
            raise ValidationError(wrong, valid_data=kept)
        return kept


class _Row(_Said, fields.Nested):
    def __init__(self, component: Component) -> None:
        super().__init__(
            lambda: schema_of(component.children), allow_none=component.kind == "group"
        )
        self.component = component


def _field(component: Component) -> fields.Field[Any]:
    if component.kind == "computed" or component.fixed:
        return fields.Raw(allow_none=True)  # put there by the server, not by a person
    if component.kind == "rows":
        return _Rows(component)
    if component.kind == "group":
        return _Row(component)
    return _Answer(component)


def _text(component: Component, value: Any) -> str:
    if not isinstance(value, str):
        raise _no(component, "not_text")
    value = value.replace("\r\n", "\n")  # as browsers send it
    if _CONTROL.search(value) or (component.type == "textfield" and "\n" in value):
        raise _no(component, "characters")
    limits, length = component.limits, len(value.strip())
    if length < (limits.get("minLength") or 0):
        raise _no(component, "too_short", least=limits["minLength"])
    most = limits.get("maxLength") or LENGTHS[component.type]
    if length > most or len(value) > 2 * LENGTHS["textarea"]:
        raise _no(component, "too_long", most=most)
    return _formed(component, value)


def _formed(component: Component, value: str) -> str:
    limits, tidy = component.limits, value.strip()
    wanted = limits.get("validationType")
    if wanted == "email" and not _EMAIL.fullmatch(tidy):
        raise _no(component, "email")
    if wanted == "phone" and not _PHONE.fullmatch(re.sub(r"[ \-()]", "", tidy)):
        raise _no(component, "phone")
    if (pattern := limits.get("pattern")) and not patterns.read(pattern).found_in(value):
        raise _no(component, "pattern", own=limits.get("patternErrorMessage") or "")
    return value


def _number(component: Component, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _no(component, "not_a_number")
    if not abs(value) <= danish.MOST:
        raise _no(component, "not_a_number" if value != value else "too_big")
    limits, tidy = component.limits, danish.whole(value)
    if (least := limits.get("min")) is not None and tidy < least:
        raise _no(component, "least", least=danish.say_number(least))
    if (most := limits.get("max")) is not None and tidy > most:
        raise _no(component, "most", most=danish.say_number(most))
    decimals = component.raw.get("decimalDigits")
    if decimals is not None and len(danish.say_number(tidy).partition(",")[2]) > decimals:
        raise _no(component, "decimals" if decimals else "whole", most=decimals)
    return tidy


def _bool(component: Component, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _no(component, "not_yes_no")
    if component.required and not value:
        raise _no(component, "tick")
    return value


def _choice(component: Component, value: Any) -> Any:
    if not isinstance(value, (str, bool, int, float)) or _out(component, value):
        raise _no(component, "not_an_option")
    return value


def _choices(component: Component, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _no(component, "not_a_list")
    if not scalars(value) or _out(component, value):
        raise _no(component, "not_an_option")
    return list(distinct(value))


def _out(component: Component, value: Any) -> bool:
    return component.options is not None and not_options(component, value, component.options)


def _among(value: Any, options: tuple[Option, ...]) -> bool:
    return any(_same(value, option.value) for option in options)


def _same(one: Any, other: Any) -> bool:
    # In Python 1 == True; in JSON they are two values.
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _iso(
    read: Callable[[str], Any], write: Callable[[Any], str]
) -> Callable[[Component, Any], str]:
    def typed(component: Component, value: Any) -> str:
        found = read(value) if isinstance(value, str) else None
        if isinstance(found, Problem):
            raise ValidationError([found.at(component.named)])
        if found is None:
            raise _no(component, "not_a_time" if component.kind == "time" else "not_a_date")
        return write(found)

    return typed


def _say_time(at: Any) -> str:
    return str(at.isoformat("seconds" if at.second else "minutes"))


_KINDS: Mapping[str, Callable[[Component, Any], Any]] = {
    "text": _text,
    "number": _number,
    "bool": _bool,
    "choice": _choice,
    "choices": _choices,
    "date": _iso(danish.read_date, lambda day: str(day.isoformat())),
    "time": _iso(danish.read_time, _say_time),
    "moment": _iso(danish.read_moment, danish.iso),
}


def _no(component: Component, code: str, *, own: str = "", **facts: Any) -> ValidationError:
    return ValidationError([Problem(code, label=component.named, own=own, **facts)])
