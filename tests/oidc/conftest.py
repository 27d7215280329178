"""A site whose people log in at the certified `oidc-provider`, and a browser that goes from one to the other.

The provider (`provider/`) is one process for all tests; each test has a database of its own.  The clock is the
machine's, for the provider's is.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import insert
from werkzeug.test import TestResponse

from engine.logins import hash_password
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import membership, person, unit
from stafet.app import create
from stafet.settings import from_env

FOLDER = Path(__file__).parent / "provider"
#: Where the site is, by its own word; nobody listens there.
SITE = "http://localhost:8765"
CALLBACK = f"{SITE}/log-ind/svar"
NURSE = "Psykiatri sygeplejerske"
#: Keys of an installation's own, as the provider knows them for the client "signing".
OWN: dict[str, RSAKey | ECKey] = {
    "rsa-1": RSAKey.generate_key(2048, {"kid": "rsa-1"}),
    "ec-1": ECKey.generate_key("P-256", {"kid": "ec-1"}),
}


def _who(login: str, acr: str = "Substantial", **claims: Any) -> dict[str, Any]:
    told = {"preferred_username": login, "name": login.title() + " Holm", **claims}
    return {"acr": acr, "claims": told}


PEOPLE = {
    "s-ida": _who("ida", roles=[NURSE], sor=["1001"]),
    "s-per": _who("per", acr="High", groups=["N2-ledelse"], email="per@region.example"),
    "s-low": _who("low", acr="Low", roles=[NURSE], sor=["1001"]),
    "s-none": _who("none"),
    "s-local": _who("lokal", roles=[NURSE], sor=["1001"]),
    "s-nameless": _who("", roles=[NURSE], sor=["1001"]),
    "s-cpr": _who("700378-1016", roles=[NURSE], sor=["1001"]),
    "s-await": _who("ventet", roles=[NURSE], sor=["1001"]),
    "s-shared": _who("delt", roles=[NURSE], sor=["findes ikke"]),
    "s-odd": _who("odd", name="<b>Åse</b>\u202e\n", roles=NURSE, sor="1001"),
}
RULES = f"""
[level]
accepted = ["Substantial", "High"]
[roles]
claim = "roles"
values = {{ "{NURSE}" = "sygeplejerske" }}
[units]
claim = "sor"
[[groups]]
claim = "groups"
value = "N2-ledelse"
unit = "sor:1002"
role = "leder"
"""


@dataclass(frozen=True)
class Idp:
    """The running provider."""

    issuer: str

    def twist(self, how: str) -> None:
        """From now on its ID tokens are an attacker's; "" makes it honest again."""
        requests.post(f"{self.issuer}/twist", data=json.dumps({"how": how}), timeout=10)


