"""What an operator's act changes, or would change, in words: values, tasks, deadlines, messages, moments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import actions
from web import frist
from web.sessions import now
from web.words import _, ngettext

Json = dict[str, Any]


def preview(done: Any, people: list[Json], names: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Tasks, deadlines, messages and timers, always all four; `names` are those of elements."""
    if isinstance(done, actions.Handled):
        heard = ngettext("%(num)s forløb hører den", "%(num)s forløb hører den", len(done.heard_by))
        if done.discarded:
            return [(_("Besked"), [_("Lægges til side og bliver på sagen")])]
        if not done.heard_by:
            return [(_("Besked"), [_("Venter igen og står på listen")])]
        return [(_("Besked"), [heard]), (_("Høres som"), [done.name])]
    if isinstance(done, actions.Migrated):
        if done.done is None:
            return []
        done = done.done
    called = {one["login"]: one["name"] for one in people}
    return [
        (title, lines or [nothing])
        for title, lines, nothing in _told(done.changes, called, names)
        if lines or nothing
    ]


def brief(changes: Json, names: Mapping[str, str]) -> list[str]:
    """What changes in one of many, and nothing of what does not."""
    return [line for _title, lines, _no in _told(changes, {}, names) for line in lines]


def _told(
    changes: Json, called: Mapping[str, str], names: Mapping[str, str]
) -> list[tuple[str, list[str], str]]:
    """Each kind of change with its lines, and what is said where there are none."""
    tasks = [
        *(_("Åbnes: %(name)s (%(party)s)", name=t["name"], party=t["party"]) for t in changes["tasks_opened"]),
        *(_("Lukkes: %(name)s (%(party)s)", name=t["name"], party=t["party"]) for t in changes["tasks_closed"]),
        *(
            _("Gives til %(to)s: %(name)s", to=called.get(t["to"], t["to"]), name=t["name"])
            if t["to"]
            else _("Gives tilbage til enheden: %(name)s", name=t["name"])
            for t in changes.get("given", ())
        ),
    ]  # fmt: skip
    tasks += [
        _("Det, der var begyndt på i opgaven, går tabt")
        for t in changes.get("given", ())
        if t["draft"]
    ]
    dates = [
        *(_deadline(row) for row in changes["deadlines"]),
        *(
            _("%(party)s mindes om %(clause)s", party=row["party"], clause=row["clause"])
            for row in changes.get("reminded", ())
        ),
    ]
    nothing = _("Ingen ændres")
    values = [
        _("%(name)s: %(was)s bliver %(now)s", name=row["name"], was=shown(row["was"]), now=shown(row["now"]))
        for row in changes.get("values", ())
    ]  # fmt: skip
    return [
        (_("Oplysninger"), values, ""),
        (_("Opgaver"), tasks, nothing),
        (_("Frister"), dates, nothing),
        (_("Beskeder"), [it["title"] for it in changes["messages"]], _("Ingen sendes")),
        (_("Tidspunkter"), [_timer(row, names) for row in changes["timers"]], nothing),
    ]


def shown(value: Any) -> str:
    """A value that a diagram decides by, as people say it."""
    if isinstance(value, bool):
        return _("ja") if value else _("nej")
    if isinstance(value, list):
        return ", ".join(shown(each) for each in value) or _("ingen")
    return _("intet") if value is None else str(value)


def _deadline(row: Json) -> str:
    of = {"party": row["party"], "clause": row["clause"]}
    if row["status"] == "cancelled":
        return _("Bortfalder: %(party)s, %(clause)s", **of)
    return _("Løber: %(party)s, %(clause)s", **of)


def _timer(row: Json, names: Mapping[str, str]) -> str:
    element = row["element"] or ""
    name = names.get(element) or element or _("et tidspunkt uden navn")
    if row["due_at"] is None:
        return _("Bortfalder: %(name)s", name=name)
    return _("%(name)s: %(when)s", name=name, when=frist.day_and_clock(row["due_at"], now()))
