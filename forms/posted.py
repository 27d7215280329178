"""What the browser sends back, as the answers that form-js would submit.

What was typed wrongly stays as it was typed: the check refuses it and the page shows it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from forms import choices, danish, reading
from forms.answers import name
from forms.components import Component
from forms.kinds import MOST_ROWS, MOST_ROWS_IN_ALL
from forms.scene import Path
from forms.shapes import ADD, COUNT, PREFIX, REMOVE, SEEN, Field, everything

#: The button that asks for the page again, with the fields that fit the answers.
SHOW = "vis"


class Posted(Protocol):
    """As werkzeug's MultiDict."""

    def getlist(self, key: str, /) -> Iterable[str]:
        """Every value of one name."""


def from_post(form: Mapping[str, Any], posted: Posted) -> dict[str, Any]:
    """The answers of a page drawn from `fields`; a row is added or taken away where that was the button.

    Fields that the page did not show (hidden, computed, only shown) are left out.
    """
    read = reading.read(form)
    reader = _Reader(posted, frozenset(posted.getlist(SEEN)), _text(posted, "do"))
    return reader.level(read.components, ())


def redraws(posted: Posted) -> bool:
    """Whether the button asks for the page again rather than for the task's completion."""
    do = _text(posted, "do")
    return do == SHOW or do.startswith((ADD, REMOVE))


def unseen(shown: Sequence[Field], posted: Posted) -> tuple[Field, ...]:
    """Fields that these answers have brought into play and the page did not show: show it again first."""
    seen = frozenset(posted.getlist(SEEN))
    return tuple(one for one in everything(shown) if one.seen and one.seen not in seen)


@dataclass(slots=True)
class _Reader:
    posted: Posted
    seen: frozenset[str]
    do: str
    rows_left: int = MOST_ROWS_IN_ALL

    def level(self, components: tuple[Component, ...], path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for one in components:
            here = (*path, one.key or f"#{one.id}")
            if one.hide and name(here) not in self.seen:
                continue
            if one.kind == "group" and not one.key:
                data.update(self.level(one.children, path))
            elif one.key and one.kind != "computed" and not one.fixed:
                data[one.key] = self._answer(one, here)
        return data

    def _answer(self, one: Component, path: Path) -> Any:
        if one.kind == "group":
            return self.level(one.children, path)
        if one.kind == "rows":
            return self._rows(one, path)
        at = PREFIX + name(path)
        if one.kind == "choices":
            return [choices.value_of(text) for text in self.posted.getlist(at)]
        if one.kind == "date":
            return self._date(at)
        if one.kind == "moment":
            return danish.typed_moment(self._date(at), danish.typed_time(self._get(f"{at}.kl")))
        return _typed(one, self._get(at))

    def _date(self, at: str) -> str | None:
        return danish.typed_date(*(self._get(f"{at}.{part}") for part in ("dag", "maaned", "aar")))

    def _rows(self, one: Component, path: Path) -> list[dict[str, Any]]:
        at = name(path)
        count = self._get(f"{PREFIX}{at}.{COUNT}")
        known = count.isascii() and count.isdecimal() and len(count) < 5
        many = min(int(count), MOST_ROWS, self.rows_left) if known else 0
        self.rows_left -= many
        rows = [
            self.level(one.children, (*path, n))
            for n in range(many)
            if self.do != f"{REMOVE}{at}.{n}"
        ]
        return [*rows, {}] if self.do == ADD + at else rows

    def _get(self, key: str) -> str:
        return _text(self.posted, key)


def _typed(one: Component, text: str) -> Any:
    if one.kind == "bool":
        return text == "true"
    if not text.strip():
        return None
    if one.kind == "number":
        return danish.typed_number(text)
    if one.kind == "time":
        return danish.typed_time(text)
    return choices.value_of(text) if one.kind == "choice" else text.replace("\r\n", "\n")


def _text(posted: Posted, key: str) -> str:
    return next(iter(posted.getlist(key)), "")
