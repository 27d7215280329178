"""The shape of the house: what a tool can keep true about the code itself."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest

from engine import errors
from stafet import cli

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("engine", "forms", "paper", "api", "web", "scheduler", "channels", "stafet")
SOURCES = sorted(
    p for room in ROOMS for p in (ROOT / room).rglob("*.py") if "node_modules" not in p.parts
)
#: Only these may read the machine's clock: everybody else is told the time.
CLOCK = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [p for p in SOURCES if p.read_text().strip()], ids=_name)
def test_a_module_opens_by_saying_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text())), "a module docstring is the map"


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.parts[len(ROOT.parts)] in ("engine", "forms")], ids=_name
)
def test_nobody_below_the_edges_reads_the_clock(path):
    assert not CLOCK.search(path.read_text())


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_nothing_is_called_manager_service_helper(path):
    classes = [n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ClassDef)]
    assert not [
        c for c in classes if re.search(r"(Manager|Service|Helper|Util|Processor|Base)$", c)
    ]


def test_every_error_has_a_sentence_and_a_code_of_its_own():
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.StafetError) and kind is not errors.StafetError
    ]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    for kind in kinds:
        assert kind.__doc__
        assert re.fullmatch(r"[a-z_]+", kind.code)
        assert 400 <= kind.status < 600


def test_every_command_answers_to_help():
    for name, (module, _) in cli.COMMANDS.items():
        command = importlib.import_module(f"stafet.commands.{module}").command
        assert command.help, name


def test_what_is_locked_is_what_is_asked_for():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    locked = (ROOT / "requirements" / "run.txt").read_text().lower()
    for requirement in asked:
        name = re.split(r"[\[=<>~ ]", requirement)[0].lower()
        assert re.search(rf"^{re.escape(name)}==", locked, re.M), name


def test_documents_point_at_files_that_exist():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.name} points at {target}"
