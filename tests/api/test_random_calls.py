"""A random walk over everything that the description offers: never a 5xx, always what it promises."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.api.walk import Call, Get, calls, values

REFUSED = {400, 401, 403, 404, 405, 409, 413, 415, 422}


@given(data=st.data())
@settings(
    max_examples=300,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@pytest.mark.leaks  # it asks for addresses with CPR numbers in them
def test_no_call_breaks_the_server(
    as_: Get, described: dict[str, Any], data: st.DataObject
) -> None:
    call = data.draw(st.sampled_from(list(calls(described))))
    who = data.draw(st.sampled_from(["sygeplejerske", "laege", "kommune", "drift"]))
    answer = as_(who).open(**request(call, described, data))
    told = {int(code) for code in call.responses if code.isdecimal()}
    assert answer.status_code in {200, 201, 204} | REFUSED | told, answer.get_data(as_text=True)
    if answer.status_code == 204:
        assert answer.data == b""
        return
    promised = call.responses.get(str(answer.status_code), {})
    schema: dict[str, Any] = {"$ref": "#/components/schemas/Error"}
    if answer.status_code in (200, 201):
        assert answer.mimetype in promised["content"], (call.method, call.path)
        if answer.mimetype == "application/pdf":
            assert answer.data.startswith(b"%PDF"), call.path
        if answer.mimetype != "application/json":
            return
        schema = promised["content"]["application/json"]["schema"]
    whole = {**schema, "components": described["components"]}
    problems = [error.message for error in Draft202012Validator(whole).iter_errors(answer.json)]
    assert not problems, (call.method, call.path, problems)


def request(call: Call, described: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Flask's test client's arguments for one random call."""
    path, query = call.path, {}
    for parameter in call.parameters:
        name = parameter["name"]
        value = data.draw(values(parameter["schema"], described), label=name)
        if parameter["in"] == "path":
            path = path.replace(
                f"{{{name}}}", quote(_text(value) or "1", safe="", errors="replace")
            )
        elif data.draw(st.booleans()):
            query[name] = _text(value).encode(errors="replace")
    made: dict[str, Any] = {"path": path, "method": call.method, "query_string": query}
    if call.body is not None:
        body = data.draw(values(call.body, described), label="body")
        made |= {"data": json.dumps(body), "content_type": "application/json"}
    return made


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
