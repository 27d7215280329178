"""The pathways on misuse hold every step, field and end state of `../shared/agreements/pathways.yaml`, by agreement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine import pathway
from tests.scenario.drawn import listed, listed_beside, sources

NJD = "nordjylland-dobbeltdiagnose"
#: What belongs to a step is carried by these pathways together: referral and matrix have diagrams of their own.
WITH = ("rusmiddelpsykiatri", "kip")
PLACES = [
    (NJD, "misbrugsbehandling"),
    ("hovedstaden", "misbrugsbehandling"),
    ("sjaelland", "misbrugsbehandling"),
    ("midtjylland", "misbrugsbehandling"),
    (NJD, "afrusning"),
    (NJD, "udskrivning-misbrug"),
    (NJD, "kategori"),
]

pytestmark = listed_beside


def keys(components: list[Any]) -> Iterator[str]:
    """Every field of a form, at every level."""
    for component in components:
        if "key" in component:
            yield component["key"]
        yield from keys(component.get("components", []))


def carried(agreement: str, *slugs: str) -> set[str]:
    """The clauses that some element of these pathways names."""
    found: set[str] = set()
    for slug in slugs:
        if (agreement, slug) in sources():
            plan = pathway.compile(sources()[agreement, slug]).plan
            found |= {c for work in plan.works.values() for c in work.clauses}
    return found


@pytest.mark.parametrize(("agreement", "slug"), PLACES)
def test_every_field_of_the_steps_is_asked_for(agreement: str, slug: str) -> None:
    asked = {
        k for form in sources()[agreement, slug].forms.values() for k in keys(form["components"])
    }
    assert {f for step in listed()[slug]["steps"] for f in step["form_fields"]} <= asked


@pytest.mark.parametrize(("agreement", "slug"), PLACES)
def test_every_end_state_can_be_reached_by_name(agreement: str, slug: str) -> None:
    assert set(listed()[slug]["end_states"]) <= set(
        pathway.compile(sources()[agreement, slug]).end_states
    )


@pytest.mark.parametrize(("agreement", "slug"), PLACES)
def test_every_clause_of_the_steps_is_carried(agreement: str, slug: str) -> None:
    prefix = sources()[agreement, slug].settings["praefiks"] + "-"
    wanted = {
        c for step in listed()[slug]["steps"] for c in step["clauses"] if c.startswith(prefix)
    }
    assert wanted <= carried(agreement, slug, *WITH)
