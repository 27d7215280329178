"""What the writer does for meetings: refuse what no meeting may be, and begin what the minutes give somebody to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine import gate, meetings
from engine.actions.walk import Walk
from engine.errors import FormInvalid
from engine.model import Json, Outgoing, Step
from engine.pathway import Pathway


def must_be_possible(
    pathway: Pathway, element: str, values: Mapping[str, Any], now: datetime
) -> None:
    """Raise `FormInvalid` for a meeting in the past, and for a chair who takes the minutes."""
    rules = pathway.plan.agreement
    wrong = meetings.refused(rules.meetings, name_of(pathway, element), values, rules.calendar, now)
    if wrong:
        raise FormInvalid(fields=wrong)


def with_agreed(walk: Walk, step: Step, element: str, party: str, answers: Json | None) -> Step:
    """The step with a message to begin each action that the minutes give to a party with a date.

    What it says goes along only where its party may be told: else the minutes say it, when they may be sent.
    """
    known = walk.pathway.plan.agreement.meetings
    if not answers or not known:
        return step
    told = [
        Outgoing(
            name=meetings.AGREED,
            title=meetings.TOLD,
            element=element,
            process=walk.pathway.elements[element].process,
            from_party=party,
            to_party=None,
            to_pathway=meetings.AGREED,
            data=_begins(walk, party, one),
        )
        for one in meetings.agreed(known, name_of(walk.pathway, element), answers)
        if one.party in walk.around.parties
    ]
    return replace(step, messages=(*step.messages, *told)) if told else step


def name_of(pathway: Pathway, element: str) -> str:
    """A task as an agreement's `[moeder]` names it: `slug.element`; '' where the pathway has none such."""
    found = pathway.elements.get(element)
    if found is None:
        return ""
    return meetings.task_name(found.process, element, pathway.plan.agreement.slug)


def _begins(walk: Walk, party: str, one: meetings.Agreed) -> Json:
    decided: Json = {
        "ansvarlig_part": one.party,
        "aftale_frist": one.due.isoformat() if one.due else None,
    }
    around = walk.around
    own = party in around.parties and around.parties[party].id == around.parties[one.party].id
    if own or gate.basis(around.consents, one.party) is not None:
        decided |= {"aftale": one.text, "aftale_ansvarlig": one.who}
    return decided
