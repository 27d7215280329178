"""`stafet due`: when a deadline falls, and which days were counted.  Loads neither web nor database."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import click

from engine.agreement import Agreement
from engine.calendar import DANISH, Calendar, Count, count, local, parse, when
from engine.errors import FristInvalid, SettingInvalid, StafetError, UnknownAgreement
from stafet.settings import processes_folder

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = ("frist", "from", "before", "agreement")


@click.command(
    "due",
    help="When a deadline falls: FRIST is “3 hverdage”, “24 timer”, “8 dage før” …; - reads JSON lines.",
)
@click.argument("frist")
@click.option("--from", "since", metavar="MOMENT", help="Count from this moment or date.")
@click.option("--before", metavar="DATE", help="Count backwards from this date.")
@click.option("--agreement", metavar="NAME", help="Use this agreement's calendar.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def command(
    frist: str, since: str | None, before: str | None, agreement: str | None, as_json: bool
) -> int:
    """Answer one question, or one for each line of standard input.

    A line that cannot be answered gives `{"error": …}` in its place, and the rest goes on (exit 0).
    """
    asked = {"frist": frist, "from": since, "before": before, "agreement": agreement}
    if frist == "-":
        if since or before:
            raise click.UsageError("With “-” each line says its own “from” or “before”.")
        for line in sys.stdin.buffer:
            if line.strip():
                click.echo(json.dumps(_answer_line(line, agreement)))
        return 0
    answer = _answer({key: value for key, value in asked.items() if value is not None})
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(_lines(answer)))
    return 0


def _answer_line(line: bytes, agreement: str | None) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": "The line is not JSON."}
    if not isinstance(asked, dict):
        return {"error": "The line must be a JSON object with “frist” and “from” or “before”."}
    try:
        return _answer({"agreement": agreement, **asked})
    except StafetError as exc:
        return {"error": exc.sentence}


def _answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """CONTRACT's JSON for one question; raises the `StafetError` that says what is wrong with it."""
    texts = {key: value for key, value in asked.items() if value is not None}
    for key in _KEYS:
        if not isinstance(texts.get(key, ""), str):
            raise FristInvalid(f"“{key}” must be text.")
    if "frist" not in texts:
        raise FristInvalid("“frist” is missing.")
    if ("from" in texts) == ("before" in texts):
        raise FristInvalid(
            "Say either what it counts from (“from”) or what it comes before (“before”)."
        )
    calendar = _calendar(texts["agreement"]) if "agreement" in texts else DANISH
    frist = parse(texts["frist"])
    if "before" in texts:
        frist = replace(frist, direction="before")
    start = when(texts.get("from") or texts.get("before") or "", calendar)
    return _facts(count(frist, start, calendar))


def _facts(found: Count) -> dict[str, Any]:
    return {
        "due": local(found.due),
        "reminder_at": local(found.reminder_at) if found.reminder_at else None,
        "overdue_at": local(found.overdue_at),
        "counted": [day.isoformat() for day in found.counted],
        "skipped": [{"date": gap.date.isoformat(), "why": gap.why} for gap in found.skipped],
    }


@lru_cache(maxsize=32)
def _calendar(agreement: str) -> Calendar:
    # The name becomes part of a path: nothing but a slug may.
    file = processes_folder() / agreement / "agreement.toml"
    if not _SLUG.fullmatch(agreement) or not file.is_file():
        raise UnknownAgreement(
            f"There is no agreement “{agreement[:60]}”. There are: {', '.join(_known())}."
        )
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingInvalid(f"{file} cannot be read: {exc}") from exc
    return Agreement.from_toml(data, agreement).calendar


def _known() -> list[str]:
    return sorted(file.parent.name for file in processes_folder().glob("*/agreement.toml"))


def _lines(answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"due       {answer['due']}"
    yield f"reminder  {answer['reminder_at'] or 'none'}"
    yield f"overdue   {answer['overdue_at']}"
    if answer["counted"]:
        yield f"counted   {' '.join(answer['counted'])}"
    yield from (f"skipped   {gap['date']} {gap['why']}" for gap in answer["skipped"])
