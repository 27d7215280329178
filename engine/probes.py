"""Whether the product keeps its rules (`engine.coverage.RULES`): each is tried on the product itself, in a small house.

`kept(folder, rules, now)` makes a database of its own for each, with three units and one citizen, and lets
people do what the rule is about.  A probe says in a sentence what it found broken; '' where the rule holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from sqlalchemy import insert, select

from engine import actions, admission, audit, logins, queries
from engine.deploy import deploy
from engine.errors import CitizenTooYoung, NotFound
from engine.model import MACHINE, Actor, Json
from engine.queries import TaskFilter
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import membership as memberships
from engine.tables import metadata, task, unit_party
from engine.tables import person as persons
from engine.tables import unit as units

#: A made-up citizen whose birthday makes her an adult, and a child.
_CPR, _CHILD, _NAME = "700378-1016", "611215-6016", "Signe Sørensen"
#: What somebody writes, which no expression reads.
_WRITTEN = "Borgeren er bange for at falde tilbage"
_PEOPLE = (
    ("ida", "Afsnittet", "Psykiatri"),
    ("bo", "Kommunen", "Kommune"),
    ("sia", "En anden kommune", ""),
)
_TOML = """titel = "Prøve af systemet selv"
praefiks = "PROEVE"
[kalender]
[parties]
Psykiatri = { sektor = "region" }
Kommune = { sektor = "kommune" }
[lanes]
Psykiatri = { part = "Psykiatri" }
Kommune = { part = "Kommune" }
"""
_HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:stafet="urn:stafet:bpmn" id="d">'
#: Something is written and sent, and the municipality reads it.
_TELL = f"""{_HEAD}<process id="proeve-bud" name="Bud" isExecutable="true"><laneSet id="l">
<lane id="l1" name="Psykiatri"><flowNodeRef>s</flowNodeRef><flowNodeRef>skriv</flowNodeRef>
<flowNodeRef>e</flowNodeRef></lane></laneSet><startEvent id="s" name="Begynd"/>
<userTask id="skriv" name="Skriv" stafet:form="skriv" stafet:besked="bud" stafet:titel="Et bud" stafet:til="Kommune"/>
<endEvent id="e" name="Slut"/><sequenceFlow id="f1" sourceRef="s" targetRef="skriv"/>
<sequenceFlow id="f2" sourceRef="skriv" targetRef="e"/></process></definitions>"""
#: The citizen consents, and takes it back.
_SHARE = f"""{_HEAD}<process id="proeve-deling" name="Deling" isExecutable="true"><laneSet id="l">
<lane id="l1" name="Psykiatri"><flowNodeRef>s</flowNodeRef><flowNodeRef>giv</flowNodeRef>
<flowNodeRef>traek</flowNodeRef><flowNodeRef>e</flowNodeRef></lane></laneSet><startEvent id="s" name="Begynd"/>
<userTask id="giv" name="Noter samtykke" stafet:grundlag="samtykke"/>
<userTask id="traek" name="Noter tilbagetrækning" stafet:grundlag="trukket"/><endEvent id="e" name="Slut"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="giv"/><sequenceFlow id="f2" sourceRef="giv" targetRef="traek"/>
<sequenceFlow id="f3" sourceRef="traek" targetRef="e"/></process></definitions>"""
_FORM = (
    '{"type": "default", "components": [{"key": "tekst", "type": "textarea", "label": "Tekst"}]}'
)


@dataclass(frozen=True, slots=True)
class House:
    """The product over a database of its own, with one case; `folder` holds the real agreements."""

    store: Store
    folder: Path
    now: datetime
    case: int

    def who(self, login: str) -> Actor:
        """A person as the product knows them."""
        return logins.actor(self.store, login, now=self.now)

    def start(self, pathway: str) -> None:
        """Ida starts it."""
        actions.start(self.store, self.who("ida"), self.case, pathway, {}, now=self.now)

    def do(self, element: str, **answers: Any) -> None:
        """Ida completes the open task."""
        wanted = select(task.c.id).where(task.c.element == element, task.c.status == "open")
        with self.store.read() as db:
            number = db.execute(wanted).scalar_one()
        actions.complete(self.store, self.who("ida"), number, answers, now=self.now)

    def told(self) -> list[Json]:
        """What has reached the municipality."""
        return queries.messages(self.store, self.who("bo"), now=self.now)

    def tell(self) -> None:
        """Ida writes something, and it is to be sent."""
        self.start("bud")
        self.do("skriv", tekst=_WRITTEN)


def kept(folder: Path, rules: Iterable[str], now: datetime) -> dict[str, str]:
    """By rule: what its probe found broken, '' where it holds.  `folder` is where the agreements lie."""
    found = {}
    for rule in rules:
        with _house(folder, now) as house:
            found[rule] = PROBES[rule](house)
    return found


# ---- the probes --------------------------------------------------------------------------
def _held_until_there_is_a_basis(house: House) -> str:
    house.tell()
    if house.told():
        return "A message reached another party without consent or another legal basis."
    house.start("deling")
    house.do("giv")
    if len(house.told()) != 1:
        return "A message that was held did not go when the consent came."
    house.do("traek")
    house.tell()
    return "" if len(house.told()) == 1 else "A message went out after the consent was withdrawn."


def _only_parties_see_the_case(house: House) -> str:
    house.start("bud")
    stranger = house.who("sia")
    try:
        queries.case(house.store, stranger, house.case, now=house.now)
        return "The case was shown to somebody without a part in it."
    except NotFound:
        pass
    listed = queries.cases(house.store, stranger, now=house.now).items
    work = queries.inbox(house.store, stranger, TaskFilter(), now=house.now).items
    if listed or work:
        return "A list showed the case or its task to somebody without a part in it."
    shown = queries.case(house.store, house.who("ida"), house.case, now=house.now)
    return "" if shown["id"] == house.case else "A party could not see its own case."


def _nothing_lies_open(house: House) -> str:
    house.start("deling")
    house.do("giv")
    house.tell()
    (message,) = house.told()
    opened = queries.message(house.store, house.who("bo"), message["id"], now=house.now)
    if opened["title"] != "Et bud":
        return "The message could not be read by whom it was for."
    try:
        queries.message(house.store, house.who("sia"), message["id"], now=house.now)
        return "A message was read by somebody whom it was not for."
    except NotFound:
        pass
    lying = _everything(house.store)
    open_ = [s for s in (_CPR, _CPR.replace("-", ""), _NAME, _WRITTEN) if s.encode() in lying]
    return f"In the database one can read {', '.join(open_)}." if open_ else ""


def _every_look_is_noted(house: House) -> str:
    before = _looks(house)
    queries.case(house.store, house.who("ida"), house.case, now=house.now)
    if _looks(house) <= before:
        return "A look at a citizen's case was not noted."
    return "" if audit.verify(house.store).ok else "The log of looks is broken."


def _the_gate_decides(house: House) -> str:
    for file in sorted(house.folder.glob("*/grundlag/grundlag.dmn")):
        examples = yaml.safe_load(file.with_name("proever.yaml").read_text(encoding="utf-8"))
        dmn, tried = file.read_text(encoding="utf-8"), set[str]()
        for each in examples:
            found = admission.ask(dmn, each["svar"])
            tried.update(found.rules)
            if found.outcome != each["udfald"]:
                return f"{file.parents[1].name}: “{each['titel']}” came to {found.outcome}."
        if left := set(admission.rules(dmn)) - tried:
            return f"{file.parents[1].name}: no example reaches {', '.join(sorted(left))}."
    try:
        _open(house.store, house.who("ida"), _CHILD, house.now)
    except CitizenTooYoung:
        return ""
    return "A child's case was opened under an agreement for adults."


PROBES: Mapping[str, Callable[[House], str]] = {
    "samtykke": _held_until_there_is_a_basis,
    "adgang": _only_parties_see_the_case,
    "kanal": _nothing_lies_open,
    "indsigt": _every_look_is_noted,
    "maalgruppe": _the_gate_decides,
}


# ---- the house ---------------------------------------------------------------------------
@contextmanager
def _house(folder: Path, now: datetime) -> Iterator[House]:
    with TemporaryDirectory() as place:
        store = Store(f"sqlite:///{place}/proeve.db", Keyring.from_text(Keyring.generate()))
        try:
            store.upgrade()
            _organise(store)
            deploy(store, MACHINE, _agreement(Path(place)), "probe", now=now)
            case = _open(store, logins.actor(store, "ida", now=now), _CPR, now)
            yield House(store, folder, now, case)
        finally:
            store.close()


def _agreement(place: Path) -> Path:
    root = place / "proeve"
    for slug, drawn in (("bud", _TELL), ("deling", _SHARE)):
        (root / slug / "forms").mkdir(parents=True)
        (root / slug / f"{slug}.bpmn").write_text(drawn, encoding="utf-8")
    (root / "bud" / "forms" / "skriv.form").write_text(_FORM, encoding="utf-8")
    (root / "agreement.toml").write_text(_TOML, encoding="utf-8")
    (root / "grundlag").mkdir()
    (root / "grundlag" / "grundlag.dmn").write_text(_ADULTS, encoding="utf-8")
    return root


_ADULTS = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="g" name="g" namespace="g">
<inputData id="a" name="alder"><variable id="av" name="alder" typeRef="number"/></inputData>
<decision id="grundlag" name="grundlag"><informationRequirement id="r"><requiredInput href="#a"/>
</informationRequirement><literalExpression id="l">
<text>{ udfald: if alder &lt; 18 then "under_18" else "startet" }</text></literalExpression>
</decision></definitions>"""


