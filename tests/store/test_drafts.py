"""Drafts on both databases: saved one after the other, refused with what differs, approved by somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from engine import queries, studio
from engine.errors import DeployRefused, Forbidden, NotFound
from engine.model import Actor
from engine.store import Store
from engine.studio.deciding import DraftNotSubmitted, DraftUnchanged, OwnDraft
from engine.studio.drafts import DraftChanged
from engine.tables import deployment, membership, unit_party
from tests.store.cast import AGREEMENT, NOW

KEY = "midtjylland-planrunde"
HERE = (AGREEMENT, KEY)
As = Callable[[str], Actor]


def drawn(store: Store, who: Actor, old: str = "3 hverdage", new: str = "4 hverdage") -> str:
    text: str = studio.draft_of(store, who, *HERE, now=NOW)["bpmn"]
    assert f'stafet:frist="{old}"' in text
    return text.replace(f'stafet:frist="{old}"', f'stafet:frist="{new}"', 1)


@pytest.fixture
def leader(store: Store, as_: As) -> Actor:
    """Karin leads the GP's house, which is a party of the agreement."""
    with store.write() as db:
        db.execute(update(membership).where(membership.c.person_id == 5).values(role="leder"))
    return as_("karin")


def test_a_draft_comes_into_force_when_somebody_else_approves(
    store: Store, as_: As, leader: Actor
) -> None:
    dan = as_("dan")
    assert studio.save(store, dan, *HERE, drawn(store, dan), 0, now=NOW) == 1
    (change,) = studio.changed(store, dan, *HERE, now=NOW)
    assert [(p.name, p.old, p.new) for p in change.properties] == [
        ("stafet:frist", "3 hverdage", "4 hverdage")
    ]
    with pytest.raises(DraftNotSubmitted):
        studio.approve(store, leader, *HERE, now=NOW)
    studio.submit(store, dan, *HERE, "Fire hverdage", now=NOW)
    with pytest.raises(OwnDraft):
        studio.approve(store, dan, *HERE, now=NOW)
    done = studio.approve(store, leader, *HERE, now=NOW)
    assert dict(done.versions) == {(AGREEMENT, KEY): 2}
    newest = queries.versions(store, dan, KEY, AGREEMENT, now=NOW)[0]
    assert (newest["version"], newest["note"], newest["by"]) == (2, "Fire hverdage", "Dan Dinesen")
    assert newest["approved_by"] == leader.name
    with store.read() as db:
        approved = db.scalars(select(deployment.c.approved_by).order_by(deployment.c.id)).all()
    assert approved == [None, leader.id]
    assert studio.drafts(store, dan, now=NOW) == []


def test_who_saves_over_somebody_elses_save_is_told_what_differs(store: Store, as_: As) -> None:
    dan = as_("dan")
    mine = drawn(store, dan, new="5 hverdage")
    studio.save(store, dan, *HERE, drawn(store, dan), 0, now=NOW)
    with pytest.raises(DraftChanged) as refused:
        studio.save(store, dan, *HERE, mine, 0, now=NOW)
    assert any("4 hverdage → 5 hverdage" in line for line in refused.value.fields.values())
    assert 'frist="4 hverdage"' in studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    assert studio.save(store, dan, *HERE, mine, 1, now=NOW) == 2


@pytest.mark.parametrize("broken", ["", "<a", "x" * 1000])
def test_what_cannot_be_read_is_kept_and_never_put_into_force(
    store: Store, as_: As, broken: str
) -> None:
    dan = as_("dan")
    studio.save(store, dan, *HERE, broken, 0, now=NOW)
    assert studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"] == broken
    with pytest.raises(DeployRefused):
        studio.submit(store, dan, *HERE, "Prøve", now=NOW)


def test_a_mistake_or_nothing_changed_is_not_submitted(store: Store, as_: As) -> None:
    dan = as_("dan")
    same = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    studio.save(store, dan, *HERE, same, 0, now=NOW)
    with pytest.raises(DraftUnchanged):
        studio.submit(store, dan, *HERE, "Intet", now=NOW)
    studio.save(store, dan, *HERE, drawn(store, dan, new="tre dage"), 1, now=NOW)
    with pytest.raises(DeployRefused) as refused:
        studio.submit(store, dan, *HERE, "Forkert", now=NOW)
    assert refused.value.fields


def test_what_is_sent_back_is_drawn_on_and_a_save_takes_the_submission_back(
    store: Store, as_: As, leader: Actor
) -> None:
    dan = as_("dan")
    text = drawn(store, dan)
    studio.save(store, dan, *HERE, text, 0, now=NOW)
    studio.submit(store, dan, *HERE, "Fire", now=NOW)
    studio.send_back(store, leader, *HERE, "Aftalen siger tre", now=NOW)
    found = studio.draft_of(store, dan, *HERE, now=NOW)
    assert (found["status"], found["answer"]) == ("editing", "Aftalen siger tre")
    studio.submit(store, dan, *HERE, "Fire", now=NOW)
    studio.save(store, dan, *HERE, text, 1, now=NOW)
    with pytest.raises(DraftNotSubmitted):
        studio.approve(store, leader, *HERE, now=NOW)
    studio.discard(store, dan, *HERE, now=NOW)
    assert studio.draft_of(store, dan, *HERE, now=NOW)["version"] == 0


def test_a_shared_part_comes_into_force_in_each_agreement_that_has_it(
    store: Store, as_: As, leader: Actor
) -> None:
    dan, key = as_("dan"), "faelles-uenighed"
    text = studio.draft_of(store, dan, AGREEMENT, key, now=NOW)["bpmn"]
    moved = re.sub(r'(<bpmn:userTask [^>]*?\bname=")', r"\1Ny: ", text, count=1)
    assert moved != text
    studio.save(store, dan, AGREEMENT, key, moved, 0, now=NOW)
    studio.submit(store, dan, AGREEMENT, key, "Navne", now=NOW)
    done = studio.approve(store, leader, AGREEMENT, key, now=NOW)
    assert set(done.versions) == {(AGREEMENT, key)}


def test_others_see_and_do_nothing(store: Store, as_: As, leader: Actor) -> None:
    for who in ("ida", "ole", "bo"):
        with pytest.raises(Forbidden):
            studio.drafts(store, as_(who), now=NOW)
        with pytest.raises(Forbidden):
            studio.save(store, as_(who), *HERE, "<a/>", 0, now=NOW)
    dan = as_("dan")
    with pytest.raises(Forbidden):
        studio.save(store, leader, *HERE, "<a/>", 0, now=NOW)
    with pytest.raises(NotFound):
        studio.save(store, dan, AGREEMENT, "midtjylland-atlantis", "<a/>", 0, now=NOW)
    # A leader of a unit that is no party of the agreement does not decide about it.
    studio.save(store, dan, *HERE, drawn(store, dan), 0, now=NOW)
    studio.submit(store, dan, *HERE, "Fire", now=NOW)
    with store.write() as db:
        db.execute(
            update(unit_party).where(unit_party.c.unit_id == 4).values(agreement="sjaelland")
        )
    with pytest.raises(Forbidden):
        studio.approve(store, leader, *HERE, now=NOW)
