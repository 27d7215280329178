"""Meetings of a case: which tasks invite to one, hold it, and write down what was agreed.  Pure.

An agreement names them in `[moeder.<kind>]` (docs/agreements.md), a task as `slug.element`.  What people answered in
those tasks is the meeting, so nothing is typed twice:

    meetings(kinds, answers)             # what these answers say was held and will be
    refused(kinds, task, values, …)      # what no meeting may be: in the past, or with a chair who takes the minutes
    agreed(kinds, task, values)          # what somebody must do now, a pathway of its own for each (`AGREED`)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine.calendar import Calendar, when
from engine.errors import SettingInvalid, StafetError
from engine.model import Json

#: The pathway that one agreed action becomes, its message, and the fields that begin it.
AGREED, TOLD = "moedeaftale", "Aftale fra et møde"
FIELDS = {
    "past": "The meeting cannot begin before now. Write when it will be.",
    "same": "The chair and who takes the minutes must be two people.",
}
_KEYS = {"titel", "inviterer", "holder", "aftaler", "referat"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of meeting.

    `invites`: task → the field with the time ('': it holds none).  `holds`, `agrees`: tasks.  `minutes`: the kind of
    document that its minutes are.
    """

    name: str
    title: str
    invites: Mapping[str, str] = field(default_factory=dict)
    holds: tuple[str, ...] = ()
    agrees: tuple[str, ...] = ()
    minutes: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody answered: `id` and `at` of the answer, the task as `slug.element`, and its instance."""

    id: int
    instance: int
    task: str
    party: str
    at: datetime
    values: Json


@dataclass(frozen=True, slots=True)
class Agreed:
    """One action of the minutes: what, who answers for it in words, which party, until when."""

    text: str
    who: str
    party: str
    due: date | None


@dataclass(slots=True)
class Meeting:
    """One meeting as it is known so far; `id` is that of the answer that it began with.

    `at`: when it begins, `held`: when it was held.  `said`: the moments at which somebody said something of it.
    """

    id: int
    instance: int
    kind: Kind
    party: str
    at: datetime | date | None = None
    length: int = 60
    form: str = ""
    place: str = ""
    invited: tuple[str, ...] = ()
    held: datetime | None = None
    chair: str = ""
    minute_taker: str = ""
    keeper: str = ""
    present: tuple[str, ...] = ()
    citizen: bool | None = None
    absent: str = ""
    agreed: tuple[Agreed, ...] = ()
    agreed_by: str = ""
    said: list[datetime] = field(default_factory=list)
    by: set[str] = field(default_factory=set)


def kinds(table: object) -> dict[str, Kind]:
    """The kinds of a parsed `[moeder]` table; raises `SettingInvalid` naming the kind and the key."""
    if not isinstance(table, Mapping):
        raise SettingInvalid("“moeder” in agreement.toml must be a table.")
    return {name: _kind(name, row) for name, row in table.items()}


def meetings(
    known: Mapping[str, Kind], answers: Iterable[Given], calendar: Calendar
) -> list[Meeting]:
    """The meetings that these answers of one case speak of, in the order they were begun; `answers` oldest first."""
    found: list[Meeting] = []
    for given in answers:
        for kind in known.values():
            if given.task in kind.invites:
                _invited(_of(found, kind, given, again=False), given, calendar)
            elif given.task in kind.holds:
                _held(_of(found, kind, given, again=True), given)
            elif given.task in kind.agrees:
                one = _of(found, kind, given, again=True)
                one.agreed, one.agreed_by = tuple(_rows(given.values)), given.party
            else:
                continue
            break
    return found


def refused(
    known: Mapping[str, Kind],
    task: str,
    values: Mapping[str, Any],
    calendar: Calendar,
    now: datetime,
) -> dict[str, str]:
    """Sentences by field; empty where the answers may stand."""
    wrong: dict[str, str] = {}
    for kind in known.values():
        name = kind.invites.get(task)
        begins = _moment(values.get(name), calendar) if name else None
        if name and begins is not None and _is_past(begins, calendar, now):
            wrong[name] = FIELDS["past"]
        if task in kind.holds:
            chair, writer = _plain(values.get("moedeleder")), _plain(values.get("referent"))
            if chair and chair == writer:
                wrong["referent"] = FIELDS["same"]
    return wrong


def task_name(process: str, element: str, agreement: str) -> str:
    """A task as `[moeder]` names it, by the key of its process: a shared one and an agreement's own have one slug."""
    for head in ("faelles-", f"{agreement}-"):
        if process.startswith(head):
            return f"{process[len(head) :]}.{element}"
    return f"{process}.{element}"


