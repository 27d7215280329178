"""The settings of an agreement: the five that ship, and what a region may get wrong."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from engine.agreement import HATS, Agreement
from engine.calendar import DANISH, parse
from engine.errors import SettingInvalid

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
#: agreement: its clauses' prefix, and every lane that its pathways draw
LANES = {
    "midtjylland": ("MIDT", (
        "Behandlingsansvarlig overlæge", "Borger", "Egen læge", "Indbydende part", "Kommune", "Kommunens myndighed",
        "Kriminalforsorgen", "Ledelse", "Opsøgende retspsykiatrisk team", "Overlæge", "Part A", "Part B", "Politi",
        "Psykiatri", "Region", "Regionspsykiatrien", "Sagsbehandler", "Samarbejdsparter", "Statsadvokat",
        "Styregruppe", "Tværsektorielt team", "Øvrige parter",
    )),
    "hovedstaden": ("HOV", (
        "Afsender", "Aftalens parter", "Akutmodtagelse", "BUC", "Beboer", "Behandlingsansvarlig overlæge", "Borger",
        "Botilbud", "Botilbudsteam", "Den unge", "Døgnafsnit", "Egen læge", "Fagperson", "Familieretshuset",
        "Henvisende læge", "Hospital", "Indbydende part", "Initiativtager", "Kommune", "Koordinator",
        "Kriminalforsorg", "Ledelse", "Læge", "Modtager", "Overlæge", "Part A", "Part B", "Politi", "Psykiatri",
        "Psykiatrisk center", "Region", "Regionspsykiatrien", "Sagsbehandler", "Styregruppe", "Visitation",
        "Voksenpsykiatri", "Øvrige parter",
    )),
    "sjaelland": ("SJ", (
        "Afsender", "Aftalens parter", "Akutmodtagelse", "Behandlingsansvarlig overlæge", "Borger", "Botilbud",
        "Egen læge", "Fagperson", "Henvisende læge", "Initiativtager", "Kommune", "Koordinator", "Kriminalforsorg",
        "Ledelse", "Modtager", "Opkalder", "Part A", "Part B", "Politi", "Psykiatri", "Region", "Sagsbehandler",
        "Styregruppe", "TOP-team", "Tværsektorielt team", "Visitation", "Øvrige parter",
    )),
    "nordjylland-team": ("NJT", (
        "Afsender", "Aftalens parter", "Behandlingsansvarlig overlæge", "Borger", "Egen læge", "Fagperson",
        "Hospital", "Hospital (socialrådgiver)", "Indbydende part", "Initiativtager", "Kommune", "Koordinator",
        "Læge", "Modtager", "Overlæge", "Politi", "Psykiatri", "Psykiatrisk center", "Pårørende", "Region",
        "Regionspsykiatrien", "Sagsbehandler", "Stafetholdere", "Styregruppe", "Øvrige", "Øvrige parter",
    )),
    "nordjylland-dobbeltdiagnose": ("NJD", (
        "Aftalens parter", "Akutmodtagelse", "Beboer", "Borger", "Botilbud", "Botilbudsteam", "Døgnafsnit",
        "Egen læge", "Fagperson", "Henvisende læge", "Hospital (socialrådgiver)", "Initiativtager", "Kommune",
        "Koordinator", "Misbrugscenter", "Psykiatri", "Region", "Sagsbehandler", "Somatisk hospital", "Styregruppe",
        "Visitation", "Øvrige",
    )),
}  # fmt: skip


def load(slug: str) -> Agreement:
    text = (PROCESSES / slug / "agreement.toml").read_text(encoding="utf-8")
    return Agreement.from_toml(tomllib.loads(text), slug)


SMALL: dict[str, Any] = {
    "titel": "Prøve",
    "praefiks": "PR",
    "parties": {
        "Psykiatri": {"sektor": "region"},
        "Kommune": {"sektor": "kommune", "hat": "handle"},
    },
    "lanes": {
        "Overlæge": {"part": "Psykiatri", "roller": ["overlæge"]},
        "Indbydende part": {"part": "Psykiatri", "felt": "indbydende_part"},
    },
    "parametre": {"accept": "3 hverdage"},
    "lokale": ["accept"],
}


def changed(path: str, value: object) -> dict[str, Any]:
    """`SMALL` with one place (`lanes/Overlæge/part`) set otherwise."""
    data = copy.deepcopy(SMALL)
    *way, last = path.split("/")
    at = data
    for step in way:
        at = at[step]
    at[last] = value
    return data


# ---- the five agreements -----------------------------------------------------------------
@pytest.mark.parametrize("slug", LANES)
def test_every_lane_of_the_agreement_is_filled_by_a_party(slug: str) -> None:
    prefix, lanes = LANES[slug]
    agreement = load(slug)
    assert (agreement.slug, agreement.prefix) == (slug, prefix)
    assert set(lanes) <= set(agreement.lanes)
    for lane in agreement.lanes:
        assert agreement.lane_party(lane, {}) in agreement.parties


@pytest.mark.parametrize("slug", LANES)
def test_the_municipality_has_four_hats_and_every_party_a_sector(slug: str) -> None:
    agreement = load(slug)
    assert {party.hat for party in agreement.parties.values()} == set(HATS)
    assert all(party.sector for party in agreement.parties.values())
    assert "Egen læge" in agreement.parties


@pytest.mark.parametrize("slug", LANES)
def test_days_are_counted_the_danish_way(slug: str) -> None:
    assert load(slug).calendar == DANISH


@pytest.mark.parametrize("slug", LANES)
def test_local_numbers_are_deadlines_and_marked(slug: str) -> None:
    agreement = load(slug)
    assert agreement.local
    for name in agreement.local:
        assert parse(agreement.parameters[name])


@pytest.mark.parametrize(
    ("slug", "name", "frist"),
    [
        ("midtjylland", "plan_accept", "3 hverdage"), ("midtjylland", "listemoede", "1 kvartal"),
        ("hovedstaden", "varsling", "8 dage før"), ("hovedstaden", "epikrise", "24 timer"),
        ("sjaelland", "top_undersoegelse", "24 timer eller førstkommende hverdag"),
        ("nordjylland-team", "netvaerksmoede", "3 uger"),
        ("nordjylland-dobbeltdiagnose", "kip_opfoelgning", "6 måneder"),
    ],
)  # fmt: skip
def test_the_agreements_own_numbers_are_not_called_local(slug: str, name: str, frist: str) -> None:
    agreement = load(slug)
    assert agreement.parameters[name] == frist
    assert name not in agreement.local


def test_those_who_are_asked_in_a_plan_round_are_parties() -> None:
    agreement = load("midtjylland")
    assert {"Kriminalforsorgen", "Kommunens myndighed"} <= set(agreement.parties)
    for asked in ("Kriminalforsorgen", "Kommunens myndighed"):
        assert agreement.lane_party("Tværsektorielt team", {"part": asked}) == asked


# ---- lanes -------------------------------------------------------------------------------
def test_a_lane_with_a_field_falls_back_to_its_party() -> None:
    agreement = Agreement.from_toml(SMALL)
    assert agreement.lane_party("Indbydende part", {"indbydende_part": "Kommune"}) == "Kommune"
    for empty in (
        {},
        {"indbydende_part": ""},
        {"indbydende_part": None},
        {"indbydende_part": "Ukendt"},
    ):
        assert agreement.lane_party("Indbydende part", empty) == "Psykiatri"
    assert agreement.lane_party("Kommune", {}) == "Kommune"
    assert agreement.lane_party("Månen", {}) == ""


def test_a_lane_tells_the_job_roles_it_accepts() -> None:
    agreement = Agreement.from_toml(SMALL)
    assert agreement.roles("Overlæge") == ("overlæge",)
    assert agreement.roles("Indbydende part") == ()


# ---- what may be wrong -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("titel", "", "lacks “titel”"), ("praefiks", 3, "lacks “praefiks”"), ("lane", {}, "does not know “lane”"),
        ("parties", {}, "names no party"), ("parties", [], "must be a table"),
        ("parties/Kommune", {"hat": "handle"}, "“Kommune” needs a “sektor”"),
        ("parties/Kommune", "kommune", "needs a “sektor”"),
        ("parties/Kommune/hat", "hjem", "hat “hjem”"), ("parties/Kommune/hue", "x", "does not know “hue”"),
        ("lanes/Overlæge/part", "Ukendt", "not under [parties]"), ("lanes/Overlæge", {}, "needs a “part”"),
        ("lanes/Overlæge", 3, "needs a “part”"), ("lanes/Overlæge/rolle", [], "does not know “rolle”"),
        ("lanes/Overlæge/roller", ["trold"], "job role “trold”"),
        ("lanes/Overlæge/roller", "overlæge", "list of texts"),
        ("lanes/Overlæge/part", ["Psykiatri"], "not under [parties]"),
        ("lanes/Overlæge/felt", "indbydende part", "name of a field"), ("lanes/Overlæge/felt", 1, "name of a field"),
        ("lokale", ["ukendt"], "not under [parametre]"), ("lokale", "accept", "list of texts"),
        ("parametre/accept", "3 hverdge", "[parametre] “accept”"),
        ("parametre/faser", {"ambulant": {"frist": "5 arbejdsdag e"}}, "“faser.ambulant.frist”"),
        ("kalender", {"kvartal": "x"}, "[kalender]"), ("kalender", 5, "must be a table"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(path: str, value: object, says: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        Agreement.from_toml(changed(path, value))
    assert says in refused.value.sentence
