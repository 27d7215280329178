"""A discharge agreement written by all its parties through the actions: each one's own part stands in the plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from engine import actions, queries
from engine.store import Store
from engine.tables import message
from tests.scenario.story import Story, deployed

MIDT = "midtjylland"
NOW = datetime.fromisoformat("2025-09-01T09:00+02:00")
UNITS = {
    "Retspsyk": ("region", "Regionspsykiatrien"),
    "Tilsynet": ("stat", "Kriminalforsorgen"),
    "Rusmiddelcentret": ("kommune", "Kommunens misbrugsbehandling"),
    "Velfærd": ("kommune", "Handlekommune"),
}
PEOPLE = {
    "ole": ("Retspsyk", "overlæge"),
    "jens": ("Tilsynet", "tilsynsførende"),
    "ida": ("Rusmiddelcentret", "misbrugsbehandler"),
    "kim": ("Velfærd", "sagsbehandler"),
}
PART = {"ansvarlig": "Enheden", "beskrevet_i": "Egen plan"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Midtjylland's agreement as it is deployed, with four units and a person in each."""
    folder = tmp_path_factory.mktemp("plan")
    with deployed(folder, MIDT, UNITS, PEOPLE, NOW, demo=True) as made:
        yield made


def test_the_plan_shows_what_each_party_wrote(store: Store) -> None:
    story = Story(store, "700378-1016", NOW, "ole", MIDT, UNITS)
    actions.start(store, story.who("ole"), story.case, "udskrivning-plan", {}, now=NOW)
    story.do(
        "ole",
        "vurder_behov",
        alder_18=True,
        servicelov_afsnit_v=False,
        vil_ikke_selv_soege=False,
        har_vaeret_indlagt=True,
        erstatter=True,
    )
    story.do("ole", "spoerg_borgeren", vil_medvirke=True)
    story.do(
        "ole",
        "hent_indhold",
        parter=["Kriminalforsorgen", "Kommunens misbrugsbehandling"],
        kontaktperson="Afsnittet",
        borgerens_oensker="Ro",
    )
    story.do("jens", "skriv_parternes_del", indsats="Tilsyn hver måned", **PART)
    story.do("kim", "skriv_kommunens_del", indsats_social="Bostøtte", ansvarlig="Bostøtten")
    story.do("ida", "skriv_parternes_del", indsats="Samtaler om alkohol", **PART)
    story.do(
        "ole",
        "skriv_behandlingsdelen",
        indsats_behandling="Depot",
        ansvarlig_behandling="Teamet",
        opfoelgning="Hver uge",
        kontakt="Vagten",
        revurdering="Om et år",
        handling_ved_forvaerring="Ring",
    )
    asked = ("ved_medicinsvigt", "ved_nyt_misbrug", "ved_ny_kriminalitet", "tilbagemelding")
    sent = dict.fromkeys((*asked, "altid_indlaeggelse_situationer"), "Ring")
    story.do(
        "ole",
        "aftal_retspsykiatrisk_reaktion",
        reaktionsansvarlig="Handlekommune",
        hjemmel_i_dom=True,
        **sent,
    )
    story.do("ole", "fastsaet_gyldighed", gyldig_til="2026-09-01")
    (plan,) = queries.documents(store, story.who("ole"), story.case, now=NOW)
    shown = queries.document(store, story.who("ole"), plan["id"], now=NOW)
    texts = {
        f["key"]: f["text"] for part in shown["history"][0]["sections"] for f in part["fields"]
    }
    assert texts["ansvarlig"] == "Bostøtten"
    kriminal, misbrug = texts["bidrag"].splitlines()
    assert kriminal.startswith("• Kriminalforsorgen; ")
    assert "Tilsyn hver måned" in kriminal
    assert misbrug.startswith("• Kommunens misbrugsbehandling; ")
    assert "Samtaler om alkohol" in misbrug

    # It replaces one on paper: nobody in Stafet waits to hear that, and no operator need look at it.
    story.do("ole", "gennemgaa_planen", borger_enig=True)
    for login in ("jens", "ida", "kim"):
        story.do(login, "accepter_planen_som_part", accept=True)
    story.caught_up()
    told = select(message.c.handled_at).where(
        message.c.case_id == story.case, message.c.name == "erstattet"
    )
    assert [row.handled_at for row in story.rows(told)] == [NOW]
