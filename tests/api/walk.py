"""Random values from a JSON schema, and the walk over an OpenAPI description's calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from flask.testing import FlaskClient
from hypothesis import strategies as st

Schema = dict[str, Any]
Values = st.SearchStrategy[Any]
#: `as_(login)` of the tests' fixtures.
Get = Callable[..., FlaskClient]

#: What databases, parsers and clocks have stumbled over.
ODD_TEXTS = [
    "",
    "\0",
    "\ud800",
    "' OR 1=1 --",
    "%s%(x)s{x}",
    "../../etc/passwd",
    "31.02.2024",
    "2024-02-31",
    "9" * 400,
    "æøå" * 100,
    "null",
    "=1+1",
    "\u202eabc",
]
ODD_NUMBERS = [0, -1, 2**31, 2**63 - 1, 2**63, 10**30, 1e308, -0.0, float("inf"), float("nan")]
TEXTS = st.one_of(st.sampled_from(ODD_TEXTS), st.text(st.characters(), max_size=30))
ANYTHING: Values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(ODD_NUMBERS), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


class Call(NamedTuple):
    """One operation of the description."""

    method: str
    path: str
    parameters: list[Schema]
    body: Schema | None
    responses: dict[str, Any]


def calls(described: dict[str, Any]) -> Iterator[Call]:
    """All operations of the description."""
    for path, operations in described["paths"].items():
        shared = operations.get("parameters", [])
        for method, operation in operations.items():
            if method == "parameters":
                continue
            content = operation.get("requestBody", {}).get("content", {})
            yield Call(
                method.upper(),
                path,
                [*shared, *operation.get("parameters", [])],
                content.get("application/json", {}).get("schema"),
                operation["responses"],
            )


def resolved(schema: Schema, described: dict[str, Any]) -> Schema:
    """The schema behind a `$ref`."""
    while "$ref" in schema:
        found: Any = described
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def values(schema: Schema, described: dict[str, Any]) -> Values:
    """Mostly what the schema asks for, now and then anything at all."""
    return st.one_of(_right(schema, described), _right(schema, described), ANYTHING)


def _right(schema: Schema, described: dict[str, Any]) -> Values:
    schema = resolved(schema, described)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list):  # OpenAPI 3.1's way to allow nothing: ["string", "null"]
        return st.one_of(_right({**schema, "type": each}, described) for each in kind)
    if kind == "object":
        return _object(schema, described)
    if kind == "array":
        return st.lists(values(schema.get("items", {}), described), max_size=3)
    if kind == "integer":
        low, high = schema.get("minimum", -(2**70)), schema.get("maximum", 2**70)
        return st.one_of(st.integers(1, 40), st.integers(low, high))
    simple: dict[Any, Values] = {
        "null": st.none(),
        "boolean": st.booleans(),
        "number": st.floats(),
        "string": st.one_of(TEXTS, st.sampled_from(_known(schema))),
    }
    return simple.get(kind, ANYTHING)


def _known(schema: Schema) -> list[str]:
    return [
        schema.get("example", "ida"),
        "me",
        "midtjylland",
        "planrunde",
        "Kommunens myndighed",
        "700378-1016",
        "2024-03-26T10:00:00+01:00",
        "laege",
    ]


def _object(schema: Schema, described: dict[str, Any]) -> Values:
    properties = schema.get("properties", {})
    if not properties:
        names = st.sampled_from(["justering_plan", "forventet_faerdig", "accept", "part"])
        return st.dictionaries(st.one_of(names, TEXTS), ANYTHING, max_size=4)
    made = {name: values(inner, described) for name, inner in properties.items()}
    required = set(schema.get("required", []))
    return st.fixed_dictionaries(
        {name: made[name] for name in made if name in required},
        optional={name: made[name] for name in made if name not in required},
    )
