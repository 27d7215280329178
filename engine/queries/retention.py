"""How long cases are still kept: what is past its term, and why the rest stays.  Numbers and rules, no citizen."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import func, select

from engine import access
from engine.errors import Forbidden, NotFound
from engine.keeping import WHY, Standing, rules_of, standings
from engine.model import Actor, Json
from engine.store import Store
from engine.tables import case


def retention(store: Store, actor: Actor, case_id: int | None = None, *, now: datetime) -> Json:
    """`{items, totals}`: what is past its term, kind by kind; of one case every kind, past it or not.

    Each item is `{case agreement kind last_entry_at due_at why months ground}`, `why` as in `engine.keeping.WHY`
    ("": it may be erased); `due_at`, `months` and `ground` are None without a rule.  `totals`: `{agreement cases due
    running …}`, each case counted once by what holds for its frame (`sag`).
    """
    if not access.may_operate(actor):
        raise Forbidden("Only operators see how long cases are kept.")
    with store.read() as db:
        if case_id is not None:
            items = [_item(each) for each in standings(store, db, now, case_id)]
            if not items:
                raise NotFound
            return {"items": items, "totals": []}
        counted = select(case.c.agreement, func.count()).group_by(case.c.agreement)
        cases: dict[str, int] = {row[0]: row[1] for row in db.execute(counted)}
        without = {name for name in cases if "sag" not in rules_of(store, db, now).get(name, {})}
        found = [each for each in standings(store, db, now) if _past(each, now)]
    whole: dict[str, Counter[str]] = {name: Counter() for name in cases}
    for each in found:
        if each.kind == "sag":
            whole[each.agreement][each.why] += 1
    totals = [_total(name, cases[name], whole[name], name in without) for name in sorted(cases)]
    return {"items": [_item(each) for each in found], "totals": totals}


def _past(each: Standing, now: datetime) -> bool:
    return each.due_at is not None and each.due_at <= now


def _total(agreement: str, cases: int, past: Counter[str], without: bool) -> Json:
    counts = {why or "due": past[why] for why in WHY}
    rest = cases - sum(past.values())
    counts["no_rule" if without else "not_yet"] += rest
    return {"agreement": agreement, "cases": cases, **counts}


def _item(each: Standing) -> Json:
    rule = each.rule
    return {
        "case": each.case,
        "agreement": each.agreement,
        "kind": each.kind,
        "last_entry_at": each.last,
        "due_at": each.due_at,
        "why": each.why,
        "months": rule.months if rule else None,
        "ground": rule.ground if rule else None,
    }
