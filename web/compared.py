"""What differs, as people read it: a version beside another (`/forloeb/…/udgaver`), a draft beside what is in force.

`sections` puts the changes where they stand: each diagram, form and table, and the agreement's numbers.  The drawing
with its marks is `src/compare.js`; the list says the same without scripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import queries
from engine.compare import Change
from web.compared_words import kind_of, property_of, told, value_of, where
from web.sessions import actor, now, store

#: What nobody need read as a change of its own: the element's name says it, or it is drawn.
_SHOWN_ELSEWHERE = ("place",)
_LARGEST = 10**6


def add_to(pages: Blueprint) -> None:
    """Two versions beside each other, and one of their diagrams."""
    pages.add_url_rule("/forloeb/<key>/udgaver", "versions", _versions)
    pages.add_url_rule("/forloeb/<key>/udgaver/diagram", "versions_diagram", _diagram)


def sections(found: Mapping[str, Any], address: str, own: str) -> list[dict[str, Any]]:
    """The changes by where they stand: `key title diagram moved rows`; `diagram` is where its drawing is asked for.

    `moved` are rows of what was only moved; `own` is the pathway's own diagram.
    """
    places: dict[str, list[Change]] = {}
    for one in found["items"]:
        places.setdefault(one.process, []).append(one)
    return [
        {
            "key": key,
            "title": where(key, own, rows[0].kind, key in found["drawn"]),
            "diagram": f"{address}{'&' if '?' in address else '?'}del={key}" if key in found["drawn"] else "",
            "rows": [_row(one) for one in rows if not _only_drawn(one)],
            "moved": [_row(one) for one in rows if _only_drawn(one)],
        }
        for key, rows in places.items()
    ]  # fmt: skip


def picture(found: Mapping[str, Any], key: str) -> Response:
    """`{old new marks}` of one diagram; `marks` [[id, what]] of both."""
    if key not in found["drawn"]:
        abort(404)
    old, new = found["drawn"][key]
    return jsonify(old=old, new=new, marks=marks(found["items"], key))


def marks(items: Iterable[Change], key: str) -> list[tuple[str, str]]:
    """What happened to the elements of a diagram; lanes and processes are the ground that all stands on."""
    return [
        (one.id, one.what)
        for one in items
        if one.process == key
        and one.kind not in ("lane", "process", "participant", "collaboration", "message")
    ]


def _only_drawn(one: Change) -> bool:
    return one.what == "moved" and one.kind not in ("field", "rule")


def _row(one: Change) -> dict[str, Any]:
    return {
        "what": one.what,
        "said": told(one.what),
        "id": one.id,
        "kind": kind_of(one.kind),
        "name": one.name,
        "properties": [
            {"name": property_of(p.name), "old": value_of(p.old), "new": value_of(p.new)}
            for p in one.properties
            if p.name not in _SHOWN_ELSEWHERE
        ],
        "also_moved": any(p.name == "place" for p in one.properties),
    }


# ---- two versions ------------------------------------------------------------------------
def _asked(key: str) -> Any:
    return queries.compared(
        store(), actor(), key, number("fra"), number("til"), request.args.get("aftale"), now=now()
    )


def number(name: str) -> int | None:
    """A version's number; one that is none is nobody's."""
    text = request.args.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:8]) < _LARGEST:
        abort(404)
    return int(text)


def _versions(key: str) -> str:
    found = _asked(key)
    here = {"key": key, "aftale": found["agreement"], "fra": found["from"], "til": found["to"]}
    between = sorted((found["from"], found["to"]))
    return render_template(
        "versions.html", section="pathways", found=found, key=key,
        sections=sections(found, url_for("web.versions_diagram", **here), key),
        between=[v for v in found["known"] if between[0] < v["version"] <= between[1]],
    )  # fmt: skip


def _diagram(key: str) -> Response:
    return picture(_asked(key), request.args.get("del", ""))
