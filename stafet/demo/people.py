"""Made-up people: eight that one logs in as, and the colleagues who make a relay of it.

A demo person works in all regions at once, so that one login can carry any case; nobody real does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stafet.demo.units import HOUSE, UNITS, DemoUnit

PASSWORD = "stafet"  # the demo's only password  # nosec B105


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody with a login; `works_in` says in which units, `roles` as what."""

    login: str
    name: str
    title: str
    roles: tuple[str, ...]
    works_in: Callable[[DemoUnit], bool]

    @property
    def units(self) -> tuple[DemoUnit, ...]:
        """The units of which this person is a member."""
        return tuple(unit for unit in UNITS if self.works_in(unit))

    @property
    def unit(self) -> str:
        """The first of them, by name."""
        return self.units[0].name


def _of(*sectors: str) -> Callable[[DemoUnit], bool]:
    return lambda unit: unit.sector in sectors and unit is not HOUSE


def _is(*parties: str) -> Callable[[DemoUnit], bool]:
    return lambda unit: any(party in names for names in unit.parties.values() for party in parties)


LOGINS = (
    DemoPerson("sygeplejerske", "Mette Lindholm", "sygeplejerske",
               ("sygeplejerske", "koordinator", "visitator"), _of("region")),
    DemoPerson("laege", "Anders Bech", "overlæge", ("overlæge", "læge"), _of("region")),
    DemoPerson("kommune", "Lone Krogh", "sagsbehandler", ("sagsbehandler", "visitator", "koordinator"), _of("kommune")),
    DemoPerson("kriminalforsorg", "Jens Overgaard", "tilsynsførende", ("tilsynsførende",), _is("Kriminalforsorgen")),
    DemoPerson("egenlaege", "Birgit Sand", "praktiserende læge", ("praktiserende læge",), _of("almen praksis")),
    DemoPerson("designer", "Sofie Munk", "procesdesigner", ("procesdesigner",), lambda unit: unit is HOUSE),
    DemoPerson("drift", "Karim Haddad", "driftsansvarlig", ("driftsansvarlig",), lambda unit: unit is HOUSE),
    DemoPerson("leder", "Helle Toft", "leder", ("leder",), _of("fælles", "region", "kommune")),
)  # fmt: skip
COLLEAGUES = (
    DemoPerson("sara", "Sara Winther", "sygeplejerske", ("sygeplejerske",), _of("region")),
    DemoPerson("socialraadgiver", "Eva Lund", "socialrådgiver", ("socialrådgiver",), _of("region")),
    DemoPerson("kasper", "Kasper Juhl", "sagsbehandler", ("sagsbehandler",), _of("kommune")),
    DemoPerson("misbrug", "Ida Holm", "misbrugsbehandler", ("misbrugsbehandler",),
               _is("Kommunens misbrugsbehandling", "Misbrugscenter")),
    DemoPerson("botilbud", "Peter Dam", "pædagog", ("botilbudsmedarbejder", "pædagog"), _of("botilbud")),
    DemoPerson("politi", "Ole Bruun", "politiassistent", ("politi",), _is("Politi")),
    DemoPerson("jurist", "Nina Falk", "jurist", ("jurist",), _is("Statsadvokat", "Familieretshuset")),
    # In one unit alone, so that most cases are somebody else's.
    DemoPerson("camilla", "Camilla Bro", "misbrugsbehandler", ("misbrugsbehandler",),
               lambda unit: unit.name == "Rusmiddelcentret, Aarhus Kommune"),
)  # fmt: skip
PEOPLE = LOGINS + COLLEAGUES


@dataclass(frozen=True, slots=True)
class DemoCitizen:
    """A made-up citizen; the day of the CPR number has 60 added, so that it can be nobody's."""

    cpr: str
    name: str


CITIZENS = (
    DemoCitizen("700378-1016", "Karl Vestergaard"),
    DemoCitizen("720685-1033", "Bjarne Holm"),
    DemoCitizen("810590-2018", "Tine Rasmussen"),
    DemoCitizen("650472-1055", "Svend Aage Krog"),
    DemoCitizen("880395-1021", "Mikkel Thygesen"),
    DemoCitizen("610163-1047", "Poul Nygaard"),
    DemoCitizen("741188-2042", "Rikke Damgaard"),
    DemoCitizen("690781-1011", "Jonas Friis"),
    DemoCitizen("770999-1062", "Emil Sandberg"),
    DemoCitizen("830279-2016", "Anne-Grethe Lyng"),
    DemoCitizen("661291-1018", "Torben Skov"),
    DemoCitizen("790187-1094", "Henrik Bundgaard"),
)
