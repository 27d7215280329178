"""Discharge to the substance centre through the actions, by people who each see and may do only theirs.

The citizen has consented to nothing before: what the pathway itself notes is all that lets the message go.  Pia is a
nurse in psychiatry, Maja treats at the centre, Kim decides in the municipality.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import actions
from engine.errors import Forbidden, FormInvalid, NotFound
from engine.store import Store
from engine.tables import deadline, instance, message
from tests.scenario.story import Story, deployed

ROOT = Path(__file__).resolve().parents[2]
NJD = "nordjylland-dobbeltdiagnose"
#: Friday evening before Pentecost.
NOW = datetime.fromisoformat("2025-06-06T21:00+02:00")
UNITS = {
    "Afsnit N5": ("region", "Psykiatrien"),
    "Rusmiddelcenter Nord": ("kommune", "Misbrugscenter"),
    "Velfærd Nord": ("kommune", "Handlekommune"),
    "Lægerne Nord": ("almen praksis", "Egen læge"),
}
PEOPLE = {
    "pia": ("Afsnit N5", "sygeplejerske"),
    "maja": ("Rusmiddelcenter Nord", "misbrugsbehandler"),
    "kim": ("Velfærd Nord", "sagsbehandler"),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Nordjylland's agreement on dual diagnosis as it is deployed, with four units and three people."""
    folder = tmp_path_factory.mktemp("misbrug")
    with deployed(folder, NJD, UNITS, PEOPLE, NOW, demo=False) as made:
        yield made


class Discharge(Story):
    """One citizen's discharge from psychiatry."""

    def __init__(self, store: Store, cpr: str) -> None:
        super().__init__(store, cpr, NOW, "pia", NJD, UNITS)
        actions.start(store, self.who("pia"), self.case, "udskrivning-misbrug", {}, now=NOW)
        self.do("pia", "informer_om_tilbud", materiale="Pjece")

    def letters(self) -> set[tuple[str, str]]:
        """The messages of the case, each with what became of it."""
        self.caught_up()
        wanted = select(message.c.name, message.c.status).where(message.c.case_id == self.case)
        return {(row.name, row.status) for row in self.rows(wanted)}


def test_the_consent_of_the_discharge_lets_the_centre_know_and_the_14_days_run(
    store: Store,
) -> None:
    story = Discharge(store, "700378-1016")
    # Given a citizen who says yes on a Friday evening
    story.do("pia", "bed_om_samtykke", samtykke=True)
    with pytest.raises((Forbidden, NotFound)):
        story.do("kim", "orienter_misbrugscentret", kanal="mail")
    story.do("pia", "orienter_misbrugscentret", kanal="mail")
    # Then the centre has been told, and treatment has begun to count
    assert not [name for name, status in story.letters() if status == "refused"]
    with pytest.raises((Forbidden, NotFound)):
        story.do("kim", "kontakt_borgeren", kontaktet=True)
    story.now = datetime.fromisoformat("2025-06-10T10:00+02:00")
    story.do("maja", "kontakt_borgeren", kontaktet=True)
    story.do("maja", "registrer_henvendelse", rusmiddel="alkohol")
    with pytest.raises(FormInvalid):
        story.do("kim", "traef_afgoerelse", afgoerelse="afslag", afslagsgrund="psykisk_lidelse")
    story.do("kim", "traef_afgoerelse", kommune="Bopælskommune", afgoerelse="tilbud")
    story.do("kim", "tilbyd_behandling", form="dag", udbyder="kommunen", dato="2025-06-18")
    story.do("maja", "tag_stilling", tager_imod=True)
    story.now += timedelta(days=8)
    story.do("kim", "start_behandling", dato="2025-06-18")
    due = {
        row.clause: (row.status, row.due_at)
        for row in story.rows(
            select(deadline.c.clause, deadline.c.status, deadline.c.due_at).where(
                deadline.c.case_id == story.case
            )
        )
    }
    assert due["NJD-7.1-7"][0] == "met"
    assert due["NJD-4.2-2"] == ("met", datetime.fromisoformat("2025-06-20T23:59:59+02:00"))


def test_a_no_tells_nobody_and_begins_nothing(store: Store) -> None:
    story = Discharge(store, "710378-1017")
    story.do("pia", "bed_om_samtykke", samtykke=False)
    story.do("pia", "motiver", samtale="Talt om tilbuddene")
    assert story.letters() == set()
    ended = story.rows(select(instance.c.end_state).where(instance.c.case_id == story.case))
    assert [row.end_state for row in ended] == ["intet_samtykke"]
