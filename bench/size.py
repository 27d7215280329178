"""Big diagrams and long lives: what a step costs at the end, times what it cost at the start.

    row         2,000 tasks one after the other: the last 100 completions ÷ the first 100
    blocks      40 parallel gateways that split and join: the last 10 blocks ÷ the first 10
    loop        5,000 turns of a loop: the last 500 ÷ the first 500
    parallel    500 tasks of one round open at once: the last 50 completions ÷ the first 50
    recurrence  ten years of a weekly timer, one task each: the last year ÷ the first

Each step is load, step and dump of the state as text.  Medians, so that one hiccup of the machine does not count; the
baseline is the same run's own start.  A ratio above `LIMIT` is not ok.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from engine import pathway
from engine.model import Source, Step

LIMIT = 1.3
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEY = "midtjylland-stort"
SETTINGS = {"titel": "Stort", "praefiks": "STORT", "parties": {"A": {"sektor": "region"}}}


# ---- diagrams ----------------------------------------------------------------------------
def _file(body: str, *ways: str) -> str:
    flows = "".join(
        f'<sequenceFlow id="f{n}_{m}" sourceRef="{a}" targetRef="{b}"/>'
        for n, way in enumerate(ways)
        for m, (a, b) in enumerate(pairwise(way.split()))
    )
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:stafet="urn:stafet:bpmn" id="d">'
        f'<process id="{KEY}" isExecutable="true"><startEvent id="S"/>{body}<endEvent id="E"/>{flows}'
        "</process></definitions>"
    )


def row(tasks: int) -> str:
    """Tasks one after the other."""
    keys = [f"T{n}" for n in range(tasks)]
    return _file("".join(f'<userTask id="{key}"/>' for key in keys), f"S {' '.join(keys)} E")


def blocks(count: int) -> str:
    """Blocks of two tasks side by side, one block after the other."""
    body, ways, last = "", [], "S"
    for n in range(count):
        body += f'<parallelGateway id="G{n}"/><userTask id="A{n}"/><userTask id="B{n}"/><parallelGateway id="J{n}"/>'
        ways += [f"{last} G{n} A{n} J{n}", f"G{n} B{n} J{n}"]
        last = f"J{n}"
    return _file(body, *ways, f"{last} E")


def loop() -> str:
    """A task that is done again while `igen` is true."""
    body = '<exclusiveGateway id="M"/><userTask id="T"/><exclusiveGateway id="X" default="f0_3"/>'
    asked = "<conditionExpression>igen</conditionExpression>"
    again = f'<sequenceFlow id="b" sourceRef="X" targetRef="M">{asked}</sequenceFlow>'
    return _file(body + again, "S M T X E")


def parallel(turns: int) -> str:
    """One task for each of so many, all at once."""
    multi = f'<multiInstanceLoopCharacteristics stafet:gentagFor="{turns}" stafet:hver="nr" stafet:saml="svar"/>'
    return _file(f'<userTask id="T">{multi}</userTask>', "S T E")


def weekly() -> str:
    """A task each week, for ever, beside one that stays open."""
    timer = "<timerEventDefinition><timeCycle>R/P7D</timeCycle></timerEventDefinition>"
    start = f'<startEvent id="HS" isInterrupting="false">{timer}</startEvent>'
    inner = f'{start}<userTask id="H"/><sequenceFlow id="h1" sourceRef="HS" targetRef="H"/>'
    return _file(
        f'<userTask id="A"/><subProcess id="U" triggeredByEvent="true">{inner}</subProcess>',
        "S A E",
    )


# ---- playing -----------------------------------------------------------------------------
def compiled(text: str) -> pathway.Pathway:
    """The diagram as a pathway."""
    return pathway.compile(Source(KEY, "midtjylland", text, {}, {}, {}, SETTINGS))


def begun(running: pathway.Pathway) -> Step:
    """Its first step."""
    return pathway.start(running, {}, NOW, parties={"A": "Enhed A"})


def completions(text: str, values: dict[str, Any], most: int) -> Iterator[float]:
    """The seconds of each completion of the oldest open task."""
    running = compiled(text)
    step = begun(running)
    for _ in range(most):
        if not step.tasks:
            return
        ref = step.tasks[0].ref
        since = time.perf_counter()
        step = pathway.complete(running, step.state, ref, values, NOW)
        yield time.perf_counter() - since


def years(count: int) -> Iterator[float]:
    """The seconds of each week's wake and completion."""
    running = compiled(weekly())
    step, now = begun(running), NOW
    while now < NOW + timedelta(days=365 * count):
        now = step.timers[0].due_at
        since = time.perf_counter()
        step = pathway.wake(running, step.state, now)
        step = pathway.complete(running, step.state, step.tasks[-1].ref, {}, now)
        yield time.perf_counter() - since


def run() -> dict[str, Any]:
    """Each shape's ratio, what a step costs in milliseconds, and whether the ratio is within the limit."""
    found: dict[str, Any] = {}
    plays: dict[str, tuple[int, Callable[[], Iterator[float]]]] = {
        "2,000 tasks in a row": (100, lambda: completions(row(2_000), {}, 2_000)),
        "40 AND blocks": (20, lambda: completions(blocks(40), {}, 80)),
        "5,000 turns of a loop": (500, lambda: completions(loop(), {"igen": True}, 5_000)),
        "500 parallel instances": (50, lambda: completions(parallel(500), {}, 500)),
        "ten years of a weekly timer": (52, lambda: years(10)),
    }
    for name, (window, play) in plays.items():
        seconds = list(play())
        ratio = median(seconds[-window:]) / median(seconds[:window])
        found[name] = {
            "steps": len(seconds),
            "end ÷ start": round(ratio, 2),
            "step, milliseconds": round(median(seconds) * 1e3, 3),
            "ok": ratio <= LIMIT,
        }
    found["ok"] = all(row["ok"] for row in found.values())
    return found
