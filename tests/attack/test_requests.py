"""Requests that mean harm, to every address: forged forms, fields that are nobody's to set, headers, redirects."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine import logins
from tests.access.conftest import LATE, House
from tests.access.table import API, KINDS, Row, rows
from tests.attack.asking import address, ask, held, sent

TABLE = list(rows())
#: What every logged-in browser may send: choosing a language and leaving change nothing of anybody else.  An identity
#: provider's word that somebody has logged out comes from no browser, and proves itself (`tests/oidc/`).
ACTS = [
    row for row in TABLE if row.method != "GET" and row.rule not in ("/log-ind", "/log-ud/udbyder")
]
#: Where a body is read at all; `id` is a scenario's own name for itself.
BODIES = [row for row in ACTS if row.rule.startswith(API) and "yes" in row.answers and row.sends]
THEIRS = {f"{API}/simulations": {"id"}}
FOREIGN = "https://ond.example/stjael"
#: Fields of our tables that no request may set.
SET = {
    "id": 1, "person_id": 1, "unit_id": 1, "role": "leder", "roles": ["leder"], "citizen_id": 1, "created_by": 1,
    "approved_by": 1, "is_admin": True, "valid_from": "2020-01-01", "state": {}, "pathway_id": 1, "__proto__": {"x": 1},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _put_back(house: House) -> Iterator[None]:
    house.put_back()
    yield
    house.put_back()


def somebody(row: Row) -> str:
    """Who may do it."""
    return next(
        (who for who, told in zip(KINDS, row.answers, strict=True) if told == "yes" and who), "ida"
    )


@pytest.mark.parametrize("row", ACTS, ids=[row.name for row in ACTS])
def test_what_another_site_makes_a_browser_send_is_refused(house: House, row: Row) -> None:
    """The session's cookie alone does nothing, with no token, an empty one, somebody else's or an old one."""
    who = somebody(row)
    client = house.client(who, by_token=False)
    before = held(house)
    wrong = [
        "",
        "x",
        house.secrets["hanne" if who != "hanne" else "ida"].csrf,
        secrets.token_urlsafe(24),
    ]
    for token in [None, *wrong]:
        if row.rule.startswith(API):
            given = {} if token is None else {"X-CSRF-Token": token}
            answer = client.open(
                address(house, row), method=row.method, json=sent(house, row), headers=given
            )
        else:
            form = sent(house, row) | ({} if token is None else {"csrf": token})
            answer = client.post(address(house, row), data=form)
        assert answer.status_code == 403, token
        assert answer.headers.get("Set-Cookie") is None
    assert held(house) == before


@pytest.mark.parametrize("row", BODIES, ids=[row.name for row in BODIES])
def test_a_field_that_is_nobodys_to_set_is_refused_by_name(house: House, row: Row) -> None:
    before = held(house)
    for name, value in SET.items():
        if name in row.sends or name in THEIRS.get(row.rule, ()):
            continue
        answer = ask(house, row, somebody(row), more={name: value})
        assert answer.status_code == 422, (name, answer.text)
        said = answer.get_json()
        assert name in said.get("errors", said["message"]), answer.text
    assert held(house) == before


PAGES = [row for row in TABLE if not row.rule.startswith(API)]


@pytest.mark.parametrize("goal", [FOREIGN, "//ond.example", "/\\ond.example", "\\\\ond.example", "https:ond.example",
                                  "/%0d%0aSet-Cookie: x=1", "\r\nSet-Cookie: x=1", "javascript:alert(1)"])  # fmt: skip
def test_nobody_is_led_away(house: House, goal: str) -> None:
    """Whatever name a form or an address might have for where one goes next."""
    names = dict.fromkeys(
        ("next", "til", "back", "tilbage", "goal", "url", "return", "return_to", "redirect_uri"),
        goal,
    )
    for row in PAGES:
        who = somebody(row)
        if (
            "<" in row.rule
            and not set(re.findall(r"<(?:path:)?(\w+)>", row.rule)) <= house.names.keys()
        ):
            continue
        answer = ask(house, row, who, more=names)
        led = answer.headers.get("Location", "/")
        assert re.match(r"/(?![/\\])", led), row.name
        assert "x=1" not in str(answer.headers.getlist("Set-Cookie")), row.name
        if row.method != "GET" and answer.status_code < 400:
            house.put_back()


def test_no_link_leads_to_a_host_that_a_request_named(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the address that people type is known, links for other programs (feed, calendar) begin with it."""
    there = house.site.extensions["stafet"]
    own = "https://stafet.region.example"
    known = replace(there, settings=replace(there.settings, url=own))
    monkeypatch.setitem(house.site.extensions, "stafet", known)
    linked = set()
    for row in TABLE:
        if (
            "yes" not in row.answers
            or not set(re.findall(r"<(?:path:)?(\w+)>", row.rule)) <= house.names.keys()
        ):
            continue
        answer = ask(house, row, somebody(row), host="ond.example")
        assert b"ond.example" not in answer.data.replace(b"\r\n ", b""), row.name
        assert "ond.example" not in str(answer.headers), row.name
        if own.encode() in answer.data.replace(b"\r\n ", b""):  # calendars fold their lines
            linked.add(row.rule)
        if row.method != "GET" and answer.status_code < 400:
            house.put_back()
    assert linked >= {
        "/frister/adresse",
        "/moeder/<meeting_id>.ics",
        f"{API}/meetings/<meeting_id>.ics",
    }
    # Where nobody said the address, the request's own stands for it: so the name above did arrive.
    monkeypatch.setitem(
        house.site.extensions, "stafet", replace(there, settings=replace(there.settings, url=""))
    )
    (told,) = (row for row in TABLE if row.rule == "/moeder/<meeting_id>.ics")
    assert b"ond.example" in ask(house, told, somebody(told), host="ond.example").data


