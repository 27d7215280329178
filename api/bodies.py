"""What may come in: strict JSON, within bounds, as UTF-8 that every database can keep.

Nothing past this door need fear NaN, half characters, NUL, numbers that no column holds or nesting
without end; each is one clear sentence here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Request, request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from engine.errors import Invalid

#: The widest number that a BIGINT column, and every JSON reader, keeps whole.
LARGEST = 2**63 - 1
DEEPEST = 32
_UNSTORABLE = "The text holds characters that cannot be stored."
#: All that a field can be told here, in marshmallow's words and in ours; for the catalogue.
FIELDS = (
    "Missing data for required field.",
    "A case that is about nobody has no citizen.",
    "Unknown field.",
    "Field may not be null.",
    "Invalid input type.",
    "Not a valid string.",
    "Not a valid integer.",
    "Not a valid boolean.",
    "Not a valid datetime.",
    "Not a valid mapping type.",
    "Not a valid list.",
    "The text is empty or too long.",
    "The number is too small or too large.",
    "This is none of the values that can be asked for.",
    "The text holds characters that cannot be stored.",
    "A name holds characters that cannot be stored, or is too long.",
    "The number is too large.",
    "This is nested too deeply.",
)


class JsonInvalid(Invalid):
    """The body is not JSON that can be read."""

    code, status = "json_invalid", 400


class NotJson(Invalid):
    """Send JSON, with Content-Type: application/json."""

    code, status = "not_json", 415


class ValueUnusable(Invalid):
    """A text or number was sent that cannot be stored."""

    code = "value_unusable"


def check_address() -> None:
    """Before each view: path and query hold no characters that no database keeps."""
    given = [*(request.view_args or {}).items(), *request.args.items(multi=True)]
    for name, text in given:
        if not _storable(name) or not _storable(str(text)):
            raise ValueUnusable(fields={name.replace("\0", "?"): _UNSTORABLE})


class Parser(FlaskParser):
    """webargs' parser with our strictness and our errors."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body's JSON; an empty request is an empty object."""
        body = req.get_data(cache=True)
        if not body and not req.mimetype:
            return {}
        if not req.is_json:
            raise NotJson
        return read_json(body)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> Any:
        """One sentence for each field, by its dotted path."""
        by_place = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise Invalid(fields=dict(_sentences([*by_place.values()]))) from error


def read_json(body: bytes) -> Any:
    """Parse strictly; raises `JsonInvalid` or `ValueUnusable` naming the field."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise JsonInvalid from exc
    for path, sentence in _unusable(value):
        raise ValueUnusable(fields={path: sentence})
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _unusable(root: Any) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, Any, int]] = [("", root, 1)]
    while waiting:
        path, value, depth = waiting.pop()
        if problem := _problem(value):
            yield path, problem
        parts: Iterator[tuple[Any, Any]] = iter(())
        if isinstance(value, dict):
            if not all(_storable(key) and len(key) <= 200 for key in value):
                yield path, "A name holds characters that cannot be stored, or is too long."
            parts = iter(value.items())
        elif isinstance(value, list):
            parts = iter(enumerate(value))
        if depth > DEEPEST:
            yield path[:200], "This is nested too deeply."
            return
        waiting.extend((f"{path}.{key}".lstrip("."), item, depth + 1) for key, item in parts)


def _problem(value: Any) -> str | None:
    if isinstance(value, str) and not _storable(value):
        return _UNSTORABLE
    if isinstance(value, float) and not math.isfinite(value):
        return "The number is too large."
    if isinstance(value, int) and abs(value) > LARGEST:
        return "The number is too large."
    return None


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _sentences(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Marshmallow's nested messages as (dotted path, first sentence)."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            # Marshmallow's own words for "the whole", and for the two halves of a dictionary's item.
            part = "" if name in ("_schema", "key", "value") else str(name)
            yield from _sentences(inner, ".".join(filter(None, (path, part))))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, Mapping):
            yield from _sentences(message, path)
        else:
            yield path or "body", str(message)
            return
