"""Play a scenario through the same step as production, on a virtual clock, without a database.

`play(scenario, library, demo_parties)` gives `Played`: what happened as JSON (CONTRACT.md), and the
problems: a step that found no task, form data that were refused, or an expectation that did not hold.
Timers due at or before a step's moment fire first, in order.  Messages to other pathways start or tell
them inside the same play, so a citizen's year over several pathways is one scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import forms
from engine import documents, feel, gate, pathway
from engine.calendar import local
from engine.errors import (
    ActionNotOpen,
    FormInvalid,
    MessageUnmatched,
    ScenarioInvalid,
    StafetError,
    UnknownPathway,
)
from engine.model import Action, Deadline, Json, Outgoing, Source, Step, Task
from engine.scenario import Move, Scenario, asserted, expects_refusal, judge
from engine.walked import Dated, Place, Walked

#: A play that fires more timers than this between two steps turns in a circle.
MAX_FIRED = 20_000
#: How many other tasks `until` may complete before it gives up.
MAX_UNTIL = 200

#: The channel of a message that waits at the gate, and the pathway that finds it a basis.
HELD, CONSENT = "tilbageholdt", "samtykke"

#: Gives the deployed source of (agreement, pathway slug or process key), or None.
Library = Callable[[str, str], Source | None]


def library(sources: list[Source]) -> Library:
    """A library over a folder's sources: `planrunde` is the agreement's own, else the shared part."""
    index = {(s.agreement, s.key): s for s in sources}

    def find(agreement: str, name: str) -> Source | None:
        keys = (name, f"{agreement}-{name}", f"faelles-{name}")
        return next((index[agreement, k] for k in keys if (agreement, k) in index), None)

    return find


@dataclass(frozen=True, slots=True)
class Played:
    """What a play gave: `facts` is CONTRACT's JSON for one scenario, `walked` what it proves if it passes."""

    facts: Json
    walked: Walked

    @property
    def ok(self) -> bool:
        """Whether everything that the scenario expects came true."""
        return bool(self.facts["ok"])

    @property
    def problems(self) -> list[str]:
        """One sentence for each thing that did not."""
        return list(self.facts["problems"])


def play(scenario: Scenario, sources: Library, demo_parties: Mapping[str, str]) -> Played:
    """Play one scenario to its last step.  Never raises for what the scenario or diagram does wrong."""
    table = Table(scenario, sources, {**demo_parties, **scenario.parties})
    try:
        table.begin()
        for number, move in enumerate(scenario.moves, 1):
            table.pass_time(move.at)
            table.move(move, number)
    except StafetError as exc:
        fields = "; ".join(f"{name}: {text}" for name, text in exc.fields.items())
        table.problems.append(f"{exc.sentence} {fields}".strip())
    facts = table.facts()
    problems = table.problems + (judge(scenario, facts) if not table.problems else [])
    return Played({**facts, "ok": not problems, "problems": problems}, table.walked(facts))


@dataclass(slots=True)
class _Instance:
    """One pathway that plays: its picture is the last step's."""

    source: Source
    pathway: pathway.Pathway
    step: Step
    ended_at: datetime | None = None
    seen: dict[str, Json] = field(default_factory=dict)  # task ref -> its row in `tasks`
    answers: Json = field(
        default_factory=dict
    )  # what was answered, for messages that take it along


