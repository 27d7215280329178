"""What the scripts of the drawing and of the editors beside it say: words that no template holds."""

from __future__ import annotations

from typing import Any

from web import terms
from web.words import _


def drawing() -> dict[str, Any]:
    """What the drawing's script says."""
    return _saving() | {
        "name": _("Navn"),
        "lane": _("Bane"),
        "form": _("Formular"),
        "none": _("(ingen)"),
        "clauses": _("Punkter i aftalen"),
        "add_clause": _("Tilføj punkt"),
        "remove": _("Fjern"),
        "frist": _("Frist"),
        "frist_hint": _("Fx 3 hverdage, 24 timer, 8 dage før"),
        "fra": _("Tæller fra"),
        "fra_hint": _("Et udtryk (FEEL), fx =indkaldt. Tom: når trinnet begynder"),
        "besked": _("Besked, når trinnet er udført"),
        "titel": _("Beskedens overskrift"),
        "til": _("Besked til"),
        "condition": _("Betingelse"),
        "condition_hint": _("Et udtryk (FEEL), fx =accept = false"),
        "feel_help": _("Hjælp til udtryk"),
        "feel_names": _("Navne, der kan bruges her. Tryk for at indsætte:"),
        "feel_samples": [
            ["=accept = false", _("svaret på accept er nej")],
            ['=type = "ny_plan"', _("den valgte værdi er ny_plan")],
            ["=antal > 3 and accept", _("antallet er over 3, og svaret er ja")],
            ["=svar_fra = null", _("ingen har svaret på svar_fra")],
            ['=frist("3 hverdage", indkaldt)', _("3 hverdage efter dagen i indkaldt")],
        ],
        "tomt": _("Intet svar betyder"),
        "tomt_hint": _(
            "Når valget læser et svar, som kan mangle. Fx: Intet svar er intet ja: borgeren udskrives ikke endnu."
        ),
        "om": _("Hvem handler forløbet om?"),
        "om_hint": _("Forløbet tilbydes kun på disse sager."),
        "om_words": terms.subject_words(),
        "om_part": _("En fælles del løber på alle sager; det forløb, der kalder den, siger hvem."),
        "nothing": _("Vælg et trin eller en pil i diagrammet."),
        "no_findings": _("Ingen fejl. Kladden kan sendes til godkendelse."),
        "errors": _("Fejl: %(errors)s. Advarsler: %(warnings)s."),
        "error": _("Fejl"),
        "warning": _("Advarsel"),
        "open_form": _("Åbn formularen"),
        "new_form": _("Ny formular"),
        "form_name": _("Den nye formulars navn"),
        "open_table": _("Åbn tabellen"),
        "new_table": _("Ny tabel"),
        "table_name": _("Den nye tabels navn"),
        "beslutning": _("Tabel"),
        "resultat": _("Svaret gemmes som"),
        "called": _("Kalder"),
        "here": _("Her"),
        "elsewhere": _("I %(names)s"),
        "not_covered": _("Ikke dækket"),
        "covered": _(
            "%(here)s af %(all)s punkter står i dette diagram, %(left)s står ingen steder."
        ),
        "templates": {
            "frist": _("Opgave med frist"),
            "accept": _("Acceptrunde"),
            "samtykke": _("Samtykke"),
            "moede": _("Netværksmøde"),
            "tabel": _("Opslag i tabel"),
            "paamindelse": _("Vent og påmind"),
            "del": _("Fælles del"),
        },
        "made": {
            "task": _("Ny opgave"),
            "answer": _("Tag stilling"),
            "all": _("Accepterer alle?"),
            "yes": _("Ja"),
            "no": _("Nej"),
            "ask": _("Indhent samtykke"),
            "given": _("Er der samtykke?"),
            "noted": _("Samtykket er noteret"),
            "invite": _("Indkald til netværksmøde"),
            "hold": _("Hold netværksmødet"),
            "look": _("Slå op"),
            "wait": _("Vent"),
            "remind": _("Følg op"),
            "part": _("Fælles del"),
        },
        "pasted": _("Kopieret. Åbn et andet diagram, og tryk Ctrl+V."),
        "form_came": _("Formularen “%(name)s” fulgte med."),
        "form_renamed": _(
            "Her er “%(name)s” en anden formular, og den er, som den var. Den, der fulgte med, hedder her “%(here)s”."
        ),
        "table_came": _("Tabellen “%(name)s” fulgte med."),
        "table_other": _(
            "Her er “%(name)s” en anden tabel, og det er den, der bliver spurgt. Se efter, om den svarer rigtigt."
        ),
        "draws": _("Filen har ingen tegning. Den bliver tegnet nu; det kan tage et minut."),
        "drawn": _(
            "Filen havde ingen tegning. Stafet har tegnet den; flyt det, der skal stå anderledes."
        ),
        "partly": _("Stafet har tegnet filen, men ikke: %(names)s. Tegn dem, eller slet dem."),
        "undrawn": _(
            "Filen har ingen tegning, og Stafet kan ikke lave den. Åbn filen i det værktøj, den kommer fra, "
            "lav tegningen dér, og hent den ind igen."
        ),
        "unreadable": _(
            "Tegningen kan ikke vises. Se, hvad der skal rettes. Det gemte er der stadig."
        ),
    }


