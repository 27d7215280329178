"""Copying between diagrams: from one window to another with the keyboard, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.browser.test_editors import listened
from tests.http.served import Server, demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
FROM = "/studie/midtjylland/midtjylland-handleplan"
TO = "/studie/midtjylland/midtjylland-planrunde"
ELSEWHERE = "/studie/hovedstaden/hovedstaden-hjemloes"
#: A step with form, deadline, clauses and a message, a timer at its edge, a choice, and a subprocess with its content.
COPIED = (
    "tag_initiativ", "initiativet_mangler", "rykket", "har_kriminalforsorgen_en_plan", "koordiner_planer", "fasthold",
    "borgeren_doer",
)  # fmt: skip
INSIDE = ("borgeren_er_doed", "afsluttet_ved_doedsfald")
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
LINES = (f"{BPMN}incoming", f"{BPMN}outgoing")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo of its own: what is pasted here is not for other tests."""
    with demo(tmp_path_factory.mktemp("copying")) as server:
        yield server


def test_steps_are_copied_into_another_pathway(as_person: Callable[..., Page]) -> None:
    source = as_person("designer")
    opened(source, FROM)
    said = listened(source)
    copied(source, *COPIED)
    expect(source.locator("[data-saved]")).to_contain_text("Kopieret")
    target = source.context.new_page()
    said_too = listened(target)
    opened(target, TO)
    before, ids = drawing(target), known(target)
    pasted(target)
    expect(target.locator("[data-saved]")).to_contain_text("Gemt kl.")
    after = saved(target)
    old = etree.fromstring(drawing(source).encode())
    for element in (*COPIED, *INSIDE):
        assert told(after, element) == told(old, element), element
    # Lines come along with their conditions, the choice with its default, the message with its name.
    line = "har_kriminalforsorgen_en_plan_til_tag_initiativ"
    assert condition(after, line) == condition(old, line) == "=kriminalforsorgens_plan = true"
    assert found(after, "har_kriminalforsorgen_en_plan").get("default") == (
        "har_kriminalforsorgen_en_plan_til_fasthold"
    )
    message = next(found(after, "borgeren_er_doed").iter(f"{BPMN}messageEventDefinition"))
    assert found(after, message.get("messageRef", "")).get("name") == "doedsfald"
    # What another form of the agreement asks is not there before the choice.
    expect(target.locator("[data-findings]")).to_contain_text("kriminalforsorgens_plan")
    # One step back, and nothing of it is left; then twice: each has ids of its own.
    target.get_by_role("button", name="Fortryd").click()
    assert same(drawing(target), before)
    pasted(target)
    once = known(target)
    assert set(ids) < set(once)
    pasted(target)
    twice = known(target)
    assert len(twice) - len(once) == len(once) - len(ids) >= len(COPIED)
    assert len(set(twice)) == len(twice)
    written = [one.get("id") for one in etree.fromstring(drawing(target).encode()).iter() if one.get("id")]  # fmt: skip
    assert len(set(written)) == len(written)
    # The page's rules on styles were kept, too: the menu for several steps has pictures with colours.
    assert said + said_too == []
    mark = source.locator(".djs-context-pad [data-action=align-elements] svg rect").first
    assert mark.evaluate("one => getComputedStyle(one).fill") == "none"


