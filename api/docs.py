"""Pages to read the API by: made on the server from the OpenAPI description, no script, no CDN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apispec import APISpec
from flask import Blueprint, Flask, Response, render_template
from markupsafe import Markup, escape

_METHODS = ("get", "post", "put", "patch", "delete")
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def register(app: Flask, spec: APISpec) -> None:
    """Serve the page and its style sheet."""
    bp = Blueprint(
        "api-pages",
        "api",
        url_prefix="/api",
        template_folder="templates",
        static_folder="static",
        static_url_path="/docs/static",
    )

    @bp.get("/docs")
    def read() -> Response:
        described: dict[str, Any] = spec.to_dict()
        page = render_template(
            "api/docs.html",
            info=described["info"],
            groups=list(_groups(described)),
            schemas=list(_schemas(described)),
        )
        response = Response(page, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    bp.add_app_template_filter(_with_code, "with_code")
    app.register_blueprint(bp)


def _groups(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for tag in described.get("tags", []):
        calls = [call for call in _calls(described) if tag["name"] in call["tags"]]
        yield {
            "name": tag["name"].removeprefix("api-"),
            "about": tag.get("description", ""),
            "calls": calls,
        }


def _calls(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, operations in described["paths"].items():
        for method in _METHODS:
            if method not in operations:
                continue
            call = operations[method]
            body = call.get("requestBody", {}).get("content", {}).get("application/json", {})
            yield {
                "method": method.upper(),
                "path": path,
                "tags": call.get("tags", []),
                "summary": call.get("summary", ""),
                "parameters": [
                    {**given, **_property("", given.get("schema", {}))}
                    | {"name": given["name"], "about": given.get("description", "")}
                    for given in (*operations.get("parameters", []), *call.get("parameters", []))
                    if "name" in given
                ],
                "body": _kind(body.get("schema", {})) if body else None,
                "answers": [
                    {"status": status, **_answer(answer)}
                    for status, answer in call["responses"].items()
                    if str(status).isdecimal() and "$ref" not in answer
                ],
            }


def _answer(answer: dict[str, Any]) -> dict[str, Any]:
    content = answer.get("content", {}).get("application/json", {})
    return {
        "about": answer.get("description", ""),
        "kind": _kind(content.get("schema", {})) if content else None,
    }


def _schemas(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, schema in sorted(described.get("components", {}).get("schemas", {}).items()):
        required = schema.get("required", [])
        yield {
            "name": name,
            "properties": [
                {**_property(key, value), "required": key in required}
                for key, value in schema.get("properties", {}).items()
            ],
        }


def _property(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    limits = [f"{words} {schema[key]}" for key, words in _LIMITS.items() if key in schema]
    if "enum" in schema:
        limits.append("one of " + ", ".join(map(str, schema["enum"])))
    return {
        "name": name,
        "kind": _kind(schema),
        "limits": "; ".join(limits),
        "about": schema.get("description", ""),
    }


_LIMITS = {
    "minimum": "from",
    "maximum": "to",
    "minLength": "shortest",
    "maxLength": "longest",
    "default": "left out:",
    "example": "such as",
}


def _with_code(text: str) -> Markup:
    """Text with its `backticks` as code."""
    plain, *rest = text.split("`")
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return escape(plain) + Markup().join(
        Markup("<code>{}</code>{}").format(code, after) for code, after in pairs
    )


def _kind(schema: dict[str, Any]) -> dict[str, str]:
    """The type in words, and the schema that it links to."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return {"text": name, "link": name}
    if schema.get("type") == "array":
        inner = _kind(schema.get("items", {}))
        return {"text": f"list of {inner['text']}", "link": inner["link"]}
    kind = schema.get("type", "any")
    text = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return {"text": f"{text} ({schema['format']})" if "format" in schema else text, "link": ""}
