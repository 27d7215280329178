"""`stafet token USER`: a bearer token for the API; `--list` and `--drop` look after those that are there."""

from __future__ import annotations

from contextlib import closing

import click

from engine import logins
from engine.model import MACHINE
from engine.store import Store
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.command(
    "token", help="Print a bearer token for a person; it is shown only here.  List or drop tokens."
)
@click.argument("user", required=False)
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366))
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(logins.SCOPES),
    help="What it may; again for more.  Left out: all that the person may.",
)
@click.option("--note", default="", help="Which program has it; no names of citizens.")
@click.option("--list", "shown", is_flag=True, help="List the tokens of USER, or of everybody.")
@click.option("--drop", type=click.IntRange(1), help="Make the token of this number void.")
def command(
    user: str | None, days: int, scopes: tuple[str, ...], note: str, shown: bool, drop: int | None
) -> None:
    """Make a token and print it alone on a line, unless something else is asked."""
    if not user and not shown and drop is None:
        raise click.UsageError("Say whose token it is: stafet token USER.")
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        if drop is not None:
            logins.drop_token(store, MACHINE, drop, now=clock())
            click.echo(f"Token {drop} is void.")
        elif shown:
            _list(store, user)
        elif user:
            asked = scopes or logins.SCOPES
            click.echo(
                logins.make_token(store, user, now=clock(), days=days, scopes=asked, note=note)
            )


def _list(store: Store, user: str | None) -> None:
    for one in logins.tokens(store, user, now=clock()):
        used = f"{one.used_at:%Y-%m-%d}" if one.used_at else "never"
        note = f"  {one.note}" if one.note else ""
        click.echo(
            f"{one.id}  {one.login}  {','.join(one.scopes)}"
            f"  until {one.expires_at:%Y-%m-%d}  last used {used}{note}"
        )
