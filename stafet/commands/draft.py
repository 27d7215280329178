"""`stafet draft`: what is drawn and not in force yet, submitted, approved, sent back; an earlier version brought back.

Whoever acts is named with `--by` and has the rights of the page Studie.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click

from engine import queries, studio
from engine.deploy import SHARED, Deployed
from engine.errors import DeployRefused
from engine.logins import actor
from engine.model import Json
from stafet.app import clock
from stafet.prepare import opened
from stafet.words import english

_BY = click.option("--by", required=True, help="The login of who does it.")
_WHERE = click.argument("pathway", metavar="AGREEMENT/PATHWAY")
_SAVE = click.option(
    "--version",
    type=click.IntRange(1, 2**31),
    help="The save that was looked at; where there is a newer one, nothing is done.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
_WHY = click.option("--note", required=True, help="Why, for those who read it later.")
_DAY = click.option(
    "--from", "day", type=click.DateTime(["%Y-%m-%d"]), help="In force from 00:00 of this day."
)


@click.group("draft", help="Drafts of pathways: submitted, approved, sent back, brought back.")
def command() -> None:
    """Look, then act."""


def _place(pathway: str) -> tuple[str, str]:
    """The agreement and the key that are meant by `midtjylland/planrunde`."""
    agreement, slash, name = pathway.partition("/")
    if not (agreement and slash and name):
        raise click.UsageError("Name an agreement and a pathway, such as midtjylland/planrunde.")
    known = name.startswith((f"{agreement}-", f"{SHARED}-"))
    return agreement, name if known else f"{agreement}-{name}"


def _done(by: str, pathway: str, act: Callable[..., Any], *args: Any, **how: Any) -> Any:
    """Do it as that person, now; what lint refuses is told line by line."""
    place = _place(pathway)
    with opened() as store:
        now = clock()
        try:
            return act(store, actor(store, by, now=now), *place, *args, **how, now=now)
        except DeployRefused as exc:
            lines = [exc.sentence, *(f"{at}: {said}" for at, said in exc.fields.items())]
            click.echo("stafet: " + "\n  ".join(lines), err=True)
            raise click.exceptions.Exit(1) from exc


def _day(day: datetime | None) -> date | None:
    return day.date() if day else None


@command.command("list", help="All drafts, the newest save first.")
@_BY
@_JSON
def every(by: str, as_json: bool) -> None:
    """A line for each."""
    with opened() as store:
        now = clock()
        rows = studio.drafts(store, actor(store, by, now=now), now=now)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, default=_iso))
    for row in () if as_json else rows:
        click.echo(
            f"{row['agreement']}/{row['key']}  {row['status']}  save {row['version']}"
            f" by {row['saved_by'] or '-'}  {row['note']}".rstrip()
        )


@command.command(
    "diff", help="What a draft changes in the version that is in force when it will be."
)
@_WHERE
@_BY
@_JSON
def diff(pathway: str, by: str, as_json: bool) -> None:
    """A line for each thing."""
    found = _done(by, pathway, studio.changed)
    if as_json:
        rows = [
            {
                "what": one.what, "kind": one.kind, "id": one.id, "name": one.name,
                "properties": [{"name": p.name, "old": p.old, "new": p.new} for p in one.properties],
            }
            for one in found
        ]  # fmt: skip
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
    for one in () if as_json else found:
        said = "; ".join(f"{p.name}: {p.old} → {p.new}" for p in one.properties)
        click.echo(f"{one.what:<8} {one.kind} {one.id} {one.name}  {said}".rstrip())


@command.command("submit", help="Ask somebody else to approve a draft.")
@_WHERE
@_BY
@_WHY
@_DAY
@_SAVE
def submit(pathway: str, by: str, note: str, day: datetime | None, version: int | None) -> None:
    """Exit 1 where lint finds errors, with a line for each."""
    _done(by, pathway, studio.submit, note, begins_on=_day(day), version=version, say=english)
    click.echo("Submitted; somebody else approves it.")


@command.command("approve", help="Put somebody else's submitted draft into force.")
@_WHERE
@_BY
@_SAVE
@_JSON
def approve(pathway: str, by: str, version: int | None, as_json: bool) -> None:
    """At once, or from its day; all or nothing."""
    done: Deployed = _done(by, pathway, studio.approve, version=version, say=english)
    made = {f"{agreement}/{key}": number for (agreement, key), number in done.versions.items()}
    if as_json:
        told = {"id": done.id, "versions": made, "from": _iso(done.begins_on)}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    since = f", in force from {done.begins_on}" if done.begins_on else ""
    for name, number in made.items():
        click.echo(f"{name}: version {number}{since}")


@command.command("send-back", help="Say why a submitted draft is not put into force.")
@_WHERE
@_BY
@_WHY
@_SAVE
def send_back(pathway: str, by: str, note: str, version: int | None) -> None:
    """Who drew it goes on."""
    _done(by, pathway, studio.send_back, note, version=version)
    click.echo("Sent back.")


@command.command("renew", help="Let a draft stand as it is on the version in force now.")
@_WHERE
@_BY
@_DAY
@_SAVE
def renew(pathway: str, by: str, day: datetime | None, version: int | None) -> None:
    """What both have otherwise is the draft's."""
    _done(by, pathway, studio.renew, begins_on=_day(day), version=version)
    click.echo("The draft stands on the version in force; submit it.")


@command.command("discard", help="Throw a draft away; what is in force stays.")
@_WHERE
@_BY
@_SAVE
def discard(pathway: str, by: str, version: int | None) -> None:
    """For good."""
    _done(by, pathway, studio.discard, version=version)
    click.echo("Thrown away.")


@command.command("restore", help="Submit an earlier version's text as a draft.")
@_WHERE
@click.argument("version", type=click.IntRange(1, 2**31))
@_BY
@_WHY
def restore(pathway: str, version: int, by: str, note: str) -> None:
    """What runs stays in its version."""
    _done(by, pathway, studio.restore, version, note, say=english)
    click.echo(f"Version {version} is submitted as a draft; somebody else approves it.")
    runs = sum(_done(by, pathway, queries.running).values())
    if runs:
        click.echo(f"{runs} running instances stay in their versions; `stafet migrate` moves them.")


@command.command("worklist", help="What a diagram from another editor leaves to decide.")
@_WHERE
@_BY
@click.option("--tick", type=click.IntRange(0, 10**6), help="Say that this item is decided.")
@click.option("--untick", type=click.IntRange(0, 10**6), help="Take that back.")
@_JSON
def worklist(pathway: str, by: str, tick: int | None, untick: int | None, as_json: bool) -> int:
    """Exit 1 where something is left."""
    for nth, on in ((tick, True), (untick, False)):
        if nth is not None:
            _done(by, pathway, studio.tick, nth, on)
    found: Json | None = _done(by, pathway, studio.worklist, say=english)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, default=_iso))
    elif found is None:
        click.echo("The draft was drawn here, or there is none: nothing is left of another editor.")
    else:
        for sentence in found["mapped"]:
            click.echo(f"   mapped  {sentence}")
        for one in found["items"]:
            said = " ".join(part for part in (one["name"], one["message"], one["hint"]) if part)
            click.echo(f"{one['nth']:>3}  {one['state']}  {said}")
        click.echo(f"{found['done']} of {found['total']} are decided.")
    return 1 if found and found["done"] < found["total"] else 0


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
