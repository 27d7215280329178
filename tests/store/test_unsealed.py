"""Versions that were deployed before lint refused free text in the state are told to operators, and go on."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update

from engine import actions, deploy, queries
from engine.errors import Forbidden, FormInvalid, Invalid
from engine.model import MACHINE, Actor, Source
from engine.store import Store
from engine.studio.checking import judged
from engine.studio.shelf import shelf, version_of
from engine.tables import instance
from stafet import cli
from tests.store.cast import AGREEMENT, CPR, NOW, opened, started
from tests.store.conftest import KEYS

KEY = "midtjylland-planrunde"


@pytest.fixture
def written(store: Store) -> Source:
    """The plan round with a second version, in which one writes in words whether somebody else must decide."""
    with store.read() as db:
        source = version_of(db, AGREEMENT, KEY, 1)
    form = copy.deepcopy(source.forms["opfoelgning"])
    asked = next(part for part in form["components"] if part.get("key") == "eskaler")
    asked["type"] = "textarea"
    made = replace(source, forms={**source.forms, "opfoelgning": form})
    with store.write() as db:
        deploy.put(store, db, MACHINE, [made], "before the rule", now=NOW)
    return made


def test_nothing_that_comes_with_stafet_is_told(store: Store) -> None:
    assert queries.unsealed(store, MACHINE, now=NOW) == []


def test_the_version_its_element_and_its_instances_are_told(
    store: Store, written: Source, as_: Callable[[str], Actor], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    started(store, opened(store))
    (found,) = queries.unsealed(store, as_("ole"), now=NOW)
    (finding,) = found.pop("findings")
    assert found == {
        "agreement": AGREEMENT, "key": KEY, "version": 2, "in_force": True, "instances": 1,
    }  # fmt: skip
    assert finding.rule == "free_text_read"
    assert "“eskaler”" in finding.message

    with pytest.raises(Forbidden):
        queries.unsealed(store, as_("ida"), now=NOW)

    monkeypatch.setenv("DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("STAFET_KEYS", KEYS)
    assert cli.cli.main(["lint", "--deployed"], standalone_mode=False) == 1
    out = capsys.readouterr().out
    assert f"{AGREEMENT}/{KEY}, version 2: 1 forløb, i kraft\nFEJL" in out
    assert "version 1" not in out


def test_as_a_draft_it_is_refused(store: Store, written: Source) -> None:
    with store.read() as db:
        found = judged(shelf(db, AGREEMENT, NOW), written)
    assert "free_text_read" in {one.rule for one in found if one.severity == "error"}


def test_a_cpr_number_that_no_form_checks_does_not_enter_the_state(
    store: Store, as_: Callable[[str], Actor]
) -> None:
    """A program may start a pathway with what it reads, and tell one that waits: both are kept in clear."""
    case = opened(store)
    with pytest.raises(FormInvalid) as refused:
        started(store, case, raekke=f"se {CPR}")
    assert list(refused.value.fields) == ["raekke"]

    number = started(store, case)
    with store.write() as db:
        db.execute(update(instance).where(instance.c.id == number).values(awaits=["bud"]))
    for value in (CPR, {"a": [f"se {CPR}"]}):
        with pytest.raises(Invalid) as wrong:
            actions.send(store, as_("ida"), "bud", case, {"raekke": value, "note": CPR}, now=NOW)
        # What nothing reads is sealed with the message.
        assert list(wrong.value.fields) == ["data.raekke"]
