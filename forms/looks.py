"""What one component may be set to; each look says what the server cannot serve."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from forms import patterns, prose
from forms.components import KINDS
from forms.kinds import LENGTHS
from forms.problems import Problem

_LIMITS: Mapping[str, frozenset[str]] = {
    "textfield": frozenset(
        ["required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"]
    ),
    "textarea": frozenset(["required", "minLength", "maxLength"]),
    "number": frozenset(["required", "min", "max"]),
}
_REQUIRED = frozenset(["required"])
#: Our own properties by kind; the others take an example only.
_OWN: Mapping[str, tuple[str, ...]] = {
    "date": ("tidligst", "senest", "eksempel"),
    "computed": ("vises_som",),
    "group": (),
    "rows": (),
    "content": (),
}
_TEXTS = (
    "label", "dateLabel", "timeLabel", "description", "text", "id", "valuesKey", "valuesExpression", "expression",
)  # fmt: skip
_UNLABELLED = frozenset(["computed", "group", "content"])


def _shape(one: Mapping[str, Any]) -> Iterator[Problem]:
    dicts = ("validate", "conditional", "properties", "appearance")
    if any(not isinstance(one.get(word) or {}, dict) for word in dicts) or any(
        not isinstance(one.get(word) or "", str) for word in _TEXTS
    ):
        yield Problem("form_shape")
    own = one.get("properties")
    if isinstance(own, dict) and any(not isinstance(value, str) for value in own.values()):
        yield Problem("properties")


def _own(one: Mapping[str, Any]) -> Iterator[Problem]:
    """Only our own properties that mean something on this component: a slip of the pen would go unnoticed."""
    own = one.get("properties")
    fitting = set(_OWN.get(KINDS[one["type"]], ("eksempel",)))
    if one.get("subtype") == "time":
        fitting -= {"tidligst", "senest"}
    for word in sorted(set(own) - fitting) if isinstance(own, dict) else ():
        yield Problem("own", name=str(word)[:40])


def _texts(one: Mapping[str, Any]) -> Iterator[Problem]:
    """Labels stand as they are written; only the text component is filled in."""
    kind = KINDS[one["type"]]
    labels = [one.get(word) for word in ("label", "dateLabel", "timeLabel")]
    if kind not in _UNLABELLED and not any(str(one or "").strip() for one in labels):
        yield Problem("no_label")
    for text in (*labels, one.get("description")):
        if isinstance(text, str) and (text.lstrip().startswith("=") or "{{" in text):
            yield Problem("template")
    if isinstance(text := one.get("text") or "", str) and not prose.readable(text):
        yield Problem("template")


def _table(one: Mapping[str, Any]) -> Iterator[Problem]:
    if one["type"] != "table":
        return
    columns = one.get("columns")
    if not isinstance(one.get("dataSource"), str) or not one["dataSource"]:
        yield Problem("setting", setting="dataSource")
    if not isinstance(columns, list) or not columns or not all(map(_is_column, columns)):
        yield Problem("setting", setting="columns")


def _is_column(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("key"), str)
        and isinstance(one.get("label") or "", str)
    )


def _list(one: Mapping[str, Any]) -> Iterator[Problem]:
    if one["type"] != "dynamiclist":
        return
    if not _is_number(one.get("defaultRepetitions"), whole=True):
        yield Problem("limit_number", limit="defaultRepetitions")
    if not isinstance(one.get("allowAddRemove", True), bool):
        yield Problem("limit_yes_no", limit="allowAddRemove")


def _limits(one: Mapping[str, Any]) -> Iterator[Problem]:
    limits = one.get("validate") or {}
    if not isinstance(limits, dict):
        return
    for word in limits.keys() - _LIMITS.get(one["type"], _REQUIRED):
        if limits[word] not in (None, ""):
            yield Problem("limit", limit=str(word)[:40])
    for word in ("min", "max", "minLength", "maxLength"):
        if not _is_number(limits.get(word, 0), whole=word.endswith("Length")):
            yield Problem("limit_number", limit=word)
        elif word.endswith("Length") and (limits.get(word) or 0) > LENGTHS.get(one["type"], 10**6):
            yield Problem("limit_most", limit=word, most=LENGTHS[one["type"]])
    if not isinstance(limits.get("required", False), bool):
        yield Problem("limit_yes_no", limit="required")
    if limits.get("validationType", "custom") not in ("", "custom", "email", "phone", None):
        yield Problem("limit", limit="validationType")


def _pattern(one: Mapping[str, Any]) -> Iterator[Problem]:
    limits = one.get("validate")
    pattern = limits.get("pattern") if isinstance(limits, dict) else None
    if pattern is None:
        return
    try:
        patterns.read(pattern)
    except (patterns.PatternInvalid, TypeError) as exc:
        yield Problem("bad_pattern", where=str(exc)[:80])


def _crossed(one: Mapping[str, Any]) -> Iterator[Problem]:
    """Limits that nobody can meet."""
    limits = one.get("validate") or {}
    for low, high in (
        (("min", "max"), ("minLength", "maxLength")) if isinstance(limits, dict) else ()
    ):
        least, most = limits.get(low), limits.get(high)
        if isinstance(least, (int, float)) and isinstance(most, (int, float)) and least > most:
            yield Problem("limits_crossed", low=low, high=high)


def _options(one: Mapping[str, Any]) -> Iterator[Problem]:
    if KINDS[one["type"]] not in ("choice", "choices"):
        return
    values = one.get("values")
    if values is None or values == []:
        if not (one.get("valuesKey") or one.get("valuesExpression")):
            yield Problem("no_options")
    elif not isinstance(values, list) or not values or not all(_is_option(v) for v in values):
        yield Problem("option_shape")
    elif len({str(v["value"]).lower() for v in values}) < len(values):
        yield Problem("option_twice")


def _is_option(one: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(one.get("label", ""), str):
        return False
    value = one.get("value")
    return value != "" and isinstance(value, (str, bool, int, float)) and len(str(value)) <= 200


def _number(one: Mapping[str, Any]) -> Iterator[Problem]:
    if one["type"] != "number":
        return
    if not _is_number(one.get("decimalDigits", 0), whole=True):
        yield Problem("limit_number", limit="decimalDigits")
    if one.get("serializeToString"):
        yield Problem("setting", setting="serializeToString")


def _moment(one: Mapping[str, Any]) -> Iterator[Problem]:
    if one["type"] != "datetime":
        return
    if one.get("subtype", "date") not in ("date", "time", "datetime"):
        yield Problem("setting", setting="subtype")
    if one.get("timeSerializingFormat") not in (None, "utc_offset", "no_timezone"):
        yield Problem("setting", setting="timeSerializingFormat")
    if not isinstance(one.get("disallowPassedDates", False), bool):
        yield Problem("limit_yes_no", limit="disallowPassedDates")


def _states(one: Mapping[str, Any]) -> Iterator[Problem]:
    for word in ("readonly", "disabled"):
        if not isinstance(one.get(word, False), bool):
            yield Problem("limit_yes_no", limit=word)
        elif one.get(word) and one["type"] in ("group", "dynamiclist"):
            yield Problem("setting", setting=word)  # each field inside says so itself
    conditional = one.get("conditional") or {}
    if isinstance(conditional, dict):
        for word in conditional:
            if word != "hide" or not isinstance(conditional[word] or "", str):
                yield Problem("setting", setting=f"conditional.{word}"[:40])
    if one["type"] == "expression" and not one.get("expression"):
        yield Problem("no_expression")


def _is_number(value: Any, *, whole: bool) -> bool:
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return False
    return not whole or 0 <= value <= 100_000


#: What is looked at in a component of a known type.
LOOKS: tuple[Callable[[Mapping[str, Any]], Iterator[Problem]], ...] = (
    _shape,
    _own,
    _texts,
    _limits,
    _crossed,
    _pattern,
    _options,
    _number,
    _moment,
    _table,
    _list,
    _states,
)
