"""Two people complete the same task at the same moment: one wins, the other is told, nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.http.served import Answer, Server

ROUNDS = 50
ANSWERS = {"justering_indsats": False, "justering_plan": False}
CITIZEN = {"cpr": "700378-1016", "name": "Signe Sørensen"}


@pytest.fixture(params=["sqlite", "postgresql"])
def doors(request: pytest.FixtureRequest) -> Iterator[tuple[Server, Server]]:
    """Two ways in: the same embedded server twice, or two web processes on one PostgreSQL."""
    if request.param == "sqlite":
        served = request.getfixturevalue("served")
        yield served, served
    else:
        yield request.getfixturevalue("split")


def test_one_of_two_wins_and_the_instance_lives(doors: tuple[Server, Server]) -> None:
    tokens = [doors[0].token("sygeplejerske"), doors[0].token("laege")]
    case = doors[0].call(
        "POST", "/api/v1/cases", {"agreement": "midtjylland", "citizen": CITIZEN}, token=tokens[0]
    )
    assert case.status == 201, case.body
    with ThreadPoolExecutor(2) as both:
        for _ in range(ROUNDS):
            instance, task = _started(doors[0], case.json["id"], tokens[0])
            start = Barrier(2)

            def complete(n: int, task: int = task, start: Barrier = start) -> Answer:
                start.wait(30)
                path = f"/api/v1/tasks/{task}/complete"
                return doors[n].call("POST", path, {"data": ANSWERS}, token=tokens[n])

            answers = sorted(both.map(complete, range(2)), key=lambda answer: answer.status)
            assert [answer.status for answer in answers] == [200, 409], [a.body for a in answers]
            assert answers[1].json["code"] in ("task_not_open", "conflict")
            _lives(doors[1], instance, answers[0].json["tasks"], tokens[0])


def _started(door: Server, case: int, token: str) -> tuple[int, int]:
    made = door.call(
        "POST",
        f"/api/v1/cases/{case}/instances",
        {"pathway": "planrunde", "data": {"adspurgte": ["Kriminalforsorgen"]}},
        token=token,
    )
    assert made.status == 201, made.body
    (task,) = made.json["tasks"]
    return made.json["id"], task["id"]


def _lives(door: Server, number: int, opened: list[Any], token: str) -> None:
    shown = door.call("GET", f"/api/v1/instances/{number}", token=token)
    assert shown.status == 200
    assert shown.json["status"] in ("running", "waiting")
    assert opened
    history = door.call("GET", f"/api/v1/instances/{number}/history", token=token).json["items"]
    first = [item for item in history if item["what"] == "completed" and item["kind"] == "userTask"]
    assert len(first) == 1
