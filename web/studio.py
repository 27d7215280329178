"""The studio's pages: the pathways and their drafts, and one of them being drawn (`approving.py`: what becomes of it).

The drawing itself is `src/studio.js`, which saves and lints over the API; everything else works without scripts.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, queries, sizes, studio
from engine.agreement import Agreement
from engine.calendar import count, parse
from engine.errors import FristInvalid, StafetError
from engine.model import Actor, Json
from engine.studio.shelf import settings_of
from web import counted, editor_words, frist
from web.assets import asset
from web.errors import sentence
from web.sessions import actor, now, session, store
from web.words import _

#: A deadline's text is shorter than this.
_LONGEST = 80


def add_to(pages: Blueprint) -> None:
    """The list, the editor, and the deadline's preview."""
    pages.add_url_rule("/studie", "studio", _list)
    pages.add_url_rule("/studie/<agreement>/nyt", "begin", _begin, methods=["POST"])
    pages.add_url_rule("/studie/<agreement>/<key>", "drawing", _draw)
    pages.add_url_rule("/studie/<agreement>/<key>/frist", "preview", _preview)


def may_look(who: Actor) -> bool:
    """Whether the person draws pathways or may approve them."""
    return access.may_deploy(who) or who.has(access.LEADER)


def _list() -> str:
    return listed()


def listed(
    *, problem: str = "", at: str = "", heading: str = "", came: Any = None, left: Any = ()
) -> str:
    """Every agreement's pathways and the drafts; `problem` is of a new pathway in the agreement `at`.

    `came` is what became of a file (`studio.TakenIn`), `left` [(file, why)] what was not taken of it.
    """
    drafts = studio.drafts(store(), actor(), now=now())
    found = queries.pathways(store(), actor(), now=now())
    names = {(one["agreement"], one["key"]): one for one in found}
    drawn = {(one["agreement"], one["key"]): one for one in drafts}
    groups = [
        {"agreement": agreement, "title": title, "rows": list(rows)}
        for (agreement, title), rows in groupby(
            found, key=lambda one: (one["agreement"], one["agreement_title"])
        )
    ]
    sought = request.args.get("q", "").strip()
    for group in groups:
        group["lanes"] = sorted(_settings(group["agreement"]).get("lanes", ()))
        group["rows"] = [row for row in group["rows"] if _fits(row, sought)]
    return render_template(
        "studio.html", section="studio", names=names, drafts=drafts, drawn=drawn,
        groups=groups, sought=sought, problem=problem, fails_at=at, heading=heading, may=access.may_deploy(actor()),
        done=request.args.get("gjort"), came=came, left=left,
        limits={"file": sizes.megabytes(sizes.REQUEST), "draft": sizes.megabytes(sizes.DRAFT)},
        coming=studio.coming(store(), actor(), now=now()),
    )  # fmt: skip


def _begin(agreement: str) -> Any:
    asked = request.form
    # Who begins stands on top, whether or not the lane was ticked as well.
    lanes = [lane for lane in (asked.get("foerst", ""), *asked.getlist("bane")) if lane]
    place = (store(), actor(), agreement, asked.get("navn", "")[:120], lanes)
    try:
        key = studio.begin(*place, asked.get("start", "")[:120], now=now())
    except StafetError as exc:
        if exc.status in (403, 404):
            raise
        # The list shows the form again, with what was typed.
        return listed(problem=sentence(exc), at=agreement), exc.status
    return redirect(url_for("web.drawing", agreement=agreement, key=key))


def _fits(row: Json, sought: str) -> bool:
    return sought.casefold() in f"{row['name']} {row['key']}".casefold()


def _settings(agreement: str) -> Json:
    # How an agreement counts days and names its lanes: for everybody who is logged in, and of no citizen.
    # nosemgrep: database-at-the-edges
    with store().read() as db:
        return settings_of(db, agreement, now())


def _draw(agreement: str, key: str) -> str:
    who = actor()
    found = studio.draft_of(store(), who, agreement, key, now=now())
    here = session()
    about = {
        "agreement": agreement, "key": key, "version": found["version"], "csrf": here.csrf if here else "",
        "forms_own": _named_in(found, "form"), "tables_own": _named_in(found, "beslutning"),
        "forms": sorted(found["forms"]), "tables": sorted(found["decisions"]), "clauses": found["clauses"],
        "lanes": found["lanes"], "pathways": found["pathways"],
        "parties": found["parties"], "may": access.may_deploy(who), "drawer": asset("draw-worker.js"),
        "preview": url_for("web.preview", agreement=agreement, key=key),
        "form": url_for("web.form_editor", agreement=agreement, key=key, name="_"),
        "table": url_for("web.table_editor", agreement=agreement, key=key, name="_"),
        "expression": url_for("web.expression", agreement=agreement, key=key), "words": editor_words.drawing(),
    }  # fmt: skip
    work = studio.worklist(store(), who, agreement, key, now=now(), say=_)
    return render_template("drawing.html", section="studio", draft=found, about=about, work=work)


def _named_in(found: Json, what: str) -> list[str]:
    """The forms or tables that the diagram itself names and the draft has."""
    named = set(re.findall(f'stafet:{what}="([^"]+)"', found["bpmn"]))
    return sorted(named & found["forms" if what == "form" else "decisions"].keys())


def _preview(agreement: str, key: str) -> Response:
    """`{said}` of a deadline that begins today, or `{problem}`; the words are the page's."""
    actor()
    text = request.args.get("frist", "")[:_LONGEST]
    settings = _settings(agreement)
    if text.startswith("="):
        # A parameter of the agreement has its number there; other expressions have none before the step begins.
        text = str(settings.get("parametre", {}).get(text[1:].strip(), text))
    if text.startswith("="):
        return jsonify(said=_("Regnes ud, når trinnet begynder."))
    try:
        found = count(parse(text), now(), Agreement.from_toml(settings).calendar)
    except FristInvalid:
        return jsonify(
            problem=_("Det er ikke en frist. Skriv fx 3 hverdage, 24 timer eller 8 dage før.")
        )
    skipped = counted.skipped_words([(one.date, one.why) for one in found.skipped], now())
    said = _("Fra i dag: %(when)s.", when=frist.due(found.due, now()))
    over = _("Springes over: %(days)s.", days=skipped.rstrip(".")) if skipped else ""
    return jsonify(said=f"{said} {over}".strip(), days=len(found.counted))
