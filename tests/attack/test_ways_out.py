"""Whatever leaves Stafet as a file stands in the table of ways out (`docs/security.md`), and no browser runs it."""

from __future__ import annotations

import re

from tests.access.conftest import House
from tests.access.table import API, Row, rows
from tests.attack.asking import ask
from tests.attack.test_requests import somebody
from tests.unit.test_promises import WAYS

#: What is no export: a page, values, and what every page is built of.
PLAIN = ("text/html", "application/json")
BUILT = ("/static/<path:filename>", "/api/docs/static/<path:filename>")
NAMED = set(re.findall(r"`(/[^`]+)`", WAYS))
ROWS = [row for row in rows() if "yes" in row.answers and row.rule not in BUILT]


def test_every_file_that_one_can_get_is_named_and_every_name_is_an_address(house: House) -> None:
    house.put_back()
    got: dict[str, str] = {}
    for row in ROWS:
        if row.rule.startswith(API) and row.method != "GET":
            continue
        answer = ask(house, row, somebody(row))
        if answer.status_code == 200 and answer.mimetype not in PLAIN:
            got[row.rule] = answer.mimetype
            _harmless(row, answer.headers)
        if row.method != "GET":
            house.put_back()
    assert set(got) == NAMED
    assert len(got) > 12


def test_the_description_has_no_other_kind_of_answer(house: House) -> None:
    described = house.client("ida", by_token=True).get("/api/openapi.json").get_json()
    files = {
        re.sub(r"\{(\w+)\}", r"<\1>", path)
        for path, acts in described["paths"].items()
        for act in acts.values() if isinstance(act, dict) and "responses" in act
        for told in act["responses"].values()
        if set(told.get("content", ())) - {"application/json"}
    }  # fmt: skip
    assert files == {name for name in NAMED if name.startswith(API)}


def _harmless(row: Row, headers: dict[str, str]) -> None:
    """It is taken for nothing else than what it says, and is saved where people open it from a page."""
    assert headers["X-Content-Type-Options"] == "nosniff", row.name
    if row.rule not in ("/metrics", "/frister/<secret>.ics"):
        assert headers["Content-Disposition"].startswith("attachment"), row.name
