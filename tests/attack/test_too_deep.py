"""JSON that is ten thousand lists deep, or ten megabytes large, at every address: refused, never a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.access.conftest import House
from tests.access.table import API, Row
from tests.attack.asking import address, ask
from tests.attack.test_requests import ACTS, BODIES, somebody

FORMS = [row for row in ACTS if not row.rule.startswith(API) and row.sends]
DEEP = 10_000
LARGE = '{"a": "' + "x" * (10 * 1024 * 1024) + '"}'
TEXTS = ("[" * DEEP + "]" * DEEP, '{"components": [' * DEEP + "]}" * DEEP, "- " * DEEP)


@pytest.fixture(autouse=True)
def _put_back(house: House) -> Iterator[None]:
    house.put_back()
    yield
    house.put_back()


@pytest.mark.parametrize("row", BODIES, ids=[row.name for row in BODIES])
def test_the_interface_refuses_it_with_a_sentence(house: House, row: Row) -> None:
    client = house.client(somebody(row), by_token=True)
    bodies = [*TEXTS[:2], f'{{"data": {TEXTS[0]}}}', LARGE]
    told = [
        client.open(
            address(house, row), method=row.method, data=body, content_type="application/json"
        ).get_json()
        for body in bodies
    ]
    assert [each["code"] for each in told] == ["json_invalid"] * 3 + ["too_large"]
    assert all(each["message"] for each in told)


@pytest.mark.parametrize("row", FORMS, ids=[row.name for row in FORMS])
def test_no_field_of_a_form_is_brought_down_by_it(house: House, row: Row) -> None:
    for text in TEXTS:
        answer = ask(house, row, somebody(row), more=dict.fromkeys(row.sends, text))
        assert answer.status_code < 500, (row.name, text[:20])
        house.put_back()