def form() -> dict[str, Any]:
    """What the form editor's script says."""
    return _saving() | {
        "types": {
            "textfield": _("Tekst på én linje"), "textarea": _("Tekst på flere linjer"), "number": _("Tal"),
            "date": _("Dato"), "time": _("Klokkeslæt"), "datetime": _("Dato og klokkeslæt"),
            "checkbox": _("Ét kryds"), "radio": _("Vælg én (knapper)"), "select": _("Vælg én (liste)"),
            "checklist": _("Sæt flere kryds"), "taglist": _("Vælg flere (liste)"), "group": _("Gruppe"),
            "dynamiclist": _("Rækker"), "expression": _("Beregnet felt"), "text": _("Tekst til læseren"),
            "table": _("Tabel"), "separator": _("Streg"), "spacer": _("Luft"), "default": _("Formularen"),
        },
        "props": {
            "label": _("Navn på feltet"), "key": _("Nøgle"), "description": _("Hjælp under navnet"),
            "required": _("Skal udfyldes"), "minLength": _("Mindst antal tegn"), "maxLength": _("Højst antal tegn"),
            "pattern": _("Mønster"), "patternErrorMessage": _("Besked, når mønstret ikke passer"),
            "validationType": _("Slags"), "min": _("Mindste tal"), "max": _("Største tal"),
            "decimalDigits": _("Decimaler"), "values": _("Muligheder, én på hver linje: værdi = tekst"),
            "valuesExpression": _("Muligheder fra et udtryk"), "tidligst": _("Tidligst"), "senest": _("Senest"),
            "disallowPassedDates": _("Må ikke være passeret"), "path": _("Nøgle"), "text": _("Tekst"),
            "expression": _("Udtryk"), "vises_som": _("Vises som"), "hide": _("Skjul, når"),
            "eksempel": _("Eksempel til prøver"), "readonly": _("Vises kun"), "dataSource": _("Rækker fra"),
            "defaultRepetitions": _("Rækker fra begyndelsen"), "fixed": _("Antallet af rækker er fast"),
            "columns": _("Kolonner, én på hver linje: nøgle = navn"),
        },
        "slags": {"": _("(ingen)"), "email": _("E-mail"), "phone": _("Telefon")},
        "rules": _("Regler over flere felter"), "add_rule": _("Tilføj regel"),
        "rule": {"felt": _("Felt"), "når": _("Når"), "udtryk": _("Skal gælde"), "besked": _("Besked")},
        "up": _("Flyt op"), "down": _("Flyt ned"), "remove": _("Slet feltet"), "drop": _("Fjern"),
        "empty": _("Formularen er tom. Vælg et felt til venstre."),
        "choose": _("Vælg et felt i formularen."), "yes": _("Ja"), "no": _("Nej"),
        "deleted": _("Formularen er slettet i kladden."),
    }  # fmt: skip


def table() -> dict[str, Any]:
    """What the table editor's script says."""
    return _saving() | {
        "hit": _("Række %(n)s passer"), "none": _("Ingen række passer"), "answer": _("Svaret bliver %(value)s"),
        "input": _("Oplysning"), "output": _("Svar"), "deleted": _("Tabellen er slettet i kladden."),
    }  # fmt: skip


def _saving() -> dict[str, str]:
    return {
        "saved": _("Gemt kl. %(when)s"), "saving": _("Gemmer …"), "unsaved": _("Ikke gemt endnu"),
        "lost": _("Kunne ikke gemmes. Det prøves igen."),
        "read_only": _("Du kan se kladden. Kun procesdesignere kan tegne."),
    }  # fmt: skip