def test_forms_and_tables_come_along_and_take_nobodys_name(as_person: Callable[..., Page]) -> None:
    """A form of the same name in the other agreement stays, and the one that came has a name of its own."""
    page = as_person("designer")
    opened(page, TO)
    old, had = etree.fromstring(drawing(page).encode()), stored(page)
    copied(page, "accepter_plan", "find_raekke", "indkald_team", "vurder_behov")
    opened(page, ELSEWHERE)
    before = stored(page)
    assert before["forms"]["vurdering"] != had["forms"]["vurdering"]
    pasted(page)
    expect(page.locator("[data-saved]")).to_contain_text("Gemt kl.")
    # For each party, with what each answers: as it was.
    after = saved(page)
    assert told(after, "accepter_plan") == told(old, "accepter_plan")
    assert told(after, "find_raekke") == told(old, "find_raekke")
    assert found(after, "vurder_behov").get("{urn:stafet:bpmn}form") == "vurdering_2"
    now = stored(page)
    assert now["forms"]["vurdering"] == before["forms"]["vurdering"]
    assert now["forms"]["vurdering_2"] == had["forms"]["vurdering"]
    assert now["forms"]["indkald_team"] == had["forms"]["indkald_team"]
    assert now["decisions"]["raekke"] == had["decisions"]["raekke"]
    brought = page.locator("[data-brought]")
    expect(brought).to_contain_text("Formularen “indkald_team” fulgte med.")
    expect(brought).to_contain_text("Tabellen “raekke” fulgte med.")
    expect(brought).to_contain_text(
        "Her er “vurdering” en anden formular, og den er, som den var. "
        "Den, der fulgte med, hedder her “vurdering_2”."
    )
    # Of the pathway's own step of that name nothing has changed, and nothing is missing.
    assert found(after, "vejled_og_vurder").get("{urn:stafet:bpmn}form") == "vurdering"
    findings = page.locator("[data-findings]")
    expect(findings).not_to_contain_text("bruger formularen")
    expect(findings).not_to_contain_text("spørger beslutningen")


def test_a_full_store_pastes_nothing_older(as_person: Callable[..., Page]) -> None:
    """What cannot be kept for other windows can still be pasted in its own."""
    page = as_person("designer")
    opened(page, FROM)
    copied(page, "tag_initiativ")
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full') } }")
    copied(page, "motiver")
    pasted(page)
    names = [one for one in known(page, "name") if one == "Motivér for indsatsen"]
    assert len(names) == 2


def opened(page: Page, place: str) -> None:
    page.goto(place)
    expect(page.locator("[data-count]")).not_to_be_empty()


def copied(page: Page, *elements: str) -> None:
    page.bring_to_front()
    page.evaluate(
        """ids => { const get = n => document.querySelector('st-studio').modeler.get(n);
        get('selection').select(ids.map(id => get('elementRegistry').get(id))); get('canvas').focus() }""",
        list(elements),
    )
    page.keyboard.press("Control+c")


def pasted(page: Page) -> None:
    """With the keyboard, put down by a click below everything else."""
    page.bring_to_front()
    page.evaluate(
        """() => { const canvas = document.querySelector('st-studio').modeler.get('canvas');
        document.querySelector('[data-canvas]').scrollIntoView({ block: 'center' });
        canvas.zoom(0.3); canvas.focus() }"""
    )
    box = page.locator("[data-canvas]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 20, y - 20)
    before = len(known(page))
    page.keyboard.press("Control+v")
    page.mouse.move(x, y, steps=4)
    page.mouse.click(x, y)
    assert len(known(page)) > before


def known(page: Page, what: str = "id") -> list[str]:
    ids: list[str] = page.evaluate(
        """what => document.querySelector('st-studio').modeler.get('elementRegistry').getAll()
        .filter(one => !one.labelTarget).map(one => one.businessObject?.[what] ?? '')""",
        what,
    )
    return ids


def drawing(page: Page) -> str:
    xml: str = page.evaluate(
        "async () => (await document.querySelector('st-studio').modeler.saveXML({ format: true })).xml"
    )
    return xml


def stored(page: Page) -> dict[str, Any]:
    """What the server has."""
    draft: dict[str, Any] = page.evaluate(
        """async () => { const saving = document.querySelector('st-studio').saving;
        return (await saving.ask('GET', saving.address)).body }"""
    )
    return draft


def saved(page: Page) -> etree._Element:
    """Its drawing."""
    return etree.fromstring(stored(page)["bpmn"].encode())


def same(one: str, other: str) -> bool:
    return shape(etree.fromstring(one.encode())) == shape(etree.fromstring(other.encode()))


def shape(el: etree._Element) -> Any:
    """An element with all that is in it; lines are compared by themselves, and siblings come in any order."""
    inside = sorted((shape(one) for one in el if one.tag not in LINES), key=repr)
    return el.tag, sorted(el.attrib.items()), (el.text or "").strip(), inside


def found(root: etree._Element, id_: str) -> etree._Element:
    return next(one for one in root.iter() if one.get("id") == id_)


def condition(root: etree._Element, id_: str) -> str:
    return found(root, id_).findtext(f"{BPMN}conditionExpression") or ""


def told(root: etree._Element, id_: str) -> Any:
    """The element with its properties."""
    return shape(found(root, id_))
