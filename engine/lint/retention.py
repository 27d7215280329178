"""Rules about an agreement's settings: how long what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.agreement import Agreement
from engine.imports.notes import Note
from engine.retention import doubts

SettingsRule = Callable[[Agreement], Iterator[Note]]
_SAID = {
    "missing": (
        "Aftalen siger ikke, hvor længe “{slags}” gemmes, så det slettes aldrig.",
        'Skriv under [opbevaring] fx {slags} = {{ efter = "10 år", grund = "…" }}.',
    ),
    "short": (
        "“{slags}” gemmes kortere end de 10 år, som patientjournaler skal gemmes.",
        "Se autorisationslovens § 25, og skriv i “grund”, hvorfor den ikke gælder her.",
    ),
    "outlives": (
        "“{slags}” gemmes længere end sagen, som det hører til.",
        "Gem “sag” mindst lige så længe, eller gør fristen kortere.",
    ),
    "log": (
        "Loggen kan kun fortælle, hvem den handler om, kortere end sagen gemmes.",
        "Gør “log” mindst lige så lang som “sag”.",
    ),
}


def kept_as_it_should(agreement: Agreement) -> Iterator[Note]:
    """The agreement says how long everything is kept, and no shorter than the law."""
    for code, facts in doubts(agreement.retention):
        message, hint = _SAID[code]
        yield Note("", message, hint, facts, severity="warning")


SETTINGS_RULES: tuple[SettingsRule, ...] = (kept_as_it_should,)
