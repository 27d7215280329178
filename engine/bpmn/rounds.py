"""Activities that are done several times: for each of a list (together or one by one), or while a condition holds.

The outer token is the round; each turn is a token inside it with its own values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import feel
from engine.bpmn import data
from engine.bpmn.tokens import Token
from engine.model import Json

if TYPE_CHECKING:
    from engine.bpmn.nodes import Element
    from engine.bpmn.run import Run

#: The most turns that one round may open.
MAX_ROUND = 1_000


def begin(run: Run, spec: Element, token: Token) -> bool | None:
    """Open all turns (parallel) or the first; True where there is none."""
    loop = spec.node.loop
    assert loop is not None
    token.facts["round"] = 0
    if loop.kind == "standard":
        return None if _another(run, spec, token) else True
    items = _items(spec, data.value(run, spec.work.each, token))
    token.facts.update(items=items, got=[])
    if not items:
        _collect(run, spec, token)
        return True
    for nth in range(len(items) if loop.kind == "parallel" else 1):
        _turn(run, spec, token, nth)
    return None


def next_turn(run: Run, spec: Element, round_: Token, inner: Token) -> None:
    """One turn is done: keep its answers, open the next, or end the round."""
    loop, facts = spec.node.loop, round_.facts
    assert loop is not None
    facts["round"] += 1
    if loop.kind == "standard":
        if not _another(run, spec, round_):
            _end(run, round_)
        return
    own = inner.facts.get("own", {})
    if loop.collect:
        facts["got"].append([inner.facts["nth"], own])
        _collect(run, spec, round_)
    else:
        data.assign(run, round_, {name: known for name, known in own.items() if name != loop.name})
    if facts["round"] >= len(facts["items"]) or _enough(run, spec, round_):
        _end(run, round_)
    elif loop.kind == "sequential":
        _turn(run, spec, round_, facts["round"])


def _items(spec: Element, found: Any) -> list[Any]:
    found = feel.to_json(found)
    if isinstance(found, int) and not isinstance(found, bool):
        found = list(range(1, min(found, MAX_ROUND + 1) + 1))
    if found is None:
        return []
    if not isinstance(found, list):
        raise spec.stuck("%(where)s is to be repeated, but stafet:gentagFor gives no list.")
    if len(found) > MAX_ROUND:
        raise spec.stuck("%(where)s is to be repeated more than %(most)s times.", most=MAX_ROUND)
    return found


def _another(run: Run, spec: Element, round_: Token) -> bool:
    """A standard loop's next turn, unless it has had enough of them or its condition does not hold."""
    loop, turns = spec.node.loop, round_.facts["round"]
    assert loop is not None
    if loop.maximum is not None and turns >= loop.maximum:
        return False
    asked = spec.work.again is not None and (turns or loop.test_before)
    if asked and data.value(run, spec.work.again, round_) is not True:
        return False
    _turn(run, spec, round_, 0)
    return True


def _turn(run: Run, spec: Element, round_: Token, nth: int) -> None:
    loop, items = spec.node.loop, round_.facts.get("items")
    assert loop is not None
    facts: Json = {"nth": nth}
    if items is not None:
        facts["own"] = {loop.name: items[nth]} if loop.name else {}
    run.put_at(spec, round_, **facts)


def _enough(run: Run, spec: Element, round_: Token) -> bool:
    if spec.work.enough is None:
        return False
    done, whole = round_.facts["round"], len(round_.facts["items"])
    active = sum("nth" in child.facts for child in round_.children)
    counted = {
        # The standard's names, and the shorter ones that other tools have taught people.
        "numberOfInstances": whole, "numberOfCompletedInstances": done, "numberOfActiveInstances": active,
        "numberOfTerminatedInstances": 0,
        "nrOfInstances": whole, "nrOfCompletedInstances": done, "nrOfActiveInstances": active,
    }  # fmt: skip
    return data.value(run, spec.work.enough, round_, counted) is True


def _collect(run: Run, spec: Element, round_: Token) -> None:
    loop = spec.node.loop
    assert loop is not None
    if loop.collect:
        got = sorted(round_.facts["got"], key=lambda pair: int(pair[0]))
        data.assign(run, round_, {loop.collect: [own for _, own in got]})


def _end(run: Run, round_: Token) -> None:
    for child in round_.children:
        if "nth" in child.facts:
            run.cancel_token(child)
    round_.complete()
