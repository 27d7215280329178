"""Staff at work through Flask's client, over demo cases: what is kept, what is found, what is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

import web.tasks
from engine import actions
from engine.errors import DiskFull
from engine.tables import audit, instance, task
from stafet.app import clock
from stafet.demo.people import CITIZENS, PASSWORD
from tests.web.house import demo_site, store_of

Login = Callable[[str], FlaskClient]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with demo_site(tmp_path_factory.mktemp("demo")) as site:
        while actions.run_due(store_of(site), 50, now=clock()):
            pass  # the reminders that have fallen due
        yield site


@pytest.fixture
def as_(demo: Flask) -> Login:
    """A browser in which this demo person is logged in."""

    def log_in(login: str) -> FlaskClient:
        client = demo.test_client()
        form = {"csrf": csrf(client.get("/log-ind").text), "login": login, "password": PASSWORD}
        assert client.post("/log-ind", data=form).status_code == 302
        return client

    return log_in


def csrf(page: str) -> str:
    return page.split('name="csrf" value="')[1].split('"')[0]


def an_open_task(demo: Flask, element: str) -> int:
    with store_of(demo).read() as db:
        wanted = select(task.c.id).where(task.c.element == element, task.c.status == "open")
        found = db.scalar(wanted.order_by(task.c.id.desc()).limit(1))
    assert found is not None
    return int(found)


def test_a_full_disk_keeps_what_was_typed_behind_one_button(
    demo: Flask, as_: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    nurse, number = as_("sygeplejerske"), an_open_task(demo, "vurder_behov")

    def full(*_args: object, **_more: object) -> None:
        raise DiskFull

    token = csrf(nurse.get(f"/opgaver/{number}").text)
    form = {
        "csrf": token,
        "svar.justering_indsats": "false",
        "svar.justering_plan": "false",
        "svar.begrundelse": "Lang og god.",
    }
    with monkeypatch.context() as patched:
        patched.setattr(web.tasks.actions, "complete", full)
        answer = nurse.post(f"/opgaver/{number}", data=form)
    assert answer.status_code == 503
    assert "Disken er fuld" in answer.text
    kept = dict(
        re.findall(r'<input type="hidden" name="(svar\.[^"]+)" value="([^"]*)">', answer.text)
    )
    assert kept["svar.begrundelse"] == "Lang og god."
    again = nurse.post(f"/opgaver/{number}", data={**kept, "csrf": csrf(answer.text)})
    assert again.status_code == 302


def test_a_suspended_pathway_says_so_before_and_after(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), an_open_task(demo, "foelg_op")
    with store_of(demo).write() as db:
        mine = select(task.c.instance_id).where(task.c.id == number).scalar_subquery()
        db.execute(update(instance).where(instance.c.id == mine).values(status="suspended"))
    page = nurse.get(f"/opgaver/{number}").text
    assert "Driften har sat forløbet på pause" in page
    form = {"csrf": csrf(page), "svar.eskaler": "false", "svar.notat": "Ringet to gange."}
    answer = nurse.post(f"/opgaver/{number}", data=form)
    assert answer.status_code == 409
    assert "Opgaven er ikke sendt" in answer.text
    assert "Ringet to gange." in answer.text
    assert "En anden kom først" not in answer.text


def test_a_name_that_is_searched_for_stands_in_no_address(as_: Login) -> None:
    adviser, citizen = as_("kommune"), CITIZENS[1]
    for path in ("/sager", "/"):
        page = adviser.get(path).text
        search = re.search(r'<form[^>]*role="search"[^>]*>', page)
        assert search is not None
        assert 'method="post"' in search[0]
        for words in (citizen.name, citizen.cpr, citizen.cpr.replace("-", "")):
            found = adviser.post(path, data={"csrf": csrf(page), "q": words, "vis": "alle"}).text
            rows = re.findall(r'class="st-task[ "]', found)
            assert len(rows) == 1
            assert citizen.name in found
            assert citizen.cpr not in " ".join(re.findall(r'(?:href|action)="([^"]*)"', found))


def test_no_list_shows_a_cpr_number(as_: Login) -> None:
    for login in ("sygeplejerske", "kommune", "leder"):
        client = as_(login)
        for path in ("/?vis=alle", "/sager", "/forloeb"):
            assert not re.search(r"\d{6}-\d{4}", client.get(path).text)


@pytest.mark.parametrize(("login", "pages"), [("designer", 2), ("drift", 4), ("leder", 7)])
def test_the_menu_has_only_pages_that_hold_something(as_: Login, login: str, pages: int) -> None:
    client = as_(login)
    text = client.get("/", follow_redirects=True).text
    menu = re.search(r'<ul class="mainmenu">(.*?)</ul>', text, re.DOTALL)
    assert menu is not None
    links = re.findall(r'href="([^"]+)"', menu[1])
    assert len(links) == pages
    assert all(client.get(link).status_code == 200 for link in links)


def test_a_new_case_says_what_is_missing_and_keeps_the_rest(as_: Login) -> None:
    nurse = as_("sygeplejerske")
    page = nurse.get("/sager/ny?aftale=midtjylland").text
    form = {"csrf": csrf(page), "aftale": "midtjylland", "name": "Åse Ærlig", "cpr": "310278-1016"}
    party = {"party:Regionspsykiatrien": "Retspsykiatrisk Afdeling, Aarhus"}
    for more, told in (
        ({"cpr": "", **party}, "Skriv borgerens CPR-nummer"),
        (party, "CPR-nummer har ti cifre"),
        ({}, "Vælg mindst én part"),
        ({"cpr": "700391-1017", "party:Regionspsykiatrien": "Findes ikke"}, "enhed"),
    ):
        answer = nurse.post("/sager/ny", data={**form, **more})
        assert answer.status_code == 422
        assert told in unescape(answer.text)
        assert 'value="Åse Ærlig"' in answer.text
    assert nurse.get("/sager/ny?aftale=atlantis").status_code == 422


def test_a_look_at_a_case_is_noted_once_for_each_thing_seen(demo: Flask, as_: Login) -> None:
    adviser = as_("kommune")
    address = re.findall(r'href="(/sager/\d+)"', adviser.get("/sager").text)[0]
    before = clock()
    adviser.get(address)
    with store_of(demo).read() as db:
        seen = list(db.scalars(select(audit.c.what).where(audit.c.at >= before)))
    looks = [what for what in seen if what.startswith("saw_") and what != "saw_cases"]
    assert sorted(looks) == ["saw_actions", "saw_case", "saw_timeline"]


def test_every_page_is_whole_in_english(as_: Login) -> None:
    doctor = as_("laege")
    doctor.post("/sprog", data={"csrf": csrf(doctor.get("/").text), "language": "en", "next": "/"})
    page = doctor.get("/?vis=alle").text
    assert "All in my units" in page
    task_page = doctor.get(re.findall(r'href="(/opgaver/\d+)"', page)[0]).text
    assert "Why you have this task" in task_page
    assert "Derfor har du opgaven" not in task_page


def test_a_reminder_leaves_the_inbox_when_it_is_seen(as_: Login) -> None:
    adviser = as_("kommune")
    page = adviser.get("/").text
    first = re.findall(r'action="(/paamindelser/\d+)"', page)[0]
    assert adviser.post(first, data={"csrf": csrf(page)}).status_code == 302
    assert first not in adviser.get("/").text


def test_enter_sends_a_form_and_takes_no_row_away(as_: Login) -> None:
    nurse = as_("sygeplejerske")
    case = re.search(r'href="(/sager/\d+)"', nurse.get("/sager").text)
    assert case is not None
    acts = re.findall(rf'href="({case[1]}/handling/[^"]+)"', nurse.get(case[1]).text)
    assert acts
    for address in acts:
        form = nurse.get(address).text.split('<form class="st-form')[1].split("</form>")[0]
        # A browser presses the first button of the form, so nothing else may stand before this one.
        assert re.findall(r"<button[^>]*>", form)[0].startswith(
            '<button class="st-default" type="submit"'
        )


def test_a_pathway_of_one_version_is_not_called_two(as_: Login) -> None:
    page = as_("laege").get("/forloeb/midtjylland-planrunde/udgaver").text
    assert "Forløbet har kun denne ene udgave." in page
    assert "<title>Udgaver: Planrunde ved genindlæggelse" in page
    assert "Udgave 1 og 1" not in page
