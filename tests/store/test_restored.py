"""An earlier version comes back by way of an approval; who deploys at the same moment as somebody else is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import actions, lint, queries, studio
from engine.deploy import DeployedMeanwhile, deploy
from engine.errors import Conflict, DeployRefused, Forbidden, NotFound
from engine.model import MACHINE, Actor, Json
from engine.store import Store
from engine.studio.deciding import (
    DraftNotSubmitted,
    DraftOutdated,
    DraftThere,
    DraftUnchanged,
    OwnDraft,
    ReasonMissing,
)
from engine.tables import instance, membership, pathway
from tests.store.cast import AGREEMENT, NOW, opened, started
from tests.store.versions import ROUND, SETTINGS, new_version

KEY = "midtjylland-planrunde"
HERE = (AGREEMENT, KEY)
As = Callable[[str], Actor]
CHANGED = (ROUND, "3 hverdage", "4 hverdage")


@pytest.fixture
def leader(store: Store, as_: As) -> Actor:
    with store.write() as db:
        db.execute(update(membership).where(membership.c.person_id == 5).values(role="leder"))
    return as_("karin")


def kept(store: Store, version: int) -> tuple[str, Json]:
    """A version's digest and its source."""
    with store.read() as db:
        asked = select(pathway.c.digest, pathway.c.source)
        mine = (
            pathway.c.agreement == AGREEMENT,
            pathway.c.key == KEY,
            pathway.c.version == version,
        )
        row = db.execute(asked.where(*mine)).one()
    return row.digest, json.loads(row.source)


def _other_form(home: Path) -> None:
    file = home / "midtjylland/planrunde/forms/accept.form"
    form = json.loads(file.read_text(encoding="utf-8"))
    form["components"].append({"type": "text", "text": "Husk listen"})
    file.write_text(json.dumps(form), encoding="utf-8")


def test_an_earlier_version_comes_back_byte_for_byte(
    store: Store, as_: As, leader: Actor, tmp_path: Path
) -> None:
    dan = as_("dan")
    assert new_version(store, tmp_path, CHANGED, edit=_other_form) == 2
    with pytest.raises(ReasonMissing):
        studio.restore(store, dan, *HERE, 1, "  ", now=NOW)
    studio.restore(store, dan, *HERE, 1, "Fire dage var for mange", now=NOW)
    with pytest.raises(OwnDraft):
        studio.approve(store, dan, *HERE, now=NOW)
    assert studio.approve(store, leader, *HERE, now=NOW).versions == {HERE: 3}
    assert kept(store, 3) == kept(store, 1)
    newest = queries.versions(store, dan, KEY, AGREEMENT, now=NOW)[0]
    assert (newest["note"], newest["by"], newest["approved_by"]) == (
        "Fire dage var for mange", "Dan Dinesen", leader.name,
    )  # fmt: skip


def test_what_runs_stays_in_its_version(
    store: Store, as_: As, leader: Actor, tmp_path: Path
) -> None:
    dan = as_("dan")
    new_version(store, tmp_path, CHANGED)
    walk = started(store, opened(store))
    studio.restore(store, dan, *HERE, 1, "Tilbage", now=NOW)
    studio.approve(store, leader, *HERE, now=NOW)
    with store.read() as db:
        mine = select(pathway.c.version).join(instance, instance.c.pathway_id == pathway.c.id)
        assert db.scalar(mine.where(instance.c.id == walk)) == 2
    assert queries.running(store, dan, *HERE, now=NOW) == {2: 1}
    done = actions.migrate(store, as_("ole"), walk, "Med tilbage", now=NOW)
    assert done.version == 3
    assert queries.running(store, dan, *HERE, now=NOW) == {3: 1}


def test_what_cannot_be_brought_back_is_refused_and_nothing_kept(
    store: Store, as_: As, tmp_path: Path
) -> None:
    dan = as_("dan")
    # Only the agreement's settings differ: they have an owner of their own.
    new_version(store, tmp_path, (SETTINGS, 'titel = "', 'titel = "Ny '))
    with pytest.raises(DraftUnchanged):
        studio.restore(store, dan, *HERE, 1, "Tilbage", now=NOW)
    assert studio.drafts(store, dan, now=NOW) == []
    with pytest.raises(NotFound):
        studio.restore(store, dan, *HERE, 99, "Tilbage", now=NOW)
    for who in ("ida", "ole"):
        with pytest.raises(Forbidden):
            studio.restore(store, as_(who), *HERE, 1, "Tilbage", now=NOW)
    found = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    studio.save(store, dan, *HERE, found.replace("3 hverdage", "5 hverdage", 1), 0, now=NOW)
    with pytest.raises(DraftThere):
        studio.restore(store, dan, *HERE, 1, "Tilbage", now=NOW)
    assert len(studio.drafts(store, dan, now=NOW)) == 1


