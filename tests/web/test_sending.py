"""Before a task is sent: what leaves is looked at, CPR numbers are shown, two windows do not write over each other."""

from __future__ import annotations

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import actions, logins
from engine.tables import case, task
from stafet.app import clock
from tests.web.house import store_of
from tests.web.test_pages import Login, as_, csrf, demo
from web import sending

__all__ = ["as_", "demo"]

ANSWERS = {
    "svar.justering_indsats": "false",
    "svar.justering_plan": "false",
    "svar.begrundelse": "Kendt af afsnittet.",
}


def begun(demo: Flask) -> int:
    """A task that just came to the ward, on a case of its own pathway."""
    store, now = store_of(demo), clock()
    with store.read() as db:
        about = db.scalar(select(case.c.id).where(case.c.agreement == "midtjylland").limit(1))
    assert about is not None
    nurse = logins.actor(store, "sygeplejerske", now=now)
    moved = actions.start(store, nurse, about, "planrunde", {}, now=now)
    return open_in(demo, moved.instance["id"])


def to_be_sent(demo: Flask) -> int:
    """The next one: to send the plan, which stays as it is."""
    number, store, now = begun(demo), store_of(demo), clock()
    nurse = logins.actor(store, "sygeplejerske", now=now)
    answers = {"justering_indsats": False, "justering_plan": False}
    moved = actions.complete(store, nurse, number, answers, now=now)
    return open_in(demo, moved.instance["id"])


def open_in(demo: Flask, instance_id: int) -> int:
    with store_of(demo).read() as db:
        wanted = select(task.c.id).where(task.c.instance_id == instance_id, task.c.status == "open")
        return int(db.execute(wanted).scalar_one())


def sent(nurse: FlaskClient, number: int, do: str, **more: str) -> tuple[int, str]:
    page = nurse.get(f"/opgaver/{number}").text
    form = {**hidden(page), **ANSWERS, **more, "csrf": csrf(page), "do": do}
    answer = nurse.post(f"/opgaver/{number}", data=form)
    return answer.status_code, answer.text


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the task's own form."""
    form = page.split("data-fields")[0].rsplit("<form", 1)[-1]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in found if name != "csrf"}


def test_what_leaves_is_shown_before_it_goes(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), to_be_sent(demo)
    status, page = sent(nurse, number, "look", **{"svar.plan_ref": "Plan af 1. november"})
    assert status == 200
    assert "Se efter, før du sender" in page
    for word in ("Plan til accept", "Plan af 1. november", "samtykke (opdigtet borger)"):
        assert word in page
    assert "Opgaven er færdig" not in nurse.get(f"/opgaver/{number}").text
    # One changes one's mind: the form is there with what was typed.
    carried = {**hidden_of_look(page), "csrf": csrf(page)}
    back = nurse.post(f"/opgaver/{number}", data={**carried, "do": "change"}).text
    assert 'value="Plan af 1. november"' in back
    done = nurse.post(f"/opgaver/{number}", data={**carried, "do": "complete"})
    assert done.status_code == 302
    assert f"faerdig={number}" in done.location
    # The same press again is neither a second sending nor somebody else's doing.
    again = nurse.post(f"/opgaver/{number}", data={**carried, "do": "complete"})
    assert again.status_code == 302
    assert "Du har allerede sendt opgaven" in nurse.get(again.location).text


def hidden_of_look(page: str) -> dict[str, str]:
    form = page.split("data-once>")[1].split("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in found if name != "csrf"}


def test_answers_that_are_wrong_are_not_looked_at(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    status, page = sent(nurse, number, "look", **{"svar.justering_plan": ""})
    assert status == 422
    assert "Se efter, før du sender" not in page


def test_a_cpr_number_in_a_text_is_pointed_out_and_not_refused(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    text = {"svar.begrundelse": "Naboen, 700378-1016, ringede."}
    status, page = sent(nurse, number, "complete", **text)
    assert status == 200
    assert "ligner et CPR-nummer" in page
    assert "Det står i: Begrundelse" in page
    done = nurse.post(
        f"/opgaver/{number}", data={**hidden_of_look(page), "csrf": csrf(page), "do": "complete"}
    )
    assert done.status_code == 302


def test_every_day_of_a_number_is_known(demo: Flask) -> None:
    with demo.test_request_context():
        for day in (*range(1, 32), *range(61, 92)):
            assert sending.labels_with_cpr([("Notat", f"Ring til {day:02}0378-1016.")]), day


def test_a_phone_number_is_no_cpr_number(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    text = {"svar.begrundelse": "Ring 87 47 25 00, sag 2026-11-250001."}
    _status, page = sent(nurse, number, "look", **text)
    assert "ligner et CPR-nummer" not in page


def test_a_window_that_was_left_open_does_not_write_over_another(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    old = nurse.get(f"/opgaver/{number}").text
    assert sent(nurse, number, "draft", **{"svar.begrundelse": "Nyere."})[0] == 302
    left = {**hidden(old), **ANSWERS, "csrf": csrf(old)}
    for do in ("draft", "look", "complete"):
        answer = nurse.post(f"/opgaver/{number}", data={**left, "do": do})
        assert answer.status_code == 409, do
        assert "i et andet vindue" in answer.text
        assert "Kendt af afsnittet.</textarea>" in answer.text
    kept = nurse.post(f"/opgaver/{number}", data={**left, "do": "draft", "auto": "1"})
    assert kept.status_code == 409
    assert kept.json == {"said": "Opgaven har en nyere kladde, skrevet i et andet vindue."}
    assert "Nyere.</textarea>" in nurse.get(f"/opgaver/{number}").text
    # Who has seen that and presses again means it.
    fresh = nurse.post(f"/opgaver/{number}", data={**left, "do": "draft"}).text
    answer = nurse.post(f"/opgaver/{number}", data={**left, **hidden(fresh), "do": "draft"})
    assert answer.status_code == 302


def test_the_page_keeps_by_itself_and_says_when(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    page = nurse.get(f"/opgaver/{number}").text
    form = {**hidden(page), **ANSWERS, "csrf": csrf(page), "do": "draft", "auto": "1"}
    said = nurse.post(f"/opgaver/{number}", data=form)
    assert said.status_code == 200
    assert said.json is not None
    assert "Kladde gemt" in said.json["said"]
    form["kladde"] = said.json["kladde"]
    assert nurse.post(f"/opgaver/{number}", data=form).status_code == 200
    stranger = as_("kommune")
    form["csrf"] = csrf(stranger.get("/").text)
    assert stranger.post(f"/opgaver/{number}", data=form).status_code == 404
