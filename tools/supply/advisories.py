"""Known weaknesses of what is locked: `make audit` asks PyPI by pip-audit and the npm registry by npm audit.

An answer counts only when it is whole.  Before each source is believed, it is asked for a package that has advisories:
a mirror that hands out packages and no advisories, or a tool that was told to work offline, says "nothing found" of
everything.  Ends with 0: all was looked up and nothing found; 1: something was found; 2: something was not looked up.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from tools.supply import locks
from tools.supply.locks import Json, Locked

TOOLS = locks.ROOT / ".venv" / "audit" / "bin"
#: Of each source a package with advisories for years.
KNOWN = {"pypi": ("jinja2", "2.4.1"), "npm": ("lodash", "4.17.11")}
PROBE = "probe"
WHERE = "Run it where pypi.org and registry.npmjs.org answer (docs/security.md, Supply chain)."
#: What to say, and the names of the advisory.
Finding = tuple[str, set[str]]


@dataclass(slots=True)
class Told:
    """`found` weaknesses; `unknown`: what was not looked up, and why; `accepted` ones that are not counted."""

    found: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)


class NoAnswer(Exception):
    """The tool gave no whole answer; its text says why."""


def ask(root: Path, today: date) -> Told:
    """Look up everything that is locked under `root`."""
    told = Told()
    packages = locks.everything(root)
    for kind, asked in (("pypi", _pypi), ("npm", _npm)):
        wanted = [one for one in packages if one.kind == kind]
        if not wanted:
            told.unknown.append(f"{kind}: there is no lock file")
            continue
        name, version = KNOWN[kind]
        first = f"asked first for {name} {version}, which has advisories: "
        try:
            probe = [Locked(kind, name, version, PROBE, (("sha256", "0" * 64),))]
            if not asked(root, probe):
                raise NoAnswer(
                    f"the source knows nothing of {name}: what it says of the rest is worth nothing"
                )
            first = ""
            found = asked(root, wanted)
        except NoAnswer as exc:
            told.unknown.append(f"{kind}: {first}{exc}; {len(wanted)} packages were not looked up")
            continue
        _sort(told, found, accepted(root, today))
    return told


def accepted(root: Path, today: date) -> dict[str, str]:
    """The advisories that somebody looked at, with the reason, until their day is over (requirements/accepted.toml)."""
    path = root / "requirements" / "accepted.toml"
    rows = tomllib.loads(path.read_text()).get("accepted", []) if path.exists() else []
    return {row["id"]: row["why"] for row in rows if row["until"] >= today}


def _sort(told: Told, found: list[Finding], known: dict[str, str]) -> None:
    for line, ids in found:
        why = [known[each] for each in sorted(ids) if each in known]
        (told.accepted if why else told.found).append(f"{line} ({why[0]})" if why else line)


# ---- PyPI --------------------------------------------------------------------------------
def _pypi(root: Path, wanted: list[Locked]) -> list[Finding]:
    found = []
    for batch in _batches(wanted):
        answers = {one["name"]: one for one in _run_pip(batch).get("dependencies", [])}
        skipped = [
            name for name in batch if "vulns" not in answers.get(name, {}) or "skip_reason" in answers[name]
        ]  # fmt: skip
        if skipped:
            raise NoAnswer(f"it skipped {', '.join(skipped)}")
        for name, one in batch.items():
            if answers[name]["version"] != one.version:
                raise NoAnswer(f"it looked up another version of {name}")
            for each in answers[name]["vulns"]:
                mended = ", ".join(each["fix_versions"]) or "none yet"
                ids = {each["id"], *each.get("aliases", [])}
                found.append(
                    (f"{one.lock}: {name} {one.version}: {each['id']}, mended in {mended}", ids)
                )
    return found


def _batches(wanted: list[Locked]) -> Iterator[dict[str, Locked]]:
    """Each package and version once; pip-audit takes one version of a package at a time."""
    left = list({(one.name, one.version): one for one in wanted}.values())
    while left:
        batch: dict[str, Locked] = {}
        for one in left:
            batch.setdefault(one.name, one)
        yield batch
        left = [one for one in left if batch[one.name] is not one]


def _run_pip(batch: dict[str, Locked]) -> Json:
    # Without the markers of the lock: what is installed on Windows only is looked up here too.
    lines = [
        " ".join([f"{one.name}=={one.version}", *(f"--hash={kind}:{digest}" for kind, digest in one.hashes)])
        for one in batch.values()
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        listed = Path(place) / "requirements.txt"
        listed.write_text("\n".join(lines) + "\n")
        words = ["--strict", "--require-hashes", "--disable-pip", "--progress-spinner=off",
                 "--format=json", "--desc=off", "--aliases=on", "-r", str(listed)]  # fmt: skip
        return _answer("pip-audit", words, Path(place))


# ---- npm ---------------------------------------------------------------------------------
def _npm(root: Path, wanted: list[Locked]) -> list[Finding]:
    found = []
    for lock in sorted({one.lock for one in wanted}):
        inside = [one for one in wanted if one.lock == lock]
        told = _run_npm(root, lock, inside)
        total = told["metadata"]["dependencies"]["total"]
        if total < len(inside):
            raise NoAnswer(f"it looked at {total} of the {len(inside)} packages of {lock}")
        for name, one in sorted(told["vulnerabilities"].items()):
            for via in one["via"]:
                if isinstance(via, dict):
                    line = f"{lock}: {name} {via['range']}: {via['url']}"
                    found.append((line, {via["url"].rpartition("/")[2]}))
    return found


def _run_npm(root: Path, lock: str, inside: list[Locked]) -> Json:
    # An offline npm says of everything that nothing was found, so it is told not to be.
    words = ["audit", "--json", "--package-lock-only", "--audit=true", "--offline=false", "--prefer-offline=false",
             "--omit=", "--audit-level=info", "--fund=false"]  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        if lock == PROBE:
            needs = {one.name: one.version for one in inside}
            packages = {f"node_modules/{name}": {"version": it} for name, it in needs.items()}
            head = {"name": "probe", "version": "1.0.0"}
            whole = {"": {**head, "dependencies": needs}, **packages}
            _write(place, "package.json", {**head, "dependencies": needs})
            _write(place, "package-lock.json", {**head, "lockfileVersion": 3, "packages": whole})
        else:
            for name in ("package.json", "package-lock.json"):
                shutil.copy((root / lock).parent / name, place)
        told = _answer("npm", words, Path(place))
    if told.get("auditReportVersion") != 2 or "vulnerabilities" not in told:
        raise NoAnswer(_short(str(told.get("message") or told.get("error") or told)))
    return told


def _write(place: str, name: str, facts: Json) -> None:
    (Path(place) / name).write_text(json.dumps(facts))


# ---- the tools ---------------------------------------------------------------------------
def _answer(tool: str, words: list[str], place: Path) -> Json:
    """The tool's JSON, where its status fits what it says."""
    search = f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}"
    program = shutil.which(tool, path=search)
    if program is None:
        raise NoAnswer(f"{tool} is not installed")
    env = {k: v for k, v in os.environ.items() if k != "NODE_ENV"} | {"PATH": search}
    try:
        done = subprocess.run(
            [program, *words], cwd=place, env=env, capture_output=True, text=True, timeout=1800, check=False
        )  # fmt: skip
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"{tool} did not end") from None
    except ValueError:
        raise NoAnswer(_short(done.stderr or done.stdout)) from None
    if not isinstance(told, dict):
        raise NoAnswer(f"{tool} answers something else than it should")
    if done.returncode and not (_weak(told) or "message" in told or "error" in told):
        raise NoAnswer(_short(done.stderr or f"{tool} ended with {done.returncode}"))
    return told


def _weak(told: Json) -> bool:
    return bool(told.get("vulnerabilities")) or any(
        one.get("vulns") for one in told.get("dependencies", [])
    )


def _short(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return (lines[-1] if lines else "it gave no answer")[:300]


def main() -> int:
    """Say it, and end as the module's first lines say."""
    told = ask(locks.ROOT, datetime.now(UTC).date())
    for title, lines in (
        ("Accepted", told.accepted),
        ("Known weakness", told.found),
        ("NOT LOOKED UP", told.unknown),
    ):
        sys.stderr.writelines(f"{title}: {line}\n" for line in lines)
    if told.unknown:
        sys.stderr.write(f"This is no pass: the advisories could not all be asked for. {WHERE}\n")
    elif not told.found:
        sys.stdout.write("Every locked package was looked up; nothing is known against them.\n")
    return 1 if told.found else 2 if told.unknown else 0


if __name__ == "__main__":
    sys.exit(main())
