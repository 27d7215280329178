"""What a diagram from another editor leaves to decide: a list on its draft, ticked by people and by lint."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from engine import studio
from engine.errors import Forbidden, NotFound
from engine.model import Actor, Json
from engine.store import Store
from engine.studio.worklist import StillRefused
from engine.tables import membership
from tests.store.cast import AGREEMENT, NOW

As = Callable[[str], Actor]
KEY = "midtjylland-camunda"
HERE = (AGREEMENT, KEY)
#: Camunda 7: a program does a step, code chooses a way without a default, and a condition can be said in FEEL.
CAMUNDA = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="x">
<process id="p" name="Fra Camunda" isExecutable="true"><startEvent id="s" name="Begynd"/>
<serviceTask id="kald" name="Hent svar" camunda:class="dk.Hent"/>
<userTask id="spoerg" name="Spørg naboen" camunda:formKey="x"/>
<exclusiveGateway id="valg" name="Nok?"/><exclusiveGateway id="kode" name="Hvad nu?"/>
<dataStoreReference id="lager" name="Arkiv"/>
<endEvent id="a" name="A"/><endEvent id="b" name="B"/><endEvent id="c" name="C"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="kald"/><sequenceFlow id="f2" sourceRef="kald" targetRef="spoerg"/>
<sequenceFlow id="f3" sourceRef="spoerg" targetRef="valg"/>
<sequenceFlow id="f4" name="ja" sourceRef="valg" targetRef="a"><conditionExpression xsi:type="tFormalExpression">${antal &gt; 3}</conditionExpression></sequenceFlow>
<sequenceFlow id="f5" name="nej" sourceRef="valg" targetRef="kode"><conditionExpression xsi:type="tFormalExpression">${antal &lt;= 3}</conditionExpression></sequenceFlow>
<sequenceFlow id="f6" name="den ene" sourceRef="kode" targetRef="b"><conditionExpression xsi:type="tFormalExpression">${bean.spoerg(1)}</conditionExpression></sequenceFlow>
<sequenceFlow id="f7" name="den anden" sourceRef="kode" targetRef="c"><conditionExpression xsi:type="tFormalExpression">${bean.spoerg(2)}</conditionExpression></sequenceFlow>
</process></definitions>
"""  # noqa: E501

#: Drawn for Stafet, and brought without the files beside it.
OWN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:stafet="urn:stafet:bpmn"
  id="d" targetNamespace="x"><process id="p" name="Nyt" isExecutable="true"><startEvent id="s" name="Begynd"/>
<userTask id="se" name="Se på det" stafet:form="{form}"/><businessRuleTask id="slaa_op" name="Slå op"
  stafet:beslutning="{table}" stafet:resultat="svar"/><endEvent id="e" name="Slut"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="se"/><sequenceFlow id="f2" sourceRef="se" targetRef="slaa_op"/>
<sequenceFlow id="f3" sourceRef="slaa_op" targetRef="e"/></process></definitions>
"""


@pytest.fixture
def dan(store: Store, as_: As) -> Actor:
    """The designer, who has brought the diagram in."""
    who = as_("dan")
    assert studio.take_in(store, who, AGREEMENT, CAMUNDA.encode(), "Camunda.bpmn", now=NOW).drafts
    return who


def listed(store: Store, who: Actor) -> Json:
    """The list as it stands."""
    found = studio.worklist(store, who, *HERE, now=NOW)
    assert found is not None
    return found


def states(found: Json) -> dict[str, set[str]]:
    """The states of each element's items."""
    told: dict[str, set[str]] = {}
    for one in found["items"]:
        told.setdefault(one["name"], set()).add(one["state"])
    return told


def test_what_was_mapped_stays_mapped_and_the_rest_is_a_list(store: Store, dan: Actor) -> None:
    found = listed(store, dan)
    assert any("antal > 3" in said for said in found["mapped"])
    assert found["done"] == 0
    assert found["total"] == len(found["items"]) > 4
    told = states(found)
    assert "open" in told["Hent svar"]
    assert "wrong" in told["Spørg naboen"]
    # What the import left out itself is still to be decided; there is nothing to show in the drawing.
    (store_,) = [one for one in found["items"] if "Arkiv" in one["message"]]
    assert (store_["state"], store_["element"]) == ("open", "")
    assert any("bean.spoerg" in one["message"] for one in found["items"] if one["state"] == "wrong")
    # Saved by our own editor it is ours and judged strictly: what was mapped is FEEL by then.
    bpmn = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    assert "antal &gt; 3" in bpmn
    assert "${antal" not in bpmn


