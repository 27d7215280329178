"""The agreements' decision tables, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine import decisions

PROCESSES = Path(__file__).resolve().parents[2] / "processes"


def decided(file: str, name: str, **inputs: Any) -> Any:
    """What a decision answers, without errors."""
    found = decisions.load((PROCESSES / file).read_text(encoding="utf-8")).decide(name, inputs)
    assert not found.errors
    return found.value


@pytest.mark.parametrize(
    ("effort", "plan", "row"),
    [
        (False, False, "genbrug"),
        (False, True, "ny_plan"),
        (True, True, "samlet_plan"),
        (True, False, "samlet_plan"),
    ],
)
def test_the_table_of_4_4_has_its_three_rows_and_the_missing_fourth(
    effort: bool, plan: bool, row: str
) -> None:
    answer = decided(
        "midtjylland/planrunde/hvis-saa.dmn",
        "raekke",
        justering_indsats=effort,
        justering_plan=plan,
    )
    assert answer == row


@pytest.mark.parametrize(
    ("dangerous", "crime", "unstable", "factor", "said"),
    [
        (None, True, True, True, "ikke vurderet"),
        (True, False, False, False, "altid afgørende og peger på"),
        (True, True, True, True, "altid afgørende og peger på"),
        (False, True, True, False, "Kriterium 1 er opfyldt, men"),
        (False, True, False, True, "kun vejlede"),
        (False, None, None, None, "Hverken kriterier eller faktorer"),
    ],
)
def test_danger_now_always_decides_the_advice(
    dangerous: bool | None,
    crime: bool | None,
    unstable: bool | None,
    factor: bool | None,
    said: str,
) -> None:
    """Criterion 2 first, criterion 1 without it does not suffice, factors only guide; there is no score."""
    advice = decided(
        "midtjylland/risikovurdering/vejledning.dmn",
        "vejledning",
        aktuel_risikovurdering_farlighed=dangerous,
        tidligere_personfarlig_kriminalitet=crime,
        aktuelt_ustabil=unstable,
        misbrug=factor,
        **dict.fromkeys(
            ("risiko_behandlingsophoer", "risiko_recidiv", "udadreagerende", "lav_iq", "manglende_bolig_tilbud",
             "manglende_samarbejdsevne", "manglende_netvaerk")
        ),
    )  # fmt: skip
    assert said in advice


@pytest.mark.parametrize(
    ("effort", "need", "scenario"),
    [
        (True, "uaendret", 1), (True, "mindre", 1), (True, "intet", 1), (True, "stoerre", 2), (True, "muligt", 2),
        (False, "muligt", 3), (False, "stoerre", 3), (False, "uaendret", 0), (False, "mindre", 0), (False, "intet", 0),
    ],
)  # fmt: skip
def test_hovedstadens_three_scenarios_and_what_their_text_leaves_out(
    effort: bool, need: str, scenario: int
) -> None:
    """Every answer has one row: smaller need is scenario 1, no effort and no need is none of them."""
    answer = decided(
        "hovedstaden/orientering/scenarie.dmn", "scenarie", har_indsats=effort, forventet_behov=need
    )
    assert answer["nummer"] == scenario
    assert answer["betydning"]
