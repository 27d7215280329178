"""Operators are told per cause: it began, lasts, is over; not at night without need, never twice, never too late."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from channels.where import Alerting, Hook
from engine import actions, queries
from engine.actions import Rules
from engine.actions.leaving import KEPT, LEASE
from engine.errors import Conflict, Forbidden, Invalid, NotFound, StafetError
from engine.model import MACHINE, Actor
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import alert, audit, deadline, outbox, silence, stuck
from stafet.app import create
from stafet.outside import Post
from tests.hooked import Hooked, hooked
from tests.letterbox import Letterbox, letterbox
from tests.store.cast import NOW, PEOPLE, SIGNE, opened, started
from tests.store.conftest import KEYS
from tests.store.test_mail import SETTINGS, Clock

As = Callable[[str], Actor]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TO = (("mail", "a"), ("mail", "b"), ("webhook", "c"))
RULES = Rules(TO)
WATCH = "drift@region.example"


def at(text: str) -> datetime:
    """A moment on the Danish clock: `2024-03-30 23:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=actions.alerting.COPENHAGEN)


def sticks(store: Store, cause: str = "zombie", now: datetime = NOW, many: int = 1) -> None:
    """As the look would have kept it."""
    with store.write() as db:
        db.execute(insert(stuck), [
            {"key": f"{cause}:{n}", "reason": cause, "element": "e", "since": now, "due_at": now, "act": "move",
             "ref": f"instance:{n}", "detail": "", "found_at": now} for n in range(many)
        ])  # fmt: skip


def clears(store: Store, cause: str = "zombie") -> None:
    with store.write() as db:
        db.execute(delete(stuck).where(stuck.c.reason == cause))


def told(store: Store) -> list[tuple[str, str]]:
    """Kind and mark of every letter that was written, in order."""
    with store.read() as db:
        rows = db.execute(select(outbox.c.kind, outbox.c.facts).order_by(outbox.c.id)).all()
    return [(row.kind, row.facts["to"]) for row in rows]


def kinds(store: Store) -> list[str]:
    """The letters to one of the receivers."""
    return [kind for kind, to in told(store) if to == "a"]


def goes_out(store: Store, now: datetime) -> list[str]:
    """Send what is due; which keys that were."""
    found = []
    while it := actions.take(store, ("mail", "webhook"), now=now):
        assert it.to is None
        actions.sent(store, it, now=now)
        found.append(it.key)
    return found


def test_a_cause_is_told_once_to_each_and_its_end_too(store: Store) -> None:
    sticks(store, many=30)
    assert actions.alert(store, RULES, now=NOW) == 0
    assert actions.alert(store, RULES, now=NOW + 4 * MINUTE) == 0
    then = NOW + 5 * MINUTE
    assert actions.alert(store, RULES, now=then) == 3
    assert actions.alert(store, RULES, now=then + HOUR) == 0
    assert told(store) == [("alert", "a"), ("alert", "b"), ("alert", "c")]
    with store.read() as db:
        facts = db.scalars(select(outbox.c.facts)).first()
    moment = NOW.astimezone(actions.alerting.COPENHAGEN)
    assert facts["count"] == 30
    assert (
        datetime.fromisoformat(facts["oldest"]) == datetime.fromisoformat(facts["since"]) == moment
    )
    assert len(goes_out(store, then)) == 3
    clears(store)
    gone = then + HOUR
    assert actions.alert(store, RULES, now=gone) == 0
    assert actions.alert(store, RULES, now=gone + 4 * MINUTE) == 0
    assert actions.alert(store, RULES, now=gone + 5 * MINUTE) == 3
    assert told(store)[3:] == [("alert_end", "a"), ("alert_end", "b"), ("alert_end", "c")]
    with store.read() as db:
        facts = db.scalars(select(outbox.c.facts).order_by(outbox.c.id.desc())).first()
    assert datetime.fromisoformat(facts["ended"]) == gone
    assert actions.alert(store, RULES, now=gone + DAY) == 0
    # What begins anew is another alert.
    sticks(store, now=gone + DAY)
    actions.alert(store, RULES, now=gone + DAY)
    assert actions.alert(store, RULES, now=gone + DAY + 5 * MINUTE) == 3
    found = queries.alerts(store, MACHINE, now=NOW)
    assert [len(found[kind]) for kind in ("open", "ended")] == [1, 1]


def test_each_cause_is_an_alert_of_its_own(store: Store) -> None:
    at_once = replace(RULES, after=timedelta(0))
    sticks(store, "zombie")
    sticks(store, "failed")
    assert actions.alert(store, at_once, now=NOW) == 6
    clears(store, "failed")
    goes_out(store, NOW)
    assert actions.alert(store, at_once, now=NOW + MINUTE) == 3
    assert [one["cause"] for one in queries.alerts(store, MACHINE, now=NOW)["open"]] == ["zombie"]


def test_what_comes_and_goes_tells_nobody_and_what_keeps_coming_back_is_one_alert(
    store: Store,
) -> None:
    sticks(store)
    actions.alert(store, RULES, now=NOW)
    clears(store)
    for minutes in range(1, 30):
        actions.alert(store, RULES, now=NOW + minutes * MINUTE)
    assert told(store) == []
    assert queries.alerts(store, MACHINE, now=NOW)["open"] == []
    # Gone for a moment is not over, and does not put off that it is told.
    start = NOW + DAY
    for minutes in range(30):
        (sticks if minutes % 2 == 0 else clears)(store)
        actions.alert(store, RULES, now=start + minutes * MINUTE)
    assert kinds(store) == ["alert"]


def test_once_a_day_it_is_told_that_it_lasts(store: Store) -> None:
    evening = at("2024-03-26 23:30")
    sticks(store, now=evening)
    actions.alert(store, replace(RULES, after=timedelta(0)), now=evening)
    assert kinds(store) == ["alert"]
    looks = [evening + n * timedelta(minutes=10) for n in range(6 * 24 * 3)]
    days = []
    for now in looks:
        if actions.alert(store, RULES, now=now):
            days.append(now.astimezone(actions.alerting.COPENHAGEN).strftime("%d %H:%M"))
    assert days == ["27 08:00", "28 08:00", "29 08:00"]
    assert kinds(store) == ["alert", *["alert_day"] * 3]


@pytest.mark.parametrize(
    ("text", "hushed"),
    [
        ("2024-03-27 21:59", False),
        ("2024-03-27 22:00", True),
        ("2024-03-28 06:59", True),
        ("2024-03-28 07:00", False),
        # The night in which the clock leaps, and the one in which an hour comes twice.
        ("2024-03-31 01:59", True),
        ("2024-03-31 03:00", True),
        ("2024-03-31 06:59", True),
        ("2024-03-31 07:00", False),
        ("2024-10-27 02:30", True),
        ("2024-10-27 06:59", True),
        ("2024-10-27 07:00", False),
    ],
)
def test_quiet_hours_are_hours_of_the_danish_clock(text: str, hushed: bool) -> None:
    night = replace(RULES, quiet=(time(22), time(7)), urgent=frozenset({"timer"}))
    assert night.hushed("zombie", at(text)) is hushed
    assert not night.hushed("timer", at(text))
    noon = replace(RULES, quiet=(time(12), time(13)))
    assert noon.hushed("zombie", at("2024-03-27 12:30"))
    assert not noon.hushed("zombie", at("2024-03-27 13:00"))


def test_at_night_only_what_is_urgent_is_told_and_the_rest_in_the_morning_if_still_true(
    store: Store,
) -> None:
    rules = replace(RULES, quiet=(time(22), time(7)), urgent=frozenset({"timer"}))
    night = at("2024-03-30 23:00")
    for cause in ("zombie", "timer", "failed"):
        sticks(store, cause, now=night)
    looks = [night + n * timedelta(minutes=10) for n in range(60)]
    when: dict[str, str] = {}
    for now in looks:
        if now == night + 2 * HOUR:
            clears(store, "failed")
        actions.alert(store, rules, now=now)
        goes_out(store, now)
        with store.read() as db:
            for row in db.execute(select(outbox.c.kind, outbox.c.facts)):
                day = now.astimezone(actions.alerting.COPENHAGEN).strftime("%d %H:%M")
                when.setdefault(f"{row.kind} {row.facts['cause']}", day)
    # 07:00 of the first day of summer time is eight hours, not nine, after 22:00.
    assert when == {
        "alert timer": "30 23:10",
        "alert zombie": "31 07:00",
        "alert_day timer": "31 08:00",
    }
    # What was told by day and goes away at night is over in the morning; what comes back by then has never been away.
    evening = at("2024-03-31 23:00")
    clears(store)
    actions.alert(store, rules, now=evening)
    actions.alert(store, rules, now=evening + HOUR)
    sticks(store, now=evening + 2 * HOUR)
    actions.alert(store, rules, now=evening + 2 * HOUR)
    clears(store)
    actions.alert(store, rules, now=evening + 3 * HOUR)
    assert "alert_end" not in kinds(store)
    assert actions.alert(store, rules, now=at("2024-04-01 06:59")) == 0
    assert actions.alert(store, rules, now=at("2024-04-01 07:00")) == 3


def test_where_nobody_is_named_the_alert_stands_and_is_told_once_somebody_is(store: Store) -> None:
    sticks(store)
    assert actions.alert(store, Rules(), now=NOW) == 0
    assert actions.alert(store, Rules(), now=NOW + DAY) == 0
    (found,) = queries.alerts(store, MACHINE, now=NOW)["open"]
    assert (found["cause"], found["since"], found["told_at"]) == ("zombie", NOW, None)
    assert actions.alert(store, RULES, now=NOW + DAY) == 3


def test_an_idle_look_writes_nothing(store: Store, statements: list[str]) -> None:
    sticks(store)
    actions.alert(store, RULES, now=NOW)
    actions.alert(store, RULES, now=NOW + 5 * MINUTE)
    statements.clear()
    actions.alert(store, RULES, now=NOW + 6 * MINUTE)
    assert statements
    assert all(each.lstrip().startswith("SELECT") for each in statements)


def test_two_workers_at_once_write_one_letter(store: Store) -> None:
    sticks(store)
    at_once, done, failed = replace(RULES, after=timedelta(0)), [], []
    gate = threading.Barrier(4)

    def works() -> None:
        gate.wait()
        try:
            done.append(actions.alert(store, at_once, now=NOW))
        except StafetError as exc:
            failed.append(exc)

    crew = [threading.Thread(target=works) for _ in range(4)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    assert failed == []
    assert sorted(done) == [0, 0, 0, 3]
    assert len(told(store)) == 3


def test_the_table_holds_one_open_alert_for_a_cause(store: Store) -> None:
    with store.write() as db:
        db.execute(insert(alert).values(cause="zombie", since=NOW, ended_at=NOW))
        db.execute(insert(alert).values(cause="zombie", since=NOW))
    with pytest.raises(Conflict), store.write() as db:
        db.execute(insert(alert).values(cause="zombie", since=NOW))


def test_cut_at_any_statement_it_is_whole_or_not_at_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut at each write of a beginning and of an end: then the next worker does all of it, once."""
    at_once = replace(RULES, after=timedelta(0))
    real, left = actions.alerting._write, [0]

    def cut(*args: Any, **more: Any) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        real(*args, **more)

    for kind, now in (("alert", NOW), ("alert_end", NOW + HOUR)):
        (sticks if kind == "alert" else clears)(store)
        before = told(store)
        with monkeypatch.context() as dying:
            dying.setattr(actions.alerting, "_write", cut)
            for allowed in range(3):
                left[0] = allowed
                with pytest.raises(KeyboardInterrupt):
                    actions.alert(store, at_once, now=now)
                assert told(store) == before
        assert actions.alert(store, at_once, now=now) == 3
        assert [each for each in told(store) if each not in before] == [
            (kind, to) for to in ("a", "b", "c")
        ]
        goes_out(store, now)


# ---- what was written meets what is true when it is sent ---------------------------------
def test_the_end_never_comes_before_the_beginning_and_only_to_who_heard_it(store: Store) -> None:
    at_once = replace(RULES, after=timedelta(0))
    sticks(store)
    actions.alert(store, at_once, now=NOW)
    # One is out, one is under way, one has not been tried.
    first = actions.take(store, ("mail",), now=NOW)
    assert first
    actions.sent(store, first, now=NOW)
    second = actions.take(store, ("mail",), now=NOW)
    assert second
    clears(store)
    assert actions.alert(store, at_once, now=NOW + MINUTE) == 2
    assert told(store)[3:] == [("alert_end", "a"), ("alert_end", "b")]
    assert goes_out(store, NOW + MINUTE) == [f"alert:1:alert_end:{NOW.date()}:a"]
    # Who had the second died: it is old news by now, and what follows it is told.
    assert goes_out(store, NOW + LEASE) == [f"alert:1:alert_end:{NOW.date()}:b"]
    with store.read() as db:
        rows = db.execute(select(outbox.c.key, outbox.c.status, outbox.c.error)).all()
    assert sorted(row.status for row in rows if row.error == "done") == ["dropped", "dropped"]


def test_a_worker_that_was_too_slow_does_not_undo_what_the_next_one_did(store: Store) -> None:
    sticks(store)
    actions.alert(store, replace(RULES, to=(("mail", "a"),), after=timedelta(0)), now=NOW)
    slow = actions.take(store, ("mail",), now=NOW)
    quick = actions.take(store, ("mail",), now=NOW + LEASE)
    assert slow
    assert quick
    assert slow.key == quick.key
    actions.failed(store, slow, "hook_failed", now=NOW + LEASE)
    actions.failed(store, slow, "hook_refused", for_good=True, now=NOW + LEASE)
    with store.read() as db:
        row = db.execute(select(outbox)).one()
    assert (row.status, row.error, row.due_at) == ("waiting", None, NOW + 2 * LEASE)
    # That it is out is true whoever says it.
    actions.sent(store, slow, now=NOW + LEASE)
    assert actions.take(store, ("mail",), now=NOW + DAY) is None


def test_what_was_over_long_ago_is_forgotten_with_its_letters(store: Store) -> None:
    at_once = replace(RULES, after=timedelta(0))
    for cause in ("zombie", "failed"):
        sticks(store, cause)
    actions.alert(store, at_once, now=NOW)
    goes_out(store, NOW)
    clears(store, "failed")
    actions.alert(store, at_once, now=NOW)
    goes_out(store, NOW)
    later = NOW + KEPT + DAY
    while actions.forget_sent(store, now=later):
        pass
    found = queries.alerts(store, MACHINE, now=later)
    assert [one["cause"] for one in found["open"]] == ["zombie"]
    assert found["ended"] == []


def test_only_operators_see_alerts(store: Store, as_: As) -> None:
    assert queries.alerts(store, as_("ole"), now=NOW) == {"open": [], "ended": [], "silences": {}}
    with pytest.raises(Forbidden):
        queries.alerts(store, as_("ida"), now=NOW)


# ---- out of the house --------------------------------------------------------------------
@pytest.fixture
def box(tmp_path: Path) -> Iterator[Letterbox]:
    with letterbox(tmp_path) as found:
        yield found


@pytest.fixture
def receiver() -> Iterator[Hooked]:
    with hooked() as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


def post(store: Store, clock: Clock, box: Letterbox | None, hook: Hook | None) -> Post:
    mails = (WATCH, "vagt@region.example") if box else ()
    told = Alerting(mails, hook, after=timedelta(0))
    server = box.server if box else None
    return Post(replace(SETTINGS, mail=server, alerts=told), store, clock)


def test_mail_and_webhook_say_cause_count_oldest_and_dates_at_risk_and_nobody(
    store: Store, box: Letterbox, receiver: Hooked, clock: Clock
) -> None:
    walk = started(store, opened(store))
    with store.write() as db:
        db.execute(insert(stuck).values(
            key="z", reason="zombie", instance_id=walk, case_id=1, element="vurder_behov", since=NOW, due_at=NOW - DAY,
            act="move", ref=f"instance:{walk}", detail="Hemmelig tekst", found_at=NOW,
        ))  # fmt: skip
        db.execute(insert(deadline).values(
            instance_id=walk, case_id=1, unit_id=1, agreement="midtjylland", ref="d", element="e", process="p",
            party="x", clause="MIDT-1", frist="3 dage", started_at=NOW, due_at=NOW + DAY, overdue_at=NOW + DAY,
            status="open", paused=[], local=False,
        ))  # fmt: skip
    sender = post(store, clock, box, receiver.hook)
    assert actions.alert(store, sender.rules, now=NOW) == 3
    assert sender.send(10) == 3
    assert sorted(box.tos) == [WATCH, "vagt@region.example"]
    mail = box.mails[0]
    said = mail.get_content().replace("\r\n", "\n")
    assert mail["Subject"] == "Alarm fra Stafet: Intet kan vække forløbet"
    assert "Antal: 1\nDet ældste skulle være gået videre: mandag 25. marts kl. 10.00" in said
    assert "Frister i aftalen på spil: 1" in said
    assert "https://stafet.example/drift?aarsag=zombie" in said
    assert "Alert from Stafet: Nothing can wake the pathway" in said
    assert "/mail" not in said, "whose settings these are, no reader of the box can change"
    (call,) = receiver.calls
    assert {name: call[name] for name in ("event", "alert", "cause", "count", "instances", "at_risk", "ended")} == {
        "event": "begin", "alert": 1, "cause": "zombie", "count": 1, "instances": 1, "at_risk": 1, "ended": None,
    }  # fmt: skip
    assert call["link"] == "https://stafet.example/drift?aarsag=zombie"
    assert call["text"] == f"Alarm fra Stafet: Intet kan vække forløbet. {call['link']}"
    assert call["text_en"].startswith("Alert from Stafet: ")
    assert receiver.stamps == [int(NOW.timestamp())]
    everything = "".join(map(str, box.mails)) + str(receiver.calls)
    for word in (SIGNE, "Hemmelig", "vurder_behov", *(each.name for each in PEOPLE)):
        assert word not in everything
    with store.read() as db:
        kept = str(db.execute(select(outbox)).all()) + str(db.execute(select(alert)).all())
    assert WATCH not in kept
    clears(store)
    clock.at = NOW + MINUTE
    assert actions.alert(store, sender.rules, now=clock.at) == 3
    assert sender.send(10) == 3
    assert receiver.calls[-1]["event"] == "end"
    assert datetime.fromisoformat(receiver.calls[-1]["ended"]) == clock.at
    assert box.mails[-1]["Subject"] == "Alarmen fra Stafet er forbi: Intet kan vække forløbet"


def test_a_monitor_reads_what_is_open_sent_and_given_up(store: Store) -> None:
    sticks(store)
    actions.alert(store, replace(RULES, after=timedelta(0)), now=NOW)
    first = actions.take(store, ("webhook",), now=NOW)
    assert first
    actions.failed(store, first, "hook_refused", for_good=True, now=NOW)
    read = queries.gauges(store, MACHINE, now=NOW)
    assert [cause for cause, open_ in read["alerts"].items() if open_] == ["zombie"]
    assert {which: many for which, many in read["alert_letters"].items() if many} == {
        ("mail", "waiting"): 2,
        ("webhook", "given_up"): 1,
    }
    page = create(SETTINGS, store, now=lambda: NOW).test_client().get("/metrics").text
    assert 'stafet_alerts{cause="zombie"} 1.0' in page
    assert 'stafet_alert_letters{channel="webhook",status="given_up"} 1.0' in page


def row_of(store: Store) -> Any:
    with store.read() as db:
        return db.execute(select(outbox)).one()


@pytest.mark.parametrize(
    ("status", "headers", "kept"),
    [
        (500, {}, ("waiting", "hook_failed")),
        (429, {}, ("waiting", "hook_refused")),
        (404, {}, ("given_up", "hook_refused")),
        (302, {"Location": "http://127.0.0.1:1/inde"}, ("given_up", "hook_redirected")),
        (200, {"Content-Length": "1000000000000"}, ("sent", None)),
    ],
)
def test_what_the_other_side_answers(
    store: Store, receiver: Hooked, clock: Clock, status: int, headers: dict[str, str], kept: Any
) -> None:
    sticks(store)
    receiver.answer = (status, headers)
    sender = post(store, clock, None, receiver.hook)
    actions.alert(store, sender.rules, now=NOW)
    assert sender.send(10) == 1
    row = row_of(store)
    assert (row.status, row.error) == kept
    assert len(receiver.calls) == 1


def test_a_webhook_that_comes_twice_has_the_same_key(
    store: Store, receiver: Hooked, clock: Clock
) -> None:
    sticks(store)
    receiver.answer = (503, {})
    sender = post(store, clock, None, receiver.hook)
    actions.alert(store, sender.rules, now=NOW)
    sender.send(10)
    clock.at = NOW + MINUTE
    receiver.answer = (204, {})
    assert sender.send(10) == 1
    assert len(set(receiver.keys)) == 1
    assert len(receiver.keys) == 2
    assert receiver.stamps == [int(NOW.timestamp()), int(clock.at.timestamp())]
    assert row_of(store).status == "sent"


def test_who_answers_a_letter_at_a_time_is_hung_up_on(
    store: Store, receiver: Hooked, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.hook.WHOLE", 0.2)
    sticks(store)
    receiver.endless = True
    sender = post(store, clock, None, receiver.hook)
    actions.alert(store, sender.rules, now=NOW)
    assert sender.send(10) == 1
    assert row_of(store).error == "hook_unreachable"


def test_who_is_taken_out_of_the_settings_is_told_no_more(
    store: Store, box: Letterbox, receiver: Hooked, clock: Clock
) -> None:
    sticks(store)
    actions.alert(store, post(store, clock, box, receiver.hook).rules, now=NOW)
    only = replace(
        SETTINGS, mail=box.server, alerts=Alerting((WATCH,), receiver.hook, after=timedelta(0))
    )
    Post(only, store, clock).send(10)
    assert box.tos == [WATCH]
    with store.read() as db:
        lost = db.scalars(select(outbox.c.error).where(outbox.c.status == "given_up")).all()
    assert lost == ["no_address"]


def test_who_was_told_is_told_on_with_another_key_of_the_index(
    store: Store, box: Letterbox, receiver: Hooked, clock: Clock
) -> None:
    sticks(store)
    old = post(store, clock, box, receiver.hook)
    assert actions.alert(store, old.rules, now=NOW) == 3
    longer = Keyring.used(Keyring.extended(KEYS, index=True))
    url = store.engine.url.render_as_string(hide_password=False)
    store.engine.dispose()
    for ring in (longer, Keyring.without(longer, "index")):
        # One letter goes by each ring; the webhook's by the last, as does that it is over.
        with closing(Store(url, Keyring.from_text(ring), demo=True)) as again:
            sender = post(again, clock, box, receiver.hook)
            assert sender.send(1 if ring == longer else 10) == (1 if ring == longer else 2)
            if ring == longer:
                continue
            clears(again)
            assert actions.alert(again, sender.rules, now=NOW + MINUTE) == 3
            clock.at = NOW + MINUTE
            assert sender.send(10) == 3
            with again.read() as db:
                assert set(db.scalars(select(outbox.c.status))) == {"sent"}
    assert sorted(box.tos) == [WATCH, WATCH, "vagt@region.example", "vagt@region.example"]
    assert [each["event"] for each in receiver.calls] == ["begin", "end"]


def test_a_letter_of_proof_goes_to_each_and_says_who_was_not_reached(
    store: Store, box: Letterbox, receiver: Hooked, clock: Clock
) -> None:
    sender = post(store, clock, box, receiver.hook)
    assert sender.prove() == [(WATCH, ""), ("vagt@region.example", ""), ("127.0.0.1", "")]
    assert receiver.calls[0]["event"] == "test"
    assert box.mails[0]["Subject"] == "Prøve på en alarm fra Stafet"
    box.refuses["RCPT"] = "550 nobody here"
    receiver.answer = (401, {})
    found = post(store, clock, box, receiver.hook).prove()
    assert [why for _to, why in found] == ["mail_refused", "mail_refused", "hook_refused"]
    assert told(store) == []


# ---- silence -----------------------------------------------------------------------------
def test_a_silenced_cause_tells_nothing_until_then_but_that_it_is_over(
    store: Store, as_: As
) -> None:
    at_once, ole = replace(RULES, after=timedelta(0)), as_("ole")
    sticks(store, "zombie")
    sticks(store, "failed")
    actions.silence(store, ole, "failed", NOW + 2 * DAY, "Leverandøren retter den", now=NOW)
    assert actions.alert(store, at_once, now=NOW) == 3
    goes_out(store, NOW)
    actions.silence(store, ole, "zombie", NOW + 2 * DAY, "Vi er på den", now=NOW + MINUTE)
    assert actions.alert(store, at_once, now=NOW + DAY) == 0
    # What was told is over; of the other nobody heard, and nobody hears of its end.
    clears(store)
    assert actions.alert(store, at_once, now=NOW + DAY) == 3
    assert kinds(store) == ["alert", "alert_end"]
    assert actions.alert(store, at_once, now=NOW + 2 * DAY - MINUTE) == 0
    assert actions.alert(store, at_once, now=NOW + 2 * DAY) == 3
    assert kinds(store) == ["alert", "alert_end", "alert"]


def test_a_silence_has_a_reason_an_end_and_an_entry_and_can_be_taken_back(
    store: Store, as_: As
) -> None:
    ole, until = as_("ole"), NOW + HOUR
    for wrong, field in (
        (("brand", until, "Prøvet"), "cause"),
        (("zombie", NOW, "Prøvet"), "until"),
        (("zombie", NOW + 15 * DAY, "Prøvet"), "until"),
        (("zombie", until, " "), "reason"),
        (("zombie", until, "Det er 700378-1016"), "reason"),
    ):
        with pytest.raises(Invalid) as refused:
            actions.silence(store, ole, *wrong, now=NOW)
        assert set(refused.value.fields) == {field}
    with pytest.raises(Forbidden):
        actions.silence(store, as_("ida"), "zombie", until, "Prøvet", now=NOW)
    with pytest.raises(Forbidden):
        actions.sound(store, as_("ida"), "zombie", now=NOW)
    with pytest.raises(NotFound):
        actions.sound(store, ole, "zombie", now=NOW)
    actions.silence(store, ole, "zombie", until, "Vi er på den", now=NOW)
    # The newest holds, in the place of the one before.
    later = NOW + 2 * HOUR
    actions.silence(store, ole, "zombie", later, "Det tager længere", now=NOW + MINUTE)
    found = queries.alerts(store, ole, now=NOW + MINUTE)["silences"]
    assert found == {"zombie": {"until": later, "by": ole.name, "reason": "Det tager længere"}}
    sticks(store)
    rules = replace(RULES, after=timedelta(0))
    assert actions.alert(store, rules, now=NOW + MINUTE) == 0
    actions.sound(store, ole, "zombie", now=NOW + 2 * MINUTE)
    assert queries.alerts(store, ole, now=NOW + 2 * MINUTE)["silences"] == {}
    assert actions.alert(store, rules, now=NOW + 2 * MINUTE) == 3
    with store.read() as db:
        told_of = db.execute(
            select(audit.c.what, audit.c.facts).where(audit.c.what.like("alert%"))
        ).all()
        sealed = db.scalars(select(silence.c.reason)).all()
    assert [row.what for row in told_of] == ["alert_silenced", "alert_silenced", "alert_sounded"]
    assert not [row for row in told_of if "på den" in str(row.facts)]
    assert not [each for each in sealed if "på den".encode() in bytes(each)]
