"""The licence of each locked package, and which licences may come in (docs/decisions/0014-licences.md)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tools.supply import locks
from tools.supply.locks import Locked

#: Asks for no more than that its text goes along; ZPL, PSF and OFL are of that kind, bpmn.io's asks for its mark too.
PERMISSIVE = {"MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "0BSD", "PSF-2.0", "ZPL-2.1",
              "OFL-1.1", "LicenseRef-bpmn.io"}  # fmt: skip
#: Its own files stay under it, changed or not; what stands beside them does not.
BY_FILE = {"MPL-2.0"}
#: Used as they come, each exchangeable by whoever runs Stafet: that is what the LGPL asks for.
LIBRARIES = {
    ("spiffworkflow", "LGPL-3.0-or-later"),
    ("psycopg", "LGPL-3.0-only"),
    ("psycopg-binary", "LGPL-3.0-only"),
    ("psycopg-pool", "LGPL-3.0-only"),
}
#: Programs that look at the code and are not delivered.
TOOLS = {("semgrep", "LGPL-2.1-or-later")}


def delivered(one: Locked) -> bool:
    """Whether the package is in what an operator installs or a browser loads."""
    return one.lock == "requirements/run.txt" or (
        one.lock == "web/package-lock.json" and not one.dev
    )


def table(root: Path = locks.ROOT) -> dict[tuple[str, str], str]:
    """(kind, name) → SPDX expression, of requirements/licences.toml."""
    rows = tomllib.loads((root / "requirements" / "licences.toml").read_text())
    return {(kind, name): text for kind in ("pypi", "npm") for name, text in rows[kind].items()}


def of(one: Locked, known: dict[tuple[str, str], str]) -> str:
    """Its licence as an SPDX expression; '' where nobody says."""
    return known.get((one.kind, one.name)) or one.licence


def refused(packages: list[Locked], known: dict[tuple[str, str], str]) -> Iterator[str]:
    """Packages whose licence is unknown or may not come in."""
    for one in packages:
        text = of(one, known)
        if not text:
            yield f"{one.lock}: {one.name}: nobody says under which licence it is"
        elif not allowed(text, one.name, delivered(one)):
            yield f"{one.lock}: {one.name}: {text} may not come in"


def allowed(text: str, name: str, goes_out: bool) -> bool:
    """Whether the expression can be met: one side of an OR, each side of an AND."""
    text = text.strip()
    if text.startswith("(") and text.endswith(")") and "(" not in text[1:]:
        text = text[1:-1]
    if "(" in text:
        return False  # nobody needed more yet
    for word, meets in ((r"\s+OR\s+", any), (r"\s+AND\s+", all)):
        sides = re.split(word, text)
        if len(sides) > 1:
            return meets(allowed(side, name, goes_out) for side in sides)
    return (
        text in PERMISSIVE | BY_FILE
        or (name, text) in LIBRARIES
        or (not goes_out and (name, text) in TOOLS)
    )
