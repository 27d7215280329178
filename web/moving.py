"""Running instances moved to the version in force, for operators: rehearsed some at a time, then done by the workers.

The form carries only how far a rehearsal came and how many would stay; a move is a batch (`batches.py`).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from engine import access, actions, queries
from engine.errors import Forbidden, Invalid, StafetError
from engine.model import Json
from web.errors import sentence
from web.sessions import actor, now, store
from web.words import _

_PAGE = "/forloeb/<key>/flyt"
#: So many are tried in one request: some seconds' work.
STEP = 100
_LARGEST = 2**62


def add_to(pages: Blueprint) -> None:
    """The page, and a step of what it does."""
    pages.add_url_rule(_PAGE, "moving", _show)
    pages.add_url_rule(_PAGE, "move_running", _step, methods=["POST"])


def _found(key: str) -> tuple[Json, dict[int, int]]:
    if not access.may_operate(actor()):
        raise Forbidden("Only operators may do this.")
    found = queries.drawing(store(), actor(), key, request.args.get("aftale"), now=now())
    return found, queries.running(store(), actor(), found["agreement"], key, now=now())


def _show(key: str) -> str:
    return _page(key)


def _page(key: str, *, report: Any = None, problem: str = "", tally: Json | None = None) -> str:
    found, running = _found(key)
    elsewhere = {n: count for n, count in running.items() if n != found["version"]}
    return render_template(
        "moving.html", section="pathways", pathway=found, there=running.get(found["version"], 0),
        elsewhere=elsewhere, left=sum(elsewhere.values()), report=report, problem=problem,
        tally=tally or {}, asked=request.form, accepted=request.form.getlist("accepter"),
        asks=_asks(report) if report else [], rows=[_told(each) for each in report.kept] if report else [],
    )  # fmt: skip


def _step(key: str) -> Any:
    found, _running = _found(key)
    asked = request.form
    after, moved, stayed = (_count(name) for name in ("efter", "flyttet", "bliver"))
    place = (store(), actor(), found["agreement"], key, asked.get("reason", ""))
    how: Json = {"version": found["version"], "accept": asked.getlist("accepter"), "now": now()}
    try:
        if asked.get("do") == "flyt":
            number = actions.migrate_all(*place, **how)
            return redirect(url_for("web.batch", batch_id=number))
        report = actions.migrate_some(*place, **how, dry_run=True, after=after, limit=STEP)
    except Invalid as exc:
        said = "; ".join(_(text) for text in exc.fields.values()) or sentence(exc)
        return _page(key, problem=said), exc.status
    except StafetError as exc:
        if exc.status in (403, 404):
            raise
        return _page(key, problem=sentence(exc)), exc.status
    tally = {"moved": moved + report.moved, "stays": stayed + report.stays}
    return _page(key, report=report, tally=tally)


def _count(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text[:19]) < _LARGEST else 0


def _told(row: Json) -> Json:
    said = row["sentence"]
    return {**row, "sentence": _(said), "count": len(row["instances"])}


def _asks(report: Any) -> list[Json]:
    """What an operator may accept, once for each reason."""
    rows = (each for each in report.kept if not each["blocks"] and each["element"])
    return list(
        {
            row["why"]: {"why": row["why"], "sentence": _told(row)["sentence"]} for row in rows
        }.values()
    )