def start(**told: Any) -> tuple[subprocess.Popen[str], str]:
    """A provider process and its issuer; it ends with its standard input."""
    assert (FOLDER / "node_modules").is_dir(), f"Run: make {FOLDER}/node_modules/made"
    process = subprocess.Popen(
        ["node", "provider.mjs", json.dumps({"people": PEOPLE, **told})],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    issuer = process.stdout.readline().strip()
    assert issuer.startswith("http://127.0.0.1:"), "the provider did not start"
    return process, issuer


def stop(process: subprocess.Popen[str]) -> None:
    """End it."""
    process.communicate(timeout=30)


@pytest.fixture(scope="session")
def running() -> Iterator[Idp]:
    keys = [{**one.as_dict(private=False), "use": "sig"} for one in OWN.values()]
    process, issuer = start(callbacks=[CALLBACK], out=[f"{SITE}/log-ind"], keys=keys)
    yield Idp(issuer)
    stop(process)


@pytest.fixture
def idp(running: Idp) -> Iterator[Idp]:
    """The provider, honest at the beginning of each test."""
    yield running
    running.twist("")


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A database with two wards and somebody who logs in with a password, and its keys."""
    file = tmp_path_factory.mktemp("oidc") / "ready.db"
    return file, fill(file)


def fill(file: Path) -> str:
    """Make it; the keys that it is written with."""
    keys = Keyring.generate()
    store = Store(f"sqlite:///{file}", Keyring.from_text(keys))
    store.upgrade()
    since = date(2020, 1, 1)
    with store.write() as db:
        for number, name, sor in ((1, "Afsnit N1", "1001"), (2, "Afsnit N2", "1002")):
            row = {"id": number, "name": name, "sor": sor, "sector": "region", "valid_from": since}
            db.execute(insert(unit).values(**row))
        row = {"id": 1, "login": "lokal", "name": "Lone Kal"}
        db.execute(insert(person).values(**row, password_hash=hash_password("ret kode")))
        job = {"person_id": 1, "unit_id": 1, "role": "leder", "valid_from": since}
        db.execute(insert(membership).values(**job))
    store.close()
    return keys


@dataclass
class Browser:
    """Somebody's browser: a client of the site, and cookies of the provider's."""

    site: FlaskClient
    provider: requests.Session = field(default_factory=requests.Session)

    def begin(self, **form: str) -> str:
        """Press the button; the address that the page leads on to."""
        answer = self.press(**form)
        assert answer.status_code == 200, answer.text
        return leads_to(answer)

    def press(self, **form: str) -> TestResponse:
        """Press the button on the login page."""
        token = re.search(
            r'name="csrf" value="([^"]+)"', self.site.get("/log-ind", follow_redirects=True).text
        )
        csrf = token[1] if token else ""
        return self.site.post("/log-ind/udbyder", data={"csrf": csrf, **form})

    def there(self, address: str, who: str, **more: str) -> str:
        """Log in at the provider; the way back that it gives, not gone yet."""
        answer = self.provider.get(address, allow_redirects=False, timeout=10)
        for _ in range(10):
            if "location" in answer.headers:
                onward = requests.compat.urljoin(answer.url, answer.headers["location"])
                if onward.startswith(SITE):
                    return onward.removeprefix(SITE)
                answer = self.provider.get(onward, allow_redirects=False, timeout=10)
            else:
                found = re.search(r'action="(/interaction/[^"]+)"', answer.text)
                assert found, answer.text
                form = requests.compat.urljoin(answer.url, found[1])
                sent = {"who": who, **more}
                answer = self.provider.post(form, data=sent, allow_redirects=False, timeout=10)
        raise AssertionError("the provider leads in circles")

    def log_in(self, who: str, **form: str) -> TestResponse:
        """All the way."""
        return self.site.get(self.there(self.begin(**form), who))


def leads_to(answer: TestResponse) -> str:
    """Where a page leads on to by itself."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


class House:
    """A site over a database of its own."""

    def __init__(self, folder: Path, ready: tuple[Path, str], issuer: str, **more: str) -> None:
        file, keys = ready
        shutil.copy(file, folder / "stafet.db")
        (folder / "rules.toml").write_text(RULES, encoding="utf-8")
        env = {
            "DATABASE_URL": f"sqlite:///{folder}/stafet.db",
            "STAFET_KEYS": keys,
            "STAFET_URL": SITE,
            "STAFET_OIDC_ISSUER": issuer,
            "STAFET_OIDC_CLIENT_ID": "stafet",
            "STAFET_OIDC_CLIENT_SECRET": "a secret of the tests",
            "STAFET_OIDC_RULES": str(folder / "rules.toml"),
            "STAFET_OIDC_NAME": "regionens login",
            **more,
        }
        self.settings = from_env(env)
        self.store = Store(self.settings.database_url, Keyring.from_text(keys))
        self.site: Flask = create(self.settings, self.store)

    def browser(self) -> Browser:
        """A new one, of nobody."""
        return Browser(self.site.test_client())


@pytest.fixture
def house(tmp_path: Path, ready: tuple[Path, str], idp: Idp) -> Iterator[House]:
    made = House(tmp_path, ready, idp.issuer)
    yield made
    made.store.close()


@pytest.fixture
def browser(house: House) -> Browser:
    """Somebody's, of whom the site knows nothing yet."""
    return house.browser()
