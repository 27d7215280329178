"""The files of `processes/` as they were deployed, so that what is exported is the same letter for letter.

A version is kept as what it says; comments, layout and read-me files stand only here.  `scenarios.py` has the tests.
A folder that came with a version for a day to come waits with its deployment: from that day on it is read in the place
of what is kept, and the next write keeps it.  So does the list of an agreement's clauses, which lies in such a file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine.coverage import listed
from engine.model import Json
from engine.tables import clause, deployment, kept_file
from engine.versions import BEGINS, begun

ENDINGS = (".bpmn", ".dmn", ".form", ".md", ".toml", ".yaml")
CLAUSES = "clauses.yaml"
_LONGEST = 300


def under(db: Connection, folders: Collection[str], now: datetime) -> dict[str, str]:
    """The texts by path of everything in these folders (`midtjylland`, `faelles/uenighed`), in order."""
    every = _kept(db)
    for row in _arrived(db, now):
        gone = {path for path in every if _in_one(path, row.came)}
        every = {path: text for path, text in every.items() if path not in gone}
        every |= {path: text for texts in row.came.values() for path, text in texts.items()}
    return {path: every[path] for path in sorted(every) if _in_one(path, folders)}


def clauses(db: Connection, now: datetime) -> dict[str, dict[str, Json]]:
    """Each agreement's clauses by id in the order of its list, `{tekst, afsnit}`, as they were deployed last."""
    found: dict[str, dict[str, Json]] = {}
    for row in db.execute(select(clause).order_by(clause.c.agreement, clause.c.nth)):
        said = {"tekst": row.text, "afsnit": row.section}
        found.setdefault(row.agreement, {})[row.id] = said
    for row in _arrived(db, now):
        found |= {name: _clauses_of(text) for name, text in _lists(row.came)}
    return found


def clauses_in(text: str) -> dict[str, Json]:
    """The clauses of a list by id, `{tekst, afsnit}`; raises `Invalid`."""
    return {each.id: {"tekst": each.text, "afsnit": each.section} for each in listed(text)}


@lru_cache(maxsize=16)
def _clauses_of(text: str) -> dict[str, Json]:
    """The same, read once: from its day on a list is asked for at each look until the next deployment keeps it."""
    return clauses_in(text)


def list_clauses(db: Connection, agreement: str, found: Mapping[str, Json]) -> None:
    """Let these be what designers choose from in the agreement."""
    db.execute(delete(clause).where(clause.c.agreement == agreement))
    rows = [
        {"agreement": agreement, "id": id_, "nth": n, "text": each["tekst"], "section": each["afsnit"]}
        for n, (id_, each) in enumerate(found.items())
    ]  # fmt: skip
    if rows:
        db.execute(insert(clause), rows)


def of(root: Path, folder: str) -> dict[str, str]:
    """The texts by path of what is kept of a folder under `root`."""
    found = {}
    for file in sorted((root / folder).rglob("*")):
        path = file.relative_to(root).as_posix()
        if file.suffix in ENDINGS and "scenarios" not in file.parts and len(path) <= _LONGEST:
            text = text_of(file)
            if text is not None:
                found[path] = text
    return found


def keep(db: Connection, place: str, texts: Mapping[str, str], now: datetime) -> bool:
    """Make what is kept of one pathway's folder be these texts by path; whether anything was otherwise."""
    _settle(db, now)
    known = under(db, (place,), now)
    if known == texts:
        return False
    _replace(db, known, texts)
    return True


def differing(
    db: Connection, root: Path, agreements: Collection[str], shared: str, at: datetime
) -> dict[str, dict[str, str]]:
    """What lies under `root` otherwise than it will be kept at that moment, `{place: {path: text}}`.

    A place is a pathway's folder, whole, or a file that is no pathway's.
    """
    known = under(db, (*agreements, shared), at)
    found = {path: text for name in (*agreements, shared) for path, text in of(root, name).items()}
    homes = {path.rsplit("/", 1)[0] for path in found if path.endswith(".bpmn")}
    loose = {path for path in found if not _in_one(path, homes)}
    return {
        place: mine
        for place in sorted(homes | loose)
        if (mine := _at(found, place)) != _at(known, place)
    }


def keep_from_its_day(db: Connection, number: int, came: Mapping[str, Mapping[str, str]]) -> None:
    """Keep what came with this deployment from its day on; what is called off before is never kept."""
    db.execute(update(deployment).where(deployment.c.id == number).values(came=dict(came)))


def take_in(
    db: Connection,
    root: Path,
    agreements: Collection[str],
    shared: str,
    *,
    only_new: bool,
    now: datetime,
) -> None:
    """Keep what lies under `root` of these agreements and of the shared parts; of a folder that came, all of it.

    `only_new`: nothing that is kept already is replaced or forgotten.
    """
    _settle(db, now)
    found = {path: text for name in (*agreements, shared) for path, text in of(root, name).items()}
    known = under(db, (*agreements, shared), now)
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


def _arrived(db: Connection, now: datetime) -> list[Row[Any]]:
    """What came for a day that has begun and is not kept yet, in the order of the days: `id came`."""
    asked = select(deployment.c.id, deployment.c.came)
    asked = asked.where(deployment.c.came.is_not(None), begun(now))
    return list(db.execute(asked.order_by(BEGINS, deployment.c.id)))


def _kept(db: Connection) -> dict[str, str]:
    return {row.path: row.text for row in db.execute(select(kept_file.c.path, kept_file.c.text))}


def _settle(db: Connection, now: datetime) -> None:
    """Keep what has arrived, so that what is written now comes after it."""
    for row in _arrived(db, now):
        db.execute(update(deployment).where(deployment.c.id == row.id).values(came=None))
        for place, texts in row.came.items():
            _replace(db, [path for path in _kept(db) if _in_one(path, (place,))], texts)
        for agreement, text in _lists(row.came):
            list_clauses(db, agreement, clauses_in(text))


def _replace(db: Connection, known: Collection[str], texts: Mapping[str, str]) -> None:
    for path in known:
        db.execute(delete(kept_file).where(kept_file.c.path == path))
    if texts:
        db.execute(insert(kept_file), [{"path": p, "text": t} for p, t in sorted(texts.items())])


def _in_one(path: str, places: Collection[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def _at(texts: Mapping[str, str], place: str) -> dict[str, str]:
    return {path: text for path, text in texts.items() if _in_one(path, (place,))}


def _lists(came: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """The clause lists among what came: whose, and the text."""
    for place, texts in came.items():
        agreement, _, name = place.partition("/")
        if name == CLAUSES:
            yield agreement, texts[place]


def text_of(file: Path) -> str | None:
    """None for what no database keeps as text: it is not part of any version either."""
    try:
        text = file.read_bytes().decode("utf-8")
    except (UnicodeDecodeError, OSError):
        return None
    return None if "\0" in text else text
