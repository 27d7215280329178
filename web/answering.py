"""A form on a page: the fields that it shows, what was typed, whether to show it again, and what is wrong.

`forms` knows the fields and `engine.feel` the expressions in them; here they meet a request.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from secrets import token_urlsafe
from typing import Any

from flask import request

import forms
from engine import feel
from engine.bpmn.shapes import about
from engine.errors import FormInvalid, StafetError
from forms.components import everything
from forms.reading import read
from web.sessions import now
from web.words import _

Form = Mapping[str, Any]


def fields(
    form: Form, values: Mapping[str, Any], context: Mapping[str, Any], problems: Mapping[str, str]
) -> tuple[forms.Field, ...]:
    """What the page shows for these answers."""
    known = {**context, "now": now()}
    return forms.fields(form, values, problems, feel=_evaluate, context=known, gettext=_)


def typed(form: Form | None) -> dict[str, Any]:
    """The answers in this request; none where there is no form."""
    return forms.from_post(form, request.form) if form else {}


def redraws() -> bool:
    """Whether the button asks for the page again: a row came or went, or the fields are to fit the answers."""
    return forms.redraws(request.form)


def mark() -> str:
    """What tells this form from every other: the one that came back, or a new one (`actions.act_once`)."""
    came = request.form.get("mark", "")
    return came if re.fullmatch(r"[\w-]{1,40}", came, re.ASCII) else token_urlsafe(20)


def unseen(form: Form | None, answers: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Whether the answers brought a field into play that the page did not have."""
    return form is not None and bool(forms.unseen(fields(form, answers, context, {}), request.form))


def live(form: Form | None) -> bool:
    """Whether some field comes, goes or counts with the answers."""
    if form is None:
        return False
    return any(one.hide or one.kind == "computed" for one in everything(read(form).components))


def problems(found: Mapping[str, str]) -> dict[str, str]:
    """Sentences for the error summary by field, in the language of the page."""
    return {
        key: said.text(_) if isinstance(said, forms.Problem) else _(said)
        for key, said in found.items()
    }


def about_case(case: Mapping[str, Any]) -> dict[str, Any]:
    """What the expressions of a form see of a case that no task belongs to yet."""
    names = [one["party"] for one in case["parties"]]
    return {"sagens_parter": names, "adspurgte": names, **about(case["subject"])}


def written(
    form: Form | None,
    answers: Mapping[str, Any],
    context: Mapping[str, Any],
    *,
    only: Collection[str] | None = None,
) -> list[tuple[str, str]]:
    """What somebody typed, as label and text, to be copied by hand; `only` these fields where it is given."""
    if form is None:
        return []
    wanted = _wanted(fields(form, answers, context, {}), only)
    return [pair for one in wanted for pair in _written(one)]


def free_texts(
    form: Form | None, answers: Mapping[str, Any], context: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """What was typed in the person's own words, as label and text."""
    shown = fields(form, answers, context, {}) if form else ()
    return [(one.label, one.value) for one in _leaves(shown) if one.kind in ("text", "textarea")]


def check(form: Form | None, answers: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    """Hold the answers against the form, as when they are sent; raises `FormInvalid`."""
    if form is None:
        return
    known = {**context, "now": now()}
    if found := forms.check(form, answers, feel=_evaluate, context=known).problems:
        raise FormInvalid(fields=found)


def labels(form: Form | None, keys: Collection[str], others: Iterable[Form] = ()) -> list[str]:
    """What a person calls these fields: the form's words, else another form's of the pathway.

    What no form asks for is the machine's own (`runde`) and is left out.
    """
    known: dict[str, str] = {}
    for each in (form, *others):
        for one in everything(read(each).components) if each else ():
            if one.label:
                known.setdefault(one.key, one.label)
    return list(dict.fromkeys(known[key].rstrip("?") for key in keys if key in known))


def value(expression: Any, names: Mapping[str, Any]) -> Any:
    """What a compiled expression of the diagram gives for these answers; None where they do not suffice."""
    try:
        return expression.evaluate({**names, "now": now})
    except StafetError:
        return None


def _wanted(shown: Iterable[forms.Field], only: Collection[str] | None) -> Iterator[forms.Field]:
    for one in shown:
        if only is None or one.key in only:
            yield one
        elif one.kind == "group":
            yield from _wanted(one.fields, only)


def _leaves(shown: Iterable[forms.Field]) -> Iterator[forms.Field]:
    for one in shown:
        inner = [*one.fields, *(field for row in one.rows for field in row.fields)]
        yield from _leaves(inner) if inner else (one,)


def _written(one: forms.Field) -> list[tuple[str, str]]:
    inner = [*one.fields, *(field for row in one.rows for field in row.fields)]
    if inner:
        return [pair for field in inner for pair in _written(field)]
    chosen = ", ".join(choice.label for choice in one.options if choice.checked)
    parts = ".".join(part.value for part in one.parts if part.value)
    text = one.value or chosen or parts or (_("Ja") if one.checked else "")
    return [(one.label, text)] if text and one.kind != "shown" else []


def _evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    return feel.compile(expression).evaluate(names)
