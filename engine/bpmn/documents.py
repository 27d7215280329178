"""What an element did to documents of the case when it completed: its `Paper`s, with the values of this step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.bpmn import data, duties
from engine.bpmn.papers import Paper
from engine.bpmn.tokens import Token
from engine.documents.kinds import MANNERS
from engine.model import DocumentAct, Json, Outgoing

if TYPE_CHECKING:
    from engine.bpmn.nodes import Element
    from engine.bpmn.run import Run


def note(run: Run, token: Token, sent: Iterable[Outgoing]) -> None:
    """Note each of them, in the order they stand; `sent` are the messages that went out with it."""
    spec: Element = token.task_spec
    told = [letter.to_party for letter in sent]
    for paper in spec.work.papers:
        run.documents.append(_act(run, spec, paper, token, told))


def _act(
    run: Run, spec: Element, paper: Paper, token: Token, told: list[str | None]
) -> DocumentAct:
    known = run.answers.get(token.id, {})

    def value(expression: Any) -> Any:
        plain = expression is None or isinstance(expression, str)
        return expression if plain else data.value(run, expression, token, known)

    kinds, answer = _kinds(run, spec, paper, token), value(paper.answer)
    about = value(paper.about) if paper.about is not None else told
    return DocumentAct(
        kinds=kinds, verbs=paper.verbs, element=spec.node.id, process=spec.node.process,
        party=duties.party(run, token), form=spec.node.attributes.get("form"),
        answers={name: feel.to_json(found) for name, found in known.items()},
        seen=_seen(run, kinds, token, known),
        about=tuple(dict.fromkeys(str(p) for p in (about if isinstance(about, list) else [about]) if p)),
        by=_text(value(paper.by)), answer=answer if isinstance(answer, bool) else None,
        manner=_manner(spec, value(paper.manner)), valid_from=_text(value(paper.valid_from)) or None,
        valid_to=_text(value(paper.valid_to)) or None, reason=paper.said or _text(value(paper.reason)),
    )  # fmt: skip


def _kinds(run: Run, spec: Element, paper: Paper, token: Token) -> tuple[str, ...]:
    if isinstance(paper.kinds, tuple):
        return paper.kinds
    found = data.value(run, paper.kinds, token, run.answers.get(token.id))
    names = tuple(str(name) for name in (found if isinstance(found, list) else [found]) if name)
    if strange := [name for name in names if name not in run.plan.agreement.documents]:
        raise spec.stuck(
            "%(where)s names the document “%(name)s”, which the agreement does not have.",
            name=strange[0],
        )
    return names


def _seen(run: Run, kinds: tuple[str, ...], token: Token, known: Json) -> Json:
    """What the pathway holds of the documents' fields; a person's own words are no part of it."""
    declared = run.plan.agreement.documents
    fields = {name for kind in kinds if kind in declared for name in declared[kind].fields}
    held = data.data_at(token)
    return {name: held[name] for name in sorted(fields & held.keys() - known.keys())}


def _manner(spec: Element, said: Any) -> str:
    if said and said not in MANNERS:
        raise spec.stuck(
            "%(where)s says “%(said)s” of how an answer was given; known are %(known)s.",
            said=said,
            known=", ".join(MANNERS),
        )
    return _text(said)


def _text(found: Any) -> str:
    return "" if found is None else str(feel.to_json(found))
