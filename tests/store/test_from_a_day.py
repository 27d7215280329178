"""A version for a day to come, on both databases: until midnight in Denmark cases begin on today's, then on the new."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine import actions, deploy, queries, studio
from engine.calendar import midnight
from engine.deploy import DayPassed
from engine.errors import Forbidden, Invalid, NotFound, UnknownPathway
from engine.model import MACHINE, Actor
from engine.simulate.load import Load
from engine.store import Store
from engine.studio import whatif
from engine.studio.calling_off import BegunAlready, CalledOffAlready
from engine.studio.deciding import DraftOutdated
from engine.studio.newly import PathwayThere, diagram
from engine.tables import audit, deployment, instance, membership, pathway
from tests.store.cast import AGREEMENT, NOW, open_task, opened, started
from tests.store.versions import PROCESSES, ROUND, USED

KEY = "midtjylland-planrunde"
HERE = (AGREEMENT, KEY)
As = Callable[[str], Actor]
#: Summer time begins in the night to Sunday 31 March 2024, five days after `NOW`.
SUNDAY, MONDAY = date(2024, 3, 31), date(2024, 4, 1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def leader(store: Store, as_: As) -> Actor:
    with store.write() as db:
        db.execute(update(membership).where(membership.c.person_id == 5).values(role="leder"))
    return as_("karin")


def planned(
    store: Store, as_: As, leader: Actor, day: date | None, frist: str, *, now: datetime = NOW
) -> int:
    """Dan draws another deadline for that day, Karin approves it; the version's number."""
    dan = as_("dan")
    text = studio.draft_of(store, dan, *HERE, begins_on=day, now=now)["bpmn"]
    old = text.split('stafet:frist="', 1)[1].split('"', 1)[0]
    changed = text.replace(f'stafet:frist="{old}"', f'stafet:frist="{frist}"', 1)
    studio.save(store, dan, *HERE, changed, 0, now=now)
    if day is not None:
        studio.renew(store, dan, *HERE, begins_on=day, now=now)
    studio.submit(store, dan, *HERE, f"Frist {frist}", begins_on=day, now=now)
    return studio.approve(store, leader, *HERE, now=now).versions[HERE]


def used(store: Store, now: datetime) -> int:
    """The version that a case begins on at that moment."""
    walk = started(store, opened(store, now=now), now=now)
    return version_of(store, walk)


def version_of(store: Store, walk: int) -> int:
    with store.read() as db:
        asked = select(pathway.c.version).join(instance, instance.c.pathway_id == pathway.c.id)
        return int(db.execute(asked.where(instance.c.id == walk)).scalar_one())


def shown(store: Store, who: Actor, now: datetime) -> dict[int, str]:
    found = queries.versions(store, who, KEY, AGREEMENT, now=now)
    return {one["version"]: one["status"] for one in found}


def number_of(store: Store, who: Actor, version: int, now: datetime = NOW) -> int:
    rows = queries.versions(store, who, KEY, AGREEMENT, now=now)
    return next(int(row["deployment"]) for row in rows if row["version"] == version)


# ---- midnight ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "utc"),
    [(SUNDAY, "2024-03-30T23:00Z"), (MONDAY, "2024-03-31T22:00Z"), (date(2024, 10, 28), "2024-10-27T23:00Z")],
    ids=["winter time", "summer time", "winter time again"],
)  # fmt: skip
def test_a_case_begins_on_the_new_version_from_midnight_in_denmark(
    store: Store, as_: As, leader: Actor, day: date, utc: str
) -> None:
    before = started(store, opened(store))
    assert planned(store, as_, leader, day, "4 hverdage") == 2
    night = datetime.fromisoformat(utc)
    assert [used(store, night - MINUTE), used(store, night), used(store, night + MINUTE)] == [
        1,
        2,
        2,
    ]
    assert version_of(store, before) == 1  # what runs stays
    assert shown(store, leader, night - MINUTE) == {1: "in_force", 2: "coming"}
    assert shown(store, leader, night) == {1: "past", 2: "in_force"}


