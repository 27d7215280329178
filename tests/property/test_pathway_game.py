"""Random diagrams and walks: the engine and two references agree after every step.

Blocks (`token_game.py`) and nets of any shape (`net_game.py`).  Every step goes through the state as text, so saving,
pruning and restoring are played too.  `make soak` walks 5,000 of each kind.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from engine import migrate, pathway
from engine.errors import LoopWithoutWait, MoveImpossible, StepFailed
from engine.model import Source, Step
from tests.property import net_game
from tests.property.token_game import DONE, Drawing, Maker, Room, after, begin, opened
from tests.seeds import fresh

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEY = "midtjylland-leg"
SETTINGS = {"titel": "Leg", "praefiks": "LEG", "parties": {"A": {"sektor": "region"}}}
VARS = ("v0", "v1", "v2", "v3")
SOAK = bool(os.environ.get("STAFET_SOAK"))
#: The same walks every time, and some that nobody has walked before (the seed stands in a failure's name).
FRESH = fresh("game", 100)
SEEDS = [*range(5_000 if SOAK else 300), *FRESH]
PARTS = 8
LONGEST = 40


def compiled(text: str) -> pathway.Pathway:
    return pathway.compile(Source(KEY, "midtjylland", text, {}, {}, {}, SETTINGS))


def block_of(rng: random.Random, depth: int) -> str:
    return Drawing().process(KEY, Maker(lambda n: rng.randrange(n)).block(depth))


def data_of(rng: random.Random) -> dict[str, bool]:
    return {var: rng.random() < 0.4 for var in VARS}


def begun(running: pathway.Pathway, data: dict[str, bool]) -> Step:
    return pathway.start(running, data, NOW, parties={"A": "Enhed A"})


def seen(step: Step) -> Counter[tuple[str, str]]:
    tasks = Counter(("task", task.element) for task in step.tasks)
    return tasks + Counter({("message", name): 1 for name in step.awaits})


def once(found: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Messages are counted once, however many wait."""
    return Counter({what: 1 if what[0] == "message" else n for what, n in found.items()})


def happens(
    running: pathway.Pathway, step: Step, what: tuple[str, str], data: dict[str, bool]
) -> Step:
    if what[0] == "message":
        return pathway.deliver(running, step.state, what[1], data, NOW)
    ref = next(task.ref for task in step.tasks if task.element == what[1])
    return pathway.complete(running, step.state, ref, data, NOW)


# ---- blocks ------------------------------------------------------------------------------
def play_blocks(seed: int) -> int:
    """One diagram, one walk; the number of steps that agreed."""
    rng = random.Random(seed)
    block = Maker(lambda n: rng.randrange(n)).block(4)
    data = data_of(rng)
    running = compiled(Drawing().process(KEY, block))
    try:
        left = begin(block, data)
    except RecursionError:
        return 0
    left = Room((left,)) if left is not DONE else DONE
    step = begun(running, data)
    for n in range(LONGEST):
        assert seen(step) == once(Counter(opened(left))), (seed, n)
        assert (step.status == "completed") == (left is DONE), (seed, n)
        if left is DONE:
            return n
        # What is open more than once: a message goes to all of them, and which of two like tasks is meant nobody
        # can say.  The walk takes what is open once.
        choices = sorted(what for what, count in Counter(opened(left)).items() if count == 1)
        if not choices:
            return n
        what = rng.choice(choices)
        data = data_of(rng)
        left, _ = after(left, what, data)
        step = happens(running, step, what, data)
    return LONGEST


@pytest.mark.parametrize("part", range(PARTS))
def test_the_engine_walks_blocks_as_the_reference(part):
    walked = sum(play_blocks(seed) for seed in SEEDS[part::PARTS])
    assert walked > len(SEEDS[part::PARTS]), "walks that end at once show nothing"


# ---- nets --------------------------------------------------------------------------------
def play_net(seed: int) -> int:
    """One net, one walk; the number of steps that were among the reference's outcomes."""
    rng = random.Random(seed)
    net = net_game.Maker(lambda n: rng.randrange(n)).make()
    running, game, data = compiled(net_game.draw(net, KEY)), net_game.Game(net), data_of(rng)
    step: Step | None = None
    what, possible = ("", ""), set()
    for n in range(LONGEST):
        try:
            possible = game.begin(data) if step is None else _outcomes(game, possible, what, data)
        except net_game.TooMany:
            return n
        try:
            step = begun(running, data) if step is None else happens(running, step, what, data)
        except StepFailed:
            assert net_game.ENDLESS in possible, (seed, n)
            return n
        possible = {scope for scope in possible if _looks_like(net, scope, step)}
        assert possible, (seed, n)
        choices = _choices(net, possible)
        if not choices:
            return n
        what, data = rng.choice(choices), data_of(rng)
    return LONGEST


