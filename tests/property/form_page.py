"""A browser without scripts, for forms: fills in what a page shows and sends what HTML says would be sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from werkzeug.datastructures import MultiDict

from forms import Field
from forms.shapes import everything


def send(shown: Sequence[Field], do: str = "complete") -> MultiDict[str, str]:
    """The post of a page as it stands, by the button `do`."""
    return MultiDict([*(pair for one in everything(shown) for pair in _pairs(one)), ("do", do)])


def _pairs(one: Field) -> Iterator[tuple[str, str]]:
    if one.seen:
        yield "vist", one.seen
    match one.kind:
        case "text" | "number" | "time":
            yield one.name, one.value.replace("\r", "").replace("\n", "")  # as <input> keeps it
        case "textarea":
            yield (
                one.name,
                one.value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n"),
            )
        case "checkbox" if one.checked:
            yield one.name, "true"
        case "radio" | "checklist":
            yield from ((one.name, choice.value) for choice in one.options if choice.checked)
        case "select":
            yield one.name, next((c.value for c in one.options if c.checked), "")
        case "date" | "datetime":
            yield from ((part.name, part.value) for part in one.parts)
        case "rows":
            yield one.count, str(len(one.rows))
