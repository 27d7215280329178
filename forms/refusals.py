"""What the server cannot serve: each finding names the component and says what to do instead.

`findings(form)` works on the raw schema and takes anything, also what is no form at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from forms import patterns
from forms.components import KINDS
from forms.problems import Problem

Finding = tuple[str, Problem]

#: Deeper than this nobody fills in.
DEEPEST = 8
MOST_COMPONENTS = 500
_KEY = re.compile(r"[^\W\d]\w{0,59}")
_WORDS = {
    "and",
    "or",
    "in",
    "not",
    "if",
    "then",
    "else",
    "for",
    "return",
    "some",
    "every",
    "satisfies",
}
_WORDS |= {
    "between",
    "instance",
    "function",
    "null",
    "true",
    "false",
    "this",
    "parent",
    "now",
    "Meta",
}

_LIMITS: Mapping[str, frozenset[str]] = {
    "textfield": frozenset(
        ["required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"]
    ),
    "textarea": frozenset(["required", "minLength", "maxLength"]),
    "number": frozenset(["required", "min", "max"]),
}
_REQUIRED = frozenset(["required"])


def findings(form: Any) -> list[Finding]:
    """Everything in a form that the server does not support, in the form's order."""
    if not isinstance(form, dict) or not isinstance(form.get("components"), list):
        return [("", Problem("form_shape"))]
    return [*_level(form["components"], "components", set(), 0), *_rules(form)]


def rules_of(form: Mapping[str, Any]) -> list[Any]:
    """`properties.stafet.regler` as it stands in the schema."""
    properties = form.get("properties") or {}
    ours = properties.get("stafet") if isinstance(properties, dict) else None
    rules = ours.get("regler") if isinstance(ours, dict) else None
    return rules if isinstance(rules, list) else []


def _level(raw: list[Any], where: str, keys: set[str], depth: int) -> Iterator[Finding]:
    if depth > DEEPEST or len(raw) > MOST_COMPONENTS:
        yield where, Problem("form_size")
        return
    for n, one in enumerate(raw):
        if not isinstance(one, dict):
            yield f"{where}[{n}]", Problem("form_shape")
            continue
        name = _name(one) or f"{where}[{n}]"
        if not isinstance(one.get("type"), str) or one["type"] not in KINDS:
            yield name, Problem("component", type=str(one.get("type"))[:40])
            continue
        for look in _LOOKS:
            yield from ((name, problem) for problem in look(one))
        yield from ((name, problem) for problem in _keyed(one, keys))
        yield from _inside(one, name, keys, depth)


def _inside(one: Mapping[str, Any], name: str, keys: set[str], depth: int) -> Iterator[Finding]:
    if one["type"] not in ("group", "dynamiclist"):
        return
    children = one.get("components", [])
    if not isinstance(children, list):
        yield name, Problem("form_shape")
    else:
        same = one["type"] == "group" and not one.get("path")
        yield from _level(children, name, keys if same else set(), depth + 1)


def _name(one: Mapping[str, Any]) -> str:
    found = (one.get(word) for word in ("key", "path", "id"))
    return next((str(value) for value in found if isinstance(value, str) and value), "")


def _keyed(one: Mapping[str, Any], keys: set[str]) -> Iterator[Problem]:
    kind = KINDS[one["type"]]
    word = "path" if kind in ("group", "rows") else "key"
    key = one.get(word)
    if kind == "content" or (kind == "group" and not key):
        return
    if not isinstance(key, str) or not _KEY.fullmatch(key) or key in _WORDS:
        yield Problem("key", key=str(key)[:60])
    elif key in keys:
        yield Problem("key_twice", key=key)
    else:
        keys.add(key)


def _shape(one: Mapping[str, Any]) -> Iterator[Problem]:
    dicts = ("validate", "conditional", "properties", "appearance")
    texts = ("label", "description", "text", "id", "valuesKey", "valuesExpression", "expression")
    if any(not isinstance(one.get(word) or {}, dict) for word in dicts) or any(
        not isinstance(one.get(word) or "", str) for word in texts
    ):
        yield Problem("form_shape")
    own = one.get("properties")
    if isinstance(own, dict) and any(not isinstance(value, str) for value in own.values()):
        yield Problem("properties")


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


def _options(one: Mapping[str, Any]) -> Iterator[Problem]:
    if KINDS[one["type"]] not in ("choice", "choices"):
        return
    values = one.get("values")
    if values is None:
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


def _states(one: Mapping[str, Any]) -> Iterator[Problem]:
    for word in ("readonly", "disabled"):
        if not isinstance(one.get(word, False), bool):
            yield Problem("limit_yes_no", limit=word)
    hide = one["conditional"].get("hide", "") if isinstance(one.get("conditional"), dict) else ""
    if not isinstance(hide, str):
        yield Problem("setting", setting="conditional.hide")
    if one["type"] == "expression" and not one.get("expression"):
        yield Problem("no_expression")


_LOOKS: tuple[Callable[[Mapping[str, Any]], Iterator[Problem]], ...] = (
    _shape,
    _limits,
    _pattern,
    _options,
    _number,
    _moment,
    _states,
)


def _rules(form: Mapping[str, Any]) -> Iterator[Finding]:
    for rule in rules_of(form):
        whole = isinstance(rule, dict) and all(
            isinstance(rule.get(word, ""), str) for word in ("når", "udtryk", "felt", "besked")
        )
        if not whole or not rule.get("felt") or not rule.get("besked"):
            yield "regler", Problem("rule_shape")
        elif not (rule.get("når") or rule.get("udtryk")):
            yield rule["felt"], Problem("rule_shape")
        elif not any(_holds(one, rule["felt"]) for one in form["components"]):
            yield rule["felt"], Problem("rule_field", field=rule["felt"][:60])


def _holds(one: Any, key: str) -> bool:
    if not isinstance(one, dict):
        return False
    if one.get("type") == "group" and not one.get("path"):
        children = one.get("components")
        return isinstance(children, list) and any(_holds(child, key) for child in children)
    return key in (one.get("key"), one.get("path"))


def _is_number(value: Any, *, whole: bool) -> bool:
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return False
    return not whole or 0 <= value <= 100_000
