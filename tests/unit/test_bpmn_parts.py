"""Called parts: which values go in, come out, and are kept for them."""

from __future__ import annotations

from tests.small import SETTINGS, E, S, begin, doc, el, user, way

CALL = el("callActivity", "C", calledElement="faelles-del", stafet_ud="svar=ja_eller_nej")


def part(body: str) -> dict[str, str]:
    return {"faelles-del": doc(body, "faelles-del")}


def test_what_comes_out_is_kept_in_the_part_though_nothing_there_reads_it():
    # Given a part whose answer only the caller looks at
    ask = part(S + user("A") + user("B") + E + way("S A B E"))
    choice = el("exclusiveGateway", "G", default="G-N") + el("endEvent", "J") + el("endEvent", "N")
    play = begin(S + CALL + choice + way("S C G N") + way("G J", "svar = true"), parts=ask)
    # When it is given, and something else is done before the part ends
    play.do("A", ja_eller_nej=True).do("B")
    assert play.ended == "J"


def test_the_caller_keeps_what_only_the_part_reads():
    # Given a part that chooses by a value that the caller asked for, two calls further out
    choice = el("exclusiveGateway", "G", default="G-B") + user("A") + user("B") + E
    inner = doc(
        S + choice + way("S G B E") + way("G A", "slags = 1") + way("A E"), "faelles-inderst"
    )
    outer = part(S + el("callActivity", "D", calledElement="faelles-inderst") + E + way("S D E"))
    body = S + user("F") + user("V") + CALL + E + way("S F V C E")
    play = begin(body, parts={**outer, "faelles-inderst": inner})
    play.do("F", slags=1).do("V")
    assert play.tasks == ["A"]


def test_what_is_handed_in_by_name_is_all_that_goes_in():
    choice = el("exclusiveGateway", "G", default="G-B") + user("A") + user("B") + E
    inner = part(S + choice + way("S G B E") + way("G A", "slags = 1") + way("A E"))
    call = el("callActivity", "C", calledElement="faelles-del", stafet_ind="")
    play = begin(S + user("V") + call + E + way("S V C E"), {"slags": 1}, parts=inner)
    assert play.do("V").tasks == ["B"]


def test_the_field_that_fills_a_lane_is_kept_for_a_part_too():
    # Given a part whose lane is filled by the party that a form names
    lane = '<laneSet id="L"><lane id="B" name="Indbydende"><flowNodeRef>A</flowNodeRef></lane></laneSet>'
    settings = {
        **SETTINGS,
        "lanes": {"Indbydende": {"part": "Psykiatri", "felt": "indbydende_part"}},
    }
    call = el("callActivity", "C", calledElement="faelles-del")
    body = S + user("F") + user("V") + call + E + way("S F V C E")
    play = begin(body, parts=part(lane + S + user("A") + E + way("S A E")), settings=settings)
    play.do("F", indbydende_part="Kommune").do("V")
    assert [task.party for task in play.step.tasks] == ["Kommune"]
