"""The editors beside the drawing: a form, a decision table, and what is read while one types.

Forms and tables are saved over the API like the diagram (`src/saving.js`).  What the editors ask here changes nothing:
the form as staff would see it, a table's answer to examples, an expression's mistakes.  Each takes a form post, for its
token is checked like any other, and answers with JSON.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, jsonify, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

import forms
from engine import access, feel, studio
from engine.errors import FormInvalid, Invalid
from engine.studio import asking
from web import answering, editor_words
from web.errors import sentence
from web.headers import CSP
from web.sessions import actor, now, session, store
from web.words import _, ngettext

Json = dict[str, Any]
_HERE = "/studie/<agreement>/<key>"


def add_to(pages: Blueprint) -> None:
    """Both editors, and what they and the drawing ask."""
    pages.add_url_rule(f"{_HERE}/formular/<name>", "form_editor", _form)
    pages.add_url_rule(f"{_HERE}/tabel/<name>", "table_editor", _table)
    pages.add_url_rule(f"{_HERE}/vis-formular", "form_seen", _form_seen, methods=["POST"])
    pages.add_url_rule(f"{_HERE}/spoerg-tabel", "table_asked", _table_asked, methods=["POST"])
    pages.add_url_rule(f"{_HERE}/udtryk", "expression", _expression, methods=["POST"])


# ---- pages -------------------------------------------------------------------------------
def _form(agreement: str, key: str, name: str) -> str:
    found = _draft(agreement, key)
    form = found["forms"].get(name)
    about = _about(found, name) | {
        "schema": form or {"type": "default", "id": name, "components": []},
        "is_new": form is None,
        "seen": url_for("web.form_seen", agreement=agreement, key=key),
        "words": editor_words.form(),
    }
    return render_template(
        "form_editor.html", section="studio", draft=found, name=name, about=about
    )


def _table(agreement: str, key: str, name: str) -> Response:
    found = _draft(agreement, key)
    about = _about(found, name) | {
        "xml": found["decisions"].get(name),
        "is_new": name not in found["decisions"],
        "asked": url_for("web.table_asked", agreement=agreement, key=key),
        "words": editor_words.table(),
    }
    page = make_response(
        render_template("table_editor.html", section="studio", draft=found, name=name, about=about)
    )
    # dmn-js writes the widths of its columns as style attributes: allowed on this page, style elements are not.
    page.headers["Content-Security-Policy"] = f"{CSP}; style-src-attr 'unsafe-inline'"
    return page


def _draft(agreement: str, key: str) -> Json:
    return studio.draft_of(store(), actor(), agreement, key, now=now())


def _about(found: Json, name: str) -> Json:
    here = session()
    return {
        "agreement": found["agreement"], "key": found["key"], "name": name, "version": found["version"],
        "csrf": here.csrf if here else "", "may": access.may_deploy(actor()),
    }  # fmt: skip


# ---- what is asked -----------------------------------------------------------------------
def _form_seen(agreement: str, key: str) -> Response | tuple[Response, int]:
    """`{html, problems}`: the form as staff get it, with what was typed in it, and what cannot be served."""
    access.design(actor())
    form = _sent("form")
    found = [one.text(_) for one in forms.unsupported(form, parse=feel.compile)]
    if found:
        return jsonify(html="", problems=found)
    given = request.form.get("proev")
    context: Json = {"sagens_parter": [], "adspurgte": []}
    values = forms.from_post(form, request.form) if given else {}
    said = _checked(form, values, context) if given == "send" else {}
    shown = answering.fields(form, values, context, answering.problems(said))
    html = render_template(
        "_form_seen.html", shown=shown, problems=answering.problems(said), sent=given == "send"
    )
    return jsonify(html=html, problems=[])


def _checked(form: Json, values: Json, context: Json) -> Json:
    try:
        answering.check(form, values, context)
    except FormInvalid as exc:
        return dict(exc.fields)
    return {}


def _table_asked(agreement: str, key: str) -> Response:
    """`{inputs}` of a table, and `{value, rows, errors}` where examples are given; or `{problem}`."""
    access.design(actor())
    xml, name = request.form.get("xml", ""), request.form.get("name", "")
    try:
        inputs = asking.inputs_of(xml, name)
        examples = {key: request.form.get(f"i.{key}", "") for key in inputs}
        if not any(examples.values()):
            return jsonify(inputs=inputs)
        found = asking.ask(xml, name, examples)
    except Invalid as exc:
        return jsonify(problem=sentence(exc))
    return jsonify(inputs=inputs, value=found.value, rows=found.rows, errors=found.errors)


def _expression(agreement: str, key: str) -> Response:
    """`{problem}` or `{unknown, known}` of an expression that is being typed."""
    access.design(actor())
    text = request.form.get("udtryk", "")[:2000]
    names = studio.names(store(), actor(), agreement, key, now=now())
    found = asking.read(text, names)
    problem = found.problem.said(_) if found.problem else ""
    if not problem and found.unknown:
        problem = ngettext(
            "%(names)s kommer ingen steder fra. Er det stavet rigtigt?",
            "%(names)s kommer ingen steder fra. Er de stavet rigtigt?",
            len(found.unknown),
            names=", ".join(f"»{one}«" for one in found.unknown),
        )
    return jsonify(problem=problem, known=sorted(names))


def _sent(name: str) -> Json:
    try:
        found = json.loads(request.form.get(name, ""))
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}
