"""`stafet audit` from the command line: who saw it, where it ends, and that the end is still there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.http.served import ROOT, environment, stafet

CPR = "700378-1016"


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    folder = tmp_path_factory.mktemp("audit")
    made = environment(folder, f"sqlite:///{folder}/stafet.db")
    stafet("demo", env=made)
    return made


def run(env: Mapping[str, str], *args: str, typed: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "stafet.cli", "audit", *args],
        env=dict(env), cwd=ROOT, capture_output=True, text=True, timeout=120, input=typed,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_who_is_asked_by_cpr_on_standard_input_only(env: Mapping[str, str]) -> None:
    code, out, _ = run(env, "who", "--citizen", "-", "--json", typed=f"{CPR}\n")
    rows = json.loads(out)
    assert code == 0
    assert {"saw_audit", "case_opened"} <= {row["what"] for row in rows}
    assert rows[0]["what"] == "saw_audit"
    assert "7003781016" not in out.replace("-", "")
    for wrong in (CPR, "7003781016"):
        code, out, said = run(env, "who", "--citizen", wrong)
        assert (code, out) == (2, "")
        assert "standard input" in said
        assert wrong not in said
    code, _, said = run(env, "who", "--citizen", "-", typed="720685-9999\n")
    assert (code, len(said.splitlines())) == (2, 1)
    code, _, said = run(env, "who")
    assert (code, "either which citizen or which case" in said) == (2, True)


def test_a_checkpoint_is_written_once_and_found_again(
    env: Mapping[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "checkpoint"
    code, out, _ = run(env, "checkpoint", str(file), "--json")
    assert code == 0
    assert json.loads(out)["entries"] > 10
    code, _, said = run(env, "checkpoint", str(file))
    assert (code, len(said.splitlines())) == (2, 1)
    code, out, _ = run(env, "verify", "--checkpoint", str(file), "--json")
    assert (code, json.loads(out)["ok"]) == (0, True)
    file.write_bytes(file.read_bytes().replace(b'"entries":', b'"entries": '))
    code, _, said = run(env, "verify", "--checkpoint", str(file))
    assert code == 2
    assert said == "stafet: This is no checkpoint of this installation, or it was changed.\n"
