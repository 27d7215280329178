"""What goes wrong in a busy minute: one clear word, and nothing that was written is lost.  Pages and API alike.

A session that ends, a lost network and two windows are tried in the browser (tests/browser/test_keeping.py) and in
`test_sending.py`; files in `test_beside.py` and `tests/api/test_beside.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import IntegerConverter

from engine import actions, queries
from engine.logins import COOKIE, actor, make_token
from engine.tables import comment, handover, history
from stafet.app import clock
from stafet.demo.people import PASSWORD
from tests.web.house import store_of
from tests.web.test_pages import Login, as_, csrf, demo
from tests.web.test_sending import ANSWERS, begun, hidden, to_be_sent

__all__ = ["as_", "demo"]

CPR = "Naboen, 700378-1016, ringede."
API = "/api/v1"
Program = Callable[[str], FlaskClient]


@pytest.fixture
def program(demo: Flask) -> Program:
    """A program that acts as this person, by a token."""

    def client(login: str) -> FlaskClient:
        made = demo.test_client()
        token = make_token(store_of(demo), login, now=clock())
        made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return made

    return client


def counted(demo: Flask, which: Any, number: int) -> int:
    with store_of(demo).read() as db:
        return int(db.scalar(select(func.count()).where(which == number)) or 0)


@pytest.mark.parametrize("to", ["kommune", "drift", "findes_ikke", "sygeplejerske\0"])
def test_a_hand_over_to_somebody_without_access(
    demo: Flask, as_: Login, program: Program, to: str
) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    page = nurse.get(f"/opgaver/{number}").text
    form = {"csrf": csrf(page), "to": to, "note": "Ring til Bo først."}
    said = nurse.post(f"/opgaver/{number}/overdrag", data=form)
    assert said.status_code == 422
    assert "Vælg den kollega, der skal have opgaven." in said.text
    assert "Ring til Bo først.</textarea>" in said.text
    body = {"to": to, "note": "Ring til Bo først."}
    answer = program("sygeplejerske").post(f"{API}/tasks/{number}/delegate", json=body)
    assert (answer.status_code, [*answer.get_json()["errors"]]) == (422, ["to"])
    assert counted(demo, handover.c.task_id, number) == 0
    found = queries.task(store_of(demo), _nurse(demo), number, now=clock())
    assert found["assignee"] is None


def _nurse(demo: Flask) -> Any:
    return actor(store_of(demo), "sygeplejerske", now=clock())


@pytest.mark.parametrize(
    ("where", "form"),
    [
        ("/opgaver/{0}", {**ANSWERS, "svar.begrundelse": "Husk <b>naboen</b>.", "do": "look"}),
        ("/opgaver/{0}/kommentar", {"kommentar": "Husk <b>naboen</b>.", "spoerg": "sara"}),
        ("/opgaver/{0}/overdrag", {"note": "Husk <b>naboen</b>.", "to": "sara"}),
        (
            "/opgaver/flere",
            {"note": "Husk <b>naboen</b>.", "to": "sara", "do": "overdrag", "opgave": "{0}", "next": "/?vis=alle"},
        ),
        ("/filtre", {"navn": "Husk <b>naboen</b>.", "vis": "alle"}),
    ],
)  # fmt: skip
def test_what_was_written_when_the_session_ended_is_there_after_login(
    demo: Flask, as_: Login, where: str, form: dict[str, str]
) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    where, form = where.format(number), {key: one.format(number) for key, one in form.items()}
    told = back_in(nurse, where, form)
    assert told.status_code == 200
    assert "Husk &lt;b&gt;naboen&lt;/b&gt;." in told.text
    assert told.text.count(' value="sara" selected') == ("sara" in form.values())
    if "opgave" in form:
        assert re.search(rf'id="pick-{number}"[^>]* checked', told.text)
    assert counted(demo, comment.c.task_id, number) == 0, "nothing is sent before it is looked at"
    assert counted(demo, handover.c.task_id, number) == 0
    found = queries.task(store_of(demo), _nurse(demo), number, now=clock())
    assert (found["status"], found["assignee"]) == ("open", None)


def test_an_answer_written_when_the_session_ended_is_there_after_login(
    demo: Flask, as_: Login
) -> None:
    nurse, sara, number = as_("sygeplejerske"), as_("sara"), begun(demo)
    form = {"csrf": csrf(nurse.get("/").text), "kommentar": "Kender du hende?", "spoerg": "sara"}
    assert nurse.post(f"/opgaver/{number}/kommentar", data=form).status_code == 302
    page = sara.get(f"/opgaver/{number}").text
    address = re.findall(rf'action="(/opgaver/{number}/spoergsmaal/\d+)"', page)[0]
    told = back_in(sara, address, {"svar": "Ja, fra maj."}, "sara")
    assert (told.status_code, "autofocus>Ja, fra maj.</textarea>" in told.text) == (200, True)


@pytest.mark.parametrize(
    ("button", "held", "goal"),
    [
        ("/opgaver/1/tag", "/?vis=roller", "/?vis=roller"),
        ("/opgaver/1/tag", None, "/opgaver/1"),
        ("/opgaver/1/tag", "/opgaver/1/kommentar", "/opgaver/1"),
        ("/opgaver/1/bilag", "https://ond.example/opgaver/2", "/opgaver/1"),
        ("/opgaver/fortryd", None, "/"),
    ],
)
def test_a_button_pressed_when_the_session_has_ended_leads_back_to_its_page(
    demo: Flask, button: str, held: str | None, goal: str
) -> None:
    came = (
        {"Referer": f"http://localhost{held}" if held and held[0] == "/" else held} if held else {}
    )
    answer = demo.test_client().post(button, headers=came)
    assert answer.status_code == 302
    asked = urlsplit(answer.location)
    assert (asked.path, dict(parse_qsl(asked.query))) == ("/log-ind", {"next": goal})


def back_in(
    client: FlaskClient, where: str, form: dict[str, str], who: str = "sygeplejerske"
) -> Any:
    """A form that is sent when the session has ended, through the login, until it stands there again."""
    client.delete_cookie(COOKIE)
    out = client.post(where, data=form)
    assert (out.status_code, "ikke tabt" in out.text) == (401, True)
    carried = _hidden(out.text)
    kept = client.post("/log-ind", data={**carried, "login": who, "password": PASSWORD})
    assert kept.status_code == 200
    assert f'action="{where}"' in kept.text
    return client.post(where, data=_hidden(kept.text))


def _hidden(page: str) -> dict[str, str]:
    main = page.split("<main")[1].split("</main>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', main)
    return {name: unescape(value) for name, value in found}


def test_a_button_that_is_pressed_twice(demo: Flask, as_: Login, program: Program) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    page = nurse.get(f"/opgaver/{number}").text
    for _twice in range(2):
        form = {"csrf": csrf(page), "kommentar": "Skal det med?", "spoerg": "sara"}
        assert nurse.post(f"/opgaver/{number}/kommentar", data=form).status_code == 302
    assert counted(demo, comment.c.task_id, number) == 1
    body = {"data": {"justering_indsats": False, "justering_plan": False}}
    codes = [
        program("sygeplejerske").post(f"{API}/tasks/{number}/complete", json=body).status_code
        for _twice in range(2)
    ]
    assert codes == [200, 409]
    with store_of(demo).read() as db:
        done = select(func.count()).where(
            history.c.task_id == number, history.c.what == "completed"
        )
        assert db.scalar(done) == 1


def test_the_back_button_after_sending(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), to_be_sent(demo)
    old = nurse.get(f"/opgaver/{number}")
    # The browser asks again where it may, so that what is done does not look undone.
    assert "no-store" in old.headers["Cache-Control"]
    form = {**hidden(old.text), "csrf": csrf(old.text), "svar.plan_ref": "Plan 7"}
    form |= {"svar.parter": "Kriminalforsorgen", "cpr": "seen", "do": "complete"}
    done = nurse.post(f"/opgaver/{number}", data=form)
    assert done.status_code == 302
    assert f"faerdig={number}" in done.location
    # Back, and once more, with something else.
    again = nurse.post(f"/opgaver/{number}", data={**form, "svar.plan_ref": "Plan 8"})
    assert again.status_code == 302
    assert "Du har allerede sendt opgaven" in nurse.get(again.location).text
    for do in ("draft", "look"):
        late = nurse.post(f"/opgaver/{number}", data={**form, "svar.plan_ref": "Plan 8", "do": do})
        shown = nurse.get(late.location).text if late.status_code == 302 else late.text
        assert "Du har allerede sendt opgaven" in shown, do


def test_two_windows_on_one_question(demo: Flask, as_: Login, program: Program) -> None:
    nurse, sara, number = as_("sygeplejerske"), as_("sara"), begun(demo)
    page = nurse.get(f"/opgaver/{number}").text
    form = {"csrf": csrf(page), "kommentar": "Kender du hende?", "spoerg": "sara"}
    assert nurse.post(f"/opgaver/{number}/kommentar", data=form).status_code == 302
    first, second = (sara.get(f"/opgaver/{number}").text for _window in "ab")
    address = re.findall(rf'action="(/opgaver/{number}/spoergsmaal/\d+)"', first)[0]
    assert sara.post(address, data={"csrf": csrf(first), "svar": "Ja."}).status_code == 302
    late = sara.post(address, data={"csrf": csrf(second), "svar": "Ja, fra maj."})
    assert late.status_code == 422
    assert "Spørgsmålet har fået svar" in late.text
    assert "Ja, fra maj.</textarea>" in late.text
    question = address.rsplit("/", 1)[1]
    said = program("sara").post(f"{API}/questions/{question}/answer", json={"text": "Ja, fra maj."})
    assert said.status_code == 409


@pytest.mark.parametrize(
    ("where", "field", "more"),
    [("kommentar", "kommentar", {}), ("overdrag", "note", {"to": "sara"})],
)
def test_a_cpr_number_beside_a_task_is_pointed_out_once(
    demo: Flask, as_: Login, where: str, field: str, more: dict[str, str]
) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    page = nurse.get(f"/opgaver/{number}").text
    form = {"csrf": csrf(page), field: CPR, **more}
    told = nurse.post(f"/opgaver/{number}/{where}", data=form)
    assert told.status_code == 422
    assert "Det ligner et CPR-nummer" in told.text.split(f'id="felt-{field}-error"')[1]
    assert f"{CPR}</textarea>" in told.text
    typed = told.text.split(f'action="/opgaver/{number}/{where}"')[1].split("</form>")[0]
    assert 'name="cpr" value="seen"' in typed
    assert told.text.count('name="cpr" value="seen"') == 1, "only of the form that was sent"
    assert all(f'value="{one}" selected' in typed for one in more.values())
    assert nurse.post(f"/opgaver/{number}/{where}", data={**form, "cpr": "seen"}).status_code == 302


def test_a_cpr_number_in_an_answer_to_a_colleague_is_pointed_out(demo: Flask, as_: Login) -> None:
    nurse, sara, number = as_("sygeplejerske"), as_("sara"), begun(demo)
    page = nurse.get(f"/opgaver/{number}").text
    form = {"csrf": csrf(page), "kommentar": "Hvem ringede?", "spoerg": "sara"}
    assert nurse.post(f"/opgaver/{number}/kommentar", data=form).status_code == 302
    page = sara.get(f"/opgaver/{number}").text
    address = re.findall(rf'action="(/opgaver/{number}/spoergsmaal/\d+)"', page)[0]
    told = sara.post(address, data={"csrf": csrf(page), "svar": CPR})
    assert told.status_code == 422
    assert "Det ligner et CPR-nummer" in told.text
    seen = {"csrf": csrf(page), "svar": CPR, "cpr": "seen"}
    assert sara.post(address, data=seen).status_code == 302


def test_a_cpr_number_in_what_is_reported_is_pointed_out_once(demo: Flask, as_: Login) -> None:
    nurse, who = as_("sygeplejerske"), _nurse(demo)
    about = ("nordjylland-team", "720685-1033", "Bjarne Holm", {})
    case = actions.open_case(store_of(demo), who, *about, now=clock())
    address = f"/sager/{case}/handling/nordjylland-team-patientens-team"
    page = nurse.get(address).text
    form = {"csrf": csrf(page), "svar.begrundelse": CPR}
    party = page.split('name="svar.initiativtager"')[1].split('<option value="')[2].split('"')[0]
    yes = re.findall(r'name="svar.voksen" value="([^"]+)"', page)[0]
    form |= {"svar.initiativtager": party, "svar.voksen": yes}
    # Who must mend something else first is told that, and not asked about numbers yet.
    wrong = nurse.post(address, data={**form, "svar.voksen": ""})
    assert wrong.status_code == 422
    assert "Der står noget, som ligner et CPR-nummer" not in wrong.text
    told = nurse.post(address, data=form)
    assert told.status_code == 200
    assert "noget, som ligner et CPR-nummer" in told.text
    assert CPR in told.text
    assert 'name="cpr" value="seen"' in told.text
    assert nurse.post(address, data={**form, "cpr": "seen"}).status_code == 302


def test_a_cpr_number_in_a_reason_is_pointed_out_once(demo: Flask, as_: Login) -> None:
    """Of an emergency, of an access that is lent and of an erasure that is stopped, whatever else is wrong."""
    leader, nurse = as_("leder"), as_("sygeplejerske")
    case = re.findall(r'href="(/sager/\d+)"', leader.get("/sager").text)[0]
    for who, address in (
        (nurse, "/noedadgang"),
        (leader, f"{case}/adgang"),
        (leader, f"{case}/opbevaring"),
    ):
        page = who.get(address).text
        assert 'data-cpr="Det ligner et CPR-nummer' in page, address
        form = {"csrf": csrf(page), "reason": f"Spørg {CPR}"}
        told = who.post(address, data=form)
        assert told.status_code == 422
        assert "Ret det, eller tryk igen, hvis det skal stå der." in told.text
        assert 'name="cpr" value="seen"' in told.text
        again = who.post(address, data={**form, "cpr": "seen"})
        assert "Ret det, eller tryk igen" not in again.text


def test_a_program_is_told_of_a_cpr_number_in_its_answer(demo: Flask, program: Program) -> None:
    nurse, number = program("sygeplejerske"), begun(demo)
    said = nurse.post(f"{API}/tasks/{number}/comments", json={"text": CPR})
    assert (said.status_code, [*said.get_json()["warnings"]]) == (201, ["text"])
    data = {"justering_indsats": False, "justering_plan": False, "begrundelse": CPR}
    done = nurse.post(f"{API}/tasks/{number}/complete", json={"data": data})
    assert done.status_code == 200
    (where, sentence), *_none = done.get_json()["warnings"].items()
    assert where == "data.begrundelse"
    assert "ligner et CPR-nummer" in sentence
    assert "700378" not in str(done.get_json())
    quiet = nurse.post(
        f"{API}/tasks/{begun(demo)}/complete", json={"data": {**data, "begrundelse": "Nej"}}
    )
    assert quiet.get_json()["warnings"] == {}


# ---- a number beyond all numbers ---------------------------------------------------------
BEYOND = 2**63


@pytest.mark.parametrize("who", ["sygeplejerske", "drift", "designer"])
def test_a_number_that_no_database_counts_to_is_nobodys(demo: Flask, as_: Login, who: str) -> None:
    """Every address with a number in it, to look and to act: never the server's fault."""
    client = as_(who)
    sent = {
        "csrf": csrf(client.get("/mig").text),
        "version": str(BEYOND),
        "reason": "Prøve",
        "note": "Prøve",
    }
    words = {"agreement": "midtjylland", "key": "midtjylland-planrunde", "name": "planrunde"}
    tried = 0
    for rule in demo.url_map.iter_rules():
        numbers = [n for n, c in rule._converters.items() if isinstance(c, IntegerConverter)]
        if not numbers or not rule.endpoint.startswith("web."):
            continue
        values = {n: BEYOND if n in numbers else words.get(n, "x") for n in rule.arguments}
        with demo.test_request_context():
            address = url_for(rule.endpoint, **values)
        answer = client.get(address) if "GET" in rule.methods else client.post(address, data=sent)
        tried += 1
        assert answer.status_code < 500, (address, answer.status_code)
    assert tried > 40
    for address in (f"/?sag={BEYOND}", f"/sager?side={BEYOND}", f"/sager/1?forloeb={BEYOND}"):
        assert client.get(address).status_code < 500, address
