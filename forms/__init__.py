"""Forms: one form-js schema, one truth for the page, the API, the simulation and the check.

    checked = check(form, answers, feel=…, context=…)            # Checked(values, problems)
    shown = fields(form, values, problems, feel=…, context=…)    # tuple of Field, for a template
    answers = from_post(form, request.form)                      # what the page sends back

Designers draw a form; what the server cannot serve is refused at deploy (`unsupported`).  Answers are the values that
form-js would submit: dates as ISO text, numbers as numbers, an unanswered field null, hidden fields left out.
`feel` is FEEL's evaluator, `(text, names) -> value`; `context` is what the task hands over (fields that are only
shown read it, and so do expressions), with the moment as `now`.  `problems` are sentences by key: `navn`,
`boern.0.navn`; `anchor(key)` is the id that an error summary points at.

A page without JavaScript (`Field` in shapes.py says every attribute; `name` and `id` are ready to use):

- Radios, ticks and selects post `choice.value`, a checkbox `true`, dates their parts.  An empty line of a select has
  the value "".  A `<textarea>` needs a line break before its text.
- Where `field.seen`, put `<input type="hidden" name="vist" value="{{ field.seen }}">` beside the field.
- A list puts `<input type="hidden" name="{{ field.count }}" value="{{ field.rows | length }}">`, and buttons
  `<button name="do" value="{{ row.remove }}">`, `<button name="do" value="{{ field.add }}" id="{{ field.id }}">`.
- After a post: `answers = from_post(…)`, `shown = fields(…, answers, …)`.  Where `redraws(request.form)` (a row was
  added or taken away, or the button's value was `vis`) or `unseen(shown, request.form)` (the answers brought fields
  into play that the page did not have), draw `shown` again instead of completing the task.

`problems` say what a field can be told · `patterns` `danish` `choices` `prose` read texts · `components` the form as a
tree · `refusals` and `looks` what is not supported · `kinds` the marshmallow schema · `reading` both, once per form ·
`scene` what is hidden and computed, `names` what expressions see · `answers` the check · `sampling` made-up answers ·
`shapes` `page` `posted` the page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.errors import StafetError
from forms.answers import Checked, check
from forms.page import fields
from forms.posted import from_post, redraws, unseen
from forms.problems import Problem
from forms.reading import expressions
from forms.refusals import findings
from forms.sampling import sample
from forms.shapes import Choice, Field, Part, Row, anchor

__all__ = [
    "Checked",
    "Choice",
    "Field",
    "Part",
    "Problem",
    "Row",
    "anchor",
    "check",
    "fields",
    "from_post",
    "redraws",
    "sample",
    "unseen",
    "unsupported",
]


def unsupported(form: Any, *, parse: Callable[[str], object] | None = None) -> list[Problem]:
    """What the server cannot serve, each with its component in front; empty for a form that can be deployed.

    With `parse` (FEEL's compiler, which raises ExpressionInvalid) its expressions are read too.
    """
    found = [said.at(where) for where, said in findings(form)]
    if found or parse is None:
        return found
    return [
        Problem("bad_expression", label=where, text=text.strip()[:80])
        for where, text in expressions(form)
        if not _parses(parse, text)
    ]


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text.strip().removeprefix("="))
    except StafetError:
        return False
    return True
