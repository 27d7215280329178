"""Random diagrams and walks: the engine and the reference agree after every step.

Every step goes through the state as text, so saving, pruning and restoring are played too.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from engine import pathway
from engine.model import Source, Step
from tests.property.token_game import DONE, Drawing, Maker, Room, after, begin, opened

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEY = "midtjylland-leg"
SETTINGS = {"titel": "Leg", "praefiks": "LEG", "parties": {"A": {"sektor": "region"}}}
VARS = ("v0", "v1", "v2", "v3")
SOAK = bool(os.environ.get("STAFET_SOAK"))
#: The same walks every time, and some that nobody has walked before (the seed stands in a failure's name).
SEEDS = [*range(5_000 if SOAK else 300), *random.SystemRandom().sample(range(10**9), 100)]
LONGEST = 40


def compiled(block):
    return pathway.compile(
        Source(KEY, "midtjylland", Drawing().process(KEY, block), {}, {}, {}, SETTINGS)
    )


def seen(step: Step) -> Counter:
    tasks = Counter(("task", task.element) for task in step.tasks)
    return tasks + Counter({("message", name): 1 for name in step.awaits})


def expected(left) -> Counter:
    found = Counter(opened(left))
    return Counter({what: 1 if what[0] == "message" else n for what, n in found.items()})


def play(seed: int) -> int:
    """One diagram, one walk; the number of steps that agreed."""
    rng = random.Random(seed)
    block = Maker(lambda n: rng.randrange(n)).block(4)
    data = {var: rng.random() < 0.4 for var in VARS}
    running = compiled(block)
    try:
        left = begin(block, data)
    except RecursionError:
        return 0
    left = Room((left,)) if left is not DONE else DONE
    step = pathway.start(running, data, NOW, parties={"A": "Enhed A"})
    for n in range(LONGEST):
        assert seen(step) == expected(left), (seed, n)
        assert (step.status == "completed") == (left is DONE), (seed, n)
        if left is DONE:
            return n
        # What is open more than once: a message goes to all of them, and which of two like tasks is meant nobody
        # can say.  The walk takes what is open once.
        choices = sorted(what for what, count in Counter(opened(left)).items() if count == 1)
        if not choices:
            return n
        what = rng.choice(choices)
        data = {var: rng.random() < 0.4 for var in VARS}
        left, _ = after(left, what, data)
        step = happens(running, step, what, data)
    return LONGEST


def happens(running, step, what, data):
    if what[0] == "message":
        return pathway.deliver(running, step.state, what[1], data, NOW)
    ref = next(task.ref for task in step.tasks if task.element == what[1])
    return pathway.complete(running, step.state, ref, data, NOW)


@pytest.mark.parametrize("part", range(8))
def test_the_engine_walks_as_the_reference(part):
    walked = sum(play(seed) for seed in SEEDS[part::8])
    assert walked > len(SEEDS[part::8]), "walks that end at once show nothing"


@pytest.mark.parametrize("seed", range(40))
def test_the_same_walk_gives_the_same_bytes_and_keeps_only_what_is_read(seed):
    def walk():
        rng = random.Random(seed)
        running = compiled(Maker(lambda n: rng.randrange(n)).block(3))
        step = pathway.start(running, {"v0": True, "hemmelig": "x"}, NOW, parties={"A": "Enhed A"})
        states = [step.state]
        for _ in range(10):
            if not step.tasks:
                break
            data = {var: rng.random() < 0.4 for var in VARS} | {"fritekst": "noget om en borger"}
            step = pathway.complete(running, step.state, step.tasks[-1].ref, data, NOW)
            states.append(step.state)
            kept = json.loads(step.state)["t"]
            names = {name for row in kept for name in row[5].get("data", {})}
            assert names <= running.reads()
            assert "fritekst" not in step.state
        return states

    assert walk() == walk()


def test_looking_changes_nothing():
    running = compiled(Maker(lambda n: random.Random(7).randrange(n)).block(3))
    step = pathway.start(running, dict.fromkeys(VARS, False), NOW, parties={"A": "Enhed A"})
    again = pathway.view(running, step.state, NOW)
    assert (again.state, again.tasks, again.awaits) == (step.state, step.tasks, step.awaits)
    assert not again.traces
    assert pathway.wake(running, step.state, NOW).state == step.state
