"""`stafet keys new` and `stafet keys add`: keys for a server, and one more when the old one is to rest."""

from __future__ import annotations

import click

from engine.secrets import Keyring
from stafet.settings import from_env


@click.group("keys", help="Make encryption keys.")
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
