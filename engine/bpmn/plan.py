"""A deployed version, made ready to run: every expression compiled, every name read collected.

`plan(source)` reads the diagram and its called parts and gives a `Plan`, which nothing changes afterwards; all
runs of that version share it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import decisions, feel, gate, host
from engine.agreement import Agreement
from engine.bpmn.drawing import read
from engine.bpmn.papers import Paper, papers
from engine.bpmn.shapes import GATEWAYS, THROWS, Drawing, Letter, Node, Process, refuse
from engine.bpmn.timers import is_plain, mistake
from engine.calendar import parse
from engine.errors import ExpressionInvalid, FristInvalid, StafetError
from engine.model import Json, Source

#: What the engine itself puts into every expression's context.
HOST_NAMES = host.NAMES | {"overskredet"}
#: What changes by itself as time goes, so that nobody would ask again when it does.
_CLOCK = frozenset(("now", "today", "frist", "arbejdstid"))
#: What a message to a pathway may be for alone (`kun`): one that waits; one that is not there yet; one, once.
ONLY = ("venter", "ny", "en_gang")
MAX_EXPRESSIONS = 4_000
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORD = re.compile(r"[^\W\d]\w*")
_KEYWORDS = frozenset((
    "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "not", "null", "true",
    "false", "between", "instance", "of", "function", "external",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """What an element tells when it completes: name, title, receivers, fields."""

    name: str
    title: str
    to: Any  # a compiled expression, or None
    to_party: str
    pathway: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """The compiled side of one node."""

    conditions: Mapping[str, Any]  # flow id → expression
    expression: Any = None  # stafet:udtryk
    result: str = ""
    decision: str = ""
    frist: Any = None  # an expression giving the text, or the text itself
    fra: Any = None
    timer: Any = None  # an expression, or the plain text
    bound: bool = False  # a timer that fires when the deadline it hangs on has passed
    condition: Any = None  # of a conditional event
    each: Any = None
    enough: Any = None  # a round's completion condition
    until: Any = None  # an ad-hoc sub-process's
    again: Any = None  # a standard loop's condition
    into: tuple[tuple[str, Any], ...] | None = None
    out: tuple[tuple[str, Any], ...] = ()
    messages: tuple[Message, ...] = ()
    grounds: str = ""  # stafet:grundlag
    grounds_for: Any = None
    grounds_text: Any = None
    grounds_until: Any = None
    grounds_by: Any = None
    papers: tuple[Paper, ...] = ()  # stafet:dokument
    clauses: tuple[str, ...] = ()
    deadline_clause: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)  # the parameters that its form names


@dataclass(frozen=True, slots=True)
class Plan:
    """One version, whole.  `processes` by key; `works` by (process, element)."""

    source: Source
    agreement: Agreement
    key: str
    processes: Mapping[str, Process]
    works: Mapping[tuple[str, str], Work]
    decisions: Mapping[str, Any]
    reads: Mapping[str, frozenset[str]]
    decides: frozenset[str]

    @property
    def process(self) -> Process:
        """The process that this pathway is."""
        return self.processes[self.key]


def plan(source: Source) -> Plan:
    """Read and compile a version; raises `DiagramInvalid` naming the element and its line."""
    agreement = Agreement.from_toml(source.settings, source.agreement)
    processes = dict(_processes(source))
    tables = {name: decisions.load(xml) for name, xml in source.decisions.items()}
    maker = _Maker(agreement, tables, source.forms)
    works = {
        (process.id, node.id): maker.work(process, node)
        for process in processes.values()
        for node in process.nodes.values()
    }
    hidden = HOST_NAMES | frozenset(agreement.parameters)
    for key, process in processes.items():
        lanes = (agreement.lanes.get(name) for name in process.lanes)
        maker.reads.setdefault(key, set()).update(it.field for it in lanes if it and it.field)
    _through_calls(processes, maker.reads)
    reads = {key: frozenset(names) - hidden for key, names in maker.reads.items()}
    return Plan(
        source, agreement, source.key, processes, works, maker.decisions,
        {key: reads.get(key, frozenset()) for key in processes}, frozenset(maker.decides) - hidden,
    )  # fmt: skip


def _processes(source: Source) -> Iterator[tuple[str, Process]]:
    """The pathway's process and every part that it calls, also through other parts."""
    drawings: dict[str, Drawing] = {source.key: read(source.bpmn)}
    first = drawings[source.key].process(source.key)
    local = {p.id: p for p in drawings[source.key].processes}
    waiting, found = [first], {first.id: first}
    while waiting:
        process = waiting.pop(0)
        yield process.id, process
        for node in process.nodes.values():
            if node.kind != "callActivity":
                continue
            called = found.get(node.called) or _called(source, node, local)
            if not _can_be_called(called):
                raise refuse(
                    node, "part_without_start", f"calls “{called.id}”, which has no plain start event",
                    "Give the part a start event without a message or timer.",
                )  # fmt: skip
            if called.id not in found:
                found[called.id] = called
                waiting.append(called)


