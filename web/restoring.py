"""An earlier version brought back: what that changes, why, and then a colleague's approval like for any draft."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, queries, studio
from engine.errors import DeployRefused, Invalid, NotFound, StafetError
from engine.model import Json
from web import compared
from web.errors import sentence
from web.sessions import actor, now, store
from web.words import _

_PAGE = "/studie/<agreement>/<key>/tilbage/<int:version>"


def add_to(pages: Blueprint) -> None:
    """The page, its drawing, and the act."""
    pages.add_url_rule(_PAGE, "restoring", _show)
    pages.add_url_rule(f"{_PAGE}/diagram", "restoring_diagram", _diagram)
    pages.add_url_rule(_PAGE, "restore", _restore, methods=["POST"])


def _found(agreement: str, key: str, version: int) -> Json:
    """What going back would change: from the version in force to this one."""
    access.design(actor())
    if not 0 < version < 10**6:
        raise NotFound
    known = queries.versions(store(), actor(), key, agreement, now=now())
    used = queries.in_use(known)["version"]
    return queries.compared(store(), actor(), key, used, version, agreement, now=now())


def _page(
    agreement: str, key: str, version: int, *, refused: list[str] | None = None, problem: str = ""
) -> str:
    found = _found(agreement, key, version)
    here: Json = {"agreement": agreement, "key": key, "version": version}
    every = compared.sections(found, url_for("web.restoring_diagram", **here), key)
    # Parts and settings have versions and owners of their own, and stay.
    own = {key, *_files(found, key)}
    return render_template(
        "restoring.html", section="studio", found=found, key=key, version=version, refused=refused, problem=problem,
        sections=[one for one in every if one["key"] in own],
        stays=[one["title"] for one in every if one["key"] not in own],
        running=queries.running(store(), actor(), agreement, key, now=now()),
        typed=request.form.get("note", ""),
        chosen=next(v for v in found["known"] if v["version"] == version),
    )  # fmt: skip


def _files(found: Json, key: str) -> set[str]:
    beside = (
        "form",
        "field",
        "formRule",
        "decision",
        "decisionTable",
        "input",
        "output",
        "rule",
        "inputData",
    )
    return {one.process for one in found["items"] if one.kind in beside}


def _show(agreement: str, key: str, version: int) -> str:
    return _page(agreement, key, version)


def _diagram(agreement: str, key: str, version: int) -> Response:
    return compared.picture(_found(agreement, key, version), request.args.get("del", ""))


def _restore(agreement: str, key: str, version: int) -> Any:
    place = (store(), actor(), agreement, key, version)
    try:
        studio.restore(*place, request.form.get("note", ""), say=_, now=now())
    except DeployRefused as exc:
        return _page(agreement, key, version, refused=list(exc.fields.values())), exc.status
    except StafetError as exc:
        if exc.status in (403, 404):
            raise
        if isinstance(exc, Invalid) and "note" in exc.fields:
            told = exc.fields["note"]
            return _page(agreement, key, version, problem=_(told)), exc.status
        return _page(agreement, key, version, refused=[sentence(exc)]), exc.status
    return redirect(url_for("web.studio", gjort="submit"))
