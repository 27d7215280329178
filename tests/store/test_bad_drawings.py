"""Bad drawings over the API and as commands, on both databases: a sentence with the element's name, the draft kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine import studio
from engine.model import Actor, Json
from engine.store import Store
from tests.store.cast import NOW
from tests.store.test_draft_calls import DRAFT, HERE, ROUND, Call, Typed, call, leader, typed

__all__ = ["call", "leader", "typed"]
As = Callable[[str], Actor]
FROM_2011 = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x" exporter="Yaoqiang">
<process id="midtjylland-planrunde" name="Gammelt" isExecutable="true"><startEvent id="s" name="Begynd"/>
<userTask id="spoerg" name="Spørg naboen"/><endEvent id="e" name="Slut"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="spoerg"/><sequenceFlow id="f2" sourceRef="spoerg" targetRef="e"/>
</process></definitions>
"""


def _typo(bpmn: str) -> Json:
    start = bpmn.index(">", bpmn.index("<bpmn:conditionExpression")) + 1
    end = bpmn.index("</bpmn:conditionExpression>", start)
    return {"bpmn": f"{bpmn[:start]}= enighed = = ja{bpmn[end:]}"}


#: What is saved, and what the refusal must name.
BAD: dict[str, tuple[Callable[[str], Json], str]] = {
    "broken xml": (lambda bpmn: {"bpmn": bpmn[:2_000]}, "line 26"),
    "a diagram from 2011": (lambda _: {"bpmn": FROM_2011}, "Spørg naboen"),
    "a form deleted under a task": (
        lambda _: {"forms": {"accept": None}},
        "Tag stilling til planen",
    ),
    "a condition with a typo": (_typo, "= enighed = = ja"),
}


@pytest.mark.parametrize(("made", "named"), BAD.values(), ids=BAD)
def test_it_is_kept_told_by_name_and_not_submitted(
    store: Store, as_: As, call: Call, typed: Typed, made: Any, named: str
) -> None:
    dan = as_("dan")
    sent = made(studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"])
    assert call("dan", "PUT", DRAFT, **sent, version=0)[0] == 200
    kept = studio.draft_of(store, dan, *HERE, now=NOW)
    code, said = call("dan", "POST", f"{DRAFT}/submit", note="Prøvet", version=1)
    assert (code, said["code"]) == (422, "deploy_refused")
    assert any(named in line for line in said["errors"].values()), said
    ended, _, err = typed("submit", ROUND, "--by", "dan", "--note", "Prøvet")
    assert ended == 1
    assert any(named in line for line in err.splitlines()[1:]), err
    assert "Traceback" not in err
    assert studio.draft_of(store, dan, *HERE, now=NOW) == kept
