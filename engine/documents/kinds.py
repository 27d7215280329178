"""What an agreement says of each kind of document: `[dokumenter.<kind>]` of `agreement.toml` (docs/agreements.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.calendar import parse
from engine.errors import FristInvalid, SettingInvalid

#: What an element may do to a document (`stafet:dokumentGoer`), in the words of the diagrams.
VERBS = ("ny_version", "nyt", "genbrug", "ret", "send", "orienter", "accept", "i_kraft", "bortfald")
#: Those that make a version: without one of them there is nothing to send or accept.
MAKING = frozenset(("ny_version", "nyt", "genbrug"))
#: How a party gave its answer.
MANNERS = ("i_stafet", "mundtligt", "papir", "telefon")
_KEYS = {
    "titel", "undertitel", "mindst", "gyldig", "gyldig_fra", "gyldig_til", "bortfald", "flere", "afsnit",
}  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document.

    `sections`: heading → fields, in the order they are printed; empty: the fields of the form that it is written in.
    `labels`: what a field is called here, where the form asks a question (`deltagere=Deltagere`).
    `least`: what must be there before it may be sent, each a tuple of fields of which one must be filled.
    `valid`: how long it is in force (a deadline's text), or ''; a date in the field `valid_to` goes before it.
    `lapses`: the messages (`genindlaeggelse`) that end it, whichever pathway of the case hears them.
    `several`: each instance has its own (minutes of a meeting), else a case has one at a time.
    """

    name: str
    title: str
    subtitle: str = ""
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    least: tuple[tuple[str, ...], ...] = ()
    valid: str = ""
    valid_from: str = ""
    valid_to: str = ""
    lapses: tuple[str, ...] = ()
    several: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that a section names."""
        return tuple(name for names in self.sections.values() for name in names)


def kinds(table: object) -> dict[str, Kind]:
    """The kinds of a parsed `[dokumenter]` table; raises `SettingInvalid` naming the kind and the key."""
    if not isinstance(table, Mapping):
        raise SettingInvalid("“dokumenter” in agreement.toml must be a table.")
    return {name: _kind(name, row) for name, row in table.items()}


def _kind(name: str, row: object) -> Kind:
    where = f"[dokumenter] “{name}”"
    if not _NAME.fullmatch(name):
        raise SettingInvalid(f"{where}: a kind is named with a-z, 0-9 and _.")
    if not isinstance(row, Mapping) or not isinstance(row.get("titel"), str) or not row["titel"]:
        raise SettingInvalid(f"{where} needs a “titel”.")
    if unknown := set(row) - _KEYS:
        raise SettingInvalid(f"{where} does not know “{min(unknown)}”.")
    sections = _sections(row.get("afsnit", {}), where)
    made = Kind(
        name=name,
        title=row["titel"],
        subtitle=_text(row, "undertitel", where),
        sections={title: tuple(name for name, _ in pairs) for title, pairs in sections.items()},
        labels={name: label for pairs in sections.values() for name, label in pairs if label},
        least=tuple(tuple(one.split("|")) for one in _texts(row, "mindst", where)),
        valid=_text(row, "gyldig", where),
        valid_from=_text(row, "gyldig_fra", where),
        valid_to=_text(row, "gyldig_til", where),
        lapses=_texts(row, "bortfald", where),
        several=_flag(row, "flere", where),
    )
    _check(made, where)
    return made


def _check(made: Kind, where: str) -> None:
    if made.valid:
        try:
            parse(made.valid)
        except FristInvalid as exc:
            raise SettingInvalid(f"{where}: “gyldig”: {exc.sentence}") from exc
    known = set(made.fields)
    asked = {name for one in made.least for name in one} | {made.valid_from, made.valid_to} - {""}
    if known and (strange := sorted(asked - known)):
        raise SettingInvalid(f"{where} asks for “{strange[0]}”, which no section of it has.")


def _sections(found: object, where: str) -> dict[str, list[tuple[str, str]]]:
    if not isinstance(found, Mapping):
        raise SettingInvalid(f"{where}: “afsnit” must be headings with lists of fields.")
    return {
        str(title): [
            (text.partition("=")[0], text.partition("=")[2]) for text in _texts(found, title, where)
        ]
        for title in found
    }


def _texts(row: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    found = row.get(key, [])
    if not isinstance(found, list) or not all(isinstance(text, str) and text for text in found):
        raise SettingInvalid(f"{where}: “{key}” must be a list of texts.")
    return tuple(found)


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    found = row.get(key, "")
    if not isinstance(found, str):
        raise SettingInvalid(f"{where}: “{key}” must be a text.")
    return found


def _flag(row: Mapping[str, Any], key: str, where: str) -> bool:
    found = row.get(key, False)
    if not isinstance(found, bool):
        raise SettingInvalid(f"{where}: “{key}” must be true or false.")
    return found
