"""The watch over the whole suite (`tests/leaks.py`) finds what it is there to find."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from engine import measures
from engine.secrets import Keyring
from tests import leaks

SECRETS = ("Signe Sølvpil", "700378-1016", "Hun er bange for sin nabo")


@pytest.mark.leaks
@pytest.mark.parametrize("secret", SECRETS)
def test_the_watch_finds_what_is_in_clear(secret: str, tmp_path: Path) -> None:
    ring = Keyring.from_text(Keyring.generate())
    ring.seal(secret, "citizen.name:00" if secret.startswith("Signe") else "task.draft:1")
    engine = create_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.connect() as db:
        db.execute(text("SELECT :a"), {"a": f"noget {secret} andet"})
    logging.getLogger("stafet.web").warning("said %s", secret)
    measures.tell("step", "completed", 0.1, instance=1, element=secret)
    with measures.during("job") as going:
        going.begins("timer", element=secret)
        going.says(error=secret)
    assert any("SELECT" in found for found in leaks.found())
    assert any("in the log" in found for found in leaks.found())
    assert sum("told of a step" in found for found in leaks.found()) == 1
    assert sum("told of a job" in found for found in leaks.found()) == 2
    assert len(leaks.found()) == 5


@pytest.mark.leaks
def test_a_word_of_the_agreements_is_nobodys_secret(caplog: pytest.LogCaptureFixture) -> None:
    ring = Keyring.from_text(Keyring.generate())
    ring.seal_json({"part": "Kommunens myndighed", "svar": "ja"}, "task.draft:1")
    logging.getLogger("stafet.web").warning("Kommunens myndighed svarede ja, sag 7003781")
    assert leaks.found() == []
