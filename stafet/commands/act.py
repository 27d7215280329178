"""`stafet act`: one act of an operator on one instance, task, timer or message, as the page of the case has it.

    stafet act move 12 indkald afhold --reason "Mødet er holdt" --by drift --dry-run

The acts are those of `engine.actions`, with their rules; this only reads the line and says what changed.  For many:
`stafet batch`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

import click

from engine import actions
from engine.logins import actor
from engine.migrate import SOFT
from stafet.app import clock
from stafet.commands.typed import moment, pair
from stafet.prepare import opened

#: A number of a row: what both databases hold.
_NUMBER = click.IntRange(1, 2**31 - 1)
Command = Callable[..., Any]


@click.group("act", help="One act on one instance, task, timer or message.")
def command() -> None:
    """An act each."""


def _act(name: str, text: str, *, seen: bool = True) -> Callable[[Command], Command]:
    """A command with what every act asks for."""

    def made(function: Command) -> Command:
        if seen:
            help_ = "Only while the instance has this version, as --dry-run says it."
            function = click.option("--seen", type=_NUMBER, help=help_)(function)
        for option in (
            click.option("--json", "as_json", is_flag=True, help="Print it as JSON."),
            click.option("--dry-run", is_flag=True, help="Only say what would change."),
            click.option("--by", required=True, help="The operator's login."),
            click.option("--reason", required=True, help="Why; kept encrypted."),
        ):
            function = option(function)
        return command.command(name, help=text)(function)

    return made


# ---- the instance ------------------------------------------------------------------------
_instance = click.argument("instance", type=_NUMBER)


@_act("retry", "Try again what failed or is late in INSTANCE.")
@_instance
def retry(instance: int, **how: Any) -> None:
    """What failed."""
    _operate(actions.retry, instance, **how)


@_act("remind", "Bring the open dates of INSTANCE up anew.")
@_instance
def remind(instance: int, **how: Any) -> None:
    """Who owes something."""
    _operate(actions.remind, instance, **how)


@_act("suspend", "Let nothing happen in INSTANCE until it is resumed.")
@_instance
@click.option("--clock", "runs", type=click.Choice(["runs", "stands"]), default="runs")
def suspend(instance: int, runs: Any, **how: Any) -> None:
    """A pause."""
    _operate(partial(actions.suspend, clock=runs), instance, **how)


@_act("resume", "Let INSTANCE go on after a pause.")
@_instance
def resume(instance: int, **how: Any) -> None:
    """The end of a pause."""
    _operate(actions.resume, instance, **how)


@_act("cancel", "End INSTANCE where it stands; this cannot be taken back.")
@_instance
def cancel(instance: int, **how: Any) -> None:
    """The end of it."""
    _operate(actions.cancel, instance, **how)


@_act("move", "Take the token of INSTANCE from SOURCE (an element or a task's number) to TARGET.")
@_instance
@click.argument("source")
@click.argument("target")
def move(instance: int, source: str, target: str, **how: Any) -> None:
    """To another step."""
    _operate(actions.move, instance, _place(source), target, **how)


@_act("skip", "Let the token of INSTANCE go past SOURCE (an element or a task's number).")
@_instance
@click.argument("source")
def skip(instance: int, source: str, **how: Any) -> None:
    """Past a step."""
    _operate(actions.skip, instance, _place(source), **how)


@_act("restart", "Call off all that is open in INSTANCE, and go on from TARGET.")
@_instance
@click.argument("target")
def restart(instance: int, target: str, **how: Any) -> None:
    """From a step."""
    _operate(actions.restart, instance, target, **how)


@_act("amend", "Correct values of INSTANCE: NAME=VALUE, as JSON or else as text.")
@_instance
@click.argument("values", metavar="NAME=VALUE…", nargs=-1, required=True)
def amend(instance: int, values: tuple[str, ...], **how: Any) -> None:
    """What the diagram decides by."""
    _operate(actions.amend, instance, dict(map(pair, values)), **how)


@_act("migrate", "Move INSTANCE to another version of its pathway.")
@_instance
@click.option("--to", "version", type=_NUMBER, help="Left out: the version in force.")
@click.option("--accept", multiple=True, type=click.Choice(sorted(SOFT)), help="What may be.")
def migrate(instance: int, version: int | None, accept: tuple[str, ...], **how: Any) -> int:
    """Exit 1 where a rehearsal found that it cannot move."""
    as_json = how.pop("as_json")
    found = _done(partial(actions.migrate, version=version, accept=accept), instance, **how)
    if as_json or found.done is None:
        _print(asdict(found), as_json)
    else:
        _tell(found.done)
    return 1 if found.done is None else 0


# ---- what lies in it ---------------------------------------------------------------------
@_act("give", "Give TASK to the person with the login TO; without one: back to the unit.")
@click.argument("task", type=_NUMBER)
@click.argument("to", required=False)
def give(task: int, to: str | None, **how: Any) -> None:
    """A task."""
    _operate(actions.give, task, to, **how)


@_act("reschedule", "Let TIMER fire at another moment: 2026-12-01T08:30, in Danish time.")
@click.argument("timer", type=_NUMBER)
@click.argument("due_at")
def reschedule(timer: int, due_at: str, **how: Any) -> None:
    """A timer."""
    _operate(actions.reschedule, timer, moment(due_at, "DUE_AT"), **how)


# ---- a message that nobody waited for ----------------------------------------------------
_message = click.argument("message", type=_NUMBER)


@_act("deliver", "Tell MESSAGE to those who wait for it now.", seen=False)
@_message
@click.option("--to", type=_NUMBER, help="Only to this instance of the case.")
@click.option("--name", help="As the message that it waits for.")
def deliver(message: int, to: int | None, name: str | None, **how: Any) -> None:
    """To who waits."""
    _handle(partial(actions.deliver, to=to, name=name), message, **how)


@_act("discard", "Put MESSAGE aside: it stays on its case and waits no more.", seen=False)
@_message
def discard(message: int, **how: Any) -> None:
    """Aside."""
    _handle(actions.discard, message, **how)


@_act("put-back", "Take back that MESSAGE was put aside.", seen=False)
@_message
def put_back(message: int, **how: Any) -> None:
    """It waits again."""
    _handle(actions.put_back, message, **how)


# ---- inside ------------------------------------------------------------------------------
def _done(verb: Command, *what: Any, reason: str, by: str, **how: Any) -> Any:
    with opened() as store:
        now = clock()
        return verb(store, actor(store, by, now=now), *what, reason, **how, now=now)


def _operate(verb: Command, *what: Any, as_json: bool, **how: Any) -> None:
    found = _done(verb, *what, **how)
    if as_json:
        _print(asdict(found), as_json)
    else:
        _tell(found)


def _handle(verb: Command, *what: Any, as_json: bool, **how: Any) -> None:
    _print(asdict(_done(verb, *what, **how)), as_json)


def _tell(found: actions.Operated) -> None:
    """What changed (in a rehearsal: would), a line each; nothing empty is told."""
    at = found.instance
    click.echo(f"Instance {at['id']}: {at['status']}")
    for kind, rows in found.changes.items():
        for row in rows:
            click.echo(f"  {kind.replace('_', ' ')}: {_line(row)}")
    if found.dry_run:
        # An act writes one version: what it was seen in is the one before.
        click.echo(f"Nothing was changed. Seen in version {at['version'] - 1} (--seen).")


def _print(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, default=datetime.isoformat))
        return
    for name, value in facts.items():
        click.echo(f"{name}: {_line(value)}")


def _line(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=datetime.isoformat)


def _place(source: str) -> str | int:
    """An element's id, or a task's number: no id of BPMN begins with a digit."""
    return int(source) if source.isdecimal() else source
