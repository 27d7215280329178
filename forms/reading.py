"""Read a form once: its tree and its marshmallow schema, kept for as long as the form is in use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from marshmallow import Schema

from engine.errors import FormUnsupported
from forms import danish, prose
from forms.components import TODAY, Component, Rule, everything, tree
from forms.kinds import schema_of
from forms.problems import Problem
from forms.refusals import findings, rules_of

_MOST = 512


@dataclass(frozen=True, slots=True)
class Form:
    """One form, read.  Everything in this package may trust that it holds only what the server supports."""

    components: tuple[Component, ...]
    rules: tuple[Rule, ...]
    schema: Schema


#: The forms of the pathways that are in use, by identity: completing a task must not dump its form.
_kept: dict[int, tuple[Mapping[str, Any], Form]] = {}


def read(form: Mapping[str, Any]) -> Form:
    """Raises `FormUnsupported`, with a sentence for each component that the server cannot serve.

    A form is never changed once it is read here: the same object is not looked at twice.
    """
    kept = _kept.get(id(form))
    if kept is not None and kept[0] is form:
        return kept[1]
    try:
        text = json.dumps(form, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        raise FormUnsupported("The form is not a form-js schema.") from exc
    made = _read(text)
    if len(_kept) >= _MOST:
        _kept.clear()
    _kept[id(form)] = form, made  # holding the form keeps its id from being used again
    return made


def expressions(form: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every FEEL expression of a form that can be read, with the name of its component."""
    made = read(form)
    for one in everything(made.components):
        texts = [one.hide, one.options_from, str(one.raw.get("expression") or "")]
        texts += [
            str(one.raw.get("dataSource") or ""),
            *prose.expressions(str(one.raw.get("text") or "")),
        ]
        texts += [
            day
            for day in (one.own.get("tidligst"), one.own.get("senest"))
            if day and not _is_day(day)
        ]
        yield from ((one.key or one.id, text) for text in texts if text.strip())
    for rule in made.rules:
        yield from ((rule.field, text) for text in (rule.when, rule.demand) if text.strip())


def _is_day(text: str) -> bool:
    return text.strip() == TODAY or not isinstance(danish.read_date(text.strip()), Problem)


@lru_cache(maxsize=_MOST)
def _read(text: str) -> Form:
    raw = json.loads(text)
    if found := findings(raw):
        raise FormUnsupported(fields={where: str(sentence) for where, sentence in found})
    components = tree(raw["components"])
    rules = tuple(
        Rule(one.get("når", ""), one.get("udtryk", ""), one["felt"], one["besked"])
        for one in rules_of(raw)
    )
    return Form(components, rules, schema_of(components))
