"""What people write wrongly, or do not write: each has a path and a sentence, in every agreement.

Wrong age or region, a lane that nobody fills, a plan without content, a meeting in the past, a consent that is refused,
a party that is silent, answers that contradict each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import forms
from engine import admission, documents, feel, meetings, pathway
from engine.documents.content import lacking
from engine.errors import CitizenTooYoung, Invalid, OtherRegion
from engine.model import Json, Source
from engine.scenario import read
from tests.scenario.played import ROOT, everything, outcomes, played

pytestmark = pytest.mark.xdist_group("scenarios")
AGREEMENTS = sorted({source.agreement for source in everything()})
FILES = sorted((ROOT / "processes").glob("*/*/scenarios/*.yaml"))
NOW = datetime.fromisoformat("2026-03-02T10:00+01:00")
#: Their text says nothing of age: patients under a forensic measure; alcohol and drugs, but for the plan (`kip`).
ANY_AGE = ("midtjylland", "nordjylland-dobbeltdiagnose")
NOBODY = {"sagen_om": "anonym", "sagens_parter": []}
#: Rules that no scenario meets: those of forms that begin a pathway, and what no story needs.
ALONE: list[tuple[str, str, Json, Json]] = [
    ("nordjylland-team/patientens-team/forms/begyndelse_af_team", "voksen", {"voksen": False}, {}),
    ("nordjylland-team/teamdannelse/forms/samtykke_til_team", "omfang", {"samtykke": True}, {}),
    ("nordjylland-team/opfoelgning/forms/videre", "indlagt_ambulant",
     {"behandling_afsluttet": False}, {}),
    ("nordjylland-team/faelles-plan/forms/plan", "har_plan",
     {"planredskab": "koordinerende_indsatsplan"}, {}),
    ("midtjylland/listemoede/forms/justering", "justering", {"kraever_bevilling": True}, {}),
    ("midtjylland/risikoliste-gennemgang/forms/moede", "periode",
     {"kommune": "Randers", "periode": "maaned"}, {}),
    ("faelles/misbrug-i-psykiatrien/forms/udredning", "afslagsgrund", {"behandling": "afvises"}, {}),
    ("faelles/misbrugsbehandling/forms/begyndelse_af_misbrugsbehandling", "behandles_i",
     {"behandles_i": "indlagt"}, NOBODY),
    ("faelles/misbrugsbehandling/forms/begyndelse_af_misbrugsbehandling", "henvist_af_laege",
     {"henvist_af_laege": True}, NOBODY),
    ("faelles/udskrivningsmentor/forms/bevilling", "slut",
     {"bevilget": True, "start": "2026-05-01", "slut": "2026-04-01"}, {"vilkaar": {}}),
]  # fmt: skip


def _evaluate(expression: str, names: Any) -> Any:
    return feel.compile(expression).evaluate(names)


def _problems(form: Json, answers: Json, known: Json | None = None) -> dict[str, str]:
    found = forms.check(form, answers, feel=_evaluate, context={**(known or {}), "now": NOW})
    return {name: str(said) for name, said in found.problems.items()}


# ---- who the agreement takes -------------------------------------------------------------
@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_the_wrong_age_and_the_wrong_region_are_refused_with_a_way_on(agreement: str) -> None:
    settings = next(each.settings for each in everything() if each.agreement == agreement)
    wrong: list[tuple[date, Json, type[Invalid]]] = [
        (date(1980, 1, 1), {"kommune": _elsewhere(settings)}, OtherRegion)
    ]
    if agreement not in ANY_AGE:
        wrong.append((date(2016, 1, 1), {}, CitizenTooYoung))
    for born, answers, kind in wrong:
        found = admission.admit(settings, born, answers, NOW.date())
        assert found.refused, (agreement, answers)
        assert found.why
        refusal = found.refusal()
        assert isinstance(refusal, kind)
        assert all(len(said) > 20 for said in refusal.fields.values())


def _elsewhere(settings: Json) -> str:
    """A municipality that the agreement does not take."""
    for name in ("Odense", "Viborg", "København", "Aalborg"):
        told = admission.admit(settings, date(1980, 1, 1), {"kommune": name}, NOW.date())
        if told.outcome == "anden_region":
            return name
    raise AssertionError("every municipality is taken")


# ---- a lane that nobody fills ------------------------------------------------------------
@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_every_lane_of_every_pathway_is_filled_by_a_party_of_the_agreement(agreement: str) -> None:
    """A case that lacks that party is told which (`PartyMissing`, tests/store/test_actions.py)."""
    for source in _of(agreement):
        rules = pathway.compiled(source).plan.agreement
        for lane in pathway.compiled(source).lanes:
            assert rules.lane_party(lane, {}) in rules.parties, (source.key, lane)


# ---- a plan without content --------------------------------------------------------------
@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_a_plan_without_content_cannot_be_sent(agreement: str) -> None:
    kinds = pathway.compiled(next(_of(agreement))).plan.agreement.documents
    assert kinds
    for kind in kinds.values():
        empty = documents.composed(kind, [], {})
        assert kind.least, f"{agreement}: {kind.name} may be sent empty"
        assert lacking(kind, empty), f"{agreement}: {kind.name} may be sent empty"


# ---- a meeting in the past ---------------------------------------------------------------
@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_nobody_is_invited_to_a_meeting_that_is_over(agreement: str) -> None:
    """Every time that an invitation holds, in a form of its own or as `[moeder]` names it."""
    rules = pathway.compiled(next(_of(agreement))).plan.agreement
    known = {source.key: pathway.compiled(source) for source in _of(agreement)}
    seen = 0
    for kind in rules.meetings.values():
        for task, field in kind.invites.items():
            if not field:
                continue
            seen += 1
            past = (NOW - timedelta(days=1)).isoformat()
            told = meetings.refused(rules.meetings, task, {field: past}, rules.calendar, NOW)
            assert field in told, (agreement, task)
            slug, _, element = task.rpartition(".")
            owner = [w for key, w in known.items() if key.endswith(f"-{slug}")]
            assert owner, (agreement, task)
            assert element in owner[0].elements
    assert seen


# ---- a consent that is refused -----------------------------------------------------------
@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_a_refused_consent_has_an_end_of_its_own_and_lets_nothing_out(agreement: str) -> None:
    said = {"agreement": agreement, "pathway": "samtykke", "consent": "none"}
    steps = [
        {"at": "2026-03-02T10:05+01:00", "until": {"element": "svar"}},
        {
            "at": "2026-03-02T10:10+01:00",
            "task": {"element": "svar"},
            "data": {"svar": "giver_ikke"},
        },
        {"at": "2026-03-02T10:20+01:00", "task": {"element": "motiver"}},
    ]
    result = played(read({**said, "start": "2026-03-02T10:00+01:00", "steps": steps}))
    assert not result.problems, result.problems
    assert result.facts["end_state"] == "afslag"
    assert not [one for one in result.facts["messages"] if one["channel"] != "tilbageholdt"]


# ---- silence -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("agreement", "name"),
    [("midtjylland", "planrunde"), ("hovedstaden", "plan-accept"),
     ("sjaelland", "kip"), ("nordjylland-team", "udskrivning-plan"),
     ("nordjylland-dobbeltdiagnose", "misbrugsbehandling")],
)  # fmt: skip
def test_silence_is_never_a_yes(agreement: str, name: str) -> None:
    """A year without an answer: it still waits, or ended in a way that is no acceptance; dates stand overdue."""
    silent = {"agreement": agreement, "pathway": name, "start": "2026-03-02T10:00+01:00"}
    result = played(read({**silent, "steps": [{"at": "2027-03-02T10:00+01:00", "wait": True}]}))
    assert not result.problems
    assert not str(result.facts["end_state"] or "").startswith(("accept", "godkend"))
    assert all(row["status"] != "met" for row in result.facts["deadlines"])
    assert result.facts["tasks"], "somebody still has it to do"


# ---- answers that contradict each other --------------------------------------------------
def test_every_rule_of_a_form_refuses_somebody_with_its_sentence() -> None:
    """In some scenario, or in a row of `ALONE`."""
    told = {text for file in FILES for _, result in outcomes(file) for text in _told(result.facts)}
    told |= {
        _problems(_form(name), answers, known).get(field, "")
        for name, field, answers, known in ALONE
    }
    unmet = [
        f"{file.relative_to(ROOT / 'processes')}: {rule['felt']}: {rule['besked']}"
        for file in sorted((ROOT / "processes").rglob("*.form"))
        for rule in _rules(json.loads(file.read_text(encoding="utf-8")))
        if rule["besked"] not in told
    ]
    assert not unmet, "\n".join(unmet)


@pytest.mark.parametrize("row", ALONE, ids=lambda row: f"{row[0].rpartition('/')[2]}-{row[1]}")
def test_a_rule_that_no_scenario_meets_refuses(row: tuple[str, str, Json, Json]) -> None:
    name, field, answers, known = row
    mine = {rule["besked"] for rule in _rules(_form(name)) if rule["felt"] == field}
    assert _problems(_form(name), answers, known)[field] in mine


def _told(facts: Json) -> Iterator[str]:
    for row in facts["refused"]:
        yield from row["told"].values()


def _rules(form: Json) -> list[Json]:
    found: list[Json] = ((form.get("properties") or {}).get("stafet") or {}).get("regler", [])
    return found


@cache
def _form(name: str) -> Json:
    found: Json = json.loads(
        (ROOT / "processes" / Path(f"{name}.form")).read_text(encoding="utf-8")
    )
    return found


def _of(agreement: str) -> Iterator[Source]:
    return (each for each in everything() if each.agreement == agreement)
