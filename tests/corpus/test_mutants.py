"""Whatever a file holds: findings in sentences, within seconds; and what lint lets through, the engine can run."""

from __future__ import annotations

import json
import os
import random
import time
from dataclasses import asdict

import pytest

from engine import lint, pathway
from engine.errors import StafetError
from engine.imports import normalise
from engine.lint import runs
from engine.lint.sheet import Around, sheet
from tests.corpus.diagrams import everything, mutant
from tests.corpus.test_corpus import RIDDLE, SLOWEST
from tests.seeds import fresh

SOAK = bool(os.environ.get("STAFET_SOAK"))
#: The same mutants every time, and some that nobody has seen before (the seed stands in a failure's name).
SEEDS = [
    *range(20_000 if SOAK else 300),
    *fresh("mutants", 2_000 if SOAK else 60),
]
FILES = [file.read_bytes() for file in everything()]


@pytest.mark.parametrize("chunk", range(8))
def test_a_broken_diagram_gets_sentences_and_what_passes_runs(chunk: int) -> None:
    for seed in SEEDS[chunk::8]:
        rng = random.Random(seed)
        data = mutant(rng, rng.choice(FILES))
        begun = time.process_time()
        found = lint.lint_text(data, "mutant.bpmn")
        assert time.process_time() - begun < SLOWEST, seed
        text = json.dumps([asdict(finding) for finding in found], ensure_ascii=False)
        assert not RIDDLE.search(
            "".join(f.message + f.hint for f in found if f.rule not in _QUOTING)
        ), (seed, text)
        if not any(finding.severity == "error" for finding in found):
            _runs(data, seed)


#: Rules that quote what the file says, whatever it says.
_QUOTING = {"untranslated", "mapped", "must_decide", "unreadable_expression"}


def _runs(data: bytes, seed: int) -> None:
    imported = normalise(data)
    looked_at = sheet(imported.root, "", Around(), imported.notes, foreign=imported.foreign)
    for process in looked_at.processes:
        try:
            pathway.compile(runs.alone(looked_at, process))
        except StafetError as exc:
            raise AssertionError((seed, exc.sentence)) from exc
