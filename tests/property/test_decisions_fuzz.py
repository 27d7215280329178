"""Broken decision models and odd inputs: a value with its errors, or a refusal by name."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

import pytest
from lxml import etree

from engine import decisions, feel
from engine.errors import DecisionInvalid
from tests.seeds import fresh

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "corpus"
HOW_MANY = 5_000 if os.environ.get("STAFET_SOAK") else 150
MOST_SECONDS = 5.0
#: Larger models only make the walk slow.
MOST_ELEMENTS = 1_000
TEXTS = (
    "", "-", "1 +", "(", "null", '"x"', "[1..", "for i in 1..1000000000 return i", "x", "? > 3", "{a: 1}",
    "function(a) a(a)", "not(", 'date("2024-01-01")', "< 5, > 3", "[9..1]", 'not("a", 1)',
)  # fmt: skip
NAMES = ("", "x", "#x", "U", "C+", "number", "list", "a b", "true", "string", "date", "ANY")
VALUES: tuple[Any, ...] = (
    None, 1, -1.5, "x", "2024-01-01", True, [], [1, "a"], {}, {"a": [{}]}, "P1D", 1e308, 10**40,
    float("nan"), "10:00:00",
)  # fmt: skip


def _models() -> list[Path]:
    """Our own decisions, and the corpus beside the project where it is there."""
    return sorted([*(ROOT / "processes").rglob("*.dmn"), *SHARED.rglob("*.dmn")])


@pytest.mark.parametrize("seed", ["fixed", str(fresh("decisions")[0])])
def test_a_broken_model_answers_or_is_refused(seed: str) -> None:
    models = [path.read_bytes() for path in _models()]
    assert models
    for nth in range(HOW_MANY):
        random = Random(f"{seed}-{nth}")
        xml = _broken(random, random.choice(models))
        began = process_time()
        try:
            _ask(random, xml)
        except DecisionInvalid:
            pass
        except Exception as exc:
            raise AssertionError(f"seed {seed}-{nth}") from exc
        assert process_time() - began < MOST_SECONDS, f"seed {seed}-{nth}"


def _ask(random: Random, xml: bytes) -> None:
    loaded = decisions.load(xml)
    assert all(one.sentence for one in decisions.gaps(loaded))
    for name in loaded.names[:10]:
        inputs = {key: random.choice(VALUES) for key in loaded.inputs(name)}
        decided = loaded.decide(name, inputs)
        json.dumps(feel.to_json(decided.value))
        assert all(isinstance(said, str) for said in decided.errors + decided.warnings)


def _broken(random: Random, xml: bytes) -> bytes:
    """The model with a few elements taken away, moved, renamed, or saying something else."""
    try:
        root = etree.fromstring(xml)
    except etree.XMLSyntaxError:
        return xml
    elements = [e for e in root.iter() if isinstance(e.tag, str)]
    if len(elements) > MOST_ELEMENTS:
        return xml[: random.randrange(len(xml))]
    for _ in range(random.randrange(1, 6)):
        _break(random, elements)
    return etree.tostring(root)


def _break(random: Random, elements: list[Any]) -> None:
    one, other = random.choice(elements), random.choice(elements)
    way = random.randrange(6)
    if way == 0 and one.getparent() is not None:
        one.getparent().remove(one)
    elif way == 1 and one.attrib:
        del one.attrib[random.choice(list(one.attrib))]
    elif way == 2 and one.attrib:
        known = [other.get("id") or "i", other.get("name") or "n"]
        one.attrib[random.choice(list(one.attrib))] = random.choice([*NAMES, *known])
    elif way == 3 and one.tag.endswith("text"):
        one.text = random.choice(TEXTS)
    elif way == 4 and one not in other.iterancestors() and one is not other:
        other.append(one)
    elif way == 5:
        one.tag = other.tag
