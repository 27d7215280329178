"""Who saw or changed what about one citizen: the report behind the citizen's right of access.

A unit answers for its own people, so whoever looks after that in a unit (`engine.access.inspected`) reads what the
unit's people did, and what the machine and the house's operators did on the cases that the unit is a party of.  What
other units did, and that they are there at all, is theirs to tell; the installation's command line reads all of it.

A list with several names is one entry that names all its citizens in its facts; it is found there.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from engine import access, secrets
from engine.calendar import COPENHAGEN
from engine.errors import Forbidden, Invalid, NotFound
from engine.model import Actor, Json
from engine.queries.looks import saw
from engine.queries.paging import CursorInvalid, Page
from engine.store import Store
from engine.tables import audit, case, case_party, citizen, loan, membership, person, unit

#: Facts that a report may show: codes, numbers and moments.  The others are marks of sealed texts.
_SHOWN = (
    "element",
    "to",
    "of",
    "agreement",
    "message",
    "name",
    "pathway",
    "days",
    "document",
    "version",
    "format",
)


def seen(
    store: Store,
    actor: Actor,
    *,
    citizen_id: int | None = None,
    case_id: int | None = None,
    after: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Page:
    """Newest first: `{at, what, by, units, on_behalf, case, instance, task, others, facts}`.

    One of `citizen_id` and `case_id` says whom it is about; a case stands for its citizen, one about nobody for
    itself.  `by` is `{login, name}`, or None for the machine; `others` counts who else stood in the same list.  Asking
    is itself noted.
    """
    units = access.inspected(actor)
    if actor.id and not units:
        raise Forbidden("Only who looks after data protection in a unit may ask who saw what.")
    with store.read() as db:
        about = _citizen(db, units if actor.id else None, citizen_id, case_id)
        cases = _cases(db, units if actor.id else None, about) if about else [case_id or 0]
    saw(store, actor, "saw_audit", now=now, citizen=about, case=next(iter(cases), None))
    which = _about(about) if about else audit.c.case_id == case_id
    wanted = select(audit).where(which, audit.c.seq > 0)
    if actor.id:
        wanted = wanted.where(_theirs(units, cases))
    place = (audit.c.at, audit.c.chain, audit.c.seq)
    if after is not None:
        last = (
            literal(value, column.type) for value, column in zip(_read(after), place, strict=True)
        )
        wanted = wanted.where(tuple_(*place) < tuple_(*last))
    with store.read() as db:
        rows = db.execute(
            wanted.order_by(*(column.desc() for column in place)).limit(limit + 1)
        ).all()
        shown = rows[:limit]
        people = _people(db, shown)
        worked = _worked(db, people)
    items = [_entry(row, people, worked, about) for row in shown]
    return Page(items, _cursor(shown[-1]) if len(rows) > limit else None)


def citizen_with(store: Store, cpr: str) -> int:
    """The citizen's number; raises `CprInvalid`, or `NotFound` where nobody has that CPR number."""
    indexes = store.keyring.indexes("citizen.cpr", secrets.cpr(cpr))
    with store.read() as db:
        found = db.scalar(select(citizen.c.id).where(citizen.c.cpr_index.in_(indexes)))
    if found is None:
        raise NotFound("There is no citizen with that CPR number here.")
    return int(found)


# ---- whom it is about, and what of it is theirs --------------------------------------------
def _citizen(
    db: Connection, units: frozenset[int] | None, citizen_id: int | None, case_id: int | None
) -> int | None:
    if (citizen_id is None) == (case_id is None):
        raise Invalid("Say either which citizen or which case.")
    if citizen_id is not None:
        return citizen_id
    asked = select(case.c.citizen_id).where(case.c.id == case_id)
    if units is not None:
        asked = asked.where(_party(units))
    found = db.execute(asked).first()
    if found is None:
        raise NotFound
    whom: int | None = found.citizen_id
    return whom


def _cases(db: Connection, units: frozenset[int] | None, about: int) -> list[int]:
    """The citizen's cases that these units are parties of (None: all); raises `NotFound` where there are none.

    Who reads all may ask of a citizen whose cases are erased, as long as his name is kept for it.
    """
    asked = select(case.c.id).where(case.c.citizen_id == about).order_by(case.c.id)
    if units is not None:
        asked = asked.where(_party(units))
    found = list(db.scalars(asked))
    named = units is None and db.scalar(select(citizen.c.id).where(citizen.c.id == about))
    if not found and not named:
        raise NotFound
    return found


