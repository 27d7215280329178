"""What every read does beside reading: note the look, open what is sealed, count how a deadline stands.

A look is written to the audit chain before the answer leaves: who cannot be noted sees nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Label, Row, and_, false, or_

from engine import secrets
from engine.deadlines import status_at
from engine.errors import CprInvalid
from engine.model import Actor, Deadline, DeadlineStatus, Json
from engine.seals import cpr_place, name_place
from engine.store import Store
from engine.tables import case, citizen
from engine.versions import newest_of


def rules(now: datetime) -> Label[int]:
    """Beside a case, `rules_id`: the version that came into force last in its agreement and holds the settings."""
    return newest_of(case.c.agreement, now).label("rules_id")


def saw(
    store: Store,
    actor: Actor,
    what: str,
    *,
    now: datetime,
    citizen: int | None,
    case: int | None,
    instance: int | None = None,
    task: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Note that the actor saw something of this citizen; None: of a case that is about nobody."""
    with store.write() as db:
        store.chains.record(
            db,
            now=now,
            actor=actor,
            what=what,
            citizen=citizen,
            case=case,
            instance=instance,
            task=task,
            facts=_through(actor, case, facts),
        )


def lent_to(actor: Actor, case_id: int) -> Json | None:
    """What of this case is lent to the actor: `{emergency, until, instance}`, the longest of it."""
    found = max(
        (it for it in actor.lent if it.case == case_id), key=lambda it: it.until, default=None
    )
    if found is None:
        return None
    return {"emergency": found.unit is None, "until": found.until, "instance": found.instance}


def _through(
    actor: Actor, case_id: int | None, facts: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """The facts of a look, with the loan that it was taken with."""
    with_ = [it.id for it in actor.lent if it.case == case_id]
    return {**(facts or {}), "loan": with_[-1]} if with_ else facts


def saw_list(
    store: Store, actor: Actor, what: str, citizens: Iterable[int | None], *, now: datetime
) -> None:
    """Note a list with citizens' names: one entry, whose facts name them all; none for a list of nobody."""
    shown = sorted({each for each in citizens if each is not None})
    if not shown:
        return
    with store.write() as db:
        store.chains.record(
            db,
            now=now,
            actor=actor,
            what=what,
            citizen=shown[0] if len(shown) == 1 else None,
            facts={"citizens": shown},
        )


def name_of(store: Store, row: Row[Any]) -> str | None:
    """The citizen's name, None where the case is about nobody; `row` has `citizen_name` and `cpr_index`."""
    if row.cpr_index is None:
        return None
    return store.keyring.open(row.citizen_name, name_place(row.cpr_index))


def citizen_of(store: Store, row: Row[Any]) -> Json | None:
    """`{name, cpr}`, None where the case is about nobody; `row` has `citizen_name`, `citizen_cpr` and `cpr_index`."""
    if row.cpr_index is None:
        return None
    digits = store.keyring.open(row.citizen_cpr, cpr_place(row.cpr_index))
    return {"name": name_of(store, row), "cpr": secrets.show_cpr(digits)}


def called(store: Store, text: str) -> ColumnElement[bool]:
    """Which rows of `citizen` have this CPR number or whole name; both are found by their index alone."""
    by_name = citizen.c.name_index.in_(store.keyring.indexes("citizen.name", text))
    if not is_cpr(text):
        return by_name
    found = store.keyring.indexes("citizen.cpr", secrets.cpr(text))
    return or_(by_name, citizen.c.cpr_index.in_(found))


def is_cpr(text: str) -> bool:
    """Whether it is a CPR number, as people write it."""
    try:
        secrets.cpr(text)
    except CprInvalid:
        return False
    return True


def numbered(text: str) -> ColumnElement[bool]:
    """Which rows of `case` that are about nobody have this number."""
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        return false()
    return and_(case.c.id == int(digits), case.c.subject != "citizen")


def title(store: Store, db: Connection, agreement: str, rules_id: int | None) -> str:
    """The agreement's title, from one of its deployed versions."""
    return agreement if rules_id is None else store.pathway(db, rules_id).plan.agreement.title


def standing(row: Mapping[Any, Any], now: datetime) -> DeadlineStatus:
    """How a row of `deadline` stands at `now`."""
    paused = tuple(
        (datetime.fromisoformat(a), datetime.fromisoformat(b) if b else None)
        for a, b in row["paused"]
    )
    names = (
        "ref", "element", "process", "clause", "party", "frist", "started_at", "due_at", "reminder_at", "overdue_at",
        "met_at", "cancelled_at",
    )  # fmt: skip
    facts = {name: row[name] for name in names}
    return status_at(Deadline(**facts, task_ref=None, paused=paused), now)
