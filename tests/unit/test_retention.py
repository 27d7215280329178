"""How long what is kept: the terms as they are written, and when they end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.calendar import COPENHAGEN
from engine.errors import SettingInvalid
from engine.retention import KINDS, LAW, Rule, doubts, due, rules
from tests.unit.test_agreement import load

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
GOOD = {"efter": "10 år", "grund": "Loven"}


@pytest.mark.parametrize("slug", sorted(p.parent.name for p in PROCESSES.glob("*/agreement.toml")))
def test_every_agreement_keeps_everything_as_long_as_the_law_says(slug: str) -> None:
    found = load(slug).retention
    assert tuple(found) == KINDS
    assert all(rule.months >= LAW and len(rule.ground) > 20 for rule in found.values())
    assert not list(doubts(found))


def test_terms_are_whole_years_or_months() -> None:
    found = rules({"log": {"efter": "1 måned", "grund": "a"}, "sag": GOOD})
    assert list(found.values()) == [Rule("sag", 120, "Loven"), Rule("log", 1, "a")]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ([], "must be a table"),
        ({"kage": GOOD}, "does not know “kage”"),
        ({"sag": "10 år"}, "must say “efter” and “grund”"),
        ({"sag": GOOD | {"til": "2030"}}, "does not know “til”"),
        ({"sag": GOOD | {"efter": "ti år"}}, "“efter” must be such as"),
        ({"sag": GOOD | {"efter": "0 år"}}, "“efter” must be such as"),
        ({"sag": GOOD | {"efter": 10}}, "“efter” must be such as"),
        ({"sag": {"efter": "10 år"}}, "needs a “grund”"),
        ({"sag": GOOD | {"grund": " "}}, "needs a “grund”"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_by_name(table: Any, says: str) -> None:
    with pytest.raises(SettingInvalid, match=says):
        rules(table)


@pytest.mark.parametrize(
    ("last", "months", "ends"),
    [
        ("2024-03-26T10:00+01:00", 120, "2034-03-26T10:00+02:00"),
        ("2024-02-29T10:00+01:00", 12, "2025-02-28T10:00+01:00"),
        ("2024-01-31T23:30+01:00", 1, "2024-02-29T23:30+01:00"),
        ("2024-12-31T23:30+01:00", 2, "2025-02-28T23:30+01:00"),
    ],
)
def test_a_term_ends_the_same_day_so_many_months_later(last: str, months: int, ends: str) -> None:
    found = due(datetime.fromisoformat(last), Rule("sag", months, "Loven"))
    assert found == datetime.fromisoformat(ends)


def test_no_term_ends_after_the_last_year() -> None:
    last = datetime(9990, 1, 1, tzinfo=COPENHAGEN)
    assert due(last, Rule("sag", 12 * 999, "Loven")) > last
