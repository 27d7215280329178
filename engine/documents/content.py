"""What a version holds: fields under headings, as a form-js schema, and the answers.

The schema goes with the answers, so that a version can be read when its forms have long been changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from engine.calendar import COPENHAGEN
from engine.documents.kinds import Kind
from engine.errors import StafetError
from engine.model import Json

if TYPE_CHECKING:
    from forms.components import Component

#: `{"schema": form-js schema, "values": answers}`.
Content = dict[str, Json]

_WEEKDAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
_MONTHS = (
    "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november",
    "december",
)  # fmt: skip


def composed(kind: Kind, forms: Iterable[Json], values: Mapping[str, Any]) -> Content:
    """The content of a version; of a field that several forms have, the first form says what it is called."""
    known: dict[str, Json] = {}
    for form in forms:
        for name, raw in _components(form):
            known.setdefault(name, raw)
    headings = kind.sections or {"": tuple(known)}
    groups: list[Json] = []
    for title, names in headings.items():
        inner = [_called(known[name], kind.labels.get(name)) for name in names if name in known]
        if inner:
            groups.append({"type": "group", "label": title, "components": inner})
    kept = {raw["key"] if "key" in raw else raw["path"] for g in groups for raw in g["components"]}
    said = {name: values[name] for name in values if name in kept and not empty(values[name])}
    return {"schema": {"type": "default", "components": groups}, "values": said}


def round_form(name: str, title: str, form: Json) -> Json:
    """A form of one field: what the parties answered one by one in another form, a row for each with its `part`."""
    asked = [{"type": "textfield", "key": "part", "label": "Part"}]
    asked += [raw for _name, raw in _components(form)]
    rows = {"type": "dynamiclist", "path": name, "label": title, "components": asked}
    return {"type": "default", "components": [rows]}


def answered(before: Json, said: Json, round_: str | None, party: str) -> Json:
    """`before` with what was said now: each field's newest answer, or in a round the party's row."""
    if round_ is None:
        return before | said
    others = [row for row in before.get(round_, []) if row["part"] != party]
    return before | {round_: [*others, {"part": party, **said}]}


def lacking(kind: Kind, content: Content) -> list[str]:
    """The fields that must be filled before it may be sent, and are not; of several that would do, the first known."""
    values = content["values"]
    known = {one.key for one in _within(_top(content["schema"]))}
    return [
        next((name for name in names if name in known), names[0])
        for names in kind.least
        if all(empty(values.get(name)) for name in names)
    ]


def sections(content: Content) -> list[Json]:
    """`[{title, fields: [{key, label, text}]}]`, in Danish words, without what nobody answered."""
    found = []
    for group in _top(content["schema"]):
        fields = [
            {"key": one.key, "label": one.named.rstrip("?:"), "text": text}
            for one in _within(group.children)
            if one.key and (text := _text(content["values"].get(one.key), one))
        ]
        if fields:
            found.append({"title": group.label, "fields": fields})
    return found


def labels(content: Content) -> dict[str, str]:
    """What each field is called."""
    found = _within(_top(content["schema"]))
    return {one.key: one.named for one in found if one.key}


def day(found: date) -> str:
    """`3. juni 2026`."""
    return f"{found.day}. {_MONTHS[found.month - 1]} {found.year}"


def empty(value: Any) -> bool:
    """Whether nothing was answered."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _components(form: Json) -> Iterator[tuple[str, Json]]:
    """The fields of a form by name, as they are written, without the condition that showed them."""
    try:
        shown = _top(form)
    except StafetError:
        return
    for one in _within(shown):
        if one.key:
            # A choice that was computed is kept with the words that it has, not with the expression.
            yield one.key, {k: v for k, v in one.raw.items() if k not in ("conditional", "layout")}


def _called(raw: Json, label: str | None) -> Json:
    """The field under the name that the kind gives it."""
    if label is None:
        return raw
    dates: list[str] = [name for name in ("dateLabel", "timeLabel") if name in raw]
    return {**raw, (dates or ["label"])[0]: label}


def _text(value: Any, field: Component) -> str:
    if empty(value):
        return ""
    if field.kind == "rows":
        rows = [_row(row, field) for row in value if isinstance(row, Mapping)]
        return "\n".join(f"• {row}" for row in rows if row)
    if isinstance(value, list):
        return ", ".join(_one(item, field) for item in value)
    if isinstance(value, Mapping):
        return _row(value, field)
    return _one(value, field)


def _row(row: Mapping[str, Any], field: Component) -> str:
    parts = [(one, _text(row.get(one.key), one)) for one in _within(field.children) if one.key]
    first, *rest = [(one, text) for one, text in parts if text] or [(field, "")]
    return "; ".join([first[1], *(f"{one.named.rstrip('?:')}: {text}" for one, text in rest)])


def _one(value: Any, field: Component) -> str:
    for option in field.options or ():
        if type(option.value) is type(value) and option.value == value:
            return option.label
    if isinstance(value, bool):
        return "Ja" if value else "Nej"
    if field.kind in ("date", "moment") and isinstance(value, str):
        return _when(value)
    return str(value).strip()


def _when(text: str) -> str:
    try:
        if len(text) == 10:
            return _weekday(date.fromisoformat(text))
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    at = at.astimezone(COPENHAGEN) if at.tzinfo else at
    return f"{_weekday(at.date())} kl. {at:%H.%M}"


def _weekday(found: date) -> str:
    return f"{_WEEKDAYS[found.weekday()]} {day(found)}"


# `forms` brings marshmallow with it, and who only counts a date knows the kinds of documents without their content.
def _top(form: Json) -> tuple[Component, ...]:
    from forms.reading import read  # noqa: PLC0415

    return read(form).components


def _within(components: tuple[Component, ...]) -> list[Component]:
    from forms.components import within  # noqa: PLC0415

    return list(within(components))
