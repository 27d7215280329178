"""The citizen's own data (GDPR art. 15): everything that is held about him, and nothing of anybody else."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import insert, select

from engine import owned, queries
from engine.errors import Forbidden, NotFound
from engine.model import MACHINE, Actor
from engine.queries import parts
from engine.queries.own import _cleaned
from engine.store import Store
from engine.tables import audit, membership, metadata
from paper import own
from tests.store.cast import NOW, PEOPLE, SINCE
from tests.store.whole import PNG, A, B, Whole, whole

As = Callable[..., Actor]
LATER = NOW + timedelta(days=1)


@pytest.fixture
def two(store: Store) -> tuple[Whole, Whole]:
    """Two citizens with everything; Anna leads the ward, Jens looks after data protection in the probation service."""
    with store.write() as db:
        for person, unit, role in ((2, 1, "leder"), (4, 2, "databeskyttelse")):
            job = {"person_id": person, "unit_id": unit, "role": role, "valid_from": SINCE}
            db.execute(insert(membership).values(**job))
    return whole(store), whole(store, B)


def test_every_table_and_column_is_told_or_left_out_with_a_reason() -> None:
    told = [table.name for table in parts.PARTS]
    assert sorted([*told, *parts.LEFT_OUT]) == sorted(each.table.name for each in owned.OWNED)
    assert all(parts.LEFT_OUT.values())
    assert all(parts.HIDDEN.values())
    for name in parts.HIDDEN:
        table, _, column = name.partition(".")
        assert column in metadata.tables[table].columns
        assert table in told
    bytes_ = {
        f"{table.name}.{column.name}"
        for table in parts.PARTS
        for column in table.columns
        if column.type.python_type is bytes
    }
    assert bytes_ <= set(parts._SEALED), "bytes that nobody can open"


def test_everything_of_the_citizen_is_in_it_and_nothing_of_another(
    store: Store, two: tuple[Whole, Whole]
) -> None:
    mine, other = two
    made = _made(store, MACHINE, mine)
    text, page = made["indsigt.json"].decode(), _words(made["indsigt.pdf"])
    for mark in (mine.name, mine.cpr, mine.word):
        assert mark in text
        assert mark in page
    for mark in (other.name, other.cpr, other.cpr.replace("-", ""), other.word):
        assert mark not in text
        assert mark not in page
    (case,) = json.loads(text)["cases"]
    for table in parts.PARTS:
        assert case["parts"][table.name], f"nothing of {table.name}"
    assert _rows(store, mine) == {name: len(rows) for name, rows in case["parts"].items()}
    written = ("answer", "message", "comment", "handover", "loan", "hold", "consent")
    for name in written:
        assert mine.word in str(case["parts"][name]), name
    assert "'Aftalt plan': 'Plan 7'" in str(case["parts"]["plan_version"])
    assert [content for name, content in made.items() if name.startswith("bilag/")] == [
        PNG + mine.word.encode()
    ]


def test_who_looked_stands_in_it_and_asking_is_noted(
    store: Store, two: tuple[Whole, Whole]
) -> None:
    made = _made(store, MACHINE, two[0])
    looks = json.loads(made["indsigt.json"])["looks"]
    assert {"case_opened", "glass_broken", "completed"} <= {each["what"] for each in looks}
    assert "åbnede sagen med nødadgang" in _words(made["indsigt.pdf"])
    with store.read() as db:
        noted = select(audit.c.citizen_id, audit.c.person_id).where(audit.c.what == "own_data")
        assert [tuple(row) for row in db.execute(noted)] == [(two[0].citizen, 0)]


def test_a_unit_gets_what_it_sees_and_names_its_own_people(
    store: Store, two: tuple[Whole, Whole], as_: As
) -> None:
    """The ward wrote nearly all; the probation service was sent a plan and wrote a message."""
    mine = two[0]
    ward, _ = queries.own_data(store, as_("anna"), case_id=mine.case, now=LATER)
    prison, files = queries.own_data(store, as_("jens"), case_id=mine.case, now=LATER)
    assert ward["scope"] == ["Afsnit R1"]
    assert prison["scope"] == ["Kriminalforsorgen Midtjylland"]
    (there,) = prison["cases"]
    assert not files
    for name in ("answer", "comment", "attachment", "handover", "hold"):
        assert there["parts"][name] == [], name
        assert name == "hold" or ward["cases"][0]["parts"][name]
    assert {each["from_unit"] for each in there["parts"]["message"]} == {
        "Afsnit R1", "Kriminalforsorgen Midtjylland",
    }  # fmt: skip
    elsewhere = [each.name for each in PEOPLE if each.unit != 2]
    assert not [name for name in elsewhere if name in str(there)]
    assert {"Jens Juhl"} == {each["by"]["name"] for each in prison["looks"] if each["by"]} - {
        "Sia Svendsen", "Ole Olsen",
    }  # fmt: skip


def test_the_staff_can_be_left_unnamed(store: Store, two: tuple[Whole, Whole]) -> None:
    found, _ = queries.own_data(store, MACHINE, case_id=two[0].case, names=False, now=LATER)
    assert not [each.name for each in PEOPLE if each.name in str(found)]
    assert not [each.login for each in PEOPLE if f"'{each.login}'" in str(found)]


def test_another_persons_cpr_number_in_a_text_is_left_out(
    store: Store, two: tuple[Whole, Whole]
) -> None:
    said = {"a": [f"Bror {B[1]}, selv {A[1]} og 7003781016"], B[1]: 3}
    assert _cleaned(said, A[1]) == {
        "a": [f"Bror [andet CPR-nummer udeladt], selv {A[1]} og 7003781016"],
        "[andet CPR-nummer udeladt]": 3,
    }


def test_nobody_else_gets_it(store: Store, two: tuple[Whole, Whole], as_: As) -> None:
    for login in ("ida", "bo", "karin", "sia", "ole", "dan"):
        with pytest.raises(Forbidden):
            queries.own_data(store, as_(login), case_id=two[0].case, now=LATER)
    with store.write() as db:
        job = {"person_id": 6, "unit_id": 7, "role": "leder", "valid_from": SINCE}
        db.execute(insert(membership).values(**job))
    # Sia's unit is no party; that she broke the glass gives nothing here.
    for asked in ({"case_id": two[0].case}, {"citizen_id": two[0].citizen}, {"case_id": 999}):
        with pytest.raises(NotFound):
            queries.own_data(store, as_("sia"), **asked, now=NOW)
    with pytest.raises(NotFound):
        queries.own_data(store, MACHINE, citizen_id=999, now=LATER)


def test_what_people_wrote_is_never_markup(store: Store) -> None:
    """typst's own letters in a text are shown, not read."""
    data = {
        "scope": [],
        "citizen": {"name": '#panic("x") *fed* $x$ @ref', "cpr": A[1]},
        "cases": [],
        "looks": [],
    }
    assert '#panic("x") *fed* $x$ @ref' in _words(own.pdf(data, NOW))


# ---- what is in it -------------------------------------------------------------------------
def _made(store: Store, actor: Actor, of: Whole, now: datetime = LATER) -> dict[str, bytes]:
    data, files = queries.own_data(store, actor, case_id=of.case, now=now)
    with zipfile.ZipFile(io.BytesIO(own.zipped(data, files, now))) as made:
        assert made.testzip() is None
        return {name: made.read(name) for name in made.namelist()}


def _words(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def _rows(store: Store, of: Whole) -> dict[str, Any]:
    with store.read() as db:
        return {
            each.table.name: len(db.execute(select(each.table).where(each.of([of.case]))).all())
            for each in owned.OWNED
            if each.table in parts.PARTS
        }
