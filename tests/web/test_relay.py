"""Who gets the baton then, and the steps of a walk: read from the real diagram of the first pathway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from engine import deploy, pathway
from engine.pathway import Pathway
from stafet.settings import ROOT
from web import relay, terms
from web.onward import onward

APP = Flask(__name__)
Babel(APP, default_locale="da", default_timezone="Europe/Copenhagen")
NOW = datetime(2026, 11, 30, 8, 21, tzinfo=UTC)
KEY = "midtjylland-planrunde"
UNITS = {"Regionspsykiatrien": "Afsnit N1", "Kriminalforsorgen": "Kriminalforsorgen Midtjylland"}


@cache
def planrunde() -> Pathway:
    """The pathway as it lies on disk."""
    sources = deploy.read(ROOT / "processes" / "midtjylland")
    return pathway.compile(next(source for source in sources if source.key == KEY))


@pytest.fixture(autouse=True)
def _danish() -> Iterator[None]:
    with APP.test_request_context(), force_locale("da"):
        yield


def test_a_choice_reads_as_a_choice() -> None:
    legs = onward(planrunde(), KEY, "vurder_behov")
    assert {(leg.name, leg.when) for leg in legs} == {
        ("Send planen til accept", "Hvad skal ændres? Ingenting"),
        ("Indkald teamet", "Hvad skal ændres? Kun planen"),
        ("Indkald team og myndighed", "Hvad skal ændres? Indsatsen"),
    }


def test_silence_has_its_own_way_and_machines_are_passed_through() -> None:
    legs = {leg.element: leg for leg in onward(planrunde(), KEY, "accepter_plan")}
    assert legs["foelg_op"].when == "Svar mangler"
    assert legs["accepteret_genbrug"].ends
    # The send task on the way to the management is nobody's work.
    assert legs["eskaleret"].when == "Accepterer alle? Nej"
    assert "loeft_uenighed" not in legs


def test_a_loop_back_does_not_go_on_for_ever() -> None:
    again = onward(planrunde(), KEY, "foelg_op")
    assert {leg.element for leg in again} == {"eskaleret", "foelg_op"}
    # To stay where one is, is no next step.
    assert [one.name for one in relay.following(planrunde(), [(KEY, "foelg_op")], UNITS)] == [
        "Sagen er løftet til ledelsen"
    ]
    assert onward(planrunde(), KEY, "findes_ikke") == ()


def test_who_comes_next_is_a_unit_where_the_case_knows_it() -> None:
    (first,) = relay.following(planrunde(), [(KEY, "send_plan")], UNITS)
    assert (first.who, first.name) == ("Parterne, hver for sig", "Tag stilling til planen")
    names = [one.who for one in relay.following(planrunde(), [(KEY, "accepter_plan")], UNITS)]
    assert names == ["Afsnit N1", "Forløbet slutter", "Forløbet slutter"]
    assert relay.merged(relay.following(planrunde(), [(KEY, "accepter_plan")], UNITS))[1] == (
        "Forløbet slutter",
        ["Planen genbruges", "Sagen er løftet til ledelsen"],
    )


def _line(party: str, state: str, **more: Any) -> dict[str, Any]:
    blank = dict.fromkeys(
        (
            "closed_at",
            "by",
            "due_at",
            "overdue_at",
            "met_at",
            "status",
            "clause",
            "frist",
            "started_at",
            "reminder_at",
            "paused",
            "local",
        )
    )
    return {
        **blank,
        "party": party,
        "unit_name": UNITS.get(party),
        "task": 7,
        "state": state,
        **more,
    }


def _row(element: str, state: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = planrunde().elements[element].name
    opened = datetime(2026, 11, 26, 8, tzinfo=UTC)
    row = {"element": element, "name": named, "process": KEY, "state": state, "times": 1}
    return {**row, "opened_at": opened, "closed_at": None, "parties": list(lines), **more}


def test_steps_stand_as_done_now_and_later() -> None:
    sent = datetime(2026, 11, 26, 9, 15, tzinfo=UTC)
    dated = {
        "due_at": "2026-12-01T23:59:59+01:00",
        "started_at": "2026-11-26T10:15:00+01:00",
        "reminder_at": "2026-11-30T09:00:00+01:00",
        "frist": "3 hverdage",
        "clause": "MIDT-4.4-12",
        "status": "open",
    }
    answered = {**dated, "closed_at": sent, "met_at": "2026-11-27T11:20:00+01:00", "status": "met"}
    walk = {
        "steps": [
            _row(
                "accepter_plan",
                "now",
                _line("Kriminalforsorgen", "done", **answered),
                _line("Kommunens myndighed", "now", **dated),
            ),
            _row(
                "send_plan",
                "done",
                _line("Regionspsykiatrien", "done", closed_at=sent, by="Ida Holm"),
                closed_at=sent,
            ),
        ]
    }
    done, here, *later = relay.steps(planrunde(), walk, UNITS, NOW)
    assert (done.state, done.name) == ("done", "Send planen til accept")
    assert done.note == "Ida Holm, Afsnit N1, torsdag 26. november kl. 10.15"
    assert here.note == "1 af 2 har svaret."
    assert here.counted == (
        "3 hverdage fra torsdag 26. november kl. 10.15. "
        "Sprunget over: lørdag 28. november og søndag 29. november (weekend)."
    )
    assert here.clause == "MIDT-4.4-12"
    assert [part.chip.words for part in here.parties] == [
        "Holdt fredag 27. november kl. 11.20",
        "I morgen",
    ]
    # Only what waits can be opened.
    assert [part.task for part in here.parties] == [None, 7]
    assert [step.state for step in later] == ["later"] * 3
    both = {"steps": [*walk["steps"], _row("foelg_op", "now", _line("Regionspsykiatrien", "now"))]}
    lifted = relay.steps(planrunde(), both, UNITS, NOW)[-1]
    assert lifted.name == "Sagen er løftet til ledelsen"
    assert lifted.note == "Accepterer alle? Nej eller Skal sagen løftes nu? Ja · Forløbet slutter"


def test_what_was_called_off_is_not_shown_as_done() -> None:
    gone = datetime(2026, 11, 27, 9, tzinfo=UTC)
    walk = {
        "steps": [
            _row(
                "foelg_op",
                "cancelled",
                _line("Regionspsykiatrien", "cancelled", closed_at=gone),
                closed_at=gone,
            )
        ]
    }
    (step,) = relay.steps(planrunde(), walk, UNITS, NOW)
    assert (step.state, step.note) == ("cancelled", "bortfaldt fredag 27. november kl. 10.00")


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"what": "opened", "kind": "case"}, "Sagen blev åbnet"),
        ({"what": "completed", "kind": "userTask"}, "Send planen"),
        ({"what": "cancelled", "kind": "userTask"}, "Send planen: bortfaldt"),
        ({"what": "caught", "kind": "boundaryEvent"}, "Meldt: Send planen"),
        ({"what": "fired", "kind": "boundaryEvent"}, "Tiden gik: Send planen"),
        ({"what": "completed", "kind": "startEvent"}, "Planrunde begyndte: Send planen"),
        ({"what": "completed", "kind": "endEvent"}, "Planrunde sluttede: Send planen"),
        ({"what": "completed", "kind": "exclusiveGateway"}, None),
        ({"what": "entered", "kind": "userTask"}, None),
    ],
)
def test_the_timeline_tells_what_people_did(row: dict[str, str], text: str | None) -> None:
    own = {"process": KEY, "pathway": KEY, "pathway_name": "Planrunde"}
    assert terms.happening({"name": "Send planen", **own, **row}) == text


def test_of_a_called_part_only_the_end_is_told() -> None:
    part = {
        "process": "faelles-uenighed",
        "pathway": KEY,
        "pathway_name": "Planrunde",
        "name": "Løst",
    }
    assert terms.happening({**part, "what": "completed", "kind": "startEvent"}) is None
    assert terms.happening({**part, "what": "completed", "kind": "endEvent"}) == "Løst"


def test_a_consent_says_when_on_what_and_for_whom() -> None:
    given = datetime(2026, 11, 18, 9, tzinfo=UTC)
    row = {
        "kind": "samtykke",
        "basis": "skriftligt",
        "parties": [],
        "given_at": given,
        "valid_to": None,
        "withdrawn_at": None,
        "given_by": None,
    }
    assert (
        terms.consent(row, NOW)
        == "Samtykke givet onsdag 18. november. Grundlag: skriftligt. Gælder alle sagens parter."
    )
    until = {**row, "parties": ["Egen læge"], "valid_to": datetime(2027, 11, 18, tzinfo=UTC)}
    assert terms.consent(until, NOW).endswith("Gælder Egen læge til torsdag 18. november 2027.")


@cache
def _pathway(agreement: str, key: str) -> Pathway:
    sources = deploy.read(ROOT / "processes" / agreement)
    return pathway.compile(next(source for source in sources if source.key == key))


def _after(walked: Pathway, process: str, element: str) -> list[tuple[str, str, bool]]:
    return [(leg.name, leg.when, leg.ends) for leg in onward(walked, process, element)]


def test_after_a_part_comes_what_follows_it_where_it_is_called() -> None:
    warned = _pathway("hovedstaden", "hovedstaden-faerdigmelding")
    # The end of the warning ends neither its caller nor the pathway.
    assert _after(warned, "hovedstaden-varsling", "vurder_faerdigbehandlet") == [
        ("Send færdigmelding", "Er borgeren allerede udskrevet? Nej", False),
        ("Udskrevet uden ny indsats", "Er borgeren allerede udskrevet? Ja", True),
    ]
    listed = _pathway("midtjylland", "midtjylland-risikoliste-optagelse")
    # Both answers lead out of the part, so neither is said; where only one does, it is.
    assert _after(listed, "midtjylland-risikovurdering", "underskriv_og_orienter") == [
        ("Tag imod kandidaten", "", False)
    ]
    assert _after(listed, "midtjylland-risikoafgoerelse", "afgoer_kriminalforsorg")[:2] == [
        ("Uenighed", "Er de enige? Nej", False),
        ("Vurdér behovet for social indsats", "Er de enige? Ja, Er risikoen særlig? Ja", False),
    ]


def test_a_side_track_ends_nothing() -> None:
    warned = _pathway("hovedstaden", "hovedstaden-faerdigmelding")
    assert _after(warned, "hovedstaden-varsling", "varsl_kommunen") == []
    assert _after(warned, "hovedstaden-faerdigmelding", "orienter_ny_kommune") == []
    # One that takes the place of the pathway ends it.
    assert ("Udskrevet uden deling", "", True) in _after(
        warned, "hovedstaden-faerdigmelding", "udskriv_uden_deling"
    )


def test_who_fills_a_lane_by_an_answer_is_not_guessed() -> None:
    listed = _pathway("midtjylland", "midtjylland-risikoliste-optagelse")
    units = {"Kommunens myndighed": "Myndighedsafdelingen"}
    told = relay.following(listed, [("faelles-uenighed", "registrer_uenighed")], units)
    # Part B is the probation service here, though the lane's default is the municipality.
    assert [(one.who, one.name) for one in told] == [("Part B", "Giv jeres fremstilling")]


@pytest.mark.parametrize(("over", "away"), [(0, 0), (5, 0), (6, 3), (18, 15)])
def test_what_is_long_over_is_folded(over: int, away: int) -> None:
    done = [relay.Step("done", f"Trin {number}") for number in range(over)]
    here = [relay.Step("now", "Her"), relay.Step("later", "Siden")]
    earlier, rest = relay.folded([*done, *here])
    assert (earlier, rest) == (done[:away], [*done[away:], *here])
