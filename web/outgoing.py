"""Udbakke: messages on their way to a pathway, and mails and calls that did not get out of the house."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.errors import NotFound, StafetError
from web import causes, frist
from web.listing import PAGE, after, joined, operator, page, select
from web.sessions import now, store
from web.words import _, ngettext

Json = dict[str, Any]


def add_to(pages: Blueprint) -> None:
    """The list, and what is done about what was given up."""
    pages.add_url_rule("/drift/udbakke", "drift_udbakke", lambda: _page())
    pages.add_url_rule("/drift/udbakke", "given_up", _deal, methods=["POST"])


def _deal() -> Response | tuple[str, int]:
    """Try the chosen ones again, or put them aside."""
    me, numbers = operator(), request.form.getlist("numbers", type=int)
    act = actions.put_aside if request.form.get("do") == "aside" else actions.try_again
    try:
        act(store(), me, numbers, request.form.get("reason", ""), now=now())
    except NotFound:
        return redirect(url_for("web.drift_udbakke", vaek=1))
    except StafetError as exc:
        return _page(exc), exc.status
    return redirect(url_for("web.drift_udbakke", ud=1, _anchor="out"))


def _page(refused: StafetError | None = None) -> str:
    failed = {"fejlede": True, "venter": False}.get(request.args.get("vis", ""))
    found = queries.outbox(store(), operator(), failed=failed, limit=PAGE, after=after(), now=now())
    rows = [
        {
            "href": url_for("web.walk", instance_id=one["instance"], handling="retry", _anchor="acts")
            if one["instance"]
            else "",
            "title": one["title"],
            "note": joined(
                _("til forløb %(number)s", number=one["instance"]) if one["instance"] else one["to_pathway"] or "",
                _("sag %(number)s", number=one["case"]) if one["case"] else "",
                ngettext("prøvet %(num)s gang", "prøvet %(num)s gange", one["attempts"]) if one["attempts"] else "",
                one["error"] or "",
            ),
            "aside": _("sendt %(when)s", when=frist.day_and_clock(one["sent_at"], now())),
            "mark": "over" if one["error"] else "",
        }
        for one in found.items
    ]  # fmt: skip
    shown = [
        ("fejlede", _("Kun dem, der er prøvet forgæves")),
        ("venter", _("Kun dem, der venter")),
    ]
    left = queries.leaving(store(), operator(), now=now())
    return page(
        "udbakke",
        _("Udbakke"),
        _("Beskeder på vej til et forløb. Åbn en for at prøve igen. Nederst står mail og kald ud af huset."),
        rows,
        found.next,
        filters=[select("vis", _("Vis"), shown, dict(request.args))],
        chosen={key: value for key, value in request.args.items() if key == "vis" and failed is not None},
        empty=(_("Ingen beskeder er på vej"), _("Alle beskeder til et forløb er nået frem.")),
        template="outbox.html",
        waits=[
            _("%(what)s: %(num)s venter, siden %(when)s", what=_channel(channel), num=each["count"],
              when=frist.day_and_clock(each["oldest"], now()))
            for channel, each in left["waiting"].items()
        ],
        lost=[_lost(row) for row in left["rows"]],
        picked=set(request.form.getlist("numbers", type=int)),
        typed=request.form.get("reason", ""),
        problems={name: _(text) for name, text in refused.fields.items()} if refused else {},
    )  # fmt: skip


# ---- out of the house --------------------------------------------------------------------
def _lost(row: Json) -> Json:
    """One that was given up: `{id title note aside}`; nobody's address."""
    return {
        "id": row["id"],
        "title": ": ".join(
            [_kind(row["kind"]), *([causes.title(row["cause"])] if row["cause"] else ())]
        ),
        "note": joined(
            _channel(row["channel"]),
            ngettext("prøvet %(num)s gang", "prøvet %(num)s gange", row["attempts"]),
            _why(row["error"] or ""),
        ),
        "aside": _("opgivet %(when)s", when=frist.day_and_clock(row["ended_at"], now())),
    }


def _channel(name: str) -> str:
    return {"mail": _("Mail"), "webhook": _("Kald")}[name]


def _kind(kind: str) -> str:
    """What it tells; no one's name."""
    return {
        "confirm": _("Kode til en ny adresse"),
        "new": _("Ny opgave"),
        "given": _("Opgave givet videre"),
        "question": _("Spørgsmål til en kollega"),
        "answered": _("Svar på et spørgsmål"),
        "reminder": _("Påmindelse om en frist"),
        "overdue": _("Frist overskredet"),
        "escalation": _("Frist overskredet, til lederen"),
        "digest": _("Dagens mail"),
        "alert": _("Alarm"),
        "alert_day": _("Alarm, der varer ved"),
        "alert_end": _("Alarm, der er forbi"),
    }.get(kind, kind)


def _why(code: str) -> str:
    """What stopped it, for who is to mend it; the runbook has the rest."""
    said = {
        "mail_unreachable": _("mailserveren svarer ikke"),
        "mail_tls": _("mailserveren kan ikke kryptere, eller dens certifikat duer ikke"),
        "mail_login": _("mailserveren afviser Stafets adgangskode"),
        "mail_sender": _("mailserveren afviser Stafets adresse"),
        "mail_refused": _("mailserveren tager ikke imod til den adresse"),
        "hook_unreachable": _("modtageren svarer ikke"),
        "hook_tls": _("modtagerens certifikat duer ikke"),
        "hook_failed": _("modtageren fejler"),
        "hook_refused": _("modtageren afviser kaldet"),
        "hook_redirected": _("modtageren er flyttet"),
        "no_address": _("modtageren er ikke sat op mere"),
    }.get(code)
    return said or _("kode: %(code)s", code=code)
