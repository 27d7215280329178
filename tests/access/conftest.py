"""One site over one database that is put back after each act that was allowed.

In the story a plan round has been sent to the probation service, which has not answered in time: the ward has a task
again.  A search for consent runs beside it.  Sister wards, another agreement and the house's own people look on.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfWriter
from sqlalchemy import insert, select, update

from engine import actions, logins, queries
from engine.audit import Chains
from engine.deploy import deploy
from engine.model import MACHINE
from engine.seals import answer_place
from engine.store import Store
from engine.studio import beginning, plays
from engine.tables import (
    answer,
    job,
    membership,
    message,
    notice,
    person,
    plan,
    review,
    stuck,
    task,
    unit,
    unit_party,
)
from stafet.app import create, open_store
from stafet.settings import from_env
from tests.store.cast import AGREEMENT, NOW, SINCE, asked, open_task, opened, organise
from tests.store.conftest import PROCESSES, USED

CPR, NAME = "810590-2018", "Tine Rasmussen"
#: Another citizen of the same unit.
OTHER = ("700378-1016", "Bo Madsen")
LATE = datetime.fromisoformat("2024-04-04T08:00+02:00")
PASSWORD = "hemmeligt"


@dataclass(frozen=True, slots=True)
class House:
    """The site, what stands in its addresses, and how to be somebody there."""

    site: Flask
    store: Store
    file: Path
    ready: Path
    names: dict[str, Any]
    #: Others of the same kind that the same people may see, by the same names.
    others: dict[str, Any]
    secrets: dict[str, logins.Session]
    tokens: dict[str, str]

    def client(self, login: str, *, by_token: bool) -> FlaskClient:
        """A browser with that person's session, or a program with his token; nobody for ""."""
        made = self.site.test_client()
        if login and by_token:
            made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.tokens[login]}"
        elif login:
            made.set_cookie(logins.COOKIE, self.secrets[login].secret)
        return made

    def put_back(self) -> None:
        """The database as it was; the chain begins anew, for its last entries are gone."""
        with (
            closing(sqlite3.connect(self.ready)) as source,
            closing(sqlite3.connect(self.file)) as to,
        ):
            source.backup(to)
        self.store.chains = Chains(self.store.keyring.mac_key)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("access")
    for name in USED:
        target = folder / "processes" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (PROCESSES / name).is_dir() else shutil.copy)(PROCESSES / name, target)
    file = folder / "stafet.db"
    settings = from_env({"DATABASE_URL": f"sqlite:///{file}"}, demo=True)
    store = open_store(settings)
    store.upgrade()
    organise(store)
    _more_people(store)
    deploy(store, MACHINE, folder / "processes" / AGREEMENT, "tests", now=NOW)
    names = _story(store)
    with store.write() as db:
        db.execute(update(person).values(password_hash=logins.hash_password(PASSWORD)))
    people = ("ida", "mia", "jens", "karin", "rikke", "hanne", "ole", "dan")
    sessions = {
        who: logins.log_in(store, who, PASSWORD, address="127.0.0.1", now=LATE) for who in people
    }
    tokens = {who: logins.make_token(store, who, now=LATE) for who in people}
    others = _others(store, names)
    names["token_id"] = logins.tokens(store, "ida", now=LATE)[0].id
    ready = folder / "ready.db"
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(ready)) as to:
        source.backup(to)
    yield House(
        create(settings, store, now=lambda: LATE),
        store,
        file,
        ready,
        names,
        others,
        sessions,
        tokens,
    )
    store.close()


def _meeting(store: Store, case: int, walk: int) -> int:
    """What the ward answered when it invited the probation service; its number."""
    when = {"moede_dato": f"{LATE.date() + timedelta(3)}", "deltagere": ["Kriminalforsorgen"]}
    sealed = store.keyring.seal_json(when, answer_place(walk, "indkald_team", NOW))
    row = {"case_id": case, "instance_id": walk, "element": "indkald_team", "at": NOW}
    with store.write() as db:
        made = insert(answer).values(**row, party="Regionspsykiatrien", person_id=1, values=sealed)
        return int(db.execute(made.returning(answer.c.id)).scalar_one())


def _more_people(store: Store) -> None:
    rows = (
        (21, "mia", "Mia Munk", 1, "sekretær"),
        (22, "rikke", "Rikke Ravn", 21, "sygeplejerske"),
        (23, "hanne", "Hanne Holst", 22, "sygeplejerske"),
    )
    with store.write() as db:
        for number, name, agreement, party in (
            (21, "Afsnit R2", AGREEMENT, "Regionspsykiatrien"),
            (22, "Center Nord", "hovedstaden", "Psykiatrisk center"),
        ):
            db.execute(insert(unit).values(id=number, name=name, sector="region", valid_from=SINCE))
            db.execute(insert(unit_party).values(unit_id=number, agreement=agreement, party=party))
        for number, login, name, where, role in rows:
            db.execute(insert(person).values(id=number, login=login, name=name))
            job_ = {"person_id": number, "unit_id": where, "role": role, "valid_from": SINCE}
            db.execute(insert(membership).values(**job_))
        for role in ("databeskyttelse", "leder"):
            also = {"person_id": 21, "unit_id": 1, "role": role, "valid_from": SINCE}
            db.execute(insert(membership).values(**also))


