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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import Connection, func, insert, select, text

from engine import access, admission, files, imports, lint, scenarios
from engine import pathway as steps
from engine.calendar import day_of, midnight
from engine.errors import Conflict, DeployRefused, Invalid, StafetError, filled
from engine.imports import intake
from engine.imports.notes import Note, Say
from engine.model import Actor, Finding, Json, Source
from engine.store import Store
from engine.tables import deployment, pathway
from engine.versions import coming, in_force

SHARED = "faelles"
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_DECISION = "{*}decision"
#: Where a diagram names clauses.
_NAMED = re.compile(r'stafet:(?:klausul|fristKlausul)="([^"]*)"')


class DeployedMeanwhile(Conflict):
    """Somebody else deployed while this was checked. Look at what it changed, and deploy again."""

    code = "deployed_meanwhile"


class DayPassed(Invalid):
    """That day is gone. Choose a day to come, or none: then it is in force at once."""

    code = "day_passed"


@dataclass(frozen=True, slots=True)
class Deployed:
    """What was deployed: `versions` maps agreement and process key to the new version number.

    `begins_on`: the day that it is in force from, None at once.  `replaced_on`: of those with a version that was made
    for a later day, which one and when; it has not what is deployed now.
    """

    id: int | None
    versions: Mapping[tuple[str, str], int]
    findings: tuple[Finding, ...] = ()
    begins_on: date | None = None
    replaced_on: Mapping[tuple[str, str], tuple[int, date]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Folder:
    """One pathway's folder as it was read.  `calls` are the keys of the parts that it uses."""

    key: str
    bpmn: str
    calls: tuple[str, ...]
    lanes: frozenset[str]
    forms: Mapping[str, Json] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)


class _Unread(Exception):
    """A file that cannot be used: why, not said in any language yet."""

    def __init__(self, file: Path, why: Note | StafetError) -> None:
        super().__init__(str(file))
        self.why = why

    def said(self, say: Say) -> str:
        return self.why.said(say) if isinstance(self.why, Note) else told(self.why, say)


def read(folder: Path, say: Say = str) -> list[Source]:
    """Every source under `folder`, which holds agreements or is one; raises `DeployRefused`, said by `say`."""
    try:
        return _read(folder)
    except _Unread as exc:
        raise DeployRefused(fields={str(exc): exc.said(say)}) from exc


def _read(folder: Path) -> list[Source]:
    if not folder.is_dir():
        raise DeployRefused("There is no folder %(folder)s.", folder=str(folder))
    root = _root(folder)
    names = [folder.name] if root != folder else _agreements(root)
    shared = _pathways(root / SHARED, SHARED)
    common = _forms(root / SHARED / "forms")
    found: list[Source] = []
    for name in names:
        settings = _settings(root / name / "agreement.toml") | _gate(root / name / admission.NAME)
        texts = _clauses(root / name / files.CLAUSES)
        own = _pathways(root / name, name)
        known = frozenset(settings.get("lanes", ())) | frozenset(settings.get("parties", ()))
        alone = {key: part for key, part in shared.items() if part.lanes <= known}
        for key in sorted(own.keys() | alone.keys()):
            found.append(_whole(name, key, {**shared, **own}, common, settings, texts))
    if not found:
        raise DeployRefused("There is no pathway under %(folder)s.", folder=str(folder))
    return found


def deploy(
    store: Store,
    actor: Actor,
    folder: Path,
    note: str,
    *,
    now: datetime,
    once: bool = False,
    begins_on: date | None = None,
    say: Say = str,
) -> Deployed:
    """Deploy what changed under `folder` as one deployment, in force at once or from a day to come.

    Raises `DayPassed`.  The files as they are kept and the list of clauses wait with it; the scenarios, which are no
    part of a version, are those of the folder at once.

    `once`: what was in force before is not put back over a newer version (a server that starts, after a designer's
    change was approved).

    Raises `DeployedMeanwhile` where somebody else deployed while this was checked.

    Refused whole where lint finds an error, else where a pathway cannot be compiled; the findings are the error's
    fields, `file#element` to sentence.  `say` translates them, and what lint says beside (Danish without).
    """
    access.deploy(actor)
    day = day_to_come(begins_on, now)
    with store.read() as db:
        before = _last(db)
    sources = read(folder, say)
    findings = tuple(lint.lint(folder, say=say))
    # The engine's own "no" is said where lint has found nothing: one mistake, one voice.
    problems = errors(findings) or _compiled(sources, say)
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
        root = _root(folder)
        scenarios.take_in(db, root, brought, now=now)
        if day is None:
            files.take_in(db, root, agreements, SHARED, only_new=once, now=now)
            for name in sorted({source.agreement for source in sources}):
                files.list_clauses(db, name, _clauses(root / name / files.CLAUSES))
            done = put(store, db, actor, sources, note, now=now)
        else:
            came = files.differing(db, root, agreements, SHARED, midnight(day))
            done = put(store, db, actor, sources, note, now=now, begins_on=day, came=came)
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
    begins_on: date | None = None,
    came: Mapping[str, Mapping[str, str]] | None = None,
) -> Deployed:
    """Give a version number to each source that differs from what is in force, inside the caller's transaction.

    `begins_on` is a day to come: what counts is what would be in force then.  `came`: the files that are kept from
    that day on, by place; they are deployed for it also where no version differs.
    """
    one_at_a_time(db)
    begins_at = midnight(begins_on) if begins_on else None
    versions = dict(_changed(db, sources, begins_at or now))
    if not versions and not came:
        return Deployed(None, {})
    number = _record(db, actor, note, versions, now, approved_by, begins_at)
    if came:
        files.keep_from_its_day(db, number, came)
    facts: Json = {"deployment": number, "pathways": len(versions)}
    facts |= {"begins_on": begins_on.isoformat()} if begins_on else {}
    store.chains.record(db, now=now, actor=approved_by or actor, what="deployed", facts=facts)
    numbers = {place: version for place, (version, _) in versions.items()}
    # The soonest last: it is the one that is told.
    later = {
        place: (row.version, day_of(row.begins_at))
        for row in reversed(coming(db, begins_at or now))
        if (place := (row.agreement, row.key)) in versions
        and row.digest != digest(versions[place][1])
    }
    return Deployed(number, numbers, begins_on=begins_on, replaced_on=later)


