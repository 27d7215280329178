"""Which fields are in play, given the answers so far: what is hidden, what is computed, what the task hands over.

Conditions may look at fields that other conditions hide, so the scene is drawn again until it stands still.  A hidden
field's answer counts as null and is never kept.  Fields that nobody answered are in the data as form-js submits them:
null, a checkbox false, lists empty, groups whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms import danish
from forms.components import Component, Option, everything, within
from forms.kinds import MOST_OPTIONS, MOST_ROWS_IN_ALL, blank, distinct, empty
from forms.names import Feel, host, json_value, row_names, seen, truth, value_of

Path = tuple[str | int, ...]

#: Conditions that wait for each other in a longer row than this count as contradicting each other.
MOST_PASSES = 30


@dataclass(frozen=True, slots=True)
class Scene:
    """The answers that count, and the paths of what is hidden (`#id` where it has no name)."""

    data: dict[str, Any]
    hidden: frozenset[Path]
    #: What expressions see at the form's top level.
    names: Mapping[str, Any] = field(repr=False)
    #: There were more rows than a form may have; the last are not in the data.
    overfull: bool = False


def settle(
    components: tuple[Component, ...],
    answers: Mapping[str, Any],
    feel: Feel,
    context: Mapping[str, Any],
) -> Scene:
    """The scene for these answers.

    Expressions that fail count as null; conditions that contradict each other hide nothing.
    """
    stage = _Stage(components, answers, feel, context, host(context))
    found, always = stage.run(None)
    if always is not None:
        found, _again = stage.run(always)
    return found


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a scene is drawn from."""

    components: tuple[Component, ...]
    answers: Mapping[str, Any]
    feel: Feel
    context: Mapping[str, Any]
    #: The context with the functions that expressions may call.
    given: Mapping[str, Any]

    def run(self, only: frozenset[Path] | None) -> tuple[Scene, frozenset[Path] | None]:
        """Draw until it stands still; where it never does, also what is hidden all the way round its circle."""
        moving = sum(1 for one in everything(self.components) if one.hide or one.kind == "computed")
        # First with everything in play: a condition may ask for its own field's value.
        scene = self._draw(Scene({}, frozenset(), self._names({}, frozenset())), frozenset())
        passes, always = min(moving, MOST_PASSES), scene.hidden
        for n in range(3 * passes + 1 if moving else 0):
            before, scene = scene, self._draw(scene, only)
            if (scene.data, scene.hidden) == (before.data, before.hidden):
                return scene, None
            always = scene.hidden if n <= passes else always & scene.hidden
        return scene, always if moving else None

    def _draw(self, before: Scene, only: frozenset[Path] | None) -> Scene:
        draw = _Drawing(self.feel, only)
        place = _Place(self.answers, self.context, before.data, before.names)
        data = draw.level(self.components, place)
        hidden = frozenset(draw.hidden)
        return Scene(data, hidden, self._names(data, hidden), draw.overfull)

    def _names(self, data: Mapping[str, Any], hidden: frozenset[Path]) -> dict[str, Any]:
        """What expressions see: what the task knows, and the form's own fields over it."""
        names = dict(self.given)
        for one in within(self.components):
            if one.key:
                names[one.key] = None if (one.key,) in hidden else seen(one, data.get(one.key))
        return names


def options(component: Component, names: Mapping[str, Any], feel: Feel) -> tuple[Option, ...]:
    """What there is to choose: listed in the form, or given by an expression (texts, or label and value)."""
    if component.options is not None:
        return component.options
    found = value_of(feel, component.options_from, names)
    listed = found[:MOST_OPTIONS] if isinstance(found, (list, tuple)) else ()
    return tuple(option for option in map(_option, listed) if option and option.value != "")