def _others(store: Store, names: dict[str, Any]) -> dict[str, Any]:
    case = opened(store, cpr=OTHER[0], name=OTHER[1])
    with store.read() as db:
        beside = (
            task.c.case_id == names["case_id"],
            task.c.unit_id == 1,
            task.c.id != names["task_id"],
        )
        another = db.scalar(select(task.c.id).where(*beside).limit(1))
    assert another is not None
    return {"case_id": case, "task_id": another, "key": "samtykke", "agreement": "hovedstaden"}


def _story(store: Store) -> dict[str, Any]:
    """What happened before; the numbers that stand in addresses."""
    ida = logins.actor(store, "ida", now=NOW)
    case = opened(store, cpr=CPR, name=NAME)
    walk = asked(store, case, "Kriminalforsorgen")
    actions.start(store, ida, case, "samtykke", {}, now=NOW)
    waits = asked(store, case, "Kriminalforsorgen", now=LATE)
    actions.run_due(store, 50, now=LATE)
    kept = actions.keep_filter(store, ida, "Ledige", {"view": "ledige"}, now=NOW)
    letter = actions.send(store, ida, "findes_ikke", case, {}, now=LATE)
    actions.watch(store, now=LATE, every=timedelta(0))
    mia = logins.actor(store, "mia", now=LATE)
    lent = actions.lend(store, mia, case, "sia", "Er hendes kontakt", LATE + timedelta(1), now=LATE)
    before = LATE - timedelta(minutes=1)  # one hold, and one batch, a moment
    until = LATE + timedelta(30)
    held = actions.hold_back(store, mia, case, "Klage til styrelsen", until, now=before)
    hurry = logins.actor(store, "sia", now=LATE - timedelta(hours=1))
    actions.break_glass(store, hurry, CPR, "Fundet bevidstløs", now=LATE - timedelta(hours=1))
    follows = open_task(store, walk, "foelg_op")
    day = LATE.date()
    (stands,) = actions.appoint(store, ida, "mia", day, day, now=LATE)
    secret = logins.make_feed(store, ida, now=LATE)
    blank = BytesIO()
    PdfWriter().write(blank)
    ole = logins.actor(store, "ole", now=LATE)
    batch = actions.many(store, ole, "remind", "overdue", "Prøvet i en test", now=before)
    while actions.run_batches(store, 50, now=LATE):
        pass
    file = actions.attach(store, ida, follows, "brev.pdf", blank.getvalue(), now=LATE)
    actions.comment_on(store, ida, follows, "Kender du ham?", to="mia", now=LATE)
    (question,) = queries.beside(store, ida, follows, now=LATE)["comments"]
    meeting = _meeting(store, case, walk)
    dan = logins.actor(store, "dan", now=LATE)
    begun = {"start": LATE.isoformat()}
    played = beginning.begin(store, dan, AGREEMENT, "midtjylland-planrunde", begun, now=LATE)
    board = plays.board(store, dan, played, now=LATE)
    assert board.table is not None
    with store.read() as db:
        return {
            "play": played, "step": 0, "walk": 0, "ref": next(board.table.open())[1].ref,
            "attachment_id": file,
            "question_id": question["id"],
            "deputy_id": stands,
            "secret": secret,
            "loan_id": lent,
            "hold_id": held,
            "batch_id": batch,
            "letter": letter,
            "reason": "overdue",
            "name": "accept",
            "review_id": db.scalar(select(review.c.id).where(review.c.unit_id == 1)),
            "cause_id": db.scalar(select(stuck.c.id).where(stuck.c.reason == "undeliverable")),
            "case_id": case,
            "instance_id": walk,
            "task_id": follows,
            "message_id": db.scalar(select(message.c.id).where(message.c.to_unit_id == 2)),
            "notice_id": db.scalar(select(notice.c.id).where(notice.c.unit_id == 2)),
            "meeting_id": meeting,
            "document_id": db.scalar(select(plan.c.id).where(plan.c.instance_id == waits)),
            "filter_id": kept,
            "timer_id": db.scalar(select(job.c.id).where(job.c.kind == "timer", job.c.instance_id == waits)),
            "action": "midtjylland-planrunde",
            "event": "samtykket_er_trukket",
            "key": "midtjylland-planrunde",
            "agreement": AGREEMENT,
            "filename": "",
            "number": 1,
            "version": 1,
        }  # fmt: skip
