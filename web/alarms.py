"""Alarmer: which causes operators are told of, since when, who was; a cause that is known is silenced for a while."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.actions.alerting import NotSilent
from engine.calendar import COPENHAGEN
from engine.errors import NotFound, StafetError
from engine.model import Actor
from engine.stuck import REASONS
from web import causes, frist
from web.errors import sentence
from web.listing import operator
from web.sessions import house, now, store
from web.words import _, ngettext

Json = dict[str, Any]


def add_to(pages: Blueprint) -> None:
    """The page and its two acts."""
    pages.add_url_rule("/drift/alarmer", "drift_alarmer", _show)
    pages.add_url_rule("/drift/alarmer", "silence", _silence, methods=["POST"])
    pages.add_url_rule("/drift/alarmer/<reason>/lyd", "sound", _sound, methods=["POST"])


def _show() -> str:
    return _page(operator())


def _silence() -> Response | tuple[str, int]:
    me, form = operator(), request.form
    # What is none of the choices is no moment that can be chosen.
    until = _lengths().get(form.get("until", ""), (now(), ""))[0]
    cause, why = form.get("cause", ""), form.get("reason", "")
    try:
        actions.silence(store(), me, cause, until, why, now=now())
    except StafetError as exc:
        return _page(me, exc), exc.status
    return redirect(url_for("web.drift_alarmer", gjort="stille"))


def _sound(reason: str) -> Response:
    if reason not in REASONS:
        raise NotFound
    with suppress(NotSilent):  # its time is over, or a colleague was first: what was wanted is so
        actions.sound(store(), operator(), reason, now=now())
    return redirect(url_for("web.drift_alarmer", gjort="lyd"))


def _lengths() -> dict[str, tuple[datetime, str]]:
    """For how long a cause can be silenced: until when, and what that is called."""
    here = now().astimezone(COPENHAGEN)
    tomorrow = datetime.combine(here.date() + timedelta(days=1), time(8), COPENHAGEN)
    return {
        "hour": (now() + timedelta(hours=1), _("En time")),
        "hours": (now() + timedelta(hours=4), _("Fire timer")),
        "morning": (tomorrow, _("Til i morgen kl. 8")),
        "week": (now() + timedelta(days=7), _("En uge")),
    }


# ---- the page ----------------------------------------------------------------------------
def _page(me: Actor, refused: StafetError | None = None) -> str:
    actions.watch(store(), now=now())
    found = queries.alerts(store(), me, now=now())
    groups = {one["reason"]: one for one in queries.groups(store(), me, now=now())}
    said = house().settings.alerts
    told = said.receivers(store().keyring.mark)
    rules = actions.Rules(tuple(told), said.quiet, said.urgent, said.after)
    for one in (*found["open"], *found["ended"]):
        one["letters"] = _newest(one["letters"], told)
    for one in found["open"]:
        one["group"] = groups.get(one["cause"])
        one["untold"] = _untold(one, found["silences"], rules)
    return render_template(
        "alarms.html",
        section="operations",
        verdict=_verdict(found["open"]),
        running=found["open"],
        ended=found["ended"],
        silences=found["silences"],
        setup=_setup(rules, list(told.values())),
        title_of=causes.title,
        reasons=[(each, causes.title(each)) for each in REASONS],
        lengths=[(key, words) for key, (_until, words) in _lengths().items()],
        typed=request.form or {"cause": request.args.get("aarsag", "")},
        problems={name: _(text) for name, text in refused.fields.items()} if refused else {},
        refused=sentence(refused) if refused and not refused.fields else "",
    )


def _verdict(running: list[Json]) -> str:
    if not running:
        return _("Ingen alarm er åben.")
    return ngettext("%(num)s alarm er åben.", "%(num)s alarmer er åbne.", len(running))


def _untold(one: Json, silences: Json, rules: actions.Rules) -> str:
    """Why nothing more is told of it now; empty where nothing holds it back, or its silence says so beside it."""
    if one["gone_at"] is not None:
        return _("Årsagen er væk. Er den det stadig om lidt, er alarmen forbi.")
    if one["cause"] in silences:
        return ""
    if not rules.to:
        return _("Ingen får besked.")
    if rules.quiet and rules.hushed(one["cause"], now()):
        return _("Der er stille timer til kl. %(time)s.", time=f"{rules.quiet[1]:%H.%M}")
    if one["told_at"] is None:
        minutes = rules.after // timedelta(minutes=1)
        return ngettext(
            "Der ventes, til den har varet i %(num)s minut.",
            "Der ventes, til den har varet i %(num)s minutter.", minutes,
        )  # fmt: skip
    return ""


def _newest(letters: list[Json], told: dict[tuple[str, str], str]) -> list[Json]:
    """The newest letter to each receiver: `{who status became}`."""
    newest: dict[tuple[str, str], Json] = {}
    for one in letters:
        newest.setdefault((one["channel"], one["to"]), one)
    return [
        {
            "who": told.get(which) or _("En modtager, som ikke er sat op her"),
            "status": one["status"],
            "became": _became(one),
        }
        for which, one in newest.items()
    ]


def _became(letter: Json) -> str:
    when = frist.day_and_clock(letter["at"], now())
    return {
        "sent": _("sendt %(when)s", when=when),
        "waiting": _("på vej siden %(when)s", when=when),
        "dropped": _("ikke sendt, fordi det var forbi"),
        "given_up": _("opgivet %(when)s. Kode: %(code)s", when=when, code=letter["error"]),
    }[letter["status"]]


def _setup(rules: actions.Rules, receivers: list[str]) -> list[tuple[str, str]]:
    """What the settings say, as names and texts."""
    quiet, minutes = rules.quiet, rules.after // timedelta(minutes=1)
    said = [
        (_("Modtagere"), ", ".join(receivers) or _("ingen")),
        (_("Besked efter"), ngettext("%(num)s minut", "%(num)s minutter", minutes)),
        (_("Stille timer"), f"{quiet[0]:%H.%M}–{quiet[1]:%H.%M}" if quiet else _("ingen")),
    ]
    if quiet and rules.urgent:
        urgent = (causes.title(each) for each in REASONS if each in rules.urgent)
        said.append((_("Også i stille timer"), ", ".join(urgent)))
    return said
