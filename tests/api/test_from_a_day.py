"""A folder for a day to come over HTTP, and called off: each answer has its code, and every list says what waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from engine.calendar import day_of, midnight
from stafet.app import clock
from tests.api.test_designs import API, DIAGRAM, KEY, folder, packed
from tests.api.walk import Get

PLACE = "midtjylland/planrunde/planrunde.bpmn"
DAYS = iter(range(2, 20))


def changed(days: str) -> dict[str, str]:
    old = 'stafet:frist="3 hverdage"'
    assert old in DIAGRAM
    return folder(**{PLACE: DIAGRAM.replace(old, f'stafet:frist="{days} hverdage"', 1)})


def sent(as_: Get, day: Any, days: str = "6", who: str = "designer") -> Any:
    body = {"files": changed(days), "note": "Fra en dag", "from": day}
    return as_(who).post(f"{API}/deployments", json=body)


def off(as_: Get, number: object, who: str | None = "designer") -> tuple[int, str | None]:
    """The status and the code."""
    answer = as_(who).post(f"{API}/deployments/{number}/call-off")
    return answer.status_code, (answer.get_json(silent=True) or {}).get("code")


def row(as_: Get, number: int) -> dict[str, Any]:
    """The version that this deployment brought, as the list of versions has it."""
    rows = as_("designer").get(f"{API}/processes/{KEY}/versions").get_json()["items"]
    found: dict[str, Any] = next(one for one in rows if one["deployment"] == number)
    return found


@pytest.fixture
def day() -> date:
    """Another one for each test."""
    return day_of(clock()) + timedelta(days=next(DAYS))


@pytest.fixture
def waiting(as_: Get, day: date) -> Iterator[int]:
    """A deployment for that day; nothing of it is left for other tests."""
    answer = sent(as_, day.isoformat())
    assert answer.status_code == 201, answer.get_json()
    number = answer.get_json()["id"]
    yield number
    off(as_, number)
    assert row(as_, number)["status"] == "called_off"


# ---- for a day ---------------------------------------------------------------------------
def test_what_waits_for_its_day_is_in_every_list_and_not_in_force(
    as_: Get, waiting: int, day: date
) -> None:
    client, night = as_("designer"), midnight(day)
    mine = row(as_, waiting)
    assert (mine["status"], mine["by"], mine["called_off_at"]) == ("coming", "Sofie Munk", None)
    shown = next(
        one
        for one in client.get(f"{API}/processes").get_json()["items"]
        if one["key"] == KEY and one["agreement"] == "midtjylland"
    )
    assert shown["version"] < mine["version"]
    assert [one["version"] for one in shown["coming"]] == [mine["version"]]
    listed = as_("drift").get(f"{API}/deployments").get_json()["items"]
    (there,) = [one for one in listed if one["id"] == waiting]
    moments = {mine["in_force_from"], there["in_force_from"], shown["coming"][0]["in_force_from"]}
    assert {datetime.fromisoformat(moment) for moment in moments} == {night}
    # The same once more changes nothing.
    assert sent(as_, day.isoformat()).get_json()["versions"] == []


def test_the_answer_says_from_when_in_json_and_with_a_zip(as_: Get, day: date) -> None:
    by_json = sent(as_, day.isoformat(), "7").get_json()
    assert (by_json["from"], len(by_json["versions"])) == (day.isoformat(), 1)
    where = f"{API}/deployments?from={day + timedelta(days=1)}&note=Zip"
    by_zip = as_("designer").post(where, data=packed(changed("8")), content_type="application/zip")
    assert by_zip.status_code == 201
    assert by_zip.get_json()["from"] == (day + timedelta(days=1)).isoformat()
    # One for the day before has not what waits for the day after, and is told so.
    before = sent(as_, (day - timedelta(days=1)).isoformat(), "9").get_json()
    assert [one["from"] for one in before["replaced_on"]] == [day.isoformat()]
    for each in (by_json, by_zip.get_json(), before):
        assert off(as_, each["id"]) == (204, None)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ("2020-01-01", "day_passed", "from"), ("0001-01-01", "day_passed", "from"),
        ("2026-02-30", "invalid", "from"), ("i morgen", "invalid", "from"), ("", "invalid", "from"),
        (20261201, "invalid", "from"), (True, "invalid", "from"), (["2099-01-01"], "invalid", "from"),
        ({"day": 1}, "invalid", "from"), ("2099-01-01T00:00:00", "invalid", "from"),
    ],
)  # fmt: skip
def test_what_is_no_day_to_come_is_refused_with_a_sentence(
    as_: Get, wrong: Any, code: str, field: str | None
) -> None:
    answer = sent(as_, wrong, "11")
    told = answer.get_json()
    assert (answer.status_code, told["code"]) == (422, code)
    assert list(told["errors"]) == [field]
    assert "11 hverdage" not in as_("designer").get(f"{API}/processes/{KEY}").text
    if isinstance(wrong, str):
        where = f"{API}/deployments?from={wrong}"
        zipped = as_("designer").post(
            where, data=packed(changed("11")), content_type="application/zip"
        )
        assert (zipped.status_code, zipped.get_json()["code"]) == (422, code)


def test_who_may_not_deploy_may_not_for_a_day(as_: Get, day: date) -> None:
    assert sent(as_, day.isoformat(), who="laege").status_code == 403


# ---- called off --------------------------------------------------------------------------
def test_it_is_called_off_once_and_the_lists_say_by_whom(as_: Get, waiting: int) -> None:
    assert off(as_, waiting, "laege")[0] in (403, 404)
    assert off(as_, waiting, None)[0] == 401
    assert row(as_, waiting)["status"] == "coming"
    assert off(as_, waiting) == (204, None)
    assert off(as_, waiting) == (409, "called_off_already")
    mine = row(as_, waiting)
    assert (mine["status"], mine["called_off_by"]) == ("called_off", "Sofie Munk")
    listed = as_("drift").get(f"{API}/deployments").get_json()["items"]
    (there,) = [one for one in listed if one["id"] == waiting]
    assert there["called_off_at"] == mine["called_off_at"] is not None
    rows = as_("designer").get(f"{API}/processes").get_json()["items"]
    assert all(one["coming"] == [] for one in rows if one["key"] == KEY)


def test_from_its_day_on_it_is_too_late(
    as_: Get, site: Flask, waiting: int, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = site.extensions["stafet"]
    with monkeypatch.context() as later:
        later.setitem(site.extensions, "stafet", replace(house, now=lambda: midnight(day)))
        assert row(as_, waiting)["status"] == "in_force"
        assert off(as_, waiting) == (409, "begun_already")
    assert row(as_, waiting)["status"] == "coming"


@pytest.mark.parametrize("number", [0, 999_999, 2**63, 10**40, "x", -1])
def test_a_deployment_that_is_not_there_is_not_found(as_: Get, number: object) -> None:
    assert off(as_, number)[0] == 404


def test_what_was_in_force_at_once_is_not_called_off(as_: Get) -> None:
    rows = as_("designer").get(f"{API}/processes/{KEY}/versions").get_json()["items"]
    here = next(one for one in rows if one["status"] == "in_force")
    assert off(as_, here["deployment"]) == (409, "begun_already")
