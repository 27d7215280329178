"""Everything that is held about one citizen, for his right of access (GDPR art. 15).

A unit is a controller of its own: who answers for one gets what that unit sees, by the same rules as everywhere
(`engine/access.py`), and who of its people looked.  The command line gets all of it.  Numbers that look like another's
CPR number are left out of every text; other citizens never stand here, for every row hangs on this citizen's cases.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine import access
from engine.documents import sections
from engine.errors import Forbidden, NotFound
from engine.model import Actor, Json
from engine.owned import OWNED
from engine.pathway import Pathway
from engine.queries.looks import citizen_of, rules, saw, title
from engine.queries.parts import PARTS, told
from engine.queries.post import in_words, text_of
from engine.queries.seen import seen
from engine.seals import file_place
from engine.store import Store
from engine.tables import attachment, case, citizen, instance, membership, pathway, person, unit

_CPR = re.compile(r"(?<!\d)\d{6}[ –-]?\d{4}(?!\d)")
_LEFT_OUT = "[andet CPR-nummer udeladt]"
_OF = {each.table: each.of for each in OWNED}


def own_data(
    store: Store,
    actor: Actor,
    *,
    citizen_id: int | None = None,
    case_id: int | None = None,
    names: bool = True,
    now: datetime,
) -> tuple[Json, dict[str, bytes]]:
    """`({made_at, scope, citizen, cases, looks}, files)`: all of it as JSON values, and the attached files by name.

    One of `citizen_id` and `case_id`.  `scope`: the units whose it is, [] for all.  A case has `id agreement
    agreement_title grounds` and `parts`: table → rows (`engine/queries/parts.py`).  `looks` as in `seen`.  Without
    `names` nobody of the staff is named.  Asking is itself noted.
    """
    me = _who(actor)
    with store.read() as db:
        row = _citizen(db, me, citizen_id, case_id, now)
        units = {each.id: each.name for each in db.execute(select(unit.c.id, unit.c.name))}
        people = _people(db, me) if names else {}
        about = citizen_of(store, row)
        assert about is not None
        cases, files = [], {}
        for each in _cases(db, me, row.id, now):
            cases.append(_case(store, db, me, each, units, people))
            files.update(_files(store, db, me, each.id))
    first = cases[0]["id"] if cases else None
    saw(store, actor, "own_data", now=now, citizen=row.id, case=first, facts={"cases": len(cases)})
    found = {
        "made_at": now,
        "scope": _scope(cases, me, units),
        "citizen": about,
        "cases": cases,
        "looks": list(_looks(store, actor, row.id, names, now)),
    }
    clean: Json = _cleaned(found, about["cpr"])
    return clean, files


def _scope(cases: list[Json], me: Actor, units: Mapping[int, str]) -> list[str]:
    """The person's units that are parties of the cases; of all there is no need to name them."""
    mine = {units[number] for number in me.units}
    there = {each["unit"] for one in cases for each in one["parts"]["case_party"]}
    return sorted(mine & there) if me.id else []


# ---- who asks, and about whom --------------------------------------------------------------
def _who(actor: Actor) -> Actor:
    """The person in the units for which he answers, and with nothing lent."""
    if actor.id == 0:
        return actor
    mine = access.inspected(actor)
    if not mine:
        raise Forbidden("Only who looks after data protection in a unit may get a citizen's data.")
    kept = tuple(each for each in actor.memberships if each.unit in mine)
    return replace(actor, memberships=kept, lent=(), stands_in=())


def _citizen(
    db: Connection, me: Actor, citizen_id: int | None, case_id: int | None, now: datetime
) -> Any:
    asked = select(
        citizen.c.id,
        citizen.c.name.label("citizen_name"),
        citizen.c.cpr.label("citizen_cpr"),
        citizen.c.cpr_index,
    )
    if case_id is not None:
        about = select(case.c.citizen_id).where(case.c.id == case_id, access.visible_cases(me))
        asked = asked.where(citizen.c.id.in_(about))
    else:
        asked = asked.where(citizen.c.id == citizen_id)
    row = db.execute(asked).first()
    if row is None or (me.id and not _cases(db, me, row.id, now)):
        raise NotFound
    return row


def _cases(db: Connection, me: Actor, about: int, now: datetime) -> list[Any]:
    asked = select(case.c.id, case.c.agreement, rules(now)).order_by(case.c.id)
    return list(db.execute(asked.where(case.c.citizen_id == about, access.visible_cases(me))))


def _people(db: Connection, me: Actor) -> dict[int, str]:
    """Whom one may name: everybody's own people, as everywhere."""
    asked = select(person.c.id, person.c.name)
    if me.id:
        ours = select(membership.c.person_id).where(membership.c.unit_id.in_(me.units))
        asked = asked.where(person.c.id.in_(ours))
    return {row.id: row.name for row in db.execute(asked)}


