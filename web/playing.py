"""A play's board in words: what is open, what happened in the last step, what comes by itself, and who is reminded.

`seen(board)` gives everything that `play.html` shows.  Words for time are seen from the play's own clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from engine.model import Action, Task
from engine.queries.text import in_words
from engine.simulate import Coming, Table, Walk
from engine.simulate.records import deadline
from engine.studio.boards import Board, Done
from web import frist, terms
from web.counted import counted
from web.words import _, ngettext

Row = dict[str, Any]
#: So much of what comes is told.
_COMING = 8


def seen(board: Board, language: str) -> Row:
    """The board for its page; nothing of a table where it cannot be played."""
    steps = [_step(each, board) for each in board.steps]
    ahead = [_step(each, board) for each in board.ahead]
    found: Row = {"steps": steps, "ahead": ahead, "table": board.table is not None}
    if board.table is None:
        return found
    table = board.table
    records = table.records
    since = len(board.before.records.log) if board.before else 0
    return found | {
        "about": terms.about_whom(table.subject),
        "clock": frist.day(table.now, table.now, year=True),
        "time": frist.clock(table.now),
        "tasks": [_task(table, n, task) for n, task in table.open()],
        "actions": [_action(table, n, action) for n, action in table.actions()],
        "awaits": list(_awaits(table)),
        "coming": list(_coming(table)),
        "happened": [_line(table, line) for line in records.log[since:]],
        "deadlines": _deadlines(table),
        "messages": [{**row, "when": _when(row["at"], table)} for row in records.messages[::-1]],
        "reminders": [_reminded(table, row) for row in records.reminders[::-1]],
        "walks": [_walk(n, walk, table, language) for n, walk in enumerate(table.walks)],
        "answers": [_answers(walk) for walk in table.walks],
        "warnings": records.warnings,
        "over": bool(table.walks) and all(walk.ended_at for walk in table.walks),
    }


def words(table: Table) -> dict[str, Callable[..., Any]]:
    """The pages' words for time, seen from the play's clock."""
    now = table.now
    return {
        "at": lambda when: frist.day_and_clock(_moment(when), now),
        "due": lambda when: frist.due(_moment(when), now),
        "chip": lambda row: frist.chip(row, now),
    }


def next_moment(table: Table) -> datetime | None:
    """When something happens by itself the next time."""
    return min((each.at for each in table.coming()), default=None)


def dated(table: Table, walk: int, task: Task) -> Row | None:
    """The task's own deadline as a row; None where the agreement sets none."""
    for (n, _ref), record in table.records.deadlines.items():
        if n == walk and record.task_ref == task.ref:
            return deadline(record, table.now)
    return None


def unit(table: Table, party: str) -> str:
    """Who the party is in this play."""
    return table.parties.get(party) or party


# ---- what is open ------------------------------------------------------------------------
def _task(table: Table, n: int, task: Task) -> Row:
    row = dated(table, n, task)
    walk = table.walks[n]
    return {
        "n": n,
        "ref": task.ref,
        "name": task.name,
        "party": task.party,
        "unit": unit(table, task.party),
        "roles": ", ".join(walk.pathway.plan.agreement.roles(task.lane)),
        "element": task.element,
        "process": task.process,
        "pathway": walk.pathway.name,
        "clauses": task.clauses,
        "chip": frist.chip(row, table.now) if row else None,
        "due": frist.due(_moment(row["due_at"]), table.now) if row else "",
    }


def _action(table: Table, n: int, action: Action) -> Row:
    return {
        "n": n,
        "id": action.id,
        "name": action.name,
        "party": action.party,
        "unit": unit(table, action.party),
        "pathway": table.walks[n].pathway.name,
    }


def _awaits(table: Table) -> Iterator[str]:
    """Messages from outside that no action stands for."""
    offered = {action.message for _, action in table.actions()}
    names = (name for walk in table.walks if not walk.ended_at for name in walk.step.awaits)
    yield from dict.fromkeys(name for name in names if name not in offered)


# ---- what comes, and what came -----------------------------------------------------------
def _coming(table: Table) -> Iterator[Row]:
    every = sorted(table.coming(), key=lambda each: (each.at, each.n))
    for at, group in islice(groupby(every, key=lambda each: each.at), _COMING):
        said = list(dict.fromkeys(_comes(table, each) for each in group))
        yield {
            "when": frist.day_and_clock(at, table.now),
            "at": at.isoformat(),
            "kind": said[0][0],
            "said": [text for _kind, text in said],
        }


def _comes(table: Table, each: Coming) -> tuple[str, str]:
    name = _name(table.walks[each.n], each.element)
    if each.kind == "timer":
        return "timer", _("Uret slår: %(name)s", name=name)
    record = table.records.deadlines[each.n, each.ref]
    who = unit(table, record.party)
    if each.kind == "reminder":
        return "reminder", _("%(who)s mindes om fristen: %(name)s", who=who, name=name)
    return "overdue", _("Fristen er gået for %(who)s: %(name)s", who=who, name=name)


