"""Plans, agreements and minutes of a case, as one person may see them: what is in force, who answered, what it says.

A version is seen by the unit that wrote it and by those it was sent to; of a document that is sent in a newer version,
who was not sent that one learns that the older one is over.  Answers are plain dicts, texts in Danish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from engine import access
from engine.documents import Content, Kind
from engine.documents import sections as in_words
from engine.errors import NotFound
from engine.model import Actor, Json
from engine.queries.looks import citizen_of, rules, saw
from engine.seals import content_place, reason_place
from engine.store import Store
from engine.tables import case, citizen, person, plan, plan_acceptance, plan_version, unit


def documents(store: Store, actor: Actor, case_id: int, *, now: datetime) -> list[Json]:
    """The documents of a case that the actor may see, those in use first; without their content.

    `id case kind title subtitle status active_version version versions opened_at closed_at made_at party unit_name
    valid_from valid_to ended_at reason reused newer`, and `answers` [{party unit unit_name asked sent_at answer
    answered_at manner by}].  `status`: udkast, afventer, afslaaet, i_kraft, udloebet, erstattet, bortfaldet, afloest.
    """
    with store.read() as db:
        asked = select(case.c.citizen_id).where(case.c.id == case_id, access.visible_cases(actor))
        row = db.execute(asked).first()
        if row is None:
            raise NotFound
        found = of_case(store, db, actor, case_id, now)
    saw(store, actor, "saw_documents", now=now, citizen=row.citizen_id, case=case_id)
    return found


def document(store: Store, actor: Actor, document_id: int, *, now: datetime) -> Json:
    """One document as in `documents`, with `subject citizen agreement agreement_title` as in `task`, and `history`:

    its versions that the actor may see, newest first, each as a document's row with `number`, `sections`
    [{title, fields: [{key, label, text}]}] and `compared` [{title, fields: [{key, label, before, text, changed}]}]
    (with the version before it; None for the first).
    """
    return _whole(store, actor, document_id, None, now)


def printed(store: Store, actor: Actor, document_id: int, number: int, *, now: datetime) -> Json:
    """As `document`, but `history` holds the one version that is to be printed."""
    return _whole(store, actor, document_id, number, now)


def of_case(store: Store, db: Connection, actor: Actor, case_id: int, now: datetime) -> list[Json]:
    """The rows of `documents`, without noting a look."""
    versions = _versions(db, actor, now, plan.c.case_id == case_id)
    if not versions:
        return []
    kinds = _kinds(store, db, versions[0].row.rules_id)
    by_plan: dict[int, list[_Version]] = {}
    for one in versions:
        by_plan.setdefault(one.row.plan_id, []).append(one)
    found = [_row(store, each, kinds, now) for each in by_plan.values()]
    return sorted(found, key=lambda one: (one["closed_at"] is not None, -one["id"]))


# ---- inside ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Version:
    """A version's row, and whom it was sent to with what they answered."""

    row: Row[Any]
    answers: list[Json]


def _whole(store: Store, actor: Actor, document_id: int, number: int | None, now: datetime) -> Json:
    with store.read() as db:
        versions = _versions(db, actor, now, plan.c.id == document_id, access.visible_cases(actor))
        numbers = [one.row.number for one in versions]
        if not versions or (number is not None and number not in numbers):
            raise NotFound
        first = versions[0].row
        titled = store.pathway(db, first.rules_id).plan.agreement.title
        found = _row(store, versions, _kinds(store, db, first.rules_id), now)
        contents = _contents(store, db, document_id, numbers)
    history = [
        {
            **_version(store, one, now),
            "number": one.row.number,
            "sections": in_words(contents[one.row.number]),
            "compared": _compared(contents, one.row.number),
        }
        for one in versions[::-1]
        if number in (None, one.row.number)
    ]
    seen: Json = {"document": document_id, "versions": [each["number"] for each in history]}
    what = "saw_document" if number is None else "printed_document"
    saw(store, actor, what, now=now, citizen=first.citizen_id, case=first.case_id, facts=seen)
    return {
        **found,
        "subject": first.subject,
        "citizen": citizen_of(store, first),
        "agreement": first.agreement,
        "agreement_title": titled,
        "history": history,
    }


def _versions(
    db: Connection, actor: Actor, now: datetime, *conditions: ColumnElement[bool]
) -> list[_Version]:
    """The versions that the actor may see in the order they were made, each with its answers; one statement."""
    found: dict[int, _Version] = {}
    asked = _VERSIONS.add_columns(rules(now))
    for row in db.execute(asked.where(access.visible_versions(actor), *conditions)):
        one = found.setdefault(row.id, _Version(row, []))
        if row.receiver is not None:
            one.answers.append(_answer(actor, row))
    return list(found.values())