def _through_calls(processes: Mapping[str, Process], reads: dict[str, set[str]]) -> None:
    """What a call hands out is read in the part; without `ind`, the caller keeps what the part reads."""
    calls = [n for p in processes.values() for n in p.nodes.values() if n.kind == "callActivity"]
    for node in calls:
        for pair in node.attributes.get("ud", "").split(";"):
            name, _, text = pair.partition("=")
            reads.setdefault(node.called, set()).update(words(text or name))
    whole = [(n.process, n.called) for n in calls if "ind" not in n.attributes]
    for _ in whole:  # a part may call a part: as far as the longest chain
        for caller, called in whole:
            reads.setdefault(caller, set()).update(reads.get(called, ()))


def _called(source: Source, node: Node, local: Mapping[str, Process]) -> Process:
    if node.called in local:
        return local[node.called]
    if node.called not in source.parts:
        raise refuse(
            node, "unknown_part", f"calls “{node.called or '?'}”, which does not exist",
            "Choose a process of this file or a shared part.",
        )  # fmt: skip
    return read(source.parts[node.called]).process(node.called)


def _can_be_called(process: Process) -> bool:
    starts = [n for n in process.within(process.id) if n.kind == "startEvent"]
    return not starts or any(n.is_event("startEvent", "none") for n in starts)