def _line(table: Table, line: Row) -> Row:
    walk = table.walks[line["n"]]
    return {
        "when": _when(line["at"], table),
        "what": line["what"],
        "text": _told(table, walk, line),
        "element": line["element"],
    }


def _told(table: Table, walk: Walk, line: Row) -> str:
    what, name, party = line["what"], line["name"], line["party"]
    who = unit(table, party) if party else ""
    if what in ("reminder", "overdue"):
        name = _name(walk, line["element"])
    if what == "ended":
        name = _name(walk, line["element"])
    said = {
        "began": lambda: _("Forløbet begynder: %(name)s", name=name),
        "opened": lambda: _("%(who)s får opgaven: %(name)s", who=who, name=name),
        "completed": lambda: _("Udført: %(name)s", name=name),
        "cancelled": lambda: _("Bortfaldet: %(name)s", name=name),
        "fired": lambda: _("Uret slog: %(name)s", name=name),
        "caught": lambda: _("Sket: %(name)s", name=name),
        "sent": lambda: _("Besked til %(who)s: %(name)s", who=who, name=name),
        "held": lambda: _("Besked til %(who)s venter på samtykke eller hjemmel: %(name)s", who=who, name=name),
        "reminder": lambda: _("%(who)s blev mindet om fristen: %(name)s", who=who, name=name),
        "overdue": lambda: _("Fristen gik for %(who)s: %(name)s", who=who, name=name),
        "ended": lambda: _("Forløbet er slut: %(name)s", name=name),
    }  # fmt: skip
    return said[what]()


def _reminded(table: Table, row: Row) -> Row:
    name = next(
        (_name(w, row["element"]) for w in table.walks if row["element"] in w.pathway.elements), ""
    )
    return {**row, "when": _when(row["at"], table), "who": unit(table, row["party"]), "name": name}


# ---- deadlines, walks, steps -------------------------------------------------------------
def _deadlines(table: Table) -> list[Row]:
    """Those that still run first, the nearest on top."""
    rows = [_deadline(table, n, each) for (n, _ref), each in table.records.deadlines.items()]
    return sorted(
        rows, key=lambda row: (row["status"] not in ("open", "overdue"), _moment(row["due_at"]))
    )


def _deadline(table: Table, n: int, record: Any) -> Row:
    row = deadline(record, table.now)
    walk = table.walks[n]
    return {
        **row,
        "name": _name(walk, record.element),
        "unit": unit(table, record.party),
        "due": frist.due(_moment(row["due_at"]), table.now),
        "chip": frist.chip(row, table.now),
        "counted": counted(row, walk.pathway.plan.agreement.calendar, table.now),
    }


def _walk(n: int, walk: Walk, table: Table, language: str) -> Row:
    done = {element for m, _process, element in table.records.passed if m == n}
    tokens = walk.step.tokens
    parts = [
        {"key": key, "name": process.name or key}
        for key, process in walk.pathway.plan.processes.items()
        if key == walk.pathway.key
        or done & process.nodes.keys()
        or set(tokens) & process.nodes.keys()
    ]
    return {
        "n": n,
        "key": walk.pathway.key,
        "name": walk.pathway.name,
        "status": walk.step.status,
        "ended": _when(walk.ended_at.isoformat(), table) if walk.ended_at else "",
        "end_state": _name(walk, walk.step.end_state or ""),
        "parts": parts,
        "text": in_words(walk.pathway, tokens, done, language)[1],
    }


def _answers(walk: Walk) -> list[tuple[str, str]]:
    return [(name, _value(value)) for name, value in sorted(walk.answers.items())]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("Ja") if value else _("Nej")
    if isinstance(value, list):
        return ", ".join(_value(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_value(each)}" for name, each in value.items())
    return "–" if value is None else str(value)


def _step(each: Done, board: Board) -> Row:
    kinds = {
        "task": _("Opgave"),
        "action": _("Meldt"),
        "message": _("Besked udefra"),
        "wait": _("Tiden gik"),
        "until": _("Spolet frem"),
    }
    now = board.table.now if board.table else each.at
    return {
        "nth": each.nth,
        "kind": each.kind,
        "what": kinds[each.kind],
        "name": each.name,
        "party": each.party,
        "when": f"{frist.day(each.at, now)} {frist.clock(each.at)}",
        "others": each.others,
        "branches": ngettext(
            "%(num)s anden gren herfra", "%(num)s andre grene herfra", len(each.others)
        ),
        "stopped": board.stopped is not None and each.nth == board.stopped_at,
    }


def _name(walk: Walk, element: str) -> str:
    found = walk.pathway.elements.get(element)
    return (found.name if found else "") or element


def _when(at: str, table: Table) -> str:
    return frist.day_and_clock(_moment(at), table.now)


def _moment(when: Any) -> datetime:
    found = frist.moment(when)
    assert found is not None, "a board asked for the words of no moment"
    return found
