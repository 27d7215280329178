"""Mail through a real mail server: confirmed addresses, retries, what is given up, and never in the open."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from engine import actions, queries
from engine.actions.leaving import LEASE, TRIES, waiting_row
from engine.errors import Forbidden, Invalid, NotFound, TooFast
from engine.model import MACHINE, Actor
from engine.seals import outbox_place
from engine.store import Store
from engine.tables import audit, mail_choice, outbox, person
from stafet.outside import Post
from stafet.settings import Settings
from tests.letterbox import Letterbox, letterbox
from tests.store.cast import NOW, PEOPLE, SIGNE, open_task, opened, started

As = Callable[[str], Actor]
SETTINGS = Settings("", "", 0, Path(), "", False, False, 8, 0, url="https://stafet.example")
IDA = "ida.ibsen@region.example"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Letterbox]:
    with letterbox(tmp_path) as found:
        yield found


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self):
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def post(store: Store, box: Letterbox, clock: Clock) -> Post:
    return Post(replace(SETTINGS, mail=box.server), store, clock)


def confirmed(store: Store, who: Actor, address: str = IDA, how: str = "at_once") -> None:
    """As if the person had read the code."""
    actions.choose(store, who, how, address, now=NOW - timedelta(days=2))
    with store.write() as db:
        db.execute(update(mail_choice).values(confirmed_at=NOW - timedelta(days=1)))
        db.execute(
            update(outbox).where(outbox.c.kind == "confirm").values(status="sent", ended_at=NOW)
        )


def planned(store: Store, who: Actor, key: str = "k") -> None:
    """A digest for her, in the outbox."""
    facts = {"open": 3, "new": 1, "overdue": 0, "led": 0, "next": "2024-04-03T23:59:00+02:00"}
    row = waiting_row("mail", "digest", key, NOW, facts=facts, person_id=who.id)
    with store.write() as db:
        db.execute(insert(outbox).values(**row))


def rows(store: Store) -> dict[str, tuple[str, str | None, int]]:
    with store.read() as db:
        found = db.execute(select(outbox).where(outbox.c.kind != "confirm")).all()
    return {row.key: (row.status, row.error, row.attempts) for row in found}


def test_an_address_counts_once_its_owner_has_read_the_code(
    store: Store, as_: As, box: Letterbox, clock: Clock
) -> None:
    ida = as_("ida")
    assert actions.choose(store, ida, "daily", IDA, now=NOW)
    planned(store, ida)
    assert post(store, box, clock).send(10) == 1
    (mail,) = box.mails
    assert box.tos == [IDA]
    assert rows(store) == {"k": ("dropped", "not_wanted", 1)}
    assert mail["Subject"] == "Bekræft din mailadresse"
    assert mail["From"] == "Stafet <stafet@stafet.example>"
    text = mail.get_content().replace("\r\n", "\n")
    code = re.search(r"^[A-Z2-7]{4}-[A-Z2-7]{4}$", text, re.MULTILINE)
    assert code
    assert "https://stafet.example/mail" in text
    assert not [each for each in PEOPLE if each.name in str(mail)]
    with pytest.raises(Invalid) as refused:
        actions.confirm(store, ida, "AAAA-AAAA", now=NOW)
    assert "code" in refused.value.fields
    actions.confirm(store, ida, code[0].lower().replace("-", " "), now=NOW)
    found = queries.mail_choice_of(store, ida, now=NOW)
    assert found == {"how": "daily", "address": IDA, "confirmed": True, "failed_at": None}
    with store.read() as db:
        sealed = db.scalar(select(mail_choice.c.address))
    assert IDA.encode() not in bytes(sealed)
    # The same address again asks nothing; another one does.
    assert not actions.choose(store, ida, "at_once", IDA, now=NOW)
    assert queries.mail_choice_of(store, ida, now=NOW)["confirmed"]
    later = NOW + timedelta(minutes=2)
    assert actions.choose(store, ida, "at_once", "ida@andet.example", now=later)
    assert not queries.mail_choice_of(store, ida, now=NOW)["confirmed"]


@pytest.mark.parametrize(
    ("how", "address", "field"),
    [
        ("sommetider", IDA, "how"),
        ("daily", "", "address"),
        ("at_once", "ida", "address"),
        ("at_once", "ida@region", "address"),
        ("at_once", "ida@region.example\r\nBcc: x@y.dk", "address"),
        ("none", "Ida <ida@region.example>", "address"),
        ("daily", "ø@region.example", "address"),
        ("daily", "i" * 200 + "@region.example", "address"),
    ],
)
def test_what_is_no_address_is_refused(
    store: Store, as_: As, how: str, address: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.choose(store, as_("ida"), how, address, now=NOW)
    assert set(refused.value.fields) == {field}
    assert rows(store) == {}


def test_codes_are_not_sent_again_and_again(store: Store, as_: As) -> None:
    ida = as_("ida")
    actions.choose(store, ida, "daily", IDA, now=NOW)
    with pytest.raises(TooFast):
        actions.choose(store, ida, "daily", "ida@andet.example", now=NOW + timedelta(seconds=50))
    for n in range(1, 10):
        actions.choose(
            store, ida, "daily", f"ida{n}@andet.example", now=NOW + n * timedelta(minutes=2)
        )
    with pytest.raises(TooFast):
        actions.choose(store, ida, "daily", IDA, now=NOW + timedelta(hours=1))
    actions.choose(store, ida, "daily", IDA, now=NOW + timedelta(days=1, hours=1))


def test_a_mail_holds_a_date_and_a_link_and_nobody(
    store: Store, as_: As, box: Letterbox, clock: Clock
) -> None:
    opened(store)
    ida = as_("ida")
    confirmed(store, ida, how="daily")
    planned(store, ida)
    post(store, box, clock).send(10)
    (mail,) = box.mails
    said = mail.get_content().replace("\r\n", "\n")
    assert mail["Subject"] == "Dine opgaver i Stafet i dag"
    assert (
        "Opgaver, du kan tage eller har: 3\nNye siden sidst: 1\nNæste frist: onsdag 3. april"
        in said
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    assert not [each for each in (SIGNE, "Plan", *(p.name for p in PEOPLE)) if each in str(mail)]
    with store.write() as db:
        db.execute(update(person).values(language="en"))
    planned(store, ida, "k2")
    post(store, box, clock).send(10)
    assert "Next deadline: Wednesday 3 April" in box.mails[-1].get_content()


def test_a_question_and_its_answer_are_mailed_without_their_words(
    store: Store, as_: As, box: Letterbox, clock: Clock
) -> None:
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    ida, anna = as_("ida"), as_("anna")
    confirmed(store, ida)
    confirmed(store, anna, "anna@region.example")
    actions.comment_on(store, ida, number, "Hemmeligt om Signe", to="anna", now=NOW)
    post(store, box, clock).send(10)
    (question,) = queries.beside(store, anna, number, now=NOW)["comments"]
    actions.answer(store, anna, question["id"], "Hemmeligt svar", now=NOW)
    post(store, box, clock).send(10)
    assert box.tos == ["anna@region.example", IDA]
    assert [mail["Subject"] for mail in box.mails] == [
        "En kollega har spurgt dig i Stafet",
        "Du har fået svar i Stafet",
    ]
    for mail in box.mails:
        assert f"https://stafet.example/opgaver/{number}" in mail.get_content()
        names = (SIGNE, "emmelig", "Signe", "Vurd", *(p.name for p in PEOPLE))
        assert not [each for each in names if each in str(mail) + mail.get_content()]


def test_a_worker_that_died_after_sending_sends_the_same_mail_again(
    store: Store, as_: As, box: Letterbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(store, as_("ida"), how="daily")
    planned(store, as_("ida"))

    def dies(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(actions, "sent", dies)
        with pytest.raises(KeyboardInterrupt):
            post(store, box, clock).send(10)
    assert post(store, box, clock).send(10) == 0, "somebody may be sending it still"
    clock.at = NOW + LEASE
    assert post(store, box, clock).send(10) == 1
    assert len({mail["Message-ID"] for mail in box.mails}) == 1
    assert len(box.mails) == 2
    assert rows(store) == {"k": ("sent", None, 2)}
    clock.at += timedelta(days=1)
    assert post(store, box, clock).send(10) == 0


def test_what_is_put_off_is_tried_ever_more_seldom_and_then_given_up_in_sight(
    store: Store, as_: As, box: Letterbox, clock: Clock
) -> None:
    # A letter to ask for her address: what is true of a person's day would be stale before it is given up.
    actions.choose(store, as_("ida"), "daily", IDA, now=NOW)
    with store.write() as db:
        db.execute(update(outbox).values(key="c"))
    box.refuses["RCPT"] = "450 later"
    pauses, last = [], None
    while rows_of(store, "c").status == "waiting":
        at = rows_of(store, "c").due_at
        pauses.append(at - last if last else timedelta(0))
        last = clock.at = at
        assert post(store, box, clock).send(10) == 1
    assert len(pauses) == TRIES
    assert pauses[1:] == sorted(pauses[1:])
    assert pauses[1] == timedelta(minutes=1)
    assert pauses[-1] == timedelta(hours=4)
    found = queries.leaving(store, MACHINE, now=clock.at)
    assert found["given_up"] == {"mail": 1}
    assert found["rows"][0]["error"] == "mail_refused"
    with pytest.raises(Forbidden):
        queries.leaving(store, as_("ida"), now=NOW)
    box.refuses.clear()
    assert actions.send_again(store, as_("ole"), now=clock.at) == 1
    assert post(store, box, clock).send(10) == 1
    assert rows_of(store, "c").status == "sent"
    assert actions.forget_sent(store, now=clock.at + timedelta(days=91)) > 0


def test_what_is_to_nobody_is_given_up_and_not_sent_to_an_empty_address(
    store: Store, box: Letterbox, clock: Clock
) -> None:
    facts = {"open": 3, "new": 1, "overdue": 0, "led": 0, "next": None}
    with store.write() as db:
        db.execute(insert(outbox).values(**waiting_row("mail", "digest", "k", NOW, facts=facts)))
    post(store, box, clock).send(10)
    assert rows(store) == {"k": ("given_up", "no_address", 1)}
    assert box.tos == []


def rows_of(store: Store, key: str):
    with store.read() as db:
        return db.execute(select(outbox).where(outbox.c.key == key)).one()


def test_an_address_that_is_refused_is_given_up_at_once_and_its_owner_sees_it(
    store: Store, as_: As, box: Letterbox, clock: Clock
) -> None:
    confirmed(store, as_("ida"), how="daily")
    planned(store, as_("ida"))
    box.refuses["RCPT"] = "550 nobody here"
    post(store, box, clock).send(10)
    assert rows(store) == {"k": ("given_up", "mail_refused", 1)}
    assert queries.mail_choice_of(store, as_("ida"), now=NOW)["failed_at"] == NOW


def test_without_tls_nothing_is_sent_in_the_open(
    store: Store, as_: As, clock: Clock, tmp_path: Path
) -> None:
    confirmed(store, as_("ida"), how="daily")
    planned(store, as_("ida"))
    with letterbox(tmp_path, tls=False) as box:
        sender = post(store, box, clock)
        assert sender.send(10) == 1
        assert rows(store)["k"][:2] == ("waiting", "mail_tls")
        assert box.mails == []
        # The server is left alone for a while; another process would wait for the row's own pause.
        planned(store, as_("ida"), "k2")
        assert sender.send(10) == 0
        clock.at += timedelta(minutes=1)
        plain = replace(box, server=replace(box.server, tls="none"))
        assert post(store, plain, clock).send(10) == 2
        assert len(box.mails) == 2


def test_a_certificate_that_nobody_trusts_or_a_wrong_password_stops_it(
    store: Store, as_: As, box: Letterbox, clock: Clock
) -> None:
    confirmed(store, as_("ida"), how="daily")
    planned(store, as_("ida"))
    mine = box.server
    box.server = replace(mine, ca="")
    post(store, box, clock).send(10)
    assert rows(store)["k"][1] == "mail_tls"
    box.server = replace(mine, password="forkert")
    clock.at += timedelta(minutes=1)
    post(store, box, clock).send(10)
    assert rows(store)["k"][1] == "mail_login"
    assert box.mails == []
    box.server = replace(mine, port=1)
    clock.at += timedelta(minutes=2)
    post(store, box, clock).send(10)
    assert rows(store)["k"][1] == "mail_unreachable"


def test_nobody_gets_mail_who_left_or_changed_his_mind(
    store: Store, as_: As, box: Letterbox, clock: Clock
) -> None:
    ida = as_("ida")
    confirmed(store, ida, how="daily")
    planned(store, ida)
    with store.write() as db:
        db.execute(update(person).where(person.c.id == ida.id).values(active=False))
    assert post(store, box, clock).send(10) == 0
    assert rows(store)["k"][:2] == ("dropped", "no_address")
    with store.write() as db:
        db.execute(update(person).where(person.c.id == ida.id).values(active=True))
    planned(store, ida, "k2")
    actions.choose(store, ida, "none", "", now=NOW)
    assert post(store, box, clock).send(10) == 0
    assert rows(store)["k2"][0] == "dropped"


def test_what_was_given_up_is_tried_again_or_put_aside_with_a_reason_once(
    store: Store, as_: As, box: Letterbox, clock: Clock
) -> None:
    ida, ole = as_("ida"), as_("ole")
    confirmed(store, ida, how="daily")
    for key in ("a", "b", "c"):
        planned(store, ida, key)
    box.refuses["RCPT"] = "550 nobody here"
    post(store, box, clock).send(10)
    a, b, c = (row["id"] for row in reversed(queries.leaving(store, ole, now=NOW)["rows"]))
    for numbers, reason, field in (([], "Prøvet", "numbers"), ([a], " ", "reason")):
        with pytest.raises(Invalid) as refused:
            actions.try_again(store, ole, numbers, reason, now=NOW)
        assert set(refused.value.fields) == {field}
    with pytest.raises(Forbidden):
        actions.put_aside(store, ida, [a], "Prøvet", now=NOW)
    box.refuses.clear()
    assert actions.put_aside(store, ole, [b], "Adressen er nedlagt", now=NOW) == 1
    # Somebody else has dealt with one of these meanwhile, then with all.
    assert actions.try_again(store, ole, [a, b], "Serveren er rettet", now=NOW) == 1
    with pytest.raises(NotFound):
        actions.try_again(store, ole, [a, b], "Serveren er rettet", now=NOW)
    assert post(store, box, clock).send(10) == 1
    assert rows(store) == {
        "a": ("sent", None, 1),
        "b": ("dropped", "put_aside", 1),
        "c": ("given_up", "mail_refused", 1),
    }
    assert c in {row["id"] for row in queries.leaving(store, ole, now=NOW)["rows"]}
    with store.read() as db:
        notes = {row.key: row.note for row in db.execute(select(outbox))}
        told = db.execute(
            select(audit.c.what, audit.c.facts).where(audit.c.what.in_(("put_aside", "sent_again")))
        ).all()
    assert store.keyring.open(notes["b"], outbox_place("b")) == "Adressen er nedlagt"
    assert [(row.what, json.loads(row.facts)["outbox"]) for row in told] == [
        ("put_aside", [b]),
        ("sent_again", [a]),
    ]