def day_to_come(day: date | None, now: datetime) -> date | None:
    """The day, None where it is today or none; raises `DayPassed`."""
    if day is not None and day < day_of(now):
        raise DayPassed
    return day if day != day_of(now) else None


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
            raise _Unread(diagram, Invalid("A diagram has the name of the folder that it lies in."))
        key = f"{prefix}-{diagram.stem}"
        found[key] = _pathway(key, diagram)
    return found


def _pathway(key: str, diagram: Path) -> _Folder:
    imported = imports.open_file(diagram)
    root, bpmn = imported.root, imported.text
    if root is None:
        raise _Unread(diagram, imported.notes[0])
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
        except (ValueError, RecursionError) as exc:
            line = getattr(exc, "lineno", "?")
            why = Invalid("The form is not JSON: line %(line)s cannot be read.", line=line)
            raise _Unread(file, why) from exc
        if not isinstance(schema, dict):
            raise _Unread(file, Invalid("The form must be a JSON object."))
        found[file.stem] = schema
    return found


def _clauses(file: Path) -> dict[str, Json]:
    """The agreement's clauses by id, `{tekst, afsnit}`; none where the agreement has no list yet."""
    if not file.exists():
        return {}
    try:
        return files.clauses_in(_text(file))
    except Invalid as exc:
        raise _Unread(file, exc) from exc


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
        raise _Unread(file, exc) from exc
    return {admission.NAME: {"dmn": dmn, "form": _forms(folder).get(admission.NAME)}}


def _settings(file: Path) -> Json:
    try:
        found: Json = _plain(tomllib.loads(_text(file)))
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        # Where and what, in the words of who reads TOML.
        raise _Unread(file, Invalid("The settings cannot be read: %(why)s.", why=exc)) from exc
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
        raise _Unread(file, Invalid("The file is not UTF-8 text.")) from exc


def _xml(file: Path, text_: str) -> etree._Element:
    root = intake.parse(text_)
    if isinstance(root, Note):
        raise _Unread(file, root)
    return root


# ---- checking ----------------------------------------------------------------------------
def errors(findings: Iterable[Finding]) -> dict[str, str]:
    """What stands in the way, `file#element` to all that is wrong there: no mistake takes the place of another."""
    said: dict[str, dict[str, None]] = {}
    for each in findings:
        if each.severity == "error":
            said.setdefault(f"{each.file}#{each.element}", {})[each.message] = None
    return {place: " ".join(sentences) for place, sentences in said.items()}


def told(exc: StafetError, say: Say) -> str:
    """What the engine itself refuses, in the reader's language."""
    return filled(say(exc.template), exc.facts)


def _compiled(sources: list[Source], say: Say) -> dict[str, str]:
    problems = {}
    for source in sources:
        try:
            steps.compile(source)
        except StafetError as exc:
            problems[f"{source.agreement}/{source.key}"] = told(exc, say)
    return problems


# ---- writing -----------------------------------------------------------------------------
def one_at_a_time(db: Connection) -> None:
    """Let a second deployment wait for this one; two at once would both take the next number."""
    if db.dialect.name == "postgresql":
        db.execute(text("LOCK TABLE deployment IN SHARE ROW EXCLUSIVE MODE"))


def _last(db: Connection) -> int:
    return db.scalar(select(func.max(deployment.c.id))) or 0


def _changed(
    db: Connection, sources: list[Source], at: datetime
) -> Iterator[tuple[tuple[str, str], tuple[int, Source]]]:
    place = (pathway.c.agreement, pathway.c.key)
    highest = select(*place, func.max(pathway.c.version).label("version")).group_by(*place)
    last = {(row.agreement, row.key): row.version for row in db.execute(highest)}
    then = select(*place, pathway.c.digest).where(pathway.c.id.in_(in_force(at)))
    known = {(row.agreement, row.key): row.digest for row in db.execute(then)}
    for source in sources:
        mine = (source.agreement, source.key)
        if known.get(mine) != digest(source):
            yield mine, (last.get(mine, 0) + 1, source)


def _never_deployed(db: Connection, sources: list[Source]) -> Iterator[Source]:
    """Those that no version has been, of whichever number."""
    rows = db.execute(select(pathway.c.agreement, pathway.c.key, pathway.c.digest))
    known = {(row.agreement, row.key, row.digest) for row in rows}
    return (s for s in sources if (s.agreement, s.key, digest(s)) not in known)


def _record(
    db: Connection,
    actor: Actor,
    note: str,
    versions: Mapping[tuple[str, str], tuple[int, Source]],
    now: datetime,
    approved_by: Actor | None,
    begins_at: datetime | None,
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
            begins_at=begins_at,
        )
        .returning(deployment.c.id)
    ).scalar_one()
    rows = [
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
    ]
    if rows:
        db.execute(insert(pathway), rows)
    return number


def _name(source: Source) -> str:
    return (steps.compile(source).name or source.key)[:200]


def _canonical(source: Source) -> str:
    # In the files' own order: it is the order in which people read parties and lanes.
    return json.dumps(asdict(source), ensure_ascii=False, separators=(",", ":"))