def agreed(known: Mapping[str, Kind], task: str, values: Mapping[str, Any]) -> list[Agreed]:
    """What the minutes give to a party with a date: who has neither is in the minutes alone."""
    if not any(task in kind.agrees for kind in known.values()):
        return []
    return [one for one in _rows(values) if one.text and one.party and one.due]


# ---- inside ------------------------------------------------------------------------------
def _of(found: list[Meeting], kind: Kind, given: Given, *, again: bool) -> Meeting:
    """The meeting that is spoken of: the newest of its kind and instance that is not behind us, else a new one.

    `again`: more may be said of one that was held, by another task than those that said something already.
    """
    alike = [one for one in found if one.kind is kind and one.instance == given.instance]
    last = alike[-1] if alike else None
    over = last is not None and last.held is not None and (not again or given.task in last.by)
    if last is None or over:
        last = Meeting(given.id, given.instance, kind, given.party)
        found.append(last)
    last.by.add(given.task)
    last.said.append(given.at)
    return last


def _invited(one: Meeting, given: Given, calendar: Calendar) -> None:
    values = given.values
    one.at = _moment(values.get(one.kind.invites[given.task] or "moede_tid"), calendar) or one.at
    one.invited = _texts(values.get("deltagere")) or one.invited
    one.form = str(values.get("moedeform") or one.form)
    one.place = str(values.get("sted") or values.get("moedested_link") or one.place)
    length = values.get("varighed")
    one.length = int(length) if isinstance(length, int | float) else one.length


def _held(one: Meeting, given: Given) -> None:
    values = given.values
    one.held = one.held or given.at
    one.chair = str(values.get("moedeleder") or one.chair)
    one.minute_taker = str(values.get("referent") or one.minute_taker)
    one.keeper = str(values.get("tovholder") or one.keeper)
    one.absent = str(values.get("afbud") or one.absent)
    one.form = str(values.get("moedeform") or one.form)
    one.present = _texts(values.get("tilstede") or values.get("fremmoedte")) or one.present
    for name in ("borger_deltager", "borger_til_stede", "borger_deltog"):
        if isinstance(values.get(name), bool):
            one.citizen = values[name]


def _rows(values: Mapping[str, Any]) -> Iterator[Agreed]:
    """The first agreement has fields of its own, the others are rows."""
    first = {name: values.get(f"aftale_{name}") for name in ("ansvarlig", "part", "frist")}
    more = values.get("aftaler")
    rows = [row for row in more if isinstance(row, Mapping)] if isinstance(more, list) else []
    for row in ({"aftale": values.get("aftale"), **first}, *rows):
        text = str(row.get("aftale") or "").strip()
        if text:
            who, party = str(row.get("ansvarlig") or ""), str(row.get("part") or "")
            yield Agreed(text, who, party, _date(row.get("frist")))


def _is_past(begins: datetime | date, calendar: Calendar, now: datetime) -> bool:
    if isinstance(begins, datetime):
        return begins <= now
    return begins < now.astimezone(calendar.timezone).date()


def _moment(value: object, calendar: Calendar) -> datetime | date | None:
    """A moment, or a date where the field asks for no more; None where it is neither."""
    if not isinstance(value, str) or not value:
        return None
    try:
        return date.fromisoformat(value) if len(value) == 10 else when(value, calendar)
    except (ValueError, StafetError):
        return None


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _plain(value: object) -> str:
    return " ".join(str(value or "").casefold().split())


def _kind(name: str, row: object) -> Kind:
    where = f"[moeder] “{name}”"
    if not isinstance(row, Mapping) or not isinstance(row.get("titel"), str) or not row["titel"]:
        raise SettingInvalid(f"{where} needs a “titel”.")
    if unknown := set(row) - _KEYS:
        raise SettingInvalid(f"{where} does not know “{min(unknown)}”.")
    invites = row.get("inviterer", {})
    if not isinstance(invites, Mapping) or not all(isinstance(v, str) for v in invites.values()):
        raise SettingInvalid(f"{where}: “inviterer” must name tasks and the field with the time.")
    lists = {key: row.get(key, []) for key in ("holder", "aftaler")}
    for key, found in lists.items():
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise SettingInvalid(f"{where}: “{key}” must be a list of tasks.")
    for task in (*invites, *lists["holder"], *lists["aftaler"]):
        if task.count(".") != 1:
            raise SettingInvalid(
                f"{where} names the task “{task}”; a task is written slug.element."
            )
    minutes = row.get("referat", "")
    if not isinstance(minutes, str):
        raise SettingInvalid(f"{where}: “referat” must be a text.")
    return Kind(
        name, row["titel"], dict(invites), tuple(lists["holder"]), tuple(lists["aftaler"]), minutes
    )
