"""Made-up units: one for every party of every agreement.  Names of places are real, the units are not.

A unit's code is made up too (`DEMO-…`): Stafet keys units on SOR, CVR or kommunekode, never on names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MIDT, HOV, SJ = "midtjylland", "hovedstaden", "sjaelland"
NJT, NJD = "nordjylland-team", "nordjylland-dobbeltdiagnose"


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """One unit and the parties that it is, by agreement."""

    name: str
    sector: str
    parties: Mapping[str, tuple[str, ...]]


UNITS = (
    # Region Midtjylland
    DemoUnit("Retspsykiatrisk Afdeling, Aarhus", "region", {MIDT: ("Regionspsykiatrien",)}),
    DemoUnit("Opsøgende Team, Aarhus", "region", {MIDT: ("Opsøgende retspsykiatrisk team",)}),
    DemoUnit("Kriminalforsorgen Midtjylland", "stat", {MIDT: ("Kriminalforsorgen",)}),
    DemoUnit("Myndighedsafdelingen, Aarhus Kommune", "kommune", {MIDT: ("Kommunens myndighed", "Handlekommune")}),
    DemoUnit("Rusmiddelcentret, Aarhus Kommune", "kommune", {MIDT: ("Kommunens misbrugsbehandling",)}),
    DemoUnit("Bostøtten, Aarhus Kommune", "kommune", {MIDT: ("Kommunens bostøtte",)}),
    DemoUnit("Socialforvaltningen, Silkeborg Kommune", "kommune",
             {MIDT: ("Bopælskommune", "Opholdskommune", "Betalingskommune")}),
    DemoUnit("Bostedet Tranehaven", "botilbud", {MIDT: ("Bosted",)}),
    DemoUnit("Lægerne på Åboulevarden", "almen praksis", {MIDT: ("Egen læge",)}),
    DemoUnit("Østjyllands Politi", "stat", {MIDT: ("Politi",)}),
    DemoUnit("Statsadvokaten i Viborg", "stat", {MIDT: ("Statsadvokat",)}),
    DemoUnit("Koordinerende møde, Midtjylland", "fælles", {MIDT: ("Tværsektoriel ledelse", "Styregruppe")}),
    # Region Hovedstaden
    DemoUnit("Psykiatrisk Center Hillerød", "region",
             {HOV: ("Psykiatrisk center", "Voksenpsykiatri", "Døgnafsnit", "Botilbudsteam")}),
    DemoUnit("Visitation og Diagnostik, Frederiksberg", "region", {HOV: ("Center for Visitation og Diagnostik",)}),
    DemoUnit("Psykiatrisk Akutmodtagelse, Hillerød", "region", {HOV: ("Akutmodtagelse",)}),
    DemoUnit("Psykiatrisk Center Bornholm, Rønne", "region",
             {HOV: ("Psykiatrisk Center Bornholm", "Bornholms Hospital")}),
    DemoUnit("Børne- og Ungdomspsykiatri, Hillerød", "region", {HOV: ("BUC",)}),
    DemoUnit("Social Indsats, Hillerød Kommune", "kommune", {HOV: ("Bopælskommune", "Handlekommune")}),
    DemoUnit("Voksenenheden, Helsingør Kommune", "kommune", {HOV: ("Opholdskommune", "Betalingskommune")}),
    DemoUnit("Rusmiddelcentret, Hillerød Kommune", "kommune", {HOV: ("Kommunens misbrugsbehandling",)}),
    DemoUnit("Børn og Familie, Hillerød Kommune", "kommune", {HOV: ("Kommunens børne- og familieafdeling",)}),
    DemoUnit("Botilbuddet Lindegården", "botilbud", {HOV: ("Botilbud",)}),
    DemoUnit("Lægehuset ved Torvet, Hillerød", "almen praksis", {HOV: ("Egen læge", "Henvisende læge")}),
    DemoUnit("Kriminalforsorgen Hovedstaden", "stat", {HOV: ("Kriminalforsorgen",)}),
    DemoUnit("Nordsjællands Politi", "stat", {HOV: ("Politi",)}),
    DemoUnit("Familieretshuset, Hillerød", "stat", {HOV: ("Familieretshuset",)}),
    DemoUnit("Samordningsudvalget, Hillerød", "fælles", {HOV: ("Tværsektoriel ledelse", "Styregruppe")}),
    # Region Sjælland
    DemoUnit("Psykiatrien Vest, Slagelse", "region", {SJ: ("Psykiatrien", "TOP-team")}),
    DemoUnit("Psykiatrisk Visitationsklinik, Slagelse", "region", {SJ: ("Psykiatrisk Visitationsklinik",)}),
    DemoUnit("Psykiatrisk Akutmodtagelse, Slagelse", "region", {SJ: ("Akutmodtagelse",)}),
    DemoUnit("Center for Handicap og Psykiatri, Næstved Kommune", "kommune",
             {SJ: ("Bopælskommune", "Handlekommune", "Kommunens bostøtte")}),
    DemoUnit("Socialafdelingen, Ringsted Kommune", "kommune", {SJ: ("Opholdskommune", "Betalingskommune")}),
    DemoUnit("Center for Afhængighed, Næstved Kommune", "kommune", {SJ: ("Kommunens misbrugsbehandling",)}),
    DemoUnit("Jobcenter Næstved", "kommune", {SJ: ("Kommunens jobcenter",)}),
    DemoUnit("Botilbuddet Åsen", "botilbud", {SJ: ("Botilbud",)}),
    DemoUnit("Lægerne Jernbanegade, Næstved", "almen praksis", {SJ: ("Egen læge", "Henvisende læge")}),
    DemoUnit("Kriminalforsorgen Sjælland", "stat", {SJ: ("Kriminalforsorgen",)}),
    DemoUnit("Sydsjællands Politi", "stat", {SJ: ("Politi",)}),
    DemoUnit("Følgegruppen, Region Sjælland", "fælles",
             {SJ: ("Afklaringsudvalg", "Tværsektoriel ledelse", "Faglig følgegruppe")}),
    # Region Nordjylland, begge aftaler
    DemoUnit("Psykiatrien, Aalborg", "region",
             {NJT: ("Psykiatrien",), NJD: ("Psykiatrien", "Døgnafsnit", "Botilbudsteam")}),
    DemoUnit("Socialrådgiverne, Psykiatrien Aalborg", "region", {NJT: ("Hospitalets socialrådgivere",)}),
    DemoUnit("Ambulatorium for Rusmiddelpsykiatri, Aalborg", "region", {NJD: ("Ambulatorium for Rusmiddelpsykiatri",)}),
    DemoUnit("Visitation og skadestue, Psykiatrien Aalborg", "region",
             {NJD: ("Psykiatrisk visitation", "Akutmodtagelse")}),
    DemoUnit("Medicinsk Afdeling, Aalborg", "region", {NJD: ("Somatisk hospital",)}),
    DemoUnit("Socialpsykiatrien, Aalborg Kommune", "kommune",
             {NJT: ("Bopælskommune", "Handlekommune", "Kommunens bostøtte", "Kommunens vagt"),
              NJD: ("Bopælskommune", "Handlekommune", "Kommunens bostøtte")}),
    DemoUnit("Social og Sundhed, Brønderslev Kommune", "kommune",
             {NJT: ("Opholdskommune", "Betalingskommune"), NJD: ("Opholdskommune", "Betalingskommune")}),
    DemoUnit("Misbrugscentret, Aalborg Kommune", "kommune",
             {NJT: ("Kommunens misbrugsbehandling",), NJD: ("Misbrugscenter",)}),
    DemoUnit("Jobcenter Aalborg", "kommune", {NJT: ("Kommunens jobcenter",)}),
    DemoUnit("Familieafdelingen, Aalborg Kommune", "kommune", {NJT: ("Kommunens familieafdeling",)}),
    DemoUnit("Botilbuddet Fjordparken", "botilbud", {NJT: ("Botilbud",), NJD: ("Botilbud",)}),
    DemoUnit("Lægerne Vesterbro, Aalborg", "almen praksis",
             {NJT: ("Egen læge",), NJD: ("Egen læge", "Henvisende læge")}),
    DemoUnit("Kriminalforsorgen Nordjylland", "stat", {NJT: ("Kriminalforsorgen",), NJD: ("Kriminalforsorgen",)}),
    DemoUnit("Nordjyllands Politi", "stat", {NJT: ("Politi",)}),
    DemoUnit("Styregruppen, Nordjylland", "fælles", {NJT: ("Styregruppe",), NJD: ("Styregruppe",)}),
    # Dem, der tegner og driver
    DemoUnit("Stafets designere og drift", "fælles", {}),
)  # fmt: skip
HOUSE = UNITS[-1]


def demo_parties(agreement: str) -> dict[str, str]:
    """The unit that each party of this agreement is in the demo; empty for an unknown agreement."""
    return {party: unit.name for unit in UNITS for party in unit.parties.get(agreement, ())}
