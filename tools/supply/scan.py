"""Bandit and semgrep with our own rules (tools/semgrep/) over what is delivered: `make scan`.

Both run offline, at the same time, in an environment of their own (.venv/audit).  A scan that read less than everything
is no scan: a file that was not read, a rule that was not understood and a tool that stopped are findings too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "tools" / "semgrep"
TOOLS = ROOT / ".venv" / "audit" / "bin"
#: What is looked at beside Python.
OTHERS = ("web/templates/**/*.html", "api/templates/**/*.html", "web/src/**/*.js")
Json = dict[str, Any]


def rooms(root: Path) -> list[str]:
    """The packages that are delivered."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return [room for room in named if (root / room).is_dir()]


def sources(root: Path) -> tuple[set[str], set[str]]:
    """The Python files, and the templates and scripts, as paths from `root`."""
    python = {path for room in rooms(root) for path in (root / room).rglob("*.py")}
    others = {path for pattern in OTHERS for path in root.glob(pattern)}
    return tuple(  # type: ignore[return-value]
        {str(p.relative_to(root)) for p in found if "node_modules" not in p.parts}
        for found in (python, others)
    )


def by_semgrep(told: Json, expected: set[str]) -> Iterator[str]:
    """What semgrep's JSON says is wrong, and what it left out."""
    for one in told["results"]:
        rule = one["check_id"].rpartition(".")[2]
        yield f"{one['path']}:{one['start']['line']}: {rule}: {one['extra']['message'].strip()}"
    for error in told["errors"]:
        yield f"semgrep stopped: {error.get('message', error)}"
    yield from _unread("semgrep", expected, told["paths"]["scanned"])


def by_bandit(told: Json, expected: set[str]) -> Iterator[str]:
    """What bandit's JSON says is wrong, and what it left out."""
    for one in told["results"]:
        at = f"{one['filename'].removeprefix('./')}:{one['line_number']}"
        yield f"{at}: {one['test_id']} {one['test_name']}: {one['issue_text']}"
    for error in told["errors"]:
        yield f"bandit stopped: {error['filename']}: {error['reason']}"
    read = [name.removeprefix("./") for name in told["metrics"] if name != "_totals"]
    yield from _unread("bandit", expected, read)


def _unread(tool: str, expected: set[str], read: list[str]) -> Iterator[str]:
    for path in sorted(expected - set(read)):
        yield f"{path}: {tool} did not read it"


def scan(root: Path = ROOT) -> list[str]:
    """Everything that both tools find under `root`."""
    python, others = sources(root)
    if not python:
        return [f"there is no source under {root}"]
    words = {
        "semgrep": ["scan", "--json", "--quiet", "--metrics=off", "--disable-version-check", "--timeout=0",
                    "--max-target-bytes=0", "--jobs=2", f"--config={RULES}", "."],
        "bandit": ["-f", "json", "-q", "-c", str(ROOT / "pyproject.toml"), *sorted(python)],
    }  # fmt: skip
    # From the root: where there is no git, rules that hold for a room find the room by its path from there.
    with tempfile.TemporaryDirectory() as home:
        run = {tool: _begin(tool, given, root, home) for tool, given in words.items()}
        told = {
            tool: _told(tool, *each.communicate(), each.returncode) for tool, each in run.items()
        }
    found = [said for said in told.values() if isinstance(said, str)]
    if isinstance(told["semgrep"], dict):
        found += by_semgrep(told["semgrep"], python | others)
    if isinstance(told["bandit"], dict):
        found += by_bandit(told["bandit"], python)
    return found


def _begin(tool: str, words: list[str], root: Path, home: str) -> subprocess.Popen[str]:
    # semgrep keeps settings and a log in the home folder, and finds its other half on the path.
    env = {**os.environ, "HOME": home, "PATH": f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.Popen(
        [TOOLS / tool, *words], cwd=root, env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _told(tool: str, out: str, err: str, status: int) -> Json | str:
    try:
        told: Json = json.loads(out)
    except ValueError:
        return f"{tool} gave no answer (status {status}): {(err or out).strip()[-500:]}"
    return told


def main(words: list[str]) -> int:
    """0: nothing was found in anything; 1: what was found, a line each."""
    root = Path(words[0]).resolve() if words else ROOT
    if not (TOOLS / "semgrep").exists():
        sys.stderr.write("The scanners are not installed: make scan\n")
        return 1
    found = scan(root)
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
