"""Every form of every page, and every address that takes a question, sent full of rubbish: never a server's fault.

What a form is called and which fields it has is not listed: it is read off the pages that each person is shown.
"""

from __future__ import annotations

import inspect
import os
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests import seeds
from tests.access.conftest import House
from tests.access.table import API, KINDS, Row, rows
from tests.attack.asking import address, ask, sent
from tests.attack.test_forms_fuzz import RUBBISH

PAGES = [row for row in rows() if not row.rule.startswith(API) and "." not in row.rule[-4:]]
ASKED = [row for row in PAGES if row.method == "GET"]
SENT = [row for row in PAGES if row.method == "POST"]
NUMBERS = ("1", "0", "-1", str(2**31), str(2**63), str(10**30), "1.5", "01", "１２", "²")
MOMENTS = (
    "0000-00-00",
    "9999-12-31",
    "0001-01-01",
    "10000-01-01",
    "2026-02-30",
    "2026-11-26T25:00",
    "24:00",
)
#: Half a letter cannot be typed into a form; a CPR number in an address is what `tests/leaks.py` watches for.
HARM = (
    *(one for one in RUBBISH if one not in ("\ud800", "700378-1016")),
    *NUMBERS,
    *MOMENTS,
    "midtjylland-planrunde",
    "ida",
    "yes",
    "on",
    "%",
    "%s",
    "{0}",
    "\u2028",
    "a\x00b",
)
#: `make soak` sends more.
EACH = 40 if os.environ.get("STAFET_SOAK") else 4


@pytest.fixture(scope="module")
def fields(house: House) -> dict[str, dict[str, list[str]]]:
    """Of each rule the names of what its forms and links send, with the values that stand there."""
    house.put_back()
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in ASKED:
        for who, told in zip(KINDS, row.answers, strict=True):
            answer = ask(house, row, who) if told in ("yes", "empty") else None
            if answer is not None and answer.mimetype == "text/html":
                for rule, name, value in _read(house, answer):
                    if name != "csrf":
                        found[rule][name].append(value)
    return found


def _read(house: House, answer: TestResponse) -> Iterator[tuple[str, str, str]]:
    tree = html.fromstring(answer.text)
    for form in tree.iter("form"):
        rule = _rule(house, form.get("action") or answer.request.path, form.get("method", "get"))
        for one in form.xpath(".//*[@name]"):
            for value in [one.get("value"), *one.xpath(".//option/@value")]:
                yield rule, one.get("name"), value or ""
    for href in tree.xpath("//a/@href"):
        if href.startswith(("/", "?")):
            parts = urlsplit(href)
            rule = _rule(house, parts.path or answer.request.path, "get")
            yield from ((rule, name, value) for name, value in parse_qsl(parts.query))


def _rule(house: House, path: str, method: str) -> str:
    try:
        rule, _ = house.site.url_map.bind("localhost").match(
            urlsplit(path).path, method.upper(), return_rule=True
        )
    except HTTPException:
        return ""
    return f"{method.upper()} {_named(rule.rule)}"


def _named(rule: str) -> str:
    return re.sub(r"<(?:(?!path:)[a-z]+(?:\([^)]*\))?:)?(\w+)>", r"<\1>", rule)


def test_the_forms_were_found(house: House, fields: dict[str, dict[str, list[str]]]) -> None:
    named = [f"POST {row.rule}" for row in SENT if fields[f"POST {row.rule}"]]
    assert len(set(named)) > 25
    assert {"vis", "q"} <= fields["GET /"].keys() | fields["POST /"].keys()


@pytest.mark.parametrize("row", PAGES, ids=[row.name for row in PAGES])
def test_rubbish_is_no_fault_of_the_server(
    house: House, fields: dict[str, dict[str, list[str]]], row: Row
) -> None:
    luck = random.Random(f"{seeds.run_seed()} {row.name}")
    known = fields[f"{row.method} {row.rule}"]
    own = sent(house, row)
    names = sorted({*own, *known, *(_questions(house, row) if row.method == "GET" else ())})
    theirs = [
        who
        for who, told in zip(KINDS, row.answers, strict=True)
        if told not in ("none", "no", "login")
    ]
    for nth in range(EACH if theirs and names else 0):
        who = theirs[nth % len(theirs)]
        given: MultiDict[str, Any] = MultiDict()
        # The first time all of them: a question that no link asks is asked too.
        some = luck.choice((1, 1, 2, len(names))) if nth else len(names)
        bad = set(luck.sample(names, min(len(names), some)))
        for name in names:
            usual = [own[name]] if name in own else known.get(name) or [""]
            for _ in range(luck.choice((1, 1, 1, 2))):
                given.add(name, luck.choice(HARM) if name in bad else luck.choice(usual))
        answer = _send(house, row, who, given)
        assert answer.status_code < 500 or row.rule == "/readyz", (who, [*given.items(multi=True)])
        assert re.match(r"/(?![/\\])", answer.headers.get("Location", "/")), [
            *given.items(multi=True)
        ]
        if row.method == "POST":
            house.put_back()


def _questions(house: House, row: Row) -> set[str]:
    """What the page's own program asks of its address, whether a link says it or not."""
    endpoint = next(
        rule.endpoint
        for rule in house.site.url_map.iter_rules()
        if _named(rule.rule) == row.rule and row.method in (rule.methods or ())
    )
    asked = _ASKED.findall(
        inspect.getsource(sys.modules[house.site.view_functions[endpoint].__module__])
    )
    return {"vis", "efter", *asked}


_ASKED = re.compile(r'request\.(?:args|values)(?:\.get|\.getlist)?[\[(]"(\w+)"')


def _send(house: House, row: Row, who: str, given: MultiDict[str, Any]) -> TestResponse:
    client = house.client(who, by_token=False)
    if row.method == "GET":
        return client.get(address(house, row), query_string=given, buffered=True)
    given["csrf"] = house.secrets[who].csrf if who else ""
    return client.post(address(house, row), data=given)