def _outcomes(game, possible, what, data):
    found = set().union(*(game.happens(scope, what, data) for scope in possible))
    if len(found) > net_game.MOST_OUTCOMES:
        raise net_game.TooMany
    return found


def _looks_like(net, scope, step: Step) -> bool:
    if scope == net_game.ENDLESS:
        return False
    return seen(step) == once(net_game.opened(net, scope)) and (step.status == "completed") == (
        not scope
    )


def _choices(net, possible) -> list[tuple[str, str]]:
    """What may happen next: what is the same in all outcomes; a message that one listener at a border waits for."""
    counts = [net_game.opened(net, scope) for scope in possible]
    edges = {border.message for node in net.nodes.values() for border in node.borders}
    return sorted(
        what
        for what in set.intersection(*(set(c) for c in counts))
        if what[1] not in edges or all(c[what] == 1 for c in counts)
    )


@pytest.mark.parametrize("part", range(PARTS))
def test_the_engine_walks_nets_of_any_shape_as_the_reference(part):
    walked = sum(play_net(seed) for seed in SEEDS[part::PARTS])
    assert walked > 3 * len(SEEDS[part::PARTS]), "walks that end at once show nothing"


# ---- promises ----------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(40))
def test_the_same_walk_gives_the_same_bytes_and_keeps_only_what_is_read(seed):
    def walk():
        rng = random.Random(seed)
        running = compiled(block_of(rng, 3))
        step = begun(running, {"v0": True, "hemmelig": "x"})
        states = [step.state]
        for _ in range(10):
            if not step.tasks:
                break
            data = data_of(rng) | {"fritekst": "noget om en borger"}
            step = pathway.complete(running, step.state, step.tasks[-1].ref, data, NOW)
            states.append(step.state)
            kept = json.loads(step.state)["t"]
            names = {name for row in kept for name in row[5].get("data", {})}
            assert names <= running.reads()
            assert "fritekst" not in step.state
        return states

    assert walk() == walk()


@pytest.mark.parametrize("seed", range(60))
def test_an_operators_verbs_fit_any_diagram_at_any_moment(seed):
    rng = random.Random(seed)
    net = net_game.Maker(lambda n: rng.randrange(n)).make()
    running = compiled(net_game.draw(net, KEY))
    try:
        step = begun(running, data_of(rng))
        for _ in range(8):
            if step.status == "completed":
                break
            # The same version is a move that changes nothing; a pause that ends leaves things as they were.
            assert migrate.check(running, running, step.state, NOW).reasons == ()
            assert migrate.move(running, running, step.state, NOW).state == step.state
            held = pathway.suspend(running, step.state, NOW, clock=rng.choice(("runs", "stands")))
            freed = pathway.resume(running, held.state, NOW)
            assert (freed.tasks, freed.tokens, freed.awaits) == (
                step.tasks,
                step.tokens,
                step.awaits,
            )
            ended = pathway.cancel(running, rng.choice((held, step)).state, NOW)
            assert (ended.status, ended.tasks, ended.tokens) == ("cancelled", (), ())
            step = _moved(running, net, step, rng)
            what = rng.choice(sorted(seen(step)) or [("", "")])
            if what[0]:
                step = happens(running, step, what, data_of(rng))
    except LoopWithoutWait:
        return


def _moved(running, net, step: Step, rng: random.Random) -> Step:
    """A token moved somewhere, or left where it stood with a sentence that says why."""
    if not step.tasks:
        return step
    try:
        return pathway.move(
            running, step.state, rng.choice(step.tasks).ref, rng.choice(sorted(net.nodes)), NOW
        )
    except MoveImpossible:
        return step


def test_looking_changes_nothing():
    running = compiled(block_of(random.Random(7), 3))
    step = begun(running, dict.fromkeys(VARS, False))
    again = pathway.view(running, step.state, NOW)
    assert (again.state, again.tasks, again.awaits) == (step.state, step.tasks, step.awaits)
    assert not again.traces
    assert pathway.wake(running, step.state, NOW).state == step.state
