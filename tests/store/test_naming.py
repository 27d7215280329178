"""Messages that were kept before their senders' words were sealed: nothing of a name is left in clear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine import actions, queries
from engine.model import Actor
from engine.seals import message_place, note_place
from engine.store import Store
from engine.tables import job, message
from tests.store.cast import NOW, opened

As = Callable[..., Actor]
#: Whom no case of these tests is about: what they hold is in clear before it is sealed.
KARLA = "Karla Krog"
OWN = f"journal for {KARLA}"


def _old(store: Store, case: int, name: str, own: str) -> int:
    """As an earlier version kept it."""
    place = f"in:{case}:{own}"
    row = {
        "case_id": case, "name": name, "title": name, "from_party": "Afsnit R1", "from_unit_id": 1,
        "body": store.keyring.seal_json({"tekst": "Hun kommer"}, message_place(place)), "channel": "udefra",
        "status": "unmatched", "sent_at": NOW, "key": place, "handled_at": NOW,
        "note": store.keyring.seal_json({"reason": "Set"}, note_place(place)),
    }  # fmt: skip
    with store.write() as db:
        return int(db.execute(insert(message).values(**row).returning(message.c.id)).scalar_one())


def _rows(store: Store) -> dict[int, Any]:
    with store.read() as db:
        return {row.id: row for row in db.execute(select(message))}


def test_a_name_that_no_diagram_knows_is_sealed_and_the_senders_id_marked(
    store: Store, as_: As
) -> None:
    case = opened(store)
    unknown = _old(store, case, f"{KARLA} er syg", OWN)
    known = _old(store, case, "samtykke_trukket", "brev 7")
    newer = actions.send(store, as_("ida"), "endnu et navn", case, {"a": 1}, "brev 8", now=NOW)
    before = _rows(store)[newer]
    assert actions.seal_names(store) == 2
    assert actions.seal_names(store) == 0
    rows = _rows(store)
    assert (rows[unknown].name, rows[unknown].title) == ("ukendt", "ukendt")
    assert rows[known].name == "samtykke_trukket"
    assert rows[newer] == before
    for clear in (KARLA, "journal", "brev"):
        assert clear not in str([(row.name, row.title, row.key) for row in rows.values()])
    shown = queries.message(store, as_("ida"), unknown, now=NOW)
    assert shown["body"] == {"tekst": "Hun kommer", "beskedens navn": f"{KARLA} er syg"}
    note = store.keyring.open_json(rows[unknown].note, note_place(rows[unknown].key))
    assert note == {"reason": "Set"}
    # A repeat is still the same message.
    for number, name, own in (
        (unknown, f"{KARLA} er syg", OWN),
        (known, "samtykke_trukket", "brev 7"),
    ):
        assert actions.send(store, as_("ida"), name, case, {}, own, now=NOW) == number


def test_many_are_met_once_and_one_that_is_to_be_delivered_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions.naming, "BATCH", 2)
    case = opened(store)
    numbers = [_old(store, case, f"navn {nth}", f"id {nth}") for nth in range(5)]
    waits = {"kind": "deliver", "key": f"deliver:in:{case}:id 0:1", "due_at": NOW}
    with store.write() as db:
        db.execute(insert(job).values(**waits, data={"message": f"in:{case}:id 0"}, attempts=0))
    assert actions.seal_names(store) == 4
    assert [_rows(store)[number].name for number in numbers] == ["navn 0", *["ukendt"] * 4]
