"""Who owes what until when, and who is told: parties, deadlines and messages of the elements that tokens stand on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.bpmn import data
from engine.bpmn.plan import Message
from engine.bpmn.shapes import PEOPLE, Node
from engine.bpmn.timers import moment
from engine.bpmn.tokens import Token
from engine.calendar import Calendar
from engine.errors import FristInvalid
from engine.model import GIVERS, Grounds, Outgoing

if TYPE_CHECKING:
    from engine.bpmn.nodes import Element
    from engine.bpmn.run import Run


# ---- who ---------------------------------------------------------------------------------
def party(run: Run, token: Token, inside: bool = False) -> str:
    """Who owes this: the party of the round's turn, else of the lane; `inside`: as a called part itself sees it."""
    agreement = run.plan.agreement
    if "nth" in token.facts:
        for found in token.facts.get("own", {}).values():
            if isinstance(found, str) and found in agreement.parties:
                return found
    where = lane(run, token.task_spec.node)
    named = agreement.lanes.get(where)
    # Only a lane that names a field looks at the values.
    seen = data.Seen(run, token, None, inside) if named is not None and named.field else {}
    return agreement.lane_party(where, seen)


def lane(run: Run, node: Node) -> str:
    """The lane of a node; a boundary event without one is in its activity's."""
    if node.lane or not node.attached_to:
        return node.lane
    return run.specs[node.process].process.nodes[node.attached_to].lane


# ---- until when --------------------------------------------------------------------------
def begin(run: Run, token: Token) -> None:
    """Open the element's deadline, where it has one."""
    spec: Element = token.task_spec
    work = spec.work
    if work.frist is None:
        return
    text, local = work.frist, spec.node.attributes.get("lokal") == "true"
    clause = work.deadline_clause
    if not isinstance(text, str):
        text, local, clause = _stated(run, spec, token)
    if text is None or not clause:
        return
    try:
        run.ledger.begin(
            token.id, element=spec.name, process=spec.node.process,
            task_ref=token.id if spec.node.kind in PEOPLE else None,
            clause=clause, party=party(run, token), frist=text, fra=_from(run, spec, token),
            follows=work.fra is not None, now=run.now, local=local,
        )  # fmt: skip
    except FristInvalid as exc:
        raise _uncountable(spec, exc) from exc


def follow(run: Run) -> None:
    """Evaluate `fra` again for every deadline that hangs on it."""
    for act in run.ledger.followed():
        token = run.tasks.get(act.key) or _scope_of(run, act.process)
        # After a move to another version, the element of an act that is done may be gone.
        if token is None or (act.process, act.element) not in run.plan.works:
            continue
        spec = run.spec_of(act.process, act.element)
        try:
            run.ledger.follow(act.key, _from(run, spec, token), run.now)
        except FristInvalid as exc:
            raise _uncountable(spec, exc) from exc


def hand_over(run: Run) -> None:
    """A lane whose field names another party now (a new coordinator) takes its open deadlines along with its tasks."""
    lanes = run.plan.agreement.lanes
    for act in run.ledger.owed():
        token = run.tasks.get(act.key)
        if token is None:
            continue
        named = lanes.get(lane(run, token.task_spec.node))
        if named is not None and named.field:
            run.ledger.hand_over(act.key, party(run, token, inside=True), run.now)


def leave(run: Run, scope: Token) -> None:
    """A called part is gone: what was done in it moves no more, unless the part runs elsewhere too."""
    process = scope.facts["in"]
    if _scope_of(run, process) is None:
        run.ledger.forget(process)


def _from(run: Run, spec: Element, token: Token) -> Any:
    if spec.work.fra is None:
        return None
    # A scope stands in for an element that is done: what is asked for is seen from inside it.
    found = data.value(run, spec.work.fra, token, inside=token.task_spec is not spec)
    return None if found in (None, "") else found


def _scope_of(run: Run, process: str) -> Token | None:
    scopes = (t for t in run.tasks.values() if "data" in t.facts and t.facts.get("in") == process)
    return next(scopes, None)


