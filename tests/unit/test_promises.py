"""`docs/promises.md` does not rot: each promise names a test that is there, and that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| `([^`]+)` \|$", PAGE, re.MULTILINE)


def test_every_row_is_a_promise_with_a_check() -> None:
    held = PAGE.partition("## Checks that are run by hand")[0]
    lines = [line for line in held.splitlines() if line.startswith("|")]
    heads = [line for line in lines if line.startswith(("| promise", "|---"))]
    assert len(ROWS) == len(lines) - len(heads)
    assert len(ROWS) == len({promise for promise, _ in ROWS})


@pytest.mark.parametrize(("promise", "node"), ROWS)
def test_the_check_is_there_and_runs(promise: str, node: str) -> None:
    path, _, name = node.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    found = re.search(rf"((?:^@.*\n(?:^[ )].*\n)*)*)^def {name}\(", text, re.MULTILINE)
    assert found, f"{promise}: {node}"
    assert not re.search(r"mark\.(skip|soak|xfail)", found[1]), node
