"""Every command line, by every kind of person: a command that acts as somebody asks who that is, and what he may.

Which command is which: `needs` nothing that is stored; is the machine's own door, for whoever has the database and its
keys; or acts as the person that `--by` names, with that person's rights.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from engine import audit
from engine.errors import SettingInvalid, StafetError
from engine.secrets import Keyring
from stafet.cli import COMMANDS, cli
from tests.access.conftest import LATE, House
from tests.access.table import KINDS
from tests.attack.asking import held

_ROUND = "midtjylland/planrunde"
_TRIED = ["--reason", "Prøvet", "--dry-run"]
#: As somebody: what follows, and which kinds may; `stuck` is what the story left for operators.
AS_SOMEBODY = {
    "act amend": (["1", "adspurgte=[]", *_TRIED], {"ole"}),
    "act cancel": (["1", *_TRIED], {"ole"}),
    "act deliver": (["1", *_TRIED], {"ole"}),
    "act discard": (["1", *_TRIED], {"ole"}),
    "act give": (["1", "ida", *_TRIED], {"ole"}),
    "act migrate": (["1", *_TRIED], {"ole"}),
    "act move": (["1", "vurder_behov", "foelg_op", *_TRIED], {"ole"}),
    "act put-back": (["1", *_TRIED], {"ole"}),
    "act remind": (["1", *_TRIED], {"ole"}),
    "act reschedule": (["1", "2024-04-05T08:00", *_TRIED], {"ole"}),
    "act restart": (["1", "foelg_op", *_TRIED], {"ole"}),
    "act resume": (["1", *_TRIED], {"ole"}),
    "act retry": (["1", *_TRIED], {"ole"}),
    "act skip": (["1", "vurder_behov", *_TRIED], {"ole"}),
    "act suspend": (["1", *_TRIED], {"ole"}),
    "alert silence": (["zombie", "--until", "2024-04-03T08:00", "--reason", "Kendt"], {"ole"}),
    "alert sound": (["zombie"], {"ole"}),
    "batch begin": (["retry", "message", "--reason", "Prøvet", "--dry-run"], {"ole"}),
    "batch undo": (["1", "--reason", "Prøvet"], {"ole"}),
    "draft approve": ([_ROUND], {"dan", "mia"}),
    "draft diff": ([_ROUND], {"dan", "mia"}),
    "draft discard": ([_ROUND], {"dan"}),
    "draft list": ([], {"dan", "mia"}),
    "draft renew": ([_ROUND], {"dan"}),
    "draft restore": ([_ROUND, "99", "--note", "Prøvet"], {"dan"}),
    "draft send-back": ([_ROUND, "--note", "Prøvet"], {"dan", "mia"}),
    "draft submit": ([_ROUND, "--note", "Prøvet"], {"dan"}),
    "draft worklist": ([_ROUND], {"dan", "mia"}),
    "mail": (["--again"], {"ole"}),
    "migrate": (["midtjylland/planrunde", "--reason", "Prøvet", "--dry-run"], {"ole"}),
}
#: What stands in the way of an act in the story, told to who may do it.
_NOT_NOW = (
    "instance_not_suspended", "message_handled", "migration_impossible", "move_impossible", "task_not_open",
)  # fmt: skip
#: Of files alone: no database, no keys.
OF_FILES = {"simulate", "feel", "decide", "coverage", "due", "bench"}


def leaves(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that can be called, by its whole name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from leaves(found, f"{before}{name} ")
        elif found is not None:
            yield before + name, found


LEAVES = dict(leaves(cli))


def test_who_can_be_named_is_asked_who_he_is() -> None:
    named = {name for name, one in LEAVES.items() if any(p.name == "by" for p in one.params)}
    assert named == AS_SOMEBODY.keys(), "Say in tests/access/test_commands.py who may."


@pytest.mark.parametrize("name", sorted(OF_FILES))
def test_a_command_of_files_opens_no_database(name: str) -> None:
    module = importlib.import_module(f"stafet.commands.{COMMANDS[name][0]}")
    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    assert not re.search(r"\b(open_store|Store\(|from_env)\b", text)


@pytest.fixture
def line(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A shell beside the site's database."""
    house.put_back()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{house.file}")
    for module in ("act", "alert", "batch", "draft", "mail", "migrate"):
        monkeypatch.setattr(f"stafet.commands.{module}.clock", lambda: LATE)
    return house


@pytest.mark.parametrize("name", sorted(AS_SOMEBODY))
def test_each_may_what_the_pages_let_him(line: House, name: str) -> None:
    given, allowed = AS_SOMEBODY[name]
    before = held(line)
    for who in KINDS:
        said = _said([*name.split(), *given, "--by", who or "ingen"])
        # Nothing of the story can be taken back or sounds again, and no moment lies behind: who may is told so.
        told = ("", "conflict", "invalid", "not_found", "not_silent")
        if name.startswith("act "):
            told = (*told, *_NOT_NOW)
        assert said in (told if who in allowed else ("forbidden", "not_found")), who
    assert held(line) == before


def _said(arguments: list[str]) -> str:
    """The code of a refusal, or nothing."""
    try:
        cli.main(arguments, standalone_mode=False)
    except StafetError as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(
    "name", ["audit who --case 1", "token ida", "stuck", "erase", "batch show", "retention"]
)
def test_with_other_keys_nothing_is_done(
    line: House, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What another ring seals and signs nobody could open or verify later."""
    before = held(line)
    monkeypatch.setenv("STAFET_KEYS", Keyring.generate())
    with pytest.raises(SettingInvalid, match="not the keys"):
        cli.main(name.split(), standalone_mode=False)
    assert held(line) == before
    assert audit.verify(line.store).ok