def _stated(run: Run, spec: Element, token: Token) -> tuple[str | None, bool, str]:
    """The deadline, whether its number is local, and the clause: a record may name another than the diagram."""
    found = data.value(run, spec.work.frist, token)
    named = spec.node.attributes["frist"].removeprefix("=").strip()
    local = spec.node.attributes.get("lokal") == "true" or named in run.plan.agreement.local
    clause = spec.work.deadline_clause
    if isinstance(found, Mapping):
        text = str(found["frist"]) if found.get("frist") else None
        return text, bool(found.get("lokal", local)), str(found.get("klausul") or clause)
    if found is None:
        return None, local, clause
    return str(feel.to_json(found)), local, clause


def _uncountable(spec: Element, exc: FristInvalid) -> Exception:
    return spec.stuck(
        "%(where)s has a deadline that cannot be counted: %(what)s", what=exc.sentence
    )


def note(run: Run, token: Token) -> None:
    """Note what the element says about sharing when it completes."""
    spec: Element = token.task_spec
    work, known = spec.work, run.answers.get(token.id)

    def value(expression: Any) -> Any:
        return None if expression is None else data.value(run, expression, token, known)

    asked = (work.grounds_for, work.grounds_text, work.grounds_until, work.grounds_by)
    about, text, until, by = map(value, asked)
    if by not in (None, "", *GIVERS):
        raise spec.stuck("%(where)s notes a consent by somebody whom the law does not name.")
    parties = [_named(run, p) for p in (about if isinstance(about, list) else [about]) if p]
    said = "" if text is None else str(feel.to_json(text))
    ends = _end_of(until, run.plan.agreement.calendar)
    about = tuple(dict.fromkeys(parties))
    told = Grounds(work.grounds, said, about, spec.name, ends, by or "", party(run, token))
    run.grounds.append(told)


def _end_of(until: Any, calendar: Calendar) -> datetime | None:
    """A date's last moment; a moment itself."""
    if until in (None, ""):
        return None
    found = moment(until, calendar)
    whole = not isinstance(until, datetime) and len(str(feel.to_json(until))) == 10
    return found + timedelta(days=1) if whole else found


# ---- who is told -------------------------------------------------------------------------
def send(run: Run, token: Token) -> None:
    """Tell what the element tells when it completes."""
    spec: Element = token.task_spec
    sent = False
    for message in spec.work.messages:
        for to_party, pathway in _receivers(run, message, token):
            sent = True
            run.messages.append(_outgoing(run, spec.node, message, token, to_party, pathway))
    if sent:
        run.trace("sent", spec.node, token)


def _receivers(run: Run, message: Message, token: Token) -> Iterator[tuple[str | None, str | None]]:
    known = run.answers.get(token.id)
    wanted = (
        data.value(run, message.to, token, known) if message.to is not None else message.to_party
    )
    parties = [_named(run, p) for p in (wanted if isinstance(wanted, list) else [wanted]) if p]
    for found in dict.fromkeys(parties):
        yield found, None
    if message.pathway:
        yield None, message.pathway


def _outgoing(
    run: Run, node: Node, message: Message, token: Token, to_party: str | None, pathway: str | None
) -> Outgoing:
    known = run.answers.get(token.id, {})
    seen = data.Seen(run, token, known, False)
    told = {
        name: feel.to_json(seen.get(name))
        for name in message.fields
        if name in seen or name in known
    }
    return Outgoing(
        message.name,
        message.title,
        node.id,
        node.process,
        party(run, token),
        to_party,
        pathway,
        told,
        tuple(name for name in message.fields if name not in told),
    )


def _named(run: Run, found: Any) -> str:
    # A receiver is a party, or a lane that some party fills.
    agreement = run.plan.agreement
    if str(found) in agreement.parties:
        return str(found)
    return agreement.lane_party(str(found), {}) or str(found)
