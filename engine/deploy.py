"""From a folder of agreements to deployed versions: read, lint, compile, write; all or nothing.

`read` knows the folder's layout (`processes/README.md`) and gives self-contained sources: a pathway with every
part that it calls, their forms and decisions, and the agreement's settings.  A shared part that an agreement
can fill the lanes of is also a pathway of its own in that agreement.  `deploy` gives a new version number to
what changed and leaves the rest alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import Connection, delete, func, insert, select, text

from engine import access, admission, files, imports, lint, scenarios
from engine import pathway as steps
from engine.coverage import listed
from engine.errors import Conflict, DeployRefused, Invalid, StafetError
from engine.imports import intake
from engine.imports.notes import Note
from engine.model import Actor, Finding, Json, Source
from engine.store import Store
from engine.tables import clause, deployment, pathway

SHARED = "faelles"
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_DECISION = "{*}decision"
#: Where a diagram names clauses.
_NAMED = re.compile(r'stafet:(?:klausul|fristKlausul)="([^"]*)"')


class DeployedMeanwhile(Conflict):
    """Somebody else deployed while this was checked. Look at what it changed, and deploy again."""

    code = "deployed_meanwhile"


@dataclass(frozen=True, slots=True)
class Deployed:
    """What was deployed: `versions` maps agreement and process key to the new version number."""

    id: int | None
    versions: Mapping[tuple[str, str], int]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Folder:
    """One pathway's folder as it was read.  `calls` are the keys of the parts that it uses."""

    key: str
    bpmn: str
    calls: tuple[str, ...]
    lanes: frozenset[str]
    forms: Mapping[str, Json] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)


def read(folder: Path) -> list[Source]:
    """Every source under `folder`, which holds agreements or is one; raises `DeployRefused`."""
    if not folder.is_dir():
        raise DeployRefused(f"There is no folder {folder}.")
    root = _root(folder)
    names = [folder.name] if root != folder else _agreements(root)
    shared = _pathways(root / SHARED, SHARED)
    common = _forms(root / SHARED / "forms")
    found: list[Source] = []
    for name in names:
        settings = _settings(root / name / "agreement.toml") | _gate(root / name / admission.NAME)
        texts = _clauses(root / name / "clauses.yaml")
        own = _pathways(root / name, name)
        known = frozenset(settings.get("lanes", ())) | frozenset(settings.get("parties", ()))
        alone = {key: part for key, part in shared.items() if part.lanes <= known}
        for key in sorted(own.keys() | alone.keys()):
            found.append(_whole(name, key, {**shared, **own}, common, settings, texts))
    if not found:
        raise DeployRefused(f"There is no pathway under {folder}.")
    return found


def deploy(
    store: Store, actor: Actor, folder: Path, note: str, *, now: datetime, once: bool = False
) -> Deployed:
    """Deploy what changed under `folder` as one deployment.

    `once`: what was in force before is not put back over a newer version (a server that starts, after a designer's
    change was approved).

    Raises `DeployedMeanwhile` where somebody else deployed while this was checked.

    Refused whole where lint finds an error or a pathway cannot be compiled; the findings are the error's
    fields, `file#element` to sentence.
    """
    access.deploy(actor)
    with store.read() as db:
        before = _last(db)
    sources = read(folder)
    findings = tuple(lint.lint(folder))
    problems = {**_errors(findings), **_compiled(sources)}
    if problems:
        raise DeployRefused(fields=problems)
    brought = frozenset(source.key for source in sources)
    agreements = sorted({source.agreement for source in sources})
    with store.write() as db:
        one_at_a_time(db)
        if once:
            sources = list(_never_deployed(db, sources))
        elif _last(db) != before:
            raise DeployedMeanwhile
        _list_clauses(db, folder, {source.agreement for source in sources})
        scenarios.take_in(db, _root(folder), brought, now=now)
        files.take_in(db, _root(folder), agreements, SHARED, only_new=once)
        done = put(store, db, actor, sources, note, now=now)
    return replace(done, findings=findings)


def put(
    store: Store,
    db: Connection,
    actor: Actor,
    sources: list[Source],
    note: str,
    *,
    now: datetime,
    approved_by: Actor | None = None,
) -> Deployed:
    """Give a version number to each source that differs from what is in force, inside the caller's transaction."""
    one_at_a_time(db)
    versions = dict(_changed(db, sources))
    if not versions:
        return Deployed(None, {})
    number = _record(db, actor, note, versions, now, approved_by)
    facts = {"deployment": number, "pathways": len(versions)}
    store.chains.record(db, now=now, actor=approved_by or actor, what="deployed", facts=facts)
    return Deployed(number, {place: version for place, (version, _) in versions.items()})


