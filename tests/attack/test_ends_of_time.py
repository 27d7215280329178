"""The first and the last moments that can be written, wherever a program may send a day or a moment."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.access.conftest import House
from tests.access.table import API, KINDS, Row, rows
from tests.attack.asking import ask

ENDS = (
    "9999-12-31", "0001-01-01", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
)  # fmt: skip
ASKED = [row for row in rows() if row.rule.startswith(API)]
Days = dict[tuple[str, str], set[str]]


@pytest.fixture(scope="module")
def days(house: House) -> Days:
    """By method and address: the names in the query and in the body that are a day or a moment."""
    told = house.site.test_client().get("/api/openapi.json").get_json()
    schemas = told["components"]["schemas"]
    found: Days = {}
    for path, operations in told["paths"].items():
        for method, one in operations.items():
            if isinstance(one, dict):
                rule = API + re.sub(r"\{(\w+)\}", r"<\1>", path.removeprefix(API))
                found[(method.upper(), rule)] = set(_named(one, schemas))
    return found


def _named(operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    given = [(p["name"], p["schema"]) for p in operation.get("parameters", ()) if "schema" in p]
    for body in operation.get("requestBody", {}).get("content", {}).values():
        shape = body["schema"]
        shape = schemas[shape["$ref"].rsplit("/", 1)[1]] if "$ref" in shape else shape
        given += shape.get("properties", {}).items()
    return [name for name, shape in given if str(shape.get("format", "")).startswith("date")]


def test_days_were_found(days: Days) -> None:
    assert {"from", "to"} <= days[("GET", f"{API}/reports/deadlines")]
    assert "until" in days[("POST", f"{API}/cases/<case_id>/loans")]
    assert sum(map(len, days.values())) > 8


@pytest.mark.parametrize("row", ASKED, ids=[row.name for row in ASKED])
def test_the_ends_of_time_are_no_fault_of_the_server(house: House, days: Days, row: Row) -> None:
    who = next(
        (
            k
            for k, told in zip(KINDS, row.answers, strict=True)
            if told not in ("none", "no", "login")
        ),
        "",
    )
    # A scenario says its day as it likes, so no format is described.
    named = days.get((row.method, row.rule), set()) | ({"start"} & row.sends.keys())
    for name in sorted(named):
        for end in ENDS:
            answer = ask(house, row, who, more={name: end})
            assert answer.status_code < 500, (name, end)
            if row.method != "GET":
                house.put_back()
