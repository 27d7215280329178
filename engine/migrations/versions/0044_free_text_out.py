"""Free text that earlier diagrams let into the state of instances, and onto consents, taken out.

What a person wrote stands sealed among the answers, as it did before.  In its place the state gets what the diagrams
say now: the number of a case at the list meeting, the name of the consent; where a patient was referred to is found
among the answers when it is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

TEAM = "nordjylland-team-teamdannelse"
#: What the diagram says of a consent now.
SAID = "samtykke til Patientens team"
#: A round over the whole list, which is no case's.
_ALL = "Alle på listen"
_MOST = 500
#: Process → what of its values a person wrote.
_WRITTEN = {
    TEAM: ("omfang",),
    "midtjylland-listemoede": ("sager", "sag"),
    "midtjylland-risikoliste-gennemgang": ("sager", "sag"),
    "faelles-visitation": ("visiteret_til",),
    "faelles-visitationsvurdering": ("visiteret_til",),
}
_NAMES = sorted({name for names in _WRITTEN.values() for name in names})

_instance = sa.table(
    "instance", sa.column("id"), sa.column("state"), sa.column("before", sa.JSON(none_as_null=True))
)
_task = sa.table(
    "task", sa.column("id"), sa.column("process"), sa.column("nth"), sa.column("data", sa.JSON())
)
_CONSENTS = """
SELECT consent.id, consent.case_id, consent.basis FROM consent
JOIN instance ON instance.id = consent.instance_id JOIN pathway ON pathway.id = instance.pathway_id
WHERE pathway.key = :team AND consent.kind = 'samtykke' AND consent.basis <> :said
"""
#: Where the words of a consent went along.
_COPIES = (
    "UPDATE consent SET basis = :said WHERE id = :id",
    "UPDATE message SET basis = :said WHERE case_id = :case_id AND basis = :basis",
    "UPDATE plan_acceptance SET basis = :said WHERE basis = :basis AND version_id IN (SELECT plan_version.id"
    " FROM plan_version JOIN plan ON plan.id = plan_version.plan_id WHERE plan.case_id = :case_id)",
)


def upgrade() -> None:
    """Take the step."""
    clean(op.get_bind())


def clean(db: sa.Connection) -> None:
    """All rows that hold some of it; a second time changes nothing."""
    for row in _held(db, _instance, _instance.c.state):
        found = {"state": without(row.state), "before": row.before}
        if isinstance(row.before, dict) and "state" in row.before:
            found["before"] = {**row.before, "state": without(row.before["state"])}
        db.execute(sa.update(_instance).where(_instance.c.id == row.id).values(**found))
    for row in _held(db, _task, sa.cast(_task.c.data, sa.Text())):
        found = _values(row.process, row.data, row.nth)
        db.execute(sa.update(_task).where(_task.c.id == row.id).values(data=found))
    named = {"team": TEAM, "said": SAID}
    for one in db.execute(sa.text(_CONSENTS), named).mappings().all():
        for copy in _COPIES:
            db.execute(sa.text(copy), {"said": SAID, **one})


def without(state: str) -> str:
    """A state (`engine/bpmn/codec.py`) without it."""
    found = json.loads(state)
    for _, _, process, _, _, facts in found["t"]:
        inside = facts.get("in", process)
        if "data" in facts:
            facts["data"] = _values(inside, facts["data"], 0)
        for layer in {"own", "turn"} & facts.keys():
            facts[layer] = _values(process, facts[layer], facts.get("nth", 0))
        if "items" in facts and "sag" in _WRITTEN.get(process, ()):
            facts["items"] = [_case(one, nth) for nth, one in enumerate(facts["items"])]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _held(db: sa.Connection, table: Any, column: Any) -> Iterator[Any]:
    """The rows in which one of the names stands, some at a time."""
    named = sa.or_(*(column.like(f'%"{name}"%') for name in _NAMES))
    last = 0
    while True:
        asked = sa.select(table).where(table.c.id > last, named).order_by(table.c.id).limit(_MOST)
        rows = db.execute(asked).all()
        yield from rows
        if not rows:
            return
        last = rows[-1].id


def _values(process: str, held: dict[str, Any], nth: int) -> dict[str, Any]:
    found = dict(held)
    for name in held.keys() & _WRITTEN.get(process, ()):
        if name == "visiteret_til":
            del found[name]
        elif name == "omfang" and held[name] is not None:
            found[name] = SAID
        elif name == "sager" and isinstance(held[name], list):
            found[name] = [{"sag": _case(None, at)} for at in range(len(held[name]))]
        elif name == "sag":
            found[name] = _case(held[name], nth)
    return found


def _case(word: Any, nth: int) -> str:
    return _ALL if word == _ALL else f"Sag {nth + 1}"