def digest(source: Source) -> str:
    """The same for the same version."""
    return hashlib.sha256(_canonical(source).encode()).hexdigest()


# ---- reading -----------------------------------------------------------------------------
def _root(folder: Path) -> Path:
    """The folder that the agreements lie in."""
    return folder.parent if (folder / "agreement.toml").exists() else folder


def _agreements(root: Path) -> list[str]:
    return sorted(path.parent.name for path in root.glob("*/agreement.toml"))


def _pathways(folder: Path, prefix: str) -> dict[str, _Folder]:
    found = {}
    for diagram in sorted(folder.glob("*/*.bpmn")):
        if diagram.stem != diagram.parent.name:
            raise DeployRefused(
                fields={str(diagram): "A diagram has the name of the folder that it lies in."}
            )
        key = f"{prefix}-{diagram.stem}"
        found[key] = _pathway(key, diagram)
    return found


def _pathway(key: str, diagram: Path) -> _Folder:
    imported = imports.open_file(diagram)
    root, bpmn = imported.root, imported.text
    if root is None:
        raise DeployRefused(fields={str(diagram): imported.notes[0].said()})
    calls = {str(el.get("calledElement", "")) for el in root.iter(f"{_BPMN}callActivity")}
    lanes = {str(el.get("name", "")) for el in root.iter(f"{_BPMN}lane")}
    decisions: dict[str, str] = {}
    for file in sorted(diagram.parent.glob("*.dmn")):
        text_ = _text(file)
        for named in _xml(file, text_).iter(_DECISION):
            decisions[str(named.get("name") or named.get("id"))] = text_
    forms = _forms(diagram.parent / "forms")
    return _Folder(key, bpmn, tuple(sorted(calls)), frozenset(lanes), forms, decisions)


def _whole(
    agreement: str,
    key: str,
    folders: Mapping[str, _Folder],
    common: Mapping[str, Json],
    settings: Json,
    texts: Mapping[str, Json],
) -> Source:
    parts: dict[str, _Folder] = {}
    waiting = list(folders[key].calls)
    while waiting:
        called = waiting.pop()
        # What is not there is refused by lint and by the compiler, who can name the element.
        if called in folders and called not in parts and called != key:
            parts[called] = folders[called]
            waiting += folders[called].calls
    forms: dict[str, Json] = dict(common)
    decisions: dict[str, str] = {}
    # The pathway's own come last: they win over a part's of the same name.
    for each in (*(parts[k] for k in sorted(parts)), folders[key]):
        forms.update(each.forms)
        decisions.update(each.decisions)
    # The clauses that it names go with it: what staff read beside a task is what was in force when it was deployed.
    named = {id_ for each in (folders[key], *parts.values()) for id_ in _NAMED.findall(each.bpmn)}
    said = {id_: texts[id_] for ids in named for id_ in ids.split() if id_ in texts}
    return Source(
        key=key,
        agreement=agreement,
        bpmn=folders[key].bpmn,
        parts={name: parts[name].bpmn for name in sorted(parts)},
        forms=dict(sorted(forms.items())),
        decisions=dict(sorted(decisions.items())),
        settings={**settings, "punkter": dict(sorted(said.items()))} if said else settings,
    )


def _forms(folder: Path) -> dict[str, Json]:
    found = {}
    for file in sorted(folder.glob("*.form")):
        try:
            schema = json.loads(_text(file))
        except ValueError as exc:
            raise DeployRefused(fields={str(file): f"The form is not JSON: {exc}."}) from exc
        if not isinstance(schema, dict):
            raise DeployRefused(fields={str(file): "The form must be a JSON object."})
        found[file.stem] = schema
    return found


def _clauses(file: Path) -> dict[str, Json]:
    """The agreement's clauses by id, `{tekst, afsnit}`; none where the agreement has no list yet."""
    if not file.exists():
        return {}
    try:
        return {
            each.id: {"tekst": each.text, "afsnit": each.section} for each in listed(_text(file))
        }
    except Invalid as exc:
        raise DeployRefused(fields={str(file): exc.sentence}) from exc


def _gate(folder: Path) -> Json:
    """Who the agreement is for: its decision and the questions that it asks; nothing where it has none."""
    file = folder / f"{admission.NAME}.dmn"
    if not file.exists():
        return {}
    dmn = _text(file)
    _xml(file, dmn)
    try:
        admission.rules(dmn)
    except Invalid as exc:
        raise DeployRefused(fields={str(file): exc.sentence}) from exc
    return {admission.NAME: {"dmn": dmn, "form": _forms(folder).get(admission.NAME)}}


