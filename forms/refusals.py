"""What the server cannot serve: each finding names the component and says what to do instead.

`findings(form)` works on the raw schema and takes anything, also what is no form at all.  `forms/looks.py` looks at
one component's settings; here is what concerns the form as a whole: size, depth, names and rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from forms.components import KINDS
from forms.looks import LOOKS
from forms.problems import Problem

Finding = tuple[str, Problem]

#: Deeper than this nobody fills in.
DEEPEST = 8
MOST_COMPONENTS = 500
#: Characters of the whole schema.
MOST_TEXT = 1_000_000
_RULE = {"når", "udtryk", "felt", "besked"}
_KEY = re.compile(r"[^\W\d]\w{0,59}")
# What FEEL, the rows' own names and marshmallow keep for themselves.
_WORDS = frozenset([
    "and", "or", "in", "not", "if", "then", "else", "for", "return", "some", "every", "satisfies", "between",
    "instance", "function", "null", "true", "false", "this", "parent", "now", "today", "Meta",
])  # fmt: skip


def findings(form: Any) -> list[Finding]:
    """Everything in a form that the server does not support, in the form's order."""
    if not isinstance(form, dict) or not isinstance(form.get("components"), list):
        return [("", Problem("form_shape"))]
    try:
        big = len(json.dumps(form, allow_nan=False)) > MOST_TEXT
    except (TypeError, ValueError, RecursionError):
        return [("", Problem("form_shape"))]
    if big:
        return [("", Problem("form_size"))]
    found = [*_level(form["components"], "components", set(), 0), *_settings(form)]
    if not {"form_shape", "form_size"} & {said.code for _where, said in found}:
        found += _rules(form)  # only in a form that is whole
    return found


def rules_of(form: Mapping[str, Any]) -> list[Any]:
    """`properties.stafet.regler` of a schema that `_settings` has nothing against."""
    rules = ((form.get("properties") or {}).get("stafet") or {}).get("regler")
    return list(rules or ())


def _settings(form: Mapping[str, Any]) -> Iterator[Finding]:
    """The form's own settings are none, or `stafet` with `regler`."""
    properties = form.get("properties") or {}
    ours = (properties.get("stafet") or {}) if isinstance(properties, dict) else None
    if not isinstance(ours, dict) or not isinstance(ours.get("regler") or [], list):
        yield "properties", Problem("form_shape")
    elif unknown := sorted(map(str, ours.keys() - {"regler"})):
        yield "properties", Problem("own", name=unknown[0][:40])


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
        for look in LOOKS:
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
    return next((value[:60] for value in found if isinstance(value, str) and value), "")


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


def _rules(form: Mapping[str, Any]) -> Iterator[Finding]:
    for rule in rules_of(form):
        whole = (
            isinstance(rule, dict)
            and rule.keys() <= _RULE
            and all(isinstance(text, str) for text in rule.values())
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