def test_a_tick_is_kept_with_who_and_when_and_taken_off_again(store: Store, dan: Actor) -> None:
    (nth,) = [
        one["nth"] for one in listed(store, dan)["items"]
        if one["name"] == "Hent svar" and one["state"] == "open"
    ]  # fmt: skip
    studio.tick(store, dan, *HERE, nth, True, now=NOW)
    after = listed(store, dan)
    one = after["items"][nth]
    assert (one["state"], one["by"], one["at"], after["done"]) == ("ticked", dan.name, NOW, 1)
    # It outlives a save and a second tick.
    bpmn = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    studio.save(store, dan, *HERE, bpmn, 1, now=NOW)
    assert listed(store, dan)["done"] == 1
    studio.tick(store, dan, *HERE, nth, False, now=NOW)
    assert listed(store, dan)["done"] == 0


def test_what_is_mended_or_taken_out_of_the_drawing_settles_itself(
    store: Store, dan: Actor
) -> None:
    before = listed(store, dan)
    bpmn = studio.draft_of(store, dan, *HERE, now=NOW)["bpmn"]
    mended = bpmn.replace("${bean.spoerg(1)}", "hverdag(today())").replace(
        "${bean.spoerg(2)}", "not(hverdag(today()))"
    )
    mended = mended.replace('id="kald"', 'id="andet"').replace('"kald"', '"andet"')
    studio.save(store, dan, *HERE, mended, 1, now=NOW)
    after = listed(store, dan)
    assert after["total"] == before["total"]
    code = [n for n, one in enumerate(before["items"]) if "bean.spoerg" in one["message"]]
    assert {after["items"][n]["state"] for n in code} == {"settled"}
    gone = [n for n, one in enumerate(before["items"]) if one["element"] == "kald"]
    assert {after["items"][n]["state"] for n in gone} == {"gone"}
    assert after["done"] == len({*code, *gone})
    # What cannot be read settles nothing.
    studio.save(store, dan, *HERE, "<a", 2, now=NOW)
    assert "gone" not in {one["state"] for one in listed(store, dan)["items"]}


def test_what_lint_refuses_is_not_ticked_and_not_everybody_ticks(
    store: Store, as_: As, dan: Actor
) -> None:
    (nth, *_more) = [
        one["nth"] for one in listed(store, dan)["items"] if one["state"] == "wrong"
    ]  # fmt: skip
    with pytest.raises(StillRefused):
        studio.tick(store, dan, *HERE, nth, True, now=NOW)
    for wrong in (-1, 999):
        with pytest.raises(NotFound):
            studio.tick(store, dan, *HERE, wrong, True, now=NOW)
    with store.write() as db:
        db.execute(update(membership).where(membership.c.person_id == 5).values(role="leder"))
    leader = as_("karin")
    assert listed(store, leader)["total"]
    with pytest.raises(Forbidden):
        studio.tick(store, leader, *HERE, 0, True, now=NOW)
    with pytest.raises(Forbidden):
        studio.worklist(store, as_("ida"), *HERE, now=NOW)


def test_a_form_that_another_pathway_has_by_that_name_is_looked_at(store: Store, as_: As) -> None:
    """What a diagram alone names is not silently a form or table of the agreement that happens to be called so."""
    dan, new = as_("dan"), (AGREEMENT, "midtjylland-nyt")
    bpmn = OWN.format(form="vurdering", table="raekke")
    studio.take_in(store, dan, AGREEMENT, bpmn.encode(), "Nyt.bpmn", now=NOW)
    found = studio.worklist(store, dan, *new, now=NOW)
    assert found is not None
    assert [(one["name"], one["state"]) for one in found["items"]] == [
        ("Se på det", "open"), ("Slå op", "open"),
    ]  # fmt: skip
    form, table = (one["message"] for one in found["items"])
    assert "formularen “vurdering”" in form
    assert "tabellen “raekke”" in table
    assert "fra “Planrunde ved genindlæggelse”" in form
    # What nobody has is lint's to name.
    other = OWN.format(form="findes_ikke", table="findes_ikke")
    studio.take_in(store, dan, AGREEMENT, other.encode(), "Andet.bpmn", now=NOW)
    assert studio.worklist(store, dan, AGREEMENT, "midtjylland-andet", now=NOW) is None


def test_a_drawing_of_our_own_has_no_list(store: Store, as_: As) -> None:
    dan, own = as_("dan"), (AGREEMENT, "midtjylland-planrunde")
    bpmn = studio.draft_of(store, dan, *own, now=NOW)["bpmn"].replace("3 hverdage", "4 hverdage")
    studio.take_in(store, dan, AGREEMENT, bpmn.encode(), "planrunde.bpmn", now=NOW)
    assert studio.worklist(store, dan, *own, now=NOW) is None
    assert studio.draft_of(store, dan, *own, now=NOW)["bpmn"] == bpmn
    with pytest.raises(NotFound):
        studio.tick(store, dan, *own, 0, True, now=NOW)
