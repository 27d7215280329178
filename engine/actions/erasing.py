"""What is past its term is erased: every row of the case, and at last the citizen; what stays is a tombstone.

    erase_due (store, dry_run=…, now=…)                  what the agreements' rules say; also the worker's daily job
    erase     (store, operator, case, because, dry_run=…, now=…)   one case before its term, by order

A case is one transaction: its rows (`engine/owned.py`), a row of `erasure` and an audit entry.  Cut off anywhere, the
next run goes on with the cases that are left.  The log keeps its entries, so the chain stays whole; once the citizen's
row is gone too, the numbers in them are nobody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from engine.actions.watching import claimed
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.keeping import Standing, held, rules_of, running, standings
from engine.model import MACHINE, Actor, Json
from engine.owned import OWNED
from engine.retention import due
from engine.seals import batch_place
from engine.store import Store
from engine.tables import batch, batch_item, case, citizen, erasure, hold

#: Why: the term is over; opened by mistake; the citizen asked (GDPR art. 17); a court or an authority decided.
BECAUSE = ("frist", "fejl", "anmodning", "afgoerelse")
#: So often the worker looks, where it may erase.
DAILY = timedelta(days=1)
#: What a field can be told here; for the catalogue.
FIELDS = {"because": "Say why: fejl, anmodning or afgoerelse."}


@dataclass(frozen=True, slots=True)
class Erased:
    """What went, or in a dry run would go: rows by table.  `case` None: the citizen's name and number."""

    case: int | None
    #: None: the case was about nobody.
    citizen: int | None
    agreement: str
    kind: str
    because: str
    rows: dict[str, int]


def erase_daily(store: Store, *, now: datetime) -> int:
    """What is due, where no process has looked today; how many cases and citizens it was."""
    with store.write() as db:
        mine = claimed(db, "erase", now, DAILY)
    return len(erase_due(store, now=now)) if mine else 0


def erase_due(store: Store, *, dry_run: bool = False, now: datetime) -> list[Erased]:
    """Erase whatever is past its term and held by nobody, case by case."""
    with store.read() as db:
        cases = sorted({each.case for each in standings(store, db, now) if each.why == ""})
    gone = [each for number in cases for each in _case(store, number, dry_run, now)]
    gone += [each for number in _left_over(store) for each in _citizen(store, number, dry_run, now)]
    if gone and not dry_run:
        store.compact()
    return gone


def erase(
    store: Store, actor: Actor, case_id: int, because: str, *, dry_run: bool = False, now: datetime
) -> list[Erased]:
    """Erase one case now, whatever its term; raises `Conflict` while a pathway runs on it or somebody holds it."""
    if actor.id:
        raise Forbidden("Only the command line erases a case before its term.")
    if because not in BECAUSE[1:]:
        raise Invalid(fields={"because": FIELDS["because"]})
    with store.write() as db:
        whole = _locked(store, db, case_id, now).get("sag")
        if whole is None:
            raise NotFound
        if whole.why == "held":
            raise Conflict("The case is held back from erasure. Lift the hold first.")
        if running(db, [case_id]):
            raise Conflict("A pathway runs on the case. End it first.")
        gone = [_erased(db, store, actor, whole, because, dry_run, now)]
        gone += _forgotten(db, store, whole.citizen, because, case_id, dry_run, now)
    if not dry_run:
        store.compact()
    return gone


# ---- one transaction -----------------------------------------------------------------------
def _case(store: Store, case_id: int, dry_run: bool, now: datetime) -> Iterator[Erased]:
    """What of the case is due now; looked at again with the case locked, for somebody may have written since."""
    with store.write() as db:
        found = _locked(store, db, case_id, now)
        ready = [each for each in found.values() if each.why == "" and each.kind != "log"]
        whole = found.get("sag")
        if whole in ready:
            ready = [whole]
        gone = [_erased(db, store, MACHINE, each, "frist", dry_run, now) for each in ready]
        if whole in ready:
            gone += _forgotten(db, store, whole.citizen, "frist", case_id, dry_run, now)
    yield from (each for each in gone if each.rows)


def _citizen(store: Store, number: int, dry_run: bool, now: datetime) -> list[Erased]:
    with store.write() as db:
        return _forgotten(db, store, number, "frist", None, dry_run, now)


def _locked(store: Store, db: Connection, case_id: int, now: datetime) -> dict[str, Standing]:
    db.execute(select(case.c.id).where(case.c.id == case_id).with_for_update())
    return {each.kind: each for each in standings(store, db, now, case_id)}


def _erased(
    db: Connection,
    store: Store,
    actor: Actor,
    of: Standing,
    because: str,
    dry_run: bool,
    now: datetime,
) -> Erased:
    """Every row of that kind; of the frame, whatever is left of the case."""
    rows: dict[str, int] = {}
    batches = select(batch_item.c.batch_id).where(_condition("batch_item", of.case)).distinct()
    acts = list(db.scalars(batches)) if of.kind == "sag" else []
    for each in OWNED:
        if of.kind not in ("sag", each.kind):
            continue
        if count := _gone(db, each.table, each.of([of.case]), dry_run):
            rows[each.table.name] = count
    if acts and not dry_run:
        _silence(db, store, acts)
    told = Erased(of.case, of.citizen, of.agreement, of.kind, because, rows)
    if rows and not dry_run:
        rule = of.rule if because == "frist" else None
        _noted(db, store, actor, told, of.last, rule, now)
    return told


