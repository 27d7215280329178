"""Meetings in the tables: invited to, held, written down; what was agreed becomes tasks with a date."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from engine import actions, queries
from engine.deploy import deploy
from engine.errors import FormInvalid, NotFound
from engine.model import MACHINE, Actor
from engine.store import Store
from engine.tables import consent, deadline, instance
from tests.store.cast import NOW, done, open_task, opened
from tests.store.conftest import PROCESSES, USED
from tests.store.looking import looks

As = Callable[..., Actor]
MORE = ("netvaerksmoede", "moedeafholdelse", "moedereferat", "moedeaftale")
SOON = NOW + timedelta(days=2)
HELD = NOW + timedelta(days=2, hours=2)
TEXT = "Bostøtten kommer to gange om ugen."


@pytest.fixture
def store(store: Store, tmp_path: Path) -> Store:
    """The store with network meetings deployed."""
    for name in (*USED, *(f"faelles/{each}" for each in MORE)):
        source, target = PROCESSES / name, tmp_path / "processes" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy: Any = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target)
    deploy(store, MACHINE, tmp_path / "processes" / "midtjylland", "meetings", now=NOW)
    return store


def wanted(store: Store, as_: As, case: int) -> int:
    """A meeting that Ida wants and has prepared; the instance's number."""
    moved = actions.start(store, as_("ida"), case, "netvaerksmoede", {}, now=NOW)
    walk = int(moved.instance["id"])
    asks = {"initiativtager": "psykiatri", "fase": "ambulant", "anmodet": f"{NOW.date()}"}
    done(store, "ida", walk, "registrer_oenske", asks)
    aim = {"problemstillinger": "Bolig", "kompetencer": "Socialfaglig"}
    done(store, "ida", walk, "forbered_moede", aim)
    return walk


def stamp(at: datetime) -> str:
    """A moment as a form sends it."""
    return at.isoformat(timespec="minutes")


def invited(store: Store, walk: int, **more: Any) -> None:
    said = {"deltagere": ["Kommunens myndighed"], "moedeform": "virtuelt", **more}
    done(store, "ida", walk, "send_invitation", {"moede_tid": stamp(SOON), **said})


def held(store: Store, walk: int, *, now: datetime = HELD, **more: Any) -> None:
    roles = {"moedeleder": "Overlæge", "referent": "Sygeplejerske", "tovholder": "Sagsbehandler"}
    there = {"borger_deltager": True, "afbud": "Egen læge"}
    done(store, "ida", walk, "hold_moede", {**roles, **there, **more}, now=now)


def minuted(store: Store, walk: int, *, party: str | None = "Kommunens myndighed") -> None:
    due = f"{HELD.date() + timedelta(days=7)}"
    first = {"aftale": TEXT, "aftale_ansvarlig": "Bostøtte", "aftale_frist": due}
    rows = [{"aftale": "Ring til borgeren", "ansvarlig": "Afsnittet", "frist": due}]
    if party:
        first["aftale_part"], rows[0]["part"] = party, "Regionspsykiatrien"
    done(store, "ida", walk, "skriv_referat", {**first, "aftaler": rows}, now=HELD)
    actions.run_due(store, 100, now=HELD)


def meetings(store: Store, who: Actor, case: int, *, now: datetime = HELD) -> list[dict[str, Any]]:
    return queries.meetings(store, who, case, now=now)


def test_a_meeting_is_invited_to_held_and_minuted(store: Store, as_: As) -> None:
    case = opened(store)
    walk = wanted(store, as_, case)
    assert meetings(store, as_("ida"), case) == []
    invited(store, walk, varighed=90, sted="Hjemme hos borgeren")
    for login in ("ida", "bo"):
        (one,) = meetings(store, as_(login), case)
        assert (one["title"], one["at"], one["length"]) == ("Netværksmøde", SOON, 90)
        assert one["invited"] == [{"party": "Kommunens myndighed", "unit_name": "Myndighed Aarhus"}]
        assert (one["form"], one["place"], one["held"]) == ("virtuelt", "Hjemme hos borgeren", None)
    held(store, walk)
    minuted(store, walk)
    (one,) = meetings(store, as_("bo"), case)
    assert (one["held"], one["chair"], one["minute_taker"]) == (HELD, "Overlæge", "Sygeplejerske")
    assert (one["keeper"], one["citizen"], one["absent"]) == ("Sagsbehandler", True, "Egen læge")
    mine, theirs = one["agreed"]
    assert (mine["text"], mine["who"], mine["status"]) == (TEXT, "Bostøtte", "open")
    assert theirs["text"] is None, "it stands in the minutes, when they have been sent"
    assert theirs["status"] is None, "it is another party's task, not the minutes' alone"


def test_the_time_that_the_municipality_finds_is_the_meetings(store: Store, as_: As) -> None:
    case = opened(store)
    walk = wanted(store, as_, case)
    said = {"deltagere": ["Kommunens myndighed"]}
    done(store, "ida", walk, "send_invitation", said)
    (one,) = meetings(store, as_("ida"), case)
    assert one["at"] is None
    done(store, "bo", walk, "find_tidspunkt", {"moede_dato": stamp(SOON)})
    (one,) = meetings(store, as_("ida"), case)
    assert (one["at"], len(one["said"])) == (SOON, 2)