def test_everybody_who_asks_is_told_the_same(store: Store, as_: As, leader: Actor) -> None:
    planned(store, as_, leader, MONDAY, "4 hverdage")
    dan, night = as_("dan"), midnight(MONDAY)
    for now, old in ((night - MINUTE, True), (night, False)):
        number = 1 if old else 2
        row = next(r for r in queries.pathways(store, dan, now=now) if r["key"] == KEY)
        assert row["version"] == number
        assert [one["version"] for one in row["coming"]] == ([2] if old else [])
        assert queries.drawing(store, dan, KEY, now=now)["version"] == number
        assert queries.compared(store, dan, KEY, now=now)["to"] == number
        assert queries.heat(store, dan, KEY, now=now)["version"] == number
        draft = studio.draft_of(store, dan, *HERE, now=now)
        assert (draft["in_force"], 'frist="4 hverdage"' in draft["bpmn"]) == (number, not old)
        assert len(draft["coming"]) == old
        # Play and what-if walk what is in force, unless a version is named.
        walked, _ = studio.plays.ready(store, dan, *HERE, now=now)
        assert ('frist="4 hverdage"' in walked.source.bpmn) is not old
        texts = studio.folder(store, dan, AGREEMENT, KEY, now=now)
        assert ('frist="4 hverdage"' in texts[ROUND]) is not old
        offers = {o["name"] for o in queries.actions(store, as_("ida"), opened(store), now=now)}
        assert offers
    asked, _ = studio.plays.ready(store, dan, *HERE, 2, now=NOW)
    assert 'frist="4 hverdage"' in asked.source.bpmn
    found = whatif.compare(store, dan, *HERE, Load(2, MONDAY), new=2, now=NOW)
    assert found.new.version == 2


def test_an_operator_moves_nothing_to_a_version_before_its_day(
    store: Store, as_: As, leader: Actor
) -> None:
    walk, ole = started(store, opened(store)), as_("ole")
    planned(store, as_, leader, MONDAY, "4 hverdage")
    with pytest.raises(Invalid) as refused:
        actions.migrate(store, ole, walk, "Ny frist", version=2, now=NOW)
    assert "not in force yet" in str(refused.value.fields["version"])
    report = actions.migrate_some(store, ole, AGREEMENT, "planrunde", "Ny", now=NOW)
    assert (report.version, report.moved) == (1, 0)
    report = actions.migrate_some(store, ole, AGREEMENT, "planrunde", "Ny", now=midnight(MONDAY))
    assert (report.version, report.moved, version_of(store, walk)) == (2, 1, 2)


# ---- what a designer does ----------------------------------------------------------------
def test_a_day_that_is_gone_is_refused_and_today_is_at_once(
    store: Store, as_: As, leader: Actor
) -> None:
    dan = as_("dan")
    text = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    studio.save(store, dan, *HERE, text.replace("3 hverdage", "4 hverdage", 1), 0, now=NOW)
    with pytest.raises(DayPassed):
        studio.submit(store, dan, *HERE, "Før", begins_on=date(2024, 3, 25), now=NOW)
    studio.submit(store, dan, *HERE, "I dag", begins_on=date(2024, 3, 26), now=NOW)
    assert studio.approve(store, leader, *HERE, now=NOW).begins_on is None
    assert used(store, NOW) == 2


def test_who_approves_after_the_day_puts_it_into_force_at_once(
    store: Store, as_: As, leader: Actor
) -> None:
    dan, late = as_("dan"), midnight(MONDAY) + timedelta(hours=9)
    text = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    studio.save(store, dan, *HERE, text.replace("3 hverdage", "4 hverdage", 1), 0, now=NOW)
    studio.submit(store, dan, *HERE, "Fra mandag", begins_on=MONDAY, now=NOW)
    assert studio.drafts(store, dan, now=NOW)[0]["begins_on"] == MONDAY
    assert studio.approve(store, leader, *HERE, now=late).begins_on is None
    assert (used(store, late - MINUTE), used(store, late)) == (2, 2)


def test_it_is_called_off_before_the_day_and_never_after(
    store: Store, as_: As, leader: Actor
) -> None:
    dan, night = as_("dan"), midnight(MONDAY)
    planned(store, as_, leader, MONDAY, "4 hverdage")
    number = number_of(store, dan, 2)
    (row,) = studio.coming(store, dan, now=NOW)
    assert (row["id"], row["begins_at"], row["may_call_off"]) == (number, night, True)
    assert [(v["key"], v["version"]) for v in row["versions"]] == [(KEY, 2)]
    with pytest.raises(Forbidden):
        studio.call_off(store, as_("ida"), number, now=NOW)
    with pytest.raises(NotFound):
        studio.call_off(store, dan, 999, now=NOW)
    with pytest.raises(BegunAlready):
        studio.call_off(store, dan, number, now=night)
    studio.call_off(store, leader, number, now=night - MINUTE)
    with pytest.raises(CalledOffAlready):
        studio.call_off(store, dan, number, now=night - MINUTE)
    assert studio.coming(store, dan, now=NOW) == []
    assert used(store, night + MINUTE) == 1
    assert shown(store, dan, night) == {1: "in_force", 2: "called_off"}
    off = queries.versions(store, dan, KEY, AGREEMENT, now=night)[0]
    assert (off["called_off_by"], off["called_off_at"]) == (leader.name, night - MINUTE)
    # Its text can be brought back, and has a number of its own then.
    studio.restore(store, dan, *HERE, 2, "Alligevel", now=night)
    assert studio.approve(store, leader, *HERE, now=night).versions == {HERE: 3}
    with store.read() as db:
        noted = select(audit.c.facts).where(audit.c.what == "deployment_called_off")
        assert json.loads(db.execute(noted).scalar_one())["deployment"] == number


