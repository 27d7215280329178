"""What a form consists of: a form-js schema as a tree of `Component`, and rules over several fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "text", "number", "bool", "choice", "choices", "date", "time", "moment", "computed", "group", "rows",
    "content",
]  # fmt: skip

#: form-js type → what its answer is.  `datetime` is split by its subtype.
KINDS: dict[str, Kind] = {
    "textfield": "text",
    "textarea": "text",
    "number": "number",
    "checkbox": "bool",
    "radio": "choice",
    "select": "choice",
    "checklist": "choices",
    "taglist": "choices",
    "datetime": "date",
    "expression": "computed",
    "group": "group",
    "dynamiclist": "rows",
    "text": "content",
    "separator": "content",
    "spacer": "content",
    "table": "content",
}
_SUBTYPES: dict[str, Kind] = {"date": "date", "time": "time", "datetime": "moment"}


#: As `tidligst` or `senest`: the day on which the answer is given.
TODAY = "i dag"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: the value that the pathway reads, the label that a person reads."""

    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a form.  `key` is the answer's name (a group's or list's `path`), empty where it has none."""

    id: str
    type: str
    kind: Kind
    key: str
    label: str
    required: bool
    #: FEEL that hides the component, or "".
    hide: str
    #: Shown but not to be changed: the value is what the task hands over.
    fixed: bool
    limits: Mapping[str, Any]
    #: Our own settings, from the form editor's custom properties (docs/designers.md).
    own: Mapping[str, str]
    options: tuple[Option, ...] | None
    #: FEEL that gives the options where the form does not list them, or "".
    options_from: str
    raw: Mapping[str, Any] = field(repr=False)
    children: tuple[Component, ...] = ()

    @property
    def named(self) -> str:
        """What a sentence calls it."""
        return self.label or self.key or self.id


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition over several fields: where `when` holds, `demand` must; else `message` stands at `field`."""

    when: str
    demand: str
    field: str
    message: str


def within(components: tuple[Component, ...]) -> Iterator[Component]:
    """The components of one level of answers: groups without a path do not make a level."""
    for component in components:
        if component.kind == "group" and not component.key:
            yield from within(component.children)
        else:
            yield component


def everything(components: tuple[Component, ...]) -> Iterator[Component]:
    """Every component, parents before children."""
    for component in components:
        yield component
        yield from everything(component.children)


def tree(raw: Any) -> tuple[Component, ...]:
    """The components of a schema that has been found readable."""
    return tuple(_component(one) for one in raw if one.get("type") in KINDS)


def _component(raw: Mapping[str, Any]) -> Component:
    kind = KINDS[raw["type"]]
    if raw["type"] == "datetime":
        kind = _SUBTYPES[raw.get("subtype", "date")]
    limits = raw.get("validate") or {}
    key = raw.get("path") if kind in ("group", "rows") else raw.get("key")
    return Component(
        id=str(raw.get("id") or key or raw["type"]),
        type=raw["type"],
        kind=kind,
        key="" if kind == "content" else key or "",
        label=_label(raw),
        required=bool(limits.get("required")),
        hide=str((raw.get("conditional") or {}).get("hide") or ""),
        fixed=bool(raw.get("readonly") or raw.get("disabled")),
        limits=limits,
        own=raw.get("properties") or {},
        options=_options(raw) if kind in ("choice", "choices") else None,
        options_from=str(raw.get("valuesExpression") or raw.get("valuesKey") or ""),
        raw=raw,
        children=tree(raw.get("components") or ()) if kind in ("group", "rows") else (),
    )


def _label(raw: Mapping[str, Any]) -> str:
    found = [raw.get(word) for word in ("label", "dateLabel", "timeLabel")]
    # form-js shows no computed value; `vises_som` is our own wish to see it.
    return next(filter(None, [*found, (raw.get("properties") or {}).get("vises_som")]), "")


def _options(raw: Mapping[str, Any]) -> tuple[Option, ...] | None:
    if not raw.get("values"):
        return None
    return tuple(Option(one["value"], str(one.get("label", one["value"]))) for one in raw["values"])
