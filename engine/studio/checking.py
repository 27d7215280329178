"""Lint of a diagram that is not deployed, alone or as the agreement would run it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine import access
from engine import lint as rules
from engine.deploy import SHARED
from engine.imports.notes import Say
from engine.lint.folder import around_source
from engine.model import Actor, Finding, Json, Source
from engine.store import Store
from engine.studio.kept import moment_of
from engine.studio.shelf import Shelf, shelves
from engine.studio.sources import over
from engine.tables import draft


def lint(
    store: Store,
    actor: Actor,
    bpmn: str | bytes,
    *,
    now: datetime,
    agreement: str | None = None,
    key: str | None = None,
    forms: Mapping[str, Json] | None = None,
    decisions: Mapping[str, str] | None = None,
    say: Say = str,
) -> list[Finding]:
    """Every finding, the worst first.

    Without an agreement only the diagram itself is judged; with one also its lanes, clauses, forms and parts.  Forms
    and decisions that are left out are those of the draft of `key`, else of its version in force.
    """
    access.design(actor)
    if agreement is None:
        return rules.lint_text(bpmn, key or "", say=say)
    with store.read() as db:
        row = _row(db, agreement, key)
        found = shelves(db, agreement, key or "", moment_of(row, now))
    kept = (row.forms, row.decisions) if row else ({}, {})
    asked = (forms, decisions)
    return judged_everywhere(
        ((one, drafted(one, bpmn, key, *asked, kept=kept)) for one in found), say
    )


def judged_everywhere(made: Iterable[tuple[Shelf, Source]], say: Say = str) -> list[Finding]:
    """What is wrong in any agreement that a draft comes into force in; what only some find is told with their name."""
    told: dict[tuple[str, str, str], Finding] = {}
    for nth, (found, source) in enumerate(made):
        for one in judged(found, source, say):
            same = (one.rule, one.element, one.message)
            if same not in told:
                title = f"{found.settings.get('titel', found.agreement)}: " if nth else ""
                told[same] = replace(one, message=title + one.message)
    return sorted(told.values(), key=lambda one: one.severity != "error")


def judged(found: Shelf, source: Source, say: Say = str) -> list[Finding]:
    """The findings in a source among the others of its agreement.

    One agreement does not know the others' clauses and parameters, which a shared part names as well: what lint says of
    the part that is in force is not said again of its draft.
    """
    new = _judged(found, source, say)
    old = found.sources.get(source.key)
    if old is None or not source.key.startswith(f"{SHARED}-"):
        return new
    said = {(f.rule, f.element) for f in _judged(found, old, say)}
    return [f for f in new if (f.rule, f.element) not in said]


def _judged(found: Shelf, source: Source, say: Say) -> list[Finding]:
    slugs = {
        key.removeprefix(f"{found.agreement}-").removeprefix(f"{SHARED}-") for key in found.sources
    }
    around, read = around_source(source, {*found.sources, *slugs}, found.sources.values())
    known = found.listed or frozenset(found.clauses)
    around = replace(around, clauses=known or None)
    beside = [f for held in read for f in rules.beside(held, source.key, say)]
    return beside + rules.lint_text(source.bpmn, source.key, around, say=say)


def _row(db: Connection, agreement: str, key: str | None) -> Any:
    asked = select(draft.c.forms, draft.c.decisions, draft.c.begins_on)
    return db.execute(asked.where(draft.c.agreement == agreement, draft.c.key == key)).one_or_none()


def drafted(
    found: Shelf,
    bpmn: str | bytes,
    key: str | None,
    forms: Mapping[str, Json] | None = None,
    decisions: Mapping[str, str] | None = None,
    kept: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
) -> Source:
    """What would be deployed: this diagram with what it needs of the agreement as it is."""
    base = found.sources.get(key or "")
    text = bpmn if isinstance(bpmn, str) else bpmn.decode("utf-8", "replace")
    return Source(
        key=key or "",
        agreement=found.agreement,
        bpmn=text,
        parts={name: each.bpmn for name, each in found.sources.items() if name != key},
        forms=over(_all(found, base, "forms"), kept[0]) if forms is None else forms,
        decisions=over(_all(found, base, "decisions"), kept[1]) if decisions is None else decisions,
        settings=base.settings if base else found.settings,
    )


def _all(found: Shelf, base: Source | None, what: str) -> Mapping[str, Any]:
    """The pathway's own last: they win over another's of the same name."""
    every = {n: v for each in found.sources.values() for n, v in getattr(each, what).items()}
    return {**every, **(getattr(base, what) if base else {})}
