"""The pages' words in the language of the request: flask-babel's gettext, with types."""

from __future__ import annotations

from typing import Any

import flask_babel


def _(text: str, /, **facts: Any) -> str:
    """The Danish text in the chosen language, its places filled."""
    return str(flask_babel.gettext(text, **facts))


def ngettext(one: str, many: str, /, num: int, **facts: Any) -> str:
    """The same where a count decides; `%(num)s` is the count."""
    return str(flask_babel.ngettext(one, many, num, **facts))
