"""The studio's pages: the pathways and their drafts, one of them being drawn, and what a colleague approves.

The drawing itself is `src/studio.js`, which saves and lints over the API; everything else works without scripts.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, queries, studio
from engine.calendar import DANISH, count, parse
from engine.errors import DeployRefused, FristInvalid, StafetError
from engine.model import Actor
from web import counted, frist
from web.sessions import actor, now, session, store
from web.words import _

#: What the editor says, for its script.
_LONGEST = 80


def add_to(pages: Blueprint) -> None:
    """The list, the editor, the deadline's preview, and the approval."""
    pages.add_url_rule("/studie", "studio", _list)
    pages.add_url_rule("/studie/<agreement>/<key>", "drawing", _draw)
    pages.add_url_rule("/studie/<agreement>/<key>/frist", "preview", _preview)
    pages.add_url_rule("/studie/<agreement>/<key>/godkend", "approval", _approval)
    pages.add_url_rule("/studie/<agreement>/<key>/godkend", "decide", _decide, methods=["POST"])


def may_look(who: Actor) -> bool:
    """Whether the person draws pathways or may approve them."""
    return access.may_deploy(who) or who.has(access.LEADER)


def _list() -> str:
    drafts = studio.drafts(store(), actor(), now=now())
    found = queries.pathways(store(), actor(), now=now())
    names = {(one["agreement"], one["key"]): one for one in found}
    drawn = {(one["agreement"], one["key"]): one for one in drafts}
    by_title = groupby(found, key=lambda one: one["agreement_title"])
    return render_template(
        "studio.html", section="studio", names=names, drafts=drafts, drawn=drawn,
        groups=[(title, list(rows)) for title, rows in by_title],
        done=request.args.get("gjort"),
    )  # fmt: skip


def _draw(agreement: str, key: str) -> str:
    who = actor()
    found = studio.draft_of(store(), who, agreement, key, now=now())
    here = session()
    about = {
        "agreement": agreement, "key": key, "version": found["version"], "csrf": here.csrf if here else "",
        "forms": sorted(found["forms"]), "clauses": found["clauses"], "lanes": found["lanes"],
        "parties": found["parties"], "may": access.may_deploy(who),
        "preview": url_for("web.preview", agreement=agreement, key=key), "words": _words(),
    }  # fmt: skip
    return render_template("drawing.html", section="studio", draft=found, about=about)


def _preview(agreement: str, key: str) -> Response:
    """`{said}` of a deadline that begins today, or `{problem}`; the words are the page's."""
    actor()
    text = request.args.get("frist", "")[:_LONGEST]
    if text.startswith("="):
        return jsonify(said=_("Regnes ud, når trinnet begynder."))
    try:
        found = count(parse(text), now(), DANISH)
    except FristInvalid:
        return jsonify(
            problem=_("Det er ikke en frist. Skriv fx 3 hverdage, 24 timer eller 8 dage før.")
        )
    skipped = counted.skipped_words([(one.date, one.why) for one in found.skipped], now())
    said = _("Fra i dag: %(when)s.", when=frist.due(found.due, now()))
    return jsonify(said=f"{said} {skipped}".strip(), days=len(found.counted))


def _approval(agreement: str, key: str) -> str:
    return _page(agreement, key)


def _decide(agreement: str, key: str) -> Any:
    do, said = request.form.get("do", ""), request.form.get("note", "").strip()
    place = (store(), actor(), agreement, key)
    acts: dict[str, Callable[[], object]] = {
        "submit": lambda: studio.submit(*place, said, now=now()),
        "approve": lambda: studio.approve(*place, now=now()),
        "back": lambda: studio.send_back(*place, said, now=now()),
        "discard": lambda: studio.discard(*place, now=now()),
    }
    if do not in acts:
        abort(400)
    if do in ("submit", "back") and not said:
        return _page(agreement, key, problem=_("Skriv hvorfor, så den anden kan følge med.")), 422
    try:
        acts[do]()
    except DeployRefused as exc:
        return _page(agreement, key, refused=list(exc.fields.values())), exc.status
    except StafetError as exc:
        if exc.status == 404:
            raise
        return _page(agreement, key, refused=[_(exc.sentence)]), exc.status
    return redirect(url_for("web.studio", gjort=do))


def _page(agreement: str, key: str, *, problem: str = "", refused: list[str] | None = None) -> str:
    found = studio.draft_of(store(), actor(), agreement, key, now=now())
    try:
        rows = (
            studio.changed(store(), actor(), agreement, key, now=now()) if found["version"] else []
        )
    except DeployRefused as exc:
        rows, refused = [], refused or list(exc.fields.values())
    return render_template(
        "approval.html", section="studio", draft=found, rows=[_told(row) for row in rows],
        problem=problem, refused=refused, typed=request.form.get("note", ""),
        draws=access.may_deploy(actor()),
    )  # fmt: skip


def _told(row: Any) -> dict[str, Any]:
    what = {
        "added": _("Tilføjet"), "removed": _("Fjernet"), "moved": _("Flyttet"), "changed": _("Ændret"),
    }  # fmt: skip
    return {
        "what": what[row.what],
        "name": row.name or row.id,
        "id": row.id,
        "properties": [(_property(each.name), each.old, each.new) for each in row.properties],
    }


def _property(name: str) -> str:
    known = {
        "name": _("Navn"), "lane": _("Bane"), "stafet:frist": _("Frist"), "stafet:fra": _("Tæller fra"),
        "stafet:klausul": _("Punkter i aftalen"), "stafet:form": _("Formular"), "kind": _("Type"),
        "conditionExpression": _("Betingelse"), "stafet:besked": _("Besked"), "stafet:til": _("Besked til"),
    }  # fmt: skip
    return known.get(name, name)


def _words() -> dict[str, str]:
    """What the script says."""
    return {
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
        "fra_hint": _("FEEL. Tom: når trinnet begynder"),
        "besked": _("Besked, når trinnet er udført"),
        "titel": _("Beskedens overskrift"),
        "til": _("Besked til"),
        "condition": _("Betingelse"),
        "condition_hint": _("FEEL, fx =accept = false"),
        "nothing": _("Vælg et trin eller en pil i diagrammet."),
        "saved": _("Gemt kl. %(when)s"),
        "saving": _("Gemmer …"),
        "unsaved": _("Ikke gemt endnu"),
        "lost": _("Kunne ikke gemmes. Det prøves igen."),
        "no_findings": _("Ingen fejl. Kladden kan sendes til godkendelse."),
        "errors": _("%(errors)s fejl, %(warnings)s advarsler"),
        "error": _("Fejl"),
        "warning": _("Advarsel"),
        "read_only": _("Du kan se kladden. Kun procesdesignere kan tegne."),
    }
