"""A folder that came over the wire, deployed as one, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from engine import access, uploads
from engine.actions.hand import numberless
from engine.deploy import Deployed, deploy
from engine.errors import DeployRefused
from engine.imports.notes import Say
from engine.model import Actor
from engine.store import Store


def deploy_files(
    store: Store,
    actor: Actor,
    files: Mapping[str, str],
    note: str,
    *,
    begins_on: date | None = None,
    say: Say = str,
    now: datetime,
) -> Deployed:
    """Texts by their path, laid out as `processes/`; raises `UploadRefused`, `DeployRefused`, `DayPassed`."""
    access.design(actor)
    return _deployed(store, actor, uploads.unpacked(files), note, begins_on, say, now)


def deploy_zip(
    store: Store,
    actor: Actor,
    data: bytes,
    note: str,
    *,
    begins_on: date | None = None,
    say: Say = str,
    now: datetime,
) -> Deployed:
    """The same as a zip archive."""
    access.design(actor)
    return _deployed(store, actor, uploads.unzipped(data), note, begins_on, say, now)


def _deployed(
    store: Store,
    actor: Actor,
    opened: AbstractContextManager[Path],
    note: str,
    begins_on: date | None,
    say: Say,
    now: datetime,
) -> Deployed:
    numberless(note, "note")
    with opened as folder:
        try:
            meant = _meant(folder)
            done = deploy(store, actor, meant, note, begins_on=begins_on, say=say, now=now)
        except DeployRefused as exc:
            # Where it was unpacked is nobody's business, and gone.
            fields = {
                _inside(name, folder): _inside(text, folder) for name, text in exc.fields.items()
            }
            facts = {name: _inside(str(fact), folder) for name, fact in exc.facts.items()}
            raise DeployRefused(exc.template, fields=fields, **facts) from exc
        findings = tuple(replace(f, file=_inside(f.file, folder)) for f in done.findings)
        return replace(done, findings=findings)


def _meant(folder: Path) -> Path:
    """One agreement alone is what was sent, with the shared parts that it calls; else all of them."""
    agreements = [file.parent for file in folder.glob("*/agreement.toml")]
    return agreements[0] if len(agreements) == 1 else folder


def _inside(text: str, folder: Path) -> str:
    return text.replace(f"{folder}/", "").replace(str(folder), ".")
