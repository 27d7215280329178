"""`stafet audit`: is the chain whole (`verify`), its end on paper (`checkpoint`), who saw a citizen's data (`who`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from engine import audit, checkpoint, queries
from engine.errors import CprInvalid
from engine.model import MACHINE, Json
from engine.secrets import cpr as as_cpr
from engine.store import Store
from stafet.app import clock
from stafet.prepare import opened


@click.group("audit", help="Check the audit chain; ask who saw a citizen's data.")
def command() -> None:
    """Group of the audit commands."""


@command.command("verify", help="Compute the whole chain again; exit 1 where it does not fit.")
@click.option(
    "--checkpoint",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also look for everything that was there when this file was written.",
)
@click.option("--json", "as_json", is_flag=True, help="Print facts instead of a sentence.")
def verify(file: Path | None, as_json: bool) -> int:
    """Say whether anything was changed or removed."""
    with opened(any_keys=True) as store:
        ends = checkpoint.read(file.read_bytes(), store.keyring).ends if file else {}
        verdict = audit.verify(store, ends)
    if as_json:
        click.echo(json.dumps(asdict(verdict)))
    elif verdict.ok:
        click.echo(f"The audit chain is whole: {verdict.entries} entries.")
    else:
        click.echo(f"The audit chain is broken: {verdict.first_broken}.")
    return 0 if verdict.ok else 1


@command.command(
    "checkpoint", help="Write the ends of all chains, signed, into FILE: keep it elsewhere."
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def write_checkpoint(file: Path, as_json: bool) -> int:
    """Refuse to sign a chain that is broken already, or to write over a file."""
    with opened() as store:
        made = checkpoint.make(store, now=clock())
        with file.open("xb") as out:
            out.write(checkpoint.signed(made, store.keyring))
        key = store.keyring.public_key.hex()
    if as_json:
        facts = {"entries": made.entries, "chains": len(made.ends), "public_key": key}
        click.echo(json.dumps(facts))
    else:
        click.echo(f"Signed the ends of {len(made.ends)} chains: {made.entries} entries.")
    return 0


@command.command("who", help="Who saw or changed what of a citizen, newest first.")
@click.option(
    "--citizen",
    metavar="ID|-",
    help="The citizen's number; “-” reads a CPR number from standard input.",
)
@click.option("--case", "case_id", type=click.IntRange(1), help="One of the citizen's cases.")
@click.option("--json", "as_json", is_flag=True, help="Print the entries as JSON.")
def who(citizen: str | None, case_id: int | None, as_json: bool) -> None:
    """The whole report, of all units; asking is in the log as well."""
    with opened() as store:
        about = None if citizen is None else _citizen(store, citizen)
        rows = list(_rows(store, about, case_id))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    for row in rows:
        by = row["by"]["name"] or row["by"]["login"] if row["by"] else "Stafet"
        places = ", ".join(row["units"])
        click.echo(
            f"{row['at']:%Y-%m-%d %H:%M}  {row['what']:<18}  {by}{f' ({places})' if places else ''}"
        )


def _rows(store: Store, about: int | None, case_id: int | None) -> Iterator[Json]:
    after: str | None = None
    asked: dict[str, Any] = {"citizen_id": about, "case_id": case_id, "now": clock()}
    while True:
        page = queries.seen(store, MACHINE, **asked, after=after, limit=5000)
        yield from page.items
        if (after := page.next) is None:
            return


def _citizen(store: Store, text: str) -> int:
    if text == "-":
        return queries.citizen_with(store, sys.stdin.readline().strip())
    if _is_cpr(text):
        raise click.UsageError(
            "Everybody on this machine can read the command line: give a CPR number on standard input (--citizen -)."
        )
    if not text.isdecimal() or not 0 < int(text) < 2**63:
        raise click.UsageError("--citizen takes a citizen's number, or “-” for standard input.")
    return int(text)


def _is_cpr(text: str) -> bool:
    try:
        return bool(as_cpr(text))
    except CprInvalid:
        return False
