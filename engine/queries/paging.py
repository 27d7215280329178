"""Pages of a list: sorted by one column, missing values last, then by id; a cursor that survives new rows.

A cursor names the last row that was shown, not a count of rows, so a task that is done meanwhile moves nothing.
It is text for the caller and opaque to him; one that we did not make is refused in a sentence.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_

from engine.errors import Invalid
from engine.model import Json
from engine.tables import Moment


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list; `next` is given back as `after` to read on, None at the end.

    `looked`: no more than so many rows were looked at for this part, and there are others; 0: all that was needed.
    """

    items: list[Json]
    next: str | None
    looked: int = 0


class CursorInvalid(Invalid):
    """There is no such place in this list."""

    code = "cursor_invalid"


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, under which name, and whether from the last to the first; `id` decides among equals."""

    name: str
    column: ColumnElement[Any]
    id: ColumnElement[int]
    down: bool = False

    def page(self, wanted: Select[Any], after: str | None, limit: int) -> Select[Any]:
        """The rows after the cursor, and one more that tells whether there are others."""
        if after is not None:
            wanted = wanted.where(self.beyond(*self.read(after)))
        wanted = wanted.add_columns(self.column.label("sort_key"), self.id.label("sort_id"))
        return wanted.order_by(*self.by()).limit(limit + 1)

    def by(self) -> list[ColumnElement[Any]]:
        """What a page is sorted by: an index of column and id where the column is never missing."""
        missing = [self.column.is_(None)] if self._may_miss() else []
        if self.down:
            return [*missing, self.column.desc(), self.id.desc()]
        return [*missing, self.column, self.id]

    def _may_miss(self) -> bool:
        return bool(getattr(self.column, "nullable", True))

    def following(self, rows: list[Row[Any]], limit: int) -> str | None:
        """The cursor after the rows of a page that was asked for with `page`."""
        if len(rows) <= limit:
            return None
        return self.cursor(rows[limit - 1])

    def cursor(self, last: Row[Any]) -> str:
        """The cursor after a row with `sort_key` and `sort_id`."""
        key = last.sort_key.isoformat() if isinstance(last.sort_key, datetime) else last.sort_key
        text = json.dumps([self.name, key, last.sort_id], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def beyond(self, key: Any, number: int) -> ColumnElement[bool]:
        """Which rows come after the one with this value and id."""
        later = self.id < number if self.down else self.id > number
        if key is None:
            return and_(self.column.is_(None), later)
        farther = self.column < key if self.down else self.column > key
        if not self._may_miss():
            # Said twice, so that an index is entered at the cursor and not read from its beginning.
            there = self.column <= key if self.down else self.column >= key
            return and_(there, or_(farther, later))
        return or_(self.column.is_(None), farther, and_(self.column == key, later))

    def read(self, after: str) -> tuple[Any, int]:
        """Value and id of the row that a cursor names; raises `CursorInvalid`."""
        try:
            text = base64.b64decode(after + "=" * (-len(after) % 4), b"-_", validate=True)
            name, key, number = json.loads(text)
            if name != self.name or type(number) is not int or abs(number) >= 2**63:
                raise _refused()
            return self._key(key), number
        except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as exc:
            raise _refused() from exc

    def _key(self, key: Any) -> Any:
        if key is None:
            return None
        if isinstance(self.column.type, Moment):
            return datetime.fromisoformat(key).astimezone(UTC)
        if not isinstance(key, str) or "\0" in key:
            raise _refused()
        key.encode()  # half a character is in no list of ours
        return key


def _refused() -> CursorInvalid:
    return CursorInvalid(fields={"after": "There is no such place in this list."})
