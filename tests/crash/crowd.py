"""People at work over HTTP while servers die: each does seeded rounds and notes what was answered to every act.

A round: a case, a plan round whose tasks two people complete at the same moment, an answer from the probation
service that ends it or raises a disagreement (which a worker begins, and whose timer an operator makes due), and now
and then a weekly contact that a message from outside ends.  Whoever gets no answer asks again, as clients do, except
where asking twice would do it twice.
"""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.crash.crew import Crew
from tests.http.served import Answer, Server
from tests.store.cast import PARTIES

#: What there is to do.
ACTS = ("case", "planrunde", "fast-kontakt", "complete", "message", "timer")
#: A plain "no" at these is a mistake of the test, never of a race.
_STRANGE = (400, 401, 403, 404, 422, 500)


@dataclass(frozen=True)
class Note:
    """One act as its sender knows it: `outcome` is "yes", "no", or "unknown" where the answer never came."""

    act: str
    about: Any
    who: str
    mark: str
    outcome: str
    number: int | None = None


@dataclass
class Crowd:
    """What all people share: the servers, the tokens and the notes."""

    crew: Crew
    tokens: dict[str, str]
    seed: int
    notes: list[Note] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)
    _stop: threading.Event = field(default_factory=threading.Event)

    def work(self, people: int, seconds: float, meanwhile: Callable[[], None]) -> None:
        """Let so many work at once; `meanwhile` is called again and again until the time is over.

        On a slow machine that is not before every kind of act was done once.
        """
        until = time.monotonic() + seconds
        latest = until + 90
        with ThreadPoolExecutor(people) as all_:
            working = [all_.submit(_Person(self, n).rounds) for n in range(people)]
            try:
                while (now := time.monotonic()) < until or (self.missing() and now < latest):
                    meanwhile()
            finally:
                self._stop.set()
            for each in working:
                each.result()

    def missing(self) -> set[str]:
        """Acts that nobody has done yet; a race that nobody lost is one of them."""
        done = {
            note.act if note.outcome == "yes" else f"{note.act} {note.outcome}"
            for note in self.notes
        }
        return {*ACTS, "complete no"} - done

    @property
    def over(self) -> bool:
        """Whether no new round may begin."""
        return self._stop.is_set()

    def mark(self) -> str:
        """Text that tells this act from every other."""
        return f"mærke-{self.seed}-{next(self._numbers)}"