class _Maker:
    """Compiles nodes and remembers which names their expressions read."""

    def __init__(
        self, agreement: Agreement, found: Mapping[str, Any], forms: Mapping[str, Json]
    ) -> None:
        self.agreement, self.decisions, self.forms = agreement, found, forms
        self.reads: dict[str, set[str]] = {}
        self.decides: set[str] = set()
        self.made = 0

    def work(self, process: Process, node: Node) -> Work:
        """One node's expressions; what is not an expression stays text."""

        def made(text: str, what: str) -> Any:
            return self._expression(process, node, text, what) if text else None

        def asked(text: str, what: str) -> Any:
            return self._compiled(node, text, what) if text else None

        own = node.attributes
        clauses = tuple(c for c in node.clauses if c.startswith(f"{self.agreement.prefix}-"))
        due = [
            c
            for c in own.get("fristKlausul", "").split()
            if c.startswith(f"{self.agreement.prefix}-")
        ]
        conditions = {
            f.id: made(f.condition, "the condition") for f in node.outgoing if f.condition
        }
        if node.kind in GATEWAYS:
            for flow in node.outgoing:
                self.decides.update(words(flow.condition))
        if result := own.get("resultat"):
            # What a diagram computes is kept, also where only a form shows it.
            self.reads.setdefault(process.id, set()).add(result)
        loop = node.loop
        timer, bound = self._timer(node, made)
        if node.kind == "businessRuleTask":
            self._table(process, node)
        return Work(
            conditions=conditions,
            expression=made(node.expression, "stafet:udtryk"),
            result=own.get("resultat", ""),
            decision=own.get("beslutning", ""),
            frist=self._frist(node, made),
            fra=made(own.get("fra", ""), "stafet:fra"),
            timer=timer,
            bound=bound,
            condition=self._condition(node, made),
            each=made(loop.each, "stafet:gentagFor") if loop else None,
            enough=made(loop.until, "the completion condition") if loop else None,
            until=made(node.until, "the completion condition"),
            again=made(loop.condition, "the loop's condition") if loop else None,
            into=self._pairs(own["ind"], made) if "ind" in own else None,
            out=self._pairs(own.get("ud", ""), made),
            messages=tuple(self._messages(node, made)),
            grounds=self._grounds(node),
            grounds_for=made(own.get("grundlagFor", ""), "stafet:grundlagFor"),
            grounds_text=made(own.get("grundlagTekst", ""), "stafet:grundlagTekst"),
            grounds_until=made(own.get("grundlagTil", ""), "stafet:grundlagTil"),
            grounds_by=made(own.get("grundlagAf", ""), "stafet:grundlagAf"),
            papers=tuple(papers(self.agreement, node, made, asked)),
            clauses=clauses,
            deadline_clause=(due or list(clauses) or [""])[0],
            told=self._told(own.get("form", "")),
        )  # fmt: skip

    def _told(self, form: str) -> Json:
        """The parameters of the agreement that a form's expressions name: its rules may differ by agreement."""
        named = {word for text in _texts(self.forms.get(form)) for word in words(text)}
        return {
            key: self.agreement.parameters[key] for key in named & set(self.agreement.parameters)
        }

    def _expression(self, process: Process, node: Node, text: str, what: str) -> Any:
        compiled = self._compiled(node, text, what)
        self.reads.setdefault(process.id, set()).update(words(text))
        return compiled

    def _compiled(self, node: Node, text: str, what: str) -> Any:
        self.made += 1
        if self.made > MAX_EXPRESSIONS:
            raise refuse(
                node,
                "too_large",
                f"has one of more than {MAX_EXPRESSIONS} expressions",
                "Divide the diagram.",
            )
        try:
            return feel.compile(text.removeprefix("="))
        except ExpressionInvalid as exc:
            raise refuse(
                node,
                "unreadable_expression",
                f"has an expression that cannot be read ({what}): {_bare(exc)}",
            ) from exc

    def _frist(self, node: Node, made: Callable[[str, str], Any]) -> Any:
        text = node.attributes.get("frist", "")
        if text.startswith("="):
            return made(text, "stafet:frist")
        if text:
            try:
                parse(text)
            except FristInvalid as exc:
                raise refuse(
                    node, "deadline", f"has a deadline that cannot be counted: {_bare(exc)}"
                ) from exc
        return text or None

    def _timer(self, node: Node, made: Callable[[str, str], Any]) -> tuple[Any, bool]:
        if node.event is None or node.event.kind != "timer":
            return None, False
        text = node.event.text
        if text.removeprefix("=").strip() == "overskredet":
            return None, True
        if is_plain(text):
            if wrong := mistake(text, node.event.timer, self.agreement.calendar):
                raise refuse(
                    node, "timer", f"is a timer that {wrong}", "Write P7D, R/P1M or a date."
                )
            return text, False
        return made(text, "the timer"), False

    def _table(self, process: Process, node: Node) -> None:
        name = node.attributes.get("beslutning", "")
        found = next((d for d in self.decisions.values() if name in d.names), None)
        if found is None:
            raise refuse(
                node, "unknown_decision", f"asks the decision “{name or '?'}”, which does not exist",
                "Write the decision's name in stafet:beslutning.",
            )  # fmt: skip
        names = found.inputs(name)
        self.reads.setdefault(process.id, set()).update(names)
        self.decides.update(names)

    def _condition(self, node: Node, made: Callable[[str, str], Any]) -> Any:
        if node.event is None or node.event.kind != "conditional":
            return None
        if asked := words(node.event.text) & _CLOCK:
            raise refuse(
                node,
                "condition_on_time",
                f"waits for a condition that changes with the clock ({min(asked)})",
                "Draw a timer instead.",
            )
        return made(node.event.text, "the condition")

    def _grounds(self, node: Node) -> str:
        kind = node.attributes.get("grundlag", "")
        if kind and kind not in gate.KINDS:
            raise refuse(
                node, "grounds", f"notes “{kind}”, which is no basis for sharing",
                f"Write one of {', '.join(gate.KINDS)} in stafet:grundlag.",
            )  # fmt: skip
        return kind

    def _messages(self, node: Node, made: Callable[[str, str], Any]) -> Iterator[Message]:
        """What `besked` and `til` say, and one for each message flow out."""
        own = node.attributes
        name = own.get("besked") or next((it.name for it in node.letters), "")
        throws = node.kind in THROWS and node.event is not None and node.event.kind == "message"
        if not name and throws and node.event is not None:
            name = node.event.name
        if not name:
            return
        title, fields = (
            own.get("titel", "") or node.name or name,
            tuple(own.get("felter", "").split()),
        )
        to, pathway = own.get("til", ""), own.get("forloeb", "")
        if own.get("kun", "") not in ("", *ONLY):
            raise refuse(
                node, "no_receiver", f"sends “{name}” only to “{own['kun']}”, which is nobody",
                f"Write one of {', '.join(ONLY)} in stafet:kun.",
            )  # fmt: skip
        if to or pathway:
            computed = made(to, "stafet:til") if to.startswith("=") else None
            yield Message(name, title, computed, "" if computed else to, pathway, fields)
        letters = [it for it in node.letters if it.process or (it.pool and not to)]
        for letter in letters:
            yield Message(
                _named(letter, own, name), title, None, letter.pool, letter.process, fields
            )
        if not (to or pathway or letters):
            raise refuse(
                node,
                "no_receiver",
                f"sends “{name}” to nobody",
                "Write stafet:til or stafet:forloeb, or draw a message flow.",
            )

    def _pairs(self, text: str, made: Callable[[str, str], Any]) -> tuple[tuple[str, Any], ...]:
        pairs = (part.partition("=") for part in text.split(";") if part.strip())
        return tuple((name.strip(), made(value or name, "ind/ud")) for name, _, value in pairs)


def words(text: str) -> frozenset[str]:
    """Every word of an expression that could be the name of a value, also behind a full stop.

    More than the expression's free names on purpose: `every a in svar satisfies a.accept` reads `accept` too.
    """
    return frozenset(_WORD.findall(_STRING.sub(" ", text))) - _KEYWORDS


def _named(letter: Letter, own: Mapping[str, str], name: str) -> str:
    # The other pool waits under the name that stands there; a pool that is only drawn gets what `besked` says.
    return letter.name if letter.process else own.get("besked") or letter.name or name


def _bare(exc: StafetError) -> str:
    return exc.sentence.rstrip(".")


def _texts(form: Any) -> Iterator[str]:
    """Every expression in a form, wherever it stands."""
    if isinstance(form, str) and form.startswith("="):
        yield form
    elif isinstance(form, Mapping):
        for inner in form.values():
            yield from _texts(inner)
    elif isinstance(form, list):
        for inner in form:
            yield from _texts(inner)
