"""Twelve citizens half-way along: what happened, how many hverdage ago, and to whom the baton went.

Fields that an act leaves out are filled with valid samples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stafet.demo import plans

REGION, PROBATION, AUTHORITY, RESIDENCE, ACTING = (
    "Regionspsykiatrien", "Kriminalforsorgen", "Kommunens myndighed", "Bosted", "Handlekommune",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One task completed: which element, by which party, how many hverdage ago and when that day.

    `dates` are answers that are a date, so many days later; what is `reported` is no task but an event.
    """

    days_ago: int
    clock: str
    element: str
    party: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    dates: dict[str, int] = field(default_factory=dict)
    reported: bool = False


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


def _writes(days_ago: int, clock: str, plan: str, *approvers: str) -> Act:
    asked: dict[str, Any] = {"parter": list(approvers)} if approvers else {}
    return Act(days_ago, clock, "skriv_plan", data={"planfelter": plan, **asked})


def _written_in(days_ago: int) -> tuple[Act, ...]:
    """What the round agreed, with its full content, and sent to the parties."""
    whole = {**plans.WHOLE, "reaktionsansvarlig": REGION, "parter": [PROBATION]}
    return (
        Act(days_ago, "10:30", "indfoer_planrunden", data=whole, dates={"gyldig_til": 180}),
        Act(days_ago - 1, "09:20", "send_planen"),
    )


def _revision(days_ago: int) -> tuple[Act, ...]:
    """The plan in force is to be revised: each writes his part again, all accept, and the new version is sent."""
    asked = {"parter": [PROBATION], **plans.CITIZENS_PART}
    reaction = {**plans.REACTION, "reaktionsansvarlig": REGION}
    needs = {"alder_18": True, "servicelov_afsnit_v": True}
    return (
        Act(days_ago, "09:00", "revision_oensket", reported=True,
            data={"grund": "Behandlingen er fulgt som aftalt, og borgeren vil gerne arbejde."}),
        Act(days_ago, "09:30", "vurder_behov", data=needs),
        Act(days_ago, "11:00", "spoerg_borgeren", data={"vil_medvirke": True}),
        Act(days_ago - 1, "10:00", "hent_indhold", data=asked),
        Act(days_ago - 2, "10:40", "skriv_kommunens_del", ACTING, plans.MUNICIPALITYS_PART),
        Act(days_ago - 2, "13:10", "skriv_parternes_del", PROBATION, plans.PROBATIONS_PART),
        Act(days_ago - 3, "09:50", "skriv_behandlingsdelen", data=plans.TREATMENTS_PART),
        Act(days_ago - 4, "14:00", "aftal_retspsykiatrisk_reaktion", data=reaction),
        Act(days_ago - 4, "14:20", "fastsaet_gyldighed", dates={"gyldig_til": 365}),
        Act(days_ago - 5, "10:00", "gennemgaa_planen", data={"borger_enig": True}),
        Act(days_ago - 6, "09:30", "accepter_planen_som_part", PROBATION, {"accept": True}),
        Act(days_ago - 7, "15:10", "accepter_planen_som_part", ACTING, {"accept": True}),
        Act(days_ago - 8, "09:10", "send_planen"),
    )  # fmt: skip


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
        _writes(2, "15:00", plans.AT_A_MEETING),
        Act(1, "10:30", "godkend_plan", PROBATION, {"godkendt": True}),
        parties=(REGION, PROBATION, AUTHORITY, RESIDENCE),
    ),
    # A new plan, approved by all, written in as a whole, and revised since: three versions to look at side by side.
    _round(
        *_revised(90),
        Act(86, "13:00", "moed_i_teamet", data={"fremmoede": True}),
        _writes(86, "14:10", plans.AT_HOME, PROBATION, AUTHORITY),
        Act(85, "09:15", "godkend_plan", PROBATION, {"godkendt": True}),
        Act(84, "12:45", "godkend_plan", AUTHORITY, {"godkendt": True}),
        *_written_in(83),
        *_revision(12),
        parties=(REGION, PROBATION, AUTHORITY, ACTING),
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
