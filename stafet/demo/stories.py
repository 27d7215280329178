"""Twelve citizens half-way along: what happened, how many hverdage ago, and to whom the baton went.

Fields that an act leaves out are filled with valid samples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

REGION, PROBATION, AUTHORITY, RESIDENCE = (
    "Regionspsykiatrien", "Kriminalforsorgen", "Kommunens myndighed", "Bosted",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One task completed: which element, by which party, how many hverdage ago and when that day."""

    days_ago: int
    clock: str
    element: str
    party: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """One case: its agreement, pathway, parties, and what has been done."""

    agreement: str
    pathway: str
    parties: tuple[str, ...]
    acts: tuple[Act, ...]
    #: How many hverdage ago the pathway began, and when that day.
    began: tuple[int, str]


def _round(
    *acts: Act, parties: tuple[str, ...] = (REGION, PROBATION, AUTHORITY), began: int | None = None
) -> Story:
    return Story(
        "midtjylland",
        "planrunde",
        parties,
        acts,
        (acts[0].days_ago if began is None else began, "08:50"),
    )


def _judged(days_ago: int, effort: bool, plan: bool) -> Act:
    return Act(
        days_ago,
        "09:10",
        "vurder_behov",
        data={"justering_indsats": effort, "justering_plan": plan},
    )


def _reused(days_ago: int) -> tuple[Act, ...]:
    return (_judged(days_ago, False, False), Act(days_ago, "10:15", "send_plan"))


def _revised(days_ago: int) -> tuple[Act, ...]:
    return (_judged(days_ago, False, True), Act(days_ago, "11:00", "indkald_team"))


def _whole(days_ago: int) -> tuple[Act, ...]:
    return (_judged(days_ago, True, True), Act(days_ago, "13:30", "indkald_myndighed"))


def _accepts(days_ago: int, party: str, clock: str = "13:20", accept: bool = True) -> Act:
    return Act(days_ago, clock, "accepter_plan", party, {"accept": accept})


#: What is written where a plan is written: the goals, efforts, those responsible and the follow-up its form asks for.
PLAN = (
    "Mål: Fast døgnrytme og medicin som aftalt.\n"
    "Indsats: Ambulant samtale hver anden uge. Bostedet følger til samtalen.\n"
    "Ansvarlig: Ambulatoriet for behandlingen, bostedet for hverdagen.\n"
    "Opfølgning: Fælles møde hver tredje måned."
)


def _writes(days_ago: int, clock: str) -> Act:
    return Act(days_ago, clock, "skriv_plan", data={"planfelter": PLAN})


STORIES = (
    # Sent this week; nobody has answered yet.
    _round(*_reused(1)),
    # One has accepted, one has until tomorrow.
    _round(*_reused(2), _accepts(1, PROBATION)),
    # Silence: the date has passed, and the region follows up.
    _round(*_reused(6), _accepts(5, AUTHORITY)),
    # All accepted: done.
    _round(*_reused(9), _accepts(8, PROBATION), _accepts(7, AUTHORITY, "09:40")),
    # The team is called to write a new plan.
    _round(*_revised(3), parties=(REGION, PROBATION, AUTHORITY, RESIDENCE)),
    # The meeting was held; the plan waits for approval.
    _round(
        *_revised(6),
        Act(2, "14:00", "moed_i_teamet", data={"fremmoede": True}),
        _writes(2, "15:00"),
        Act(1, "10:30", "godkend_plan", PROBATION, {"godkendt": True}),
        parties=(REGION, PROBATION, AUTHORITY, RESIDENCE),
    ),
    # A new plan, approved by all.
    _round(
        *_revised(15),
        Act(11, "13:00", "moed_i_teamet", data={"fremmoede": True}),
        _writes(11, "14:10"),
        Act(10, "09:15", "godkend_plan", PROBATION, {"godkendt": True}),
        Act(9, "12:45", "godkend_plan", AUTHORITY, {"godkendt": True}),
    ),
    # The authority is called; it has five hverdage.
    _round(*_whole(2)),
    # The authority did not come in time.
    _round(*_whole(8)),
    # The whole effort agreed and written down.
    _round(
        *_whole(14),
        Act(10, "10:00", "moed_med_myndighed", data={"fremmoede": True}),
        Act(10, "11:30", "aftal_justeringer"),
        Act(9, "14:20", "indfoer_plan"),
    ),
    # One party does not accept: the disagreement goes to the management.
    _round(*_reused(4), _accepts(3, PROBATION), _accepts(3, AUTHORITY, "15:05", accept=False)),
    # Readmitted yesterday; nothing has been decided.
    _round(began=1),
)
