"""The studio's scenarios: all of a pathway's played over the drawing, with what they walked painted on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.studio import draft_of, recording, trials
from web.play_begin import version, why
from web.sessions import actor, now, store

Json = dict[str, Any]


def add_to(pages: Blueprint) -> None:
    """The page, and the button that deletes one."""
    pages.add_url_rule("/studie/<agreement>/<key>/scenarier", "trials", _show)
    pages.add_url_rule("/studie/<agreement>/<key>/scenarier", "drop_trial", _drop, methods=["POST"])


def _show(agreement: str, key: str) -> str | tuple[str, int]:
    draft = draft_of(store(), actor(), agreement, key, now=now())
    found, broken = None, ""
    try:
        found = trials.run(store(), actor(), agreement, key, version=version(), now=now())
    except Invalid as exc:
        broken = why(agreement, key, exc)
    part = request.args.get("del", key)
    if found is not None and part not in found.parts:
        part = key
    page = render_template(
        "trials.html",
        section="studio",
        draft=draft,
        found=found,
        broken=broken,
        part=part,
        drawing=found and _drawing(found.parts[part]),
        kept=request.args.get("gemt", ""),
        version=version(),
    )
    return (page, 422) if broken else page


def _drop(agreement: str, key: str) -> Response:
    recording.drop(store(), actor(), agreement, key, request.form.get("navn", ""), now=now())
    return redirect(url_for("web.trials", agreement=agreement, key=key))


def _drawing(part: Json) -> Json:
    """What the script paints."""
    missed = [each["id"] for each in part["missed"]]
    return {"bpmn": part["bpmn"], "done": part["done"], "missed": missed, "ways": part["ways"]}
