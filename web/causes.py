"""Words for what is stuck: the reason as a heading, why, what happens if nobody acts, and what each act does.

Everything takes the plain dicts of `queries.causes`; no person's name, no citizen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.actions.chosen import CHOSEN
from engine.stuck import TITLES
from web.words import _, ngettext

#: The acts that may help, the likeliest first; what is not here is not offered for that reason.
OFFERED = {
    "failed": ("retry", "amend", "move", "skip", "suspend", "cancel"),
    "overdue": ("remind", "give", "move", "skip", "suspend", "cancel"),
    "orphaned": ("give", "remind", "move", "skip", "suspend", "cancel"),
    "timer": ("retry", "move", "suspend", "cancel"),
    "message": ("move", "remind", "skip", "retry", "suspend", "cancel"),
    "zombie": ("move", "restart", "cancel"),
    "loop": ("move", "amend", "restart", "retry", "suspend", "cancel"),
    "blocked": ("retry", "move", "amend", "cancel"),
    "held": ("resume", "cancel"),
    "undeliverable": ("deliver", "discard"),
}

#: All that can be done to an instance that runs.
ANY = (
    "retry", "give", "remind", "reschedule", "amend", "move", "skip", "restart", "migrate", "suspend", "cancel",
)  # fmt: skip
#: What can be done to a whole group at once, the likeliest first.
MANY = {
    "failed": ("retry", "skip", "suspend", "cancel"),
    "overdue": ("remind", "give", "skip", "suspend", "cancel"),
    "orphaned": ("give", "remind", "skip", "suspend", "cancel"),
    "timer": ("retry", "suspend", "cancel"),
    "message": ("remind", "skip", "suspend", "cancel"),
    "zombie": ("cancel",),
    "loop": ("suspend", "retry", "cancel"),
    "blocked": ("retry", "resume", "cancel"),
    "undeliverable": ("deliver", "discard", "retry", "suspend"),
    CHOSEN: (
        "retry",
        "remind",
        "reschedule",
        "move",
        "restart",
        "amend",
        "suspend",
        "resume",
        "cancel",
    ),
}


def fitting(walk: Mapping[str, Any], *, gives: bool, other: bool) -> tuple[str, ...]:
    """The acts that fit an instance as it stands, whether it is stuck or not; `other`: another version is in force."""
    if walk["status"] in ("completed", "cancelled"):
        return ()
    if walk["status"] == "suspended":
        return OFFERED["held"]
    left_out = {
        "give": not gives,
        "remind": not any(one["status"] in ("open", "overdue") for one in walk["deadlines"]),
        "reschedule": not walk["timers"],
        "migrate": not other,
    }
    return tuple(act for act in ANY if not left_out.get(act))


def offered(cause: Mapping[str, Any]) -> tuple[str, ...]:
    """The acts for this cause, the likeliest first."""
    if cause["detail"] == "suspended":
        return OFFERED["held"]
    if cause["reason"] == "undeliverable" and not cause["ref"].startswith("message:"):
        return OFFERED["failed"]
    acts = cause.get("fits") or OFFERED[cause["reason"]]
    # Only a task is given to somebody.
    gives = cause.get("gives", True)
    return tuple(act for act in acts if act != "give" or gives)


def title(reason: str) -> str:
    """The group's heading."""
    return _("Valgte forløb") if reason == CHOSEN else _(TITLES[reason])