class Table:
    """The board of one play: the instances, the clock, and what has been recorded so far."""

    def __init__(self, scenario: Scenario, sources: Library, parties: Mapping[str, str]) -> None:
        self.scenario, self.sources, self.parties = scenario, sources, dict(parties)
        self.now = scenario.start
        self.instances: list[_Instance] = []
        self.deadlines: dict[tuple[int, str], Deadline] = {}
        self.tasks: list[Json] = []
        self.messages: list[Json] = []
        self.reminders: list[Json] = []
        self.refused: list[Json] = []
        self.visited: dict[str, None] = {}
        self.warnings: list[str] = []
        self.problems: list[str] = []
        given = gate.Consent("samtykke", gate.MADE_UP, frozenset(), scenario.start)
        self.consents = [given] if scenario.consent else []
        self.shelf = documents.Shelf()
        self._told: set[tuple[int, str, str]] = set()
        self._acts: set[tuple[Place, str]] = set()
        self._ways: set[tuple[str, str]] = set()
        self._answers: set[tuple[Place, str, str | bool]] = set()
        #: Where the step that is being taken stands.
        self._at: Place | None = None

    # ---- what a scenario does ------------------------------------------------------------
    def begin(self) -> None:
        """Start the named pathway with the start form's data."""
        source = self.sources(self.scenario.agreement, self.scenario.pathway)
        if source is None:
            raise UnknownPathway(
                f"There is no pathway “{self.scenario.pathway}” in the agreement “{self.scenario.agreement}”."
            )
        self._start(source, dict(self.scenario.data))

    def move(self, move: Move, number: int) -> None:
        """One step; a refusal that the scenario expects is recorded, any other is raised."""
        verbs = {
            "task": self._task,
            "until": self._until,
            "action": self._act,
            "message": self._tell,
        }
        if move.kind == "wait":
            return
        expected = expects_refusal(self.scenario, move)
        self._at = None
        try:
            verbs[move.kind](move)
        except (FormInvalid, ActionNotOpen, MessageUnmatched) as exc:
            if not expected:
                raise
            self.refused.append(self._refusal(move, number, exc))
        else:
            if expected:
                self.problems.append(f"Step {number} was to be refused, and it was not.")

    def pass_time(self, until: datetime) -> None:
        """Let timers, reminders and overdue moments up to `until` come, in their order."""
        for _ in range(MAX_FIRED):
            due = min(self._coming(until), default=None, key=lambda c: c[0])
            if due is None:
                self.now = max(self.now, until)
                return
            self.now = max(self.now, due[0])
            due[1]()
        raise ScenarioInvalid("Timers fire without end between two steps.")

    def _coming(self, until: datetime) -> Iterator[tuple[datetime, Callable[[], None]]]:
        for n, instance in enumerate(self.instances):
            for timer in instance.step.timers:
                if timer.due_at <= until:
                    yield timer.due_at, lambda n=n: self._wake(n)  # type: ignore[misc]
        for (n, ref), record in self.deadlines.items():
            paused = bool(record.paused) and record.paused[-1][1] is None
            if record.status not in ("open", "overdue") or paused:
                continue  # a clock that stands still reminds nobody
            for kind, at in (("reminder", record.reminder_at), ("overdue", record.overdue_at)):
                if at is not None and at <= until and (n, ref, f"{kind} {at}") not in self._told:
                    yield at, lambda n=n, ref=ref, kind=kind, at=at: self._remind(n, ref, kind, at)  # type: ignore[misc]

    def _remind(self, n: int, ref: str, kind: str, at: datetime) -> None:
        self._told.add((n, ref, f"{kind} {at}"))
        record = self.deadlines[n, ref]
        self.reminders.append(
            {
                "at": local(at),
                "kind": kind,
                "clause": record.clause,
                "party": record.party,
                "element": record.element,
            }
        )

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
            others = list(self._open())
            if not others:
                break
            self._complete(*min(others, key=lambda o: (o[1].opened_at, o[0], int(o[1].ref))), {})
        raise ScenarioInvalid(f"No task matches {dict(move.select)}. {self._whats_open()}")

    def _complete(self, n: int, task: Task, data: Json) -> None:
        instance, self._at = self.instances[n], (task.process, task.element)
        values = self._checked(instance, task.form, data, task.data)
        instance.answers.update(values)
        self._answered(values)
        self._took(
            n, pathway.complete(instance.pathway, instance.step.state, task.ref, values, self.now)
        )

    def _act(self, move: Move) -> None:
        select = dict(move.select)
        for n, instance in enumerate(self.instances):
            for action in instance.step.actions:
                if instance.ended_at is None and _selects(select, action):
                    self._at = (action.process, action.id)
                    values = self._checked(instance, action.form, move.data, {})
                    instance.answers.update(values)
                    self._answered(values)
                    state = instance.step.state
                    self._took(n, pathway.act(instance.pathway, state, action.id, values, self.now))
                    return
        raise ActionNotOpen(f"No action matches {select}. {self._whats_open()}")

    def _tell(self, move: Move) -> None:
        catching = [
            n for n, i in enumerate(self.instances) if move.name in i.step.awaits and not i.ended_at
        ]
        if not catching:
            raise MessageUnmatched(
                f"Nobody waits for the message “{move.name}”. {self._whats_open()}"
            )
        for n in catching:
            instance = self.instances[n]
            self._took(
                n,
                pathway.deliver(
                    instance.pathway, instance.step.state, move.name, move.data, self.now
                ),
            )

    def _wake(self, n: int) -> None:
        instance = self.instances[n]
        self._took(n, pathway.wake(instance.pathway, instance.step.state, self.now))

    def _start(self, source: Source, data: Json, action: str | None = None) -> None:
        compiled = pathway.compiled(source)
        if self.scenario.asked is not None:
            data.setdefault("adspurgte", list(self.scenario.asked))
        begins = next(
            (it.id for it in compiled.start_actions if action in (None, it.id, it.message)), ""
        )
        self._at = (source.key, begins)
        self._answered(data)
        step = pathway.start(compiled, data, self.now, parties=self.parties, action=action)
        self.instances.append(_Instance(source, compiled, step, answers=dict(data)))
        self._took(len(self.instances) - 1, step)

    # ---- recording -----------------------------------------------------------------------
    def _took(self, n: int, step: Step) -> None:
        """Record one step of one instance, then pass on what it sent to other pathways."""
        instance = self.instances[n]
        self._filed(n, instance, step)
        self.instances[n] = instance = replace(instance, step=step)
        for trace in step.traces:
            if trace.what in ("entered", "completed", "fired", "caught"):
                self.visited.setdefault(trace.element)
            if trace.what in ("completed", "fired", "caught"):
                self._acts.add(((trace.process, trace.element), trace.party))
        self._ways.update(step.ways)
        for record in step.deadlines:
            self.deadlines[n, record.ref] = record
        self._record_tasks(instance, step)
        if step.status in ("completed", "cancelled") and instance.ended_at is None:
            instance.ended_at = self.now
        self._note(step)
        for message in step.messages:
            known = {
                name: instance.answers[name] for name in message.asked if name in instance.answers
            }
            self._sent(replace(message, data={**known, **message.data}))

    def _filed(self, n: int, instance: _Instance, step: Step) -> None:
        """Do what the step does to documents; nothing of it stays where the document lacks something."""
        if not step.documents:
            return
        shelf, agreement = deepcopy(self.shelf), instance.pathway.plan.agreement
        around = documents.Around(
            kinds=agreement.documents,
            forms=instance.source.forms,
            calendar=agreement.calendar,
            now=self.now,
            series=str(n),
            earlier=lambda _since: dict(instance.answers),
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

    def _answered(self, values: Json) -> None:
        told = ((k, v) for k, v in values.items() if isinstance(v, str | bool))
        self._answers.update((self._at, k, v) for k, v in told if self._at)

    def _record_tasks(self, instance: _Instance, step: Step) -> None:
        open_now = {task.ref for task in step.tasks}
        for ref, row in instance.seen.items():
            if ref not in open_now and row["completed_at"] is None:
                row["completed_at"] = local(self.now)
        for task in step.tasks:
            if task.ref not in instance.seen:
                row = {
                    "element": task.element,
                    "name": task.name,
                    "role": task.lane,
                    "party": task.party,
                    "process": task.process,
                    "opened_at": local(task.opened_at),
                    "completed_at": None,
                }
                instance.seen[task.ref] = row
                self.tasks.append(row)

    def _sent(self, message: Outgoing) -> None:
        to = message.to_party or message.to_pathway
        held = message.to_party is not None and self._basis(message) is None
        row = {
            "at": local(self.now),
            "name": message.name,
            "title": message.title,
            "from": message.from_party or message.process,
            "to": to,
            "channel": HELD if held else "indbakke" if message.to_party else "forloeb",
        }
        self.messages.append(row)
        if held:
            self._ask_for_consent(message)
        if message.to_pathway is None:
            return
        source = self.sources(self.scenario.agreement, message.to_pathway)
        if source is None:
            self.warnings.append(
                f"The pathway “{message.to_pathway}” is not deployed; the message is kept."
            )
            return
        running = [
            n
            for n, i in enumerate(self.instances)
            if i.source.key == source.key and i.ended_at is None and message.name in i.step.awaits
        ]
        if running:
            target = self.instances[running[0]]
            step = pathway.deliver(
                target.pathway, target.step.state, message.name, message.data, self.now
            )
            self._took(running[0], step)
            return
        try:
            action = pathway.compiled(source).begun_by(message.name)
        except MessageUnmatched:
            self.warnings.append(
                f"No “{message.to_pathway}” waits for “{message.name}”; the message is kept."
            )
            return
        self._start(source, dict(message.data), action)

    # ---- what may be shared --------------------------------------------------------------
    def _basis(self, message: Outgoing) -> str | None:
        unit = self.parties.get(message.from_party)
        if unit is not None and unit == self.parties.get(message.to_party or ""):
            return gate.INSIDE
        return gate.basis(self._in_force(), message.to_party or "")

    def _in_force(self) -> list[gate.Consent]:
        return [c for c in self.consents if c.until is None or c.until > self.now]

    def _ask_for_consent(self, message: Outgoing) -> None:
        source = self.sources(self.scenario.agreement, CONSENT)
        if source is None or any(
            i.source.key == source.key and not i.ended_at for i in self.instances
        ):
            return
        self._start(source, {"parter": [message.to_party], "fagperson": message.from_party})

    def _note(self, step: Step) -> None:
        """Keep what the step said of sharing, and let go of what was held for want of it."""
        for each in step.grounds:
            if each.kind == "trukket" and not each.parties:
                self.consents = [c for c in self.consents if c.kind != "samtykke"]
            self.consents.append(gate.noted(each, self.now))
        if step.grounds:
            self.shelf.let_go(self._may_read, self.now)
        for row in self.messages if step.grounds else ():
            if row["channel"] == HELD and gate.basis(self._in_force(), row["to"]) is not None:
                row.update(channel="indbakke", at=local(self.now))

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
        }

    # ---- finding -------------------------------------------------------------------------
    def _open(self) -> Iterator[tuple[int, Task]]:
        for n, instance in enumerate(self.instances):
            for task in instance.step.tasks:
                yield n, task

    def _matching(self, select: Mapping[str, Any]) -> Iterator[tuple[int, Task]]:
        wanted = {k: v for k, v in select.items() if k != "nth"}
        return ((n, task) for n, task in self._open() if _selects(wanted, task))

    def _find(self, select: Mapping[str, Any]) -> tuple[int, Task]:
        found = list(self._matching(select))
        nth = int(select.get("nth", 1))
        if not 1 <= nth <= len(found):
            raise ScenarioInvalid(f"No open task matches {dict(select)}. {self._whats_open()}")
        return found[nth - 1]

    def _whats_open(self) -> str:
        tasks = ", ".join(
            f"{t.element} ({t.party}; {' '.join(t.clauses)})" for _, t in self._open()
        )
        actions = ", ".join(a.id for i in self.instances if not i.ended_at for a in i.step.actions)
        return f"Open tasks: {tasks or 'none'}. Open actions: {actions or 'none'}."

    def _checked(self, instance: _Instance, form: str | None, data: Json, known: Json) -> Json:
        """The answers that the form gives, with a valid sample where autofill may fill one in."""
        if form is None:
            return data
        schema = instance.source.forms.get(form)
        if schema is None:
            raise ScenarioInvalid(f"The form “{form}” is missing.")
        context = {
            **known,
            "sagens_parter": list(self.parties),
            "adspurgte": list(self.scenario.asked or self.parties),
            "now": self.now,
        }
        answers = dict(data)
        if self.scenario.autofill:
            leave = instance.pathway.decides | frozenset(data)
            sample = forms.sample(
                schema, now=self.now, context={**context, **data}, feel=_evaluate, leave=leave
            )
            answers = {**sample, **data}
        checked = forms.check(schema, answers, feel=_evaluate, context=context)
        if checked.problems:
            raise FormInvalid(f"The form “{form}” refuses the data.", fields=checked.problems)
        return dict(checked.values)

    # ---- the result ----------------------------------------------------------------------
    def facts(self) -> Json:
        """CONTRACT's JSON, without verdict."""
        first = self.instances[0] if self.instances else None
        return {
            "title": self.scenario.title,
            "agreement": self.scenario.agreement,
            "pathway": self.scenario.pathway,
            "end_state": first.step.end_state if first else None,
            "ended_at": local(first.ended_at) if first and first.ended_at else None,
            "status": first.step.status if first else None,
            "deadlines": [self._deadline(record) for record in self.deadlines.values()],
            "tasks": self.tasks,
            "messages": self.messages,
            "reminders": self.reminders,
            "documents": [documents.facts(each) for each in self.shelf.documents],
            "bero": [
                [local(a), local(b) if b else None]
                for i in self.instances
                for a, b in i.step.pauses
            ],
            "refused": self.refused,
            "visited": list(self.visited),
            "warnings": self.warnings,
        }

    def walked(self, facts: Json) -> Walked:
        """What the play proves, where it passes."""
        refused = (r for r in self.refused if r["process"] and r["code"] == FormInvalid.code)
        return Walked(
            frozenset(self._acts),
            frozenset(self._ways),
            frozenset((r["process"], r["element"]) for r in refused),
            frozenset(
                Dated((d["process"], d["element"]), d["clause"], d["frist"], d["local"])
                for d in asserted(self.scenario, facts)
            ),
            frozenset(self._answers),
        )

    def _deadline(self, record: Deadline) -> Json:
        overdue = record.status == "open" and self.now >= record.overdue_at
        return {
            "clause": record.clause,
            "element": record.element,
            "process": record.process,
            "party": record.party,
            "frist": record.frist,
            "started_at": local(record.started_at),
            "due_at": local(record.due_at),
            "reminder_at": local(record.reminder_at) if record.reminder_at else None,
            "overdue_at": local(record.overdue_at),
            "met_at": local(record.met_at) if record.met_at else None,
            "cancelled_at": local(record.cancelled_at) if record.cancelled_at else None,
            "paused": [[local(a), local(b) if b else None] for a, b in record.paused],
            "local": record.local,
            "status": "overdue" if overdue else record.status,
        }


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


def _evaluate(expression: str, context: Mapping[str, Any]) -> Any:
    return feel.compile(expression).evaluate(context)
