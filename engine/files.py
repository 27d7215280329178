"""The files of `processes/` as they were deployed, so that what is exported is the same letter for letter.

A version is kept as what it says; comments, layout and read-me files stand only here.  `scenarios.py` has the tests.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from engine.tables import kept_file

ENDINGS = (".bpmn", ".dmn", ".form", ".md", ".toml", ".yaml")
_LONGEST = 300


def under(db: Connection, folders: Collection[str]) -> dict[str, str]:
    """The texts by path of everything in these folders (`midtjylland`, `faelles/uenighed`), in order."""
    asked = select(kept_file.c.path, kept_file.c.text).order_by(kept_file.c.path)
    every = {row.path: row.text for row in db.execute(asked)}
    return {path: text for path, text in every.items() if _in_one(path, folders)}


def take_in(
    db: Connection, root: Path, agreements: Collection[str], shared: str, *, only_new: bool
) -> None:
    """Keep what lies under `root` of these agreements and of the shared parts; of a folder that came, all of it.

    `only_new`: nothing that is kept already is replaced or forgotten.
    """
    found = {}
    for name in (*agreements, shared):
        for file in sorted((root / name).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix in ENDINGS and "scenarios" not in file.parts and len(path) <= _LONGEST:
                text = _text(file)
                if text is not None:
                    found[path] = text
    known = under(db, (*agreements, shared))
    new = {path: text for path, text in found.items() if known.get(path) != text}
    gone = set[str]()
    if only_new:
        new = {path: text for path, text in new.items() if path not in known}
    else:
        came = {path.rsplit("/", 1)[0] for path in found if path.endswith(".bpmn")}
        gone = {path for path in known if path not in found and _in_one(path, came)}
    for path in sorted(gone | (new.keys() & known.keys())):
        db.execute(delete(kept_file).where(kept_file.c.path == path))
    if new:
        db.execute(insert(kept_file), [{"path": path, "text": text} for path, text in new.items()])


def _in_one(path: str, folders: Collection[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _text(file: Path) -> str | None:
    """None for what no database keeps as text: it is not part of any version either."""
    try:
        text = file.read_bytes().decode("utf-8")
    except (UnicodeDecodeError, OSError):
        return None
    return None if "\0" in text else text
