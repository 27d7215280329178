"""The inbox's page: filters that are kept, several tasks at once, and a minute to undo."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.test_pages import Login, as_, csrf, demo  # noqa: F401  — the same house


def _post(client: FlaskClient, path: str, **form: object) -> tuple[int, str]:
    page = client.get("/").text
    answer = client.post(path, data={"csrf": csrf(page), **form}, follow_redirects=True)
    return answer.status_code, unescape(answer.text)


def _mine(client: FlaskClient) -> list[str]:
    return re.findall(r'id="pick-(\d+)"', client.get("/?vis=mine").text)


def _free(client: FlaskClient) -> list[str]:
    return re.findall(r'id="pick-(\d+)"', client.get("/?vis=ledige").text)


def _menu(client: FlaskClient) -> int:
    found = re.search(r'class="st-count">(\d+)', client.get("/").text)
    return int(found[1]) if found else 0


def test_a_filter_is_an_address_and_a_search_is_not(as_: Login) -> None:  # noqa: F811
    nurse = as_("sygeplejerske")
    form = {"csrf": csrf(nurse.get("/").text), "vis": "alle", "q": "", "frist": "uden"}
    answer = nurse.post("/", data=form)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/?vis=alle&frist=uden"
    page = nurse.get(answer.headers["Location"]).text
    assert '<option value="uden" selected>' in page
    assert 'class="st-task__due"><strong>' not in page
    assert 'class="st-task__due"><strong>' in nurse.get("/?vis=alle").text
    searched = nurse.post("/", data={**form, "q": "Plan"})
    assert searched.status_code == 200


def test_what_ones_roles_may_take_is_a_view_of_its_own(as_: Login) -> None:  # noqa: F811
    nurse = as_("sygeplejerske")
    page = nurse.get("/?vis=roller").text
    mine = re.findall(r'id="pick-(\d+)"', page)
    assert 0 < len(mine) <= len(_free(nurse))
    assert set(mine) <= set(_free(nurse))
    tab = re.search(
        r'vis=roller" class="tab-button" aria-current="true"><span>Mine roller \((\d+)', page
    )
    assert tab is not None
    assert int(tab[1]) == len(mine) == page.count(">Tag<span")
    # A doctor's tasks are not a nurse's.
    theirs = re.findall(r'id="pick-(\d+)"', as_("laege").get("/?vis=roller").text)
    assert set(theirs) - set(mine)
    status, page = _post(nurse, "/filtre", vis="roller", navn="Til os")
    assert (status, 'href="/?vis=roller" aria-current="true">Til os' in page) == (200, True)


@pytest.mark.parametrize(
    "query",
    ["vis=x", "enhed=9999", "enhed=x", "frist=i%20g%C3%A5r", "part=%00", "forloeb=findes-ikke"],
)
def test_an_address_of_ones_own_making_is_a_page(as_: Login, query: str) -> None:  # noqa: F811
    assert as_("sygeplejerske").get(f"/?{query}").status_code == 200


def test_a_filter_is_kept_shared_and_removed(as_: Login) -> None:  # noqa: F811
    nurse, sara, adviser = as_("sygeplejerske"), as_("sara"), as_("kommune")
    status, page = _post(
        nurse, "/filtre", vis="alle", frist="uge", navn="Ugens & andres", **{"del": "1"}
    )
    assert status == 200
    assert "Filteret er gemt" in page
    assert 'href="/?vis=alle&frist=uge" aria-current="true"' in page
    assert "Ugens & andres" in unescape(sara.get("/").text)
    assert "Ugens & andres" not in unescape(adviser.get("/").text)
    number = re.search(r"/filtre/(\d+)/fjern", page)
    assert number
    assert _post(sara, number[0])[0] == 404
    assert "Ugens" not in _post(nurse, number[0])[1]
    assert "Giv filteret et navn" in _post(nurse, "/filtre", vis="alle", navn=" ")[1]


def test_several_are_taken_at_once_and_for_a_minute_given_back(as_: Login) -> None:  # noqa: F811
    nurse = as_("sygeplejerske")
    wanted, before = _free(nurse)[:3], _menu(nurse)
    assert len(wanted) == 3
    status, page = _post(nurse, "/opgaver/flere", do="tag", opgave=wanted, next="/?vis=ledige")
    assert (status, "Du har taget 3 opgaver" in page) == (200, True)
    assert _menu(nurse) == before + 3
    assert not set(wanted) & set(_free(nurse))
    _status, page = _post(nurse, "/opgaver/fortryd", opgave=wanted)
    assert "Det er fortrudt. 3 opgaver er, hvor de var." in page
    assert _menu(nurse) == before


def test_what_a_colleague_took_first_is_told_and_the_rest_is_done(as_: Login) -> None:  # noqa: F811
    nurse, sara = as_("sygeplejerske"), as_("sara")
    free = [one for one in _free(sara) if one in _free(nurse)]
    wanted = free[:2]
    assert _post(sara, "/opgaver/flere", do="tag", opgave=wanted[:1])[0] == 200
    _status, page = _post(nurse, "/opgaver/flere", do="tag", opgave=wanted)
    assert "Du har taget 1 opgave" in page
    assert "1 opgave kunne ikke: en kollega kom først" in page
    assert _post(nurse, "/opgaver/flere", do="tag", opgave=wanted[:1])[0] == 409


def test_several_are_handed_over_with_a_note(as_: Login) -> None:  # noqa: F811
    nurse, sara = as_("sygeplejerske"), as_("sara")
    wanted = [one for one in _free(nurse) if one in _free(sara)][:2]
    given = {"do": "overdrag", "opgave": wanted, "to": "sara", "note": "Kan du nå dem i dag?"}
    assert "2 opgaver er overdraget" in _post(nurse, "/opgaver/flere", **given)[1]
    page = unescape(sara.get(f"/opgaver/{wanted[0]}").text)
    assert "Mette Lindholm gav dig opgaven" in page
    assert "Kan du nå dem i dag?" in page


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"do": "tag"}, 422),
        ({"do": "overdrag", "opgave": "1"}, 422),
        ({"do": "slet", "opgave": "1"}, 422),
        ({"do": "tag", "opgave": ["x", "-1", "9" * 40]}, 422),
        ({"do": "tag", "opgave": "999999"}, 404),
    ],
)
def test_several_of_nothing(as_: Login, form: dict[str, object], status: int) -> None:  # noqa: F811
    assert _post(as_("sygeplejerske"), "/opgaver/flere", **form)[0] == status


def test_what_is_missing_is_told_in_the_list_and_nothing_is_lost(as_: Login) -> None:  # noqa: F811
    nurse = as_("sygeplejerske")
    one = (_mine(nurse) or _free(nurse))[0]
    given = {"do": "overdrag", "opgave": one, "note": "Tag den i dag", "next": "/?vis=alle"}
    status, page = _post(nurse, "/opgaver/flere", **given)
    assert status == 422
    assert 'href="#felt-to">Vælg den kollega, der skal have opgaverne.' in page
    assert re.search(rf'id="pick-{one}"[^>]* checked', page)
    assert 'value="Tag den i dag"' in page
    assert "Sæt kryds ved de opgaver" in _post(nurse, "/opgaver/flere", do="tag")[1]
    assert one in _mine(nurse) + _free(nurse)


def test_a_cpr_number_in_a_note_for_several_is_pointed_out_once(as_: Login) -> None:  # noqa: F811
    sara = as_("sara")
    one = (_mine(sara) or _free(sara))[0]
    given = {"do": "overdrag", "opgave": one, "to": "sygeplejerske", "note": "Om 700378-1016"}
    given["next"] = "/?vis=alle"
    status, page = _post(sara, "/opgaver/flere", **given)
    assert status == 422
    assert "Det ligner et CPR-nummer." in page
    assert '<input type="hidden" name="cpr" value="seen">' in page
    again = _post(sara, "/opgaver/flere", **given, cpr="seen")[1]
    assert 'id="felt-note-error"' not in again, "who sends it again means it"


def test_a_filter_without_a_name_is_told_at_its_field(as_: Login) -> None:  # noqa: F811
    nurse = as_("sygeplejerske")
    status, page = _post(nurse, "/filtre", vis="alle", navn="x" * 61)
    assert status == 422
    assert 'href="#felt-navn">Giv filteret et navn' in page
    assert f'value="{"x" * 61}" form="keep-filter"' in page
    # What an address says is not shown as if Stafet said it.
    assert "Ring til os" not in nurse.get("/?fejl=Ring%20til%20os").text


def test_nobody_is_led_to_another_site(demo: Flask, as_: Login) -> None:  # noqa: F811
    nurse = as_("sygeplejerske")
    page = nurse.get("/?vis=alle").text
    wanted = re.findall(r'id="pick-(\d+)"', page)[:1]
    form = {"csrf": csrf(page), "do": "tag", "opgave": wanted, "next": "//evil.example/?a=b"}
    assert nurse.post("/opgaver/flere", data=form).headers["Location"].startswith("/?")
