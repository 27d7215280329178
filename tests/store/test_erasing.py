"""Erasing: nothing of the citizen is left anywhere, the others are untouched, and the audit chain stays whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, LargeBinary, String, Text, insert, select, update

from engine import actions, audit, backup, keeping, owned, queries, sealedfile
from engine.actions import erasing
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.model import MACHINE, Actor
from engine.seals import hold_place
from engine.store import Store
from engine.tables import audit as chain
from engine.tables import case, citizen, erasure, hold, instance, metadata, pathway
from tests.store.cast import NOW, opened
from tests.store.whole import B, Whole, blobs, said, whole

AFTER = datetime.fromisoformat("2034-03-26T11:00+02:00")
DAY = timedelta(days=1)
#: Columns of tables that stay which hold text, bytes or JSON: a new one is looked at before it is named here.
LOOKED_AT = {
    "citizen": {"cpr", "cpr_index", "name", "name_index"},
    "unit": {"name", "sector", "sor", "cvr", "kommunekode"},
    "unit_party": {"agreement", "party"},
    "person": {"login", "name", "email", "password_hash", "language"},
    "membership": {"role", "source"},
    "deputy": set(),
    "session": {"key", "csrf", "id_token", "sid_index"},
    "token": {"key", "note", "scope"},
    "feed": {"key"},
    "mail_choice": {"how", "address"},
    "identity": {"subject_index"},
    "login_request": {"key", "carried"},
    "login_attempt": {"subject"},
    "saved_filter": {"name", "wanted"},
    "glass_try": set(),
    "deployment": {"note", "digest", "came"},
    "pathway": {"key", "agreement", "name", "source", "digest"},
    "clause": {"agreement", "id", "text", "section"},
    "draft": {
        "agreement",
        "key",
        "bpmn",
        "forms",
        "decisions",
        "status",
        "note",
        "answer",
        "came",
        "work",
    },
    "kept_file": {"path", "text"},
    "scenario": {"key", "name", "text"},
    "play": {"agreement", "key", "title", "beginning"},
    "play_step": {"kind", "name", "party", "move"},
    "batch": {"act", "clock", "cause", "reason", "accept", "given"},
    "alert": {"cause"},
    "silence": {"cause", "reason"},
    "worker": {"name"},
    "look": {"name", "statuses"},
    "audit": {"chain", "what", "facts", "hash"},
    "erasure": {"agreement", "kind", "because", "ground", "rows"},
}


def test_every_table_is_decided_upon() -> None:
    """A new table is a citizen's (`owned.OWNED`) or stays, with a reason (`owned.KEPT`); so is each column of text."""
    mine = [each.table.name for each in owned.OWNED]
    assert sorted([*mine, *owned.KEPT]) == sorted(metadata.tables)
    assert all(owned.KEPT.values())
    kinds = (String, Text, LargeBinary, JSON)
    found = {
        name: {c.name for c in metadata.tables[name].columns if isinstance(c.type, kinds)}
        for name in owned.KEPT
    }
    assert found == LOOKED_AT


def test_children_go_before_what_they_hang_on() -> None:
    place = {each.table.name: nth for nth, each in enumerate(owned.OWNED)}
    for each in owned.OWNED:
        for key in each.table.foreign_keys:
            to = key.column.table.name
            assert to not in place or place[each.table.name] <= place[to]


def test_nothing_of_an_erased_citizen_is_left_anywhere(store: Store, tmp_path: Path) -> None:
    gone, stays = whole(store), whole(store, B)
    theirs = blobs(store)
    assert _found(said(store), gone) == _marks(gone)
    actions.erase(store, MACHINE, gone.case, "anmodning", now=NOW + DAY)
    assert _found(said(store), gone) == set()
    assert _found(said(store), stays) == _marks(stays)
    left = set(blobs(store))
    lost = [each for each in theirs if each not in left]
    assert lost
    dumped = _dumped(store, tmp_path / "dump")
    everywhere = dumped + b"".join(_files(store))
    assert not [each for each in (*lost, *gone.indexes) if each in everywhere]
    assert all(each in dumped for each in stays.indexes)
    assert audit.verify(store).ok


