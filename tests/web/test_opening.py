"""A new case meets the agreement's gate: too young, from another region, outside the target group, or let in and on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine import actions, logins, queries
from engine.store import Store
from engine.tables import case
from stafet.demo.people import PASSWORD
from tests.web.house import demo_site

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
OTHER = "720685-1033"
ADULT, SEVENTEEN, TEN = "700391-1017", "611208-6015", "611215-6016"
PSYCHIATRY = {"hovedstaden": {"Psykiatrisk center": "Psykiatrisk Center Hillerød"}}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The whole site with the demo's people."""
    folder = tmp_path_factory.mktemp("gate")
    with demo_site(folder, made=NOW, now=lambda: NOW + timedelta(minutes=1)) as site:
        yield site


@pytest.fixture
def nurse(demo: Flask) -> FlaskClient:
    """A browser in which the nurse is logged in."""
    client = demo.test_client()
    form = {"csrf": csrf(client.get("/log-ind").text), "login": "sygeplejerske"}
    assert client.post("/log-ind", data={**form, "password": PASSWORD}).status_code == 302
    return client


def csrf(page: str) -> str:
    """The token that the page carries."""
    return page.split('name="csrf" value="')[1].split('"')[0]


def cases(demo: Flask) -> int:
    """How many cases there are."""
    store: Store = demo.extensions["stafet"].store
    with store.read() as db:
        return int(db.execute(select(func.count()).select_from(case)).scalar_one())


def page(nurse: FlaskClient, agreement: str, **typed: str) -> Any:
    """The form of a new case, sent."""
    text = nurse.get(f"/sager/ny?aftale={agreement}").text
    parties = {f"party:{p}": u for p, u in PSYCHIATRY.get(agreement, {}).items()}
    data = {"csrf": csrf(text), "aftale": agreement, "name": "Åse Ærlig", "cpr": ADULT}
    return nurse.post("/sager/ny", data={**data, **parties, **typed})


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"cpr": TEN}, "Aftalen gælder voksne over 18 år. Børn og unge følger deres egne aftaler"),
        ({"svar.kommune": "Odense"}, "Kommunen hører ikke til Region Hovedstaden"),
        ({"svar.sindslidelse": "false"}, "Aftalen gælder borgere med en sindslidelse. Brug"),
        (
            {"svar.behov_for_begge": "false"},
            "brug for både behandling og kommunal støtte. Den ene part",
        ),
    ],
)
def test_who_is_outside_the_agreement_is_told_why_and_where_to_go(
    demo: Flask, nurse: FlaskClient, typed: dict[str, str], told: str
) -> None:
    before = cases(demo)
    answer = page(nurse, "hovedstaden", **typed)
    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert 'value="Åse Ærlig"' in answer.text
    assert cases(demo) == before


def test_a_municipality_of_another_region_points_to_its_agreement(nurse: FlaskClient) -> None:
    text = unescape(page(nurse, "hovedstaden", **{"svar.kommune": "Viborg"}).text)
    assert "/sager/ny?aftale=midtjylland" in text
    assert "/sager/ny?aftale=sjaelland" not in text


def test_an_adult_of_the_region_comes_in_and_on_to_the_pathway_that_fits(
    nurse: FlaskClient,
) -> None:
    """The answer to where the citizen is leads to that pathway's first page."""
    told = {"kommune": "Hillerød", "sindslidelse": "true", "situation": "udskrives"}
    answer = page(nurse, "hovedstaden", **{f"svar.{k}": v for k, v in told.items()})
    assert answer.status_code == 302
    assert answer.location.endswith("/handling/hovedstaden-faerdigmelding")
    assert nurse.get(answer.location).status_code == 200


@pytest.mark.parametrize("agreement", ["hovedstaden", "nordjylland-dobbeltdiagnose"])
def test_the_same_form_sent_again_leads_to_the_case_that_it_opened(
    demo: Flask, nurse: FlaskClient, agreement: str
) -> None:
    """As a browser without scripts does where the button is pressed twice."""
    about = "om=anonym" if agreement != "hovedstaden" else "om=borger"
    text = nurse.get(f"/sager/ny?aftale={agreement}&{about}").text
    own = dict(
        re.findall(
            r'<select[^>]*name="(party:[^"]+)".*?<option value="([^"]+)" selected', text, re.S
        )
    )
    form = {"csrf": csrf(text), "mark": marked(text), "aftale": agreement, "om": about[3:]}
    form |= own or {f"party:{p}": u for p, u in PSYCHIATRY["hovedstaden"].items()}
    form |= {"name": "Åse Ærlig", "cpr": ADULT}
    before = cases(demo)
    first, again = (nurse.post("/sager/ny", data=form) for _ in range(2))
    assert first.status_code == again.status_code == 302
    assert first.location == again.location
    assert cases(demo) == before + 1
    assert nurse.post("/sager/ny", data={**form, "mark": "en-anden"}).status_code == 302
    if about == "om=borger":
        assert nurse.post("/sager/ny", data={**form, "cpr": OTHER}).location != first.location
    assert cases(demo) == before + 2 + (about == "om=borger")


