"""The demo as it is filled: each page of the guide has something to show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from engine import logins, queries
from engine.calendar import COPENHAGEN
from engine.deploy import deploy
from engine.model import MACHINE, Actor
from engine.secrets import Keyring
from engine.store import Store
from stafet.demo.filling import fill
from stafet.demo.stories import STORIES

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 25, 12, tzinfo=COPENHAGEN)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    file = tmp_path_factory.mktemp("demo") / "demo.db"
    made = Store(f"sqlite:///{file}", Keyring.from_text(Keyring.generate()), demo=True)
    made.upgrade()
    deploy(made, MACHINE, ROOT / "processes" / "midtjylland", "tests", now=NOW)
    assert fill(made, now=NOW) == len(STORIES)
    yield made
    made.close()


def as_(store: Store, login: str) -> Actor:
    return logins.actor(store, login, now=NOW)


def test_a_plan_has_been_written_in_as_a_whole_and_revised(store: Store) -> None:
    doctor = as_(store, "laege")
    (plan,) = queries.documents(store, doctor, 7, now=NOW)
    newest, written, agreed = queries.document(store, doctor, plan["id"], now=NOW)["history"]
    assert [newest["status"], written["status"], agreed["status"]] == [
        "i_kraft", "erstattet", "erstattet",
    ]  # fmt: skip
    # What was written in before it was sent stands in the plan, with its last day.
    told = {f["key"]: f["text"] for group in written["sections"] for f in group["fields"]}
    assert told["indsats_social"].startswith("Bostøtte tre gange om ugen")
    assert "gyldig_til" in told
    assert written["valid_to"] is not None
    changed = {f["key"]: f for g in newest["compared"] for f in g["fields"] if f["changed"]}
    assert changed["indsats_social"]["before"] == told["indsats_social"]
    assert changed["indsats_social"]["text"].startswith("Bostøtte en gang om ugen")


def test_leaders_programs_and_designers_have_left_something(store: Store) -> None:
    (key,) = logins.tokens(store, "laege", now=NOW)
    assert key.used_at is not None
    leader = as_(store, "leder")
    (lent,) = queries.loans(store, leader, 1, now=NOW)
    assert lent["to_name"] == "Peter Dam"
    emergencies = queries.emergencies(store, leader, now=NOW)
    assert [(one["by_name"], one["reviewed_by"]) for one in emergencies] == [
        ("Camilla Bro", None),
        ("Camilla Bro", None),
        ("Camilla Bro", "Helle Toft"),
    ]
