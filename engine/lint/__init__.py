"""Lint: what is wrong with a diagram, its forms and its decisions, and what to do about it.

A rule is a function `(sheet) -> notes`; its docstring is the headline a designer sees, its name the code.
`lint(path)` looks at a folder of agreements, one agreement, one pathway or one file; `lint_text` at a diagram
that is not stored yet.  Nothing that is in a file makes lint raise: what cannot be read is a finding.

    sheet.py    a diagram, read forgivingly, with what lies round it
    notes.py    a sentence with its facts, in two languages
    folder.py   from paths to sheets
    flow.py     can a token come here and go on
    meaning.py  clauses, deadlines, forms, lanes, messages, expressions
    names.py    names, ids, coordinates
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from engine.errors import DiagramInvalid
from engine.lint import flow, folder, meaning, names
from engine.lint.notes import Note, Say
from engine.lint.sheet import Around, Sheet, sheet
from engine.model import Finding

Rule = Callable[[Sheet], Iterator[Note]]

#: Every rule, in the order that findings are told.
RULES: tuple[Rule, ...] = (
    names.twice_the_same_id, names.without_id, names.wrong_key,
    flow.not_run, flow.script, flow.flow_to_nowhere, flow.no_start, flow.no_end, flow.unreachable, flow.dead_end,
    flow.unclear_choice, flow.condition_ignored, flow.boundary_on_nothing, flow.circle_without_wait,
    meaning.task_without_lane, meaning.unknown_lane, meaning.unknown_clause, meaning.deadline_without_clause,
    meaning.deadline_unreadable, meaning.strange_attribute, meaning.missing_form, meaning.unused_form,
    meaning.unsupported_form, meaning.missing_decision, meaning.unknown_part, meaning.unknown_receiver,
    meaning.unknown_target, meaning.message_to_nobody, meaning.unreadable_expression, meaning.field_from_nowhere,
    names.without_name, names.answer_without_name, names.not_drawn, names.cannot_run,
)  # fmt: skip


def lint(*paths: Path, say: Say = str) -> list[Finding]:
    """Every finding under these paths, the worst first within a file; `say` translates (Danish without)."""
    found: list[Finding] = []
    for path in paths:
        for file, xml, around in folder.diagrams(path):
            found += lint_text(xml, file, around, say=say)
        found += folder.others(path, say)
    return found


def lint_text(
    xml: str | bytes, file: str = "", around: Around | None = None, *, say: Say = str
) -> list[Finding]:
    """Every finding in one diagram; a text that is no diagram gives one finding."""
    try:
        looked_at = sheet(xml, file, around or Around())
    except DiagramInvalid as exc:
        note = Note("", "Filen kan ikke læses som et diagram: {fejl}", "", {"fejl": exc.sentence})
        return [note.finding(file, "unreadable", say)]
    found = [
        note.finding(file, rule.__name__, say) for rule in RULES for note in _notes(rule, looked_at)
    ]
    return _worst_first(_without_echo(found))


def _notes(rule: Rule, looked_at: Sheet) -> Iterable[Note]:
    return list(rule(looked_at)) if looked_at.items or rule is names.cannot_run else ()


def _without_echo(found: list[Finding]) -> list[Finding]:
    """`cannot_run` is said only where no rule has named the error in better words."""
    if any(f.severity == "error" and f.rule != "cannot_run" for f in found):
        return [f for f in found if f.rule != "cannot_run"]
    return found


def _worst_first(found: list[Finding]) -> list[Finding]:
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda f: (order[f.severity], f.line or 0))
