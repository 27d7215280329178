"""`stafet feel` and `stafet decide` as the contract says: JSON out, ISO dates, one line for each line, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAFET = str(Path(sys.executable).with_name("stafet"))
TABLE = "processes/midtjylland/planrunde/hvis-saa.dmn"


def stafet(*args: str, given: str | bytes = "") -> subprocess.CompletedProcess[bytes]:
    sent = given.encode() if isinstance(given, str) else given
    return subprocess.run([STAFET, *args], cwd=ROOT, input=sent, capture_output=True, timeout=120)


def told(run: subprocess.CompletedProcess[bytes]) -> Any:
    assert run.stderr == b""
    return json.loads(run.stdout)


@pytest.mark.parametrize(
    ("args", "given", "value"),
    [
        (["1 + 1"], "", 2),
        (["-"], "antal >\n 3", True),
        (["date(dag) + duration(\"P1M\")"], "", "2024-02-29"),
        (['@"2024-01-01T10:00:00@Europe/Copenhagen"'], "", "2024-01-01T10:00:00+01:00"),
        (['duration("PT36H")'], "", "P1DT12H"),
        (["-1"], "", -1),
        (["stort tal * 2"], "", 8),
        (['frist("3 hverdage", "2024-03-26")'], "", "2024-04-03T23:59:59+02:00"),
        (["now() > @\"2024-01-01T00:00:00Z\""], "", True),
    ],
)  # fmt: skip
def test_feel_prints_the_value_and_its_warnings(args: list[str], given: str, value: Any) -> None:
    context = '{"antal": 5, "dag": "2024-01-31", "stort tal": 4}'
    run = stafet("feel", *args, "--context", context, "--json", given=given)
    assert told(run) == {"value": value, "warnings": []}


def test_feel_says_why_something_is_null() -> None:
    answer = told(stafet("feel", "antl + 1", "--context", '{"antal": 5}', "--json"))
    assert answer["value"] is None
    assert answer["warnings"][0] == (
        "Line 1, column 1: the name “antl” is not known. Did you mean “antal”?"
    )


@pytest.mark.parametrize(
    ("args", "given", "sentence"),
    [
        (
            ["feel", "1 +"],
            b"",
            "Line 1, column 4: the expression ends too early; expected a value.",
        ),
        (["feel", "for i in 1..1000000 return i"], b"", "The expression needs more steps"),
        (["feel", "x", "--context", "["], b"", "--context is not JSON."),
        (["feel", "x", "--context", "[]"], b"", "--context must be a JSON object."),
        (["feel", "-"], b"\xff", "Standard input is not UTF-8."),
        (["decide", "nope.dmn", "x"], b"", "nope.dmn cannot be read"),
        (["decide", TABLE], b"", "Say which decision: raekke."),
        (["decide", TABLE, "hest"], b"", "There is no decision “hest” in the model."),
        (["decide", TABLE, "raekke", "--input", "{"], b"", "--input is not JSON."),
        (["decide", TABLE, "raekke", "--input", "[]"], b"", "The inputs are a JSON object"),
        (["decide", "pyproject.toml", "raekke"], b"", "The file is no XML"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_2(args: list[str], given: bytes, sentence: str) -> None:
    run = stafet(*args, given=given)
    lines = run.stderr.decode().splitlines()
    assert (run.returncode, len(lines)) == (2, 1)
    assert lines[0].startswith(f"stafet: {sentence}")


def test_decide_prints_value_rules_and_errors() -> None:
    asked = '{"justering_indsats": false, "justering_plan": true}'
    answer = told(stafet("decide", TABLE, "raekke", "--input", asked, "--json"))
    assert (answer["value"], answer["rules"], answer["errors"]) == ("ny_plan", ["raekke_2"], [])
    broken = stafet("decide", TABLE, "raekke", "--input", '{"justering_plan": "ja"}', "--json")
    assert broken.returncode == 1
    assert told(broken)["errors"] == ["justering_plan: the value is no boolean."]


def test_decide_answers_every_line_and_goes_on_after_a_failing_one(tmp_path: Path) -> None:
    model = tmp_path / "frist.dmn"
    model.write_text(
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="n" name="m">'
        '<inputData id="dag" name="dag"><variable name="dag" typeRef="date"/></inputData><decision id="d" name="d">'
        '<informationRequirement><requiredInput href="#dag"/></informationRequirement><literalExpression>'
        '<text>dag + duration("P1D")</text></literalExpression></decision></definitions>'
    )
    lines: list[bytes] = [
        json.dumps({"dmn": str(model), "decision": "d", "input": {"dag": "2024-02-28"}}).encode(),
        b"no json",
        b"[]",
        b"\xff\xfe",
        b'{"decision": "d"}',
        b'{"dmn": "nope.dmn", "decision": "d"}',
        json.dumps({"dmn": str(model), "decision": "hest"}).encode(),
        json.dumps({"dmn": str(model), "decision": "d", "input": [1]}).encode(),
        json.dumps({"dmn": str(model), "decision": "d", "input": {"dag": "2024-02-30"}}).encode(),
        b"[" * 100_000,
        json.dumps({"dmn": str(model), "decision": "d", "input": {"dag": "2024-12-31"}}).encode(),
    ]
    run = stafet("decide", "-", "--json", given=b"\n".join(lines))
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert (run.returncode, run.stderr, len(answers)) == (0, b"", len(lines))
    assert answers[0] == {"value": "2024-02-29", "rules": [], "errors": [], "warnings": []}
    assert answers[-1]["value"] == "2025-01-01"
    assert all(answer["value"] is None and len(answer["errors"]) == 1 for answer in answers[1:-1])
    assert answers[8]["errors"] == ["dag: the value is no date."]
