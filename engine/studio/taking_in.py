"""A zip archive or a diagram from outside as drafts: nothing of it is in force before a colleague approved it.

Of a folder as `processes/` each pathway that differs becomes a draft, all or none.  What was drawn in another editor is
kept as it came; what is left to decide stands in the draft's list of what must be put right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import Connection, insert

from engine import access, files, imports, uploads
from engine.deploy import SHARED
from engine.imports import intake
from engine.imports.notes import Note
from engine.model import Actor, Json, Source
from engine.store import Store
from engine.studio.deciding import DraftThere
from engine.studio.drafts import MAX_SIZE, DraftTooLarge
from engine.studio.kept import noted, row_of, there
from engine.studio.newly import slug_of
from engine.studio.packing import place_of
from engine.studio.shelf import Shelf, shelf
from engine.studio.sources import tables_kept
from engine.tables import draft
from engine.uploads import UploadRefused


@dataclass(slots=True)
class _Came:
    bpmn: str
    forms: dict[str, Json] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    whole: bool = True


def take_in(
    store: Store, actor: Actor, agreement: str, data: bytes, name: str = "", *, now: datetime
) -> list[str]:
    """Make drafts of what differs; the pathways' keys.  `name` is the file's, where it is one diagram.

    Raises `UploadRefused` naming the file, `DraftTooLarge`, `DraftThere`, `UnknownAgreement`.
    """
    access.design(actor)
    if not data:
        raise UploadRefused("The file is empty.")
    came = _one(agreement, data, name) if _is_diagram(data, name) else _all(agreement, data)
    with store.write() as db:
        found = shelf(db, agreement)
        made = [
            key for key, each in came.items() if _drafted(db, store, actor, found, key, each, now)
        ]
        if not made:
            raise UploadRefused("Nothing in the file differs from what is in force.")
    return made


# ---- reading -----------------------------------------------------------------------------
def _is_diagram(data: bytes, name: str) -> bool:
    return not data.startswith(b"PK") and name.casefold().endswith((".bpmn", ".xml"))


def _one(agreement: str, data: bytes, name: str) -> dict[str, _Came]:
    """A diagram alone: what stands beside it stays as it is.

    It is the pathway whose key its process has, else one of the file's name, and its process gets that key.
    """
    slug = slug_of(name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0])
    if not slug:
        raise UploadRefused("The file needs a name with at least one letter.")
    text = _fitting(data, name)
    root = intake.parse(data)
    processes = [] if isinstance(root, Note) else list(root.iter("{*}process"))
    chosen = next((p for p in processes if p.get("isExecutable") == "true"), None)
    chosen = chosen if chosen is not None else next(iter(processes), None)
    had = "" if chosen is None else str(chosen.get("id", ""))
    if had.startswith((f"{agreement}-", f"{SHARED}-")):
        return {had: _Came(text, whole=False)}
    key = f"{agreement}-{slug}"
    if chosen is not None and not isinstance(root, Note):
        text = _renamed(root, chosen, had, key)
    return {key: _Came(text, whole=False)}


def _renamed(root: Any, process: Any, had: str, key: str) -> str:
    process.set("id", key)
    for el in root.iter("{*}participant", "{*}BPMNPlane"):
        for name in ("processRef", "bpmnElement"):
            if had and el.get(name, "").rpartition(":")[2] == had:
                el.set(name, key)
    return str(etree.tostring(root, encoding="unicode"))


def _all(agreement: str, data: bytes) -> dict[str, _Came]:
    with uploads.unzipped(data) as folder:
        found = dict(_each(agreement, folder))
    if not found:
        raise UploadRefused("There is no pathway of this agreement in the archive.")
    return found


def _each(agreement: str, folder: Path) -> Iterator[tuple[str, _Came]]:
    for file in sorted(folder.glob("*/*/*.bpmn")):
        home, slug = file.parts[-3], file.parts[-2]
        if home not in (agreement, SHARED) or file.stem != slug:
            continue
        came = _Came(_fitting(file.read_bytes(), _shown(file)))
        for form in sorted(file.parent.glob("forms/*.form")):
            came.forms[form.stem] = _form(form)
        for table in sorted(file.parent.glob("*.dmn")):
            came.tables[table.stem] = _fitting(table.read_bytes(), _shown(table))
        yield f"{home}-{slug}", came


def _fitting(data: bytes, name: str) -> str:
    if len(data) > MAX_SIZE:
        raise DraftTooLarge
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = imports.normalise(data).text
        if not text:
            raise UploadRefused("The file is not UTF-8 text.", path=name) from None
    if "\0" in text:
        raise UploadRefused("The file is not text.", path=name)
    return text


def _form(file: Path) -> Json:
    try:
        found = json.loads(_fitting(file.read_bytes(), _shown(file)))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UploadRefused("The form must be a JSON object.", path=_shown(file))
    return found


def _shown(file: Path) -> str:
    return "/".join(file.parts[-3:])


# ---- keeping -----------------------------------------------------------------------------
def _drafted(
    db: Connection, store: Store, actor: Actor, found: Shelf, key: str, came: _Came, now: datetime
) -> bool:
    """Whether it became a draft: not where it says what is in force."""
    if key.startswith(f"{SHARED}-") and key not in found.sources:
        return False  # a part that this agreement only calls is drawn where it is a pathway
    base = found.sources.get(key) or Source(key, found.agreement, "", {}, {}, {}, found.settings)
    forms, tables = _changed(db, found, base, came)
    if not forms and not tables and imports.normalise(came.bpmn).text == base.bpmn:
        return False
    if row_of(db, found.agreement, key) is not None:
        raise DraftThere(fields={key: (DraftThere.__doc__ or "").strip()})
    kept = {
        "base_version": found.versions.get(key, 0), "bpmn": came.bpmn, "forms": forms, "decisions": tables,
        "version": 1, "status": "editing", "saved_by": actor.id or None, "saved_at": now,
    }  # fmt: skip
    db.execute(insert(draft).values(agreement=found.agreement, key=key, **kept))
    noted(store, db, actor, there(db, found.agreement, key), "draft_imported", now)
    return True


def _changed(db: Connection, found: Shelf, base: Source, came: _Came) -> tuple[Json, Json]:
    """The forms and tables that differ; None for those of its own that were left out of a whole folder."""
    forms: Json = {n: form for n, form in came.forms.items() if base.forms.get(n) != form}
    saved: dict[str, Any] = {}
    for stem, xml in came.tables.items():
        named = tables_kept(base.decisions, {stem: xml})
        saved |= {n: t for n, t in named.items() if t is not None and base.decisions.get(n) != t}
    if came.whole:
        place = f"{place_of(found, base.key)}/forms/"
        own = [path for path in files.under(db, (place[:-1],)) if path.endswith(".form")]
        names = {path.removeprefix(place).removesuffix(".form") for path in own} & base.forms.keys()
        forms |= dict.fromkeys(sorted(names - came.forms.keys()))
    return forms, saved
