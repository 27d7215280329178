"""What a designer tries before it is kept: a table asked with examples, an expression read as it is typed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import decisions, feel
from engine.errors import ExpressionInvalid, Invalid, StafetError
from engine.host import NAMES
from engine.imports.notes import Note
from engine.lint.reading import unread
from engine.model import Json, Source

_RESULT = re.compile(r'stafet:(?:resultat|saml|hver)="([^"]+)"')


class TableInvalid(Invalid):
    """The table cannot be read. Look at what is marked in it."""

    code = "table_invalid"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a table answered: the value as FEEL writes it, the ids of the rows that fitted, what went wrong."""

    value: str
    rows: tuple[str, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """An expression as it was read: `problem` and its place, or the names in it that nothing gives."""

    problem: Note | None = None
    unknown: tuple[str, ...] = ()


def inputs_of(xml: str, name: str) -> dict[str, str]:
    """What a table reads, and of what type; raises `TableInvalid`."""
    try:
        return decisions.load(xml).inputs(name)
    except StafetError as exc:
        raise TableInvalid from exc


def ask(xml: str, name: str, examples: Mapping[str, str]) -> Asked:
    """The table's answer to examples as somebody types them: FEEL where it is, else the text itself."""
    try:
        model = decisions.load(xml)
        found = model.decide(name, {key: _value(text) for key, text in examples.items()})
    except StafetError as exc:
        raise TableInvalid from exc
    return Asked(_said(found.value), found.rules, (*found.errors, *found.warnings))


def known(source: Source, also: Iterable[str] = ()) -> dict[str, str]:
    """The names that an expression of this pathway can use, and where each comes from (`form:accept`, …)."""
    found = dict.fromkeys(NAMES, "function")
    found |= dict.fromkeys(source.settings.get("parametre") or (), "parameter")
    for text in (source.bpmn, *source.parts.values()):
        found |= dict.fromkeys(_RESULT.findall(text), "result")
    for name, form in source.forms.items():
        found |= dict.fromkeys(_keys(form), f"form:{name}")
    return found | dict.fromkeys(also, "asked")


def read(text: str, names: Iterable[str]) -> Read:
    """An expression judged while it is typed; an empty one is no mistake."""
    if not text.strip().removeprefix("=").strip():
        return Read()
    try:
        expression = feel.compile(text)
    except ExpressionInvalid as exc:
        return Read(problem=unread(exc))
    there = frozenset(names)
    return Read(unknown=tuple(sorted((expression.names | expression.functions) - there)))


def _value(text: str) -> Any:
    if not text.strip():
        return None
    try:
        compiled = feel.compile(text)
    except ExpressionInvalid:
        return text.strip()
    return compiled.evaluate({}) if not compiled.names else text.strip()


def _keys(form: Json) -> Iterable[str]:
    for one in form.get("components") or ():
        if isinstance(one, dict):
            if one.get("key") or one.get("path"):
                yield str(one.get("key") or one["path"])
            yield from _keys(one)


def _said(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