def _gone(db: Connection, table: Any, which: Any, dry_run: bool) -> int:
    if dry_run:
        return int(db.scalar(select(func.count()).select_from(table).where(which)) or 0)
    return int(db.execute(delete(table).where(which)).rowcount)


def _condition(table: str, case_id: int) -> Any:
    return next(each.of([case_id]) for each in OWNED if each.table.name == table)


def _silence(db: Connection, store: Store, numbers: list[int]) -> None:
    """Acts on many that had an instance of the case: what was written of them goes, and they with their last one."""
    for row in db.execute(select(batch).where(batch.c.id.in_(numbers))).all():
        blank = store.keyring.seal("–", batch_place(row.person_id, row.at))
        db.execute(update(batch).where(batch.c.id == row.id).values(reason=blank))
    empty = (batch.c.id.in_(numbers), ~exists().where(batch_item.c.batch_id == batch.c.id))
    undoing = batch.alias("undoing")
    db.execute(delete(batch).where(*empty, batch.c.undoes_id.is_not(None)))
    db.execute(delete(batch).where(*empty, ~exists().where(undoing.c.undoes_id == batch.c.id)))


# ---- the citizen ---------------------------------------------------------------------------
def _left_over(store: Store) -> list[int]:
    """Citizens without a case, whom the log still names."""
    without = ~exists().where(case.c.citizen_id == citizen.c.id)
    with store.read() as db:
        return list(db.scalars(select(citizen.c.id).where(without).order_by(citizen.c.id)))


def _forgotten(
    db: Connection,
    store: Store,
    number: int | None,
    because: str,
    without: int | None,
    dry_run: bool,
    now: datetime,
) -> list[Erased]:
    """The citizen himself, where no case is left (beside `without`) and the log need not name him any longer."""
    if number is None:
        return []
    db.execute(select(citizen.c.id).where(citizen.c.id == number).with_for_update())
    others = select(func.count()).where(case.c.citizen_id == number, case.c.id != (without or 0))
    if db.scalar(others) or held(db, [number], now):
        return []
    ends = _log_ends(db, store, number, without, because, now)
    if ends is None or ends[0] > now:
        return []
    told = Erased(None, number, ends[1], "log", because, {})
    told.rows.update(
        {
            table.name: count
            for table, which in (
                (hold, (hold.c.citizen_id == number) & hold.c.case_id.is_(None)),
                (citizen, citizen.c.id == number),
            )
            if (count := _gone(db, table, which, dry_run))
        }
    )
    if told.rows and not dry_run:
        rule = rules_of(store, db, now).get(ends[1], {}).get("log") if because == "frist" else None
        _noted(db, store, MACHINE, told, ends[2], rule, now)
    return [told] if told.rows else []


def _log_ends(
    db: Connection, store: Store, number: int, ready: int | None, because: str, now: datetime
) -> tuple[datetime, str, datetime] | None:
    """When the log's term ends, by which agreement, and the last entry; None: never.  An order waits for nothing."""
    asked = select(erasure).where(erasure.c.citizen_id == number, erasure.c.kind == "sag")
    gone = [(row.last_entry_at, row.agreement, row.because) for row in db.execute(asked)]
    if ready is not None:
        # In a dry run the case is still there, and its tombstone is not.
        gone += [(each.last, each.agreement, because) for each in standings(store, db, now, ready)]
    known = rules_of(store, db, now)
    found = []
    for last, agreement, why in gone:
        rule = known.get(agreement, {}).get("log")
        if why == "frist" and rule is None:
            return None
        ends = due(last, rule) if rule and why == "frist" else now
        found.append((ends, agreement, last))
    return max(found, default=None)


def _noted(
    db: Connection,
    store: Store,
    actor: Actor,
    told: Erased,
    last: datetime,
    rule: Any,
    now: datetime,
) -> None:
    """The tombstone, and the entry in the log."""
    row: Json = {
        "at": now,
        "person_id": actor.id,
        "citizen_id": told.citizen,
        "case_id": told.case,
        "agreement": told.agreement,
        "kind": told.kind,
        "because": told.because,
        "months": rule.months if rule else None,
        "ground": rule.ground if rule else "",
        "last_entry_at": last,
        "rows": told.rows,
    }
    number = db.execute(insert(erasure).values(**row).returning(erasure.c.id)).scalar_one()
    facts = {
        "erasure": number,
        "kind": told.kind,
        "because": told.because,
        "rows": sum(told.rows.values()),
    }
    store.chains.record(
        db,
        now=now,
        actor=actor,
        what="erased",
        citizen=told.citizen,
        case=told.case,
        facts=facts,
    )
