"""Public diagrams of other tools behave as `../shared/corpus/MANIFEST.csv` expects, and none ends in a riddle."""

from __future__ import annotations

import re
import time

import pytest
from lxml import etree

from engine import decisions, lint, pathway
from engine.imports import intake, normalise
from engine.lint import runs
from engine.lint.sheet import Around, sheet
from engine.model import Finding
from tests.corpus.diagrams import CORPUS, DISAGREED, manifest

needs_corpus = pytest.mark.skipif(
    not (CORPUS / "MANIFEST.csv").exists(),
    reason="left out: the corpus of public diagrams is not beside the project (../shared/corpus)",
)
SLOWEST = 5.0
#: What a library would say and a person cannot read.
RIDDLE = re.compile(
    r"Traceback|lxml|SpiffWorkflow|libxml|<string>|object at 0x|NoneType|Excessive|Premature|StartTag:|\bErrno\b|"
    r"KeyError|ValueError|\{http|codec can't"
)
ROWS = {row["file"]: row["expect"] for row in manifest("bpmn")}


def findings(file: str) -> list[Finding]:
    begun = time.process_time()
    found = list(lint.lint(CORPUS / file))
    assert time.process_time() - begun < SLOWEST
    for finding in found:
        assert not RIDDLE.search(finding.message + finding.hint), finding
    return found


@needs_corpus
@pytest.mark.parametrize("file", ROWS)
def test_a_public_diagram_behaves_as_its_row_expects(file: str) -> None:
    errors = [f for f in findings(file) if f.severity == "error"]
    if ROWS[file] == "deploy" and file not in DISAGREED:
        assert not errors
    elif ROWS[file] == "reject" or file in DISAGREED:
        assert errors
        assert all(f.message and f.hint for f in errors)
    if not errors:
        imported = normalise((CORPUS / file).read_bytes())
        looked_at = sheet(imported.root, file, Around(), imported.notes, foreign=True)
        assert pathway.compile(runs.alone(looked_at)).elements


@needs_corpus
def test_what_we_do_not_follow_is_still_in_the_manifest() -> None:
    assert {file for file in DISAGREED if ROWS[file] == "deploy"} == set(DISAGREED)


@needs_corpus
@pytest.mark.parametrize("file", ROWS)
def test_reading_twice_changes_nothing_more(file: str) -> None:
    once = normalise((CORPUS / file).read_bytes())
    if once.root is None:
        return
    assert etree.tostring(normalise(once.xml).root) == etree.tostring(intake.parse(once.xml))


@needs_corpus
@pytest.mark.parametrize("file", [row["file"] for row in manifest("dmn")])
def test_a_public_decision_model_loads_and_lints(file: str) -> None:
    assert not [f for f in findings(file) if f.severity == "error"]
    assert decisions.load((CORPUS / file).read_bytes()).names
