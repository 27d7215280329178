"""One task: what its page and its form need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from engine import access, gate
from engine.bpmn.shapes import about
from engine.consent import in_force
from engine.errors import NotFound
from engine.model import UNDO, Actor, Json
from engine.pathway import Pathway
from engine.queries.lists import TASK, clock, counted, listed, tasks
from engine.queries.looks import citizen_of, saw
from engine.seals import answer_place, draft_place, handover_place
from engine.store import Store
from engine.tables import (
    answer,
    case_party,
    citizen,
    consent,
    handover,
    instance,
    membership,
    person,
)
from engine.tables import case as case_table
from engine.tables import task as task_table
from forms.components import Component, within
from forms.reading import read

#: Answers that are handed to the same task when it comes again: words, never a date or a decision.
_WORDS = frozenset(("text", "number", "choice", "choices", "rows", "group"))


def task(store: Store, actor: Actor, task_id: int, *, now: datetime) -> Json:
    """A task as in `inbox`, and

    `form` (form-js schema or None), `data` (what the form begins with, by its own keys), `context` (what its
    expressions see besides), `draft` (None unless it is the actor's to go on with) and `draft_at`;
    `subject`, `citizen {name, cpr}`, `agreement`, `agreement_title`, `pathway_id`, `instance_status`;
    `deadline` (None, or `clause frist started_at due_at reminder_at overdue_at paused local status met_at`),
    `clause_texts` [{id, text, section}], `may_take`, `closed_by_me`, `colleagues` [{login, name}] to whom it may be
    handed, and `handed` (None, or `by at note may_undo`: who gave it to whoever has it now).
    """
    with store.read() as db:
        row = _row(db, actor, task_id)
        walked = store.pathway(db, row.pathway_id)
        parties = _parties(db, row.case_id)
        may_take = row.status == "open" and access.may_take(actor, row)
        form = walked.forms.get(row.form) if row.form else None
        context = {
            "sagens_parter": list(parties),
            "adspurgte": list(parties),
            **about(row.subject),
            **row.data,
        }
        found = {
            **listed(row._mapping, now),
            "form": form,
            "data": _data(store, db, row, walked, form, parties) if form else {},
            "context": context,
            "draft": _draft(store, actor, row),
            "draft_at": row.draft_at,
            "subject": row.subject,
            "citizen": citizen_of(store, row),
            "agreement": row.agreement,
            "agreement_title": walked.plan.agreement.title,
            "pathway_id": row.pathway_id,
            "instance_status": row.instance_status,
            "deadline": _deadline(row, now),
            "clause_texts": clause_texts(walked, row.clauses),
            "may_take": may_take,
            "closed_by_me": row.closed_by is not None and row.closed_by == actor.id,
            "colleagues": _colleagues(db, actor, row, now) if may_take else [],
            "handed": _handed(store, db, actor, row, now),
        }
    saw(
        store,
        actor,
        "saw_task",
        now=now,
        citizen=row.citizen_id,
        case=row.case_id,
        instance=row.instance_id,
        task=task_id,
    )
    return found


def asked(store: Store, actor: Actor, task_id: int, *, now: datetime) -> Json:
    """What a task asks, `{id, form, assignee, draft_at}`: nothing of the citizen, so no look is noted."""
    with store.read() as db:
        row = _row(db, actor, task_id)
        walked = store.pathway(db, row.pathway_id)
    form = walked.forms.get(row.form) if row.form else None
    return {"id": row.id, "form": form, "assignee": row.assignee, "draft_at": row.draft_at}


def basis(store: Store, actor: Actor, task_id: int, *, now: datetime) -> dict[str, str | None]:
    """On what basis each party of the case may be told by this task now; None: a message to it will be held."""
    with store.read() as db:
        row = _row(db, actor, task_id)
        parties = _parties(db, row.case_id)
        known = [
            gate.Consent(each.kind, each.basis, frozenset(each.parties), each.given_at)
            for each in db.execute(
                select(consent)
                .where(consent.c.case_id == row.case_id, in_force(now))
                .order_by(consent.c.id)
            )
        ]
    return {
        party: gate.INSIDE if unit == row.unit_id else gate.basis(known, party)
        for party, unit in parties.items()
    }


def may_reopen(store: Store, actor: Actor, task_id: int, *, now: datetime) -> bool:
    """Whether the actor completed the task within `UNDO` and it can still come back, as far as the instance says."""
    wanted = select(instance.c.before, instance.c.version, task_table.c.closed_at).join(
        task_table, task_table.c.instance_id == instance.c.id
    )
    mine = (task_table.c.id == task_id, task_table.c.closed_by == actor.id)
    with store.read() as db:
        row = db.execute(wanted.where(*mine, access.visible_tasks(actor))).first()
    if row is None or row.before is None or now - row.closed_at > UNDO:
        return False
    known = row.before
    return (known["task"], known["version"]) == (task_id, row.version) and "no" not in known


def clause_texts(walked: Pathway, clauses: list[str]) -> list[Json]:
    """The clauses with their words, `{id, text, section}`; text is "" where the agreement's list has none."""
    points: Mapping[str, Mapping[str, str]] = walked.source.settings.get("punkter", {})
    return [
        {
            "id": each,
            "text": points.get(each, {}).get("tekst", ""),
            "section": points.get(each, {}).get("afsnit", ""),
        }
        for each in clauses
    ]


# ---- inside ------------------------------------------------------------------------------
def _row(db: Connection, actor: Actor, task_id: int) -> Row[Any]:
    wanted: Select[Any] = (
        select(
            *TASK,
            task_table.c.data,
            task_table.c.draft,
            task_table.c.closed_by,
            instance.c.status.label("instance_status"),
            case_table.c.agreement,
            case_table.c.subject,
            citizen.c.id.label("citizen_id"),
            citizen.c.name.label("citizen_name"),
            citizen.c.cpr.label("citizen_cpr"),
            citizen.c.cpr_index,
        )
        .select_from(
            tasks()
            .join(case_table, case_table.c.id == task_table.c.case_id)
            .outerjoin(citizen, citizen.c.id == case_table.c.citizen_id)
        )
        .where(task_table.c.id == task_id, access.visible_tasks(actor))
    )
    row = db.execute(wanted).first()
    if row is None:
        raise NotFound
    return row


def _parties(db: Connection, case_id: int) -> dict[str, int]:
    rows = db.execute(
        select(case_party.c.party, case_party.c.unit_id)
        .where(case_party.c.case_id == case_id)
        .order_by(case_party.c.party)
    )
    return {row.party: row.unit_id for row in rows}


def _draft(store: Store, actor: Actor, row: Row[Any]) -> Json | None:
    # What somebody has not sent yet is shown to him who goes on with it, not to the unit.
    if row.draft is None or row.assignee_id not in (None, actor.id):
        return None
    found: Json = store.keyring.open_json(row.draft, draft_place(row.id))
    return found


def _deadline(row: Row[Any], now: datetime) -> Json | None:
    if row.deadline_id is None:
        return None
    return {
        "id": row.deadline_id,
        "due_at": row.due_at,
        "overdue_at": row.overdue_at,
        "met_at": row.clock_met_at,
        "status": clock(row._mapping, now),
        **counted(row._mapping),
    }


def _data(
    store: Store,
    db: Connection,
    row: Row[Any],
    walked: Pathway,
    form: Json,
    parties: Mapping[str, int],
) -> Json:
    """What the fields begin with: the diagram's values, else what the unit itself answered before.

    A decision begins empty each time: who accepts must say so himself.  A field that is only shown gets the newest
    answer of that name in the instance, one that is to be filled only what the same task was answered with before.
    """
    fields = [one for one in within(read(form).components) if one.key]
    found: Json = {}
    lacking: list[Component] = []
    for one in fields:
        if one.key in walked.decides and not one.fixed:
            continue
        if one.key in row.data:
            found[one.key] = row.data[one.key]
        elif one.fixed or one.kind in _WORDS:
            lacking.append(one)
    if lacking:
        mine = {party for party, unit in parties.items() if unit == row.unit_id}
        for given in _answers(store, db, row, mine | {row.party}):
            for one in lacking:
                same = given["element"] == row.element and given["party"] == row.party
                if one.key in given["values"] and (one.fixed or same):
                    found.setdefault(one.key, given["values"][one.key])
    return found


def _answers(store: Store, db: Connection, row: Row[Any], parties: set[str]) -> Iterator[Json]:
    """What the unit answered in this instance, newest first."""
    rows = db.execute(
        select(answer.c.element, answer.c.party, answer.c.at, answer.c["values"])
        .where(
            answer.c.case_id == row.case_id,
            answer.c.instance_id == row.instance_id,
            answer.c.party.in_(parties),
        )
        .order_by(answer.c.id.desc())
        .limit(_REMEMBERED)
    )
    for each in rows:
        place = answer_place(row.instance_id, each.element, each.at)
        sealed: bytes = each._mapping["values"]
        yield {
            "element": each.element,
            "party": each.party,
            "values": store.keyring.open_json(sealed, place),
        }


#: So many answers back a form looks; each must be unsealed.
_REMEMBERED = 50


def _handed(
    store: Store, db: Connection, actor: Actor, row: Row[Any], now: datetime
) -> Json | None:
    asked = (
        select(handover, person.c.name)
        .join(person, person.c.id == handover.c.person_id)
        .where(handover.c.task_id == row.id)
        .order_by(handover.c.id.desc())
        .limit(1)
    )
    last = db.execute(asked).first()
    if last is None or last.undone_at is not None or last.to_id in (None, last.person_id):
        return None
    if last.to_id != row.assignee_id:
        return None
    note = store.keyring.open(last.note, handover_place(row.id, last.at)) if last.note else ""
    may_undo = last.person_id == actor.id and now - last.at <= UNDO
    return {"by": last.name, "at": last.at, "note": note, "may_undo": may_undo}


def _colleagues(db: Connection, actor: Actor, row: Row[Any], now: datetime) -> list[Json]:
    asked = (
        select(person.c.login, person.c.name)
        .join(membership, membership.c.person_id == person.c.id)
        .where(
            person.c.active,
            person.c.id != actor.id,
            access.works_in(row.unit_id, row.roles, now),
        )
        .distinct()
        .order_by(person.c.name, person.c.login)
    )
    return [dict(each._mapping) for each in db.execute(asked)]
