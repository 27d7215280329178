"""Who takes part in an instance: from the first task, message or report on, and for everybody else there is none.

The small pathway here writes to the GP without asking anything of him, the probation service may report, and whose
turn it is may be the residence.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import delete, func, insert, select, text

from engine import actions, migrations, queries
from engine.deploy import deploy
from engine.errors import ActionNotOpen, Forbidden, NotFound
from engine.model import MACHINE, Actor
from engine.queries import InstanceFilter
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import case_party, consent, instance_party, message
from tests.small import doc, el, on, sub, user, way
from tests.store.cast import AGREEMENT, NOW, PARTIES, asked, done, opened
from tests.store.conftest import KEYS, PROCESSES, Home

As = Callable[[str], Actor]
GP, WARD = "Egen læge", "Regionspsykiatrien"
KEY = "midtjylland-proeve"
_LAW = {"hjemmel": "sundhedsloven § 41", "begrundelse": "Nødvendigt"}
READS = (queries.instance, queries.history, queries.diagram)


def _lanes(**elements: str) -> str:
    rows = {"ward": WARD, "probation": "Kriminalforsorgen", "all": "Tværsektorielt team"}
    inner = "".join(
        el("lane", key, "".join(f"<flowNodeRef>{one}</flowNodeRef>" for one in held.split()), name=rows[key])
        for key, held in elements.items()
    )  # fmt: skip
    return el("laneSet", "lanes", inner)


def _event(key: str, name: str) -> str:
    inner = (
        el("startEvent", f"{key}_s", on("message", name), isInterrupting="false", name=key)
        + el("endEvent", f"{key}_e", name=key)
        + way(f"{key}_s {key}_e")
    )
    return sub(key, inner, triggeredByEvent="true", name=key)


SMALL = doc(
    _lanes(ward="S A B E", probation="tilsyn", all="afvigelse")
    + el("startEvent", "S", name="Begyndt")
    + user("A", name="Orientér lægen", stafet_besked="orientering", stafet_titel="Orientering", stafet_til=GP)
    + user("B", name="Følg op")
    + el("endEvent", "E", name="Slut")
    + way("S A B E")
    + _event("tilsyn", "bud")
    + _event("afvigelse", "svar"),
    key=KEY,
)  # fmt: skip


@pytest.fixture
def small(store: Store, tmp_path: Path) -> None:
    """The small pathway, deployed."""
    home = tmp_path / AGREEMENT
    home.mkdir()
    for name in ("agreement.toml", "clauses.yaml"):
        shutil.copy(PROCESSES / AGREEMENT / name, home / name)
    (home / "proeve").mkdir()
    (home / "proeve" / "proeve.bpmn").write_text(SMALL, encoding="utf-8")
    deploy(store, MACHINE, home, "tests", now=NOW)


def begun(store: Store, case: int, as_: As) -> int:
    moved = actions.start(store, as_("ida"), case, KEY, {}, now=NOW)
    return int(moved.instance["id"])


def taking_part(store: Store, walk: int) -> set[str]:
    with store.read() as db:
        asked_ = select(instance_party.c.party).where(instance_party.c.instance_id == walk)
        return set(db.scalars(asked_))


def knows_nothing(store: Store, who: Actor, case: int, walk: int) -> None:
    """On a case that the person sees there is no trace of that instance."""
    for read in READS:
        with pytest.raises(NotFound):
            read(store, who, walk, now=NOW)
    shown = queries.case(store, who, case, now=NOW)
    assert walk not in [one["id"] for one in shown["instances"]]
    assert walk not in [one["instance"] for one in shown["deadlines"] + shown["baton"]["now"]]
    assert walk not in [one["instance"] for one in queries.timeline(store, who, case, now=NOW)]
    assert walk not in [one["instance"] for one in queries.actions(store, who, case, now=NOW)]
    assert walk not in [one["instance"] for one in queries.timers(store, who, now=NOW).items]
    found = queries.instances(store, who, InstanceFilter(), now=NOW).items
    assert walk not in [one["id"] for one in found]


def test_who_has_no_part_in_an_instance_does_not_learn_of_it(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case, "Kriminalforsorgen")
    knows_nothing(store, as_("karin"), case, walk)
    knows_nothing(store, as_("bo"), case, walk)
    (row,) = queries.cases(store, as_("karin"), now=NOW).items
    assert (row["baton"], row["due_at"]) == ([], None)
    assert queries.case(store, as_("jens"), case, now=NOW)["baton"]["now"] != []


@pytest.mark.usefixtures("small")
def test_a_message_makes_its_receiver_take_part_and_only_when_it_may_leave(
    store: Store, as_: As
) -> None:
    case = opened(store)
    with store.write() as db:
        db.execute(delete(consent))
    walk = begun(store, case, as_)
    done(store, "ida", walk, "A", {})
    with store.read() as db:
        assert db.scalar(select(message.c.status).where(message.c.to_party == GP)) == "refused"
    knows_nothing(store, as_("karin"), case, walk)
    with store.write() as db:
        law = {"kind": "hjemmel", "basis": "Lov", "parties": [GP], "given_at": NOW}
        db.execute(insert(consent).values(case_id=case, **law))
    second = begun(store, case, as_)
    done(store, "ida", second, "A", {})
    karin = as_("karin")
    assert queries.instance(store, karin, second, now=NOW)["status"] == "running"
    told = queries.history(store, karin, second, now=NOW)
    assert [(one["what"], one["name"], one["unit_name"]) for one in told if one["what"] == "received"] == [
        ("received", "Orientering", "Afsnit R1")
    ]  # fmt: skip
    assert {one["by"] for one in told} == {None}
    assert not [one for one in told if one["what"] == "sent"], "the ward's own doing"
    knows_nothing(store, karin, case, walk)


def test_what_was_held_makes_known_once_it_is_let_go(store: Store, as_: As) -> None:
    case = opened(store, parties={WARD: "Afsnit R1"})
    with store.write() as db:
        db.execute(delete(consent))
    walk = int(actions.start(store, as_("ida"), case, "samtykke", {}, now=NOW).instance["id"])
    with store.write() as db:
        rows = {"party": GP, "unit_id": 4, "joined_at": None}
        db.execute(insert(case_party).values(case_id=case, **rows))
        letter = {
            "case_id": case, "instance_id": walk, "name": "brev", "title": "Brev", "from_party": WARD,
            "from_unit_id": 1, "to_party": GP, "to_unit_id": 4, "channel": "indbakke", "status": "refused",
            "sent_at": NOW, "key": "x",
        }  # fmt: skip
        db.execute(insert(message).values(**letter))
    karin = as_("karin")
    with pytest.raises(NotFound):
        queries.case(store, karin, case, now=NOW)
    assert queries.cases(store, karin, now=NOW).items == []
    done(store, "ida", walk, "vurder_hjemmel", _LAW)
    assert taking_part(store, walk) == {WARD, GP}
    shown = queries.case(store, karin, case, now=NOW)
    assert [one["id"] for one in shown["instances"]] == [walk]
    assert [one["title"] for one in shown["messages"]] == ["Brev"]


@pytest.mark.usefixtures("small")
def test_who_may_report_something_knows_that_it_runs(store: Store, as_: As) -> None:
    case = opened(store)
    walk = begun(store, case, as_)
    assert taking_part(store, walk) == {WARD, "Kriminalforsorgen"}
    jens = as_("jens")
    offered = [one["id"] for one in queries.actions(store, jens, case, now=NOW) if one["instance"]]
    assert sorted(offered) == ["afvigelse_s", "tilsyn_s"]
    actions.act(store, jens, case, "tilsyn_s", {}, now=NOW)
    with pytest.raises(Forbidden):
        actions.act(store, as_("ida"), case, "tilsyn_s", {}, now=NOW)


@pytest.mark.usefixtures("small")
def test_what_anybody_may_report_is_for_those_who_take_part(store: Store, as_: As) -> None:
    case = opened(store)
    walk = begun(store, case, as_)
    bo = as_("bo")
    for action in ("afvigelse_s", "tilsyn_s"):
        with pytest.raises(ActionNotOpen):
            actions.act(store, bo, case, action, {}, now=NOW)
    knows_nothing(store, bo, case, walk)
    actions.act(store, as_("ida"), case, "afvigelse_s", {}, now=NOW)


@pytest.mark.usefixtures("small")
def test_a_message_from_outside_is_heard_where_its_sender_takes_part(store: Store, as_: As) -> None:
    case = opened(store)
    begun(store, case, as_)
    heard = {}
    for login in ("bo", "jens"):
        number = actions.send(store, as_(login), "bud", case, {}, login, now=NOW)
        with store.read() as db:
            heard[login] = db.scalar(select(message.c.status).where(message.c.id == number))
    assert heard == {"bo": "unmatched", "jens": "matched"}


def test_nobody_is_told_who_in_another_unit_did_or_holds_something(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
    done(store, "jens", walk, "accepter_plan", {"accept": True}, party="Kriminalforsorgen")
    waits = next(one["id"] for one in queries.instance(store, as_("bo"), walk, now=NOW)["tasks"])
    actions.claim(store, as_("bo"), waits, now=NOW)
    seen = {
        login: str([read(store, as_(login), walk, now=NOW) for read in READS])
        + str(queries.case(store, as_(login), case, now=NOW))
        + str(queries.timeline(store, as_(login), case, now=NOW))
        for login in ("ida", "bo", "jens")
    }
    names = {"ida": "Ida Ibsen", "bo": "Bo Bertelsen", "jens": "Jens Juhl"}
    for reader, told in seen.items():
        assert [who for who, name in names.items() if name in told] == [reader]


def test_who_is_on_a_case_for_something_else_is_not_met(store: Store, as_: As) -> None:
    """Named together at the opening, parties know each other; who came later is met where one takes part."""
    case = opened(store, parties={WARD: "Afsnit R1", GP: "Lægehuset"})
    with store.write() as db:
        late = {"party": "Kriminalforsorgen", "unit_id": 2, "joined_at": NOW.replace(hour=11)}
        db.execute(insert(case_party).values(case_id=case, **late))
    asked(store, case, "Kriminalforsorgen")

    def met(login: str) -> set[str]:
        return {one["party"] for one in queries.case(store, as_(login), case, now=NOW)["parties"]}

    assert met("ida") == {WARD, GP, "Kriminalforsorgen"}
    assert met("karin") == {WARD, GP}
    assert met("jens") == {WARD, "Kriminalforsorgen"}


def test_a_consent_is_seen_where_it_was_noted_and_by_whom_it_covers(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case, "Kriminalforsorgen")
    with store.write() as db:
        db.execute(delete(consent))
        given = {"kind": "samtykke", "basis": "mundtligt", "given_at": NOW, "instance_id": walk}
        for parties in ([GP, "Kommunens myndighed"], [GP]):
            db.execute(insert(consent).values(case_id=case, parties=parties, **given))

    def seen(login: str) -> list[list[str]]:
        shown = queries.case(store, as_(login), case, now=NOW)
        return [one["parties"] for one in shown["consents"]]

    assert seen("ida") == seen("jens") == [[GP, "Kommunens myndighed"], [GP]]
    assert seen("karin") == [[GP], [GP]]
    assert seen("bo") == [["Kommunens myndighed"]]


def test_an_operator_who_is_no_party_has_no_case(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case)
    for read in READS:
        read(store, as_("ole"), walk, now=NOW)
    for look in (queries.case, queries.timeline, queries.actions):
        with pytest.raises(NotFound):
            look(store, as_("ole"), case, now=NOW)


# ---- what was there before ---------------------------------------------------------------
def test_a_database_from_before_gets_what_is_known(home: Home) -> None:
    """The step 0002 over rows of today, as if its table had just been made."""
    url, forget = home.copy()
    with closing(Store(url, Keyring.from_text(KEYS), demo=True)) as store:
        case = opened(store)
        walk = asked(store, case, "Kriminalforsorgen")
        before = taking_part(store, walk)
        with store.write() as db:
            db.execute(delete(instance_party))
            step = command.ScriptDirectory.from_config(migrations._config()).get_revision("0002")
            assert step is not None
            for said in (step.module._FILL, step.module._JOINED, step.module._NOTED):
                db.execute(text(said))
        assert taking_part(store, walk) == before == {WARD, "Kriminalforsorgen"}
        with store.read() as db:
            count = select(func.count()).where(case_party.c.joined_at == NOW)
            assert db.scalar(count) == len(PARTIES)
    forget()
