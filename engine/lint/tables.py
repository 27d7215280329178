"""Rules about decision models: cells that can be read, an answer for every case, one answer where only one may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.decisions import Decisions, gaps
from engine.lint.notes import Note
from engine.lint.reading import unread

TableRule = Callable[[Decisions], Iterator[Note]]


def decision_unreadable(model: Decisions) -> Iterator[Note]:
    """Everything in a decision model is FEEL that can be read."""
    for problem in model.problems:
        yield Note(
            problem.element,
            "“{sted}” i beslutningen kan ikke læses: {fejl}",
            "Udtryk skrives i FEEL; en tekst står i anførselstegn.",
            {
                "sted": problem.element or "?",
                "fejl": unread(problem.why) if problem.why else problem.sentence,
            },
            _line(model, problem.element),
        )


def decision_gap(model: Decisions) -> Iterator[Note]:
    """A table that gives one answer has an answer for every case."""
    for found in gaps(model):
        if found.kind == "gap":
            yield Note(
                found.table,
                found.message,
                "Tilføj en række for det, eller en sidste række, der svarer på alt andet (-).",
                found.facts,
                _line(model, found.table),
                "warning",
            )


def decision_overlap(model: Decisions) -> Iterator[Note]:
    """In a table where only one row may answer, no case fits two rows."""
    for found in gaps(model):
        if found.kind == "overlap":
            yield Note(
                found.table,
                found.message,
                "Gør rækkerne skarpe, eller vælg en anden regel for, hvem der vinder (hit policy).",
                found.facts,
                _line(model, found.table),
            )


TABLE_RULES: tuple[TableRule, ...] = (decision_unreadable, decision_gap, decision_overlap)


def _line(model: Decisions, element: str) -> int | None:
    """Where an element stands in its file."""
    for node in model.nodes:
        for el in node.element.iter():
            if isinstance(el.tag, str) and el.get("id") == element:
                return int(el.sourceline) if el.sourceline else None
    return None
