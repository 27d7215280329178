"""What stands in a mail: a date, a count, and a link that needs a login.  Never who, about whom, or which pathway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date, format_datetime

from engine.calendar import COPENHAGEN

#: A Danish sentence in the language of the reader, its places still open.
Say = Callable[[str], str]
Lines = tuple[str, list[str]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's two parts, both plain text."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """How the letters of one reader are worded; `house` is Stafet's public address without a slash at its end."""

    say: Say
    language: str
    house: str

    def letter(
        self, kind: str, facts: Mapping[str, Any], *, task: int | None = None, code: str = ""
    ) -> Letter:
        """The letter of this kind; `facts` are those of the outbox."""
        page = f"/opgaver/{task}" if task else "/frister"
        about = {**facts, "code": code, "link": self.house + page, "house": self.house}
        subject, lines = _KINDS[kind](self, about)
        return Letter(subject, "\n\n".join([*lines, self._foot(kind)]) + "\n")

    def words(self, text: str, **facts: object) -> str:
        """The sentence with its places filled."""
        said = self.say(text)
        return said % facts if facts else said

    def day(self, text: str) -> str:
        """`tirsdag 3. juni`."""
        at = datetime.fromisoformat(text).astimezone(COPENHAGEN)
        pattern = "EEEE d. MMMM" if self.language == "da" else "EEEE d MMMM"
        return str(format_date(at.date(), pattern, locale=self.language))

    def moment(self, text: str) -> str:
        """`tirsdag 3. juni kl. 10.15`."""
        at = datetime.fromisoformat(text).astimezone(COPENHAGEN)
        danish = self.language == "da"
        pattern = "EEEE d. MMMM 'kl.' HH.mm" if danish else "EEEE d MMMM 'at' HH:mm"
        return str(format_datetime(at, pattern, locale=self.language))

    def _foot(self, kind: str) -> str:
        _ = self.words
        if kind in ("alert", "alert_end"):
            return _("Mailen er sendt af Stafet og kan ikke besvares.")
        return _(
            "Mailen er sendt af Stafet og kan ikke besvares. Vælg selv, hvad du får: %(link)s",
            link=f"{self.house}/mail",
        )


# ---- the kinds ---------------------------------------------------------------------------
def _confirm(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    return _("Bekræft din mailadresse"), [
        _("Nogen har skrevet denne adresse i Stafet under »Beskeder på mail«. Er det dig, så skriv koden dér:"),
        about["code"],
        _("Siden er her, når du er logget ind: %(link)s", link=f"{it.house}/mail"),
        _("Er det ikke dig, skal du ikke gøre noget. Uden koden sendes der ikke mere."),
    ]  # fmt: skip


def _dated(it: Written, about: Mapping[str, Any]) -> str:
    _ = it.words
    if about.get("due"):
        return _("En opgave i Stafet har frist %(day)s.", day=it.day(about["due"]))
    return _("En opgave i Stafet venter. Den har ingen dato.")


def _link(it: Written, about: Mapping[str, Any]) -> str:
    _ = it.words
    return _("Se den, når du er logget ind: %(link)s", link=about["link"])


def _new(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    return _("Ny opgave i Stafet"), [_dated(it, about), _link(it, about)]


def _given(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    return _("En opgave i Stafet er givet til dig"), [_dated(it, about), _link(it, about)]


def _reminder(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    return _("Husk en frist i Stafet"), [_dated(it, about), _link(it, about)]


def _overdue(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    passed = _("En opgave i Stafet havde frist %(day)s.", day=it.day(about["due"]))
    return _("En frist i Stafet er overskredet"), [passed, _link(it, about)]


def _escalation(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    passed = _(
        "En opgave i din enhed havde frist %(day)s og er ikke færdig. Du får det at vide som leder.",
        day=it.day(about["due"]),
    )
    return _("Din enhed har overskredet en frist i Stafet"), [passed, _link(it, about)]


def _digest(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    lines = [_("Opgaver, du kan tage eller har: %(num)s", num=about["open"])]
    if about["new"]:
        lines.append(_("Nye siden sidst: %(num)s", num=about["new"]))
    if about["overdue"]:
        lines.append(_("Frister, der er overskredet: %(num)s", num=about["overdue"]))
    if about["led"]:
        lines.append(_("Overskredne frister i de enheder, du leder: %(num)s", num=about["led"]))
    if about["next"]:
        lines.append(_("Næste frist: %(day)s", day=it.day(about["next"])))
    here = _("Se dem, når du er logget ind: %(link)s", link=f"{it.house}/")
    return _("Dine opgaver i Stafet i dag"), ["\n".join(lines), here]


_KINDS: Mapping[str, Callable[[Written, Mapping[str, Any]], Lines]] = {
    "confirm": _confirm,
    "new": _new,
    "given": _given,
    "reminder": _reminder,
    "overdue": _overdue,
    "escalation": _escalation,
    "digest": _digest,
}