def test_two_versions_wait_each_for_its_day(store: Store, as_: As, leader: Actor) -> None:
    later = date(2024, 5, 1)
    assert planned(store, as_, leader, MONDAY, "4 hverdage") == 2
    assert planned(store, as_, leader, later, "5 hverdage") == 3
    moments = (NOW, midnight(MONDAY), midnight(later) - MINUTE, midnight(later))
    assert [used(store, at) for at in moments] == [1, 2, 2, 3]
    studio.call_off(store, as_("dan"), number_of(store, as_("dan"), 2), now=NOW)
    assert [used(store, at) for at in moments] == [1, 1, 1, 3]


def test_a_draft_for_a_day_stands_on_what_is_in_force_then(
    store: Store, as_: As, leader: Actor
) -> None:
    """Nothing that was approved for an earlier day is taken back unseen."""
    dan, later = as_("dan"), date(2024, 5, 1)
    text = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    planned(store, as_, leader, MONDAY, "4 hverdage")
    named = text.replace("Vurdér behov for justering", "Vurdér behovet", 1)
    studio.save(store, dan, *HERE, named, 0, now=NOW)
    with pytest.raises(DraftOutdated):
        studio.submit(store, dan, *HERE, "Navn", begins_on=later, now=NOW)
    seen = studio.draft_of(store, dan, *HERE, begins_on=later, now=NOW)
    assert (seen["base_version"], seen["beside"], seen["in_force"]) == (1, 2, 1)
    differs = studio.compared(store, dan, *HERE, begins_on=later, now=NOW)["items"]
    assert {p.old for one in differs for p in one.properties} >= {"4 hverdage"}
    # Before that day it stands on today's.
    studio.submit(store, dan, *HERE, "Navn", now=NOW)


def test_one_deployed_meanwhile_gives_way_when_the_day_comes_and_says_so(
    store: Store, as_: As, leader: Actor
) -> None:
    planned(store, as_, leader, MONDAY, "4 hverdage")
    dan = as_("dan")
    text = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    studio.save(store, dan, *HERE, text.replace("Vurdér behov", "Se på behov", 1), 0, now=NOW)
    studio.submit(store, dan, *HERE, "Navn", now=NOW)
    done = studio.approve(store, leader, *HERE, now=NOW)
    assert (done.versions, done.replaced_on) == ({HERE: 3}, {HERE: (2, MONDAY)})
    assert [used(store, at) for at in (NOW, midnight(MONDAY))] == [3, 2]


def test_an_earlier_version_comes_back_after_the_day(store: Store, as_: As, leader: Actor) -> None:
    dan, after = as_("dan"), midnight(MONDAY) + timedelta(hours=9)
    planned(store, as_, leader, MONDAY, "4 hverdage")
    assert used(store, after - MINUTE) == 2
    studio.restore(store, dan, *HERE, 1, "Fire dage var for mange", now=after)
    assert studio.approve(store, leader, *HERE, now=after).versions == {HERE: 3}
    assert used(store, after) == 3
    assert 'frist="3 hverdage"' in studio.draft_of(store, dan, *HERE, now=after)["bpmn"]


# ---- the command and the folder ----------------------------------------------------------
def _folder(home: Path, *changes: tuple[str, str, str]) -> Path:
    for name in USED:
        target = home / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (PROCESSES / name).is_dir() else shutil.copy)(PROCESSES / name, target)
    for name, text, other in changes:
        whole = (home / name).read_text(encoding="utf-8")
        assert text in whole
        (home / name).write_text(whole.replace(text, other), encoding="utf-8")
    return home / AGREEMENT


