"""When the audit log cannot be written, nothing of a citizen is shown and nothing about one is changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.access.conftest import CPR, NAME, House
from tests.access.table import KINDS, Row, rows
from tests.attack.asking import ask, held

#: What changes nobody's case: a designer's draft, one's own filters.
OWN = {"draft", "saved_filter"}
ALLOWED = [row for row in rows() if "yes" in row.answers]


@pytest.fixture(scope="module")
def shut(house: House) -> Iterator[House]:
    """The site, with a log that takes no more entries."""
    house.put_back()
    with closing(sqlite3.connect(house.file)) as db:
        db.execute(
            "CREATE TRIGGER shut BEFORE INSERT ON audit BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    yield house
    house.put_back()


@pytest.mark.parametrize("row", ALLOWED, ids=[row.name for row in ALLOWED])
def test_nothing_of_a_citizen_is_shown_or_changed(shut: House, row: Row) -> None:
    for who, told in zip(KINDS, row.answers, strict=True):
        if told != "yes":
            continue
        before = held(shut)
        answer = ask(shut, row, who)
        now = held(shut)
        assert {name for name in now if now[name] != before[name]} <= OWN, who
        assert not any(each.encode() in answer.data for each in (NAME, CPR, "Tine")), who
        if answer.status_code >= 500:
            assert answer.status_code == 503, answer.text


def test_most_of_what_people_do_is_refused_then(shut: House) -> None:
    """So that the test above is about something."""
    refused = [row for row in ALLOWED if ask(shut, row, _somebody(row)).status_code == 503]
    assert len(refused) > 60


def _somebody(row: Row) -> str:
    return next(who for who, told in zip(KINDS, row.answers, strict=True) if told == "yes")