def leaves(
    components: tuple[Component, ...],
    scene: Scene,
    data: Mapping[str, Any] | None = None,
    path: Path = (),
    names: Mapping[str, Any] | None = None,
) -> Iterator[tuple[Path, Component, Any, Mapping[str, Any]]]:
    """Every visible field with its path, value and names, also those inside groups and rows."""
    data = scene.data if data is None else data
    names = scene.names if names is None else names
    for one in within(components):
        here = (*path, one.key)
        if not one.key or here in scene.hidden:
            continue
        value = data.get(one.key)
        yield here, one, value, names
        if one.kind == "group" and isinstance(value, dict):
            yield from leaves(
                one.children, scene, value, here, row_names(names, one.children, value)
            )
        if one.kind == "rows" and isinstance(value, list):
            for n, row in enumerate(value):
                if isinstance(row, dict) and not empty(row):
                    inner = row_names(names, one.children, row)
                    yield from leaves(one.children, scene, row, (*here, n), inner)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a level of fields stands: what a person answered, what the task hands over, what expressions see."""

    given: Mapping[str, Any]
    known: Mapping[str, Any]
    #: The level's data as the pass before drew them: expressions see those.
    drawn: Mapping[str, Any]
    names: Mapping[str, Any]
    path: Path = ()

    def into(self, one: Component, given: Mapping[str, Any]) -> _Place:
        """A group."""
        drawn, known = _context(self.drawn.get(one.key)), _context(self.known.get(one.key))
        names = row_names(self.names, one.children, drawn)
        return _Place(given, known, drawn, names, (*self.path, one.key))

    def row(self, one: Component, n: int, given: Mapping[str, Any]) -> _Place:
        """A row of a list.  Rows are the person's: the task hands none over."""
        rows = self.drawn.get(one.key)
        drawn = _context(rows[n] if isinstance(rows, list) and n < len(rows) else None)
        names = row_names(self.names, one.children, drawn)
        return _Place(given, {}, drawn, names, (*self.path, one.key, n))


@dataclass(slots=True)
class _Drawing:
    """One pass over the form with the names of the pass before."""

    feel: Feel
    #: The only paths that may be hidden, where conditions contradict each other.
    only: frozenset[Path] | None
    hidden: set[Path] = field(default_factory=set)
    rows_left: int = MOST_ROWS_IN_ALL
    overfull: bool = False

    def level(self, components: tuple[Component, ...], place: _Place) -> dict[str, Any]:
        known = {one.key for one in within(components)}
        # Names that the form does not have stay in, for the schema to refuse.
        data = {k: v for k, v in place.given.items() if k not in known}
        self._into(data, components, place, False)
        return data

    def _into(
        self, data: dict[str, Any], components: tuple[Component, ...], place: _Place, unseen: bool
    ) -> None:
        for one in components:
            gone = unseen or self._hides(one, place)
            if gone:
                self.hidden.add((*place.path, one.key or f"#{one.id}"))
            if one.kind == "group" and not one.key:
                self._into(data, one.children, place, gone)
            elif one.key and not gone:
                self._answer(data, one, place)

    def _hides(self, one: Component, place: _Place) -> bool:
        if not one.hide or truth(self.feel, one.hide, place.names) is not True:
            return False
        return self.only is None or (*place.path, one.key or f"#{one.id}") in self.only

    def _answer(self, data: dict[str, Any], one: Component, place: _Place) -> None:
        if one.kind == "computed":
            expression = str(one.raw.get("expression", ""))
            data[one.key] = json_value(value_of(self.feel, expression, place.names))
        elif one.fixed:
            if (value := place.known.get(one.key, one.raw.get("defaultValue"))) is not None:
                data[one.key] = json_value(value)
        else:
            data[one.key] = self._deeper(one, place.given.get(one.key), place)

    def _deeper(self, one: Component, value: Any, place: _Place) -> Any:
        if value is None or (isinstance(value, str) and blank(value)):
            value = {"group": {}, "rows": [], "choices": [], "bool": False}.get(one.kind)
        if one.kind == "choices":
            return distinct(value)
        if one.kind == "group" and isinstance(value, dict):
            return self.level(one.children, place.into(one, value))
        if one.kind == "rows" and isinstance(value, list):
            return self._rows(one, value, place)
        return value

    def _rows(self, one: Component, value: list[Any], place: _Place) -> list[Any]:
        rows = []
        for n, row in enumerate(value):
            if not self.rows_left:
                self.overfull = True
                break
            self.rows_left -= 1
            rows.append(self._row(one, row, place, n))
        return rows

    def _row(self, one: Component, row: Any, place: _Place, n: int) -> Any:
        if not isinstance(row, dict):
            return row
        drawn = self.level(one.children, place.row(one, n, row))
        return {} if empty(row) else drawn  # what is computed makes no answer of it


def _context(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _option(found: Any) -> Option | None:
    if not isinstance(found, Mapping):
        value = json_value(found)
        return (
            Option(value, danish.say_number(value))
            if isinstance(value, (str, int, float))
            else None
        )
    value = json_value(found.get("value"))
    if not isinstance(value, (str, bool, int, float)):
        return None
    return Option(value, str(found.get("label") or value))
