"""One request to the site of the access tests, as a browser or a program would send it."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import Any

from werkzeug.test import TestResponse

from engine import logins
from tests.access.conftest import House
from tests.access.table import API, Row

_PLACE = re.compile(r"<(?:[a-z]+(?:\([^)]*\))?:)?(\w+)>")
#: What changes without anybody asking for it: who was here when.
_MOVES = (
    "session",
    "token",
    "feed",
    "worker",
    "login_attempt",
    "glass_try",
    "look",
    "audit",
    "sqlite_sequence",
)


def address(house: House, row: Row) -> str:
    """Where the row's object is."""
    return _PLACE.sub(lambda found: str(house.names.get(found[1], "x")), row.rule)


def sent(house: House, row: Row) -> dict[str, Any]:
    """What the row sends, with the objects' numbers in it."""
    made: dict[str, Any] = json.loads(json.dumps(row.sends))
    for key, value in made.items():
        if isinstance(value, str) and value.startswith("{"):
            made[key] = house.names[value.strip("{}")]
    return made


def ask(
    house: House, row: Row, who: str, *, more: dict[str, Any] | None = None, host: str = "localhost"
) -> TestResponse:
    """The row's request by this person, allowed and with the right token; `more` is sent besides, `host` is named."""
    client = house.client(who, by_token=row.rule.startswith(API))
    sends = {**sent(house, row), **(more or {})}
    there: dict[str, Any] = {"base_url": f"http://{host}", "headers": {"X-Forwarded-Host": host}}
    if who and not row.rule.startswith(API):
        client.set_cookie(logins.COOKIE, house.secrets[who].secret, domain=host)
    if row.method == "GET":
        return client.get(address(house, row), query_string=sends, buffered=True, **there)
    if row.rule.startswith(API):
        return client.open(address(house, row), method=row.method, json=sends, **there)
    csrf = house.secrets[who].csrf if who else ""
    return client.post(address(house, row), data={**sends, "csrf": csrf}, **there)


def held(house: House) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that only an act changes."""
    with closing(sqlite3.connect(house.file)) as db:
        names = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            name: db.execute(f'SELECT * FROM "{name}"').fetchall()
            for name in names
            if name not in _MOVES
        }