def why(cause: Mapping[str, Any]) -> str:
    """One sentence: what is wrong here."""
    name, detail = cause["name"] or cause["element"], cause["detail"]
    return {
        "failed": _("Trinnet kunne ikke tages, og der prøves ikke igen af sig selv. Kode: %(code)s.", code=detail),
        "overdue": _("Aftalens frist er overskredet, og det, den gælder, er ikke gjort."),
        "nobody": _("Ingen aktiv bruger i enheden har en rolle, der må tage opgaven."),
        "holder_gone": _("Den, der har taget opgaven, er ikke længere i enheden."),
        "untaken": _("Opgaven har ingen frist efter aftalen, og ingen har taget den i fem hverdage."),
        "timer": _("Et tidspunkt er passeret, uden at der er sket noget."),
        "message": _("Forløbet venter kun på beskeden »%(names)s«, og den er længe undervejs.", names=detail),
        "zombie": _("Forløbet har ingen opgave, intet tidspunkt og ingen besked at vente på."),
        "loop_without_wait": _("Et trin fører tilbage til sig selv, uden at nogen skal gøre noget."),
        "loop": _("»%(name)s« er begyndt %(times)s gange på en time.", name=name, times=detail),
        "suspended": _("Driften satte forløbet på pause for mere end fem hverdage siden."),
        "child": _("Forløbet venter på et andet forløb, som selv er gået i stå."),
        "blocked": _("Noget, som trinnet skal bruge, er der ikke. Kode: %(code)s.", code=detail),
        "unmatched": _("Ingen venter på beskeden »%(name)s«.", name=detail),
        "undeliverable": _("Beskeden er prøvet flere gange uden at nå frem. Kode: %(code)s.", code=detail),
    }[_kind(cause)]  # fmt: skip


def otherwise(cause: Mapping[str, Any]) -> str:
    """What happens if nobody does anything."""
    return {
        "failed": _("Forløbet bliver stående, og de frister, der løber, overskrides."),
        "overdue": _(
            "Fristen står som overskredet i rapporten, og den, der venter, får ikke svar."
        ),
        "orphaned": _("Opgaven bliver ikke løst, før nogen får den."),
        "timer": _("Påmindelser og næste trin udebliver, til uret går igen."),
        "message": _("Forløbet venter, til beskeden kommer."),
        "zombie": _("Forløbet rører sig aldrig igen."),
        "loop": _("Forløbet bliver stående, og intet er gjort."),
        "blocked": _("Forløbet bliver stående, til det, der mangler, er på plads."),
        "undeliverable": _("Beskeden bliver liggende, og den, den var til, ved ikke noget."),
    }[cause["reason"]]


def _kind(cause: Mapping[str, Any]) -> str:
    reason, detail = cause["reason"], cause["detail"]
    if reason == "orphaned" or detail in ("suspended", "child", "loop_without_wait"):
        return str(detail)
    if reason == "undeliverable" and cause["ref"].startswith("message:"):
        return "unmatched"
    return str(reason)


def act(name: str) -> tuple[str, str, str]:
    """An act's title, what it does in a few words, and the button that does it."""
    return {
        "retry": (_("Prøv igen"), _("Det, der fejlede eller er bagud, gøres nu"), _("Prøv igen nu")),
        "give": (_("Giv opgaven til en anden"), _("En i enheden, som må tage den"), _("Giv opgaven")),
        "remind": (_("Mind enheden om det"), _("Fristen bliver ny i indbakken, intet andet ændres"), _("Mind om det")),
        "move": (_("Flyt til et andet trin"), _("Stafetten lægges på et andet trin"), _("Flyt stafetten")),
        "skip": (_("Spring trinnet over"), _("Stafetten går videre, og trinnet er ikke gjort"), _("Spring over")),
        "restart": (_("Begynd igen fra et trin"), _("Alt, der er åbent, bortfalder"), _("Begynd igen derfra")),
        "reschedule": (_("Flyt et tidspunkt"), _("Det sker en anden dag"), _("Flyt tidspunktet")),
        "migrate": (_("Flyt til den nyeste udgave"), _("Det går videre efter det nye diagram"), _("Flyt til udgaven")),
        "amend": (_("Ret en oplysning"), _("Det, som diagrammet vælger vej efter"), _("Ret oplysningen")),
        "suspend": (_("Sæt på pause"), _("Intet sker, før nogen sætter forløbet i gang igen"), _("Sæt på pause")),
        "resume": (_("Sæt i gang igen"), _("Det, der ventede, sker nu"), _("Sæt i gang")),
        "cancel": (_("Afbryd forløbet"), _("Opgaver og frister bortfalder. Kan ikke fortrydes"), _("Afbryd forløbet")),
        "deliver": (_("Aflevér beskeden nu"), _("Til de forløb, der venter på den nu"), _("Aflevér beskeden")),
        "discard": (_("Læg beskeden til side"), _("Den bliver på sagen, men venter ikke mere"), _("Læg til side")),
        "put_back": (_("Læg beskeden tilbage"), _("Den venter igen og står på listen"), _("Læg tilbage")),
    }[name]  # fmt: skip


