"""A designer who asks for what is not theirs: another case, another agreement, the machine below."""

from __future__ import annotations

from typing import Any

import pytest

from engine import host, lint
from engine.errors import DiagramInvalid, StafetError
from engine.model import Source
from tests.small import KEY, SETTINGS, E, S, begin, compiled, doc, el, user, way

SECRET = "sejlbaad-7719"
OTHERS: dict[str, Any] = {
    **SETTINGS,
    "titel": SECRET,
    "praefiks": "HOV",
    "parametre": {"hemmelig": SECRET},
}
#: What somebody would try; each is answered with nothing, or refused by name.
ASKED = (
    "hemmelig", "hovedstaden", "hovedstaden.hemmelig", "parametre", "agreement", "settings", "sources", "all instances",
    "instance", "instances", "instances[1]", "case", "case.citizen", "citizen.cpr", "cpr", "navn", "tasks", "messages",
    "store", "db", "env", "os.environ", "context", "get entries(context)", 'get value(context, "hemmelig")', "this",
    "for x in instances return x", "some x in cases satisfies true", "parter.hemmelig", "string(parter)",
)  # fmt: skip


@pytest.mark.parametrize("asked", [*ASKED, *sorted(host.NAMES)])
def test_no_expression_reaches_another_case_or_agreement(asked: str) -> None:
    begin(S + user("A") + E + way("S A E"), {"hemmelig": SECRET, "cpr": SECRET}, settings=OTHERS)
    script = el("scriptTask", "A", stafet_udtryk=asked, stafet_resultat="fundet")
    choice = el("exclusiveGateway", "X", default="X-N") + user("J") + user("N")
    found = way("X J", f'contains(string(fundet), "{SECRET[:8]}")')
    try:
        play = begin(S + script + choice + way("S A X") + found + way("X N"))
    except StafetError:
        return
    assert SECRET not in str(play.step.state)
    assert play.tasks == ["N"] or play.step.status == "failed"


def test_what_is_handed_on_is_what_the_search_finds() -> None:
    """The test above can fail: the same question over the case's own value is answered."""
    script = el("scriptTask", "A", stafet_udtryk="hemmelig", stafet_resultat="fundet")
    choice = el("exclusiveGateway", "X", default="X-N") + user("J") + user("N")
    found = way("X J", f'contains(string(fundet), "{SECRET[:8]}")')
    body = S + script + choice + way("S A X") + found + way("X N")
    assert begin(body, {"hemmelig": SECRET}).tasks == ["J"]


def test_a_diagram_of_another_agreement_cannot_be_called() -> None:
    body = S + el("callActivity", "A", calledElement="hovedstaden-planrunde") + E + way("S A E")
    with pytest.raises(DiagramInvalid):
        compiled(body)
    source = Source(KEY, "midtjylland", doc(body), {}, {}, {}, SETTINGS)
    assert "unknown_part" in {finding.rule for finding in lint.lint_source(source)}
