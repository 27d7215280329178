"""How a pathway is walked: how often each element is come to, how long one stays there, how often its date is missed.

    heat(store, actor, "midtjylland-planrunde", since=…, now=…)

From the stored history, of the instances that began in a period; two versions beside each other.  Counts and medians
alone: nothing of a case.  At most `MOST` instances of a version are read, the newest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select

from engine import access
from engine.errors import Forbidden, NotFound
from engine.model import Actor, Json
from engine.queries.directory import by_lane, in_use, versions
from engine.queries.lists import is_overdue
from engine.store import Store
from engine.tables import deadline, history, instance

#: Instances of one version that are read.
MOST = 2000
#: How an element is left.
_LEFT = ("completed", "cancelled", "caught", "fired")
NOTHING: Json = {"count": 0, "open": 0, "median": None, "dated": 0, "missed": 0}


def heat(
    store: Store,
    actor: Actor,
    key: str,
    agreement: str | None = None,
    *,
    version: int | None = None,
    beside: int | None = None,
    since: datetime | None = None,
    now: datetime,
) -> Json:
    """`{key agreement agreement_title name version beside known bpmn sides items}`; raises `NotFound`.

    `items` are the elements of `version` and then those that only `beside` has: `{id name kind lane version beside}`,
    both `{count open median dated missed}` or None: times come to, still there, the median of the seconds that it took,
    dates that were due, and those of them that were missed.  `sides` `[{version instances more}]`: how many instances
    of each were read, and whether there are more.  `known` as in `versions`.  Left out: the version in force, and all
    times.

    For operators and designers.
    """
    if not (access.may_operate(actor) or access.may_deploy(actor)):
        raise Forbidden
    known = versions(store, actor, key, agreement, now=now)
    mine = [each for each in known if each["agreement"] == known[0]["agreement"]]
    ids = {each["version"]: each["id"] for each in mine}
    number = version or in_use(mine)["version"]
    if number not in ids or (beside is not None and beside not in ids):
        raise NotFound
    asked = [number] + ([beside] if beside is not None and beside != number else [])
    with store.read() as db:
        drawn = {each: store.pathway(db, ids[each]) for each in asked}
        found = {each: _walked(db, store, ids[each], key, since, now) for each in asked}
        instances = {each: _how_many(db, ids[each], since) for each in asked}
    names = {each: {one["id"]: one for one in _elements(drawn[each])} for each in asked}
    elements = {id_: one for each in asked for id_, one in names[each].items()}
    other = asked[1] if len(asked) > 1 else None
    return {
        **{name: mine[0][name] for name in ("key", "name", "agreement", "agreement_title")},
        "version": number,
        "beside": other,
        "known": mine,
        "bpmn": drawn[number].source.bpmn,
        "sides": [
            {
                "version": each,
                "instances": min(instances[each], MOST),
                "more": instances[each] > MOST,
            }
            for each in asked
        ],
        "items": [
            {
                **names[number].get(id_, one),
                "version": found[number].get(id_, NOTHING) if id_ in names[number] else None,
                "beside": found[other].get(id_, NOTHING) if other and id_ in names[other] else None,
            }
            for id_, one in elements.items()
        ],
    }


def _elements(found: Any) -> Iterable[Json]:
    for lane, rows in by_lane(found):
        for one in rows:
            yield {"id": one["id"], "name": one["name"], "kind": one["kind"], "lane": lane}


def _chosen(pathway_id: int, since: datetime | None) -> Select[Any]:
    """The instances of the version that began last; one more than are read says that there are more."""
    asked = select(instance.c.id, instance.c.case_id).where(instance.c.pathway_id == pathway_id)
    if since is not None:
        asked = asked.where(instance.c.started_at >= since)
    return asked.order_by(instance.c.started_at.desc(), instance.c.id.desc())


def _how_many(db: Connection, pathway_id: int, since: datetime | None) -> int:
    some = _chosen(pathway_id, since).limit(MOST + 1).subquery()
    return int(db.scalar(select(func.count()).select_from(some)) or 0)


def _walked(
    db: Connection, store: Store, pathway_id: int, key: str, since: datetime | None, now: datetime
) -> dict[str, Json]:
    """What happened at each element."""
    some = _chosen(pathway_id, since).limit(MOST).cte("some")
    found: dict[str, Json] = {}
    for row in db.execute(_counted(some, key)):
        # A border or a message that is caught is not entered first.
        count = max(row.entered, row.left)
        found[row.element] = {**NOTHING, "count": count, "open": max(row.entered - row.left, 0)}
    for row in db.execute(_medians(some, key, sqlite=store.sqlite)):
        found[row.element]["median"] = round(float(row.median), 1)
    for row in db.execute(_dated(some, key, now)):
        found.setdefault(row.element, dict(NOTHING)).update(dated=row.dated, missed=row.missed)
    return found


def _happened(some: Any) -> Any:
    # Along the index of a case's history.
    return and_(history.c.case_id == some.c.case_id, history.c.instance_id == some.c.id)


def _counted(some: Any, key: str) -> Select[Any]:
    entered = func.sum(case((history.c.what == "entered", 1), else_=0))
    left = func.sum(case((history.c.what.in_(_LEFT), 1), else_=0))
    return (
        select(history.c.element, entered.label("entered"), left.label("left"))
        .join_from(some, history, _happened(some))
        .where(history.c.process == key, history.c.what.in_(("entered", *_LEFT)))
        .group_by(history.c.element)
    )


def _medians(some: Any, key: str, *, sqlite: bool) -> Select[Any]:
    """The n-th time that an instance came to an element (and party) belongs to the n-th time that it left."""
    is_in = history.c.what == "entered"
    # Of the others it is not written down who has them before they are done.
    party = case((history.c.kind == "userTask", history.c.party), else_="").label("party")
    same = (history.c.instance_id, history.c.element, party)
    nth = func.row_number().over(partition_by=(*same, is_in), order_by=(history.c.at, history.c.id))
    done = history.c.what.in_([what for what in _LEFT if what != "cancelled"])
    seen = (
        select(
            *same, nth.label("nth"),
            case((is_in, history.c.at)).label("came"), case((done, history.c.at)).label("left"),
        )
        .join_from(some, history, _happened(some))
        .where(history.c.process == key, history.c.what.in_(("entered", *_LEFT)))
        .cte("seen")
    )  # fmt: skip
    came, left = func.min(seen.c.came), func.min(seen.c.left)
    took = (
        (func.julianday(left) - func.julianday(came)) * 86400
        if sqlite
        else func.date_part("epoch", left - came)
    )
    times = (
        select(seen.c.element, took.label("took"))
        .group_by(seen.c.instance_id, seen.c.element, seen.c.party, seen.c.nth)
        .having(came.is_not(None), left.is_not(None))
        .cte("times")
    )
    if not sqlite:
        middle = func.percentile_cont(0.5).within_group(times.c.took)
        return select(times.c.element, middle.label("median")).group_by(times.c.element)
    place = func.row_number().over(partition_by=times.c.element, order_by=times.c.took)
    count = func.count().over(partition_by=times.c.element)
    ranked = select(times.c.element, times.c.took, place.label("place"), count.label("n")).cte()
    # The middle one, or the two around the middle.
    return (
        select(ranked.c.element, func.avg(ranked.c.took).label("median"))
        .where((2 * ranked.c.place).between(ranked.c.n, ranked.c.n + 2))
        .group_by(ranked.c.element)
    )


def _dated(some: Any, key: str, now: datetime) -> Select[Any]:
    """Dates that were met, late or are overdue; what is still running has not missed anything."""
    late = is_overdue(now) | (deadline.c.status == "late")
    missed = func.sum(case((late, 1), else_=0))
    return (
        select(deadline.c.element, func.count().label("dated"), missed.label("missed"))
        .join_from(some, deadline, deadline.c.instance_id == some.c.id)
        .where(deadline.c.process == key, late | (deadline.c.status == "met"))
        .group_by(deadline.c.element)
    )
