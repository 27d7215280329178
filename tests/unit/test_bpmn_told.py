"""A message for a pathway of which none that runs waits for it: does it begin one?"""

from __future__ import annotations

import pytest

from engine.errors import MessageUnmatched
from tests.small import E, S, compiled, el, on, user, users, way

ON_ITS_WAY = (
    S + user("A") + el("intermediateCatchEvent", "M", on("message", "svar")) + E + way("S A M E")
)


def test_a_message_that_the_pathway_does_not_know_begins_it_plainly():
    assert compiled(ON_ITS_WAY).begun_by("bud") is None


def test_a_message_that_it_hears_only_on_its_way_does_not_begin_it_anew():
    with pytest.raises(MessageUnmatched):
        compiled(ON_ITS_WAY).begun_by("svar")


def test_a_message_that_starts_it_starts_it_there():
    started = el("startEvent", "T", on("message", "bud"))
    assert (
        compiled(S + started + users("A B") + E + way("S A E") + way("T B E")).begun_by("bud")
        == "bud"
    )
