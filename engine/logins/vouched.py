"""What an identity provider's claims say of a person, by the rules of the installation (pure).

    rules = Rules.from_toml(data)         # docs/operators.md has the file
    vouched = rules.read(claims)          # Vouched(subject, login, name, email, posts, level)

A claim is looked for by its whole name, then as a path with dots ("realm_access.roles").  What a claim says beyond the
rules gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.agreement import ROLES
from engine.errors import LevelTooLow, ProofRefused, SettingInvalid

#: How a unit is named by a claim: columns of `unit`.
CODES = ("sor", "cvr", "kommunekode")
#: At `level.accepted`: every level will do.
ANY = "*"
#: A login stands in lists and in the audit of others, so it must not be this.
_CPR = re.compile(r"\s*\d{6}[- ]?\d{4}\s*")
_TABLES = {"person", "level", "roles", "units", "groups"}


@dataclass(frozen=True, slots=True, order=True)
class Post:
    """A role in the unit that has this code."""

    kind: str
    code: str
    role: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who has logged in; `subject` is the provider's own name of the person, and says nothing else."""

    subject: str = field(repr=False)
    login: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    posts: frozenset[Post]
    level: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Which claim says what."""

    login: str
    name: str
    email: str
    level: str
    accepted: tuple[str, ...]
    role_claim: str
    roles: Mapping[str, str]
    unit_claim: str
    unit_kind: str
    units: Mapping[str, tuple[str, str]]
    #: (claim, value) → what it gives.
    groups: Mapping[tuple[str, str], tuple[Post, ...]]

    @property
    def levels(self) -> tuple[str, ...]:
        """What the provider is asked for; none where any will do."""
        return () if ANY in self.accepted else self.accepted

    @classmethod
    def from_toml(cls, data: Mapping[str, Any]) -> Rules:
        """The rules of a file; raises `SettingInvalid` with the place in it."""
        if unknown := set(data) - _TABLES:
            raise _bad(", ".join(sorted(unknown)), f"is not one of {', '.join(sorted(_TABLES))}")
        person, level = _table(data, "person"), _table(data, "level")
        roles, units = _table(data, "roles"), _table(data, "units")
        kind = _text(units, "units", "code", "sor")
        if kind not in CODES:
            raise _bad("units.code", f"must be one of {', '.join(CODES)}")
        return cls(
            login=_text(person, "person", "login", "preferred_username"),
            name=_text(person, "person", "name", "name"),
            email=_text(person, "person", "email", "email"),
            level=_text(level, "level", "claim", "acr"),
            accepted=_accepted(level),
            role_claim=_text(roles, "roles", "claim", ""),
            roles={value: _role(f"roles.{value}", to) for value, to in _values(roles, "roles")},
            unit_claim=_text(units, "units", "claim", ""),
            unit_kind=kind,
            units={value: _unit(f"units.{value}", to) for value, to in _values(units, "units")},
            groups=_groups(data),
        )

    def read(self, claims: Mapping[str, Any]) -> Vouched:
        """What they say; raises `LevelTooLow`, and `ProofRefused` where they do not name anybody."""
        level = _first(claims, self.level)
        if ANY not in self.accepted and level not in self.accepted:
            raise LevelTooLow
        subject, login, name = (_first(claims, one) for one in ("sub", self.login, self.name))
        if (
            not subject
            or len(subject) > 255
            or not login
            or len(login) > 80
            or _CPR.fullmatch(login)
        ):
            raise ProofRefused(
                "The identity provider did not say who you are. An operator must look at the claims."
            )
        email = _first(claims, self.email) if self.email else ""
        return Vouched(
            subject,
            _plain(login),
            _plain(name)[:200] or _plain(login),
            _plain(email)[:200],
            self._posts(claims),
            _plain(level)[:100],
        )

    def _posts(self, claims: Mapping[str, Any]) -> frozenset[Post]:
        found: set[Post] = set()
        for (claim, value), posts in self.groups.items():
            if value in _all(claims, claim):
                found.update(posts)
        roles = [self.roles[one] for one in _all(claims, self.role_claim) if one in self.roles]
        for one in _all(claims, self.unit_claim):
            kind, code = self.units.get(one, (self.unit_kind, one))
            found.update(Post(kind, code, role) for role in roles)
        return frozenset(found)


# ---- claims ------------------------------------------------------------------------------
def _all(claims: Mapping[str, Any], name: str) -> list[str]:
    """A claim's texts; one that is a text alone is a list of one."""
    value: Any = claims.get(name) if name else None
    if value is None and "." in name:
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    values = value if isinstance(value, list) else [value]
    return [str(one) for one in values if isinstance(one, str | int) and not isinstance(one, bool)]


def _first(claims: Mapping[str, Any], name: str) -> str:
    return next(iter(_all(claims, name)), "")


def _plain(text: str) -> str:
    """Without what no line of text holds, and what no database takes."""
    kept = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(kept.split())


# ---- the file ----------------------------------------------------------------------------
def _bad(place: str, what: str) -> SettingInvalid:
    return SettingInvalid(f"The rules for logins: {place} {what}.")


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, Mapping):
        raise _bad(name, "must be a table")
    return found


def _text(table: Mapping[str, Any], name: str, key: str, default: str) -> str:
    found = table.get(key, default)
    if not isinstance(found, str):
        raise _bad(f"{name}.{key}", "must be a text")
    return found


def _accepted(level: Mapping[str, Any]) -> tuple[str, ...]:
    found = level.get("accepted")
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        raise _bad("level.accepted", f'must list the levels that will do, or "{ANY}" for any')
    return tuple(found)


def _values(table: Mapping[str, Any], name: str) -> Iterable[tuple[str, Any]]:
    found = table.get("values", {})
    if not isinstance(found, Mapping):
        raise _bad(f"{name}.values", "must be a table")
    return found.items()


def _role(place: str, value: Any) -> str:
    if value not in ROLES:
        raise _bad(place, f"must be one of {', '.join(ROLES)}")
    return str(value)


def _unit(place: str, value: Any) -> tuple[str, str]:
    kind, _, code = str(value).partition(":")
    if kind not in CODES or not code:
        raise _bad(place, "must be like sor:123, cvr:12345678 or kommunekode:0751")
    return kind, code


def _groups(data: Mapping[str, Any]) -> dict[tuple[str, str], tuple[Post, ...]]:
    listed = data.get("groups", [])
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise _bad("groups", "must be a list of tables, each with claim, value, unit and role")
    found: dict[tuple[str, str], tuple[Post, ...]] = {}
    for number, one in enumerate(listed, 1):
        place = f"groups, number {number}:"
        where = (_text(one, place, "claim", ""), _text(one, place, "value", ""))
        if not all(where):
            raise _bad(place, "needs claim and value")
        post = Post(
            *_unit(f"{place} unit", one.get("unit")), _role(f"{place} role", one.get("role"))
        )
        found[where] = (*found.get(where, ()), post)
    return found