def _settings(file: Path) -> Json:
    try:
        found: Json = _plain(tomllib.loads(_text(file)))
    except tomllib.TOMLDecodeError as exc:
        raise DeployRefused(fields={str(file): f"The settings cannot be read: {exc}."}) from exc
    return found


def _plain(value: Any) -> Any:
    # A source is kept as JSON, which has no dates.
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise DeployRefused(fields={str(file): "The file is not UTF-8 text."}) from exc


def _xml(file: Path, text_: str) -> etree._Element:
    root = intake.parse(text_)
    if isinstance(root, Note):
        raise DeployRefused(fields={str(file): root.said()})
    return root


# ---- checking ----------------------------------------------------------------------------
def _errors(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {f"{f.file}#{f.element}": f.message for f in findings if f.severity == "error"}


def _compiled(sources: list[Source]) -> dict[str, str]:
    problems = {}
    for source in sources:
        try:
            steps.compile(source)
        except StafetError as exc:
            problems[f"{source.agreement}/{source.key}"] = exc.sentence
    return problems


# ---- writing -----------------------------------------------------------------------------
def one_at_a_time(db: Connection) -> None:
    """Let a second deployment wait for this one; two at once would both take the next number."""
    if db.dialect.name == "postgresql":
        db.execute(text("LOCK TABLE deployment IN SHARE ROW EXCLUSIVE MODE"))


def _last(db: Connection) -> int:
    return db.scalar(select(func.max(deployment.c.id))) or 0


def _changed(
    db: Connection, sources: list[Source]
) -> Iterator[tuple[tuple[str, str], tuple[int, Source]]]:
    newest = (
        select(pathway.c.agreement, pathway.c.key, func.max(pathway.c.version).label("version"))
        .group_by(pathway.c.agreement, pathway.c.key)
        .subquery()
    )
    same = (
        (pathway.c.agreement == newest.c.agreement)
        & (pathway.c.key == newest.c.key)
        & (pathway.c.version == newest.c.version)
    )
    rows = db.execute(
        select(pathway.c.agreement, pathway.c.key, pathway.c.version, pathway.c.digest).join(
            newest, same
        )
    )
    known = {(row.agreement, row.key): row for row in rows}
    for source in sources:
        place = (source.agreement, source.key)
        old = known.get(place)
        if old is None or old.digest != digest(source):
            yield place, (old.version + 1 if old else 1, source)


def _never_deployed(db: Connection, sources: list[Source]) -> Iterator[Source]:
    """Those that no version has been, of whichever number."""
    rows = db.execute(select(pathway.c.agreement, pathway.c.key, pathway.c.digest))
    known = {(row.agreement, row.key, row.digest) for row in rows}
    return (s for s in sources if (s.agreement, s.key, digest(s)) not in known)


def _list_clauses(db: Connection, folder: Path, agreements: set[str]) -> None:
    """What designers choose from is each agreement's list as it was deployed last."""
    root = _root(folder)
    for name in sorted(agreements):
        db.execute(delete(clause).where(clause.c.agreement == name))
        rows = [
            {
                "agreement": name,
                "id": id_,
                "nth": n,
                "text": each["tekst"],
                "section": each["afsnit"],
            }
            for n, (id_, each) in enumerate(_clauses(root / name / "clauses.yaml").items())
        ]
        if rows:
            db.execute(insert(clause), rows)


def _record(
    db: Connection,
    actor: Actor,
    note: str,
    versions: Mapping[tuple[str, str], tuple[int, Source]],
    now: datetime,
    approved_by: Actor | None,
) -> int:
    whole = hashlib.sha256("".join(digest(s) for _, s in versions.values()).encode()).hexdigest()
    number: int = db.execute(
        insert(deployment)
        .values(
            at=now,
            person_id=actor.id or None,
            note=note[:500],
            digest=whole,
            approved_by=approved_by.id or None if approved_by else None,
        )
        .returning(deployment.c.id)
    ).scalar_one()
    db.execute(
        insert(pathway),
        [
            {
                "key": source.key,
                "version": version,
                "agreement": source.agreement,
                "name": _name(source),
                "deployment_id": number,
                "source": _canonical(source),
                "digest": digest(source),
            }
            for version, source in versions.values()
        ],
    )
    return number


def _name(source: Source) -> str:
    return (steps.compile(source).name or source.key)[:200]


def _canonical(source: Source) -> str:
    # In the files' own order: it is the order in which people read parties and lanes.
    return json.dumps(asdict(source), ensure_ascii=False, separators=(",", ":"))