def test_the_other_citizens_rows_are_as_they_were(store: Store) -> None:
    gone, stays = whole(store), whole(store, B)
    before = _rows(store, stays)
    actions.erase(store, MACHINE, gone.case, "fejl", now=NOW + DAY)
    assert _rows(store, stays) == before
    assert not any(_rows(store, gone).values())
    with store.read() as db:
        assert list(db.scalars(select(citizen.c.id))) == [stays.citizen]
        # The act on many had an instance of each: its reason stays until the last of them goes.
        assert db.scalar(select(metadata.tables["batch"].c.id))
    actions.erase(store, MACHINE, stays.case, "fejl", now=NOW + DAY)
    with store.read() as db:
        assert db.scalar(select(metadata.tables["batch"].c.id)) is None
    assert audit.verify(store).ok


def test_what_stays_is_a_tombstone_and_an_entry(store: Store) -> None:
    gone = whole(store)
    with store.write() as db:
        last = keeping.standings(store, db, AFTER, gone.case)
        entered = next(each.last for each in last)
    (case_, person) = actions.erase_due(store, now=AFTER)
    assert (case_.case, case_.kind, person.case, person.kind) == (gone.case, "sag", None, "log")
    assert set(case_.rows) == {each.table.name for each in owned.OWNED}
    with store.read() as db:
        stones = [dict(row._mapping) for row in db.execute(select(erasure).order_by(erasure.c.id))]
        told = select(chain.c.what, chain.c.citizen_id, chain.c.case_id).where(
            chain.c.what == "erased"
        )
        entries = [tuple(row) for row in db.execute(told.order_by(chain.c.case_id))]
    assert sorted(entries, key=str) == sorted(
        [("erased", gone.citizen, gone.case), ("erased", gone.citizen, None)], key=str
    )
    for stone, kind, number in zip(stones, ("sag", "log"), (gone.case, None), strict=True):
        assert (stone["kind"], stone["case_id"], stone["because"]) == (kind, number, "frist")
        assert (stone["months"], stone["at"], stone["last_entry_at"]) == (120, AFTER, entered)
        assert stone["ground"]
        assert _found(str(stone), gone) == set()


def test_a_preview_says_the_same_and_changes_nothing(store: Store) -> None:
    whole(store)
    before = said(store)
    would = actions.erase_due(store, dry_run=True, now=AFTER)
    assert said(store) == before
    assert actions.erase_due(store, now=AFTER) == would != []
    assert actions.erase_due(store, now=AFTER) == []


def test_a_kind_with_a_shorter_term_goes_first(store: Store) -> None:
    """Messages after two years, the rest after ten, the name after eleven."""
    gone = whole(store)
    _rules(store, beskeder="24 måneder", log="11 år")
    early = NOW + 800 * DAY
    (letters,) = actions.erase_due(store, now=early)
    assert (letters.kind, set(letters.rows)) == ("beskeder", {"message"})
    assert actions.erase_due(store, now=early) == []
    assert queries.retention(store, MACHINE, gone.case, now=early)["items"]
    (frame,) = actions.erase_due(store, now=AFTER)
    assert frame.kind == "sag"
    with store.read() as db:
        assert db.scalar(select(citizen.c.id)) == gone.citizen
    assert queries.seen(store, MACHINE, citizen_id=gone.citizen, now=AFTER).items
    (name,) = actions.erase_due(store, now=AFTER + 366 * DAY)
    assert name.kind == "log"
    assert audit.verify(store).ok


def test_without_a_rule_nothing_is_erased(store: Store) -> None:
    whole(store)
    _rules(store, sag=None, beskeder=None, dokumenter=None, bilag=None)
    assert actions.erase_due(store, now=AFTER + 9999 * DAY) == []


def test_what_somebody_holds_stays(store: Store) -> None:
    gone, other = whole(store), whole(store, B)
    until = AFTER + 10 * DAY
    held = {"citizen_id": gone.citizen, "set_at": NOW + DAY, "ends_at": until}
    sealed = store.keyring.seal("Klagesag", hold_place(gone.citizen, NOW + DAY))
    with store.write() as db:
        db.execute(insert(hold).values(**held, reason=sealed))
    assert {each.case for each in actions.erase_due(store, now=AFTER)} == {other.case, None}
    found = queries.retention(store, MACHINE, gone.case, now=AFTER)["items"]
    assert {each["why"] for each in found} == {"held"}
    with pytest.raises(Conflict, match="held back"):
        actions.erase(store, MACHINE, gone.case, "anmodning", now=AFTER)
    assert {each.case for each in actions.erase_due(store, now=until)} == {gone.case, None}