@dataclass
class _Person:
    crowd: Crowd
    n: int

    def __post_init__(self) -> None:
        self.chance = Random(f"{self.crowd.seed}/{self.n}")

    def rounds(self) -> None:
        """Round after round until it is over; a round in which an act stayed unknown is left."""
        for number in itertools.count():
            if self.crowd.over:
                return
            case = self._open_case(number)
            if case is None:
                continue
            if self.chance.random() < 0.3:
                self._contact(case)
            else:
                self._plan_round(case)

    # ---- what a round is made of ---------------------------------------------------------
    def _open_case(self, number: int) -> int | None:
        # A made-up number that nobody else uses: one person's rounds stay below ten thousand.
        cpr = f"{61 + self.n:02}0170{number:04}"
        body = {
            "agreement": "midtjylland",
            "citizen": {"cpr": cpr, "name": f"Borger {self.n}-{number}"},
            "parties": PARTIES,
        }
        return self._once("case", cpr, "ida", "/cases", body)

    def _plan_round(self, case: int) -> None:
        if (
            self._once("planrunde", case, "ida", f"/cases/{case}/instances", _start("planrunde"))
            is None
        ):
            return
        reuse = {"justering_indsats": False, "justering_plan": False}
        if not self._together(case, "vurder_behov", ("ida", "anna"), "begrundelse", reuse):
            return
        sent = {"parter": ["Kriminalforsorgen"]}
        if not self._together(case, "send_plan", ("anna", "ida"), "plan_ref", sent):
            return
        yes = self.chance.random() < 0.5
        answered = self._together(
            case, "accepter_plan", ("jens", "jens"), "kommentar", {"accept": yes}
        )
        if answered and not yes:
            self._disagreement(case)

    def _disagreement(self, case: int) -> None:
        """A worker begins it; an operator makes its timer due, so that a worker fires it."""
        if not self._together(case, "registrer_uenighed", ("ida", "anna"), "emne", {}):
            return
        answer = self._sure("GET", "/timers", "ole")
        waiting = [t for t in answer.json["items"] if t["case"] == case] if answer else []
        for timer in waiting:
            if timer["element"] != "fremstilling_mangler":
                continue
            mark = self.crowd.mark()
            body = {"due_at": "2024-01-01T00:00:00+01:00", "reason": mark}
            told = self._sure("POST", f"/timers/{timer['id']}/reschedule", "ole", body)
            self._note("timer", timer["instance"], "ole", mark, _outcome(told))

    def _contact(self, case: int) -> None:
        path = f"/cases/{case}/instances"
        if self._once("fast-kontakt", case, "ida", path, _start("fast-kontakt")) is None:
            return
        mark = self.crowd.mark()
        body = {"name": "fjernet_fra_liste", "case": case, "data": {}, "id": mark}

        def send(_n: int) -> None:
            told = self._sure("POST", "/messages", "ida", body)
            number = told.json["id"] if told and told.status == 201 else None
            self._note("message", case, "ida", mark, _outcome(told), number)

        with ThreadPoolExecutor(2) as both:
            list(both.map(send, range(2)))

    def _together(
        self, case: int, element: str, people: tuple[str, str], marked: str, given: dict[str, Any]
    ) -> bool:
        """Two complete the same task at the same moment; whether the pathway went on."""
        task = self._task(case, element, people[0])
        if task is None:
            return False
        start = threading.Barrier(2)

        def complete(who: str) -> str:
            mark = self.crowd.mark()
            start.wait(60)
            path = f"/tasks/{task}/complete"
            told = self._sure(
                "POST", path, who, {"data": {**given, marked: mark}}, task=task, mark=mark
            )
            outcome = _outcome(told)
            self._note("complete", task, who, mark, outcome)
            return outcome

        with ThreadPoolExecutor(2) as both:
            return any(outcome != "unknown" for outcome in both.map(complete, people))

    def _task(self, case: int, element: str, who: str) -> int | None:
        """The open task on that element; a worker may have to open it first."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            found = self._sure("GET", f"/tasks?case={case}", who)
            items = found.json["items"] if found and found.status == 200 else []
            for item in items:
                if item["element"] == element:
                    return int(item["id"])
            time.sleep(0.1)
        return None

    # ---- asking --------------------------------------------------------------------------
    def _once(self, act: str, about: Any, who: str, path: str, body: Any) -> int | None:
        """An act that must not be asked for twice; the number that it gave."""
        told = self._ask("POST", path, who, body)
        number = told.json["id"] if told and told.status == 201 else None
        self._note(act, about, who, "", _outcome(told), number)
        return number

    def _sure(
        self, method: str, path: str, who: str, body: Any = None, task: int = 0, mark: str = ""
    ) -> Answer | None:
        """Ask until there is an answer; each time that none came is noted where the act has a mark."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            told = self._ask(method, path, who, body)
            if told is not None and told.status != 503:
                return told
            if mark:
                self._note("complete", task, who, mark, "unknown")
        return None

    def _ask(self, method: str, path: str, who: str, body: Any = None) -> Answer | None:
        """None where the line broke: it may have been done and may not."""
        while True:
            door = self.crowd.crew.door(self.chance)
            if door is None:
                time.sleep(0.05)
                continue
            server = Server(door, Path(), {})
            try:
                told = server.call(method, f"/api/v1{path}", body, token=self.crowd.tokens[who])
            except (OSError, http.client.HTTPException) as exc:
                if isinstance(getattr(exc, "reason", exc), ConnectionRefusedError):
                    time.sleep(0.05)  # nobody has heard it
                    continue
                return None
            if told.status in _STRANGE:
                self.crowd.strange.append(f"{method} {path}: {told.status} {told.body[:200]!r}")
            return told

    def _note(
        self, act: str, about: Any, who: str, mark: str, outcome: str, number: int | None = None
    ) -> None:
        self.crowd.notes.append(Note(act, about, who, mark, outcome, number))


def _outcome(told: Answer | None) -> str:
    if told is None or told.status == 503:
        return "unknown"
    return "yes" if told.status < 400 else "no"


def _start(pathway: str) -> dict[str, Any]:
    return {"pathway": pathway, "data": {}}
