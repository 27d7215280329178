"""What an operator is offered while a version waits for its day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engine import studio
from engine.calendar import day_of
from engine.logins import actor
from engine.tables import instance, pathway
from stafet.app import clock
from tests.web.house import demo_site, store_of
from tests.web.test_pages import Login, as_

__all__ = ["as_"]

HERE = ("midtjylland", "midtjylland-planrunde")


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with demo_site(tmp_path_factory.mktemp("day")) as site:
        yield site


@pytest.mark.parametrize("waits", [True, False], ids=["for its day", "at once"])
def test_an_instance_is_moved_to_what_is_in_force_not_to_what_waits(
    demo: Flask, as_: Login, waits: bool
) -> None:
    store, now = store_of(demo), clock()
    designer, leader = (actor(store, login, now=now) for login in ("designer", "leder"))
    text = studio.draft_of(store, designer, *HERE, now=now)["bpmn"]
    changed = text.replace('stafet:frist="3 hverdage"', 'stafet:frist="4 hverdage"', 1)
    studio.save(store, designer, *HERE, changed, 0, now=now)
    day = day_of(now) + timedelta(days=30) if waits else None
    studio.submit(store, designer, *HERE, "Ny frist", begins_on=day, now=now)
    assert studio.approve(store, leader, *HERE, now=now).versions[HERE] == 2
    with store.read() as db:
        running = select(instance.c.id).join(pathway).where(pathway.c.key == HERE[1])
        number = db.scalar(running.where(instance.c.status.in_(("running", "waiting"))).limit(1))
    offered = as_("drift").get(f"/drift/forloeb/{number}").text
    assert "handling=amend" in offered
    assert ("handling=migrate" in offered) is not waits
