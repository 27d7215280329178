"""The studio over pages and API: files brought in; bad input gets a sentence naming the element, the draft stays."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from engine import tables
from engine.compare import beside, diagrams
from engine.logins import make_token
from engine.studio.checking import judged
from engine.studio.shelf import shelf
from engine.studio.sources import as_source
from stafet.demo.people import PASSWORD
from tests.store.test_worklist import CAMUNDA
from tests.web.house import demo_site, store_of
from web.compared_words import kind_of

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
AGREEMENT, KEY = "midtjylland", "midtjylland-planrunde"
AGREEMENTS = (
    "midtjylland",
    "hovedstaden",
    "sjaelland",
    "nordjylland-team",
    "nordjylland-dobbeltdiagnose",
)
PLACE = "midtjylland/planrunde"
TOML = "midtjylland/agreement.toml"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The whole site with the demo's people."""
    folder = tmp_path_factory.mktemp("studio")
    with demo_site(folder, made=NOW, now=lambda: NOW + timedelta(minutes=1)) as site:
        yield site


@pytest.fixture
def sofie(demo: Flask) -> FlaskClient:
    """A browser in which the designer is logged in."""
    return logged_in(demo, "designer")


def logged_in(demo: Flask, login: str) -> FlaskClient:
    """A browser in which a person of the demo is logged in."""
    client = demo.test_client()
    form = {"csrf": csrf(client.get("/log-ind").text), "login": login}
    assert client.post("/log-ind", data={**form, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture(scope="module")
def api(demo: Flask) -> FlaskClient:
    """A client that sends the designer's token."""
    client = demo.test_client()
    token = make_token(demo.extensions["stafet"].store, "designer", now=NOW)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def csrf(page: str) -> str:
    """The token that the page carries."""
    return page.split('name="csrf" value="')[1].split('"')[0]


def texts(data: bytes) -> dict[str, str]:
    """The files of a zip by path."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def packed(files: dict[str, str]) -> bytes:
    """The files as a zip."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return made.getvalue()


def bring(client: FlaskClient, data: bytes, name: str) -> Any:
    """A file brought in by the page; the body by hand, since the client's own leaves a large one's file open."""
    head = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n'.format
    parts = (
        (head("csrf", ""), csrf(client.get("/studie").text).encode()),
        (head("fil", f'; filename="{name}"'), data),
    )
    body = b"".join(b"--grense\r\n" + says.encode() + held + b"\r\n" for says, held in parts)
    kind = "multipart/form-data; boundary=grense"
    place = f"/studie/{AGREEMENT}/hent-ind"
    return client.post(place, data=body + b"--grense--\r\n", content_type=kind)


def test_what_came_and_what_was_not_taken_is_said(sofie: FlaskClient, api: FlaskClient) -> None:
    before = texts(sofie.get(f"/studie/{AGREEMENT}/mappe.zip").data)
    test = next(path for path in before if path.startswith(f"{PLACE}/scenarios/"))
    settings = before | {TOML: before[TOML] + "# ny\n"}
    refused = bring(sofie, packed(settings), "midtjylland.zip")
    assert refused.status_code == 422
    assert "ikke noget, studiet ændrer" in refused.text
    assert "<code>midtjylland/agreement.toml</code>: Aftalens indstillinger" in refused.text
    more = settings | {f"{PLACE}/scenarios/hentet.yaml": before[test]}
    taken = bring(sofie, packed(more), "midtjylland.zip")
    assert taken.status_code == 200
    assert "Scenarie gemt:" in taken.text
    assert f'href="/studie/{AGREEMENT}/{KEY}/afspil">hentet</a>' in taken.text
    assert "<code>midtjylland/agreement.toml</code>" in taken.text
    # It is a test of the pathway now, and it comes out again.
    assert texts(sofie.get(f"/studie/{AGREEMENT}/mappe.zip").data) == more | {TOML: before[TOML]}
    again = api.post(f"/api/v1/folders/{AGREEMENT}", data=packed(settings))
    assert (again.status_code, again.get_json()["code"]) == (422, "nothing_taken")
    assert set(again.get_json()["errors"]) == {TOML}
    rewritten = more | {f"{PLACE}/README.md": "# Ny\n"}
    answer = api.post(f"/api/v1/folders/{AGREEMENT}", data=packed(rewritten))
    assert answer.status_code == 201, answer.get_json()
    assert answer.get_json() == {
        "items": [], "scenarios": [], "rewritten": [KEY], "left": [{"path": TOML, "why": "settings"}],
    }  # fmt: skip


def test_what_another_editor_left_is_ticked_without_scripts(
    sofie: FlaskClient, demo: Flask
) -> None:
    assert bring(sofie, CAMUNDA.encode(), "Camunda.bpmn").status_code == 302
    here = f"/studie/{AGREEMENT}/midtjylland-camunda"
    page = sofie.get(f"{here}/afklaring")
    (total,) = re.findall(r"0 af (\d+) afklaret", page.text)
    assert f'href="{here}#kald">Hent svar</a>' in page.text
    assert "antal &gt; 3" in page.text
    assert "nævn den i »Formular«" in page.text
    for place in (here, f"{here}/godkend"):
        assert f"{here}/afklaring" in sofie.get(place).text
    assert f"{total} af {total} ting" in sofie.get(f"{here}/godkend").text
    (nth, *_more) = re.findall(r'name="punkt" value="(\d+)"', page.text)
    form = {"csrf": csrf(page.text), "punkt": nth, "do": "afklaret"}
    answer = sofie.post(f"{here}/afklaring", data=form)
    assert (answer.status_code, answer.location) == (302, f"{here}/afklaring#punkt-{nth}")
    assert f"1 af {total} afklaret" in sofie.get(here).text
    after = sofie.get(f"{here}/afklaring").text
    assert "Sofie Munk, " in after
    assert f'id="punkt-{nth}"' in after.split("Færdige")[1]
    # What lint refuses is mended, not ticked; what is no number is nobody's.
    tried = [
        sofie.post(f"{here}/afklaring", data={**form, "punkt": str(n)}) for n in range(int(total))
    ]
    (wrong, *_more) = [one for one in tried if one.status_code == 422]
    assert "Det retter sig selv" in unescape(wrong.text)
    assert sofie.post(f"{here}/afklaring", data={**form, "punkt": "²"}).status_code == 400
    assert sofie.post(f"{here}/afklaring", data={**form, "punkt": total}).status_code == 404
    with demo.extensions["stafet"].store.write() as db:
        db.execute(delete(tables.draft))


# ---- bad input -----------------------------------------------------------------------------
FROM_2011 = (
    b'<?xml version="1.0" encoding="ISO-8859-1"?><definitions xmlns="http://schema.omg.org/spec/BPMN/2.0">'
    b'<process id="p" name="Fra 2011"><startEvent id="s"/><userTask id="t" name="Sp\xf8rg naboen"/><endEvent id="e"/>'
    b'<sequenceFlow id="f" sourceRef="s" targetRef="t"/><sequenceFlow id="g" sourceRef="t" targetRef="e"/>'
    b"</process></definitions>"
)


class Draft:
    """Planrunde's draft over the API, thrown away afterwards."""

    def __init__(self, api: FlaskClient) -> None:
        self.api, self.place = api, f"/api/v1/drafts/{AGREEMENT}/{KEY}"

    def now(self) -> dict[str, Any]:
        """As it is kept."""
        found: dict[str, Any] = self.api.get(self.place).get_json()
        return found

    def save(self, **changed: Any) -> Any:
        """Save over what is kept; the answer."""
        return self.api.put(self.place, json={"version": self.now()["version"], **changed})

    def lint(self, **more: Any) -> list[str]:
        """What the server says of it, the errors."""
        asked = {"bpmn": self.now()["bpmn"], "agreement": AGREEMENT, "key": KEY, **more}
        found = self.api.post("/api/v1/processes/lint", json=asked).get_json()["items"]
        return [one["message"] for one in found if one["severity"] == "error"]


@pytest.fixture
def draft(demo: Flask, api: FlaskClient) -> Iterator[Draft]:
    """A draft of planrunde that differs in one deadline."""
    made = Draft(api)
    bpmn = made.now()["bpmn"].replace('stafet:frist="3 hverdage"', 'stafet:frist="4 hverdage"')
    assert made.save(bpmn=bpmn).status_code == 200
    yield made
    with demo.extensions["stafet"].store.write() as db:
        db.execute(delete(tables.draft))


def decide(client: FlaskClient, do: str, key: str = KEY, **more: str) -> Any:
    """A press on the page where a draft is sent and approved."""
    page = f"/studie/{AGREEMENT}/{key}/godkend"
    form = {"csrf": csrf(client.get(page).text), "do": do, "note": "Prøvet i en test", **more}
    return client.post(page, data=form)


def refused(answer: Any, *words: str) -> None:
    """It is a page with the words, no crash."""
    assert answer.status_code in (409, 413, 422), answer.text[:300]
    for word in words:
        assert word in unescape(answer.text), word


def test_broken_xml_is_kept_and_told(sofie: FlaskClient, draft: Draft) -> None:
    broken = draft.now()["bpmn"][:2_000]
    assert draft.save(bpmn=broken).status_code == 200
    (said,) = draft.lint()
    assert "linje" in said
    refused(decide(sofie, "submit"), said)
    assert draft.now()["bpmn"] == broken
    assert sofie.get(f"/studie/{AGREEMENT}/{KEY}").status_code == 200


def test_a_diagram_from_2011_is_kept_and_names_what_it_lacks(
    sofie: FlaskClient, api: FlaskClient, draft: Draft
) -> None:
    assert bring(sofie, FROM_2011, "Gammelt forløb.bpmn").status_code == 302
    key = "midtjylland-gammelt-forloeb"
    refused(decide(sofie, "submit", key), "Spørg naboen")
    kept = api.get(f"/api/v1/drafts/{AGREEMENT}/{key}").get_json()
    assert (kept["status"], "Spørg naboen" in kept["bpmn"]) == ("editing", True)


def test_a_form_deleted_under_a_task_names_the_task(sofie: FlaskClient, draft: Draft) -> None:
    bpmn = draft.now()["bpmn"]
    assert draft.save(forms={"accept": None}).status_code == 200
    said = draft.lint()
    assert any("accept" in one and "“" in one for one in said), said
    refused(decide(sofie, "submit"), *said, f'href="/studie/{AGREEMENT}/{KEY}#accepter_plan"')
    # Who reads English is told in English.
    sofie.set_cookie("stafet_sprog", "en")
    refused(decide(sofie, "submit"), "uses the form “accept”, which does not exist")
    assert draft.now()["bpmn"] == bpmn


def test_a_condition_with_a_typo_names_its_flow(sofie: FlaskClient, draft: Draft) -> None:
    bpmn = draft.now()["bpmn"]
    place = bpmn.index("<bpmn:conditionExpression")
    start = bpmn.index(">", place) + 1
    typo = (
        bpmn[:start] + "= enighed = = ja" + bpmn[bpmn.index("</bpmn:conditionExpression>", start) :]
    )
    assert draft.save(bpmn=typo).status_code == 200
    said = draft.lint()
    assert any("betingelsen på “" in one and "= enighed = = ja" in one for one in said), said
    refused(decide(sofie, "submit"), *said)
    assert draft.now()["bpmn"] == typo


@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_every_pathway_can_be_sent_as_it_is(demo: Flask, agreement: str) -> None:
    """What others hand to a pathway and tell it is known where a draft is sent, as it is in the drawing."""
    with store_of(demo).read() as db:
        found = shelf(db, agreement, NOW)
    wrong = {}
    for key, source in found.sources.items():
        kept = {"key": key, "bpmn": source.bpmn, "forms": {}, "decisions": {}, "base_version": 1}
        sent = as_source(found, cast(Any, SimpleNamespace(**kept)))
        wrong[key] = [str(one) for one in judged(found, sent) if one.severity == "error"]
    assert {key: said for key, said in wrong.items() if said} == {}


def test_an_expression_is_told_about_while_it_is_typed(sofie: FlaskClient) -> None:
    here = f"/studie/{AGREEMENT}/{KEY}"
    form = {"csrf": csrf(sofie.get(here).text), "udtryk": "=accept == true"}
    said = sofie.post(f"{here}/udtryk", data=form).get_json()["problem"]
    assert said == "Linje 1, tegn 10 kan ikke læses: der ventes en værdi. Mente du “=”?"
    sofie.set_cookie("stafet_sprog", "en")
    said = sofie.post(f"{here}/udtryk", data=form).get_json()["problem"]
    assert said == ("Line 1, character 10 cannot be read: a value is expected. Did you mean “=”?")


def test_each_kind_of_thing_that_can_differ_has_a_word(demo: Flask) -> None:
    kinds = {
        *diagrams.KINDS,
        *beside.KINDS,
        "form",
        "field",
        "formRule",
        "decisionTable",
        "parameter",
    }
    with demo.test_request_context():
        assert {kind for kind in kinds if kind_of(kind) == kind} == set()


def test_a_diagram_of_5_mb_gets_a_sentence_that_names_the_limit(
    sofie: FlaskClient, api: FlaskClient, draft: Draft
) -> None:
    before = draft.now()
    for size, status, code, most in (
        (5_000_000, 413, "too_large", "4 MB"), (2_500_000, 422, "draft_too_large", "2 MB")
    ):  # fmt: skip
        big = before["bpmn"].replace(
            "</bpmn:definitions>", f"<!--{'x' * size}--></bpmn:definitions>"
        )
        answer = draft.save(bpmn=big)
        assert (answer.status_code, answer.get_json()["code"]) == (status, code)
        assert most in answer.get_json()["message"]
        refused(bring(sofie, big.encode(), "stor.bpmn"), most)
        folded = api.post(f"/api/v1/folders/{AGREEMENT}?name=stor.bpmn", data=big.encode())
        assert (folded.status_code, folded.get_json()["code"]) == (status, code)
    inside = packed({f"{PLACE}/planrunde.bpmn": "x" * 2_500_000})
    refused(bring(sofie, inside, "mappe.zip"), f"{PLACE}/planrunde.bpmn", "2 MB")
    refused(bring(sofie, packed({f"{PLACE}/a.md": "x" * 5_500_000}), "mappe.zip"), "5 MB", "40 MB")
    assert draft.now() == before
    assert "Højst 4 MB i alt og 2 MB for hvert diagram" in sofie.get("/studie").text


def test_of_two_who_deploy_at_once_the_second_is_told(
    sofie: FlaskClient, demo: Flask, draft: Draft
) -> None:
    assert decide(sofie, "submit").status_code == 302
    leader, second = logged_in(demo, "leder"), logged_in(demo, "leder")
    page = f"/studie/{AGREEMENT}/{KEY}/godkend"
    # Both look at the same save; a third person's change of it in between is no approval of that either.
    looked = {"csrf": csrf(second.get(page).text), "do": "approve"}
    refused(second.post(page, data={**looked, "version": "99"}), "er ikke sendt til godkendelse")
    assert draft.now()["status"] == "submitted"
    assert decide(leader, "approve").status_code == 302
    refused(second.post(page, data=looked), "Kladden er der ikke mere")
    # Who drew on from the version before is shown the new one first.
    store = demo.extensions["stafet"].store
    assert draft.save(bpmn=draft.now()["bpmn"] + "<!-- -->").status_code == 200
    with store.write() as db:
        db.execute(update(tables.draft).values(base_version=1))
    refused(decide(sofie, "submit"), "udgave")
    assert draft.now()["status"] == "editing"


def test_a_version_is_brought_back_while_its_pathway_runs(
    sofie: FlaskClient, demo: Flask, draft: Draft
) -> None:
    other = re.sub(r'(stafet:frist)="\d hverdage"', r'\1="6 hverdage"', draft.now()["bpmn"])
    assert draft.save(bpmn=other).status_code == 200
    assert decide(sofie, "submit").status_code == 302
    assert decide(logged_in(demo, "leder"), "approve").status_code == 302
    store = demo.extensions["stafet"].store
    with store.read() as db:
        counted = select(tables.instance.c.pathway_id, func.count()).group_by(
            tables.instance.c.pathway_id
        )
        before = sorted(tuple(row) for row in db.execute(counted))
    page = f"/studie/{AGREEMENT}/{KEY}/tilbage/1"
    shown = sofie.get(page)
    assert "i gang" in shown.text
    form = {"csrf": csrf(shown.text)}
    refused(sofie.post(page, data=form), "Skriv, hvorfor forløbet skal tilbage")
    assert sofie.post(page, data={**form, "note": "Den gamle frist"}).status_code == 302
    refused(sofie.post(page, data={**form, "note": "Igen"}), "har en kladde i forvejen")
    assert decide(logged_in(demo, "leder"), "approve").status_code == 302
    # Who runs stays in the version that it began in.
    with store.read() as db:
        assert sorted(tuple(row) for row in db.execute(counted)) == before


# ---- playing -----------------------------------------------------------------------------
def test_a_play_is_about_whom_the_pathway_runs_on_and_says_so(sofie: FlaskClient) -> None:
    place = "/studie/midtjylland/midtjylland-risikoliste-gennemgang/afspil"
    page = sofie.get(place).text
    form = {"csrf": csrf(page), "_start": "22.12.2026 kl. 10.00", "_fra": "juster_team"}
    refused = sofie.post(place, data={**form, "_om": "anonym"})
    assert refused.status_code == 422
    assert "Vælg, hvem sagen handler om." in refused.text
    begun = sofie.post(place, data={**form, "_om": "aftale"})
    assert begun.status_code == 302
    assert "sagen handler om: Aftalen selv, ingen borger" in sofie.get(begun.location).text
