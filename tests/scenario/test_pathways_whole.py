"""Pathways hold every step, field, deadline and end state that `../shared/agreements/pathways.yaml` gives them."""

from __future__ import annotations

import pytest

from engine import pathway
from tests.scenario.drawn import keys, listed, listed_beside, sources

DRAWN = {
    "midtjylland": [
        "planrunde", "risikoliste-optagelse", "risikovurdering", "risikoliste-gennemgang", "retspsyk-team",
        "fast-kontakt", "kriminalforsorgstilsyn", "uenighed", "bekymring", "handleplan", "maaling",
    ],
    "hovedstaden": [
        "botilbud", "stoettebehov-uden-samarbejde", "underretning", "hjemloes", "ledsagelse", "pspk", "maaling",
        "aftalerevision",
    ],
    "sjaelland": ["pspk", "maaling", "aftalerevision"],
    "nordjylland-team": ["patientens-team", "udskrivningskonference", "maaling", "aftalerevision"],
    "nordjylland-dobbeltdiagnose": ["maaling", "aftalerevision"],
}  # fmt: skip
#: The monthly meeting in Aarhus is a record of the same element's deadline, chosen when it begins (agreement.toml).
CHOSEN = {"risikoliste-gennemgang": {"MIDT-3-4"}}
#: Drawn beside it, since it is not about one citizen, or is asked for elsewhere.
BESIDE = {"botilbud": ["botilbud-samarbejde"], "aftalerevision": ["maaling"]}
#: What no step can carry: a chair's craft, validity, money, and what is over (clauses.yaml says why).
UNDRAWN = {
    "NJT-B3-10", "MIDT-5-2", "HOV-OPFA-1", "HOV-LOEB-1", "SJ-6-1", "SJ-4.2-4", "SJ-5-1", "NJD-8.4-3", "NJD-8.4-6",
    "NJD-1-3",
}  # fmt: skip

pytestmark = listed_beside


@pytest.mark.parametrize(("agreement", "slug"), [(a, slug) for a in DRAWN for slug in DRAWN[a]])
def test_a_pathway_is_whole(agreement: str, slug: str) -> None:
    row = listed()[slug]
    drawn = [sources()[agreement, each] for each in (slug, *BESIDE.get(slug, ()))]
    ways = [pathway.compile(source) for source in drawn]
    way = ways[0]

    def ours(clauses: list[str]) -> set[str]:
        return {clause for clause in clauses if clause.startswith(f"{way.plan.agreement.prefix}-")}

    elements = [element for each in ways for element in each.elements.values()]
    forms = [form for source in drawn for form in source.forms.values()]
    asked = {key for form in forms for key in keys(form["components"])}
    carried = {clause for element in elements for clause in element.clauses}
    due = {element.frist_klausul for element in elements if element.frist} | CHOSEN.get(slug, set())
    steps = row["steps"]
    assert {field for step in steps for field in step["form_fields"]} <= asked
    assert (
        ours([c for step in steps for c in step["clauses"]] + row["other_clauses"])
        <= carried | UNDRAWN
    )
    assert ours([deadline["clause"] for deadline in row["deadlines"]]) <= due
    assert set(row["end_states"]) <= set(way.end_states)
