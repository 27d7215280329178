"""Out of the studio as a folder and in again: the same letter for letter, and nothing in force before an approval."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from engine import studio
from engine.deploy import deploy
from engine.errors import Forbidden, NotFound
from engine.model import MACHINE, Actor
from engine.store import Store
from engine.studio.deciding import DraftThere
from engine.studio.drafts import DraftTooLarge
from engine.studio.packing import ExportImpossible
from engine.tables import kept_file, membership
from engine.uploads import UploadRefused
from tests.store.cast import AGREEMENT, NOW
from tests.store.conftest import PROCESSES, USED

KEY = "midtjylland-planrunde"
HERE = (AGREEMENT, KEY)
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
    assert studio.take_in(store, dan, AGREEMENT, data, now=NOW) == ["midtjylland-nyt", KEY]
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
    (key,) = studio.take_in(store, dan, AGREEMENT, old, "Gammelt forløb.bpmn", now=NOW)
    assert key == "midtjylland-gammelt-forloeb"
    bpmn = studio.draft_of(store, dan, AGREEMENT, key, now=NOW)["bpmn"]
    found = studio.lint(store, dan, bpmn, agreement=AGREEMENT, key=key, now=NOW)
    assert any(f.element == "t" for f in found if f.severity == "error")
    assert not [f for f in found if f.rule == "wrong_key"]
    assert 'id="midtjylland-gammelt-forloeb"' in bpmn
    # A diagram of a pathway that there is becomes its draft, whatever the file is called.
    own = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"].replace("3 hverdage", "4 hverdage")
    assert studio.take_in(store, dan, AGREEMENT, own.encode(), "Ny (2).bpmn", now=NOW) == [KEY]
    assert studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"] == own
    # What cannot be read at all is kept too, and told.
    (broken,) = studio.take_in(store, dan, AGREEMENT, b"<a", "brudt.bpmn", now=NOW)
    assert studio.draft_of(store, dan, AGREEMENT, broken, now=NOW)["bpmn"] == "<a"
    assert (
        studio.lint(store, dan, "<a", agreement=AGREEMENT, key=broken, now=NOW)[0].severity
        == "error"
    )


PLACE = "midtjylland/planrunde/planrunde.bpmn"


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
