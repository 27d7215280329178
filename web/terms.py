"""The pages' words for what the engine says in codes: how a pathway stands, what happened, on what basis.

Everything takes plain dicts as `engine.queries` gives them, and `now`; what no person needs to read gives None.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from flask_babel import format_decimal

from engine.bpmn.shapes import SUBJECTS
from web import frist
from web.words import _

#: What a person did or met; gateways, scripts and tables are the machine's own affair.
_WORK = ("userTask", "manualTask", "task", "receiveTask")


def standing(walk: Mapping[str, Any], now: datetime) -> str:
    """How an instance stands, with the day: `i gang siden torsdag 26. november`."""
    if walk["status"] == "completed":
        return _("sluttet %(when)s", when=_when(walk["ended_at"], now))
    if walk["status"] == "cancelled":
        return _("stoppet %(when)s", when=_when(walk["ended_at"], now))
    since = _when(walk["started_at"], now)
    words = {
        "suspended": _("sat på pause af driften, begyndt %(when)s", when=since),
        "incident": _("sidder fast, begyndt %(when)s", when=since),
        "waiting": _("venter, begyndt %(when)s", when=since),
    }
    return words.get(walk["status"], _("i gang siden %(when)s", when=since))


def whom(row: Mapping[str, Any], *, cpr: bool = False) -> str:
    """Whom a row of a case, a task or a document is about: the citizen, or the case by its number."""
    found, number = row["citizen"], row.get("case", row["id"])
    if found is None:
        if row["subject"] == "agreement":
            return _("Om aftalen, sag %(number)s", number=number)
        return _("Anonym henvendelse, sag %(number)s", number=number)
    if not isinstance(found, Mapping):
        return str(found)
    return f"{found['name']}, CPR {found['cpr']}" if cpr else str(found["name"])


def stuck(status: str) -> str:
    """What staff are told where an instance cannot go on by itself; "" where it can."""
    if status == "incident":
        return _(
            "Forløbet sidder fast og kan ikke gå videre. Driften kan se hvorfor. Intet er tabt."
        )
    if status == "suspended":
        return _("Driften har sat forløbet på pause. Opgaverne kan læses, men ikke sendes.")
    return ""


def happening(row: Mapping[str, Any]) -> str | None:
    """One line of the timeline; None for what only the machine did."""
    what, kind, name = row["what"], row["kind"], row["name"]
    if what == "opened":
        return _("Sagen blev åbnet")
    if kind == "operator":
        return _reached_in(what, row["pathway_name"])
    if what == "sent" and kind in _WORK:
        return None  # told by the task itself
    if kind in ("startEvent", "endEvent") and row["process"] != row["pathway"]:
        # Where a called part begins is the machine's affair; how it ended is not.
        return name if (kind, what) == ("endEvent", "completed") else None
    if kind == "startEvent":
        return (
            _("%(pathway)s begyndte: %(name)s", pathway=row["pathway_name"], name=name)
            if what == "completed"
            else None
        )
    if kind == "endEvent":
        return (
            _("%(pathway)s sluttede: %(name)s", pathway=row["pathway_name"], name=name)
            if what == "completed"
            else None
        )
    named = {
        "sent": _("Besked sendt: %(name)s", name=name),
        "received": _("Besked modtaget: %(name)s", name=name),
        "caught": _("Meldt: %(name)s", name=name),
        "fired": _("Tiden gik: %(name)s", name=name),
    }
    if what in named:
        return named[what]
    if kind not in _WORK or what not in ("completed", "cancelled"):
        return None
    return name if what == "completed" else _("%(name)s: bortfaldt", name=name)


def _reached_in(what: str, pathway: str) -> str | None:
    """What an operator did to the pathway from outside."""
    return {
        "suspended": _("%(pathway)s blev sat på pause", pathway=pathway),
        "resumed": _("%(pathway)s blev sat i gang igen", pathway=pathway),
        "cancelled": _("%(pathway)s blev afbrudt", pathway=pathway),
        "retried": _("%(pathway)s blev prøvet igen", pathway=pathway),
        "moved": _("%(pathway)s blev flyttet til et andet trin", pathway=pathway),
        "skipped": _("Et trin i %(pathway)s blev sprunget over", pathway=pathway),
        "restarted": _("%(pathway)s begyndte igen fra et trin", pathway=pathway),
        "amended": _("Oplysninger i %(pathway)s blev rettet", pathway=pathway),
        "rescheduled": _("Et tidspunkt i %(pathway)s blev ændret", pathway=pathway),
        "given": _("En opgave i %(pathway)s blev givet til en anden", pathway=pathway),
        "reminded": _("Enhederne blev mindet om fristerne i %(pathway)s", pathway=pathway),
        "migrated": _("%(pathway)s gik over til en ny udgave", pathway=pathway),
    }.get(what)


def givers() -> dict[str, str]:
    """Who may speak for the citizen: code → in words."""
    return {
        "borger": _("Borgeren selv"),
        "foraeldremyndighed": _("Den, der har forældremyndigheden"),
        "vaerge": _("Værgen"),
        "fuldmaegtig": _("Fremtidsfuldmægtigen"),
        "paaroerende": _("Den nærmeste pårørende"),
    }


def consent(row: Mapping[str, Any], now: datetime) -> str:
    """`Samtykke givet onsdag 18. november 2026. Grundlag: skriftligt. Sagt af: værgen. Gælder Hillerød Kommune.`"""
    given = _when(row["given_at"], now)
    first = {
        "samtykke": _(
            "Samtykke givet %(day)s. Grundlag: %(basis)s.", day=given, basis=row["basis"]
        ),
        "hjemmel": _("Hjemmel noteret %(day)s: %(basis)s.", day=given, basis=row["basis"]),
        "afslag": _(
            "Borgeren sagde nej %(day)s. Grundlag: %(basis)s.", day=given, basis=row["basis"]
        ),
    }[row["kind"]]
    if row["given_by"]:
        who = givers()[row["given_by"]]
        first += " " + _("Sagt af: %(who)s.", who=who[:1].lower() + who[1:])
    whom = ", ".join(row["parties"]) or _("alle sagens parter")
    if row["withdrawn_at"]:
        return f"{first} " + _("Trukket tilbage %(day)s.", day=_when(row["withdrawn_at"], now))
    if row["valid_to"]:
        until = _when(row["valid_to"], now)
        return f"{first} " + _("Gælder %(whom)s til %(day)s.", whom=whom, day=until)
    return f"{first} " + _("Gælder %(whom)s.", whom=whom)


def drawn(element: Mapping[str, Any]) -> tuple[str, str, str]:
    """One element of a diagram in words: what it is called and in which lane, how it stands, and what follows."""
    name = f"{element['name']} ({element['lane']})" if element["lane"] else element["name"]
    state = {"now": _("her er stafetten"), "done": _("færdig")}.get(element["state"], "")
    legs = [
        f"{leg['when']}: {leg['name']}" if leg["when"] else leg["name"] for leg in element["next"]
    ]
    if legs:
        return name, state, _("Derefter: %(legs)s.", legs="; ".join(legs))
    return name, state, _("Her ender forløbet.") if element["kind"] == "endEvent" else ""


def _when(value: Any, now: datetime) -> str:
    found = frist.moment(value)
    assert found is not None
    return frist.day(found, now)


def size(held: int) -> str:
    """Bytes as a person says them."""
    if held < 1_000_000:
        return _("%(number)s kB", number=max(1, round(held / 1000)))
    return _("%(number)s MB", number=format_decimal(round(held / 1_000_000, 1)))


def subjects(of: Collection[str]) -> list[tuple[str, str]]:
    """Whom a case can be about, of these: each as a diagram and an address name it (`anonym`), and as it is kept."""
    return [(word, kept) for word, kept in SUBJECTS.items() if kept in of]


def about_whom(kept: str) -> str:
    """Whom a case is about, as designers read it, by how it is kept."""
    words = subject_words()
    return next(words[word] for word, each in SUBJECTS.items() if each == kept)


def subject_words(*, short: bool = False) -> dict[str, str]:
    """Whom a case can be about by the diagram's word, as designers read it; `short` for staff, beside each other."""
    words = {
        "borger": (_("En borger"), _("Om en borger")),
        "anonym": (_("En borger, der ikke giver sit navn"), _("Uden navn")),
        "aftale": (_("Aftalen selv, ingen borger"), _("Om aftalen")),
    }
    return {word: said[short] for word, said in words.items()}
