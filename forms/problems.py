"""What a field can be told: one Danish sentence each, with a code.

The sentences are msgids: whoever shows them passes its own `gettext`.  As text a `Problem` is Danish and begins with
the field's label, so that it can stand alone in a summary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Gettext = Callable[[str], str]


def _(text: str) -> str:
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return text


class Word(str):
    """A fact that is itself a word of the catalogue (the name of a month, a kind of value)."""

    __slots__ = ()


MONTHS = tuple(
    Word(name)
    for name in (
        _("januar"),
        _("februar"),
        _("marts"),
        _("april"),
        _("maj"),
        _("juni"),
        _("juli"),
        _("august"),
        _("september"),
        _("oktober"),
        _("november"),
        _("december"),
    )
)

#: What a person reads, by code.
SENTENCES = {
    "required": _("Udfyld feltet."),
    "choose": _("Vælg en af mulighederne."),
    "tick": _("Sæt kryds for at gå videre."),
    "tick_one": _("Sæt mindst ét kryds."),
    "row": _("Tilføj mindst én række."),
    "too_many_rows": _("Der kan højst være %(most)s rækker."),
    "unknown": _("Formularen har ikke feltet »%(key)s«."),
    "not_answers": _("Svarene skal være navngivne felter."),
    "not_text": _("Skriv en tekst."),
    "characters": _("Teksten indeholder tegn, som ikke kan gemmes. Skriv den igen."),
    "not_yes_no": _("Svar ja eller nej."),
    "not_a_list": _("Svaret skal være en liste."),
    "not_an_option": _("Vælg blandt de muligheder, der vises."),
    "not_a_number": _("Skriv et tal, for eksempel 3 eller 2,5."),
    "too_big": _("Tallet er for stort."),
    "least": _("Skriv mindst %(least)s."),
    "most": _("Skriv højst %(most)s."),
    "whole": _("Skriv et helt tal."),
    "decimals": _("Skriv højst %(most)s decimaler."),
    "too_short": _("Skriv mindst %(least)s tegn."),
    "too_long": _("Skriv højst %(most)s tegn."),
    "pattern": _("Det er ikke skrevet på den måde, som feltet skal bruge."),
    "email": _("Skriv en e-mailadresse, for eksempel navn@eksempel.dk."),
    "phone": _("Skriv et telefonnummer med otte cifre, eller med landekode."),
    "not_a_date": _("Skriv dag, måned og år."),
    "year": _("Skriv året med fire cifre."),
    "no_month": _("Der er kun 12 måneder i et år."),
    "no_such_day": _("%(day)s. %(month)s %(year)s findes ikke. Måneden har %(days)s dage."),
    "no_such_time": _("Det klokkeslæt findes ikke den dag, fordi uret stilles frem."),
    "not_a_time": _("Skriv et klokkeslæt, for eksempel 13.30."),
    "past": _("Skriv en dato, der ikke er passeret."),
    "earliest": _("Skriv en dato, der tidligst er %(earliest)s."),
    "latest": _("Skriv en dato, der senest er %(latest)s."),
    "rule": _("Svarene passer ikke sammen."),
    # What a designer is told of a form (forms/refusals.py).
    "form_shape": _("Formularen kan ikke læses. Åbn den i formulareditoren, og gem den igen."),
    "form_size": _("Formularen er for stor eller for dyb. Del den i flere opgaver."),
    "component": _(
        "Komponenten »%(type)s« kan ikke vises. Brug en af dem, der står i designernes vejledning."
    ),
    "key": _(
        "»%(key)s« kan ikke være et feltnavn. Brug bogstaver, tal og understreg, og begynd med et bogstav."
    ),
    "key_twice": _("Feltnavnet »%(key)s« er brugt to gange. Giv det ene felt et andet navn."),
    "properties": _("Egne egenskaber skal være tekster."),
    "limit": _("Grænsen »%(limit)s« kan ikke bruges på dette felt. Fjern den."),
    "limit_number": _("»%(limit)s« skal være et tal."),
    "limit_most": _("»%(limit)s« kan højst være %(most)s på dette felt."),
    "limit_yes_no": _("»%(limit)s« skal være ja eller nej, ikke et udtryk."),
    "bad_pattern": _(
        "Mønsteret kan ikke bruges: %(where)s. Brug tegn, klasser, grupper og gentagelser."
    ),
    "no_options": _(
        "Feltet har ingen valgmuligheder. Skriv dem, eller giv et udtryk, der henter dem."
    ),
    "option_shape": _("Hver valgmulighed skal have en værdi og en tekst."),
    "option_twice": _("To valgmuligheder har samme værdi."),
    "setting": _("Indstillingen »%(setting)s« har en værdi, som serveren ikke kan bruge."),
    "limits_crossed": _("»%(low)s« er større end »%(high)s«, så intet svar kan godtages."),
    "own": _(
        "Egenskaben »%(name)s« kendes ikke her. De egne egenskaber står i designernes vejledning."
    ),
    "no_label": _("Feltet mangler sin ledetekst."),
    "template": _(
        "Teksten kan ikke udfyldes. Kun tekstkomponenten kan, med {{ udtryk }} uden løkker."
    ),
    "no_expression": _("Feltet mangler sit udtryk."),
    "bad_expression": _("Udtrykket »%(text)s« kan ikke læses."),
    "rule_shape": _(
        "En regel skal have felt, besked og enten når eller udtryk, alle som tekst, og intet andet."
    ),
    "rule_field": _("Reglen peger på feltet »%(field)s«, som ikke findes øverst i formularen."),
}


class Problem(str):
    """A foreseen "no" about one field: reads as the Danish sentence with the field's label in front.

    `own` is a sentence that the form's designer wrote; it is shown as it is.
    """

    __slots__ = ("code", "facts", "label", "own")

    code: str
    label: str
    own: str
    facts: dict[str, Any]

    def __new__(cls, code: str, *, label: str = "", own: str = "", **facts: Any) -> Problem:
        """`facts` fill the sentence's placeholders."""
        sentence = _filled(own or SENTENCES[code], facts if not own else {})
        made = super().__new__(cls, _with_label(label, sentence))
        made.code, made.label, made.own, made.facts = code, label, own, facts
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """So that a copy is whole."""
        return (self.code,), {"label": self.label, "own": self.own, **self.facts}

    @property
    def sentence(self) -> str:
        """The msgid, or the designer's own sentence."""
        return self.own or SENTENCES[self.code]

    def bare(self, gettext: Gettext = _) -> str:
        """The sentence without the label, to stand at the field."""
        if self.own:
            return self.own
        facts = {k: gettext(v) if isinstance(v, Word) else v for k, v in self.facts.items()}
        return _filled(gettext(self.sentence), facts)

    def text(self, gettext: Gettext = _) -> str:
        """The sentence with the field's label, to stand alone."""
        return _with_label(self.label, self.bare(gettext))

    def at(self, label: str) -> Problem:
        """The same, said of the field with this label."""
        return Problem(self.code, label=label, own=self.own, **self.facts)


def _filled(sentence: str, facts: dict[str, Any]) -> str:
    return sentence % facts if facts else sentence


def _with_label(label: str, sentence: str) -> str:
    if not label:
        return sentence
    return f"{label}{'' if label[-1] in '?!.' else ':'} {sentence}"
