"""A zip archive or a diagram from outside as drafts: nothing of it is in force before a colleague approved it.

Of a folder as `processes/` each pathway that differs becomes a draft, all or none, and its tests are kept beside those
that are there, a colleague's of the same name too.  How the files were written goes with the draft, so that what is
exported after the approval is what came, letter for letter.  What the studio does not change (an agreement's settings)
is told by name.  What was drawn in another editor is kept in our words, with a list of what is left to decide
(`worklist.py`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert

from engine import access, files, imports, scenarios
from engine.deploy import SHARED
from engine.model import Actor, Json, Source
from engine.store import Store
from engine.studio import worklist
from engine.studio.came import Came, opened
from engine.studio.deciding import DraftThere
from engine.studio.kept import noted, row_of, there
from engine.studio.packing import of_pathway, place_of
from engine.studio.shelf import Shelf, shelf
from engine.studio.sources import tables_kept, tables_of
from engine.tables import draft
from engine.uploads import UploadRefused

#: Why a file is not taken, by code.
FIELDS = {
    "settings": "An agreement's settings, clauses and gate are deployed with `stafet deploy`.",
    "shared": "What all agreements share is deployed with `stafet deploy`.",
    "elsewhere": "This belongs to another agreement.",
    "called": "A part that this agreement only calls is drawn where it is a pathway.",
    "unknown": "This is no file of a pathway's folder.",
}


class NothingTaken(UploadRefused):
    """What differs in the file is nothing that the studio changes."""

    code = "nothing_taken"

    def __init__(self, left: Mapping[str, str]) -> None:
        """`left`: why each file was not taken, as in `TakenIn`."""
        super().__init__()
        self.left = dict(left)
        self.fields = {path: FIELDS[why] for path, why in left.items()}


@dataclass(frozen=True, slots=True)
class TakenIn:
    """`drafts`: keys · `scenarios`: (key, name) · `rewritten`: keys of which only the wording of files differed.

    `left`: what differs and was not taken, file or folder to a code of `FIELDS`.  `beside`: a test's key and name to
    the name of a colleague's test, which is another and stays.
    """

    drafts: tuple[str, ...]
    scenarios: tuple[tuple[str, str], ...]
    rewritten: tuple[str, ...]
    left: Mapping[str, str]
    beside: Mapping[tuple[str, str], str]


def take_in(
    store: Store, actor: Actor, agreement: str, data: bytes, name: str = "", *, now: datetime
) -> TakenIn:
    """Make drafts of what differs.  `name` is the file's, where it is one diagram.

    Raises `UploadRefused` naming the file, `NothingTaken`, `DraftTooLarge`, `DraftThere`, `UnknownAgreement`.
    """
    access.design(actor)
    came = opened(agreement, data, name)
    with store.write() as db:
        found = shelf(db, agreement, now)
        made: dict[str, list[str]] = {"drafts": [], "rewritten": []}
        tests: dict[tuple[str, str], str] = {}
        left = dict(_left(db, found, came.beside, now))
        for key, each in came.pathways.items():
            if key.startswith(f"{SHARED}-") and key not in found.sources:
                if files.under(db, (place_of(found, key),), now) != each.files:
                    left[f"{place_of(found, key)}/"] = "called"
                continue
            if _drafted(db, store, actor, found, key, each, now):
                made["drafts"].append(key)
            elif _rewritten(db, found, key, each, now):
                made["rewritten"].append(key)
            tests |= {(key, name): came for name, came in _tests(db, actor, key, each, now)}
        for key in sorted({key for key, _ in tests}):
            # A pathway's key; designers have no citizen's data.
            # nosemgrep: audit-of-what-somebody-wrote
            facts = {"pathway": key, "scenarios": sum(key == one for one, _ in tests)}
            store.chains.record(db, now=now, actor=actor, what="scenarios_imported", facts=facts)
        if not tests and not any(made.values()):
            if left:
                raise NothingTaken(left)
            raise UploadRefused("Nothing in the file differs from what is in force.")
    beside = {place: came for place, came in tests.items() if came != place[1]}
    return TakenIn(tuple(made["drafts"]), tuple(tests), tuple(made["rewritten"]), left, beside)


def _left(
    db: Connection, found: Shelf, beside: Mapping[str, str | None], now: datetime
) -> Iterator[tuple[str, str]]:
    """What differs of the files that are no pathway's: of another agreement only its folder."""
    known = files.under(db, {path.partition("/")[0] for path in beside}, now)
    for path, text in beside.items():
        home, _, rest = path.partition("/")
        if text is not None and known.get(path) == text:
            continue
        if home == SHARED:
            yield path, "shared"
        elif home != found.agreement:
            # Their tests are not kept among the files, so that nobody knows whether they differ.
            if "/scenarios/" not in path:
                yield (f"{home}/", "elsewhere") if rest else (path, "unknown")
        else:
            own = f"{home}-{rest.partition('/')[0]}" in found.sources
            yield path, "unknown" if own or text is None else "settings"


