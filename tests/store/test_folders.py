"""Out of the studio as a folder and in again: the same letter for letter, and nothing in force before an approval."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from engine import scenarios, studio
from engine.calendar import midnight
from engine.deploy import deploy
from engine.errors import Forbidden, NotFound
from engine.model import MACHINE, Actor
from engine.store import Store
from engine.studio.deciding import DraftThere
from engine.studio.drafts import DraftTooLarge
from engine.studio.packing import ExportImpossible
from engine.studio.taking_in import TakenIn
from engine.tables import kept_file, membership
from engine.uploads import UploadRefused
from tests.store.cast import AGREEMENT, NOW
from tests.store.conftest import PROCESSES, USED

KEY = "midtjylland-planrunde"
HERE = (AGREEMENT, KEY)
MINUTE = timedelta(minutes=1)
As = Callable[[str], Actor]


@pytest.fixture
def leader(store: Store, as_: As) -> Actor:
    with store.write() as db:
        db.execute(update(membership).where(membership.c.person_id == 5).values(role="leder"))
    return as_("karin")


def laid_out(folder: Path, texts: dict[str, str]) -> Path:
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return folder


def zipped(texts: dict[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in texts.items():
            archive.writestr(path, text)
    return made.getvalue()


def test_what_was_deployed_comes_out_letter_for_letter(
    store: Store, as_: As, tmp_path: Path
) -> None:
    texts = studio.folder(store, as_("dan"), AGREEMENT, now=NOW)
    for path, text in texts.items():
        assert (PROCESSES / path).read_bytes() == text.encode(), path
    came = {
        file.relative_to(PROCESSES).as_posix()
        for name in USED
        for file in (
            [PROCESSES / name] if (PROCESSES / name).is_file() else (PROCESSES / name).rglob("*")
        )
        if file.is_file()
    }
    assert texts.keys() == came
    home = laid_out(tmp_path, texts)
    assert deploy(store, MACHINE, home / AGREEMENT, "Igen", now=NOW).versions == {}
    assert studio.folder(store, as_("dan"), AGREEMENT, now=NOW) == texts
    assert studio.packed(texts) == studio.packed(dict(reversed(texts.items())))


def test_one_pathway_alone_can_be_deployed(store: Store, as_: As, tmp_path: Path) -> None:
    texts = studio.folder(store, as_("dan"), AGREEMENT, KEY, now=NOW)
    assert "faelles/samtykke/samtykke.bpmn" not in texts
    home = laid_out(tmp_path, texts)
    assert deploy(store, MACHINE, home / AGREEMENT, "Igen", now=NOW).versions == {}


def test_what_a_designer_changed_comes_out_and_the_rest_as_it_was(
    store: Store, as_: As, leader: Actor, tmp_path: Path
) -> None:
    dan = as_("dan")
    before = studio.folder(store, dan, AGREEMENT, now=NOW)
    form = dict(studio.draft_of(store, dan, *HERE, now=NOW)["forms"]["accept"])
    form["components"] = [*form["components"], {"type": "text", "text": "Husk æøå"}]
    studio.save(store, dan, *HERE, None, 0, forms={"accept": form}, now=NOW)
    studio.submit(store, dan, *HERE, "Husk", now=NOW)
    studio.approve(store, leader, *HERE, now=NOW)
    after = studio.folder(store, dan, AGREEMENT, now=NOW)
    differs = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert differs == {"midtjylland/planrunde/forms/accept.form"}
    assert json.loads(after[differs.pop()]) == form
    # The folder that came out is in force already, and kept as it is.
    assert (
        deploy(store, MACHINE, laid_out(tmp_path, after) / AGREEMENT, "g", now=NOW).versions == {}
    )


def test_a_zip_comes_in_as_drafts_of_what_differs(store: Store, as_: As, leader: Actor) -> None:
    dan = as_("dan")
    texts: dict[str, str | bytes] = {**studio.folder(store, dan, AGREEMENT, now=NOW)}
    with pytest.raises(UploadRefused, match="Nothing"):
        studio.take_in(store, dan, AGREEMENT, zipped(texts), now=NOW)
    path = "midtjylland/planrunde/planrunde.bpmn"
    changed = str(texts[path]).replace('stafet:frist="3 hverdage"', 'stafet:frist="4 hverdage"')
    less = {p: t for p, t in texts.items() if not p.endswith("planrunde/forms/accept.form")}
    data = zipped(less | {path: changed, "midtjylland/nyt/nyt.bpmn": changed})
    done = studio.take_in(store, dan, AGREEMENT, data, now=NOW)
    assert (done.drafts, done.scenarios, done.left) == (("midtjylland-nyt", KEY), (), {})
    kept = studio.draft_of(store, dan, *HERE, now=NOW)
    assert kept["bpmn"] == changed
    assert "accept" not in kept["forms"]  # it was left out of the folder
    assert studio.draft_of(store, dan, AGREEMENT, "midtjylland-nyt", now=NOW)["in_force"] == 0
    # A second time nobody's draft is written over, and nothing of it is kept.
    with pytest.raises(DraftThere) as refused:
        studio.take_in(store, dan, AGREEMENT, data, now=NOW)
    assert set(refused.value.fields) <= {KEY, "midtjylland-nyt"}
    assert len(studio.drafts(store, dan, now=NOW)) == 2


def test_a_diagram_alone_is_a_draft_with_what_is_left_to_decide(store: Store, as_: As) -> None:
    dan = as_("dan")
    old = b'<?xml version="1.0" encoding="ISO-8859-1"?><definitions xmlns="http://schema.omg.org/spec/BPMN/2.0">' \
        b'<process id="p" name="Fra 2011"><startEvent id="s"/><userTask id="t" name="Sp\xf8rg"/><endEvent id="e"/>' \
        b'<sequenceFlow id="f" sourceRef="s" targetRef="t"/><sequenceFlow id="g" sourceRef="t" targetRef="e"/>' \
        b'</process></definitions>'  # fmt: skip
    (key,) = studio.take_in(store, dan, AGREEMENT, old, "Gammelt forløb.bpmn", now=NOW).drafts
    assert key == "midtjylland-gammelt-forloeb"
    bpmn = studio.draft_of(store, dan, AGREEMENT, key, now=NOW)["bpmn"]
    found = studio.lint(store, dan, bpmn, agreement=AGREEMENT, key=key, now=NOW)
    assert any(f.element == "t" for f in found if f.severity == "error")
    assert not [f for f in found if f.rule == "wrong_key"]
    assert 'id="midtjylland-gammelt-forloeb"' in bpmn
    # A diagram of a pathway that there is becomes its draft, whatever the file is called.
    own = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"].replace("3 hverdage", "4 hverdage")
    came = studio.take_in(store, dan, AGREEMENT, own.encode(), "Ny (2).bpmn", now=NOW)
    assert came.drafts == (KEY,)
    assert studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"] == own
    # What cannot be read at all is kept too, and told.
    (broken,) = studio.take_in(store, dan, AGREEMENT, b"<a", "brudt.bpmn", now=NOW).drafts
    assert studio.draft_of(store, dan, AGREEMENT, broken, now=NOW)["bpmn"] == "<a"
    assert (
        studio.lint(store, dan, "<a", agreement=AGREEMENT, key=broken, now=NOW)[0].severity
        == "error"
    )


PLACE = "midtjylland/planrunde/planrunde.bpmn"
HOME = "midtjylland/planrunde/"
TEST = f"{HOME}scenarios/ny-test.yaml"
FORM = f"{HOME}forms/accept.form"


def _revised(texts: dict[str, str]) -> dict[str, str | bytes]:
    """Everything that a designer may have changed in his own editor: also how a file is written."""
    form = json.loads(texts[FORM])
    form["components"] = [*form["components"], {"type": "text", "text": "Husk æøå"}]
    dmn = f"{HOME}hvis-saa.dmn"
    old = next(path for path in texts if path.startswith(f"{HOME}scenarios/"))
    return texts | {
        PLACE: texts[PLACE].replace('stafet:frist="3 hverdage"', 'stafet:frist="4 hverdage"') + "<!-- ny -->\n",
        FORM: json.dumps(form, ensure_ascii=False, indent=7) + "\n\n",
        dmn: texts[dmn] + "<!-- som før -->",
        old: texts[old] + "# rettet\n",
        TEST: texts[old].replace("title: ", "title: Ny. ", 1),
        f"{HOME}README.md": "# Skrevet om\n",
        f"{HOME}NOTER.md": "Nyt\n",
    }  # fmt: skip


def test_a_zip_that_came_in_and_was_approved_comes_out_byte_for_byte(
    store: Store, as_: As, leader: Actor
) -> None:
    dan = as_("dan")
    data = studio.packed(_revised(studio.folder(store, dan, AGREEMENT, now=NOW)))
    done = studio.take_in(store, dan, AGREEMENT, data, now=NOW)
    assert (done.drafts, done.left, done.rewritten) == ((KEY,), {}, ())
    assert (KEY, "ny-test") in done.scenarios
    assert len(done.scenarios) == 2
    studio.submit(store, dan, *HERE, "Revideret", now=NOW)
    studio.approve(store, leader, *HERE, now=NOW)
    assert studio.packed(studio.folder(store, dan, AGREEMENT, now=NOW)) == data
    with pytest.raises(UploadRefused, match="Nothing in the file differs"):
        studio.take_in(store, dan, AGREEMENT, data, now=NOW)


def test_a_zip_for_a_day_to_come_comes_out_from_that_day_on_and_until_then_what_is_in_force(
    store: Store, as_: As, leader: Actor
) -> None:
    dan, day, later = as_("dan"), date(2024, 4, 1), date(2024, 5, 1)
    night, last = midnight(day), midnight(later)
    before = studio.folder(store, dan, AGREEMENT, now=NOW)
    monday = _revised(dict(before))
    may = monday | {
        PLACE: str(monday[PLACE]).replace("4 hverdage", "5 hverdage") + "<!-- maj -->\n",
        f"{HOME}README.md": "# Maj\n",
    }
    del may[f"{HOME}NOTER.md"]
    for texts, begins in ((monday, day), (may, later)):
        studio.take_in(store, dan, AGREEMENT, zipped(texts), now=NOW)
        studio.renew(store, dan, *HERE, begins_on=begins, now=NOW)
        studio.submit(store, dan, *HERE, "Revideret", begins_on=begins, now=NOW)
        studio.approve(store, leader, *HERE, now=NOW)
    # A test is kept at once, as one that is recorded; it is no part of a version.
    tests = {path: str(text) for path, text in monday.items() if "/scenarios/" in path}
    for now, texts in ((NOW, before), (night - MINUTE, before), (night, monday), (last, may)):
        assert studio.folder(store, dan, AGREEMENT, now=now) == texts | tests
    with pytest.raises(UploadRefused, match="Nothing in the file differs"):
        studio.take_in(store, dan, AGREEMENT, zipped(monday), now=night)
    # What is written after both days comes after both of them.
    read_me = may | {f"{HOME}README.md": "# Juni\n"}
    assert studio.take_in(store, dan, AGREEMENT, zipped(read_me), now=last).rewritten == (KEY,)
    assert studio.folder(store, dan, AGREEMENT, now=last) == read_me


def test_the_files_of_a_zip_that_was_called_off_never_come_out(
    store: Store, as_: As, leader: Actor
) -> None:
    dan, day = as_("dan"), date(2024, 4, 1)
    before = studio.folder(store, dan, AGREEMENT, now=NOW)
    revised = _revised(dict(before))
    studio.take_in(store, dan, AGREEMENT, zipped(revised), now=NOW)
    studio.submit(store, dan, *HERE, "Revideret", begins_on=day, now=NOW)
    number = studio.approve(store, leader, *HERE, now=NOW).id
    assert number is not None
    studio.call_off(store, dan, number, now=NOW)
    tests = {path: str(text) for path, text in revised.items() if "/scenarios/" in path}
    for now in (NOW, midnight(day)):
        assert studio.folder(store, dan, AGREEMENT, now=now) == before | tests


def test_what_is_drawn_on_after_the_zip_came_is_what_comes_out(
    store: Store, as_: As, leader: Actor
) -> None:
    dan = as_("dan")
    texts = _revised(studio.folder(store, dan, AGREEMENT, now=NOW))
    studio.take_in(store, dan, AGREEMENT, studio.packed(texts), now=NOW)
    bpmn = str(texts[PLACE]).replace("4 hverdage", "5 hverdage")
    studio.save(store, dan, *HERE, bpmn, 1, now=NOW)
    studio.submit(store, dan, *HERE, "Videre", now=NOW)
    studio.approve(store, leader, *HERE, now=NOW)
    after = studio.folder(store, dan, AGREEMENT, now=NOW)
    assert {path for path in after if after[path] != texts.get(path)} == {PLACE}
    assert after[PLACE] == bpmn


def test_a_table_and_a_form_that_a_folder_has_no_longer_are_gone_after_it(
    store: Store, as_: As, leader: Actor
) -> None:
    dan = as_("dan")
    # A form that a designer made here stands in no folder that was deployed.
    extra = {"type": "default", "components": []}
    bpmn = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    studio.save(store, dan, *HERE, bpmn + "<!-- -->", 0, forms={"ekstra": extra}, now=NOW)
    studio.submit(store, dan, *HERE, "Ekstra", now=NOW)
    studio.approve(store, leader, *HERE, now=NOW)
    texts = studio.folder(store, dan, AGREEMENT, now=NOW)
    less = {p: t for p, t in texts.items() if not p.endswith(("ekstra.form", "hvis-saa.dmn"))}
    assert len(less) == len(texts) - 2
    assert studio.take_in(store, dan, AGREEMENT, studio.packed(less), now=NOW).drafts == (KEY,)
    kept = studio.draft_of(store, dan, *HERE, now=NOW)
    assert "ekstra" not in kept["forms"]
    assert "Hvis-så" not in kept["decisions"]
    assert kept["decisions"] == {}


def test_tests_alone_are_taken_and_what_the_studio_does_not_change_is_named(
    store: Store, as_: As
) -> None:
    dan = as_("dan")
    before = studio.folder(store, dan, AGREEMENT, now=NOW)
    old = next(path for path in before if path.startswith(f"{HOME}scenarios/"))
    outside = {
        "midtjylland/agreement.toml": before["midtjylland/agreement.toml"] + "# ny\n",
        "faelles/forms/ny.form": "{}", "sjaelland/a/a.bpmn": "<a/>", "sjaelland/b/b.bpmn": "<a/>",
        "faelles/kip/kip.bpmn": "<a/>", f"{HOME}billede.png": b"\xff", "__MACOSX/x": "", f"{HOME}.DS_Store": "",
    }  # fmt: skip
    told = {
        "midtjylland/agreement.toml": "settings", "faelles/forms/ny.form": "shared", "sjaelland/": "elsewhere",
        "faelles/kip/": "called", f"{HOME}billede.png": "unknown",
    }  # fmt: skip
    with pytest.raises(studio.NothingTaken) as refused:
        studio.take_in(store, dan, AGREEMENT, zipped(before | outside), now=NOW)
    assert refused.value.left == told
    assert all(text.endswith(".") for text in refused.value.fields.values())
    texts = before | {TEST: before[old], f"{HOME}README.md": "# Kun skrevet om\n"}
    done = studio.take_in(store, dan, AGREEMENT, zipped(texts | outside), now=NOW)
    assert (done.drafts, done.scenarios) == ((), ((KEY, "ny-test"),))
    assert (done.rewritten, done.left) == ((KEY,), told)
    # A colleague's tests stay, and nothing of it waits for an approval.
    assert studio.folder(store, dan, AGREEMENT, now=NOW) == texts
    assert studio.drafts(store, dan, now=NOW) == []


def test_a_colleagues_scenario_of_the_same_name_stays_and_both_are_kept(
    store: Store, as_: As
) -> None:
    dan = as_("dan")
    before = studio.folder(store, dan, AGREEMENT, now=NOW)
    old = next(path for path in before if path.startswith(f"{HOME}scenarios/"))
    theirs, mine, second = before[old], before[old] + "# min\n", before[old] + "# min igen\n"
    with store.write() as db:
        scenarios.keep(db, KEY, "ny-test", theirs, as_("karin").id, now=NOW)

    def brought(text: str) -> TakenIn:
        return studio.take_in(store, dan, AGREEMENT, zipped(before | {TEST: text}), now=NOW)

    done = brought(mine)
    assert done.scenarios == ((KEY, "ny-test-2"),)
    assert done.beside == {(KEY, "ny-test-2"): "ny-test"}
    with pytest.raises(UploadRefused):
        brought(mine)  # it is there already
    with pytest.raises(UploadRefused):
        brought(theirs)
    assert brought(second).scenarios == ((KEY, "ny-test-2"),)  # one's own is written over
    with store.read() as db:
        kept = {row.name: row.text for row in scenarios.of(db, [KEY])}
    assert (kept["ny-test"], kept["ny-test-2"]) == (theirs, second)
    assert "ny-test-3" not in kept


def test_the_tests_of_a_pathway_that_never_was_go_with_its_draft(store: Store, as_: As) -> None:
    dan = as_("dan")
    texts = studio.folder(store, dan, AGREEMENT, now=NOW)
    old = next(path for path in texts if path.startswith(f"{HOME}scenarios/"))
    new = {"midtjylland/nyt/nyt.bpmn": "<a/>", "midtjylland/nyt/scenarios/a.yaml": texts[old]}
    done = studio.take_in(store, dan, AGREEMENT, zipped(texts | new), now=NOW)
    assert done.scenarios == (("midtjylland-nyt", "a"),)
    studio.discard(store, dan, AGREEMENT, "midtjylland-nyt", now=NOW)
    again = studio.take_in(store, dan, AGREEMENT, zipped(texts | new), now=NOW)
    assert again.scenarios == done.scenarios


def _linked() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo(PLACE)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UploadRefused), (b"PK\x03\x04 no zip", UploadRefused), (b"hello", UploadRefused),
        (zipped({"../" + PLACE: "<a/>"}), UploadRefused), (zipped({"/" + PLACE: "<a/>"}), UploadRefused),
        (zipped({"midtjylland\\..\\x.bpmn": "<a/>"}), UploadRefused), (_linked(), UploadRefused),
        (zipped({PLACE: b"0" * 5_000_001}), UploadRefused), (zipped({PLACE: b"0" * 2_500_000}), DraftTooLarge),
        (zipped({f"midtjylland/a/{n}.md": "" for n in range(5_001)}), UploadRefused),
        (zipped({PLACE: b"\xff\xfe\x00"}), UploadRefused), (zipped({"sjaelland/x/x.bpmn": "<a/>"}), UploadRefused),
        (zipped({PLACE: "<a/>", "midtjylland/planrunde/forms/accept.form": "[1]"}), UploadRefused),
        (zipped({PLACE: "<a/>", "midtjylland/planrunde/forms/accept.form": "{" * 9}), UploadRefused),
    ],
)  # fmt: skip
def test_a_bad_archive_is_refused_with_a_sentence_and_nothing_kept(
    store: Store, as_: As, data: bytes, error: type[UploadRefused]
) -> None:
    with pytest.raises(error) as refused:
        studio.take_in(store, as_("dan"), AGREEMENT, data, now=NOW)
    assert refused.value.sentence.endswith(".")
    assert studio.drafts(store, as_("dan"), now=NOW) == []


def test_who_may_and_what_there_is(store: Store, as_: As) -> None:
    for who in ("ida", "ole"):
        with pytest.raises(Forbidden):
            studio.folder(store, as_(who), AGREEMENT, now=NOW)
        with pytest.raises(Forbidden):
            studio.take_in(store, as_(who), AGREEMENT, b"PK", now=NOW)
    with pytest.raises(NotFound):
        studio.folder(store, as_("dan"), AGREEMENT, "midtjylland-intet", now=NOW)
    with store.write() as db:
        db.execute(delete(kept_file))
    with pytest.raises(ExportImpossible):
        studio.folder(store, as_("dan"), AGREEMENT, now=NOW)
