"""What an operator did and can take back: the way there, and nothing of a value in an address."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from engine import actions, logins, queries
from engine.actions.messages import UNKNOWN
from engine.model import MACHINE
from engine.tables import case, instance, message, person, task
from stafet.app import clock
from tests.web.house import store_of
from tests.web.test_pages import Login, as_, csrf, demo

__all__ = ["as_", "demo"]


@pytest.fixture
def walk(demo: Flask) -> Any:
    """An instance whose first task nobody has: its page, the task, and who may take it."""
    with store_of(demo).read() as db:
        asked = select(task.c.id, task.c.instance_id).where(
            task.c.element == "vurder_behov", task.c.status == "open", task.c.assignee_id.is_(None)
        )
        row = db.execute(asked.order_by(task.c.id).limit(1)).one()
    ole = logins.actor(store_of(demo), "drift", now=clock())
    able = [one["login"] for one in queries.able(store_of(demo), ole, row.id, now=clock())]
    return f"/drift/forloeb/{row.instance_id}", row.id, able


def act(client: FlaskClient, page: str, **form: Any) -> str:
    """Do it; the page that comes then."""
    sent = {"csrf": csrf(client.get(page).text), "reason": "Prøvet i en test", "do": "do", **form}
    done = client.post(page, data=sent)
    assert done.status_code == 302, done.text
    return str(done.location)


def undo(client: FlaskClient, page: str) -> str:
    """Where the offered way back leads."""
    found = re.search(r'<a href="([^"]+)">Fortryd</a>', client.get(page).text)
    assert found
    return html.unescape(found[1])


def test_a_task_that_was_given_is_given_back(as_: Login, walk: Any) -> None:
    page, number, able = walk
    client = as_("drift")
    given = act(client, page, handling="give", task=number, to=able[0])
    back = undo(client, given)
    shown = client.get(back).text
    assert "Gives tilbage til enheden" in shown
    again = act(client, page, handling="give", task=number, to="-")
    assert f"to={able[0]}" in undo(client, again)
    act(client, page, handling="give", task=number, to=able[0])
    act(client, page, handling="give", task=number, to="-")


def test_what_somebody_wrote_in_it_does_not_come_back(as_: Login, walk: Any, demo: Flask) -> None:
    page, number, able = walk
    client = as_("drift")
    act(client, page, handling="give", task=number, to=able[0])
    with store_of(demo).write() as db:
        db.execute(task.update().where(task.c.id == number).values(draft=b"x", draft_at=clock()))
    form = {"csrf": csrf(client.get(page).text), "handling": "give", "task": number, "to": "-"}
    assert "går tabt" in client.post(page, data={**form, "reason": "Prøve", "do": "look"}).text
    assert "fortryd" not in act(client, page, handling="give", task=number, to="-")


def test_a_correction_is_taken_back_without_its_value_in_the_address(as_: Login, walk: Any) -> None:
    page, _number, _able = walk
    client = as_("drift")
    act(client, page, handling="amend", name="justering_plan", value="ja")
    done = act(client, page, handling="amend", name="justering_plan", value="nej")
    back = undo(client, done)
    assert "name=justering_plan" in back
    assert not re.search("value|ja|nej", back.replace("justering", "").replace("reason=", ""))
    assert re.search(r'id="value" name="value" value="ja"', client.get(back).text)


def test_who_saw_what_is_no_longer_so_is_told_what_happened_and_looks_again(
    as_: Login, walk: Any
) -> None:
    page, _number, _able = walk
    first, second = as_("drift"), as_("drift")
    shown = first.get(f"{page}?handling=cancel").text
    seen = {"csrf": csrf(shown), "handling": "cancel", "reason": "Startet to gange", "do": "do"}
    seen["seen"] = re.findall(r'name="seen" value="(\d+)"', shown)[0]
    act(second, page, handling="amend", name="justering_plan", value="ja")
    refused = first.post(page, data=seen)
    assert refused.status_code == 409
    assert "En driftsansvarlig har gjort noget ved forløbet kl." in refused.text
    # Why it should be done stands there still, with what it would change now.
    assert "Startet to gange" in refused.text
    assert "Det ændrer sig" in refused.text
    again = re.findall(r'name="seen" value="(\d+)"', refused.text)[0]
    assert int(again) > int(seen["seen"])
    # Where only the reason is missing, nothing has moved.
    empty = first.post(page, data=seen | {"seen": again, "reason": " "})
    assert empty.status_code == 422
    assert first.get(page).status_code == 200


def test_a_restart_of_one_step_is_taken_back(as_: Login, walk: Any) -> None:
    page, _number, _able = walk
    client = as_("drift")
    done = act(client, page, handling="restart", target="send_plan")
    assert "fortryd=move" in done
    assert "target=vurder_behov" in done
    act(client, page, handling="move", source="send_plan", target="vurder_behov")


# ---- messages ----------------------------------------------------------------------------
@pytest.fixture
def letter(demo: Flask) -> tuple[int, int, str]:
    """A message whose name nobody on the case waits for, an instance there, and what that waits for."""
    store = store_of(demo)
    nurse = logins.actor(store, "sygeplejerske", now=clock())
    with store.read() as db:
        about = db.scalar(
            select(case.c.id).where(case.c.agreement == "midtjylland", case.c.closed_at.is_(None))
        )
    walk = actions.start(store, nurse, about, "samtykke", {}, now=clock()).instance["id"]
    with store.read() as db:
        row = db.execute(select(instance).where(instance.c.id == walk)).one()
    drift = logins.actor(store, "drift", now=clock())
    number = actions.send(store, MACHINE, "naesten_det_samme", row.case_id, {}, now=clock())
    assert queries.unmatched_one(store, drift, number, now=clock())["handled"] is None
    return number, row.id, row.awaits[0]


def test_a_message_that_was_put_aside_is_read_and_put_back(as_: Login, letter: Any) -> None:
    client, page = as_("drift"), f"/drift/beskeder/{letter[0]}"
    assert "Læg beskeden til side" in client.get(page).text
    aside = client.get(act(client, page, handling="discard")).text
    assert "Beskeden er lagt til side." in aside
    assert "Prøvet i en test" in aside, "why, for the next who reads it"
    stale = {"csrf": csrf(aside), "reason": "Prøvet i en test", "do": "do", "handling": "discard"}
    refused = client.post(page, data=stale)
    assert refused.status_code == 409
    assert "En anden har allerede taget sig af beskeden." in refused.text
    back = undo(client, f"{page}?gjort=discard&fortryd=put_back&besked={letter[0]}")
    assert back == f"{page}?handling=put_back#acts"
    again = client.get(act(client, page, handling="put_back")).text
    assert "Ingen ventede på beskeden, da den kom." in again


def test_a_name_that_no_diagram_knows_is_told_to_be_hidden(as_: Login, letter: Any) -> None:
    client = as_("drift")
    store = store_of(client.application)
    with store.write() as db:
        hidden = {"name": UNKNOWN, "title": UNKNOWN}
        db.execute(update(message).where(message.c.id == letter[0]).values(**hidden))
    for page in ("/drift/beskeder", f"/drift/beskeder/{letter[0]}"):
        shown = client.get(page).text
        assert "Besked med et navn, som intet diagram kender" in shown
        assert "<h1>ukendt" not in shown
    assert "vises ikke: intet diagram i aftalen kender det" in shown


def test_a_near_miss_is_delivered_to_the_one_that_is_chosen(as_: Login, letter: Any) -> None:
    number, walk, name = letter
    client, page = as_("drift"), f"/drift/beskeder/{number}"
    shown = client.get(f"{page}?handling=deliver").text
    assert f'value="{walk}:{name}"' in shown
    assert "Det ændrer sig" not in shown, "nothing is rehearsed before somebody is chosen"
    looked = {"csrf": csrf(shown), "reason": "Skrevet forkert", "handling": "deliver", "do": "look"}
    seen = client.post(page, data={**looked, "target": f"{walk}:{name}"}).text
    assert "Det ændrer sig" in seen
    none = client.post(page, data={**looked, "do": "do"})
    assert none.status_code == 409
    done = client.get(act(client, page, handling="deliver", target=f"{walk}:{name}")).text
    assert "Beskeden er afleveret." in done
    assert "Det kan du gøre" not in done
    assert "Fortryd" not in done, "somebody has heard it"


def test_all_messages_of_the_group_are_put_aside_at_once(as_: Login, letter: Any) -> None:
    client = as_("drift")
    opened = client.get("/drift/aarsag/undeliverable/alle").text
    assert "Aflevér alle beskeder" in opened
    begin = "/drift/aarsag/undeliverable/alle?handling=discard"
    shown = client.get(begin).text
    assert re.search(r"Læg \d+ besked(er)? til side</button>", shown)
    sent = {"csrf": csrf(shown), "reason": "Kom fra en prøve", "handling": "discard"}
    made = client.post("/drift/aarsag/undeliverable/alle", data=sent)
    assert made.status_code == 302
    while actions.run_batches(store_of(client.application), 50, now=clock()):
        pass
    told = client.get(made.location).text
    assert "Læg alle beskeder til side" in told
    assert "Læg dem tilbage" in told
    assert "Alle beskeder er afleveret" in client.get("/drift/beskeder").text


def test_the_tasks_of_a_group_are_given_to_one_who_is_chosen(as_: Login, walk: Any) -> None:
    client = as_("drift")
    store = store_of(client.application)
    with store.write() as db:
        gone = {"id": 7_007, "login": "gitte", "name": "Gitte Gram", "active": False}
        db.execute(insert(person).values(**gone))
        db.execute(update(task).where(task.c.id == walk[1]).values(assignee_id=7_007))
    actions.watch(store, now=clock(), every=timedelta(0))
    begin = "/drift/aarsag/orphaned/alle?handling=give"
    page = client.get(begin).text
    assert "Vælg, hvem der skal have opgaverne" in page
    assert 'name="reason"' not in page, "first whom, then why"
    sent = {"csrf": csrf(page), "reason": "Prøvet i en test", "handling": "give"}
    refused = client.post("/drift/aarsag/orphaned/alle", data=sent)
    assert (refused.status_code, "Vælg, hvem der skal have opgaverne." in refused.text) == (
        422,
        True,
    )
    seen = client.get(f"{begin}&to={walk[2][0]}").text
    assert "Det sker der" in seen
    assert re.search(r"Giv opgaver?n?e? i \d+ forløb</button>", seen)
    made = client.post("/drift/aarsag/orphaned/alle", data={**sent, "to": walk[2][0]})
    assert made.status_code == 302
    while actions.run_batches(store, 50, now=clock()):
        pass
    told = client.get(made.location).text
    assert f"<dt>Givet til</dt><dd>{walk[2][0]}</dd>" in told
    with store.read() as db:
        given = select(person.c.login).join(task, task.c.assignee_id == person.c.id)
        assert db.scalar(given.where(task.c.id == walk[1])) == walk[2][0]