def test_a_draft_on_an_older_version_takes_nothing_back_unseen(
    store: Store, as_: As, leader: Actor, tmp_path: Path
) -> None:
    dan = as_("dan")
    bpmn = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    studio.save(store, dan, *HERE, bpmn.replace("3 hverdage", "5 hverdage", 1), 0, now=NOW)
    studio.submit(store, dan, *HERE, "Fem", now=NOW)
    new_version(store, tmp_path, (ROUND, "Vurdér behov for justering", "Vurdér behovet"))
    with pytest.raises(DraftOutdated):
        studio.approve(store, leader, *HERE, now=NOW)
    assert studio.drafts(store, dan, now=NOW)[0]["status"] == "submitted"
    # Who drew it sees that the name would be taken back, and says that it shall stand so.
    assert len(studio.changed(store, dan, *HERE, now=NOW)) == 2
    studio.renew(store, dan, *HERE, now=NOW)
    with pytest.raises(DraftNotSubmitted):
        studio.approve(store, leader, *HERE, now=NOW)
    studio.submit(store, dan, *HERE, "Fem, og navnet tilbage", now=NOW)
    assert studio.approve(store, leader, *HERE, now=NOW).versions == {HERE: 3}


def test_only_the_save_that_was_looked_at_is_approved(store: Store, as_: As, leader: Actor) -> None:
    dan = as_("dan")
    bpmn = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    for n, days in enumerate(("5", "6")):
        text = bpmn.replace("3 hverdage", f"{days} hverdage", 1)
        studio.save(store, dan, *HERE, text, n, now=NOW)
        studio.submit(store, dan, *HERE, days, now=NOW)
    with pytest.raises(DraftNotSubmitted):
        studio.approve(store, leader, *HERE, version=1, now=NOW)
    assert studio.approve(store, leader, *HERE, version=2, now=NOW).versions == {HERE: 2}


def test_two_who_approve_at_once_deploy_once(store: Store, as_: As, leader: Actor) -> None:
    dan = as_("dan")
    bpmn = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    studio.save(store, dan, *HERE, bpmn.replace("3 hverdage", "5 hverdage", 1), 0, now=NOW)
    studio.submit(store, dan, *HERE, "Fem", now=NOW)
    came: list[object] = []
    both = threading.Barrier(2)

    def approve() -> None:
        both.wait()
        try:
            came.append(studio.approve(store, leader, *HERE, now=NOW).versions)
        except (NotFound, Conflict) as exc:
            came.append(type(exc))

    crew = [threading.Thread(target=approve) for _ in range(2)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    assert {HERE: 2} in came
    assert NotFound in came
    assert queries.versions(store, dan, KEY, AGREEMENT, now=NOW)[0]["version"] == 2


def test_a_deployment_while_another_deploys_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_version(store, tmp_path, CHANGED)
    folder = tmp_path / "version0" / AGREEMENT
    file = folder.parent / ROUND
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace("Vurdér behov for justering", "Bedøm behovet"), encoding="utf-8")
    checked = lint.lint

    def meanwhile(*paths: Path, **how: Any) -> object:
        monkeypatch.setattr(lint, "lint", checked)
        new_version(store, tmp_path, (ROUND, "3 hverdage", "6 hverdage"))
        return checked(*paths, **how)

    monkeypatch.setattr(lint, "lint", meanwhile)
    with pytest.raises(DeployedMeanwhile):
        deploy(store, MACHINE, folder, "Den anden", now=NOW)
    assert queries.versions(store, MACHINE, KEY, AGREEMENT, now=NOW)[0]["version"] == 3
    assert deploy(store, MACHINE, folder, "Igen", now=NOW).versions == {HERE: 4}


def test_an_earlier_version_that_no_longer_fits_is_refused_by_name(
    store: Store, as_: As, tmp_path: Path
) -> None:
    """A lane that the agreement no longer has: the sentence names it, and no draft is left behind."""
    dan = as_("dan")
    lane = "Kommunens myndighed"
    new_version(
        store, tmp_path,
        ("midtjylland/agreement.toml", f'"{lane}"', '"Kommunens afdeling"'),
        (ROUND, f'name="{lane}"', 'name="Kommunens afdeling"'),
    )  # fmt: skip
    with pytest.raises(DeployRefused) as refused:
        studio.restore(store, dan, *HERE, 1, "Tilbage", now=NOW)
    assert lane in " ".join(refused.value.fields.values())
    assert studio.drafts(store, dan, now=NOW) == []
