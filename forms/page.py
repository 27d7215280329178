"""The page of a form: its visible fields in order, with what was typed, what is wrong, and what there is to choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forms import choices, danish, prose, reading, scene
from forms.answers import name
from forms.components import Component, within
from forms.kinds import LENGTHS, MOST_ROWS, blank
from forms.names import Feel, json_value, row_names, value_of
from forms.problems import Gettext, Problem, _
from forms.scene import Path, Scene
from forms.shapes import (
    ADD,
    CLOCK_PART,
    COUNT,
    DATE_PARTS,
    PREFIX,
    REMOVE,
    Choice,
    Field,
    Part,
    Row,
    anchor,
)

_KINDS = {"textfield": "text", "taglist": "checklist", "dynamiclist": "rows", "text": "prose"}
_MODES = {"email": "email", "phone": "tel"}
_WRONG_PART = {"year": "aar", "no_month": "maaned", "no_such_day": "dag"}
_WRONG_PART |= {"no_such_time": "kl", "not_a_time": "kl"}
_YES_NO = {True: _("Ja"), False: _("Nej")}


def fields(
    form: Mapping[str, Any],
    values: Mapping[str, Any],
    problems: Mapping[str, str],
    *,
    feel: Feel,
    context: Mapping[str, Any],
    gettext: Gettext = _,
) -> tuple[Field, ...]:
    """What the page shows for these answers: a task's data and draft, or what was typed just now.

    A field that has never been answered shows its default, a list its first rows.  Hidden fields are not there.
    """
    read = reading.read(form)
    # What is only shown may come from older answers, which the task itself does not hand over.
    older = {
        one.key: values[one.key]
        for one in within(read.components)
        if one.fixed and one.key in values
    }
    known = {**older, **context}
    drawn = scene.settle(read.components, _filled(read.components, values), feel, known)
    page = _Page(drawn, problems, feel, gettext)
    return tuple(page.level(read.components, _Place(drawn.data, drawn.names)))


@dataclass(frozen=True, slots=True)
class _Place:
    """The answers of one level and what its expressions see."""

    data: Mapping[str, Any]
    names: Mapping[str, Any]
    path: Path = ()

    def into(self, one: Component, data: Any, *row: int) -> _Place:
        data = data if isinstance(data, Mapping) else {}
        names = row_names(self.names, one.children, data)
        return _Place(data, names, (*self.path, one.key, *row))


@dataclass(frozen=True, slots=True)
class _Page:
    scene: Scene
    problems: Mapping[str, str]
    feel: Feel
    gettext: Gettext = field(repr=False)

    def level(self, components: tuple[Component, ...], place: _Place) -> Iterator[Field]:
        for one in components:
            path = (*place.path, one.key or f"#{one.id}")
            if path in self.scene.hidden:
                continue
            shown = (
                self._content(one, place) if one.kind == "content" else self._one(one, place, path)
            )
            if shown is not None:
                yield replace(shown, seen=name(path)) if one.hide else shown

    def _one(self, one: Component, place: _Place, path: Path) -> Field | None:
        bare, value = self._bare(one, path), place.data.get(one.key)
        if one.kind == "group" and not one.key:
            return replace(bare, key="", name="", fields=tuple(self.level(one.children, place)))
        if one.kind == "group":
            inner = self.level(one.children, place.into(one, value))
            return replace(bare, fields=tuple(inner))
        if one.kind == "rows":
            return self._rows(bare, one, value, place)
        if one.kind == "computed" or one.fixed:
            return self._shown(bare, one, value, place)
        if one.kind in ("choice", "choices"):
            return replace(bare, options=self._options(bare, one, value, place))
        if one.kind in ("date", "moment"):
            return replace(bare, parts=self._parts(bare, one, value))
        return self._typed(bare, one, value)

    def _bare(self, one: Component, path: Path) -> Field:
        key = name(path)
        said = self.problems.get(key, "")
        adorned = one.raw.get("appearance") or {}
        kind = one.raw.get("subtype", "date") if one.type == "datetime" else one.type
        return Field(
            kind=_KINDS.get(kind, kind),
            key=key,
            name=PREFIX + key,
            id=anchor(key),
            label=one.label,
            hint=str(one.raw.get("description") or ""),
            required=one.required,
            problem=said.bare(self.gettext) if isinstance(said, Problem) else str(said),
            prefix=str(adorned.get("prefixAdorner") or ""),
            suffix=str(adorned.get("suffixAdorner") or ""),
        )

    # ---- one kind each -------------------------------------------------------------------
    def _typed(self, bare: Field, one: Component, value: Any) -> Field:
        if one.kind == "bool":
            return replace(bare, checked=value is True)
        if one.kind == "number":
            whole = one.raw.get("decimalDigits") == 0
            return replace(
                bare, value=danish.say_number(value), mode="numeric" if whole else "decimal"
            )
        if one.kind == "time":
            return replace(bare, value=danish.say_number(value))
        most = one.limits.get("maxLength") or LENGTHS[one.type]
        mode = _MODES.get(one.limits.get("validationType") or "", "")
        return replace(bare, value=danish.say_number(value), most=most, mode=mode)

    def _options(
        self, bare: Field, one: Component, value: Any, place: _Place
    ) -> tuple[Choice, ...]:
        chosen = value if isinstance(value, list) else [] if blank(value) else [value]
        texts = {choices.text_of(v) for v in chosen if isinstance(v, (str, bool, int, float))}
        there = scene.options(one, place.names, self.feel)
        return tuple(
            Choice(
                bare.id if n == 1 else f"{bare.id}-{n}",
                text := choices.text_of(option.value),
                option.label,
                text in texts,
            )
            for n, option in enumerate(there, 1)
        )

    def _parts(self, bare: Field, one: Component, value: Any) -> tuple[Part, ...]:
        clock: tuple[str, ...] = ()
        inputs: tuple[tuple[str, str, int], ...] = DATE_PARTS
        if one.kind == "moment":
            value, at = danish.moment_parts(value)
            clock, inputs = (at,), (*DATE_PARTS, CLOCK_PART)
        said = self.problems.get(bare.key)
        wrong = _WRONG_PART.get(said.code, "") if isinstance(said, Problem) else ""
        return tuple(
            Part(
                bare.id if n == 0 else f"{bare.id}-{word}",
                f"{bare.name}.{word}",
                self.gettext(label),
                text,
                width,
                said is not None and wrong in ("", word),
            )
            for n, ((word, label, width), text) in enumerate(
                zip(inputs, (*danish.date_parts(value), *clock), strict=True)
            )
        )

    def _rows(self, bare: Field, one: Component, value: Any, place: _Place) -> Field:
        given = value[:MOST_ROWS] if isinstance(value, list) else []
        free = one.raw.get("allowAddRemove") is not False
        rows = []
        for n, row in enumerate(given):
            key = f"{bare.key}.{n}"
            inner = self.level(one.children, place.into(one, row, n))
            rows.append(Row(n + 1, key, tuple(inner), REMOVE + key if free else ""))
        return replace(
            bare,
            rows=tuple(rows),
            count=f"{bare.name}.{COUNT}",
            add=ADD + bare.key if free and len(given) < MOST_ROWS else "",
        )

    def _shown(self, bare: Field, one: Component, value: Any, place: _Place) -> Field | None:
        if not one.label:
            return None  # computed for the pathway only, as form-js has it
        return replace(bare, kind="shown", required=False, value=self._said(one, value, place))

    def _said(self, one: Component, value: Any, place: _Place) -> str:
        if isinstance(value, list):
            return ", ".join(self._said(one, each, place) for each in value)
        if one.kind == "choice" or one.kind == "choices":
            labels = {
                choices.text_of(o.value): o.label
                for o in scene.options(one, place.names, self.feel)
            }
            if isinstance(value, (str, bool, int, float)) and choices.text_of(value) in labels:
                return labels[choices.text_of(value)]
        if isinstance(value, bool):
            return self.gettext(_YES_NO[value])
        return danish.say(value)

    def _content(self, one: Component, place: _Place) -> Field:
        bare = Field(one.type, "", "", f"indhold-{one.id}", one.label)
        if one.type == "text":
            fill = _Fill(self, place)
            return replace(
                bare, kind="prose", prose=prose.blocks(str(one.raw.get("text") or ""), fill)
            )
        if one.type == "table":
            return self._table(bare, one, place)
        return bare

    def _table(self, bare: Field, one: Component, place: _Place) -> Field:
        columns = [
            (str(c["key"]), str(c.get("label") or c["key"])) for c in one.raw.get("columns", ())
        ]
        found = value_of(self.feel, str(one.raw.get("dataSource", "")), place.names)
        rows = [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []
        return replace(
            bare,
            columns=tuple(label for _key, label in columns),
            cells=tuple(
                tuple(self.text(row.get(key)) for key, _label in columns)
                for row in rows[:MOST_ROWS]
            ),
        )

    def text(self, value: Any) -> str:
        """Any value as a person reads it."""
        value = json_value(value)
        return self.gettext(_YES_NO[value]) if isinstance(value, bool) else danish.say(value)


@dataclass(frozen=True, slots=True)
class _Fill:
    """What stands in `{{ }}` of a text."""

    page: _Page
    place: _Place

    def __call__(self, expression: str) -> str:
        return self.page.text(value_of(self.page.feel, expression, self.place.names))


def _filled(components: tuple[Component, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with defaults where a name is not there at all; null is an answer that was taken away."""
    filled = dict(values)
    for one in within(components):
        if not one.key:
            continue
        if one.kind == "group" and isinstance(inner := filled.get(one.key, {}), Mapping):
            filled[one.key] = _filled(one.children, inner)
        elif one.kind == "rows":
            rows = filled.get(one.key, [{}] * _first_rows(one))
            if isinstance(rows, list):
                filled[one.key] = [
                    _filled(one.children, r) if isinstance(r, Mapping) else r
                    for r in rows[:MOST_ROWS]
                ]
        elif one.key not in filled and one.raw.get("defaultValue") is not None:
            filled[one.key] = one.raw["defaultValue"]
    return filled


def _first_rows(one: Component) -> int:
    first = one.raw.get("defaultRepetitions", 1)
    return max(0, min(first, MOST_ROWS)) if isinstance(first, int) else 1