_reader, _noted = unit.alias("reader"), person.alias("noted_by")
_VERSIONS: Select[Any] = (
    select(
        *(column for column in plan_version.c if column.name != "content"),
        plan.c.case_id,
        plan.c.kind,
        plan.c.active_version,
        plan.c.opened_at,
        plan.c.closed_at,
        case.c.agreement,
        case.c.citizen_id,
        case.c.subject,
        citizen.c.name.label("citizen_name"),
        citizen.c.cpr.label("citizen_cpr"),
        citizen.c.cpr_index,
        unit.c.name.label("unit_name"),
        plan_acceptance.c.party.label("receiver"),
        plan_acceptance.c.unit_id.label("receiver_unit"),
        _reader.c.name.label("receiver_name"),
        *(plan_acceptance.c[name] for name in ("asked", "sent_at", "answer", "answered_at", "manner")),
        _noted.c.name.label("noted_by"),
    )
    .join(plan, plan.c.id == plan_version.c.plan_id)
    .join(case, case.c.id == plan.c.case_id)
    .outerjoin(citizen, citizen.c.id == case.c.citizen_id)
    .outerjoin(unit, unit.c.id == plan_version.c.unit_id)
    .outerjoin(plan_acceptance, plan_acceptance.c.version_id == plan_version.c.id)
    .outerjoin(_reader, _reader.c.id == plan_acceptance.c.unit_id)
    .outerjoin(_noted, _noted.c.id == plan_acceptance.c.person_id)
    .order_by(plan_version.c.plan_id, plan_version.c.number, plan_acceptance.c.id)
)  # fmt: skip


def _answer(actor: Actor, row: Row[Any]) -> Json:
    known = row.receiver_unit is None or access.may_name(actor, row.receiver_unit)
    return {
        "party": row.receiver,
        "unit": row.receiver_unit,
        "unit_name": row.receiver_name,
        "asked": row.asked,
        "sent_at": row.sent_at,
        "answer": row.answer,
        "answered_at": row.answered_at,
        "manner": row.manner,
        "by": row.noted_by if known else None,
    }


def _kinds(store: Store, db: Connection, rules_id: int) -> Mapping[str, Kind]:
    return store.pathway(db, rules_id).plan.agreement.documents


def _row(store: Store, versions: list[_Version], kinds: Mapping[str, Kind], now: datetime) -> Json:
    """A document by the version that counts: the one in force, else the newest that the reader knows."""
    newest = versions[-1]
    active = newest.row.active_version
    shown = next((one for one in versions if one.row.number == active), newest)
    row, kind = newest.row, kinds.get(newest.row.kind) or Kind(newest.row.kind, newest.row.kind)
    coming = None
    if newest is not shown:  # not in force yet: on its way
        coming = _version(store, newest, now) | {"number": row.number}
    return {
        "id": row.plan_id,
        "case": row.case_id,
        "kind": row.kind,
        "title": kind.title,
        "subtitle": kind.subtitle,
        "minutes": kind.several,
        "active_version": active if shown.row.number == active else None,
        "version": shown.row.number,
        "versions": row.number,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        **_version(store, shown, now),
        "coming": coming,
    }


def _version(store: Store, one: _Version, now: datetime) -> Json:
    row, reason = one.row, ""
    if row.reason is not None:
        reason = store.keyring.open(row.reason, reason_place(row.plan_id, row.number))
    return {
        "status": _status(row, one.answers, now),
        "made_at": row.made_at,
        "party": row.party,
        "unit_name": row.unit_name,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "ended_at": row.ended_at,
        "reason": reason,
        "reused": row.reused,
        "answers": one.answers,
    }


def _status(row: Row[Any], answers: Iterable[Json], now: datetime) -> str:
    if row.ended is not None:
        return {"ny_version": "erstattet", "bortfald": "bortfaldet"}.get(row.ended, "afloest")
    if row.valid_from is not None:
        return "udloebet" if row.valid_to is not None and row.valid_to < now else "i_kraft"
    asked = [one for one in answers if one["asked"]]
    if any(one["answer"] is False for one in asked):
        return "afslaaet"
    return "afventer" if asked else "udkast"


def _contents(
    store: Store, db: Connection, document_id: int, numbers: list[int]
) -> dict[int, Content]:
    asked = select(plan_version.c.number, plan_version.c.content)
    asked = asked.where(plan_version.c.plan_id == document_id, plan_version.c.number.in_(numbers))
    return {
        row.number: store.keyring.open_json(row.content, content_place(document_id, row.number))
        for row in db.execute(asked)
    }


def _compared(contents: Mapping[int, Content], number: int) -> list[Json] | None:
    """Field by field beside the version before it that the reader knows; what was taken out stands there too."""
    before = max((known for known in contents if known < number), default=None)
    if before is None:
        return None
    old, new = in_words(contents[before]), in_words(contents[number])
    was = {field["key"]: field for group in old for field in group["fields"]}
    titles = list(dict.fromkeys(group["title"] for group in (*new, *old)))
    found = []
    for title in titles:
        fields = [f for group in new if group["title"] == title for f in group["fields"]]
        gone = [
            {**field, "text": ""}
            for group in old
            if group["title"] == title
            for field in group["fields"]
            if field["key"] not in {f["key"] for g in new for f in g["fields"]}
        ]
        rows = [
            {**field, "before": (text := was.get(field["key"], {}).get("text", "")), "changed": text != field["text"]}
            for field in (*fields, *gone)
        ]  # fmt: skip
        found.append({"title": title, "fields": rows})
    return found
