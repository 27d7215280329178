"""`stafet keys new`: keys for a server that keeps them outside its data folder."""

from __future__ import annotations

import click

from engine.secrets import Keyring


@click.group("keys", help="Make encryption keys.")
def command() -> None:
    """Group of the key commands."""


@command.command("new", help="Print a new keyring for STAFET_KEYS or a key file.")
def new() -> None:
    """Print a keyring; whoever has it can read identifiers, so it goes to a secret store."""
    click.echo(Keyring.generate())