def _organise(store: Store) -> None:
    since = date(2000, 1, 1)
    with store.write() as db:
        for number, (login, name, party) in enumerate(_PEOPLE, 1):
            db.execute(insert(units).values(id=number, name=name, sector="x", valid_from=since))
            db.execute(insert(persons).values(id=number, login=login, name=login))
            job = {"person_id": number, "unit_id": number, "role": "leder", "valid_from": since}
            db.execute(insert(memberships).values(job))
            if party:
                row = {"unit_id": number, "agreement": "proeve", "party": party}
                db.execute(insert(unit_party).values(row))


def _open(store: Store, actor: Actor, cpr: str, now: datetime) -> int:
    parties = {party: name for _login, name, party in _PEOPLE if party}
    return actions.open_case(store, actor, "proeve", cpr, _NAME, parties, now=now)


def _everything(store: Store) -> bytes:
    with store.read() as db:
        return b"\n".join(
            value if isinstance(value, bytes) else str(value).encode()
            for table in metadata.sorted_tables
            for row in db.execute(select(table))
            for value in row
        )


def _looks(house: House) -> int:
    with house.store.read() as db:
        seen = metadata.tables["audit"]
        return len(db.execute(select(seen.c.seq).where(seen.c.citizen_id.is_not(None))).all())
