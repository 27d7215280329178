"""Forms: one form-js schema, one truth for the page, the API, the simulation and the check.

    checked = check(form, answers, feel=…, context=…)     # Checked(values, problems)

Designers draw a form; what the server cannot serve is refused at deploy (`unsupported`).  Answers are the values that
form-js would submit: dates as ISO text, numbers as numbers, an unanswered field null, hidden fields left out.

`problems` say what a field can be told · `patterns` `danish` `choices` read texts · `components` the form as a tree ·
`refusals` what is not supported · `kinds` the marshmallow schema · `reading` both, once per form · `scene` what is
hidden and computed · `answers` the check · `sampling` made-up answers.

`feel` is FEEL's evaluator, `(text, names) -> value`; `context` is what the task hands over (fields that are only
shown read it, and so do expressions), with the moment as `now`.
"""

from __future__ import annotations

from typing import Any

from forms.answers import Checked, check
from forms.problems import Problem
from forms.refusals import findings
from forms.sampling import sample

__all__ = ["Checked", "Problem", "check", "sample", "unsupported"]


def unsupported(form: Any) -> list[Problem]:
    """What the server cannot serve, each with its component in front; empty for a form that can be deployed."""
    return [said.at(where) for where, said in findings(form)]