def test_a_meeting_in_the_past_is_refused(store: Store, as_: As) -> None:
    case = opened(store)
    walk = wanted(store, as_, case)
    for early in (NOW, NOW - timedelta(hours=1)):
        with pytest.raises(FormInvalid) as refused:
            invited(store, walk, moede_tid=stamp(early))
        assert list(refused.value.fields) == ["moede_tid"]
    assert open_task(store, walk, "send_invitation")
    assert meetings(store, as_("ida"), case) == []


def test_the_chair_does_not_take_the_minutes(store: Store, as_: As) -> None:
    case = opened(store)
    walk = wanted(store, as_, case)
    invited(store, walk)
    with pytest.raises(FormInvalid) as refused:
        held(store, walk, referent=" overlæge ")
    assert list(refused.value.fields) == ["referent"]
    (one,) = meetings(store, as_("ida"), case)
    assert one["held"] is None


def test_what_was_agreed_is_a_task_with_a_date(store: Store, as_: As) -> None:
    case = opened(store)
    walk = wanted(store, as_, case)
    invited(store, walk)
    held(store, walk)
    minuted(store, walk)
    due = HELD.date() + timedelta(days=7)
    for login, text in (("bo", TEXT), ("ida", "Ring til borgeren")):
        who = as_(login, now=HELD)
        found = queries.inbox(store, who, queries.TaskFilter(), now=HELD).items
        (task,) = [one for one in found if one["element"] == "opfyld_aftalen"]
        assert task["due_at"].date() == due
        assert queries.task(store, who, task["id"], now=HELD)["data"]["aftale"] == text
        dates = queries.dates(store, who, None, None, now=HELD)
        assert task["id"] in [one["task"] for one in dates]
    (one,) = meetings(store, as_("bo"), case)
    task_id = one["agreed"][0]["task"]
    actions.complete(store, as_("bo"), task_id, {"aftale_gjort": True}, now=HELD)
    assert meetings(store, as_("bo"), case)[0]["agreed"][0]["status"] == "completed"
    with store.read() as db:
        asked = select(deadline.c.status).where(deadline.c.task_id == task_id)
        assert db.scalar(asked) == "met"


def test_no_free_text_enters_the_state(store: Store, as_: As) -> None:
    case = opened(store)
    walk = wanted(store, as_, case)
    invited(store, walk)
    held(store, walk)
    minuted(store, walk)
    with store.read() as db:
        states = db.scalars(select(instance.c.state)).all()
    assert len(states) == 3
    assert not any(TEXT in state for state in states)


def test_without_a_basis_another_party_gets_the_date_and_not_the_words(
    store: Store, as_: As
) -> None:
    case = opened(store)
    walk = wanted(store, as_, case)
    invited(store, walk)
    held(store, walk)
    with store.write() as db:
        db.execute(delete(consent))
    minuted(store, walk)
    bo = as_("bo", now=HELD)
    found = queries.inbox(store, bo, queries.TaskFilter(), now=HELD).items
    (task,) = [one for one in found if one["element"] == "opfyld_aftalen"]
    assert "aftale" not in queries.task(store, bo, task["id"], now=HELD)["data"]


def test_without_a_party_it_stands_in_the_minutes_alone(store: Store, as_: As) -> None:
    case = opened(store)
    walk = wanted(store, as_, case)
    invited(store, walk)
    held(store, walk)
    minuted(store, walk, party=None)
    (one,) = meetings(store, as_("ida"), case)
    assert [(each["status"], each["task"]) for each in one["agreed"]] == [("", None), ("", None)]


def test_who_was_not_invited_knows_of_no_meeting(store: Store, as_: As) -> None:
    case = opened(store)
    walk = wanted(store, as_, case)
    invited(store, walk)
    (one,) = meetings(store, as_("ida"), case)
    for login in ("karin", "jens", "sia", "dan"):
        assert meetings(store, as_(login), case) == []
        with pytest.raises(NotFound):
            queries.meeting(store, as_(login), one["id"], now=NOW)
    with pytest.raises(NotFound):
        queries.meeting(store, as_("ida"), one["id"] + 100, now=NOW)
    assert queries.meeting(store, as_("ida"), one["id"], now=NOW)["case"] == case
    assert [each["facts"] for each in looks(store)] == [{"meeting": one["id"]}]


def test_a_second_meeting_is_a_meeting_of_its_own(store: Store, as_: As) -> None:
    case = opened(store)
    first = wanted(store, as_, case)
    invited(store, first)
    held(store, first)
    second = wanted(store, as_, case)
    later = HELD + timedelta(days=30)
    invited(store, second, moede_tid=stamp(later))
    found = meetings(store, as_("ida"), case)
    assert [one["held"] for one in found] == [None, HELD], "the next one stands first"
