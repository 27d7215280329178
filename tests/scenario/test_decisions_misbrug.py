"""The tables of the agreements on misuse, row by row: who opens the door, who detoxifies, who answers, who is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine import decisions

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
ADGANG = "faelles/misbrug-adgang/adgang.dmn"
ANSVARLIG = "faelles/misbrug-i-psykiatrien/ansvarlig.dmn"
DELING = "faelles/samtykke/deling.dmn"
AFRUSNING = "nordjylland-dobbeltdiagnose/afrusning/afrusningssted.dmn"
KATEGORI = "nordjylland-dobbeltdiagnose/kategori/kategori.dmn"


def decided(file: str, name: str, **inputs: Any) -> Any:
    """What a decision answers, without errors."""
    found = decisions.load((PROCESSES / file).read_text(encoding="utf-8")).decide(name, inputs)
    assert not found.errors
    return found.value


@pytest.mark.parametrize(
    ("said", "way"),
    [
        ({"rusmiddel": "alkohol", "anonym": True}, "anonym"),
        ({"rusmiddel": "medicin", "anonym": True, "bor_i": "anden_region"}, "anonym"),
        ({"rusmiddel": "blandet", "anonym": True}, "hjemkommunen"),
        ({"rusmiddel": "stoffer", "substitution": True, "eget_valg": True}, "bopaelskommune"),
        ({"rusmiddel": "alkohol", "bor_i": "anden_region", "eget_valg": True}, "efter_aftale"),
        ({"rusmiddel": "alkohol", "eget_valg": True}, "frit_valg"),
        ({"rusmiddel": "stoffer", "bor_i": "kommunen"}, "hjemkommunen"),
        ({}, "hjemkommunen"),
    ],
)
def test_drugs_are_never_treated_anonymously_and_substitution_only_at_home(
    said: dict[str, Any], way: str
) -> None:
    unsaid = dict.fromkeys(("rusmiddel", "anonym", "substitution", "eget_valg", "bor_i"))
    assert decided(ADGANG, "adgang", **{**unsaid, **said}) == way


@pytest.mark.parametrize(
    ("treated", "whole", "responsible"),
    [
        ("indlagt", None, "psykiatrien"),
        ("ambulant", True, "psykiatrien"),
        ("ambulant", None, "kommunen"),
        (None, None, "kommunen"),
    ],
)
def test_psychiatry_treats_the_misuse_of_inpatients_and_of_its_own_clinic(
    treated: str | None, whole: bool | None, responsible: str
) -> None:
    answer = decided(ANSVARLIG, "ansvarlig_for_misbrug", behandles_i=treated, hele_ansvaret=whole)
    assert answer == responsible


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"delir": True, "kort_ambulant": True}, "psykiatri"),
        ({"svaert_psykisk_syg": True, "doegnobservation": True}, "psykiatri"),
        ({"doegnobservation": True}, "somatik"),
        ({"kort_ambulant": True}, "egen_laege"),
        ({}, "kommune"),
    ],
)
def test_only_what_is_complicated_belongs_in_hospital(said: dict[str, bool], place: str) -> None:
    unsaid = dict.fromkeys(("delir", "svaert_psykisk_syg", "doegnobservation", "kort_ambulant"))
    assert decided(AFRUSNING, "afrusningssted", **{**unsaid, **said}) == place


@pytest.mark.parametrize(
    ("mental", "misuse", "category", "who"),
    [
        ("lille", "lille", "I", "egen læge"),
        ("stort", "lille", "II", "primært psykiatrien"),
        ("lille", "stort", "III", "kommunens misbrugsbehandling"),
        ("stort", "stort", "IV", "dobbeltdiagnoseregi"),
    ],
)
def test_the_figure_of_2008_has_four_categories(
    mental: str, misuse: str, category: str, who: str
) -> None:
    assert decided(KATEGORI, "kategori", psykisk=mental, misbrug=misuse) == category
    assert who in decided(KATEGORI, "kategoriens_ansvarlige", kategori=category)


@pytest.mark.parametrize(
    ("parameter", "told"),
    [
        (True, "nødvendigt for borgeren"),
        (None, "nødvendigt for borgeren"),
        (False, "kun med samtykke"),
    ],
)
def test_an_unplanned_discharge_is_told_as_the_agreement_says(
    parameter: bool | None, told: str
) -> None:
    rows = decided(DELING, "deling", hjemmel_uden_samtykke=parameter)
    assert len(rows) == 7
    (only,) = [row for row in rows if row["grundlag"] == "Sundhedsloven § 43"]
    assert told in only["oplysninger"]
    assert rows[0]["grundlag"] == "Borgerens samtykke"
