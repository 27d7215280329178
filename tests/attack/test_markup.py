"""Names that are markup, in everything that a designer, a colleague or another system can name, on every page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from lxml import html
from werkzeug.test import TestResponse

from tests.access.conftest import House
from tests.access.table import API, KINDS, Row, rows
from tests.attack.asking import ask

MARK = "stafetond"
HOSTILE = (
    f"<script>{MARK}()</script><svg onload={MARK}()><img src=x onerror={MARK}()>\"'{MARK}=1 x='{{{{7*7}}}}</title>"
    f'</textarea><a href="javascript:{MARK}()">a</a><style>{MARK}{{}}</style>'
)
#: Texts of the database that pages show.  What is sealed is tried in `tests/web/test_fields.py`.
NAMES = {
    "unit": ("name",),
    "person": ("name",),
    "pathway": ("name",),
    "task": ("name",),
    "history": ("name",),
    "instance": ("end_state",),
    "deployment": ("note",),
    "message": ("name", "title"),
    "clause": ("text", "section"),
    "play": ("title",),
    "draft": ("note", "answer"),
    "incident": ("sentence",),
    "stuck": ("detail",),
}
PAGES = [
    row
    for row in rows()
    if row.method == "GET" and not row.rule.startswith(API) and "yes" in row.answers
]


@pytest.fixture
def named(house: House) -> Iterator[House]:
    """The site after somebody named everything so."""
    house.put_back()
    with closing(sqlite3.connect(house.file)) as db:
        changed = 0
        for table, columns in NAMES.items():
            for column in columns:
                changed += db.execute(f'UPDATE "{table}" SET "{column}" = ?', (HOSTILE,)).rowcount
        db.commit()
    assert changed > 50
    yield house
    house.put_back()


@pytest.mark.parametrize("row", PAGES, ids=[row.name for row in PAGES])
def test_a_name_is_never_markup(named: House, row: Row) -> None:
    for who, told in zip(KINDS, row.answers, strict=True):
        if told == "yes":
            answer = ask(named, row, who)
            assert answer.status_code < 500 or row.rule == "/readyz", answer.text
            if answer.mimetype == "text/html":
                _look(answer, row)


def test_the_name_stood_on_many_pages(named: House) -> None:
    """Else the test above looks at nothing.  By itself: it need not run in the same process, nor after it."""
    shown = {
        row.rule
        for row in PAGES
        for who, told in zip(KINDS, row.answers, strict=True)
        if told == "yes" and MARK.encode() in ask(named, row, who).data
    }
    assert len(shown) > 15, shown


def _look(answer: TestResponse, row: Row) -> None:
    tree = html.fromstring(answer.text)
    assert "{{7*7}}" in answer.text or MARK not in answer.text or "49" not in answer.text
    for one in tree.iter():
        if not isinstance(one.tag, str):
            continue
        if one.tag in ("script", "style") and one.get("type") != "application/json":
            assert MARK not in (one.text or ""), row.rule
        elif one.tag == "script":
            assert "<" not in (one.text or ""), (
                row.rule
            )  # data for a script of ours, which cannot end early
        for name, value in one.attrib.items():
            assert not name.startswith("on"), (row.rule, name)
            assert MARK not in name, (row.rule, name)
            assert not value.strip().lower().startswith("javascript:"), (row.rule, name)


def test_the_interface_says_it_as_json_and_nothing_else(named: House) -> None:
    """A browser that is led to an answer of the API does not read it as a page."""
    for row in rows():
        if row.rule.startswith(f"{API}/") and row.method == "GET" and row.answers[0] == "yes":
            answer: Any = ask(named, row, "ida")
            assert answer.mimetype != "text/html", row.rule
            assert answer.headers["X-Content-Type-Options"] == "nosniff", row.rule
