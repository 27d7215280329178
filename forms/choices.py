"""Choices as text: what stands in an HTML `value` says whether it was a text, a number or a yes."""

from __future__ import annotations

import json
import re
from typing import Any

_SCALAR = re.compile(r'true|false|-?[0-9]{1,16}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?|".*"', re.DOTALL)


def text_of(value: Any) -> str:
    """`ja`, `true`, `3`; a text that could be taken for one of the others stands in quotes."""
    if isinstance(value, str) and not _SCALAR.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def value_of(text: str) -> Any:
    """The value again; what nobody here has written stays as it is."""
    if not _SCALAR.fullmatch(text):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if value not in (float("inf"), float("-inf")) else text