def test_the_same_start_sent_again_leads_to_the_walk_that_it_began(
    demo: Flask, nurse: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_page = page(nurse, "hovedstaden").location
    address = re.search(r'href="([^"]+/handling/[^"]+)"', nurse.get(case_page).text)
    assert address is not None
    text = nurse.get(address[1]).text
    form = {"csrf": csrf(text), "mark": marked(text)}
    form |= dict.fromkeys(re.findall(r'type="checkbox" name="([^"]+)"', text), "true")
    first, again = (nurse.post(address[1], data=form) for _ in range(2))
    assert (first.status_code, again.status_code) == (302, 302), first.text
    assert re.fullmatch(re.escape(first.location) + r"#walk-\d+", again.location)
    assert nurse.get(case_page).text.count('<h2 id="walk-') == 1
    # The first was kept after the second had looked for it, and what runs once is no longer offered.
    looked, kept = iter([None]), actions.done_with
    monkeypatch.setattr(actions, "done_with", lambda *a, **k: next(looked, kept(*a, **k)))
    monkeypatch.setattr(queries, "actions", lambda *a, **k: [])
    assert nurse.post(address[1], data=form).location == again.location


def marked(page: str) -> str:
    """What tells this form from every other."""
    return page.split('name="mark" value="')[1].split('"')[0]


def test_the_questions_may_be_left_unanswered(nurse: FlaskClient) -> None:
    answer = page(nurse, "hovedstaden")
    assert answer.status_code == 302
    assert "/handling/" not in answer.location


def test_who_is_seventeen_may_begin_the_way_to_adult_psychiatry(nurse: FlaskClient) -> None:
    assert page(nurse, "hovedstaden", cpr=SEVENTEEN).status_code == 302
    assert page(nurse, "nordjylland-team", cpr=SEVENTEEN).status_code == 422


# ---- the same over HTTP ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cpr", "basis", "code", "field"),
    [
        (TEN, {}, "citizen_too_young", "citizen.cpr"),
        (ADULT, {"kommune": "Viborg"}, "other_region", "basis.kommune"),
        (ADULT, {"sindslidelse": False}, "outside_target_group", "basis"),
        (ADULT, {"kommune": "Atlantis"}, "form_invalid", "basis.kommune"),
    ],
)
def test_the_interface_refuses_with_a_code_and_a_sentence_by_field(
    demo: Flask, cpr: str, basis: dict[str, Any], code: str, field: str
) -> None:
    answer = ask(demo, cpr, basis)
    assert answer.status_code == 422
    said = json.loads(answer.data)
    assert said["code"] == code
    assert said["errors"][field]


def test_the_interface_opens_a_case_without_questions(demo: Flask) -> None:
    assert ask(demo, ADULT, None).status_code == 201


def ask(demo: Flask, cpr: str, basis: dict[str, Any] | None) -> Any:
    """`POST /cases` in Hovedstaden."""
    store: Store = demo.extensions["stafet"].store
    token = logins.make_token(store, "sygeplejerske", now=NOW)
    body = {
        "agreement": "hovedstaden",
        "citizen": {"cpr": cpr, "name": "Åse Ærlig"},
        "parties": PSYCHIATRY["hovedstaden"],
        **({} if basis is None else {"basis": basis}),
    }
    return demo.test_client().post(
        "/api/v1/cases", json=body, headers={"Authorization": f"Bearer {token}"}
    )


@pytest.mark.parametrize(
    ("agreement", "om", "parties", "told"),
    [
        ("nordjylland-dobbeltdiagnose", "anonym", {}, "Skriv intet, der viser, hvem borgeren er"),
        ("midtjylland", "aftale", {}, "Her holdes det, der gentager sig"),
    ],
)
def test_a_case_about_nobody_is_opened_without_a_name(
    demo: Flask, nurse: FlaskClient, agreement: str, om: str, parties: dict[str, str], told: str
) -> None:
    text = unescape(nurse.get(f"/sager/ny?aftale={agreement}&om={om}").text)
    assert told in text
    assert 'name="cpr"' not in text
    chosen = re.findall(r'<select[^>]*name="(party:[^"]+)"[^>]*>(.*?)</select>', text, re.S)
    own = {
        name: unit
        for name, inner in chosen
        for unit in re.findall(r'<option value="([^"]+)" selected', inner)
    }
    assert own
    form = {"csrf": csrf(text), "aftale": agreement, "om": om}
    assert nurse.post("/sager/ny", data=form).status_code == 422
    answer = nurse.post("/sager/ny", data={**form, **own})
    assert answer.status_code == 302
    number = answer.location.rsplit("/", 1)[-1]
    shown = unescape(nurse.get(answer.location).text)
    name = f"Anonym henvendelse, sag {number}" if om == "anonym" else f"Om aftalen, sag {number}"
    assert f"<h1>{name}</h1>" in shown
    assert "CPR" not in shown.split("<main")[1].split("</main>")[0]
    assert name in unescape(nurse.get("/sager").text)


def test_only_an_agreement_with_such_a_pathway_offers_a_case_about_nobody(
    nurse: FlaskClient,
) -> None:
    text = nurse.get("/sager/ny?aftale=midtjylland").text
    assert "om=aftale" in text
    # An unknown word is a citizen's case.
    assert 'name="cpr"' in nurse.get("/sager/ny?aftale=midtjylland&om=nogen").text
