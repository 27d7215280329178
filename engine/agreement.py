"""One agreement's settings: who its parties are, who fills which lane, how its days are counted.

Read from `agreement.toml` (docs/agreements.md).  A lane of a diagram is a role; the agreement says
which party fills it, or which field of the pathway's data names that party.  `documents` are the kinds of plans and
minutes that it knows (`engine/documents`), `meetings` those of meetings (`engine/meetings.py`), `retention` how long
what is kept (`engine/retention.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.calendar import Calendar, parse
from engine.documents.kinds import Kind, kinds
from engine.errors import FristInvalid, SettingInvalid
from engine.meetings import Kind as MeetingKind
from engine.meetings import kinds as meeting_kinds
from engine.retention import Rule, rules

#: The job roles that a membership may name; a lane's `roller` are taken from these.
ROLES = (
    "sygeplejerske", "læge", "overlæge", "socialrådgiver", "pædagog", "behandler", "koordinator",
    "sagsbehandler", "visitator", "misbrugsbehandler", "tilsynsførende", "praktiserende læge",
    "botilbudsmedarbejder", "politi", "jurist", "sekretær", "leder", "databeskyttelse", "procesdesigner",
    "driftsansvarlig",
)  # fmt: skip
#: A municipality's four hats: where the citizen is registered, who acts, where the citizen is, who pays.
HATS = ("", "bopæl", "handle", "ophold", "betaling")
_TOP = {
    "titel",
    "praefiks",
    "kilde",
    "kalender",
    "parties",
    "lanes",
    "parametre",
    "lokale",
    "dokumenter",
    "opbevaring",
    "moeder",
}
#: What a deployed version carries besides the file's own tables.
_ADDED = {"slug", "punkter", "grundlag"}


@dataclass(frozen=True, slots=True)
class Party:
    """A side of the agreement.  `hat` tells which of a municipality's four hats this is, or ''.

    A `standing` party joins every case where nobody says who the parties are.
    """

    name: str
    sector: str
    hat: str = ""
    note: str = ""
    standing: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """Who fills a lane: the party, or the one that `field` names; members need one of `roles` ([]: any)."""

    name: str
    party: str
    field: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """The settings of one agreement, checked.  `local` names the parameters that are not the text's own."""

    slug: str
    title: str
    prefix: str
    source: str
    calendar: Calendar
    parties: Mapping[str, Party]
    lanes: Mapping[str, Lane]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    local: frozenset[str] = frozenset()
    documents: Mapping[str, Kind] = field(default_factory=dict)
    retention: Mapping[str, Rule] = field(default_factory=dict)
    meetings: Mapping[str, MeetingKind] = field(default_factory=dict)

    @classmethod
    def from_toml(cls, data: Mapping[str, Any], slug: str = "") -> Agreement:
        """From the parsed file; raises `SettingInvalid` naming the table and the key."""
        if unknown := set(data) - _TOP - _ADDED:
            raise SettingInvalid(f"agreement.toml does not know “{min(unknown)}”.")
        parties = {name: _party(name, row) for name, row in _table(data, "parties").items()}
        if not parties:
            raise SettingInvalid("agreement.toml names no party under [parties].")
        lanes = {name: _lane(name, row, parties) for name, row in _table(data, "lanes").items()}
        parameters = _table(data, "parametre")
        _check_deadlines("", parameters)
        local = _texts(data, "lokale", "agreement.toml")
        if missing := [name for name in local if name not in parameters]:
            raise SettingInvalid(f"“lokale” names “{missing[0]}”, which is not under [parametre].")
        return cls(
            slug=str(data.get("slug", slug)),
            title=_text(data, "titel"),
            prefix=_text(data, "praefiks"),
            source=str(data.get("kilde", "")),
            calendar=Calendar.from_settings(_table(data, "kalender")),
            parties=parties,
            lanes=lanes,
            parameters=parameters,
            local=frozenset(local),
            documents=kinds(data.get("dokumenter", {})),
            retention=rules(data.get("opbevaring", {})),
            meetings=meeting_kinds(data.get("moeder", {})),
        )

    def lane_party(self, lane: str, data: Mapping[str, Any]) -> str:
        """The party that fills this lane now: the one that the lane's field names, else the lane's own.

        A lane that the agreement does not map but that is named like a party is filled by that party; '' where
        neither is so.
        """
        found = self.lanes.get(lane)
        if found is None:
            return lane if lane in self.parties else ""
        named = data.get(found.field) if found.field else None
        return named if isinstance(named, str) and named in self.parties else found.party

    def roles(self, lane: str) -> tuple[str, ...]:
        """The job roles that may take this lane's tasks; empty: all members of the unit."""
        found = self.lanes.get(lane)
        return found.roles if found else ()


def _party(name: str, row: object) -> Party:
    where = f"[parties] “{name}”"
    if not isinstance(row, Mapping) or "sektor" not in row:
        raise SettingInvalid(f"{where} needs a “sektor”.")
    _known(row, {"sektor", "hat", "note", "fast"}, where)
    hat = row.get("hat", "")
    if hat not in HATS:
        raise SettingInvalid(f"{where} has the hat “{hat}”; known are {', '.join(HATS[1:])}.")
    if not isinstance(standing := row.get("fast", False), bool):
        raise SettingInvalid(f"{where}: “fast” must be true or false.")
    return Party(name, str(row["sektor"]), hat, str(row.get("note", "")), standing)


def _lane(name: str, row: object, parties: Mapping[str, Party]) -> Lane:
    if isinstance(row, str):
        row = {"part": row}
    where = f"[lanes] “{name}”"
    if not isinstance(row, Mapping) or "part" not in row:
        raise SettingInvalid(f"{where} needs a “part”.")
    _known(row, {"part", "felt", "roller"}, where)
    if str(row["part"]) not in parties:
        raise SettingInvalid(
            f"{where} names the party “{row['part']}”, which is not under [parties]."
        )
    named = row.get("felt", "")
    if not isinstance(named, str) or (named and not named.isidentifier()):
        raise SettingInvalid(f"{where}: “felt” must be the name of a field; it is “{named}”.")
    roles = _texts(row, "roller", where)
    if strange := [role for role in roles if role not in ROLES]:
        raise SettingInvalid(f"{where} names the job role “{strange[0]}”, which is not known.")
    return Lane(name, str(row["part"]), named, roles)


def _check_deadlines(where: str, parameters: Mapping[str, Any]) -> None:
    """What begins with a number is a deadline, and a misspelt one must not wait for its first case."""
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            _check_deadlines(f"{where}{name}.", value)
        elif isinstance(value, str) and value[:1].isdecimal():
            try:
                parse(value)
            except FristInvalid as exc:
                raise SettingInvalid(f"[parametre] “{where}{name}”: {exc.sentence}") from exc


def _known(row: Mapping[str, Any], allowed: set[str], where: str) -> None:
    if unknown := set(row) - allowed:
        raise SettingInvalid(f"{where} does not know “{min(unknown)}”.")


def _texts(row: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    found = row.get(key, [])
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise SettingInvalid(f"{where}: “{key}” must be a list of texts.")
    return tuple(found)


def _table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, Mapping):
        raise SettingInvalid(f"“{name}” in agreement.toml must be a table.")
    return dict(found)


def _text(data: Mapping[str, Any], name: str) -> str:
    found = data.get(name)
    if not isinstance(found, str) or not found:
        raise SettingInvalid(f"agreement.toml lacks “{name}”.")
    return found
