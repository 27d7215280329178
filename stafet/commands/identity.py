"""`stafet identity await|list|drop`: which of the identity provider's people is which of ours."""

from __future__ import annotations

from contextlib import closing

import click

from engine import logins
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.group("identity", help="Say whom the identity provider's people are here.")
def command() -> None:
    """Group of the identity commands."""


@command.command(
    "await", help="Let whom the provider next calls by this login be that person; once."
)
@click.argument("login")
@click.option("--name", default="", help="Make the person, where there is none with this login.")
@click.option("--days", default=14, show_default=True, type=click.IntRange(1, 366))
def await_(login: str, name: str, days: int) -> None:
    """An account that is linked already is awaited anew."""
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        logins.await_person(store, login.strip(), name.strip(), days=days, now=clock())
    click.echo(f"{login.strip()} is awaited for {days} days.")


@command.command("list", help="List whom the provider knows, or is awaited with.")
def list_() -> None:
    """One line a person: login, whether linked, jobs that the provider vouches for."""
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        for row in logins.linked(store, now=clock()):
            state = f"awaited until {row.awaited_until:%Y-%m-%d}" if row.awaited_until else "linked"
            seen = f", last login {row.seen_at:%Y-%m-%d}" if row.seen_at else ""
            closed = "" if row.active else ", closed"
            click.echo(f"{row.login}: {state}{seen}, {row.jobs} jobs{closed}")


@command.command("drop", help="Cut the tie: jobs that the provider gave, and its sessions, end.")
@click.argument("login")
def drop(login: str) -> None:
    """The person stays, with what others gave."""
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        logins.unlink(store, login.strip(), now=clock())
    click.echo(f"{login.strip()} is linked no more.")
