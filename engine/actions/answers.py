"""What a person wrote, held against the form before the pathway hears of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import forms
from engine import feel
from engine.errors import FormInvalid
from engine.model import Json
from engine.pathway import Pathway
from engine.secrets import CPR_SHAPED

#: What a field can be told besides what its form says.
FIELDS = {
    "unknown": "This task has no such field.",
    "party": "The agreement has no party of that name.",
    "named": "The case has no name. Leave the CPR number out.",
    "cpr": "This looks like a CPR number, which must not stand here.",
}


def nameless(subject: str, values: Json) -> None:
    """Refuse what looks like a CPR number on the case of somebody who gives no name."""
    if subject != "anonymous":
        return
    if named := {name: FIELDS["named"] for name, value in values.items() if _numbered(value)}:
        raise FormInvalid(fields=named)


def in_clear(values: Json, reads: Collection[str]) -> dict[str, str]:
    """What no form has checked and the state would hold, which is kept in clear: no CPR number is among it."""
    return {
        name: FIELDS["cpr"] for name, value in values.items() if name in reads and _numbered(value)
    }


def _numbered(value: Any) -> bool:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return CPR_SHAPED.search(text) is not None


def checked(
    pathway: Pathway,
    form: str | None,
    answers: Json,
    known: Mapping[str, Any],
    parties: Collection[str],
    now: datetime,
) -> Json:
    """The values that the form gives; raises `FormInvalid` with a sentence for each field.

    Without a form nothing can be answered.
    """
    if form is None:
        if answers:
            raise FormInvalid(fields={str(name): FIELDS["unknown"] for name in answers})
        return {}
    found = forms.check(
        pathway.forms[form], answers, feel=evaluate, context=context(known, parties, now)
    )
    if found.problems:
        raise FormInvalid(fields=found.problems)
    return dict(found.values)


def started_with(
    pathway: Pathway,
    form: str | None,
    answers: Json,
    known: Mapping[str, Any],
    parties: Collection[str],
    now: datetime,
) -> Json:
    """A start form's values; where the start event has no form, what the pathway reads may be given."""
    if form is not None:
        return checked(pathway, form, answers, known, parties, now)
    reads = pathway.reads() | {"adspurgte"}
    wrong = {name: FIELDS["unknown"] for name in answers if name not in reads}
    wrong |= in_clear(answers, reads)
    asked = answers.get("adspurgte", [])
    known = pathway.plan.agreement.parties
    if not isinstance(asked, list) or not all(isinstance(p, str) and p in known for p in asked):
        wrong["adspurgte"] = FIELDS["party"]
    if wrong:
        raise FormInvalid(fields=wrong)
    return dict(answers)


def context(known: Mapping[str, Any], parties: Collection[str], now: datetime) -> Json:
    """What a form's expressions see besides its own fields."""
    return {"sagens_parter": list(parties), "adspurgte": list(parties), **known, "now": now}


def evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    """FEEL for forms."""
    return feel.compile(expression).evaluate(names)
