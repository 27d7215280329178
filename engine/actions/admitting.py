"""Whether the agreement takes the citizen of a new case, and which other agreement would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection

import forms
from engine import admission, secrets
from engine.actions.answers import evaluate
from engine.admission import Admission
from engine.calendar import day_of
from engine.errors import FormInvalid
from engine.model import Json, Source
from engine.store import Store
from engine.versions import newest_of_agreements


def admit(
    db: Connection, store: Store, source: Source, digits: str, basis: Json, now: datetime
) -> Admission:
    """What the agreement's gate says of this citizen; raises the refusal, or `FormInvalid` by question.

    A refusal names the other agreements that would take the citizen, where the municipality was told.
    """
    born = secrets.born(digits)
    answers = _answered(source, basis, now)
    found = admission.admit(source.settings, born, answers, day_of(now))
    if found.refused:
        told = bool(answers.get("kommune"))
        fits = _fitting(db, store, source.agreement, born, answers, now) if told else ()
        raise found.refusal(tuple(fits))
    return found


def _answered(source: Source, basis: Json, now: datetime) -> Json:
    form = admission.form(source.settings)
    if form is None:
        return {}
    found = forms.check(form, basis, feel=evaluate, context={"now": now})
    if found.problems:
        raise FormInvalid(
            "Some answers about the citizen cannot be used.",
            fields={f"basis.{key}": text for key, text in found.problems.items()},
        )
    return dict(found.values)


def _fitting(
    db: Connection, store: Store, refused: str, born: date, answers: Json, now: datetime
) -> Iterator[str]:
    for number in sorted(db.scalars(newest_of_agreements(now))):
        other = store.pathway(db, number).source
        if other.agreement == refused or admission.form(other.settings) is None:
            continue
        if not admission.admit(other.settings, born, answers, day_of(now)).refused:
            yield other.agreement
