"""The pages `docs/pathways/<agreement>.md`: each diagram's picture, and under it what its elements carry.

Danish, for the people who check the drawing against their agreement; written by `stafet coverage --pathways`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine import pathway
from engine.bpmn.plan import Plan
from engine.coverage.clauses import Clause
from engine.model import Source

#: Where the pictures lie, seen from the pages.
PICTURES = "drawn"
#: What is written of a step that has no name of its own.
_KINDS = {"startEvent": "start", "endEvent": "slut", "boundaryEvent": "hændelse"}

_Row = tuple[str, str, list[Clause]]


def pathways(agreement: str, sources: Iterable[Source], clauses: Iterable[Clause]) -> str:
    """The agreement's page: its own diagrams, and the shared ones that they call or that carry a clause of it."""
    known = {clause.id: clause for clause in clauses}
    plans = {s.key: pathway.compiled(s).plan for s in sources if s.agreement == agreement}
    shown = list(_shown(agreement, plans))
    title = next(iter(plans.values())).agreement.title
    lines = [
        f"# {title}: forløbene",
        "Hvert diagram og de punkter, som det bærer. Trin uden for tabellen er praktik, som aftalen ikke nævner.",
        "Skrevet af `stafet coverage --pathways` (`make docs`); en prøve holder siden og billederne nye.",
        "",
        *(f"- [{_name(plan, key)}](#{key})" for key, plan in shown),
    ]
    for key, plan in shown:
        lines += ["", *_section(key, plan, known)]
    return "\n".join(lines) + "\n"


def _shown(agreement: str, plans: dict[str, Plan]) -> Iterator[tuple[str, Plan]]:
    """The agreement's own first, then the shared ones, each by name; parts as their first caller compiled them."""
    found: dict[str, Plan] = {}
    for key in sorted(plans, key=lambda k: not k.startswith(f"{agreement}-")):
        own = key.startswith(f"{agreement}-")
        for each in plans[key].processes if own or _carries(plans[key], key) else ():
            found.setdefault(each, plans[key])
    yield from sorted(
        found.items(), key=lambda it: (not it[0].startswith(f"{agreement}-"), _name(it[1], it[0]))
    )


def _carries(plan: Plan, key: str) -> bool:
    return any(work.clauses for (process, _), work in plan.works.items() if process == key)


def _section(key: str, plan: Plan, known: dict[str, Clause]) -> Iterator[str]:
    name, (folder, slug) = _name(plan, key), _place(key, plan)
    yield f'<a id="{key}"></a>'
    yield ""
    yield f"## {name}"
    yield f"`{key}` · [om forløbet](../../processes/{folder}/{slug}/README.md)"
    yield ""
    yield f"![{name}]({PICTURES}/{folder}-{slug}.svg)"
    yield ""
    rows = list(_rows(key, plan, known))
    if not rows:
        yield "Ingen af aftalens punkter: en del, som andre forløb bruger."
        return
    yield "| trin | hvem | punkt | frist | aftalen siger |"
    yield "|---|---|---|---|---|"
    for step, lane, carried in rows:
        for number, clause in enumerate(carried):
            cells = (step, lane) if not number else ("", "")
            said = clause.text.replace("|", "\\|")
            yield f"| {cells[0]} | {cells[1]} | {clause.id} | {clause.frist} | {said} |"


def _rows(key: str, plan: Plan, known: dict[str, Clause]) -> Iterator[_Row]:
    for (process, element), work in plan.works.items():
        named = [known[c] for c in dict.fromkeys(work.clauses) if c in known]
        if process == key and named:
            node = plan.processes[process].nodes[element]
            yield node.name or _KINDS.get(node.kind, node.kind), node.lane, named


def _name(plan: Plan, key: str) -> str:
    return plan.processes[key].name or key


def _place(key: str, plan: Plan) -> tuple[str, str]:
    """The folder of a diagram and its slug: `faelles-kip` → faelles, kip."""
    own = plan.agreement.slug
    folder = own if key.startswith(f"{own}-") else "faelles"
    return folder, key.removeprefix(f"{folder}-")
