"""What the product does by itself, whatever is drawn: the rules that a clause may name with `regel`.

Each has a sentence here and a probe in `engine.probes`, which `stafet coverage` runs against the product itself.
"""

from __future__ import annotations

from collections.abc import Mapping

#: By name: what the product keeps.  Danish, for designers read it beside the clause.
RULES: Mapping[str, str] = {
    "samtykke": "Intet forlader en part uden samtykke eller anden hjemmel: beskeden holdes tilbage, og der spørges.",
    "samtykke_trukket": "Trækkes et samtykke tilbage, holdes beskeder tilbage fra det øjeblik.",
    "adgang": "En sag ses kun af medarbejdere hos dens parter; for alle andre findes den ikke.",
    "kanal": "Beskeder bliver inde i systemet; hverken cpr-nummer eller indhold sendes ud af det.",
    "kvittering": "Afsenderen kan se, om og hvornår modtageren har åbnet en besked.",
    "indsigt": "Hvert opslag i en borgers sag skrives i en ubrudt log, som borgeren kan få indsigt i.",
    "part_skiftes": "Skifter en part enhed, ser kun den nye enhed sagen og opgaverne.",
    "opgoerelse": "Hver frist tælles med som overholdt, for sen eller åben, fordelt på punkt og part.",
}
