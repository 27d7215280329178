"""`stafet keys new|add|use|rotate|retire`: keys for a server, and the old one put to rest while servers serve."""

from __future__ import annotations

from contextlib import closing

import click

from engine import actions
from engine.rotation import known, reindexed, resealed
from engine.rotation import retire as without
from engine.secrets import Keyring
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env

_WAITS = "A key of this keyring waits and was not used: `stafet keys use` takes it into use."


@click.group("keys", help="Make and replace encryption keys.")
def command() -> None:
    """Group of the key commands."""


@command.command("new", help="Print a new keyring for STAFET_KEYS or a key file.")
def new() -> None:
    """Print a keyring; whoever has it can read identifiers, so it goes to a secret store."""
    click.echo(Keyring.generate())


@command.command(
    "add",
    help="Print this server's keyring with one more key, which waits until all servers know it.",
)
@click.option("--index", is_flag=True, help="For the index by which citizens are found.")
def add(index: bool) -> None:
    """Print the longer keyring; the old keys stay in it, for what they have sealed."""
    click.echo(Keyring.extended(from_env().keys, index=index))


@command.command(
    "use",
    help="Print this server's keyring with the key that waits in use, once all servers know it.",
)
def use() -> None:
    """Refuse while a server that has this database open lacks the key: it could not read what is written next."""
    settings = from_env()
    text = Keyring.used(settings.keys)
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        known(store)
    click.echo(text)


@command.command(
    "rotate", help="Replace what older keys sealed and indexed; servers may go on serving."
)
def rotate() -> None:
    """Say how far it is after each batch; cut off, it goes on where it was when it is begun again."""
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        known(store)
        sealed = indexed = 0
        for sealed, total in resealed(store, now=clock()):
            click.echo(f"{sealed} of {total} values", err=True)
        for indexed, total in reindexed(store, now=clock()):
            click.echo(f"{indexed} of {total} citizens", err=True)
        named = actions.seal_names(store)
        click.echo(f"Sealed {sealed} values with key {store.keyring.current}.")
        if indexed:
            click.echo(f"Indexed {indexed} citizens with key index{store.keyring.indexer}.")
        if named:
            click.echo(f"Sealed what senders called {named} messages.")
        if store.keyring.waiting:
            click.echo(_WAITS, err=True)


@command.command(
    "retire",
    help="Print this server's keyring without key NAME (1, index …), once nothing hangs on it.",
)
@click.argument("name", type=str)
@click.option(
    "--anyway", is_flag=True, help="Also where people must then be tied to their logins anew."
)
def retire(name: str, anyway: bool) -> None:
    """Refuse while anything is left; an older backup still needs the key."""
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        click.echo(without(store, settings.keys, name, anyway=anyway))
