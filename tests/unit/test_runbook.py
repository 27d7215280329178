"""The runbook has a chapter for each reason to be stuck, and says the limits that the code has."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from engine.stuck import REASONS
from engine.stuck.causes import HELD, MISFIRED, PATIENCE, SILENT, TRIES, TURNS, UNCLAIMED

RUNBOOK = (Path(__file__).resolve().parents[2] / "docs" / "operators.md").read_text()
STUCK = RUNBOOK.split("\n## What is stuck\n")[1].split("\n## ")[0]
CHAPTERS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^### |\Z)", STUCK, re.MULTILINE | re.DOTALL))


def test_each_reason_has_its_chapter_and_no_other_has_one() -> None:
    assert tuple(CHAPTERS) == REASONS
    assert re.findall(r"\[`(\w+)`\]\(#(\w+)\)", STUCK) == [(each, each) for each in REASONS]


@pytest.mark.parametrize("reason", REASONS)
def test_a_chapter_says_what_to_do_and_what_not(reason: str) -> None:
    said = CHAPTERS[reason]
    for part in ("- **Do:** ", "- **Do not:** "):
        assert len(said.split(part)[1].split("\n- ")[0]) > 30, part


def test_the_limits_are_those_of_the_code() -> None:
    days = {"orphaned": UNCLAIMED, "message": PATIENCE, "blocked": HELD}
    for reason, frist in days.items():
        assert frist.removesuffix(" før") in CHAPTERS[reason]
    assert f"{MISFIRED // timedelta(minutes=1)} minutes late" in CHAPTERS["timer"]
    assert f"{SILENT // timedelta(seconds=1)} seconds" in CHAPTERS["timer"]
    assert f"more than {TURNS} times" in CHAPTERS["loop"]
    assert f"failed {TRIES} times" in CHAPTERS["failed"]
    assert f"failed {TRIES} times" in CHAPTERS["undeliverable"]


@pytest.mark.parametrize(
    "chapter",
    [
        "Start and stop", "Upgrade with running instances", "Backup and restore", "Key rotation", "Lost database",
        "Full disk", "Clock wrong",
    ],
)  # fmt: skip
def test_what_else_can_happen_has_a_chapter(chapter: str) -> None:
    assert f"\n## {chapter}\n" in RUNBOOK
