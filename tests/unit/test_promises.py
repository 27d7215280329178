"""`docs/promises.md` does not rot: each promise names a test that is there, and that runs.

So does each way out in `docs/security.md`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
WAYS = (
    (ROOT / "docs" / "security.md")
    .read_text(encoding="utf-8")
    .partition("## Ways out\n")[2]
    .partition("\n## ")[0]
)
ROWS = re.findall(r"^\| (.+?) \| `([^`]+)` \|$", PAGE, re.MULTILINE)


def test_every_row_is_a_promise_with_a_check() -> None:
    held = PAGE.partition("## Checks that are run by hand")[0]
    lines = [line for line in held.splitlines() if line.startswith("|")]
    heads = [line for line in lines if line.startswith(("| promise", "|---"))]
    assert len(ROWS) == len(lines) - len(heads)
    assert len(ROWS) == len({promise for promise, _ in ROWS})


def test_every_way_out_says_what_holds_it() -> None:
    rows = [line for line in WAYS.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    assert [row for row in rows if not re.search(r"\| `tests/\S+::\w+` \|$", row)] == []
    assert [row for row in rows if row.count(" | ") != 4] == []


HELD = [
    (row, node)
    for row, node in re.findall(r"^\| ([^|]+?) \|.*\| `(tests/[^`]+)` \|$", WAYS, re.MULTILINE)
]


@pytest.mark.parametrize(("promise", "node"), ROWS + HELD)
def test_the_check_is_there_and_runs(promise: str, node: str) -> None:
    path, _, name = node.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    found = re.search(rf"((?:^@.*\n(?:^[ )].*\n)*)*)^def {name}\(", text, re.MULTILINE)
    assert found, f"{promise}: {node}"
    assert not re.search(r"mark\.(skip|soak|xfail)", found[1]), node
