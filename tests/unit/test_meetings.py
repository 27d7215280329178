"""Meetings, pure: what an agreement declares, and what answers make of them."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import pathway
from engine.calendar import DANISH
from engine.errors import SettingInvalid
from engine.meetings import Given, agreed, kinds, meetings, refused, task_name
from tests.scenario.drawn import sources

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 6, 3, 10, tzinfo=UTC)
KINDS = kinds(
    {
        "net": {
            "titel": "Netværksmøde",
            "inviterer": {"m.inviter": "tid", "m.find": "dato", "v.inviter": ""},
            "holder": ["m.hold", "m.roller"],
            "aftaler": ["m.referat"],
            "referat": "referat",
        }
    }
)


def told(*given: tuple[str, dict[str, Any]]) -> list[Any]:
    rows = [
        Given(n, 7, f"m.{task}", "A", NOW + timedelta(hours=n), values)
        for n, (task, values) in enumerate(given, 1)
    ]
    return meetings(KINDS, rows, DANISH)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ([], "table"),
        ({"net": {}}, "titel"),
        ({"net": {"titel": "x", "leder": "y"}}, "leder"),
        ({"net": {"titel": "x", "inviterer": ["m.a"]}}, "inviterer"),
        ({"net": {"titel": "x", "holder": "m.a"}}, "holder"),
        ({"net": {"titel": "x", "aftaler": ["a"]}}, "slug.element"),
        ({"net": {"titel": "x", "referat": 1}}, "referat"),
    ],
)
def test_what_an_agreement_may_not_say(table: Any, says: str) -> None:
    with pytest.raises(SettingInvalid, match=says):
        kinds(table)


def test_a_new_time_moves_the_meeting_that_is_not_held() -> None:
    first = {"tid": "2026-06-05T10:00+02:00", "deltagere": ["B"]}
    (one,) = told(("inviter", first), ("find", {"dato": "2026-06-08"}))
    assert (one.at, one.invited, len(one.said)) == (date(2026, 6, 8), ("B",), 2)


def test_two_tasks_hold_one_meeting_and_the_next_round_is_another() -> None:
    first, second = told(
        ("hold", {"fremmoedte": ["A", "B"]}), ("roller", {"moedeleder": "Læge"}), ("hold", {})
    )
    assert (first.present, first.chair, second.chair) == (("A", "B"), "Læge", "")


def test_answers_of_other_tasks_are_no_meeting() -> None:
    assert told(("noget", {"tid": "2026-06-05T10:00+02:00"})) == []


@pytest.mark.parametrize("odd", [None, "", "snart", "2026-13-01", 5, ["2026-06-05"]])
def test_a_time_that_is_none_is_not_agreed(odd: Any) -> None:
    (one,) = told(("inviter", {"tid": odd}))
    assert one.at is None
    assert refused(KINDS, "m.inviter", {"tid": odd}, DANISH, NOW) == {}


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("2026-06-03T12:00+02:00", True),
        ("2026-06-03T12:01+02:00", False),
        ("2026-06-02", True),
        ("2026-06-03", False),
    ],
)
def test_a_meeting_begins_after_now(said: str, wrong: bool) -> None:
    assert bool(refused(KINDS, "m.inviter", {"tid": said}, DANISH, NOW)) == wrong


def test_the_chair_is_somebody_else_than_who_writes() -> None:
    def of(chair: str, writer: str, task: str = "m.roller") -> list[str]:
        return list(refused(KINDS, task, {"moedeleder": chair, "referent": writer}, DANISH, NOW))

    assert of("Overlæge ", "overlæge") == ["referent"]
    assert of("Overlæge", "Sygeplejerske") == of("", "") == []
    assert of("Læge", "Læge", "m.inviter") == [], "only who holds a meeting says who leads it"


def test_an_action_needs_words_a_party_and_a_date() -> None:
    values = {
        "aftale": "Ring",
        "aftale_part": "B",
        "aftale_frist": "2026-06-10",
        "aftaler": [
            {"aftale": "Skriv", "part": "A", "frist": "2026-06-11"},
            {"aftale": "Uden part", "frist": "2026-06-11"},
            {"aftale": "Uden dato", "part": "A"},
            {"part": "A", "frist": "2026-06-11"},
        ],
    }
    found = agreed(KINDS, "m.referat", values)
    assert [(one.text, one.party, one.due) for one in found] == [
        ("Ring", "B", date(2026, 6, 10)),
        ("Skriv", "A", date(2026, 6, 11)),
    ]
    assert agreed(KINDS, "m.hold", values) == []


def test_every_task_that_an_agreement_names_is_drawn_and_asks_for_what_is_read() -> None:
    seen = 0
    for file in sorted(ROOT.glob("processes/*/agreement.toml")):
        slug = file.parent.name
        drawn: dict[str, tuple[Any, str]] = {}
        for (agreement, _), source in sources().items():
            if agreement == slug:
                way = pathway.compile(source)
                for each in way.elements.values():
                    drawn[task_name(each.process, each.id, slug)] = (way, each.form or "")
        for kind in kinds(tomllib.loads(file.read_text())["moeder"]).values():
            for task in (*kind.invites, *kind.holds, *kind.agrees):
                assert task in drawn, (slug, task)
                way, form = drawn[task]
                text = str(way.forms[form])
                if time := kind.invites.get(task):
                    assert f"'key': '{time}'" in text, (slug, task)
                if task in kind.agrees:
                    assert "'key': 'part'" in text, (slug, task)
                seen += 1
            documents = tomllib.loads(file.read_text())["dokumenter"]
            assert not kind.minutes or kind.minutes in documents
    assert seen > 20
