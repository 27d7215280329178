"""A draft is the whole folder: forms and tables change with the diagram, and a pathway begins from nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from engine import queries, studio
from engine.errors import DeployRefused, Forbidden
from engine.model import Actor, Json
from engine.store import Store
from engine.studio.drafts import DraftChanged, DraftTooLarge
from engine.studio.newly import LanesMissing, PathwayNameless, PathwayThere
from engine.tables import membership
from tests.store.cast import AGREEMENT, NOW

KEY = "midtjylland-planrunde"
HERE = (AGREEMENT, KEY)
As = Callable[[str], Actor]


@pytest.fixture
def leader(store: Store, as_: As) -> Actor:
    with store.write() as db:
        db.execute(update(membership).where(membership.c.person_id == 5).values(role="leder"))
    return as_("karin")


def form_of(store: Store, who: Actor, name: str = "accept") -> Json:
    found: Json = studio.draft_of(store, who, *HERE, now=NOW)["forms"][name]
    return found


def test_a_form_changes_with_the_draft_and_comes_into_force(
    store: Store, as_: As, leader: Actor
) -> None:
    dan = as_("dan")
    form = form_of(store, dan)
    longer = {**form, "components": [*form["components"], {"type": "text", "text": "Husk listen"}]}
    assert studio.save(store, dan, *HERE, None, 0, forms={"accept": longer}, now=NOW) == 1
    assert form_of(store, dan) == longer
    whats = {(c.what, c.process) for c in studio.changed(store, dan, *HERE, now=NOW)}
    assert {process for _, process in whats} == {"accept"}
    studio.submit(store, dan, *HERE, "Listen", now=NOW)
    assert studio.approve(store, leader, *HERE, now=NOW).versions == {HERE: 2}
    assert form_of(store, dan) == longer
    assert studio.draft_of(store, dan, *HERE, now=NOW)["version"] == 0


def test_a_form_deleted_under_a_task_is_told_with_the_tasks_name(store: Store, as_: As) -> None:
    dan = as_("dan")
    studio.save(store, dan, *HERE, None, 0, forms={"accept": None}, now=NOW)
    found = studio.draft_of(store, dan, *HERE, now=NOW)
    assert "accept" not in found["forms"]
    said = [f for f in studio.lint(store, dan, found["bpmn"], agreement=AGREEMENT, key=KEY, now=NOW)
            if f.severity == "error"]  # fmt: skip
    assert any("Tag stilling til planen" in f.message for f in said if f.rule == "missing_form")
    with pytest.raises(DeployRefused):
        studio.submit(store, dan, *HERE, "Væk", now=NOW)


def test_a_table_changes_with_the_draft(store: Store, as_: As) -> None:
    dan = as_("dan")
    before = studio.draft_of(store, dan, *HERE, now=NOW)["decisions"]
    name, xml = next((n, x) for n, x in before.items() if 'name="raekke"' in x or n == "raekke")
    renamed = xml.replace("<dmn:description>", "<dmn:description>Ny: ", 1)
    if renamed == xml:
        renamed = xml.replace("</", "</", 1) + "<!-- ny -->"
    studio.save(store, dan, *HERE, None, 0, decisions={name: renamed}, now=NOW)
    after = studio.draft_of(store, dan, *HERE, now=NOW)["decisions"]
    assert after[name] == renamed
    assert after.keys() == before.keys()
    studio.save(store, dan, *HERE, None, 1, decisions={name: None}, now=NOW)
    assert name not in studio.draft_of(store, dan, *HERE, now=NOW)["decisions"]


def test_who_saves_a_form_over_somebody_elses_is_told_what_differs(store: Store, as_: As) -> None:
    dan = as_("dan")
    form = form_of(store, dan)
    theirs = {**form, "components": form["components"][:-1]}
    studio.save(store, dan, *HERE, None, 0, forms={"accept": theirs}, now=NOW)
    with pytest.raises(DraftChanged) as refused:
        studio.save(store, dan, *HERE, None, 0, forms={"accept": form}, now=NOW)
    assert refused.value.fields
    assert form_of(store, dan) == theirs


def test_what_is_too_large_is_refused_and_the_draft_kept(store: Store, as_: As) -> None:
    dan = as_("dan")
    studio.save(store, dan, *HERE, "<a/>", 0, now=NOW)
    with pytest.raises(DraftTooLarge):
        studio.save(store, dan, *HERE, "x" * 5_000_000, 1, now=NOW)
    found = studio.draft_of(store, dan, *HERE, now=NOW)
    assert (found["bpmn"], found["version"]) == ("<a/>", 1)


def test_a_pathway_from_nothing_comes_into_force(store: Store, as_: As, leader: Actor) -> None:
    dan = as_("dan")
    begin = (AGREEMENT, "Første møde på ny", ["Regionspsykiatrien"], "Der skal holdes møde")
    key = studio.begin(store, dan, *begin, now=NOW)
    assert key == "midtjylland-foerste-moede-paa-ny"
    with pytest.raises(PathwayThere):
        studio.begin(store, dan, *begin, now=NOW)
    found = studio.draft_of(store, dan, AGREEMENT, key, now=NOW)
    assert (found["name"], found["in_force"], found["version"]) == ("Første møde på ny", 0, 1)
    assert [one["name"] for one in studio.drafts(store, dan, now=NOW)] == ["Første møde på ny"]
    form = {"components": [{"type": "textfield", "key": "sted", "label": "Hvor"}]}
    text = found["bpmn"].replace(
        'name="Første trin"',
        'name="Aftal stedet" stafet:form="moede" stafet:frist="3 hverdage" stafet:klausul="MIDT-4.4-12"',
    )
    studio.save(store, dan, AGREEMENT, key, text, 1, forms={"moede": form}, now=NOW)
    lint = studio.lint(store, dan, text, agreement=AGREEMENT, key=key, now=NOW)
    assert [f.message for f in lint if f.severity == "error"] == []
    studio.submit(store, dan, AGREEMENT, key, "Nyt", now=NOW)
    assert studio.approve(store, leader, AGREEMENT, key, now=NOW).versions == {(AGREEMENT, key): 1}
    names = [one["key"] for one in queries.pathways(store, dan, AGREEMENT, now=NOW)]
    assert key in names


@pytest.mark.parametrize(
    ("name", "lanes", "error"),
    [("  ", ["Regionspsykiatrien"], PathwayNameless), ("Nyt", [], LanesMissing),
     ("Nyt", ["Ingen sådan"], LanesMissing), ("Planrunde", ["Regionspsykiatrien"], PathwayThere)],
)  # fmt: skip
def test_a_pathway_without_a_name_or_lane_is_not_begun(
    store: Store, as_: As, name: str, lanes: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        studio.begin(store, as_("dan"), AGREEMENT, name, lanes, "", now=NOW)
    assert studio.drafts(store, as_("dan"), now=NOW) == []


def test_only_designers_begin_pathways(store: Store, as_: As) -> None:
    for who in ("ida", "ole"):
        with pytest.raises(Forbidden):
            studio.begin(store, as_(who), AGREEMENT, "Nyt", ["Regionspsykiatrien"], "", now=NOW)


def test_a_table_of_another_pathway_comes_along_with_a_step_that_names_it(
    store: Store, as_: As
) -> None:
    """As a form does: a step copied from it asks the same table, also once it is in force."""
    dan = as_("dan")
    other = studio.begin(store, dan, AGREEMENT, "Prøve", ["Regionspsykiatrien"], "Begynd", now=NOW)
    found = studio.draft_of(store, dan, AGREEMENT, other, now=NOW)
    assert "raekke" not in found["decisions"]
    step = '<bpmn:businessRuleTask id="laant" name="Slå op" stafet:beslutning="raekke" />'
    text = found["bpmn"].replace("</bpmn:process>", f"{step}</bpmn:process>")
    studio.save(store, dan, AGREEMENT, other, text, found["version"], now=NOW)
    its_own = studio.draft_of(store, dan, *HERE, now=NOW)["decisions"]["raekke"]
    assert studio.draft_of(store, dan, AGREEMENT, other, now=NOW)["decisions"]["raekke"] == its_own