def _party(units: frozenset[int]) -> ColumnElement[bool]:
    return exists().where(
        case_party.c.case_id == case.c.id,
        case_party.c.unit_id.in_(units),
        case_party.c.joined_at.is_not(None),
    )


def _about(number: int) -> ColumnElement[bool]:
    """Entries of this citizen, and lists of several that name him: `{"citizens":[3,17,40]}`."""
    facts = audit.c.facts
    places = (f"[{number}]", f"[{number},", f",{number},", f",{number}]")
    listed = and_(
        audit.c.citizen_id.is_(None),
        facts.startswith('{"citizens":['),
        or_(*(facts.contains(place, autoescape=True) for place in places)),
    )
    return or_(audit.c.citizen_id == number, listed)


def _theirs(units: frozenset[int], cases: list[int]) -> ColumnElement[bool]:
    """By who worked in one of the units that day; on one of these cases by the house, and with what was lent."""
    day = func.date(audit.c.at)
    worked = exists().where(
        membership.c.person_id == audit.c.person_id,
        membership.c.unit_id.in_(units),
        func.date(membership.c.valid_from) <= day,
        or_(membership.c.valid_to.is_(None), func.date(membership.c.valid_to) >= day),
    )
    operates = exists().where(
        membership.c.person_id == audit.c.person_id, membership.c.role == access.OPERATOR
    )
    house = and_(audit.c.case_id.in_(cases), or_(audit.c.person_id == 0, operates))
    # What a unit lent is its own to tell; an emergency concerns every party.
    borrowed = exists().where(
        loan.c.person_id == audit.c.person_id,
        loan.c.case_id == audit.c.case_id,
        loan.c.case_id.in_(cases),
        or_(loan.c.unit_id.is_(None), loan.c.unit_id.in_(units)),
        loan.c.begins_at <= audit.c.at,
        loan.c.ends_at > audit.c.at,
    )
    return or_(worked, house, borrowed)


# ---- how an entry is shown -----------------------------------------------------------------
def _people(db: Connection, rows: Any) -> dict[int, Any]:
    numbers = {n for row in rows for n in (row.person_id, row.on_behalf) if n}
    found = select(person.c.id, person.c.login, person.c.name).where(person.c.id.in_(numbers))
    return {row.id: row for row in db.execute(found).all()}


def _worked(db: Connection, people: dict[int, Any]) -> dict[int, list[Row[Any]]]:
    asked = (
        select(membership, unit.c.name.label("unit_name"))
        .join(unit, unit.c.id == membership.c.unit_id)
        .where(membership.c.person_id.in_(people))
        .order_by(unit.c.name)
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in db.execute(asked):
        found.setdefault(row.person_id, []).append(row)
    return found


def _entry(
    row: Row[Any], people: dict[int, Any], worked: dict[int, list[Row[Any]]], about: int | None
) -> Json:
    day = row.at.astimezone(COPENHAGEN).date()
    units = [
        each.unit_name
        for each in worked.get(row.person_id, [])
        if each.valid_from <= day and (each.valid_to is None or each.valid_to >= day)
    ]
    facts = json.loads(row.facts)
    return {
        "at": row.at,
        "what": row.what,
        "by": _named(people, row.person_id),
        "units": list(dict.fromkeys(units)),
        "on_behalf": _named(people, row.on_behalf),
        "case": row.case_id,
        "instance": row.instance_id,
        "task": row.task_id,
        "others": len(set(facts.get("citizens", [about])) - {about}),
        "facts": {name: facts[name] for name in _SHOWN if name in facts},
    }


def _named(people: dict[int, Any], number: int | None) -> Json | None:
    if not number:
        return None
    who = people.get(number)
    return {"login": who.login, "name": who.name} if who else {"login": str(number), "name": ""}


# ---- where a page ends ---------------------------------------------------------------------
def _cursor(row: Row[Any]) -> str:
    text = json.dumps([row.at.astimezone(UTC).isoformat(), row.chain, row.seq])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(after: str) -> tuple[datetime, str, int]:
    try:
        text = base64.b64decode(after + "=" * (-len(after) % 4), b"-_", validate=True)
        at, chain, seq = json.loads(text)
        moment = datetime.fromisoformat(at).astimezone(UTC)
        if type(chain) is not str or "\0" in chain or type(seq) is not int or abs(seq) >= 2**31:
            raise ValueError
        chain.encode()
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as exc:
        sentence = "There is no such place in this list."
        raise CursorInvalid(fields={"after": sentence}) from exc
    return moment, chain, seq
