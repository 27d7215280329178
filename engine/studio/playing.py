"""A scenario on a virtual clock, over what is deployed; no instance, no citizen, nothing is written."""

from __future__ import annotations

from datetime import datetime

from engine import access, scenario
from engine import simulate as clockwork
from engine.errors import ScenarioInvalid
from engine.model import Actor, Json
from engine.store import Store
from engine.studio.shelf import parties, shelf

#: A play is answered while somebody waits.
MAX_STEPS = 500


def simulate(store: Store, actor: Actor, document: Json, *, now: datetime) -> Json:
    """What `stafet simulate --json` prints for this scenario, over the versions in force.

    Raises `ScenarioInvalid` where it cannot be read, and `UnknownAgreement`; `problems` holds what the play lacks.
    """
    access.design(actor)
    asked = scenario.read(document)
    if len(asked.moves) > MAX_STEPS:
        raise ScenarioInvalid(f"A scenario has at most {MAX_STEPS} steps.")
    with store.read() as db:
        found, units = shelf(db, asked.agreement, now), parties(db, asked.agreement, now)
    return clockwork.play(asked, found.find, units).facts
