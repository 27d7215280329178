"""Big diagrams are read, started and walked to their end; what grows without end is stopped.  Costs: bench/size.py."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import pytest

from bench.size import blocks, completions, loop, parallel, row, weekly
from engine import pathway
from engine.errors import DiagramInvalid, StepFailed
from engine.model import Source
from tests.small import NOW, SETTINGS, E, S, begin, doc, each, el, on, sub, throw, user, users, way

KEY = "midtjylland-stort"


def walk(text: str, **values):
    """Completes the oldest open task until the instance has ended; gives the play and the number of steps."""
    play, steps = begin(text, key=KEY), 0
    while play.step.tasks:
        ref = play.step.tasks[0].ref
        play.step = pathway.complete(play.running, play.step.state, ref, values, NOW)
        steps += 1
    return play, steps


def test_two_thousand_elements_in_a_row():
    play, steps = walk(row(2_000))
    assert (steps, play.ended) == (2_000, "E")
    automatic = "".join(el("task", f"T{n}") for n in range(2_000))
    assert (
        begin(S + automatic + E + way("S " + " ".join(f"T{n}" for n in range(2_000)) + " E")).ended
        == "E"
    )


def test_forty_parallel_blocks_one_after_the_other_and_inside_each_other():
    play, steps = walk(blocks(40))
    assert (steps, play.ended) == (80, "E")
    body, inner = "", "T"
    for n in range(40):
        body += el("parallelGateway", f"G{n}") + el("parallelGateway", f"J{n}") + user(f"U{n}")
        body += way(f"G{n} U{n} J{n}")
    chain = (
        " ".join(f"G{n}" for n in range(40))
        + " T "
        + " ".join(f"J{n}" for n in reversed(range(40)))
    )
    play = begin(S + body + user(inner) + E + way(f"S {chain} E"))
    assert len(play.tasks) == 41
    for task in play.tasks:
        assert play.ended is None
        play.do(task)
    assert play.ended == "E"


def test_five_thousand_turns_of_a_loop():
    sizes = set()
    play = begin(loop(), key=KEY)
    for _ in range(5_000):
        ref = play.step.tasks[0].ref
        play.step = pathway.complete(play.running, play.step.state, ref, {"igen": True}, NOW)
        sizes.add(len(play.step.state))
    assert max(sizes) - min(sizes) < 20
    assert play.do("T", igen=False).ended == "E"


def test_five_hundred_parallel_instances():
    play, steps = walk(parallel(500))
    assert (steps, play.ended) == (500, "E")
    inner = el("startEvent", "S2") + users("I") + el("endEvent", "E2") + way("S2 I E2")
    play = begin(S + sub("U", inner + each("500")) + E + way("S U E"))
    assert len(play.tasks) == 500


def test_a_step_needs_no_more_stack_for_more_elements():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(frames()) + 120)
    try:
        for text in (row(1_500), blocks(40), parallel(500), weekly()):
            begin(text, key=KEY)
        assert sum(1 for _ in completions(row(200), {}, 200)) == 200
    finally:
        sys.setrecursionlimit(limit)


def frames() -> list[object]:
    found, frame = [], sys._getframe()
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found


# ---- what would never end ----------------------------------------------------------------
def grows() -> str:
    """A loop in which each turn makes two tokens of one."""
    body = (
        S
        + el("exclusiveGateway", "M")
        + el("parallelGateway", "G")
        + el("task", "A")
        + el("task", "B")
    )
    return body + way("S M G A M") + way("G B M")


def signals() -> str:
    handler = sub(
        "H", el("startEvent", "Hs", on("signal", "alarm"), isInterrupting="false") + throw("T", on("signal", "alarm"))
        + way("Hs T"), triggeredByEvent="true",
    )  # fmt: skip
    return S + throw("X", on("signal", "alarm")) + E + way("S X E") + handler


def rounds() -> str:
    script = el("scriptTask", "I", each("1000"), stafet_udtryk="1", stafet_resultat="x")
    inner = sub("V", el("startEvent", "S3") + script + way("S3 I") + each("1000"))
    return (
        S + sub("U", el("startEvent", "S2") + inner + way("S2 V") + each("1000")) + E + way("S U E")
    )


@pytest.mark.parametrize("body", [grows(), signals(), rounds()], ids=["grows", "signals", "rounds"])
def test_what_grows_without_end_is_stopped_in_time(body):
    begun = time.perf_counter()
    with pytest.raises(StepFailed) as told:
        begin(body)
    assert told.value.facts["element"]
    assert time.perf_counter() - begun < 20


def test_parts_inside_sub_processes_inside_parts_are_stopped():
    inner = el("callActivity", "K", calledElement="midtjylland-proeve")
    for n in range(12):
        inner = sub(
            f"U{n}",
            el("startEvent", f"S{n}") + inner + way(f"S{n} {'K' if n == 0 else f'U{n - 1}'}"),
        )
    with pytest.raises(StepFailed, match="scopes deep"):
        begin(S + inner + E + way("S U11 E"))


def joined(count: int) -> str:
    """So many inclusive joins in a row, each with a flow from one gateway."""
    keys = [f"J{n}" for n in range(count)]
    body = S + el("parallelGateway", "G") + E + "".join(el("inclusiveGateway", key) for key in keys)
    body += way(f"S G {' '.join(keys)} E")
    return body + "".join(
        f'<sequenceFlow id="x{key}" sourceRef="G" targetRef="{key}"/>' for key in keys[1:]
    )


def test_a_huge_diagram_is_compiled_or_refused_in_time():
    begun = time.perf_counter()
    keys = [f"T{n}" for n in range(4_001)]
    many = "".join(
        el("scriptTask", k, stafet_udtryk=f'x + "{k}"', stafet_resultat="x") for k in keys
    )
    with pytest.raises(DiagramInvalid, match="more than 4000 expressions"):
        begin(S + many + E + way(f"S {' '.join(keys)} E"))
    assert begin(joined(99)).ended == "E"
    with pytest.raises(DiagramInvalid, match="more than 100 inclusive joins"):
        begin(joined(102))
    assert time.perf_counter() - begun < 60


def test_a_source_is_compiled_once_for_many_plays() -> None:
    one = Source(KEY, "midtjylland", doc(S + E + way("S E"), KEY), {}, {}, {}, SETTINGS)
    assert pathway.compiled(one) is pathway.compiled(one)
    assert pathway.compiled(replace(one)) is not pathway.compiled(one)
