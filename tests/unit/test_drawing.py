"""Diagrams that read well: what `tools/layout` draws, what its checker sees, and every diagram under `processes/`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser.diagrams import DRAWN, called, digest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools" / "layout"
DIAGRAMS = sorted((ROOT / "processes").rglob("*.bpmn"))

LOGIC = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:stafet="urn:stafet:bpmn" id="d">
  <bpmn:collaboration id="samarbejde">
    <bpmn:participant id="pulje" name="Prøve" processRef="proeve" />
  </bpmn:collaboration>
  <bpmn:process id="proeve" isExecutable="true">
    <bpmn:laneSet id="baner">
      <bpmn:lane id="bane_a" name="Psykiatri"><bpmn:flowNodeRef>start</bpmn:flowNodeRef><bpmn:flowNodeRef>spoerg</bpmn:flowNodeRef><bpmn:flowNodeRef>er_det_godt</bpmn:flowNodeRef><bpmn:flowNodeRef>slut</bpmn:flowNodeRef></bpmn:lane>
      <bpmn:lane id="bane_b" name="Kommune"><bpmn:flowNodeRef>svar</bpmn:flowNodeRef></bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="start" name="Behov meldt" />
    <bpmn:userTask id="spoerg" name="Spørg kommunen" stafet:klausul="A-1" />
    <bpmn:exclusiveGateway id="er_det_godt" name="Er det godt?" default="er_det_godt_til_svar" />
    <bpmn:userTask id="svar" name="Svar igen" />
    <bpmn:boundaryEvent id="for_sent" name="Svar mangler" attachedToRef="svar"><bpmn:timerEventDefinition id="for_sent_ur"><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
    <bpmn:endEvent id="slut" name="Aftalt" />
    <bpmn:sequenceFlow id="start_til_spoerg" sourceRef="start" targetRef="spoerg" />
    <bpmn:sequenceFlow id="spoerg_til_er_det_godt" sourceRef="spoerg" targetRef="er_det_godt" />
    <bpmn:sequenceFlow id="er_det_godt_til_slut" name="Ja" sourceRef="er_det_godt" targetRef="slut" />
    <bpmn:sequenceFlow id="er_det_godt_til_svar" name="Nej" sourceRef="er_det_godt" targetRef="svar" />
    <bpmn:sequenceFlow id="svar_til_slut" sourceRef="svar" targetRef="slut" />
    <bpmn:sequenceFlow id="for_sent_til_slut" sourceRef="for_sent" targetRef="slut" />
  </bpmn:process>
</bpmn:definitions>
"""  # noqa: E501


