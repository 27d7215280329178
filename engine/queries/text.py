"""A diagram in words, for who cannot see it: every element in the order of the flow, how it stands, what follows."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, Connection, select

from engine.bpmn.drawing import Node
from engine.model import Json
from engine.pathway import Pathway
from engine.tables import history

_WORDS = {
    "da": {
        "done": "færdig",
        "now": "her står sagen nu",
        "later": "",
        "then": "Derefter",
        "ends": "Her ender forløbet",
    },
    "en": {
        "done": "done",
        "now": "the case stands here now",
        "later": "",
        "then": "Then",
        "ends": "The pathway ends here",
    },
}


def in_words(
    walked: Pathway, tokens: Collection[str], done: Collection[str], language: str
) -> tuple[list[Json], list[str]]:
    """The elements as parts, and one line for each: `Vurdér behov (Regionspsykiatrien): færdig. Derefter: …`."""
    words = _WORDS.get(language, _WORDS["da"])
    elements = in_parts(walked, tokens, done)
    return elements, [_line(each, words) for each in elements]


def in_parts(walked: Pathway, tokens: Collection[str], done: Collection[str]) -> list[Json]:
    """The elements as `id name kind lane state next`; `state` is `done`, `now` or `later`, `next` [{name, when}]."""
    return [_element(walked, node, tokens, done) for node in _in_order(walked)]


def passed(db: Connection, case_id: int, *of: ColumnElement[bool]) -> dict[int, set[str]]:
    """The elements that each instance of the case has passed; `of` are conditions on `history`."""
    rows = db.execute(
        select(history.c.instance_id, history.c.element)
        .where(
            history.c.case_id == case_id, history.c.what.in_(("completed", "fired", "caught")), *of
        )
        .distinct()
    )
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row.instance_id, set()).add(row.element)
    return found


def _in_order(walked: Pathway) -> Iterator[Node]:
    """Each node once: along the flows from the starts, an activity's inside and its boundary events after it."""
    nodes = walked.nodes
    outer = [key for key, node in nodes.items() if node.kind == "startEvent" and not node.incoming]
    waiting = [*(key for key in outer if nodes[key].scope not in nodes), *nodes]
    seen: set[str] = set()
    while waiting:
        node = nodes[waiting.pop(0)]
        if node.id in seen:
            continue
        seen.add(node.id)
        yield node
        onwards = [flow.target for flow in node.outgoing if flow.target in nodes]
        waiting[:0] = [*node.children, *onwards, *node.boundaries]


def _element(walked: Pathway, node: Node, tokens: Collection[str], done: Collection[str]) -> Json:
    state = "now" if node.id in tokens else "done" if node.id in done else "later"
    following = [
        {"name": _named(walked.nodes[flow.target]), "when": flow.name}
        for flow in node.outgoing
        if flow.target in walked.nodes
    ]
    return {
        "id": node.id,
        "name": _named(node),
        "kind": node.kind,
        "lane": node.lane,
        "state": state,
        "next": following,
    }


def _named(node: Node) -> str:
    return node.name or node.id


def _line(each: Json, words: dict[str, str]) -> str:
    said = each["name"] + (f" ({each['lane']})" if each["lane"] else "")
    if word := words[each["state"]]:
        said += f": {word}"
    legs = [f"{leg['when']}: {leg['name']}" if leg["when"] else leg["name"] for leg in each["next"]]
    ends = words["ends"] if each["kind"] == "endEvent" else ""
    follows = f"{words['then']}: {'; '.join(legs)}" if legs else ends
    return " ".join(_sentence(part) for part in (said, follows) if part)


def _sentence(text: str) -> str:
    return text if text.endswith(("?", "!", ".")) else f"{text}."
