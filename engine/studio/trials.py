"""All scenarios of a pathway, played over it as it is drawn: which hold, and what of the drawing they have walked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from engine import access, scenarios
from engine.errors import NotFound, ScenarioInvalid
from engine.model import Actor, Json
from engine.pathway import Pathway
from engine.scenario import Scenario, load
from engine.simulate import play
from engine.store import Store
from engine.studio.drawn import Drawn, drawn
from engine.studio.shelf import parties
from engine.walked import Walked

#: What joins or passes on without a name is no step that a scenario must be seen to walk.
_DRAWN_ONLY = ("participant", "lane", "textAnnotation")


@dataclass(frozen=True, slots=True)
class Trials:
    """What came of it.

    `items` are `{name nth title ok problems end_state by text}` in the order of their files; `parts` by process key
    `{name bpmn done missed ways}` with element and flow ids; `clauses` `{id text by tested dated}`.
    """

    pathway: Pathway
    items: tuple[Json, ...]
    parts: Mapping[str, Json]
    clauses: tuple[Json, ...]

    @property
    def held(self) -> int:
        """How many came true."""
        return sum(each["ok"] for each in self.items)


def run(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    *,
    version: int | None = None,
    now: datetime,
) -> Trials:
    """Play every scenario of the pathway in this agreement; raises `NotFound`, `DiagramInvalid`, `UnknownAgreement`."""
    access.design(actor)
    with store.read() as db:
        found = drawn(db, agreement, now, key=key, version=version)
        units = parties(db, agreement, now)
        files = scenarios.of(db, [key])
    walked_along = found.pathway(key)
    items, proofs = [], []
    for item, proof in _played(files, found, units):
        items.append(item)
        if item["ok"]:
            proofs.append(proof)
    proved = Walked.all(proofs)
    return Trials(
        walked_along,
        tuple(items),
        _parts(walked_along, found, proved),
        tuple(_clauses(walked_along, proved)),
    )


def scenario_of(
    store: Store, actor: Actor, agreement: str, key: str, name: str, nth: int, *, now: datetime
) -> Scenario:
    """One scenario of a pathway's file; raises `NotFound`, `ScenarioInvalid`."""
    access.design(actor)
    with store.read() as db:
        row = next((each for each in scenarios.of(db, [key]) if each.name == name), None)
    if row is None:
        raise NotFound
    found = [each for each in load(row.text) if each.agreement == agreement]
    if not 0 <= nth < len(found):
        raise NotFound
    return found[nth]


# ---- inside ------------------------------------------------------------------------------
def _played(
    files: list[Row[Any]], found: Drawn, units: Mapping[str, str]
) -> Iterator[tuple[Json, Walked]]:
    for row in files:
        about = {"name": row.name, "by": row.by, "text": row.text}
        try:
            every = [each for each in load(row.text) if each.agreement == found.shelf.agreement]
        except ScenarioInvalid as exc:
            lost = {"nth": 0, "title": row.name, "ok": False, "problems": [exc.sentence]}
            yield {**about, **lost, "end_state": None, "steps": 0}, Walked()
            continue
        for nth, scenario in enumerate(every):
            done = play(scenario, found.shelf.find, units)
            told = {name: done.facts[name] for name in ("title", "ok", "problems", "end_state")}
            yield {**about, "nth": nth, "steps": len(scenario.moves), **told}, done.walked


def _parts(pathway: Pathway, found: Drawn, proved: Walked) -> dict[str, Json]:
    """The pathway's own drawing and those of the parts that it calls."""
    walked = proved.places
    parts = {}
    for key, process in pathway.plan.processes.items():
        source = pathway.source
        nodes = [node for node in process.nodes.values() if node.kind not in _DRAWN_ONLY]
        done = [node.id for node in nodes if (key, node.id) in walked]
        parts[key] = {
            "name": process.name or key,
            "bpmn": source.bpmn if key == pathway.key else source.parts.get(key, source.bpmn),
            "done": done,
            "missed": [
                {"id": node.id, "name": node.name or node.id, "lane": node.lane}
                for node in nodes
                if node.id not in set(done)
            ],
            "ways": sorted(way for place, way in proved.ways if place == key),
        }
    return parts


def _clauses(pathway: Pathway, proved: Walked) -> Iterator[Json]:
    """The clauses that the pathway's elements carry, in drawn order."""
    texts = pathway.source.settings.get("punkter") or {}
    carried: dict[str, list[tuple[str, str]]] = {}
    for place, work in pathway.plan.works.items():
        for clause in dict.fromkeys((*work.clauses, work.deadline_clause)):
            if clause:
                carried.setdefault(clause, []).append(place)
    walked, dated = proved.places, {each.clause for each in proved.dated}
    for clause, places in carried.items():
        yield {
            "id": clause,
            "text": (texts.get(clause) or {}).get("tekst", ""),
            "by": [pathway.plan.processes[p].nodes[e].name or e for p, e in places],
            "tested": any(place in walked for place in places),
            "dated": clause in dated,
        }