# ---- one case ------------------------------------------------------------------------------
def _case(
    store: Store,
    db: Connection,
    me: Actor,
    row: Any,
    units: Mapping[int, str],
    people: Mapping[int, str],
) -> Json:
    walked = _walked(store, db, row.id)
    parts: dict[str, list[Json]] = {}
    for table, which in PARTS.items():
        asked = select(table).where(_OF[table]([row.id]), which(me))
        order = list(table.primary_key.columns)
        rows = [
            told(store.keyring, table, each, units, people)
            for each in db.execute(asked.order_by(*order))
        ]
        parts[table.name] = rows
    if me.id:
        parts["consent"] = _ours(parts, me, units)
    for each in (*parts["answer"], *parts["task"], *parts["message"], *parts["deadline"]):
        _say(each, walked.get(each["instance"]))
    for each in parts["instance"]:
        each["name"] = walked[each["id"]].name
    kinds = {each["id"]: each["kind"] for each in parts["plan"]}
    settings = store.pathway(db, row.rules_id).plan.agreement if row.rules_id else None
    known = settings.documents if settings else {}
    for each in parts["plan_version"]:
        kind = kinds[each["plan"]]
        named = known[kind].title if kind in known else kind
        each["title"] = f"{named}, udgave {each['number']}"
        each["content"] = [
            {"title": group["title"], "fields": {f["label"]: f["text"] for f in group["fields"]}}
            for group in sections(each["content"])
        ]
    rules = settings.retention if settings else {}
    return {
        "id": row.id,
        "agreement": row.agreement,
        "agreement_title": title(store, db, row.agreement, row.rules_id),
        "kept": {
            each.kind: {"months": each.months, "ground": each.ground} for each in rules.values()
        },
        "parts": parts,
    }


def _walked(store: Store, db: Connection, case_id: int) -> dict[int, Pathway]:
    asked = (
        select(instance.c.id, pathway.c.id.label("pathway"))
        .join(pathway, pathway.c.id == instance.c.pathway_id)
        .where(instance.c.case_id == case_id)
    )
    return {row.id: store.pathway(db, row.pathway) for row in db.execute(asked)}


def _ours(parts: Mapping[str, list[Json]], me: Actor, units: Mapping[int, str]) -> list[Json]:
    """Consents that were noted where the units take part, or speak of one of their parties."""
    names = {units[number] for number in me.units}
    mine = {each["party"] for each in parts["case_party"] if each["unit"] in names}
    there = {each["id"] for each in parts["instance"]}

    def noted(each: Json) -> bool:
        return each["instance"] in there or each["unit"] in names

    return [
        {**each, "parties": [p for p in each["parties"] if noted(each) or p in mine]}
        for each in parts["consent"]
        if noted(each) or not each["parties"] or mine.intersection(each["parties"])
    ]


def _say(row: Json, walked: Pathway | None) -> None:
    """What was answered or sent under the labels of the pathway's forms; what an element is called."""
    element = walked.elements.get(row.get("element", "")) if walked else None
    if element is not None:
        row["name"] = row.get("name") or element.name
    for key in ("values", "draft", "body"):
        if isinstance(row.get(key), dict):
            row[key] = dict(in_words(row[key], walked, row.get("name", "")))
    if isinstance(row.get("note"), dict):
        row["note"] = text_of(row["note"].get("reason"))


def _files(store: Store, db: Connection, me: Actor, case_id: int) -> dict[str, bytes]:
    """Each file under a name of its number and kind; what its writer called it stands in the JSON."""
    asked = select(attachment).where(_OF[attachment]([case_id]), PARTS[attachment](me))
    found = {}
    for row in db.execute(asked):
        plain = store.keyring.open(row.content, file_place(row.task_id, row.at))
        found[f"bilag/{row.id}.{_ENDINGS.get(row.kind, 'bin')}"] = base64.b64decode(plain)
    return found


_ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


def _looks(store: Store, actor: Actor, about: int, names: bool, now: datetime) -> Iterator[Json]:
    after: str | None = None
    while True:
        page = seen(store, actor, citizen_id=about, after=after, limit=1000, now=now)
        for each in page.items:
            yield each if names else {**each, "by": None, "on_behalf": None}
        if (after := page.next) is None:
            return


def _cleaned(value: Any, own: str) -> Any:
    """Texts without what looks like another person's CPR number."""
    if isinstance(value, str):
        return _CPR.sub(
            lambda found: found[0] if _digits(found[0]) == _digits(own) else _LEFT_OUT, value
        )
    if isinstance(value, dict):
        return {_cleaned(name, own): _cleaned(each, own) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each, own) for each in value]
    return value


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
