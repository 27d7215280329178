"""What a server does before it answers: the schema, and with `--demo` the agreements and made-up people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime

import click

from engine import audit
from engine.deploy import deploy
from engine.errors import SettingInvalid, Unavailable
from engine.model import MACHINE
from engine.store import Store
from stafet.app import open_store
from stafet.demo.filling import fill
from stafet.demo.people import LOGINS, PASSWORD
from stafet.settings import Settings, from_env
from stafet.words import english

#: A server says it in its log.
Say = Callable[[str], None]


def _aloud(sentence: str) -> None:
    click.echo(sentence, err=True)


@contextmanager
def opened(*, any_keys: bool = False) -> Iterator[Store]:
    """The store of this machine's settings, ready for a command, and closed after it; `any_keys` as below."""
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store, any_keys=any_keys)
        yield store


def ready_schema(settings: Settings, store: Store, *, any_keys: bool = False) -> None:
    """Bring an embedded database's schema up to date; on PostgreSQL only check that somebody did.

    Refuses keys that are not this database's, which would seal and sign what nobody could open or verify later;
    `any_keys`: whoever verifies the log is to be told that it does not fit.
    """
    if settings.embedded:
        store.upgrade()
    elif not store.is_current():
        raise Unavailable("The database's schema is not up to date. Run `stafet db upgrade` first.")
    if not any_keys and not audit.fits(store):
        raise SettingInvalid(
            "STAFET_KEYS: these are not the keys that this database was written with."
        )


def deploy_all(settings: Settings, store: Store, *, now: datetime, say: Say = _aloud) -> None:
    """Deploy every agreement under `processes/`; what is unchanged keeps its version."""
    why = "stafet serve --demo"
    deployed = deploy(store, MACHINE, settings.processes, why, now=now, once=True, say=english)
    if deployed.versions:
        say(f"Deployed {len(deployed.versions)} pathways from {settings.processes}")


def fill_demo(store: Store, *, now: datetime, say: Say = _aloud) -> None:
    """Made-up people, units and cases, in a database that has none."""
    if cases := fill(store, now=now):
        say(f"Added {cases} made-up cases")


def greet(settings: Settings, url: str) -> None:
    """Say where to look, and in a demo who one can be."""
    click.echo(f"\nStafet: {url}\n")
    if settings.demo:
        width = max(len(login.login) for login in LOGINS)
        click.echo(f"Demo logins, password “{PASSWORD}” (made-up people, demo only):")
        for login in LOGINS:
            click.echo(f"  {login.login:<{width}}  {login.name}, {login.title}, {login.unit}")
    click.echo("\nStop with Ctrl-C.")