def test_an_order_needs_its_reason_and_nothing_that_runs(
    store: Store, as_: Callable[..., Actor]
) -> None:
    number = opened(store)
    actions.start(store, as_("ida"), number, "planrunde", {}, now=NOW)
    with pytest.raises(Conflict, match="pathway runs"):
        actions.erase(store, MACHINE, number, "fejl", now=NOW)
    with pytest.raises(Invalid):
        actions.erase(store, MACHINE, number, "frist", now=NOW)
    with pytest.raises(NotFound):
        actions.erase(store, MACHINE, number + 1, "fejl", now=NOW)
    for login in ("ida", "ole", "dan"):
        with pytest.raises(Forbidden):
            actions.erase(store, as_(login), number, "fejl", now=NOW)


@pytest.mark.parametrize("cut", range(4))
def test_cut_off_at_any_commit_it_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """Killed before commit number `cut`: each citizen is whole or gone, and the next run does the rest."""
    both = [whole(store), whole(store, B)]
    wanted = {name: 0 for each in both for name in _rows(store, each)}
    whole_before = [_rows(store, each) for each in both]
    noted, calls = erasing._noted, 0

    def killed(*args: Any) -> None:
        nonlocal calls
        calls += 1
        noted(*args)
        if calls > cut:
            raise KeyboardInterrupt

    monkeypatch.setattr(erasing, "_noted", killed)
    with pytest.raises(KeyboardInterrupt):
        actions.erase_due(store, now=AFTER)
    monkeypatch.undo()
    for each, before in zip(both, whole_before, strict=True):
        assert _rows(store, each) in (before, wanted)
    assert audit.verify(store).ok
    actions.erase_due(store, now=AFTER)
    with store.read() as db:
        assert db.scalar(select(case.c.id)) is None
        assert db.scalar(select(citizen.c.id)) is None
        kinds = sorted(db.scalars(select(erasure.c.kind)))
    assert kinds == ["log", "log", "sag", "sag"]
    assert audit.verify(store).ok


def test_the_worker_looks_once_a_day(store: Store) -> None:
    opened(store)
    assert actions.erase_daily(store, now=NOW) == 0
    assert actions.erase_daily(store, now=AFTER) == 2
    opened(store, now=NOW)
    assert actions.erase_daily(store, now=AFTER + DAY / 2) == 0
    assert actions.erase_daily(store, now=AFTER + DAY) == 2


def test_what_was_written_since_the_look_keeps_the_case(
    store: Store, monkeypatch: pytest.MonkeyPatch, as_: Callable[..., Actor]
) -> None:
    number = opened(store)
    looked = erasing._locked

    def meanwhile(store_: Store, db: Any, case_id: int, now: datetime) -> Any:
        db.execute(update(case).values(closed_at=AFTER - DAY))
        return looked(store_, db, case_id, now)

    monkeypatch.setattr(erasing, "_locked", meanwhile)
    assert actions.erase_due(store, now=AFTER) == []
    with store.read() as db:
        assert db.scalar(select(case.c.id)) == number
        assert db.scalar(select(instance.c.id)) is None


# ---- what is where -------------------------------------------------------------------------
def _marks(of: Whole) -> set[str]:
    return {of.name, of.cpr.replace("-", ""), of.word, *(each.hex() for each in of.indexes)}


def _found(text: str, of: Whole) -> set[str]:
    return {each for each in (*_marks(of), of.cpr) if each in text}


def _rows(store: Store, of: Whole) -> dict[str, int]:
    with store.read() as db:
        return {
            each.table.name: len(db.execute(select(each.table).where(each.of([of.case]))).all())
            for each in owned.OWNED
        }


def _files(store: Store) -> list[bytes]:
    """The database's own files, where it has some."""
    if not store.sqlite:
        return []
    file = Path(str(store.engine.url.database))
    return [each.read_bytes() for each in file.parent.glob(f"{file.name}*") if each.is_file()]


def _dumped(store: Store, path: Path) -> bytes:
    backup.backup(store, path, now=NOW + DAY)
    return b"".join(sealedfile.reading(path, store.keyring)[1])


def _rules(store: Store, **terms: str | None) -> None:
    """Other terms in the newest deployed version; None: no rule."""
    with store.write() as db:
        for row in db.execute(select(pathway)).all():
            source = row.source
            for kind, term in terms.items():
                source = _other(source, kind, term)
            db.execute(update(pathway).where(pathway.c.id == row.id).values(source=source))
    store._pathways.clear()


def _other(source: str, kind: str, term: str | None) -> str:
    whole_ = json.loads(source)
    kept = whole_["settings"]["opbevaring"]
    if term is None:
        kept.pop(kind)
    else:
        kept[kind]["efter"] = term
    return json.dumps(whole_)
