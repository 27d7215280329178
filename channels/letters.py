"""What stands in a mail: a date, a count, and a link that needs a login.  Never who, about whom, or which pathway.

An alert says the same to another system, as values beside its sentence (`called`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date, format_datetime

from engine.calendar import COPENHAGEN
from engine.stuck import TITLES

#: A Danish sentence in the language of the reader, its places still open.
Say = Callable[[str], str]
Lines = tuple[str, list[str]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's two parts, both plain text."""

    subject: str
    text: str

    def and_in(self, other: Letter) -> Letter:
        """The same in another language below: whoever reads a shared letter box, nobody knows which is his."""
        return Letter(self.subject, f"{self.text}\n– – –\n\n{other.subject}\n\n{other.text}")


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
        if kind in ALERTS:
            page = drift(facts)
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
        if kind in ALERTS:
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


def _question(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    asked = _("En kollega har stillet dig et spørgsmål om en opgave i Stafet.")
    return _("En kollega har spurgt dig i Stafet"), [asked, _link(it, about)]


def _answered(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    heard = _("En kollega har svaret på det, du spurgte om ved en opgave i Stafet.")
    return _("Du har fået svar i Stafet"), [heard, _link(it, about)]


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
    if about.get("asked"):
        lines.append(
            _("Spørgsmål fra kolleger, der venter på dit svar: %(num)s", num=about["asked"])
        )
    if about.get("answered"):
        lines.append(_("Svar på det, du har spurgt om: %(num)s", num=about["answered"]))
    if about["led"]:
        lines.append(_("Overskredne frister i de enheder, du leder: %(num)s", num=about["led"]))
    if about["next"]:
        lines.append(_("Næste frist: %(day)s", day=it.day(about["next"])))
    here = _("Se dem, når du er logget ind: %(link)s", link=f"{it.house}/")
    return _("Dine opgaver i Stafet i dag"), ["\n".join(lines), here]


def _alert(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    cause = it.say(TITLES[about["cause"]])
    said = _("Noget sidder fast i Stafet siden %(moment)s.", moment=it.moment(about["since"]))
    return _("Alarm fra Stafet: %(cause)s", cause=cause), [said, *_counted(it, about)]


def _alert_day(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    cause = it.say(TITLES[about["cause"]])
    said = _(
        "Noget sidder stadig fast i Stafet, siden %(moment)s. Du får det at vide én gang om dagen.",
        moment=it.moment(about["since"]),
    )
    return _("Alarmen fra Stafet varer ved: %(cause)s", cause=cause), [said, *_counted(it, about)]


def _counted(it: Written, about: Mapping[str, Any]) -> list[str]:
    _ = it.words
    lines = [
        _("Årsag: %(cause)s", cause=it.say(TITLES[about["cause"]])),
        _("Antal: %(num)s", num=about["count"]),
    ]
    if about["oldest"]:
        moment = it.moment(about["oldest"])
        lines.append(_("Det ældste skulle være gået videre: %(moment)s", moment=moment))
    lines.append(_("Frister i aftalen på spil: %(num)s", num=about["at_risk"]))
    here = _("Se dem, når du er logget ind: %(link)s", link=about["link"])
    return ["\n".join(lines), here]


def _alert_end(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    cause = it.say(TITLES[about["cause"]])
    lines = [
        _("Årsag: %(cause)s", cause=cause),
        _("Begyndte: %(moment)s", moment=it.moment(about["since"])),
        _("Slut: %(moment)s", moment=it.moment(about["ended"])),
    ]
    over = _("Intet sidder mere fast i Stafet af denne årsag.")
    return _("Alarmen fra Stafet er forbi: %(cause)s", cause=cause), [over, "\n".join(lines)]


def _alert_test(it: Written, about: Mapping[str, Any]) -> Lines:
    _ = it.words
    said = _(
        "En driftsansvarlig prøver, om alarmer når frem hertil. Intet sidder fast på grund af denne mail."
    )
    return _("Prøve på en alarm fra Stafet"), [said, _link(it, about)]


_KINDS: Mapping[str, Callable[[Written, Mapping[str, Any]], Lines]] = {
    "confirm": _confirm,
    "new": _new,
    "given": _given,
    "question": _question,
    "answered": _answered,
    "reminder": _reminder,
    "overdue": _overdue,
    "escalation": _escalation,
    "digest": _digest,
    "alert": _alert,
    "alert_day": _alert_day,
    "alert_end": _alert_end,
    "alert_test": _alert_test,
}
#: Kinds for operators, and what another system is told that each is.
ALERTS = {"alert": "begin", "alert_day": "day", "alert_end": "end", "alert_test": "test"}


def drift(facts: Mapping[str, Any]) -> str:
    """The operator's page that an alert leads to."""
    return f"/drift?aarsag={facts['cause']}" if facts.get("cause") else "/drift"


def called(kind: str, facts: Mapping[str, Any], first: Written, other: Written) -> dict[str, Any]:
    """What another system is told: codes, counts, moments, and the sentence in two languages."""
    names = ("alert", "cause", "count", "instances", "at_risk", "oldest", "since", "ended")
    link = first.house + drift(facts)
    said = {
        name: f"{it.letter(kind, facts).subject}. {link}"
        for name, it in (("text", first), ("text_en", other))
    }
    return {
        "event": ALERTS[kind],
        **{name: facts.get(name) for name in names},
        "link": link,
        **said,
    }
