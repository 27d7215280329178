"""The board of one play: the walks, the clock, and what has been recorded so far.

A `Table` is told what to do by moves (`engine/scenario.py`) and can be forked at any moment: the fork goes its own way
and leaves the other as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import forms
from engine import documents, feel, gate, pathway
from engine.bpmn.shapes import about, usual
from engine.calendar import local
from engine.errors import (
    ActionNotOpen,
    FormInvalid,
    MessageUnmatched,
    OtherSubject,
    ScenarioInvalid,
    StafetError,
    UnknownPathway,
)
from engine.model import Action, Json, Outgoing, Source, Step, Task
from engine.scenario import Move, Scenario, asserted, expects_refusal
from engine.simulate.records import HELD, Records, deadline
from engine.walked import Dated, Place, Walked

#: A play that fires more timers than this between two steps turns in a circle.
MAX_FIRED = 20_000
#: How many other tasks `until` may complete before it gives up.
MAX_UNTIL = 200
#: The pathway that finds a message a basis.
CONSENT = "samtykke"

#: Gives the source of (agreement, pathway slug or process key), or None.
Library = Callable[[str, str], Source | None]


@dataclass(frozen=True, slots=True)
class Walk:
    """One pathway that plays: its picture is the last step's."""

    source: Source
    pathway: pathway.Pathway
    step: Step
    begun_at: datetime
    ended_at: datetime | None = None
    #: What was answered, for messages that take it along.
    answers: Json = field(default_factory=dict)
    #: The same as a document sees it: what parties answer in a round stands there for each.
    papers: Json = field(default_factory=dict)
    #: The walk whose message began it.
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that happens by itself: `kind` is timer, reminder or overdue; `ref` a timer's or a deadline's."""

    at: datetime
    kind: str
    n: int
    ref: str
    element: str


class Table:
    """One play.  Every verb raises a `StafetError` where it cannot be done."""

    def __init__(self, scenario: Scenario, sources: Library, parties: Mapping[str, str]) -> None:
        self.scenario, self.sources, self.parties = scenario, sources, dict(parties)
        self.now = scenario.start
        self.walks: list[Walk] = []
        self.records = Records()
        self.problems: list[str] = []
        self.subject = scenario.subject or "citizen"
        self.consents: list[gate.Consent] = []
        self.shelf = documents.Shelf()
        #: Where the step that is being taken stands.
        self._at: Place | None = None

    def fork(self) -> Table:
        """The same board, to go on with; this one stays as it is."""
        other = copy(self)
        other.walks, other.problems = list(self.walks), list(self.problems)
        other.consents, other.records = list(self.consents), self.records.copy()
        return other

    # ---- what a scenario does ------------------------------------------------------------
    def begin(self) -> None:
        """Start the named pathway with the start form's data, or where the scenario says (`from`)."""
        scenario = self.scenario
        source = self.sources(scenario.agreement, scenario.pathway)
        if source is None:
            raise UnknownPathway(
                f"There is no pathway “{scenario.pathway}” in the agreement “{scenario.agreement}”."
            )
        runs_on = pathway.compiled(source).about
        self.subject = scenario.subject or usual(runs_on)
        if self.subject not in runs_on:
            raise OtherSubject
        self.consents = list(self._given())
        self._start(source, dict(scenario.data), at=scenario.begins)

    def _given(self) -> Iterator[gate.Consent]:
        """What is said of sharing from the start; of somebody without a name nobody said anything."""
        if self.subject == "agreement":
            yield gate.Consent("hjemmel", gate.NOBODY, frozenset(), self.scenario.start)
        elif self.subject == "citizen" and self.scenario.consent:
            yield gate.Consent("samtykke", gate.MADE_UP, frozenset(), self.scenario.start)

    def move(self, move: Move, number: int = 0) -> None:
        """One step, the scenario's `number` or one that it does not hold (0).

        A refusal that the scenario expects is recorded, any other is raised.
        """
        verbs = {
            "task": self._task,
            "until": self._until,
            "action": self._act,
            "message": self._tell,
        }
        if move.kind == "wait":
            return
        expected = bool(number) and expects_refusal(self.scenario, move)
        self._at = None
        try:
            verbs[move.kind](move)
        except (FormInvalid, ActionNotOpen, MessageUnmatched) as exc:
            if not expected:
                raise
            self.records.refused.append(self._refusal(move, number, exc))
        else:
            if expected:
                self.problems.append(f"Step {number} was to be refused, and it was not.")

    def pass_time(self, until: datetime) -> None:
        """Let timers, reminders and overdue moments up to `until` come, in their order."""
        for _ in range(MAX_FIRED):
            due = min((c for c in self.coming() if c.at <= until), default=None, key=lambda c: c.at)
            if due is None:
                self.now = max(self.now, until)
                return
            self.now = max(self.now, due.at)
            if due.kind == "timer":
                walk = self.walks[due.n]
                self._took(due.n, pathway.wake(walk.pathway, walk.step.state, self.now))
            else:
                self.records.reminded(due.n, due.ref, due.kind, due.at)
        raise ScenarioInvalid("Timers fire without end between two steps.")

    def coming(self) -> Iterator[Coming]:
        """What happens by itself when time passes: timers of every walk, then reminders and overdue moments."""
        for n, walk in enumerate(self.walks):
            for timer in walk.step.timers:
                yield Coming(timer.due_at, "timer", n, timer.ref, timer.element)
        for at, kind, n, ref in self.records.reminding():
            yield Coming(at, kind, n, ref, self.records.deadlines[n, ref].element)

    # ---- the verbs -----------------------------------------------------------------------
    def _task(self, move: Move) -> None:
        n, task = self._find(move.select)
        self._complete(n, task, move.data)

    def _until(self, move: Move) -> None:
        for _ in range(MAX_UNTIL):
            if any(True for _ in self._matching(move.select)):
                if move.data:
                    self._complete(*self._find(move.select), move.data)
                return
            others = list(self.open())
            if not others:
                break
            self._complete(*oldest(others), {}, fill=True)
        raise ScenarioInvalid(f"No task matches {dict(move.select)}. {self._whats_open()}")

    def _complete(self, n: int, task: Task, data: Json, *, fill: bool = False) -> None:
        walk, self._at = self.walks[n], (task.process, task.element)
        values = self.checked(walk, task.form, data, task.data, fill=fill)
        self._answered(n, values, task)
        state = walk.step.state
        self._took(n, pathway.complete(walk.pathway, state, task.ref, values, self.now))

    def _act(self, move: Move) -> None:
        wanted = {k: v for k, v in move.select.items() if k != "nth"}
        found = [(n, it) for n, it in self.actions() if _selects(wanted, it)]
        nth = int(move.select.get("nth", 1))
        if not 1 <= nth <= len(found):
            raise ActionNotOpen(f"No action matches {dict(move.select)}. {self._whats_open()}")
        n, action = found[nth - 1]
        walk, self._at = self.walks[n], (action.process, action.id)
        values = self.checked(walk, action.form, move.data, {})
        self._answered(n, values)
        self._took(n, pathway.act(walk.pathway, walk.step.state, action.id, values, self.now))

    def _tell(self, move: Move) -> None:
        catching = [n for n, w in enumerate(self.walks) if move.name in w.step.awaits]
        if not catching:
            raise MessageUnmatched(
                f"Nobody waits for the message “{move.name}”. {self._whats_open()}"
            )
        for n in catching:
            walk = self.walks[n]
            if walk.ended_at is None:
                state = walk.step.state
                self._took(n, pathway.deliver(walk.pathway, state, move.name, move.data, self.now))

    def _start(
        self, source: Source, data: Json, action: str | None = None, at: str | None = None
    ) -> None:
        compiled = pathway.compiled(source)
        if self.scenario.asked is not None:
            data.setdefault("adspurgte", list(self.scenario.asked))
        starts = compiled.start_actions
        if at in [it.id for it in starts]:
            action, at = at, None
        begins = next((it.id for it in starts if action in (None, it.id, it.message)), "")
        self._at = (source.key, at or begins)
        step = pathway.start(compiled, data, self.now, parties=self.parties, action=action, at=at)
        n = len(self.walks)
        self.walks.append(Walk(source, compiled, replace(step, tasks=()), self.now))
        self._answered(n, data)
        self.records.began(n, source.key, compiled.name, self.now)
        self._took(n, step)

    # ---- recording -----------------------------------------------------------------------
    def _took(self, n: int, step: Step) -> None:
        """Record one step of one walk, then pass on what it sent to other pathways."""
        walk = self.walks[n]
        self._filed(n, walk, step)
        over = step.status in ("completed", "cancelled") and walk.ended_at is None
        ended_at = self.now if over else walk.ended_at
        before = frozenset(task.ref for task in walk.step.tasks)
        self.walks[n] = walk = replace(walk, step=step, ended_at=ended_at)
        self.records.happened(n, step, before, self.now)
        if over:
            self.records.ended(n, walk.source.key, step.end_state, self.now)
        self._note(step)
        for message in step.messages:
            known = {name: walk.answers[name] for name in message.asked if name in walk.answers}
            self._sent(n, replace(message, data={**known, **message.data}))
        for sender, party in documents.untold(step.documents, self._may_read):
            self._ask_for_consent(sender, party)

    def _filed(self, n: int, walk: Walk, step: Step) -> None:
        """Do what the step does to documents; nothing of it stays where the document lacks something."""
        if not step.documents:
            return
        shelf, agreement = deepcopy(self.shelf), walk.pathway.plan.agreement
        around = documents.Around(
            kinds=agreement.documents,
            forms=walk.pathway.papers,
            calendar=agreement.calendar,
            now=self.now,
            series=str(n),
            earlier=lambda _since: dict(walk.papers),
            basis=self._may_read,
        )
        for act in step.documents:
            list(shelf.take(act, around))
        self.shelf = shelf

    def _may_read(self, sender: str, party: str) -> str | None:
        unit = self.parties.get(party)
        if unit is None or unit == self.parties.get(sender):
            return gate.INSIDE
        return gate.basis(self._in_force(), party)

    def _answered(self, n: int, values: Json, task: Task | None = None) -> None:
        walk = self.walks[n]
        turn = walk.pathway.rounds.get(task.element) if task else None
        papers = documents.answered(walk.papers, values, turn, task.party if task else "")
        self.walks[n] = replace(walk, answers={**walk.answers, **values}, papers=papers)
        told = ((k, v) for k, v in values.items() if isinstance(v, str | bool))
        self.records.answers.update((self._at, k, v) for k, v in told if self._at)

    def _sent(self, n: int, message: Outgoing) -> None:
        held = message.to_party is not None and self._basis(message) is None
        self.records.sent(n, message, self.now, held=held)
        if held:
            self._ask_for_consent(message.from_party, str(message.to_party))
        if message.to_pathway is None:
            return
        source = self.sources(self.scenario.agreement, message.to_pathway)
        if source is None:
            self.records.warnings.append(
                f"The pathway “{message.to_pathway}” is not deployed; the message is kept."
            )
            return
        running = [
            n
            for n, w in enumerate(self.walks)
            if w.source.key == source.key and w.ended_at is None and message.name in w.step.awaits
        ]
        if running:
            told = self.walks[running[0]]
            step = pathway.deliver(
                told.pathway, told.step.state, message.name, message.data, self.now
            )
            self._took(running[0], step)
            return
        only = self.walks[n].pathway.only(message.name, message.to_pathway)
        runs = [w.begun_at for w in self.walks if w.source.key == source.key and not w.ended_at]
        if only == "venter" or (only == "ny" and runs):
            return
        if only == "en_gang" and any(begun >= self._since(n) for begun in runs):
            return
        try:
            action = pathway.compiled(source).begun_by(message.name)
        except MessageUnmatched:
            self.records.warnings.append(
                f"No “{message.to_pathway}” waits for “{message.name}”; the message is kept."
            )
            return
        if self.subject not in (*pathway.compiled(source).about, "citizen"):
            self.records.warnings.append(
                f"“{message.to_pathway}” is for another kind of case; the message is kept."
            )
            return
        made = len(self.walks)
        self._start(source, dict(message.data), action)
        self.walks[made] = replace(self.walks[made], parent=n)

    def _since(self, n: int) -> datetime:
        """When a walk began, or the one whose message began it."""
        walk = self.walks[n]
        return walk.begun_at if walk.parent is None else self.walks[walk.parent].begun_at

    # ---- what may be shared --------------------------------------------------------------
    def _basis(self, message: Outgoing) -> str | None:
        unit = self.parties.get(message.from_party)
        if unit is not None and unit == self.parties.get(message.to_party or ""):
            return gate.INSIDE
        return gate.basis(self._in_force(), message.to_party or "")

    def _in_force(self) -> list[gate.Consent]:
        return [c for c in self.consents if c.until is None or c.until > self.now]

    def _ask_for_consent(self, sender: str, party: str) -> None:
        source = self.sources(self.scenario.agreement, CONSENT)
        if source is None or any(w.source.key == source.key and not w.ended_at for w in self.walks):
            return
        if self.subject != "citizen":
            return
        self._start(source, {"parter": [party], "fagperson": sender})

    def _note(self, step: Step) -> None:
        """Keep what the step said of sharing, and let go of what was held for want of it."""
        if not step.grounds:
            return
        for each in step.grounds:
            if each.kind == "trukket" and not each.parties:
                self.consents = [c for c in self.consents if c.kind != "samtykke"]
            self.consents.append(gate.noted(each, self.now))
        self.shelf = deepcopy(self.shelf)
        self.shelf.let_go(self._may_read, self.now)
        waiting = {row["to"] for row in self.records.messages if row["channel"] == HELD}
        free = {to for to in waiting if gate.basis(self._in_force(), to) is not None}
        self.records.let_go(free, self.now)

    def _refusal(self, move: Move, number: int, exc: StafetError) -> Json:
        return {
            "step": number,
            "at": local(move.at),
            "clause": move.select.get("clause"),
            "element": self._at[1] if self._at else move.select.get("element"),
            "process": self._at[0] if self._at else None,
            "code": exc.code,
            "fields": sorted(exc.fields),
            "sentence": exc.sentence,
            "told": {name: str(said) for name, said in exc.fields.items()},
        }

    # ---- finding -------------------------------------------------------------------------
    def open(self) -> Iterator[tuple[int, Task]]:
        """Every open task, with its walk."""
        for n, walk in enumerate(self.walks):
            for task in walk.step.tasks:
                yield n, task

    def actions(self) -> Iterator[tuple[int, Action]]:
        """What somebody may report or begin on a walk that runs."""
        for n, walk in enumerate(self.walks):
            for action in walk.step.actions if walk.ended_at is None else ():
                yield n, action

    def _matching(self, select: Mapping[str, Any]) -> Iterator[tuple[int, Task]]:
        wanted = {k: v for k, v in select.items() if k != "nth"}
        return ((n, task) for n, task in self.open() if _selects(wanted, task))

    def _find(self, select: Mapping[str, Any]) -> tuple[int, Task]:
        found = list(self._matching(select))
        nth = int(select.get("nth", 1))
        if not 1 <= nth <= len(found):
            raise ScenarioInvalid(f"No open task matches {dict(select)}. {self._whats_open()}")
        return found[nth - 1]

    def _whats_open(self) -> str:
        tasks = ", ".join(f"{t.element} ({t.party}; {' '.join(t.clauses)})" for _, t in self.open())
        actions = ", ".join(action.id for _, action in self.actions())
        return f"Open tasks: {tasks or 'none'}. Open actions: {actions or 'none'}."

    def seen(self, known: Json) -> Json:
        """What the expressions of a form see besides its own fields, where a task hands it `known`."""
        return {
            "sagens_parter": list(self.parties),
            "adspurgte": list(self.scenario.asked or self.parties),
            **about(self.subject),
            **known,
            "now": self.now,
        }

    def sample(self, walk: Walk, form: str, data: Json, known: Json) -> Json:
        """Valid answers beside `data`, but for what a gateway or table reads."""
        leave = walk.pathway.decides | frozenset(data)
        context = {**self.seen(known), **data}
        made: Json = forms.sample(
            self.form(walk, form), now=self.now, context=context, feel=evaluate, leave=leave
        )
        return made

    def form(self, walk: Walk, name: str) -> Json:
        """A form of the walk's pathway; raises `ScenarioInvalid`."""
        schema = walk.source.forms.get(name)
        if schema is None:
            raise ScenarioInvalid(f"The form “{name}” is missing.")
        return schema

    def checked(
        self, walk: Walk, form: str | None, data: Json, known: Json, *, fill: bool = False
    ) -> Json:
        """The answers that the form gives, with a valid sample where autofill (or `fill`) may fill one in."""
        if form is None:
            return data
        schema = self.form(walk, form)
        answers = dict(data)
        if fill or self.scenario.autofill:
            answers = {**self.sample(walk, form, data, known), **data}
        checked = forms.check(schema, answers, feel=evaluate, context=self.seen(known))
        if checked.problems:
            raise FormInvalid(f"The form “{form}” refuses the data.", fields=checked.problems)
        return dict(checked.values)

    # ---- the result ----------------------------------------------------------------------
    def facts(self) -> Json:
        """CONTRACT's JSON, without verdict."""
        first = self.walks[0] if self.walks else None
        seen = self.records
        return {
            "title": self.scenario.title,
            "agreement": self.scenario.agreement,
            "pathway": self.scenario.pathway,
            "end_state": first.step.end_state if first else None,
            "ended_at": local(first.ended_at) if first and first.ended_at else None,
            "status": first.step.status if first else None,
            "deadlines": [deadline(record, self.now) for record in seen.deadlines.values()],
            "tasks": list(seen.tasks.values()),
            "messages": seen.messages,
            "reminders": seen.reminders,
            "documents": [documents.facts(each) for each in self.shelf.documents],
            "bero": [
                [local(a), local(b) if b else None] for w in self.walks for a, b in w.step.pauses
            ],
            "refused": seen.refused,
            "visited": list(seen.visited),
            "warnings": seen.warnings,
        }

    def walked(self, facts: Json) -> Walked:
        """What the play proves, where it passes."""
        refused = (
            r for r in self.records.refused if r["process"] and r["code"] == FormInvalid.code
        )
        return Walked(
            frozenset(self.records.acts),
            frozenset(self.records.ways),
            frozenset((r["process"], r["element"]) for r in refused),
            frozenset(
                Dated((d["process"], d["element"]), d["clause"], d["frist"], d["local"])
                for d in asserted(self.scenario, facts)
            ),
            frozenset(self.records.answers),
        )


def oldest(tasks: Iterable[tuple[int, Task]]) -> tuple[int, Task]:
    """The task that was opened first."""
    return min(tasks, key=lambda each: (each[1].opened_at, each[0], int(each[1].ref)))


def _selects(wanted: Mapping[str, Any], it: Task | Action) -> bool:
    element = it.element if isinstance(it, Task) else it.id
    facts: dict[str, Any] = {
        "element": element,
        "id": element,
        "role": it.lane,
        "party": it.party,
        "process": it.process,
    }
    return all(
        value in it.clauses if key == "clause" else facts.get(key) == value
        for key, value in wanted.items()
    )


def evaluate(expression: str, context: Mapping[str, Any]) -> Any:
    """FEEL for forms."""
    return feel.compile(expression).evaluate(context)
