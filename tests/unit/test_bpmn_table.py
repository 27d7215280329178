"""`docs/bpmn.md` does not rot: its tests exist, what it says is refused is refused, no kind of event is left out."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from engine.errors import DiagramInvalid
from tests.small import compiled
from tests.unit.test_bpmn_refused import REFUSED

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "bpmn.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in PAGE.splitlines()
    if re.match(r"\| .* \| (runs|refused) \|", line)
]
KINDS = [
    "none",
    "message",
    "timer",
    "conditional",
    "signal",
    "error",
    "escalation",
    "compensation",
    "cancel",
    "terminate",
    "link",
    "multiple",
]
PLACES = (
    "start", "start of an event sub-process", "start of an event sub-process, not interrupting", "intermediate catch",
    "boundary", "boundary, not interrupting", "intermediate throw", "end",
)  # fmt: skip


def test_every_element_runs_or_is_refused_and_nothing_in_between():
    names = [name for name, _, _ in ROWS]
    assert len(names) == len(set(names))
    assert len(names) > 150
    assert set(REFUSED) == {name for name, what, _ in ROWS if what == "refused"}


def test_every_kind_of_event_has_a_row_for_every_place():
    names = {name for name, _, _ in ROWS}
    assert {f"{kind} · {place}" for kind, place in product(KINDS, PLACES)} <= names


@pytest.mark.parametrize("node", sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE))))
def test_the_test_that_shows_it_exists(node):
    path, _, name = node.partition("::")
    assert f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_every_row_that_runs_names_a_test():
    for name, what, shown in ROWS:
        assert what == "refused" or "::test_" in shown, name


@pytest.mark.parametrize(
    ("name", "sentence"),
    [(n, s) for n, what, s in ROWS if what == "refused"],
    ids=lambda text: text[:60],
)
def test_what_the_page_says_is_refused_is_refused_with_that_sentence(name, sentence):
    with pytest.raises(DiagramInvalid) as told:
        compiled(REFUSED[name])
    assert sentence in told.value.sentence
