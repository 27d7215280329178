"""Three `stafet web` and two `stafet worker` on one PostgreSQL, killed under load: nothing is lost or done twice."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from engine import audit, logins
from engine.deploy import deploy
from engine.model import MACHINE
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import instance, job
from tests import postgres, seeds
from tests.crash.crew import Crew
from tests.crash.crowd import Crowd
from tests.crash.ready import KEYS, PROCESSES, USED
from tests.crash.reconcile import reconcile
from tests.http.served import environment
from tests.store.cast import organise

SOAK = bool(os.environ.get("STAFET_SOAK"))
SECONDS, PEOPLE = (120, 8) if SOAK else (15, 4)
#: The weekly contact, and the listing that gives it its first day.
ALSO = tuple(
    f"midtjylland/{name}"
    for name in ("fast-kontakt", "risikoliste-optagelse", "risikovurdering", "risikoafgoerelse")
)
#: Seconds between two kills; the killed one needs some of them to come back.
PAUSE = (0.5, 2.5)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[str]:
    """A database with the tests' people and the pathways that the crowd uses."""
    for name in (*USED, *ALSO):
        source, target = PROCESSES / name, tmp_path / "processes" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    with postgres.server() as address:
        url = postgres.database(address, "crowd")
        with closing(Store(url, Keyring.from_text(KEYS))) as store:
            store.upgrade()
            organise(store)
            folder = tmp_path / "processes" / "midtjylland"
            deploy(store, MACHINE, folder, "tests", now=datetime.now(UTC))
        yield url


def test_servers_die_and_every_answer_that_was_given_holds(
    home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (seed,) = seeds.fresh("killed under load")
    chance = Random(seed)
    env = environment(tmp_path, home, STAFET_KEYS=KEYS, STAFET_DEMO="1")
    with closing(Store(home, Keyring.from_text(KEYS), demo=True)) as store:
        now = datetime.now(UTC)
        people = ("ida", "anna", "jens", "ole")
        tokens = {login: logins.make_token(store, login, now=now) for login in people}
        with Crew(env, tmp_path, webs=3, workers=2) as crew:
            crowd = Crowd(crew, tokens, seed)

            def meanwhile() -> None:
                time.sleep(chance.uniform(*PAUSE))
                crew.lose(chance)

            crowd.work(PEOPLE, SECONDS, meanwhile)
            crew.whole()
            _settled(store)
        wrong = list(reconcile(store, crowd.notes, datetime.now(UTC)))
        with capsys.disabled():
            print(_figures(store, crowd, seed))  # noqa: T201
    assert not crew.fallen, "\n".join(crew.fallen)
    assert not crowd.strange, "\n".join(crowd.strange)
    assert not wrong, "\n".join(wrong)
    assert not crowd.missing(), "the crowd never came to these"
    assert min(crew.kills.values()) >= 1, crew.kills


def _settled(store: Store) -> None:
    """Wait until the workers have done what is due; what lost its worker is done by another."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with store.read() as db:
            due = job.c.due_at <= datetime.now(UTC)
            late = db.scalar(select(func.count()).where(due | job.c.error.is_not(None)))
        if not late:
            return
        time.sleep(0.2)


def _figures(store: Store, crowd: Crowd, seed: int) -> str:
    said = Counter(note.outcome for note in crowd.notes)
    acts = Counter(note.act for note in crowd.notes if note.outcome == "yes")
    with store.read() as db:
        instances = db.scalar(select(func.count()).select_from(instance))
        steps = db.scalar(select(func.sum(instance.c.version)))
    kills = ", ".join(f"{n} {kind}" for kind, n in crowd.crew.kills.items())
    return (
        f"\nseed {seed}, {SECONDS} seconds: {kills} processes killed; {said['yes']} acts answered yes"
        f" ({', '.join(f'{n} {act}' for act, n in sorted(acts.items()))}),"
        f" {said['no']} no, {said['unknown']} never answered;"
        f" {instances} instances, {steps} steps, {audit.verify(store).entries} audit entries"
    )
