"""`stafet`: the command line.

Each command is a file in `stafet/commands/` and is imported only when it is called, so that
`stafet due` answers without loading the web or the database.  Here every error becomes one clear line
on stderr: exit 1 when what was checked fell short, 2 when the call is wrong; never a traceback.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from engine.errors import StafetError, filled
from stafet import unforeseen

#: name on the command line: (module in stafet.commands, one line of help)
COMMANDS = {
    "serve": ("serve", "Web, API and timers in one process"),
    "web": ("web", "Web and API only; the timers run in `stafet worker`"),
    "worker": ("worker", "Timers, jobs and reminders only, beside `stafet web`"),
    "db": ("db", "Create or migrate the schema, or copy everything to another database"),
    "deploy": ("deploy", "Lint, then deploy a folder of diagrams as one version, all or nothing"),
    "draft": ("draft", "Drafts of pathways: submit, approve, send back; bring a version back"),
    "migrate": ("migrate", "Move running instances to another version of their pathway"),
    "lint": ("lint", "Say what is wrong with diagrams, forms and decisions"),
    "simulate": ("simulate", "Play scenarios on a virtual clock"),
    "feel": ("feel", "Evaluate a FEEL expression"),
    "decide": ("decide", "Ask a DMN decision"),
    "coverage": ("coverage", "Which clauses of the agreements the diagrams carry"),
    "due": ("due", "When a deadline falls, and which days were counted"),
    "stuck": ("stuck", "Which cases nothing will move in time unless somebody acts, and why"),
    "act": ("act", "One act on one instance, task, timer or message"),
    "alert": ("alert", "What operators were told is stuck; --test tries their mail and webhook"),
    "batch": ("batch", "One act on a whole group of what is stuck, done by the workers"),
    "retention": ("retention", "Which cases are past their term, and why the others are kept"),
    "erase": ("erase", "Erase what is past its term, or one case by order; a preview first"),
    "hold": ("hold", "Keep a case from erasure while a complaint or a claim is pending"),
    "mail": ("mail", "What is to leave the house and has not: mails and alerts"),
    "export": ("export", "Everything about one citizen, for the right of access"),
    "token": ("token", "Print a bearer token for a person"),
    "identity": ("identity", "Whom the identity provider's people are here"),
    "keys": ("keys", "Make encryption keys"),
    "demo": ("demo", "Fill an empty database with made-up people, units and cases"),
    "backup": ("backup", "Everything into one encrypted file, while the servers serve"),
    "restore": ("restore", "A backup into an empty database"),
    "audit": ("audit", "Check the audit chain"),
    "bench": ("bench", "Run one of the project's benchmarks"),
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # The name is a key of the table above.
        # nosemgrep: code-from-data
        module = importlib.import_module(f"stafet.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stafet")
def cli() -> None:
    """Stafet: who holds the baton, and until when."""


def main(argv: list[str] | None = None) -> None:
    """Run one command; the only place where errors become exit codes; what nobody foresaw is one line too, and 1."""
    unforeseen.guard()
    try:
        result: Any = cli.main(args=argv, prog_name="stafet", standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except click.exceptions.Exit as exc:
        code = exc.exit_code
    except click.Abort:
        code = _fail("Stopped.", 130)
    except click.ClickException as exc:
        code = _fail(" ".join(exc.format_message().split()), 2)
    except StafetError as exc:
        code = _fail(_told(exc), 1 if exc.status in (409, 503) else 2)
    except BrokenPipeError:
        # The reader went away (`stafet … | head`): nothing is wrong and nobody listens.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as exc:
        code = _fail(
            f"{exc.strerror or exc.__class__.__name__}{f': {exc.filename}' if exc.filename else ''}",
            2,
        )
    sys.exit(code)


def _told(exc: StafetError) -> str:
    fields = "; ".join(f"{name}: {filled(said, exc.facts)}" for name, said in exc.fields.items())
    return f"{exc.sentence} {fields}".strip()


def _fail(sentence: str, code: int) -> int:
    click.echo(f"stafet: {sentence}", err=True)
    return code


if __name__ == "__main__":
    main()
