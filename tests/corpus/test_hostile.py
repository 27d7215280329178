"""Files that mean harm, or are no diagram at all: refused early, with one sentence, whatever they are called."""

from __future__ import annotations

import os
import time
import tracemalloc
from pathlib import Path

import pytest

from engine import lint
from engine.imports.intake import MAX_STEPS
from engine.lint.files import MAX_BYTES
from engine.model import Finding
from tests.corpus.test_corpus import RIDDLE, SLOWEST

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" isExecutable="true">'
TAIL = "</process></definitions>"
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


def ask(tmp_path: Path, name: str, data: bytes) -> list[Finding]:
    """What lint says of such a file, in time and in words of ours."""
    file = tmp_path / name
    file.write_bytes(data)
    begun = time.process_time()
    found = list(lint.lint(tmp_path))
    assert time.process_time() - begun < SLOWEST
    for finding in found:
        assert not RIDDLE.search(finding.message + finding.hint), finding
    return found


def only(found: list[Finding]) -> str:
    """The one sentence that a file which is not read gets."""
    assert [(f.rule, f.severity) for f in found] == [("unreadable", "error")]
    assert found[0].hint
    return found[0].message


@pytest.mark.parametrize("ending", ["bpmn", "bpmn20.xml", "dmn", "form"])
def test_a_file_of_a_hundred_megabytes_is_not_taken_into_memory(
    tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"stor.{ending}"
    with file.open("wb") as handle:
        handle.seek(100_000_000)
        handle.write(b"x")
    tracemalloc.start()
    found = list(lint.lint(tmp_path))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "for stor" in only(found)
    assert most < MAX_BYTES


@pytest.mark.parametrize("name", ["dyb.bpmn", "dyb.dmn"])
def test_ten_thousand_elements_inside_each_other(tmp_path: Path, name: str) -> None:
    deep = "<subProcess>" * 10_000 + "</subProcess>" * 10_000
    assert only(ask(tmp_path, name, (HEAD + deep + TAIL).encode()))


def test_a_form_with_a_number_that_no_machine_can_hold(tmp_path: Path) -> None:
    assert only(ask(tmp_path, "tal.form", b'{"a": ' + b"9" * 5_000 + b"}"))


def test_a_form_of_ten_thousand_lists_inside_each_other(tmp_path: Path) -> None:
    assert only(ask(tmp_path, "dyb.form", b"[" * 10_000 + b"]" * 10_000))


@pytest.mark.parametrize("name", ["bombe.bpmn", "bombe.dmn"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("before", ["", "<!-- a -->" * 1_000, f"<!-- {'a' * 200_000} -->"])
@pytest.mark.parametrize("bomb", [BOMB, '<!DOCTYPE x [<!ENTITY j "a">]>'])
def test_entities_are_never_expanded(
    tmp_path: Path, name: str, encoding: str, before: str, bomb: str
) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>{before}{bomb}<definitions>&j;</definitions>'
    )
    said = only(ask(tmp_path, name, text.encode(encoding)))
    # Not by the library's own guard alone: that is against large ones, in a tongue that it reads.
    guarded = encoding != "utf-8" and (bomb is BOMB or name.endswith("dmn"))
    assert "DOCTYPE" in said or guarded


@pytest.mark.parametrize("name", ["fil.bpmn", "fil.dmn"])
def test_a_doctype_that_fetches_a_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "hemmelig.txt").write_text("hemmelig")
    text = f'<!DOCTYPE x [<!ENTITY f SYSTEM "{tmp_path / "hemmelig.txt"}">]><x>&f;</x>'
    assert "DOCTYPE" in only(ask(tmp_path, name, text.encode()))


@pytest.mark.parametrize(
    "data",
    [b"", b" \n", b"\0\0\0\0", b"\xff\xfe", b"PK\x03\x04zip", b"{}", b"<", b"<a>", b"<a></b>",
     b"<a b=1/>", b"<a b='1' b='2'/>", b"<?xml version='1.0' encoding='klingon'?><a/>", b"<a>\x01</a>",
     "<a>æ</a>".encode("latin-1"),
     b"<a/>", b"<html/>",
     b"<x:a/>", b"<definitions xmlns='urn:other'/>", b"\xef\xbb\xbf<a>"],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["bpmn", "dmn", "form"])
def test_what_is_no_such_file_gets_one_sentence(tmp_path: Path, data: bytes, ending: str) -> None:
    found = ask(tmp_path, f"fil.{ending}", data)
    if ending == "form" and data == b"{}":
        assert not found
    else:
        assert only(found)


@pytest.mark.parametrize("name", ["dyb.bpmn", "dyb.dmn"])
def test_two_hundred_elements_inside_each_other_are_too_many_as_well(
    tmp_path: Path, name: str
) -> None:
    assert "100 lag" in only(
        ask(tmp_path, name, (HEAD + "<a>" * 200 + "</a>" * 200 + TAIL).encode())
    )


def test_more_elements_than_any_diagram(tmp_path: Path) -> None:
    assert "150000" in only(ask(tmp_path, "bred.bpmn", (HEAD + "<a/>" * 150_000 + TAIL).encode()))


def test_more_steps_than_anybody_could_read(tmp_path: Path) -> None:
    steps = "".join(f'<task id="t{n}"/>' for n in range(MAX_STEPS + 1))
    assert str(MAX_STEPS) in found_hint(ask(tmp_path, "stor.bpmn", (HEAD + steps + TAIL).encode()))


def found_hint(found: list[Finding]) -> str:
    assert only(found)
    return found[0].hint


def test_the_largest_diagram_that_is_read_is_read_in_time(tmp_path: Path) -> None:
    steps = '<startEvent id="t0"/>' + "".join(
        f'<exclusiveGateway id="t{n}" default="u{n}"/>' if n % 2 else f'<userTask id="t{n}"/>'
        for n in range(1, MAX_STEPS - 1)
    )
    condition = "<conditionExpression>=a = {0} and b = {0}</conditionExpression>"
    flows = "".join(
        f'<sequenceFlow id="u{n}" sourceRef="t{n}" targetRef="t{n + 1}"/>'
        for n in range(MAX_STEPS - 2)
    )
    flows += "".join(
        f'<sequenceFlow id="v{n}" sourceRef="t{n}" targetRef="t{n // 2}">{condition.format(n)}</sequenceFlow>'
        for n in range(3, MAX_STEPS - 2, 2)
    )
    found = ask(tmp_path, "bred.bpmn", (HEAD + steps + flows + TAIL).encode())
    assert not [f for f in found if f.severity == "error"][1:]


def test_a_choice_with_a_thousand_ways_is_looked_at_in_time(tmp_path: Path) -> None:
    ways = "".join(
        f'<sequenceFlow id="v{n}" sourceRef="g" targetRef="e">'
        f"<conditionExpression>=a &gt; {n} and b &lt; {n} and c != {n}</conditionExpression></sequenceFlow>"
        for n in range(1_000)
    )
    steps = '<startEvent id="s"/><exclusiveGateway id="g" default="v0"/><endEvent id="e"/>'
    ask(
        tmp_path,
        "valg.bpmn",
        (
            HEAD + steps + '<sequenceFlow id="f" sourceRef="s" targetRef="g"/>' + ways + TAIL
        ).encode(),
    )


@pytest.mark.parametrize("text", ["=" + "(" * 4_000, "=" + "not(" * 1_000 + "x" + ")" * 1_000, "=a" + " + a" * 2_000,
                                  "=[" + "1," * 2_000 + "1]", "=" + "x" * 100_000, "${" + "(" * 1_000])  # fmt: skip
def test_an_expression_that_means_harm_is_answered_in_time(tmp_path: Path, text: str) -> None:
    condition = f"<conditionExpression>{text}</conditionExpression>"
    flow = f'<sequenceFlow id="f" sourceRef="s" targetRef="e">{condition}</sequenceFlow>'
    steps = '<startEvent id="s"/><userTask id="t"/><endEvent id="e"/>'
    assert ask(tmp_path, "udtryk.bpmn", (HEAD + steps + flow.replace('"s"', '"t"') + TAIL).encode())


def test_a_path_that_is_a_folder_of_nothing_is_no_mistake(tmp_path: Path) -> None:
    assert not list(lint.lint(tmp_path))


@pytest.mark.parametrize("place", ["/dev/zero", "pipe"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, place: str) -> None:
    if place == "pipe":
        place = str(tmp_path / "pipe.bpmn")
        os.mkfifo(place)
    assert only(list(lint.lint(Path(place)))) == "Filen kan ikke åbnes."


def test_a_link_that_leads_nowhere_is_passed_by(tmp_path: Path) -> None:
    (tmp_path / "tom.bpmn").symlink_to(tmp_path / "findes_ikke")
    assert not list(lint.lint(tmp_path))
