"""A made-up load: citizens who come over a year, each walking a pathway as people might walk it.

Nobody is asked and nothing is known of anybody: when they come, how long a task lies, and what is answered are drawn
from `Luck`, which gives the same for the same question.  So two versions of a pathway meet the same people with the
same habits, and what differs is the version.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import forms
from engine.calendar import COPENHAGEN, DANISH, Calendar, count, is_hverdag, local, parse
from engine.errors import StafetError
from engine.model import Json, Task
from engine.scenario import Scenario, move_of, read
from engine.simulate.table import Library, Table, evaluate

#: Hverdage that a task lies, by the share of people who let it lie so long.
HABITS = ((0, 0.30), (1, 0.55), (2, 0.70), (3, 0.80), (4, 0.86), (5, 0.91), (7, 0.95), (10, 0.98))
_LONGEST = 15
#: Hours, where the agreement counts in hours: most within a working day, some only after days.
_SOON, _SLOW, _SHARE_SOON = (1.0, 20.0), (20.0, 60.0), 0.85
#: Who is far ahead of a deadline waits until so many days before it.
_FAR, _BEFORE = timedelta(days=21), timedelta(days=6)
#: The first answer, or yes, is given so often; and so often something is reported that nobody planned.
_FIRST, _EVENT = 0.7, 0.2
#: A citizen with whom more happens than this is not followed further.
MOST_ACTS = 400


@dataclass(frozen=True, slots=True)
class Load:
    """So many citizens of a pathway, coming over so many days."""

    cases: int
    begins: date
    days: int = 365
    seed: str = "stafet"


class Luck:
    """The same number for the same question, evenly between 0 and 1."""

    def __init__(self, seed: str) -> None:
        self.seed = seed

    def draw(self, *about: object) -> float:
        """A number that hangs on nothing but the seed and what it is about."""
        text = "\x1f".join((self.seed, *map(str, about)))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big") / 2**56


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done: a scenario's step, with the walk and the task's ref or the action's id.

    Where something happened by itself, `walk` is -1 and the step only waits.
    """

    at: datetime
    walk: int
    ref: str
    move: Json


def scenarios(load: Load, agreement: str, pathway: str) -> Iterator[tuple[Luck, Scenario]]:
    """A scenario without steps for each citizen, who comes on a hverdag between 8 and 15; not in the order of time."""
    for number in range(load.cases):
        luck = Luck(f"{load.seed}/{number}")
        day = load.begins + timedelta(days=int(luck.draw("day") * load.days))
        while not is_hverdag(day, DANISH):
            day += timedelta(days=1)
        clock = time(8 + int(luck.draw("hour") * 7), int(luck.draw("minute") * 12) * 5)
        at = local(datetime.combine(day, clock, COPENHAGEN))
        document = {"agreement": agreement, "pathway": pathway, "start": at, "steps": []}
        yield luck, read({**document, "autofill": False})


def lived(
    scenario: Scenario, luck: Luck, sources: Library, parties: Mapping[str, str], until: datetime
) -> tuple[Table, list[Act]]:
    """One citizen's walk until that moment, and what was done on it; raises what beginning raises."""
    table = Table(scenario, sources, parties)
    table.begin()
    life = _Life(table, luck)
    life.live(until)
    return table, life.acts


