"""What the product does by itself, whatever is drawn: the rules that a clause may name with `regel`.

Each has a sentence here and a probe in `engine.probes`, which `stafet coverage` runs against the product itself.
"""

from __future__ import annotations

from collections.abc import Mapping

#: By name: what the product keeps.  Danish, for designers read it beside the clause.
RULES: Mapping[str, str] = {
    "maalgruppe": "En sag åbnes kun, når aftalens grundlag siger ja til borgeren; ellers siges vejen videre.",
    "samtykke": "Intet forlader en part uden samtykke eller anden hjemmel, heller ikke efter et tilbagekald.",
    "adgang": "En sag og dens opgaver ses kun af medarbejdere hos dens parter; for alle andre findes de ikke.",
    "kanal": "En henvendelse kommer i modtagerens egen indbakke i systemet; navn, CPR-nummer og indhold er forseglet.",
    "indsigt": "Hvert opslag i en borgers sag skrives i en ubrudt log, som borgeren kan få indsigt i.",
}
