"""What goes with a message: what the state holds, and the names of what only the answers hold."""

from __future__ import annotations

from tests.small import E, S, begin, el, user, way


def test_a_field_that_no_expression_reads_is_asked_of_the_answers() -> None:
    play = begin(
        S
        + user("A")
        + el(
            "endEvent", "slut", stafet_besked="nyt", stafet_til="Kommune", stafet_felter="sted godt"
        )
        + way("S A slut")
    )
    play.do("A", sted="Aarhus", godt=True)
    (letter,) = play.step.messages
    assert "Aarhus" not in play.step.state, "nothing reads it, so it never enters the state"
    assert set(letter.asked) | set(letter.data) == {"sted", "godt"}
    assert "sted" in letter.asked


def test_what_a_diagram_computes_is_kept_for_the_form_that_shows_it() -> None:
    play = begin(
        S
        + el("scriptTask", "regn", stafet_udtryk='="tre dage"', stafet_resultat="raad")
        + user("A")
        + E
        + way("S regn A E")
    )
    (task,) = play.step.tasks
    assert task.data["raad"] == "tre dage"