def test_a_form_that_led_somewhere_is_among_them(house: House) -> None:
    row = next(row for row in PAGES if row.rule == "/sprog" and row.method == "POST")
    assert ask(house, row, "ida", more={"next": "/sager"}).headers["Location"] == "/sager"


@pytest.mark.parametrize("text", ["a\r\nX-Ond: 1", "a\nINFO stafet.web ok", "a\x1b[2J", "a\u2028b"])
def test_nothing_that_is_sent_makes_a_line_of_the_log_or_a_header(
    house: House, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = house.client("", by_token=False)
    ida = house.client("ida", by_token=True)
    with caplog.at_level(logging.DEBUG):
        for answer in (
            client.post("/log-ind", data={"login": text, "password": text, "csrf": "x"}),
            client.get(
                "/",
                headers={
                    "User-Agent": text.replace("\r", "").replace("\n", " "),
                    "X-Request-Id": "a b",
                },
            ),
            client.get("/", query_string={"q": text}),
            client.get("/" + text.replace("\r", "%0d").replace("\n", "%0a")),
            ida.post(
                f"{API}/messages",
                json={"name": text, "case": house.names["case_id"], "data": {text: text}},
            ),
            ida.get(f"{API}/tasks", query_string={"q": text, "after": text}),
        ):
            assert "X-Ond" not in answer.headers
            assert answer.headers["X-Request-Id"] != "a b"
            assert answer.status_code < 500
    said = [record.getMessage() for record in caplog.records if record.name.startswith("stafet")]
    assert said
    assert not [
        line for line in said if "\n" in line or "\r" in line or "\x1b" in line or "X-Ond" in line
    ]


def test_a_session_that_was_planted_is_not_taken_over(house: House) -> None:
    """Fixation: the secret that a browser came with is never the one that it is logged in with."""
    planted = secrets.token_urlsafe(32)
    client = house.site.test_client()
    client.set_cookie(logins.COOKIE, planted)
    client.set_cookie("stafet_besoeg", "plantet")
    form = {"csrf": "plantet", "login": "ida", "password": "hemmeligt"}
    assert client.post("/log-ind", data=form).status_code == 302
    made = client.get_cookie(logins.COOKIE)
    assert made is not None
    assert made.value != planted
    other = house.site.test_client()
    other.set_cookie(logins.COOKIE, planted)
    assert "/log-ind" in other.get("/sager").headers["Location"]


def test_nothing_of_anybody_is_kept_on_the_way(house: House) -> None:
    """No browser and no proxy keeps an answer, and none can be asked for by a mark of it."""
    asked = 0
    for row in TABLE:
        who = somebody(row)
        if row.method == "GET" and "yes" in row.answers and "static" not in row.rule:
            answer = ask(house, row, who)
            asked += answer.status_code == 200
            assert "no-store" in answer.headers["Cache-Control"], row.name
            assert "ETag" not in answer.headers, row.name
            assert "Last-Modified" not in answer.headers, row.name
    assert asked > 80


def test_a_token_that_only_reads_changes_nothing(house: House) -> None:
    before = held(house)
    token = logins.make_token(house.store, "ida", scopes=("read",), now=LATE)
    client = house.site.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    assert client.get(f"{API}/tasks").status_code == 200
    for row in ACTS:
        if row.rule.startswith(API):
            body = sent(house, row)
            answer = client.open(address(house, row), method=row.method, json=body)
            assert answer.status_code == 403, row.name
    assert held(house) == before
