"""Out of the studio as a zip of the folder in `processes/`, and in again as drafts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from engine import studio
from engine.errors import StafetError
from web.errors import sentence
from web.sessions import actor, now, store
from web.studio import listed
from web.words import _


def add_to(pages: Blueprint) -> None:
    """An agreement's folder, a pathway's, and what is brought in."""
    pages.add_url_rule("/studie/<agreement>/mappe.zip", "agreement_folder", _agreement)
    pages.add_url_rule("/studie/<agreement>/<key>/mappe.zip", "pathway_folder", _pathway)
    pages.add_url_rule("/studie/<agreement>/hent-ind", "bring_in", _bring_in, methods=["POST"])


def _agreement(agreement: str) -> Response:
    return _zip(studio.folder(store(), actor(), agreement, now=now()), agreement)


def _pathway(agreement: str, key: str) -> Response:
    return _zip(studio.folder(store(), actor(), agreement, key, now=now()), key)


def _zip(texts: dict[str, str], name: str) -> Response:
    answer = Response(studio.packed(texts), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer


def _bring_in(agreement: str) -> Any:
    file = request.files.get("fil")
    data, name = (file.read(), file.filename or "") if file else (b"", "")
    try:
        done = studio.take_in(store(), actor(), agreement, data, name, now=now())
    except studio.NothingTaken as exc:
        heading = _("Filen er ikke hentet ind")
        return listed(
            problem=sentence(exc), at=agreement, heading=heading, left=_why(exc.left)
        ), exc.status
    except StafetError as exc:
        if exc.status in (403, 404):
            raise
        # The sentence, and which file of the archive it is about.
        at = ", ".join(name for name in exc.fields if name)
        said = f"{at}: {sentence(exc)}" if at else sentence(exc)
        return listed(problem=said, at=agreement, heading=_("Filen er ikke hentet ind")), exc.status
    if len(done.drafts) == 1 and not (done.scenarios or done.rewritten or done.left):
        return redirect(url_for("web.drawing", agreement=agreement, key=done.drafts[0]))
    return listed(at=agreement, came=done, left=_why(done.left))


def _why(left: Mapping[str, str]) -> list[tuple[str, str]]:
    """The files that were not taken, with the reason as staff read it."""
    return [(path, _(studio.NOT_TAKEN[why])) for path, why in left.items()]