def test_forms_tables_and_settings_wait_with_the_diagram(
    store: Store, as_: As, tmp_path: Path
) -> None:
    form = "midtjylland/planrunde/forms/vurdering.form"
    table = "midtjylland/planrunde/hvis-saa.dmn"
    folder = _folder(
        tmp_path,
        (form, "samme afsnit som før?", "samme afsnit?"),
        (table, "<description>Aftalens", "<description>Ny. Aftalens"),
        ("midtjylland/agreement.toml", 'titel = "', 'titel = "Ny '),
    )
    done = deploy.deploy(store, MACHINE, folder, "Ny aftale", begins_on=MONDAY, now=NOW)
    assert (done.versions[HERE], done.begins_on) == (2, MONDAY)
    night, ida = midnight(MONDAY), as_("ida")
    for now, new in ((night - MINUTE, False), (night, True)):
        walk = started(store, opened(store, now=now), now=now)
        mine = open_task(store, walk, "vurder_behov")
        asked = json.dumps(queries.task(store, ida, mine, now=now)["form"], ensure_ascii=False)
        assert ("samme afsnit som før?" in asked) is not new
        with store.read() as db:
            number = db.scalar(select(instance.c.pathway_id).where(instance.c.id == walk))
            source = store.pathway(db, number).source
        assert ("Ny. " in "".join(source.decisions.values())) is new
        (agreement,) = queries.agreements(store, ida, now=now)
        assert agreement["title"].startswith("Ny ") is new
        case = queries.case(store, ida, opened(store, now=now), now=now)
        assert case["agreement_title"].startswith("Ny ") is new
    # The same folder again changes nothing, for that day or a later one; for today it is new.
    again = deploy.deploy(store, MACHINE, folder, "Igen", begins_on=MONDAY, now=NOW)
    assert again.versions == {}
    at_once = deploy.deploy(store, MACHINE, folder, "Nu", now=NOW)
    assert (at_once.versions[HERE], dict(at_once.replaced_on)) == (3, {})


def test_a_new_pathway_is_not_there_before_its_day(store: Store, as_: As, tmp_path: Path) -> None:
    dan, folder = as_("dan"), _folder(tmp_path)
    _write(tmp_path / "midtjylland/lille/lille.bpmn", "midtjylland-lille", "Lille")
    done = deploy.deploy(store, MACHINE, folder, "Nyt", begins_on=MONDAY, now=NOW)
    assert dict(done.versions) == {(AGREEMENT, "midtjylland-lille"): 1}
    night, ida, case = midnight(MONDAY), as_("ida"), opened(store)
    assert "midtjylland-lille" not in {p["key"] for p in queries.pathways(store, dan, now=NOW)}
    assert queries.drawing(store, dan, "midtjylland-lille", now=NOW)["version"] == 1
    with pytest.raises(UnknownPathway):
        actions.start(store, ida, case, "lille", {}, now=night - MINUTE)
    with pytest.raises(PathwayThere):
        studio.begin(store, dan, AGREEMENT, "Lille", ["Regionspsykiatrien"], "", now=NOW)
    assert actions.start(store, ida, case, "lille", {}, now=night).instance["id"]


def _write(file: Path, key: str, name: str, calls: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = diagram(key, name, ["Regionspsykiatrien"], "Begynd")
    if calls:
        step = '<bpmn:userTask id="foerste_trin" name="Første trin" />'
        assert step in text
        text = text.replace(
            step, f'<bpmn:callActivity id="foerste_trin" name="Delen" calledElement="{calls}" />'
        )
    file.write_text(text, encoding="utf-8")


def test_a_parent_takes_its_part_of_the_same_day(
    store: Store, as_: As, leader: Actor, tmp_path: Path
) -> None:
    """The part is changed for a day: what calls it begins with the new part that day, until then with the old one."""
    folder, dan, ida = _folder(tmp_path), as_("dan"), as_("ida")
    _write(tmp_path / "midtjylland/delen/delen.bpmn", "midtjylland-delen", "Delen")
    _write(
        tmp_path / "midtjylland/store/store.bpmn", "midtjylland-store", "Store", "midtjylland-delen"
    )
    deploy.deploy(store, MACHINE, folder, "Nyt", now=NOW)
    text = studio.draft_of(store, dan, AGREEMENT, "midtjylland-delen", now=NOW)["bpmn"]
    place = (AGREEMENT, "midtjylland-delen")
    studio.save(store, dan, *place, text.replace("Første trin", "Andet navn"), 0, now=NOW)
    studio.submit(store, dan, *place, "Navn", begins_on=MONDAY, now=NOW)
    done = studio.approve(store, leader, *place, now=NOW)
    assert {key: n for (_, key), n in done.versions.items()} == {
        "midtjylland-delen": 2, "midtjylland-store": 2,
    }  # fmt: skip

    def first(now: datetime) -> str:
        walk = actions.start(store, ida, opened(store, now=now), "store", {}, now=now)
        return str(walk.tasks[0]["name"])

    night = midnight(MONDAY)
    assert [first(night - MINUTE), first(night)] == ["Første trin", "Andet navn"]
    with store.read() as db:
        both = db.scalars(select(deployment.c.begins_at).where(deployment.c.begins_at.is_not(None)))
        assert list(both) == [night]


def test_a_start_of_the_server_leaves_what_waits_for_its_day(
    store: Store, as_: As, leader: Actor, tmp_path: Path
) -> None:
    planned(store, as_, leader, MONDAY, "4 hverdage")
    folder = _folder(tmp_path)
    assert deploy.deploy(store, MACHINE, folder, "start", now=NOW, once=True).versions == {}
    assert [used(store, at) for at in (NOW, midnight(MONDAY))] == [1, 2]
