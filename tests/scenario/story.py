"""An agreement as it is deployed, a few units and people, and one citizen's case with a clock.

`deployed(...)` gives the store; a `Story` is played by login: `do` completes somebody's open task, `act` reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from engine import actions, logins, queries
from engine.deploy import deploy
from engine.model import MACHINE, Actor
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import membership, message, person, task, unit, unit_party

ROOT = Path(__file__).resolve().parents[2]
SINCE = date(2020, 1, 1)
#: Name of a unit → its sector and the party that it is; login → unit and job role.
Units = Mapping[str, tuple[str, str]]
People = Mapping[str, tuple[str, str]]


@contextmanager
def deployed(
    folder: Path, agreement: str, units: Units, people: People, now: datetime, *, demo: bool
) -> Iterator[Store]:
    """A database in `folder`; `demo`: made-up citizens have consented to everything."""
    keys = Keyring.from_text(Keyring.generate())
    with closing(Store(f"sqlite:///{folder}/stafet.db", keys, demo=demo)) as made:
        made.upgrade()
        deploy(made, MACHINE, ROOT / "processes" / agreement, "tests", now=now)
        numbers = {name: n for n, name in enumerate(units, 1)}
        with made.write() as db:
            for name, (sector, party) in units.items():
                key = numbers[name]
                db.execute(insert(unit).values(id=key, name=name, sector=sector, valid_from=SINCE))
                place = {"unit_id": key, "agreement": agreement, "party": party}
                db.execute(insert(unit_party).values(**place))
            for n, (login, (where, role)) in enumerate(people.items(), 1):
                db.execute(insert(person).values(id=n, login=login, name=login.title()))
                member = {"person_id": n, "unit_id": numbers[where], "role": role}
                db.execute(insert(membership).values(**member, valid_from=SINCE))
        yield made


class Story:
    """One citizen's case, opened by `opener` with these units as parties, and a clock."""

    def __init__(
        self, store: Store, cpr: str, now: datetime, opener: str, agreement: str, units: Units
    ) -> None:
        self.store, self.now = store, now
        parties = {party: name for name, (_, party) in units.items()}
        self.case = actions.open_case(
            store, self.who(opener), agreement, cpr, "Prøve Person", parties, now=now
        )

    def who(self, login: str) -> Actor:
        return logins.actor(self.store, login, now=self.now)

    def later(self, **time: int) -> None:
        self.now += timedelta(**time)

    def caught_up(self) -> None:
        """Everything that is due has been done."""
        while actions.run_due(self.store, 50, now=self.now):
            pass

    def do(self, login: str, element: str, **answers: Any) -> None:
        """Somebody completes an open task of that element, their own where there are several."""
        self.caught_up()
        wanted = select(task.c.id, task.c.unit_id).where(
            task.c.case_id == self.case, task.c.element == element, task.c.status == "open"
        )
        rows = self.rows(wanted)
        actor = self.who(login)
        mine = [row.id for row in rows if row.unit_id in actor.units] or [row.id for row in rows]
        actions.complete(self.store, actor, mine[0], answers, now=self.now)

    def act(self, login: str, action: str, **answers: Any) -> None:
        actions.act(self.store, self.who(login), self.case, action, answers, now=self.now)

    def offered(self, login: str) -> set[str]:
        found = queries.actions(self.store, self.who(login), self.case, now=self.now)
        return {action["id"] for action in found}

    def rows(self, wanted: Any) -> list[Any]:
        with self.store.read() as db:
            return list(db.execute(wanted))

    def told(self, name: str) -> int:
        """How many messages of that name the case has."""
        wanted = select(message.c.id).where(message.c.case_id == self.case, message.c.name == name)
        return len(self.rows(wanted))
