"""Everything that is held about one citizen, as a file that can be handed over: a readable PDF, JSON, and the files.

zipped(data, files, now) -> bytes      # `data` and `files` as `engine.queries.own_data` gives them
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from engine.calendar import COPENHAGEN
from engine.documents.content import day
from paper.own_words import LABELS, LOOKS, WORDS

Row = Mapping[str, Any]
_PAGE = Path(__file__).with_name("own.typ")
_TITLE = "Oplysninger om dig i Stafet"
#: Table → heading, in the order of the page.  Lists of numbers alone stand in the JSON only.
_SECTIONS = {
    "case_party": "Hvem er part i sagen",
    "consent": "Samtykke og grundlag for at dele",
    "instance": "Forløb",
    "task": "Opgaver",
    "answer": "Hvad der er svaret og skrevet",
    "message": "Beskeder",
    "plan_version": "Planer, aftaler og referater",
    "plan_acceptance": "Hvem har fået dem, og hvad svarede de",
    "deadline": "Frister",
    "comment": "Kommentarer ved opgaver",
    "attachment": "Filer (ligger i mappen bilag)",
    "handover": "Hvordan opgaver skiftede hænder",
    "history": "Hvad der er sket",
    "incident": "Fejl i systemet",
    "loan": "Særlig adgang og nødadgang",
    "review": "Gennemsyn af nødadgang",
    "hold": "Stop for sletning",
}
#: Column that says when, and the one that says what, by table.
_WHEN = (
    "at",
    "given_at",
    "sent_at",
    "made_at",
    "started_at",
    "opened_at",
    "begins_at",
    "set_at",
    "joined_at",
)
_WHAT = ("title", "name", "kind", "party", "element", "what")
_RIGHTS = (
    (
        "Hvad oplysningerne bruges til",
        "Stafet holder styr på, hvem der har ansvaret for hvad, når sundhedsvæsenet, kommunen og andre hjælper dig"
        " efter en samarbejdsaftale. Oplysningerne kommer fra dig og fra de parter, der står under hver sag, og deles"
        " kun med dem.",
    ),
    (
        "Dine rettigheder",
        "Du kan bede om at få forkerte oplysninger rettet, om sletning og begrænsning, hvor loven giver ret til det, og"
        " du kan gøre indsigelse. Skriv til den enhed, du har fået dette af. Du kan klage til Datatilsynet"
        " (datatilsynet.dk). Intet i Stafet afgøres automatisk om dig.",
    ),
)


def zipped(data: Row, files: Mapping[str, bytes], now: datetime) -> bytes:
    """`indsigt.pdf`, `indsigt.json` and the files under `bilag/`; no name stands in a file's name."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("indsigt.pdf", pdf(data, now))
        made.writestr(
            "indsigt.json", json.dumps(data, ensure_ascii=False, indent=1, default=_plain)
        )
        for name, content in files.items():
            made.writestr(name, content)
    return held.getvalue()


def pdf(data: Row, now: datetime) -> bytes:
    """The readable part."""
    said = json.dumps(_said(data, now), ensure_ascii=False)
    made: bytes = typst.compile(
        _page(), sys_inputs={"own": said}, ignore_system_fonts=True, timestamp=0
    )
    return made


# ---- in words ----------------------------------------------------------------------------
@cache
def _page() -> bytes:
    return _PAGE.read_bytes()


def _plain(value: Any) -> str:
    return value.astimezone(COPENHAGEN).isoformat() if isinstance(value, datetime) else str(value)


def _said(data: Row, now: datetime) -> dict[str, Any]:
    scope = ", ".join(data["scope"])
    return {
        "title": _TITLE,
        "printed": f"Dannet {_moment(now)}",
        "facts": [
            ("Navn", data["citizen"]["name"]),
            ("CPR-nummer", data["citizen"]["cpr"]),
            ("Dannet", _moment(now)),
            (
                "Omfatter",
                f"det, som {scope} har om dig" if scope else "alt, hvad Stafet har om dig",
            ),
        ],
        "about": _RIGHTS,
        "cases": [_case(each) for each in data["cases"]],
        "looks_title": "Hvem har set eller ændret oplysninger om dig",
        "looks_head": ["Hvornår", "Hvem", "Hvad"],
        "no_looks": "Ingen opslag er noteret.",
        "looks": [_look(each) for each in data["looks"]],
    }


def _case(one: Row) -> dict[str, Any]:
    (frame,) = one["parts"]["case"]
    facts = [("Sag", str(one["id"])), ("Åbnet", _moment(frame["opened_at"]))]
    if (kept := one["kept"].get("sag")) is not None:
        years, months = divmod(kept["months"], 12)
        term = f"{years} år" if not months else f"{kept['months']} måneder"
        facts.append(("Gemmes", f"{term} efter den seneste optegnelse. {kept['ground']}"))
    sections = [
        {"title": title, "rows": [_row(each, table) for each in one["parts"][table]]}
        for table, title in _SECTIONS.items()
        if one["parts"][table]
    ]
    return {"title": one["agreement_title"], "facts": facts, "sections": sections}


def _row(row: Row, table: str) -> dict[str, Any]:
    when = next((name for name in _WHEN if row.get(name)), "")
    what = next((name for name in _WHAT if row.get(name)), "")
    title = str(row.get(what) or "")
    lines = [
        (LABELS[name], _text(value))
        for name, value in row.items()
        if name in LABELS and name not in (when, what) and value not in (None, "", [])
    ]
    lines += _written(row)
    return {
        "title": WORDS.get(title, title) or _SECTIONS[table],
        "when": _text(row[when]) if when else "",
        "lines": lines,
    }


def _written(row: Row) -> Iterator[tuple[str, str]]:
    """What people wrote, field by field."""
    for key in ("values", "body", "draft"):
        held = row.get(key)
        if isinstance(held, Mapping):
            yield from ((name, _text(value)) for name, value in held.items())
        elif held:
            yield "", _text(held)
    for group in row.get("content") or ():
        yield from ((name, _text(text)) for name, text in group["fields"].items())
    if row.get("answer") is not None:
        yield "Svar", "ja" if row["answer"] else "nej"


def _look(one: Row) -> list[str]:
    by, where, did = one["by"], ", ".join(one["units"][:2]), str(one["what"])
    if (others := len(one["units"]) - 2) > 0:
        where += f" og {others} {'andre enheder' if others > 1 else 'anden enhed'}"
    who = str(by["name"] or by["login"]) if by else ("" if where else "Stafet")
    by_whom = f"{who} ({where})" if who and where else who or where
    return [_moment(one["at"]), by_whom, LOOKS.get(did, did)]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, list | tuple):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
    return "" if value is None else WORDS.get(str(value), str(value))


def _moment(at: datetime) -> str:
    home = at.astimezone(COPENHAGEN)
    return f"{day(home.date())} kl. {home:%H.%M}"
