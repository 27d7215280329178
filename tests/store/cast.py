"""The people of these tests, their units, and the first steps of a plan round that many of them need.

Ida and Anna work on the ward, Bo in the municipality, Jens in the probation service, Karin is the GP.  Sia works
elsewhere and has no part in anything.  Ole looks after the running instances, Dan draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select

from engine import actions, logins
from engine.store import Store
from engine.tables import membership, person, task, unit, unit_party

#: A Tuesday before Easter: three hverdage from here end on 3 April.
NOW = datetime.fromisoformat("2024-03-26T10:00+01:00")
SINCE = date(2020, 1, 1)
SIGNE, CPR = "Signe Sørensen", "700378-1016"
AGREEMENT = "midtjylland"


@dataclass(frozen=True)
class Unit:
    """A unit and the parties that it can be."""

    id: int
    name: str
    sector: str
    parties: tuple[str, ...]


@dataclass(frozen=True)
class Somebody:
    """A person with one job."""

    id: int
    login: str
    name: str
    unit: int
    role: str


UNITS = (
    Unit(1, "Afsnit R1", "region", ("Regionspsykiatrien",)),
    Unit(2, "Kriminalforsorgen Midtjylland", "stat", ("Kriminalforsorgen",)),
    Unit(3, "Myndighed Aarhus", "kommune", ("Kommunens myndighed", "Handlekommune")),
    Unit(4, "Lægehuset", "almen praksis", ("Egen læge",)),
    Unit(5, "Koordinerende møde", "fælles", ("Tværsektoriel ledelse", "Styregruppe")),
    Unit(7, "Bostøtten", "kommune", ("Kommunens bostøtte",)),
    Unit(9, "Stafets hus", "hus", ()),
)
PEOPLE = (
    Somebody(1, "ida", "Ida Ibsen", 1, "sygeplejerske"),
    Somebody(2, "anna", "Anna Aagaard", 1, "overlæge"),
    Somebody(3, "bo", "Bo Bertelsen", 3, "sagsbehandler"),
    Somebody(4, "jens", "Jens Juhl", 2, "tilsynsførende"),
    Somebody(5, "karin", "Karin Kvist", 4, "praktiserende læge"),
    Somebody(6, "sia", "Sia Svendsen", 7, "pædagog"),
    Somebody(7, "ole", "Ole Olsen", 9, "driftsansvarlig"),
    Somebody(8, "dan", "Dan Dinesen", 9, "procesdesigner"),
)
PARTIES = {
    "Regionspsykiatrien": "Afsnit R1",
    "Kriminalforsorgen": "Kriminalforsorgen Midtjylland",
    "Kommunens myndighed": "Myndighed Aarhus",
    "Egen læge": "Lægehuset",
}


def organise(store: Store) -> None:
    """Put units and people into an empty database."""
    with store.write() as db:
        for each in UNITS:
            db.execute(
                insert(unit).values(
                    id=each.id, name=each.name, sector=each.sector, valid_from=SINCE
                )
            )
            for party in each.parties:
                db.execute(
                    insert(unit_party).values(unit_id=each.id, agreement=AGREEMENT, party=party)
                )
        for who in PEOPLE:
            db.execute(insert(person).values(id=who.id, login=who.login, name=who.name))
            db.execute(
                insert(membership).values(
                    person_id=who.id, unit_id=who.unit, role=who.role, valid_from=SINCE
                )
            )


def opened(
    store: Store,
    *,
    cpr: str = CPR,
    name: str = SIGNE,
    parties: dict[str, str] = PARTIES,
    by: str = "ida",
    now: datetime = NOW,
) -> int:
    """A case that Ida opened; its number."""
    who = logins.actor(store, by, now=now)
    return actions.open_case(store, who, AGREEMENT, cpr, name, parties, now=now)


def started(store: Store, case: int, *, now: datetime = NOW, **data: Any) -> int:
    """A plan round that Ida started; the instance's number."""
    ida = logins.actor(store, "ida", now=now)
    moved = actions.start(store, ida, case, "planrunde", data, now=now)
    return int(moved.instance["id"])


def open_task(store: Store, instance: int, element: str, party: str | None = None) -> int:
    """The number of the open task of that element (and party)."""
    wanted = select(task.c.id).where(
        task.c.instance_id == instance, task.c.element == element, task.c.status == "open"
    )
    if party is not None:
        wanted = wanted.where(task.c.party == party)
    with store.read() as db:
        return int(db.execute(wanted).scalar_one())


def done(
    store: Store,
    by: str,
    instance: int,
    element: str,
    answers: dict[str, Any],
    *,
    party: str | None = None,
    now: datetime = NOW,
) -> int:
    """Somebody completed the open task of that element; its number."""
    number = open_task(store, instance, element, party)
    who = logins.actor(store, by, now=now)
    actions.complete(store, who, number, answers, now=now)
    return number


def asked(
    store: Store, case: int, *parties: str, now: datetime = NOW, reason: str = "Virker."
) -> int:
    """A plan round in which these parties have been asked to accept the plan; the instance's number."""
    walk = started(store, case, now=now)
    reuse = {"justering_indsats": False, "justering_plan": False, "begrundelse": reason}
    done(store, "ida", walk, "vurder_behov", reuse, now=now)
    sent = {"plan_ref": "Plan 7", "parter": list(parties) or ["Kriminalforsorgen"]}
    done(store, "ida", walk, "send_plan", sent, now=now)
    return walk