def _tests(
    db: Connection, actor: Actor, key: str, came: Came, now: datetime
) -> Iterator[tuple[str, str]]:
    """Keep the tests that differ, as those that are saved in the studio: the names that they get and came with.

    None is deleted, and none that a colleague saved is written over: what came is kept beside it by another name.
    """
    known = {row.name: row for row in scenarios.of(db, [key])}
    for name, text in came.scenarios.items():
        free = _free(known, name, text, actor, frozenset(came.scenarios))
        if free not in known or known[free].text != text:
            scenarios.keep(db, key, free, text, actor.id or None, now=now)
            yield free, name


def _free(
    known: Mapping[str, Row[Any]], name: str, text: str, actor: Actor, coming: frozenset[str]
) -> str:
    """The name, or the next like `name-2` that no colleague's other test has and nothing else comes with."""
    for n in itertools.count(1):
        one = name if n == 1 else f"{name[: 120 - len(f'-{n}')]}-{n}"
        row = known.get(one)
        if n > 1 and one in coming:
            continue
        if row is None or row.text == text or row.saved_by in (None, actor.id or None):
            return one
    raise AssertionError(name)


# ---- keeping -----------------------------------------------------------------------------
def _drafted(
    db: Connection, store: Store, actor: Actor, found: Shelf, key: str, came: Came, now: datetime
) -> bool:
    """Whether it became a draft: not where it says what is in force."""
    base = found.sources.get(key) or Source(key, found.agreement, "", {}, {}, {}, found.settings)
    forms, tables = _changed(db, found, base, came, now)
    if not forms and not tables and imports.normalise(came.bpmn).text == base.bpmn:
        return False
    if row_of(db, found.agreement, key) is not None:
        raise DraftThere(fields={key: (DraftThere.__doc__ or "").strip()})
    kept = {
        "base_version": found.versions.get(key, 0), "bpmn": came.bpmn, "forms": forms, "decisions": tables,
        "version": 1, "status": "editing", "saved_by": actor.id or None, "saved_at": now, "came": came.files or None,
    }  # fmt: skip
    db.execute(insert(draft).values(agreement=found.agreement, key=key, **kept))
    row = there(db, found.agreement, key)
    worklist.begin(db, found, row, now, alone=not came.whole)
    noted(store, db, actor, row, "draft_imported", now)
    return True


def _rewritten(db: Connection, found: Shelf, key: str, came: Came, now: datetime) -> bool:
    """Whether the files of a whole folder are kept as they came: not where they are what is exported anyway."""
    if not came.whole or came.files == _exported(db, found, found.sources[key], now):
        return False
    return files.keep(db, place_of(found, key), came.files, now)


def _exported(db: Connection, found: Shelf, source: Source, now: datetime) -> dict[str, str]:
    """What comes out of a pathway's own folder, without its tests."""
    kept = files.under(db, (found.agreement, SHARED), now)
    own = of_pathway(db, found, source, kept)
    return {path: text for path, text in own if "/scenarios/" not in path}


def _changed(
    db: Connection, found: Shelf, base: Source, came: Came, now: datetime
) -> tuple[Json, Json]:
    """The forms and tables that differ; None for those of its own that a whole folder has no longer."""
    forms: Json = {n: form for n, form in came.forms.items() if base.forms.get(n) != form}
    saved: dict[str, Any] = {}
    for stem, xml in came.tables.items():
        named = tables_kept(base.decisions, {stem: xml})
        saved |= {n: t for n, t in named.items() if t is not None and base.decisions.get(n) != t}
    if came.whole:
        own = _exported(db, found, base, now)
        stems = {p.rsplit("/", 1)[1].removesuffix(".form") for p in own if p.endswith(".form")}
        tables = {name for p, text in own.items() if p.endswith(".dmn") for name in tables_of(text)}
        here = {name for text in came.tables.values() for name in tables_of(text)}
        forms |= dict.fromkeys(sorted((stems & base.forms.keys()) - came.forms.keys()))
        saved |= dict.fromkeys(sorted((tables & base.decisions.keys()) - here))
    return forms, saved
