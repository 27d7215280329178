"""What the demo's plans say: one that a meeting writes, the whole of it written in, and what the parties change."""

from __future__ import annotations

from typing import Any

#: What is written where a plan is written: the goals, efforts, those responsible and the follow-up its form asks for.
AT_A_MEETING = (
    "Mål: Fast døgnrytme og medicin som aftalt.\n"
    "Indsats: Ambulant samtale hver anden uge. Bostedet følger til samtalen.\n"
    "Ansvarlig: Ambulatoriet for behandlingen, bostedet for hverdagen.\n"
    "Opfølgning: Fælles møde hver tredje måned."
)
#: The same for somebody who lives at home.
AT_HOME = (
    "Mål: Fast døgnrytme og medicin som aftalt.\n"
    "Indsats: Ambulant samtale hver anden uge, og bostøtte i hjemmet.\n"
    "Ansvarlig: Ambulatoriet for behandlingen, bostøtten for hverdagen.\n"
    "Opfølgning: På fælles møder."
)

#: The plan with all that the law asks of it.
WHOLE: dict[str, Any] = {
    "indsats_behandling": "Depotmedicin hver 14. dag i ambulatoriet og samtale hver anden uge.",
    "indsats_social": "Bostøtte tre gange om ugen. Hjælp til økonomien en gang om måneden.",
    "ansvarlig": "Ambulatoriet for behandlingen, bostøtten for hverdagen",
    "opfoelgning": "Fælles møde hver tredje måned.",
    "ved_svigt": "Ambulatoriet ringer samme dag. Er der intet svar, besøger teamet hjemmet næste hverdag.",
    "tilbagemelding": "Udeblivelse, dårlig søvn, trusler og tegn på misbrug.",
    "altid_indlaeggelse_situationer": "Ophør med depotmedicin, når forfølgelsestankerne er vendt tilbage.",
    "hjemmel_i_dom": True,
}

#: Some months on, each part by whoever writes it.
CITIZENS_PART: dict[str, Any] = {
    "kontaktperson": "Ambulatoriets sygeplejerske",
    "borgerens_oensker": "Vil gerne arbejde, først få timer om ugen.",
}
MUNICIPALITYS_PART: dict[str, Any] = {
    "indsats_social": "Bostøtte en gang om ugen. Virksomhedspraktik 9 timer om ugen.",
    "ansvarlig": "Bostøtten for hverdagen, jobcentret for praktikken",
}
PROBATIONS_PART: dict[str, Any] = {
    "indsats": "Tilsyn en gang om måneden.",
    "ansvarlig": "Den tilsynsførende",
    "beskrevet_i": "Tilsynsplanen",
}
TREATMENTS_PART: dict[str, Any] = {
    "indsats_behandling": "Depotmedicin hver fjerde uge i ambulatoriet og samtale hver anden uge.",
    "ansvarlig_behandling": "Ambulatoriets overlæge",
    "opfoelgning": "Fælles møde hvert halve år.",
    "kontakt": "Ambulatoriet på hverdage, den psykiatriske skadestue om natten",
    "revurdering": "På det fælles møde, og når en af parterne beder om det.",
    "handling_ved_forvaerring": "Samtale inden for to hverdage. Bostøtten kommer samme dag.",
}
REACTION: dict[str, Any] = {
    "ved_medicinsvigt": "Ambulatoriet ringer samme dag og aftaler en ny tid.",
    "ved_nyt_misbrug": "Samtale med misbrugsbehandlingen inden for en uge.",
    "ved_ny_kriminalitet": "Kriminalforsorgen indkalder parterne.",
    "tilbagemelding": WHOLE["tilbagemelding"],
    "altid_indlaeggelse_situationer": WHOLE["altid_indlaeggelse_situationer"],
    "hjemmel_i_dom": True,
}
