"""`stafet keys new|add|rotate|retire`: keys for a server, and the old one put to rest while servers serve."""

from __future__ import annotations

from contextlib import closing

import click

from engine.rotation import resealed
from engine.rotation import retire as without
from engine.secrets import Keyring
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.group("keys", help="Make and replace encryption keys.")
def command() -> None:
    """Group of the key commands."""


@command.command("new", help="Print a new keyring for STAFET_KEYS or a key file.")
def new() -> None:
    """Print a keyring; whoever has it can read identifiers, so it goes to a secret store."""
    click.echo(Keyring.generate())


@command.command(
    "add", help="Print this server's keyring with one more key, which seals from then on."
)
def add() -> None:
    """Print the longer keyring; the old keys stay in it, for what they have sealed."""
    click.echo(Keyring.extended(from_env().keys))


@command.command(
    "rotate", help="Seal with the newest key what older ones sealed; servers may go on serving."
)
def rotate() -> None:
    """Say how far it is after each batch; cut off, it goes on where it was when it is begun again."""
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        done = 0
        for done, total in resealed(store, now=clock()):
            click.echo(f"{done} of {total} values", err=True)
        click.echo(f"Sealed {done} values with key {store.keyring.current}.")


@command.command(
    "retire", help="Print this server's keyring without key NUMBER, once nothing is sealed with it."
)
@click.argument("number", type=click.IntRange(1, 0xFFFF))
def retire(number: int) -> None:
    """Refuse while anything is left; an older backup still needs the key."""
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        click.echo(without(store, settings.keys, number))