def node(tool: str, *args: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one of the tools; `make test` installs what they need."""
    program = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    assert Path(program).exists(), "no Node here: `make test` finds or installs it"
    assert (TOOLS / "node_modules" / "bpmn-moddle").exists(), (
        "run `make test`: it installs tools/layout"
    )
    return subprocess.run(
        [program, str(TOOLS / tool), *map(str, args)], capture_output=True, text=True, check=False
    )


def judged(*files: Path) -> list[dict[str, Any]]:
    """What the checker says of files, as JSON."""
    found: list[dict[str, Any]] = json.loads(node("check.mjs", "--json", *files).stdout)
    return found


def rules(file: Path) -> set[str]:
    """The names of the rules that a file breaks."""
    return {fault["rule"] for fault in judged(file)[0]["faults"]}


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """The little pathway, as the tool draws it."""
    file = tmp_path / "proeve.bpmn"
    file.write_text(LOGIC, encoding="utf-8")
    assert node("layout.mjs", file).returncode == 0
    return file


def moved(file: Path, element: str, **by: int) -> None:
    """Move or resize a shape by hand, as no one should."""
    head, mark, rest = file.read_text(encoding="utf-8").partition(f'bpmnElement="{element}"')
    bounds, end, tail = rest.partition("/>")
    for name, change in by.items():
        before, _, after = bounds.partition(f' {name}="')
        number, _, after = after.partition('"')
        bounds = f'{before} {name}="{int(number) + change}"{after}'
    file.write_text(head + mark + bounds + end + tail, encoding="utf-8")


def test_every_diagram_is_good_to_read() -> None:
    """One page, no overlaps, straight happy path, labels one can read: what the checker demands."""
    faults = [
        f"{Path(each['file']).name}: {fault['rule']} {fault['ids']} {fault['sentence']}"
        for each in judged(*DIAGRAMS)
        for fault in each["faults"]
    ]
    assert not faults, "\n".join(faults)


#: The only diagrams in which lines cross, how many do, and why.
CROSSING = {
    # Two rounds of answers stand in the team's lane, and both remind the same step in the region's lane below.
    "midtjylland-planrunde": 1,
    # The way round the question (the declaration is up to date) and the way back to it (asked again) pass each other.
    "faelles-samtykke": 1,
}


def test_no_lines_cross_where_it_can_be_avoided() -> None:
    crossings = {
        called(Path(each["file"])): each["numbers"]["crossings"] for each in judged(*DIAGRAMS)
    }
    assert {name: n for name, n in crossings.items() if n} == CROSSING


def test_every_diagram_is_as_the_tool_drew_it() -> None:
    """Nobody moved a shape by hand, and no logic changed without a new drawing."""
    answer = node("layout.mjs", "--check", *DIAGRAMS)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_diagram_has_a_picture_of_todays_drawing() -> None:
    """`make docs` draws them; a picture names the drawing that it shows."""
    wanted = {called(file): digest(file.read_text(encoding="utf-8")) for file in DIAGRAMS}
    assert all(wanted.values())
    found = {each.stem: digest(each.read_text(encoding="utf-8")) for each in DRAWN.glob("*.svg")}
    assert found == wanted


@pytest.mark.soak
@pytest.mark.skipif(not os.environ.get("STAFET_SOAK"), reason="make soak draws every diagram again")
def test_the_tool_draws_every_diagram_the_same_again() -> None:
    answer = node("layout.mjs", "--check", "--anew", *DIAGRAMS)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_only_the_drawing_is_written(drawn: Path) -> None:
    """Every byte of the logic stays; a second run changes nothing; a fresh one finds the same."""
    text = drawn.read_text(encoding="utf-8")
    before, _, rest = text.partition("  <bpmndi:BPMNDiagram")
    assert before + rest.partition("</bpmndi:BPMNDiagram>\n")[2] == LOGIC
    assert node("layout.mjs", "--anew", drawn).returncode == 0
    assert drawn.read_text(encoding="utf-8") == text
    assert node("layout.mjs", "--check", "--anew", drawn).returncode == 0


def test_the_tool_draws_what_the_checker_calls_good(drawn: Path) -> None:
    (found,) = judged(drawn)
    assert found["ok"], found["faults"]
    assert found["numbers"]["elements"] == 6
    assert found["numbers"]["flows"] == 6


def test_a_shape_moved_by_hand_is_noticed(drawn: Path) -> None:
    moved(drawn, "svar", x=1)
    answer = node("layout.mjs", "--check", drawn)
    assert answer.returncode == 1
    assert "draw it again" in answer.stdout


def test_a_new_step_is_noticed_and_new_words_of_ours_are_not(drawn: Path) -> None:
    text = drawn.read_text(encoding="utf-8")
    drawn.write_text(text.replace('klausul="A-1"', 'klausul="A-2"'), encoding="utf-8")
    assert node("layout.mjs", "--check", drawn).returncode == 0
    drawn.write_text(text.replace("Svar igen", "Svar kommunen igen"), encoding="utf-8")
    assert node("layout.mjs", "--check", drawn).returncode == 1


@pytest.mark.parametrize(
    ("element", "by", "rule"),
    [
        ("svar", {"x": -150, "y": -150}, "shapes-overlap"),
        ("svar", {"y": -120}, "outside"),
        ("er_det_godt", {"y": 40}, "happy-path"),
        ("slut", {"x": 40}, "loose-end"),
        ("slut", {"x": -30}, "line-through-shape"),
        ("spoerg", {"width": -60}, "label-broken"),
        ("bane_b", {"height": -110}, "label-broken"),
        ("svar", {"width": -20, "height": -40}, "label-on-icon"),
        ("slut", {"x": 2000}, "too-much"),
    ],
)
def test_a_bad_drawing_breaks_its_rule(
    drawn: Path, element: str, by: dict[str, int], rule: str
) -> None:
    if element == "er_det_godt":  # its flow must follow, or the end is merely loose
        _bend(drawn)
    moved(drawn, element, **by)
    assert rule in rules(drawn)


def _bend(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    head, mark, rest = text.partition('bpmnElement="spoerg_til_er_det_godt"')
    first, _, rest = rest.partition("/>")
    before, _, number = first.rpartition('y="')
    y = int(number.partition('"')[0])
    file.write_text(f'{head}{mark}{before}y="{y - 40}" />{rest}', encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "points", "rule"),
    [
        ("start_til_spoerg", "0,0 50,30", "slanting"),
        ("er_det_godt_til_svar", "THROUGH spoerg", "line-through-shape"),
        ("for_sent_til_slut", "LIKE spoerg_til_er_det_godt", "lines-overlap"),
        ("er_det_godt_til_slut", "LIKE spoerg_til_er_det_godt", "loose-end"),
        ("er_det_godt_til_slut", "0,0 100,0 100,9", "no-room-for-arrow"),
    ],
)
def test_a_bad_line_breaks_its_rule(drawn: Path, line: str, points: str, rule: str) -> None:
    text = drawn.read_text(encoding="utf-8")
    kind, _, other = points.partition(" ")
    if kind == "LIKE":
        way = _ways(text, other)
    elif kind == "THROUGH":
        x, y, width, height = _bounds(text, other)
        way = f"{x - 20},{y + height // 2} {x + width + 20},{y + height // 2}"
    else:
        way = points
    drawn.write_text(_with_way(text, line, way), encoding="utf-8")
    assert rule in rules(drawn)


def test_a_name_on_a_line_and_a_name_far_away_are_seen(drawn: Path) -> None:
    text = drawn.read_text(encoding="utf-8")
    x, y, *_ = _bounds(text, "svar")
    for place, rule in (((x + 10, y + 10), "label-covered"), ((x, y + 900), "label-astray")):
        head, mark, rest = text.partition('<bpmndi:BPMNShape id="slut_di"')
        shape, label, rest = rest.partition("<bpmndi:BPMNLabel>")
        _, end, rest = rest.partition("</bpmndi:BPMNLabel>")
        box = f'<dc:Bounds x="{place[0]}" y="{place[1]}" width="60" height="14" />'
        drawn.write_text(head + mark + shape + label + box + end + rest, encoding="utf-8")
        assert rule in rules(drawn)


def test_a_choice_without_words_and_an_undrawn_step_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "stum.bpmn"
    file.write_text(LOGIC.replace(' name="Nej"', ""), encoding="utf-8")
    assert {"no-name", "not-drawn"} <= rules(file)


@pytest.mark.parametrize("text", ["", "<nix", "{}", "<a/>", LOGIC[:600]])
def test_what_is_no_diagram_gets_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "nix.bpmn"
    file.write_text(text, encoding="utf-8")
    for tool in ("layout.mjs", "check.mjs"):
        answer = node(tool, file)
        said = (answer.stdout + answer.stderr).strip().splitlines()
        assert answer.returncode == 1
        assert 1 <= len(said) <= 2
        assert "    at " not in answer.stderr


def _bounds(text: str, element: str) -> tuple[int, int, int, int]:
    found = text.partition(f'bpmnElement="{element}"')[2].partition("<dc:Bounds ")[2]
    parts = found.partition("/>")[0].split('"')[1::2]
    x, y, width, height = map(int, parts[:4])
    return x, y, width, height


def _ways(text: str, flow: str) -> str:
    found = text.partition(f'bpmnElement="{flow}"')[2].partition("</bpmndi:BPMNEdge>")[0]
    numbers = [part.split('"') for part in found.split("<di:waypoint ")[1:]]
    return " ".join(f"{each[1]},{each[3]}" for each in numbers)


def _with_way(text: str, flow: str, way: str) -> str:
    head, mark, rest = text.partition(f'bpmnElement="{flow}">')
    _, end, tail = rest.partition("</bpmndi:BPMNEdge>")
    points = [each.split(",") for each in way.split()]
    lines = "".join(f'<di:waypoint x="{x}" y="{y}" />' for x, y in points)
    return head + mark + lines + end + tail
