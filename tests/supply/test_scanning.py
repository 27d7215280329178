"""The scanners of `make test`: every rule of ours is proved on a bad and a good example, and nothing is left unread."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tools.supply import scan

FILES = sorted(scan.RULES.glob("*.yaml"))
RULES = [(path, rule["id"]) for path in FILES for rule in yaml.safe_load(path.read_text())["rules"]]
EXCEPTED = re.compile(r"(?:#|//)\s*(nosemgrep|nosec)\b:?\s*([\w-]*)")


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if not (scan.TOOLS / "semgrep").exists():
        if os.environ.get("CI"):
            pytest.fail("the scanners are not installed")
        pytest.skip("the scanners are not installed: make scan")


@pytest.mark.parametrize(("path", "rule"), RULES, ids=[rule for _, rule in RULES])
def test_every_rule_has_a_bad_and_a_good_example(path: Path, rule: str) -> None:
    (example,) = (p for p in path.parent.glob(f"{path.stem}.*") if p.suffix != ".yaml")
    marks = re.findall(r"(ruleid|ok): ([\w-]+)", example.read_text())
    assert ("ruleid", rule) in marks
    assert ("ok", rule) in marks


def test_every_rule_finds_its_bad_examples_and_no_good_one(tmp_path: Path) -> None:
    env = {**os.environ, "HOME": str(tmp_path), "PATH": f"{scan.TOOLS}:{os.environ['PATH']}"}
    done = subprocess.run(
        [scan.TOOLS / "semgrep", "test", "."],
        cwd=scan.RULES, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(RULES)}/{len(RULES)}" in done.stdout


def test_every_exception_names_its_rule_and_says_why() -> None:
    rules = {rule for _, rule in RULES}
    found = 0
    python, others = scan.sources(scan.ROOT)
    for name in sorted(python | others):
        lines = (scan.ROOT / name).read_text().splitlines()
        for number, line in enumerate(lines):
            for kind, rule in EXCEPTED.findall(line):
                found += 1
                assert rule in rules or re.fullmatch(r"B\d{3}", rule), f"{name}: {line}"
                told = [lines[number - 2], lines[number - 1], EXCEPTED.sub("", line)]
                assert any(re.search(r"(#|//|<!--) ?\w+.* \w+", each) for each in told), (
                    f"{name}:{number + 1}: {kind} without a reason"
                )
    assert found


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small house with one clean room and one page."""
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "step.py").write_text("def step(now):\n    return now\n")
    (tmp_path / "web" / "templates").mkdir(parents=True)
    (tmp_path / "web" / "templates" / "case.html").write_text("<p>{{ name }}</p>\n")
    return tmp_path


def test_what_both_tools_find_is_said_with_its_place(house: Path) -> None:
    (house / "engine" / "step.py").write_text(
        "from datetime import datetime\n\n\ndef step():\n    eval('1')\n    return datetime.now()\n"
    )
    (house / "web" / "templates" / "case.html").write_text("<p>{{ name | safe }}</p>\n")
    (house / "web" / "left.py").write_text("password = 'hemmelig'\n")
    found = "\n".join(scan.scan(house))
    assert "engine/step.py:5: code-from-data:" in found
    assert "engine/step.py:6: clock-below-the-edges:" in found
    assert "web/templates/case.html:1: page-unescaped:" in found
    assert "web/left.py:1: B105" in found


def test_a_clean_house_is_clean_and_a_file_that_cannot_be_read_is_not(house: Path) -> None:
    assert scan.scan(house) == []
    (house / "engine" / "broken.py").write_text("def step(:\n")
    assert any("engine/broken.py" in line for line in scan.scan(house))


def test_what_was_left_out_is_a_finding() -> None:
    nothing = {"results": [], "errors": [], "paths": {"scanned": []}, "metrics": {"_totals": {}}}
    assert list(scan.by_semgrep(nothing, {"engine/step.py"})) == [
        "engine/step.py: semgrep did not read it"
    ]
    assert list(scan.by_bandit(nothing, {"engine/step.py"})) == [
        "engine/step.py: bandit did not read it"
    ]
    stopped = {**nothing, "errors": [{"message": "rule a is not understood"}]}
    assert list(scan.by_semgrep(stopped, set())) == ["semgrep stopped: rule a is not understood"]


def test_no_tool_and_no_source_are_no_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scan.scan(tmp_path) != []
    shutil.copytree(scan.RULES, tmp_path / "rules")
    monkeypatch.setattr(scan, "TOOLS", tmp_path)
    assert scan.main([]) == 1
