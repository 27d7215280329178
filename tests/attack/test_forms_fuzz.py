"""Every form that staff are shown, sent full of rubbish: problems at its fields, never anything else."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

import forms
from engine.deploy import read
from forms.shapes import everything
from tests import seeds
from tests.attack.escapes import ESCAPES
from tests.property.form_page import send
from tests.property.test_forms_promises import CONTEXT, evaluate

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
FORMS = {
    json.dumps(form, sort_keys=True): (f"{source.agreement} {name}", form)
    for source in read(PROCESSES)
    for name, form in source.forms.items()
}
NAMED = dict(FORMS.values())
RUBBISH = (
    "", " ", "0", "-1", "1e999", "NaN", "9" * 400, "true", "[]", "{}", "null", "31-02-2026", "2026-02-31", "99:99",
    "\x00", "\ud800", "\u202e", "a" * 20_000, "æøå", "'; DROP TABLE task; --", "<script>", "../../etc/passwd",
    "700378-1016", "=1+1", "\r\n", *ESCAPES.values(),
)  # fmt: skip
#: What a program may send where a text is expected.
VALUES: tuple[Any, ...] = (
    *RUBBISH,
    None,
    True,
    0,
    -1,
    1e308,
    10**18,
    [],
    {},
    [None],
    [[]],
    {"a": {"b": []}},
    ["x"] * 500,
)
EACH = 8


def chance(name: str) -> random.Random:
    """The same rubbish for the same seed."""
    return random.Random(f"{seeds.run_seed()} {name}")


@pytest.mark.parametrize("name", NAMED)
def test_a_page_that_is_sent_full_of_rubbish(name: str) -> None:
    form, luck = NAMED[name], chance(name)
    shown = forms.fields(form, {}, {}, feel=evaluate, context=CONTEXT)
    for _ in range(EACH):
        names = [key for key, _ in send(shown).items(multi=True)] + [
            one.name for one in everything(shown)
        ]
        post = MultiDict(
            [(key, luck.choice(RUBBISH)) for key in names for _ in range(luck.choice((0, 1, 1, 2)))]
        )
        _judged(form, forms.from_post(form, post))


@pytest.mark.parametrize("name", NAMED)
def test_a_program_that_sends_rubbish(name: str) -> None:
    form, luck = NAMED[name], chance(name)
    keys = [
        *forms.sample(form, now=CONTEXT["now"], feel=evaluate, context=CONTEXT),
        "ukendt",
        "__class__",
        "",
    ]
    for _ in range(EACH):
        _judged(form, {key: luck.choice(VALUES) for key in keys if luck.random() < 0.8})
    for whole in (None, [], "x", 1, {"a": "x" * 10_000}, dict.fromkeys(map(str, range(2_000)))):
        _judged(form, whole)


def _judged(form: dict[str, Any], answers: Any) -> None:
    """Problems have a field and a sentence; what passes can be kept as JSON; the page can be drawn with either."""
    found = forms.check(form, answers, feel=evaluate, context=CONTEXT)
    assert all(isinstance(key, str) and str(said) for key, said in found.problems.items())
    if not found.problems:
        json.dumps(found.values, default=str)
    if isinstance(answers, dict):
        forms.fields(form, answers, found.problems, feel=evaluate, context=CONTEXT)
