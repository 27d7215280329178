"""Whether a scenario has tested a clause, by the clause's kind; where it has not, one sentence says what is missing.

| kind | tested when |
|---|---|
| `frist`, or any with a number | a scenario asserts due moment and status of a record with the agreement's number |
| `beslutning` | every outcome of what decides it was reached |
| `indhold` | a form on its element was refused |
| `pligt dokument moede oplysning eskalering gentagelse maaling` | its element was completed by the party that owes it |
| `ret forbud princip` | its element was visited |
| with `regel` | the rule's probe passed |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.bpmn.shapes import GATEWAYS, Node
from engine.calendar import parse
from engine.coverage.clauses import ALLE, Clause
from engine.coverage.outcomes import decides, untaken
from engine.errors import FristInvalid
from engine.walked import Dated, Place, Walked

if TYPE_CHECKING:
    from engine.bpmn.plan import Plan

_ACTS = ("pligt", "dokument", "moede", "oplysning", "eskalering", "gentagelse", "maaling")


@dataclass(frozen=True, slots=True)
class Carrier:
    """An element that names a clause, in one agreement's version of its pathway."""

    plan: Plan
    process: str
    element: str

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.process, self.element

    @property
    def node(self) -> Node:
        """How it is drawn."""
        return self.plan.processes[self.process].nodes[self.element]

    @property
    def lane(self) -> str:
        """The lane that it stands in; a boundary event has its activity's."""
        node = self.node
        if node.lane or not node.attached_to:
            return node.lane
        return self.plan.processes[self.process].nodes[node.attached_to].lane

    @property
    def acts(self) -> bool:
        """Whether something is done there: no gateway, and no event that merely begins or ends."""
        node = self.node
        if node.kind in GATEWAYS:
            return False
        plain = node.event is None or node.event.kind in ("none", "terminate")
        event = node.kind.endswith("Event")
        return not (event and plain) or bool({"besked", "form"} & set(node.attributes))


def missing(
    clause: Clause, carriers: Sequence[Carrier], walked: Walked, broken: Mapping[str, str]
) -> str:
    """What keeps the clause from being tested, in one sentence; '' where it is."""
    if clause.rule:
        return broken.get(clause.rule, f"The rule “{clause.rule}” was not tried.")
    if not carriers:
        return f"No element carries {clause.id}."
    lacks = []
    if clause.frist:
        lacks.append(_dated(clause, carriers, walked))
    if clause.kind == "beslutning":
        lacks.append(_decided(clause, carriers, walked))
    elif clause.kind == "indhold":
        lacks.append(_refused(clause, carriers, walked))
    elif clause.kind in _ACTS:
        lacks.append(_done(clause, carriers, walked))
    elif clause.frist == "" and not any(c.place in walked.places for c in carriers):
        lacks.append(f"No scenario visits {_named(carriers)}.")
    return " ".join(filter(None, lacks))


def _dated(clause: Clause, carriers: Sequence[Carrier], walked: Walked) -> str:
    own = {c.place for c in carriers}
    found = [
        d
        for d in walked.dated
        if d.clause == clause.id or (clause.kind != "frist" and d.place in own)
    ]
    if not found:
        return f"No scenario asserts the due moment and status of {clause.id}."
    if any(_same(clause.frist, d) for d in found):
        return ""
    told = ", ".join(sorted({f"{d.frist}{' (local)' * d.local}" for d in found}))
    return f"The deadline of {clause.id} is {told}; the agreement says {clause.frist}."


def _same(frist: str, found: Dated) -> bool:
    try:
        return not found.local and parse(found.frist) == parse(frist)
    except FristInvalid:
        return False


def _decided(clause: Clause, carriers: Sequence[Carrier], walked: Walked) -> str:
    deciding = [c for c in carriers if decides(c.plan, c.node)]
    if not deciding:
        return (
            f"{_named(carriers)} decides nothing: {clause.id} needs a gateway, a table or a choice."
        )
    left = [name for c in deciding for name in untaken(c.plan, c.node, walked)]
    left = list(dict.fromkeys(left))
    return f"No scenario reaches {', '.join(left)} ({clause.id})." if left else ""


def _refused(clause: Clause, carriers: Sequence[Carrier], walked: Walked) -> str:
    forms = [c for c in carriers if "form" in c.node.attributes]
    if not forms:
        return f"{_named(carriers)} has no form that could demand the content of {clause.id}."
    if any(c.place in walked.refused for c in forms):
        return ""
    return f"No scenario expects a refusal at {_named(forms)} ({clause.id})."


def _done(clause: Clause, carriers: Sequence[Carrier], walked: Walked) -> str:
    acting = [c for c in carriers if c.acts]
    if not acting:
        return f"{_named(carriers)} does nothing by itself: {clause.id} needs a task or a message."
    parties = [(c, party) for place, party in walked.acts for c in acting if c.place == place]
    if not parties:
        return f"No scenario completes {_named(acting)} ({clause.id})."
    if any(_owes(clause.who, c, party) for c, party in parties):
        return ""
    by = ", ".join(sorted({party or "nobody" for _, party in parties}))
    return f"{clause.id} is owed by {' or '.join(clause.who)}, but {by} completes {_named(acting)}."


def _owes(who: Sequence[str], carrier: Carrier, party: str) -> bool:
    """Whether that party, in the carrier's lane, is one of those named: a party, a lane, or all of a sector."""
    agreement = carrier.plan.agreement
    known = agreement.parties.get(party)
    names = {ALLE, party, carrier.lane, known.sector if known else ""}
    lanes = (agreement.lanes.get(name) for name in who)
    return bool(names & set(who)) or any(
        lane.party == party for lane in lanes if lane and not lane.field
    )


def _named(carriers: Sequence[Carrier]) -> str:
    found = list(dict.fromkeys(f"{c.process}#{c.element}" for c in carriers))
    return " or ".join(found[:3])
