"""What is printed: a document of a case as PDF, in Danish.  A pure function from content to bytes.

`own.py` prints everything that is held about one citizen.

    pdf(document, now) -> bytes      # `document` as `engine.queries.printed` gives it

typst draws the page (`document.typ`); what people wrote goes in as data and is never read as markup.  The fonts are
typst's own, so that a page looks the same on every machine; the file is tagged and says its title and language.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from engine.calendar import COPENHAGEN
from engine.documents.content import day

Row = Mapping[str, Any]
_PAGE = Path(__file__).with_name("document.typ")
_MANNERS = {
    "i_stafet": "i Stafet",
    "mundtligt": "mundtligt",
    "papir": "på papir",
    "telefon": "i telefonen",
}


def pdf(document: Row, now: datetime) -> bytes:
    """The version that `document["history"]` holds, as a PDF of A4 pages."""
    made: bytes = typst.compile(
        _page(), sys_inputs={"document": json.dumps(_said(document, now))}, ignore_system_fonts=True, timestamp=0
    )  # fmt: skip
    return made


def file_name(document: Row) -> str:
    """`koordinationsplan-udgave-2.pdf`: neither name nor number of a citizen."""
    return f"{document['kind'].replace('_', '-')}-udgave-{document['history'][0]['number']}.pdf"


# ---- in words ----------------------------------------------------------------------------
@cache
def _page() -> bytes:
    return _PAGE.read_bytes()


def _said(document: Row, now: datetime) -> dict[str, Any]:
    """Everything that stands on the page, as texts."""
    version = document["history"][0]
    number = f"udgave {version['number']}"
    return {
        "title": document["title"],
        "subtitle": document["subtitle"],
        "author": version["unit_name"] or version["party"],
        "version": number,
        "printed": f"Udskrevet {_moment(now)}",
        "standing": standing(document, version),
        "facts": list(_facts(document, version)),
        "sections": version["sections"],
        "empty": "Planens indhold står ikke i Stafet: den er aftalt, før den blev skrevet her.",
        "answers_title": "Sendt til" if document["minutes"] else "Parternes svar",
        "answers_head": ["Part", "Enhed", "Sendt" if document["minutes"] else "Svar"],
        "answers": [
            [one["party"], one["unit_name"] or "", answer(one)] for one in version["answers"]
        ],
        "note": "Indeholder fortrolige oplysninger om helbred og sociale forhold.",
    }


def _facts(document: Row, version: Row) -> Iterator[tuple[str, str]]:
    citizen = document["citizen"]
    if citizen is None:
        yield "Sag", f"Nummer {document['case']}, ikke om en navngiven borger"
    else:
        yield "Borger", citizen["name"]
        yield "CPR-nummer", citizen["cpr"]
    yield "Aftale", document["agreement_title"]
    unit = f" ({version['unit_name']})" if version["unit_name"] else ""
    yield "Skrevet af", f"{version['party']}{unit}, {_date(version['made_at'])}"
    if version["valid_from"] and not document["minutes"]:
        yield "Gælder fra", _date(version["valid_from"])
        yield "Gyldig til", _date(version["valid_to"]) if version["valid_to"] else "ingen slutdato"


def standing(document: Row, version: Row) -> str:
    """How the version stands, in one sentence."""
    number, ended = version["number"], version["ended_at"] and _date(version["ended_at"])
    why = f": {version['reason']}" if version["reason"] else ""
    if version["status"] == "i_kraft" and document["minutes"]:
        return f"Udgave {number}, sendt {_date(version['valid_from'])}."
    return {
        "udkast": f"Udgave {number} er et udkast og gælder ikke.",
        "afventer": f"Udgave {number} er sendt og venter på svar. Den gælder ikke endnu.",
        "afslaaet": f"Udgave {number} er sendt, og ikke alle har accepteret. Den gælder ikke.",
        "i_kraft": f"Udgave {number} er i kraft.",
        "udloebet": f"Udgave {number} er udløbet og gælder ikke længere.",
        "erstattet": f"Udgave {number} er erstattet af en nyere udgave {ended}.",
        "bortfaldet": f"Bortfaldet {ended}{why}. Planen gælder ikke længere.",
        "afloest": f"Afløst af et nyt dokument {ended}.",
    }[version["status"]]


def answer(one: Row) -> str:
    """What a party answered and when, or that it has not."""
    if one["answer"] is None:
        if one["sent_at"] is None:
            return "ikke sendt: afventer samtykke"
        return f"{'afventer svar, ' if one['asked'] else ''}sendt {_date(one['sent_at'])}"
    how = _MANNERS.get(one["manner"], "")
    said = "Accepteret" if one["answer"] else "Ikke accepteret"
    return f"{said} {_date(one['answered_at'])}{f', {how}' if how else ''}"


def _date(at: datetime) -> str:
    return day(at.astimezone(COPENHAGEN).date())


def _moment(at: datetime) -> str:
    home = at.astimezone(COPENHAGEN)
    return f"{day(home.date())} kl. {home:%H.%M}"
