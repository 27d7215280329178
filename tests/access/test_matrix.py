"""Every address, asked by every kind of person: the answer is the table's, and nothing of others stands in it."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from werkzeug.test import TestResponse

from tests.access.conftest import CPR, House
from tests.access.page import FILE, page
from tests.access.table import API, KINDS, Row, rows

TABLE = list(rows())
_PLACE = re.compile(r"<(?:[a-z]+(?:\([^)]*\))?:)?(\w+)>")
#: What these may never read, whatever they ask; names of people, of what they wrote, of whom it is about.
_CASE = ("Tine", CPR, CPR.replace("-", ""))
_INSIDE = ("Virker.", "Plan 7", "Tag stilling til planen", "accepter_plan", "foelg_op")
NEVER = {
    "jens": ("Ida Ibsen", "Virker."),
    "karin": ("Ida Ibsen", *_INSIDE),
    "rikke": (*_CASE, "Ida Ibsen", *_INSIDE),
    "hanne": (*_CASE, "Ida Ibsen", *_INSIDE),
    "ole": (*_CASE, "Virker.", "Plan 7"),
    "dan": (*_CASE, "Ida Ibsen", "Virker.", "Plan 7"),
    "": (*_CASE, "Ida Ibsen", *_INSIDE),
}
#: Diagrams of what is in use are everybody's.
DIAGRAMS = ("/forloeb", "/forloeb/<key>", "/forloeb/<key>/diagram")


@pytest.fixture(scope="session")
def served(house: House) -> dict[str, str]:
    """A file that the site serves, for each address that serves files."""
    found = {}
    for rule in ("/static/<path:filename>", "/api/docs/static/<path:filename>"):
        text = house.site.test_client().get("/log-ind" if rule[1] == "s" else "/api/docs").text
        start = rule.split("<")[0]
        names = re.findall(f'{start}([^"?]+)', text)
        assert names, f"no page names a file under {start}"
        found[rule] = names[0]
    return found


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_each_gets_the_answer_of_the_table(house: House, served: dict[str, str], row: Row) -> None:
    names = {**house.names, "filename": served.get(row.rule, "")}
    told = dict(zip(KINDS, row.answers, strict=True))
    got = {who: _answer(house, row, who, names, told[who]) for who in KINDS}
    assert got == told


#: What something else hangs on, in addresses that name both.
PARENTS = ("case_id", "task_id", "key")
_CHILDREN = ("hold_id", "loan_id", "question_id", "play")


def _nested() -> list[Row]:
    """The addresses that name a thing, and what it hangs on."""
    return [
        row
        for row in TABLE
        if set(_PLACE.findall(row.rule)) & set(_CHILDREN)
        and set(_PLACE.findall(row.rule)) & set(PARENTS)
    ]


def test_every_address_with_two_numbers_is_among_those_whose_numbers_are_mixed() -> None:
    two = {row.rule for row in TABLE if len(re.findall(r"<\w+_id>", row.rule)) > 1}
    assert two <= {row.rule for row in _nested()}


@pytest.mark.parametrize(
    "row", [one for one in TABLE if "none" in one.answers], ids=lambda row: row.name
)
def test_what_one_may_not_see_is_answered_like_what_is_not_there(house: House, row: Row) -> None:
    names = {**house.names, "filename": ""}
    absent = {**names, **{name: 10**9 for name in names if name.endswith("_id")}}
    for who, said in zip(KINDS, row.answers, strict=True):
        if said == "none":
            hidden, nothing = (_ask(house, row, who, each) for each in (names, absent))
            assert (hidden.status_code, _text(hidden)) == (nothing.status_code, _text(nothing)), who


@pytest.mark.parametrize("row", _nested(), ids=lambda row: row.name)
def test_what_belongs_to_another_is_not_there(house: House, row: Row) -> None:
    """An address with two numbers: both one's own to see, and the second not of the first."""
    parent = next(name for name in _PLACE.findall(row.rule) if name in PARENTS)
    names = {**house.names, "filename": ""}
    mixed = {**names, parent: house.others[parent]}
    asked = [
        who for who, said in zip(KINDS, row.answers, strict=True) if said in ("yes", "bad", "shut")
    ]
    assert asked, "Somebody may do it, or the row says nothing."
    for who in asked:
        assert _ask(house, row, who, mixed).status_code == 404, who


def test_every_address_is_in_the_table(house: House) -> None:
    known = {(row.method, row.rule) for row in TABLE}
    there = {
        (method, _PLACE.sub(_kept, rule.rule))
        for rule in house.site.url_map.iter_rules()
        for method in (rule.methods or ()) - {"HEAD", "OPTIONS"}
    }
    assert there - known == set(), "Say in tests/access/table.py who gets what answer."
    assert known - there == set(), "These addresses are no more."


def test_the_page_is_the_table() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "Run: python -m tests.access.page"


# ---- asking ------------------------------------------------------------------------------
def _answer(house: House, row: Row, who: str, names: dict[str, Any], told: str) -> str:
    answer = _ask(house, row, who, names)
    text = _text(answer)
    typed = str(row.sends)  # what one wrote oneself is written back
    leaked = [each for each in NEVER.get(who, ()) if each in text and each not in typed]
    if row.rule not in DIAGRAMS:
        assert leaked == [], f"{who or 'nobody'} reads {leaked}"
    said = _said(answer, who)
    if said == "yes" and row.shows and not re.search(row.shows.format(**names), text):
        return "empty"
    if said == "other":
        return f"{answer.status_code} {text[:300]}"
    return said


def _ask(house: House, row: Row, who: str, names: dict[str, Any]) -> TestResponse:
    client = house.client(who, by_token=row.rule.startswith(API))
    address = _PLACE.sub(lambda found: str(names[found[1]]), row.rule)
    sends = json.loads(json.dumps(row.sends))
    for key, value in sends.items():
        if isinstance(value, str) and value.startswith("{"):
            sends[key] = names[value.strip("{}")]
    if row.method == "GET":
        return client.get(address, query_string=sends, buffered=True)
    if row.rule.startswith(API):
        answer = client.open(address, method=row.method, json=sends)
    else:
        answer = client.post(address, data={**sends, "csrf": _csrf(house, client, who)})
    if answer.status_code < 400:
        house.put_back()
    return answer


def _csrf(house: House, client: Any, who: str) -> str:
    if who:
        return house.secrets[who].csrf
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/log-ind").text)
    assert found
    return found[1]


def _said(answer: TestResponse, who: str) -> str:
    code = answer.status_code
    out = who and answer.request.path == "/log-ud"
    if code == 401 or (code == 302 and "/log-ind" in answer.headers["Location"] and not out):
        return "login"
    if code < 400 or (code == 503 and answer.request.path == "/readyz"):
        return "yes"
    return {403: "no", 404: "none", 409: "shut", 422: "bad"}.get(code, "other")


def _text(answer: TestResponse) -> str:
    """The answer without what is its own each time."""
    if answer.mimetype == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    if answer.mimetype == "application/zip":
        with ZipFile(BytesIO(answer.data)) as made:
            names = made.namelist()
            return (
                made.read("indsigt.json").decode() if "indsigt.json" in names else "\n".join(names)
            )
    text = answer.text
    for own in ("X-Request-Id",):
        text = text.replace(answer.headers.get(own, "-"), "")
    text = re.sub(r"/\d+(?=[/\"?.])", "/N", text) if answer.status_code >= 400 else text
    return re.sub(r'name="csrf" value="[^"]+"', "", text)


def _kept(found: re.Match[str]) -> str:
    return f"<path:{found[1]}>" if found[0].startswith("<path:") else f"<{found[1]}>"
