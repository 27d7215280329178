"""What a file from outside holds, read and not yet judged: one diagram, or a folder laid out as `processes/`.

A pathway's folder comes whole: its diagram, forms, tables, tests and read-me.  What is no pathway's of this agreement
is given beside them, so that whoever sent it can be told what was not taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from engine import files, imports, sizes, uploads
from engine.deploy import SHARED
from engine.imports import intake
from engine.imports.notes import Note
from engine.model import Json
from engine.studio.drafts import DraftTooLarge
from engine.studio.newly import slug_of
from engine.uploads import UploadRefused


@dataclass(slots=True)
class Came:
    """A pathway as it came.  `whole`: with its folder, so that what is not there was left out on purpose."""

    bpmn: str
    forms: dict[str, Json] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    #: The tests by name, and every other file by its path in `processes/`, letter for letter.
    scenarios: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Archive:
    """`pathways` by key; `beside`: the text of every other file by its path, None where it is no text."""

    pathways: dict[str, Came]
    beside: dict[str, str | None] = field(default_factory=dict)


def opened(agreement: str, data: bytes, name: str) -> Archive:
    """A zip or a diagram; raises `UploadRefused` naming the file, `DraftTooLarge`."""
    if not data:
        raise UploadRefused("The file is empty.")
    if not data.startswith(b"PK") and name.casefold().endswith((".bpmn", ".xml")):
        return Archive(_one(agreement, data, name))
    with uploads.unzipped(data) as folder:
        found = dict(_each(agreement, folder))
        taken = {path for one in found.values() for path in one.files}
        beside = dict(_beside(folder, taken, found))
    if not found and not any(path.startswith(f"{agreement}/") for path in beside):
        raise UploadRefused("There is no pathway of this agreement in the archive.")
    return Archive(found, beside)


# ---- a diagram alone -----------------------------------------------------------------------
def _one(agreement: str, data: bytes, name: str) -> dict[str, Came]:
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
        return {had: Came(text, whole=False)}
    key = f"{agreement}-{slug}"
    if chosen is not None and not isinstance(root, Note):
        text = _renamed(root, chosen, had, key)
    return {key: Came(text, whole=False)}


def _renamed(root: Any, process: Any, had: str, key: str) -> str:
    process.set("id", key)
    for el in root.iter("{*}participant", "{*}BPMNPlane"):
        for name in ("processRef", "bpmnElement"):
            if had and el.get(name, "").rpartition(":")[2] == had:
                el.set(name, key)
    return str(etree.tostring(root, encoding="unicode"))


# ---- a folder ------------------------------------------------------------------------------
def _each(agreement: str, folder: Path) -> Iterator[tuple[str, Came]]:
    for file in sorted(folder.glob("*/*/*.bpmn")):
        home, slug = file.parts[-3], file.parts[-2]
        if home not in (agreement, SHARED) or file.stem != slug:
            continue
        came = Came(_fitting(file.read_bytes(), _shown(file)))
        for form in sorted(file.parent.glob("forms/*.form")):
            came.forms[form.stem] = _form(form)
        for table in sorted(file.parent.glob("*.dmn")):
            came.tables[table.stem] = _fitting(table.read_bytes(), _shown(table))
        for test in sorted(file.parent.glob("scenarios/*.yaml")):
            came.scenarios[test.stem[:120]] = _fitting(test.read_bytes(), _shown(test))
        for path, each in files.of(folder, f"{home}/{slug}").items():
            came.files[path] = each
        yield f"{home}-{slug}", came


def _beside(
    folder: Path, taken: set[str], found: dict[str, Came]
) -> Iterator[tuple[str, str | None]]:
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        if not file.is_file() or path in taken or _no_file_of_ours(file):
            continue
        home, _, rest = path.partition("/")
        of_one = found.get(f"{home}-{rest.partition('/')[0]}")
        if of_one is not None and file.parent.name == "scenarios" and file.suffix == ".yaml":
            continue
        yield path, files.text_of(file)


def _no_file_of_ours(file: Path) -> bool:
    """What systems leave in archives by themselves."""
    return "__MACOSX" in file.parts or file.name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _fitting(data: bytes, name: str) -> str:
    if len(data) > sizes.DRAFT:
        raise DraftTooLarge(name)
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
