"""`stafet lint` as CONTRACT says it: JSON rows, an exit code, both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine import feel, lint
from engine.errors import ExpressionInvalid
from engine.lint.reading import unread
from stafet import cli
from stafet.settings import ROOT
from stafet.words import say
from web import catalogue

RULES = ROOT / "tests" / "lint"
_PLACE = re.compile(r"\{(\w+)\}")


def run(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["lint", *map(str, words)])
    out, err = capfd.readouterr()
    return int(ended.value.code or 0), out, err


def test_findings_are_rows_of_json_and_an_error_is_exit_1(
    capfd: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = run(capfd, str(RULES / "type_clash" / "bad.bpmn"), "--json")
    (row,) = json.loads(out)
    assert code == 1
    assert {"file", "element", "rule", "severity", "message", "hint"} <= row.keys()
    assert (row["element"], row["rule"], row["severity"]) == (
        "hvad_nu_til_godkendt",
        "type_clash",
        "error",
    )
    assert row["message"] == (
        "“Ja” sammenligner “dage”, som er et tal, med “3”, som er en tekst (betingelsen). Det passer aldrig."
    )


def test_nothing_found_is_an_empty_list_and_exit_0(capfd: pytest.CaptureFixture[str]) -> None:
    good = str(RULES / "type_clash" / "good.bpmn")
    assert run(capfd, good, "--json")[:2] == (0, "[]\n")
    assert run(capfd, good)[:2] == (0, "Ingen fund.\n")


def test_a_warning_alone_is_exit_0(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, str(RULES / "without_name" / "bad.bpmn"))
    assert code == 0
    assert out.startswith("obs ")


def test_the_same_in_english(capfd: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capfd, str(RULES / "type_clash" / "bad.bpmn"), "--language", "en")
    assert (
        "“Ja” compares “dage”, which is a number, with “3”, which is a text (the condition)." in out
    )
    assert out.startswith("ERROR ")


def test_a_path_that_is_not_there_is_a_wrong_call(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capfd, "findes-ikke.bpmn")
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert err.count("\n") == 1


def test_our_own_agreements_have_no_errors() -> None:
    assert list(lint.lint(ROOT / "processes")) == []


@pytest.mark.parametrize(
    ("text", "danish", "english"),
    [
        ("1 +", "Udtrykket slutter for tidligt: der ventes en værdi.",
         "The expression ends too early: a value is expected."),
        ("a == 1", "Linje 1, tegn 4 kan ikke læses: der ventes en værdi. Mente du “=”?",
         "Line 1, character 4 cannot be read: a value is expected. Did you mean “=”?"),
        ("(1", "Udtrykket slutter for tidligt: der ventes “)”.",
         "The expression ends too early: “)” is expected."),
        ("if a\n thn b else c", "Linje 2, tegn 8 kan ikke læses. Mente du “then”?",
         "Line 2, character 8 cannot be read. Did you mean “then”?"),
        ('"abc', "Teksten, der begynder i linje 1, tegn 1, mangler et anførselstegn til slut.",
         "The text that begins at line 1, character 1, lacks a quotation mark at its end."),
    ],
)  # fmt: skip
def test_why_an_expression_cannot_be_read_is_said_in_the_readers_language(
    text: str, danish: str, english: str
) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        feel.compile(text)
    note = unread(refused.value)
    assert (note.said(), note.said(say("en"))) == (danish, english)


def test_a_cell_that_cannot_be_read_is_told_in_one_language() -> None:
    (found,) = lint.lint(RULES / "decision_unreadable" / "bad.dmn")
    assert found.message == (
        "“b2” i beslutningen kan ikke læses: Udtrykket slutter for tidligt: der ventes en værdi."
    )


# ---- words -------------------------------------------------------------------------------
def test_every_sentence_that_is_said_stands_in_the_catalogue() -> None:
    said: set[str] = set()

    def listen(text: str) -> str:
        said.add(text)
        return text

    everything = [
        RULES,
        *(p for p in [Path(ROOT.parent / "shared" / "corpus" / "bpmn")] if p.is_dir()),
    ]
    list(lint.lint(*everything, say=listen))
    assert len(said) > 100
    assert said <= set(catalogue.noted())


def test_a_translation_has_the_same_places() -> None:
    english = catalogue.load("en")
    for message in catalogue.noted():
        assert isinstance(message, str)
        known = english.get(message)
        assert known is not None
        assert set(_PLACE.findall(str(known.string))) == set(_PLACE.findall(message)), message
