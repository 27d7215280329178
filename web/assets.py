"""Built files by name, and the headers that let browsers keep them.

`npm run build` writes `static/dist/manifest.json`; a page asks for `asset("site.css")` and gets the hashed
address, which never changes its content.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from flask import Response, send_from_directory, url_for

from engine.errors import SettingInvalid

DIST = Path(__file__).parent / "static" / "dist"


def asset(name: str) -> str:
    """The address of a built file, by its name in `src/`."""
    return url_for("web.static", filename=_manifest()[name])


def send(filename: str) -> Response:
    """A built file, to be kept for a year: its name carries its hash."""
    answer = send_from_directory(DIST, filename)
    answer.cache_control.public = True
    answer.cache_control.no_cache = None
    answer.cache_control.max_age = 365 * 24 * 3600
    answer.cache_control.immutable = True
    return answer


@cache
def _manifest() -> dict[str, str]:
    path = DIST / "manifest.json"
    try:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise SettingInvalid("The pages are not built. Run `make built` first.") from exc
    return found