class _Life:
    """What people plan to do on one table, and when."""

    def __init__(self, table: Table, luck: Luck) -> None:
        self.table, self.luck = table, luck
        self.acts: list[Act] = []
        self.plans: dict[tuple[int, str], datetime | None] = {}
        self.times: Counter[tuple[str, str, str]] = Counter()
        self.nth: dict[tuple[int, str], int] = {}
        self.event = self._event()

    def live(self, until: datetime) -> None:
        """Do what is planned, as it comes, until that moment or until nobody has anything to do."""
        while len(self.acts) < MOST_ACTS:
            self._plan()
            planned = [at for at in self.plans.values() if at is not None]
            if self.event is not None:
                planned.append(self.event)
            by_itself = [each.at for each in self.table.coming()]
            at = min([*planned, *by_itself], default=None)
            if at is None or at > until:
                self.table.pass_time(until)
                return
            self.table.pass_time(at)
            if at in by_itself:
                self.acts.append(Act(at, -1, "", {"at": local(at), "wait": True}))
            self._do(self.table.now)

    def _plan(self) -> None:
        open_ = {(n, task.ref): task for n, task in self.table.open()}
        self.plans = {key: at for key, at in self.plans.items() if key in open_}
        for (n, ref), task in open_.items():
            if (n, ref) not in self.plans:
                what = (task.process, task.element, task.party)
                self.times[what] += 1
                self.nth[n, ref] = self.times[what]
                self.plans[n, ref] = self._when(n, task)

    def _do(self, now: datetime) -> None:
        if self.event is not None and self.event <= now:
            self.event = None
            self._report()
        for (n, ref), at in list(self.plans.items()):
            task = next((t for m, t in self.table.open() if (m, t.ref) == (n, ref)), None)
            if task is not None and at is not None and at <= now:
                # Whom nothing lets answer is left with the task.
                self.plans[n, ref] = None
                self._complete(n, task)

    # ---- how long it lies ----------------------------------------------------------------
    def _when(self, n: int, task: Task) -> datetime:
        about = (task.process, task.element, task.party, self.nth[n, task.ref])
        lies, clock = self.luck.draw("lies", *about), self.luck.draw("clock", *about)
        now, walk = self.table.now, self.table.walks[n]
        calendar = walk.pathway.plan.agreement.calendar
        record = next(
            (
                d
                for (m, _r), d in self.table.records.live.items()
                if m == n and d.task_ref == task.ref
            ),
            None,
        )
        since = now
        if record is not None and not parse(record.frist).in_days:
            low, high = _SOON if lies < _SHARE_SOON else _SLOW
            return now + timedelta(hours=low + clock * (high - low))
        if record is not None and record.due_at - now > _FAR:
            since = record.due_at - _BEFORE
        days = next((days for days, share in HABITS if lies < share), _LONGEST)
        return max(_workday(since, days, clock, calendar), now + timedelta(minutes=30))

    # ---- what is answered ----------------------------------------------------------------
    def _complete(self, n: int, task: Task) -> None:
        about = (task.process, task.element, task.party, self.nth[n, task.ref])
        answers = self._answers(n, task.form, task.data, about)
        if answers is None:
            return
        select: Json = {"element": task.element, "process": task.process, "party": task.party}
        equal = [(m, t.ref) for m, t in self.table.open() if _same(t, task)]
        if (nth := equal.index((n, task.ref)) + 1) > 1:
            select["nth"] = nth
        move = {"at": local(self.table.now), "task": select, "data": answers}
        self._moved(n, task.ref, move)

    def _report(self) -> None:
        """Something happens that nobody planned: one of what could be reported now."""
        offered = sorted(self.table.actions(), key=lambda each: (each[1].process, each[1].id))
        if not offered:
            return
        n, action = offered[int(self.luck.draw("which") * len(offered))]
        answers = self._answers(n, action.form, {}, (action.process, action.id))
        if answers is None:
            return
        select = {"id": action.id, "process": action.process, "party": action.party}
        self._moved(n, action.id, {"at": local(self.table.now), "action": select, "data": answers})

    def _moved(self, n: int, ref: str, move: Json) -> None:
        going = self.table.fork()
        try:
            going.move(move_of(move))
        except StafetError:
            return
        self.table.__dict__.update(going.__dict__)
        self.acts.append(Act(self.table.now, n, ref, move))

    def _answers(
        self, n: int, form: str | None, known: Json, about: tuple[object, ...]
    ) -> Json | None:
        """Answers that the form takes; None where nothing that was tried is taken."""
        if form is None:
            return {}
        walk = self.table.walks[n]
        schema = self.table.form(walk, form)
        context = self.table.seen(known)
        picks = dict(_picks(schema, walk.pathway.decides, self.luck, about))
        for chosen in (picks, {}):
            sample = forms.sample(
                schema,
                now=self.table.now,
                context={**context, **chosen},
                feel=evaluate,
                leave=frozenset(chosen),
            )
            found = forms.check(schema, {**sample, **chosen}, feel=evaluate, context=context)
            if not found.problems:
                return dict(found.values)
        return None

    def _event(self) -> datetime | None:
        """When something is reported that nobody planned; None: nothing of that kind."""
        if self.luck.draw("event") >= _EVENT:
            return None
        return self.table.now + timedelta(days=2 + 60 * self.luck.draw("event at"))


def _picks(
    form: Mapping[str, Any], decides: frozenset[str], luck: Luck, about: tuple[object, ...]
) -> Iterator[tuple[str, Any]]:
    """What is chosen where a gateway or a table reads the answer."""
    for one in form.get("components", ()):
        yield from _picks(one, decides, luck, about)
        key, options = one.get("key"), [each.get("value") for each in one.get("values", ())]
        if key not in decides or one.get("type") not in ("radio", "select", "checkbox"):
            continue
        drawn = luck.draw("picks", key, *about)
        if one["type"] == "checkbox":
            yield key, drawn < _FIRST
        elif options:
            rest = max(len(options) - 1, 1)
            other = 1 + int((drawn - _FIRST) / (1 - _FIRST) * rest)
            yield key, options[0 if drawn < _FIRST or len(options) == 1 else other]


def _workday(since: datetime, days: int, clock: float, calendar: Calendar) -> datetime:
    """So many hverdage later, within working hours; the same day: some hours later."""
    if days == 0:
        return since + timedelta(hours=0.5 + 3 * clock)
    due = count(parse(f"{days} hverdage"), since, calendar).due.astimezone(COPENHAGEN)
    return datetime.combine(due.date(), time(8), COPENHAGEN) + timedelta(hours=7.5 * clock)


def _same(one: Task, other: Task) -> bool:
    return (one.element, one.process, one.party) == (other.element, other.process, other.party)