def many(name: str) -> tuple[str, str]:
    """An act on a whole group: its title, and what it does in a few words."""
    return {
        "retry": (_("Prøv alle igen"), _("Det, der fejlede eller er bagud, gøres nu")),
        "give": (_("Giv alle opgaverne til én"), _("En, som må tage dem. De andre bliver, hvor de er")),
        "skip": (_("Spring trinnet over ved alle"), _("Stafetten går videre, og trinnet er ikke gjort")),
        "remind": (_("Mind alle om det"), _("Fristen bliver ny i indbakken, intet andet ændres")),
        "suspend": (_("Sæt alle på pause"), _("Intet sker, før nogen sætter dem i gang igen. Kan fortrydes")),
        "reschedule": (_("Flyt et tidspunkt i alle"), _("Til en anden dag, eller så meget senere. Kan fortrydes")),
        "move": (_("Flyt alle til et andet trin"), _("Fra ét trin til et andet, i én udgave")),
        "restart": (_("Begynd alle igen fra et trin"), _("Alt, der er åbent, bortfalder")),
        "amend": (_("Ret en oplysning i alle"), _("Det, som diagrammet vælger vej efter. Kan fortrydes")),
        "resume": (_("Sæt alle i gang igen"), _("Det, der ventede, sker nu")),
        "cancel": (_("Afbryd alle"), _("Opgaver og frister bortfalder. Kan ikke fortrydes")),
        "deliver": (_("Aflevér alle beskeder"), _("Til de forløb, der venter på dem nu")),
        "discard": (_("Læg alle beskeder til side"), _("De bliver på sagen, men venter ikke mere. Kan fortrydes")),
        "put_back": (_("Læg alle beskeder tilbage"), _("De venter igen og står på listen")),
    }[name]  # fmt: skip


def many_button(name: str, count: int) -> str:
    """The button that begins it, with how many it is about."""
    return {
        "retry": ngettext("Prøv %(num)s forløb igen", "Prøv %(num)s forløb igen", count),
        "give": ngettext("Giv opgaven i %(num)s forløb", "Giv opgaverne i %(num)s forløb", count),
        "skip": ngettext("Spring over i %(num)s forløb", "Spring over i %(num)s forløb", count),
        "remind": ngettext("Mind om %(num)s forløb", "Mind om %(num)s forløb", count),
        "suspend": ngettext("Sæt %(num)s forløb på pause", "Sæt %(num)s forløb på pause", count),
        "reschedule": ngettext("Flyt tidspunktet i %(num)s forløb", "Flyt tidspunktet i %(num)s forløb", count),
        "move": ngettext("Flyt stafetten i %(num)s forløb", "Flyt stafetten i %(num)s forløb", count),
        "restart": ngettext("Begynd igen i %(num)s forløb", "Begynd igen i %(num)s forløb", count),
        "amend": ngettext("Ret oplysningen i %(num)s forløb", "Ret oplysningen i %(num)s forløb", count),
        "resume": ngettext("Sæt %(num)s forløb i gang igen", "Sæt %(num)s forløb i gang igen", count),
        "cancel": ngettext("Afbryd %(num)s forløb", "Afbryd %(num)s forløb", count),
        "deliver": ngettext("Aflevér %(num)s besked", "Aflevér %(num)s beskeder", count),
        "discard": ngettext("Læg %(num)s besked til side", "Læg %(num)s beskeder til side", count),
    }[name]  # fmt: skip
