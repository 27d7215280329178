"""Lint: what is wrong with a diagram, its forms and its decisions, and what to do about it.

A rule is a function `(sheet) -> notes`; its docstring is the headline a designer sees, its name the code, and
`tests/lint/<name>/` holds a diagram that keeps it and one that breaks it.  `lint(*paths)` looks at agreements,
pathways or files; `lint_text` and `lint_source` at what is not stored yet.  Files of other tools go through
`engine.imports` first; what it did is told by rules of its own.  Nothing in a file makes lint raise: what cannot be
read is a finding.

    sheet.py    a diagram, read forgivingly       flow.py         can a token come here and go on
    folder.py   paths → sheets; files.py, told.py choices.py      conditions, defaults, overlaps (overlap.py), loops
    notes.py    a note about an element           events.py       messages, signals, errors, timers
    values.py   what kind a field's value is      expressions.py  readable, fields (fields.py), kinds (clash.py)
    runs.py     what the engine itself refuses    people.py       lanes, forms, decisions, parts; tables.py  DMN
    refusals.py … in Danish                       clauses.py      clauses, deadlines; names.py  ids, names, drawing
    retention.py  an agreement's settings         documents.py    plans and minutes
    silence.py    answers that nobody gave         freely.py      what people write in their own words
    reading.py    why an expression cannot be read
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

from engine.agreement import Agreement
from engine.decisions import Decisions
from engine.imports import Imported, normalise
from engine.imports.notes import Note, Say
from engine.lint import (
    choices,
    clauses,
    documents,
    events,
    expressions,
    flow,
    folder,
    freely,
    imported,
    names,
    people,
    retention,
    runs,
    silence,
    tables,
)
from engine.lint.sheet import Around, Sheet, sheet
from engine.model import Finding, Source

Rule = Callable[[Sheet], Iterator[Note]]

#: Every rule, in the order that findings are told.
RULES: tuple[Rule, ...] = (
    flow.no_process, names.twice_the_same_id, names.without_id, names.wrong_key,
    runs.not_run, runs.script, imported.untranslated,
    flow.flow_to_nowhere, flow.flow_across_border, flow.flow_wrong_way, flow.no_start, flow.no_end, flow.unreachable,
    flow.dead_end, flow.link_without_end, flow.boundary_on_nothing, flow.circle_without_wait,
    choices.unclear_choice, choices.condition_ignored, choices.overlapping_conditions, choices.loop_without_end,
    silence.silence_unsaid,
    events.message_to_nobody, events.message_nobody_sends, events.message_nobody_catches, events.unknown_receiver,
    events.unknown_target, events.signal_alone, events.error_uncaught, events.timer_never_fires,
    events.border_without_wait, events.own_messages,
    people.task_without_lane, people.task_without_kind, people.unknown_lane,
    people.missing_form, people.unused_form, people.unsupported_form,
    people.missing_decision, people.unknown_part,
    clauses.unknown_clause, clauses.deadline_without_clause, clauses.deadline_unreadable, clauses.strange_attribute,
    documents.unknown_document, documents.document_unclear, documents.document_without_version,
    expressions.unreadable_expression, expressions.field_from_nowhere, expressions.field_hides_parameter,
    expressions.type_clash, freely.free_text_read,
    names.without_name, names.answer_without_name, names.not_drawn,
    imported.must_decide, imported.mapped, runs.cannot_run,
)  # fmt: skip
_ORDER = {"error": 0, "warning": 1, "info": 2}


#: What is no mistake, and only told who asks for the list.
LISTED = frozenset(("own_messages",))


def lint(*paths: Path, say: Say = str, listing: bool = False) -> Iterator[Finding]:
    """Every finding under these paths, the worst first within a file; `say` translates (Danish without).

    `listing`: also what is `LISTED`.
    """
    folders = folder.Folders()
    for path in paths:
        for file, found, around in folders.diagrams(path):
            judged = _judged(found, file, around, say)
            yield from (each for each in judged if listing or each.rule not in LISTED)
        for file, held in folders.beside(path):
            yield from beside(held, file, say)
            if isinstance(held, Agreement):
                for rule in retention.SETTINGS_RULES:
                    yield from (note.finding(file, rule.__name__, say) for note in rule(held))


def lint_text(
    xml: str | bytes, file: str = "", around: Around | None = None, *, say: Say = str
) -> list[Finding]:
    """Every finding in one diagram, stored or not; a text that is no diagram gives one finding."""
    return _judged(normalise(xml), file, around or Around(), say)


def lint_source(source: Source, pathways: Collection[str] = (), *, say: Say = str) -> list[Finding]:
    """Every finding in a version that is not stored in a folder: the diagram with its own forms, tables and agreement.

    `pathways` are the keys and slugs that it may call and tell besides its parts.
    """
    around, read = folder.around_source(source, pathways)
    found = [finding for held in read for finding in beside(held, source.key, say)]
    return found + lint_text(source.bpmn, source.key, around, say=say)


def in_clear(source: Source, others: Collection[Source] = (), *, say: Say = str) -> list[Finding]:
    """Where a version, or a part that it carries, lets free text into its state; it may tell and call `others`."""
    around, drawn = folder.within(source, others)
    found = []
    for key in (source.key, *source.parts):
        seen = replace(around, key=key, others=tuple(t for t in around.others if t.slug != key))
        if drawn[key].root is not None:
            looked_at = sheet(drawn[key].root, key, seen)
            notes = freely.free_text_read(looked_at)
            found += [note.finding(key, freely.free_text_read.__name__, say) for note in notes]
    return found


def _judged(found: Imported, file: str, around: Around, say: Say) -> list[Finding]:
    if found.root is None:
        return [note.finding(file, unreadable.__name__, say) for note in unreadable(found)]
    looked_at = sheet(found.root, file, around, found.notes, foreign=found.foreign)
    notes = [(rule.__name__, note) for rule in _rules(looked_at) for note in rule(looked_at)]
    return sorted(
        (note.finding(file, name, say) for name, note in _without_echo(looked_at, notes)),
        key=lambda f: (_ORDER[f.severity], f.line or 0),
    )


def beside(held: object, file: str, say: Say) -> Iterator[Finding]:
    """What is wrong with a file that is no diagram, as it was read."""
    if isinstance(held, Note):
        yield held.finding(file, unreadable.__name__, say)
    elif isinstance(held, Decisions):
        for rule in tables.TABLE_RULES:
            yield from (note.finding(file, rule.__name__, say) for note in rule(held))


def unreadable(found: Imported) -> Iterator[Note]:
    """A file can be opened and read."""
    yield from found.notes if found.root is None else ()


def _rules(looked_at: Sheet) -> tuple[Rule, ...]:
    return RULES if looked_at.items else (flow.no_process, imported.mapped)


def _without_echo(looked_at: Sheet, notes: list[tuple[str, Note]]) -> Iterator[tuple[str, Note]]:
    """One voice for one mistake: the engine's own "no" only where no rule has named that element, or a flow of it."""
    wrong = {
        note.element for name, note in notes if note.severity == "error" and name != "cannot_run"
    }
    known = {*looked_at.items, *(arrow.id for arrow in looked_at.arrows)}
    for name, note in notes:
        if name == "cannot_run" and wrong:
            flows = {arrow.id for arrow in looked_at.out.get(note.element, ())}
            if note.element not in known or wrong & {note.element, *flows}:
                continue
        yield name, note
