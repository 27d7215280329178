"""What if: the same made-up citizens in two versions; only what the drawing changes differs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from engine import studio
from engine.errors import DiagramInvalid, Forbidden, NotFound
from engine.model import Actor
from engine.simulate.load import Load
from engine.store import Store
from engine.studio import whatif
from tests.store.cast import AGREEMENT, NOW

HERE = (AGREEMENT, "midtjylland-planrunde")
LOAD = Load(8, date(2026, 1, 1))
As = Callable[[str], Actor]


def drawn(store: Store, who: Actor, old: str, new: str, version: int = 0) -> None:
    text = studio.draft_of(store, who, *HERE, now=NOW)["bpmn"]
    assert old in text
    studio.save(store, who, *HERE, text.replace(old, new), version, now=NOW)


def test_what_is_the_same_gives_the_same_and_a_longer_deadline_is_kept_more(
    store: Store, as_: As
) -> None:
    dan = as_("dan")
    same = whatif.compare(store, dan, *HERE, LOAD, now=NOW)
    assert same.cases == 8
    assert (same.old.tasks, same.old.deadlines, same.old.weeks) == (
        same.new.tasks, same.new.deadlines, same.new.weeks,
    )  # fmt: skip
    assert sum(map(sum, same.old.weeks.values())) == same.old.tasks > 0
    drawn(store, dan, 'stafet:frist="3 hverdage"', 'stafet:frist="25 hverdage"')
    longer = whatif.compare(store, dan, *HERE, LOAD, now=NOW)
    assert longer.old.deadlines == same.old.deadlines
    before, after = (whatif.share(side.kept) for side in (longer.old, longer.new))
    assert before is not None
    assert after is not None
    assert after > before
    back = whatif.compare(store, dan, *HERE, LOAD, old=1, new=1, now=NOW)
    assert back.new.deadlines == same.old.deadlines


def test_what_cannot_be_played_is_said(store: Store, as_: As) -> None:
    dan = as_("dan")
    with pytest.raises(Forbidden):
        whatif.compare(store, as_("ida"), *HERE, LOAD, now=NOW)
    for cases in (0, 301):
        with pytest.raises(whatif.LoadTooLarge):
            whatif.compare(store, dan, *HERE, Load(cases, date(2026, 1, 1)), now=NOW)
    with pytest.raises(NotFound):
        whatif.compare(store, dan, *HERE, LOAD, new=7, now=NOW)
    studio.save(store, dan, *HERE, "<a", 0, now=NOW)
    with pytest.raises(DiagramInvalid):
        whatif.compare(store, dan, *HERE, LOAD, now=NOW)
