"""The guide in `docs/designers.md`, done: from an empty page to a pathway in force and its first task completed.

A designer draws with the mouse and the keyboard as the guide says, a leader approves, a nurse does the work.  With
`STAFET_PICTURES` set it draws the guide's pictures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.story import DONE, PICTURES, Person
from tests.browser.test_pages import _overflow, _violations
from tests.http.served import Server, demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PATHWAY = "Hjemmebesøg"
HERE = "/studie/midtjylland/midtjylland-hjemmebesoeg"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo of its own: what is put into force here is not for other tests."""
    with demo(tmp_path_factory.mktemp("nothing")) as server:
        yield server


def test_from_an_empty_page_to_the_first_task(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    page.set_viewport_size({"width": 1400, "height": 900})
    said: list[str] = []
    # A form that is refused answers 422, which a browser notes.
    page.on("console", lambda m: said.append(m.text) if "422" not in m.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    begun(page)
    first_step(page)
    its_form(page)
    second_step(page)
    a_break_and_a_mend(page)
    played(page)
    sent(page)
    assert said == []
    approved(as_person("leder"))
    done(Person(as_person("sygeplejerske")), Person(as_person("kommune")))


def begun(page: Page) -> None:
    """Trin 1."""
    page.goto("/studie")
    group = page.locator("details.st-agreement", has_text="Region Midtjylland)").first
    group.locator("summary").first.click()
    group.get_by_text("Nyt forløb", exact=True).click()
    page.fill("#navn-midtjylland", PATHWAY)
    page.fill("#start-midtjylland", "Patienten er udskrevet")
    page.select_option("#foerst-midtjylland", "Regionspsykiatrien")
    form = page.locator("#navn-midtjylland").locator("xpath=ancestor::form")
    form.get_by_label("Kommunens myndighed", exact=True).check()
    assert _violations(page) == []
    form.scroll_into_view_if_needed()
    photographed(page, "1-nyt", at=form)
    page.get_by_role("button", name="Lav forløbet").locator("visible=true").click()
    ready(page)


def first_step(page: Page) -> None:
    """Trin 2: a name, a clause, a deadline."""
    shape(page, "foerste_trin").click()
    filled(page, "#p-name", "Aftal hjemmebesøg")
    page.select_option("#p-klausul", "MIDT-2.3-5")
    filled(page, "#p-frist", "3 hverdage")
    expect(page.locator(".st-preview")).to_contain_text("Fra i dag:")
    # What is to be mended is said in the words of the panel.
    expect(page.locator("[data-findings]")).to_contain_text("Vælg en formular i »Formular«")
    saved(page)
    photographed(page, "2-frist")


def its_form(page: Page) -> None:
    """Trin 3: two questions, seen as staff see them."""
    page.fill("#p-new-form", "Aftale om besøg")
    page.get_by_role("button", name="Ny formular").click()
    page.get_by_role("button", name="Dato", exact=True).click()
    filled(page, "#f-label", "Hvornår er besøget?")
    page.get_by_label("Skal udfyldes").check()
    page.get_by_role("button", name="Tekst på én linje").click()
    filled(page, "#f-label", "Hvem kommer?")
    expect(page.locator("[data-seen]")).to_contain_text("Hvornår er besøget?", timeout=20_000)
    expect(page.locator("[data-seen]")).to_contain_text("Hvem kommer?", timeout=20_000)
    saved(page)
    photographed(page, "3-formular")
    page.get_by_role("link", name="Til diagrammet").click()
    ready(page)


def second_step(page: Page) -> None:
    """Trin 4: room is made, a step is laid on the arrow and moved to the municipality."""
    dragged(page, shape(page, "slut"), 420, 0)
    line = box(page, shape(page, page.evaluate(FLOWS)["foerste_trin"]))
    middle = line["x"] + line["width"] / 2, line["y"] + line["height"] / 2
    dragged_to(page, page.locator(".djs-palette [data-action='create.task']"), *middle)
    page.keyboard.type("Hold hjemmebesøg")
    empty(page)
    step = page.evaluate(NAMED, "Hold hjemmebesøg")
    dragged(page, shape(page, step), 0, box(page, shape(page, "bane_2"))["height"])
    page.fill("#p-new-form", "Besøget")
    page.get_by_role("button", name="Ny formular").click()
    page.get_by_role("button", name="Tekst på flere linjer").click()
    filled(page, "#f-label", "Hvordan gik det?")
    expect(page.locator("[data-seen]")).to_contain_text("Hvordan gik det?", timeout=20_000)
    saved(page)
    page.get_by_role("link", name="Til diagrammet").click()
    ready(page)
    expect(page.locator("[data-count]")).to_contain_text("Ingen fejl")
    photographed(page, "4-tegnet")


def a_break_and_a_mend(page: Page) -> None:
    """Trin 5: what is wrong is said at once, by name."""
    shape(page, "foerste_trin").click()
    filled(page, "#p-frist", "tre dage")
    expect(page.locator("[data-findings] .is-error")).to_contain_text(
        "Aftal hjemmebesøg", timeout=20_000
    )
    expect(page.locator(".djs-element.is-error")).to_have_count(1)
    photographed(page, "5-fejl")
    filled(page, "#p-frist", "3 hverdage")
    expect(page.locator("[data-count]")).to_contain_text("Ingen fejl", timeout=20_000)
    saved(page)
    assert _violations(page) == []
    assert _overflow(page) == 0


def played(page: Page) -> None:
    """Trin 6: Christmas lies in the deadline."""
    page.get_by_role("link", name="Afspil").click()
    page.fill("#_start", "22.12.2026 kl. 10.00")
    page.fill("#_titel", "Udskrevet før jul")
    page.get_by_role("button", name="Begynd").last.click()
    drawn(page)
    expect(page.locator("section[aria-labelledby=deadlines]")).to_contain_text("29. december")
    page.keyboard.press("n")
    expect(page.locator("[data-happened]")).to_contain_text("mindet om fristen")
    drawn(page)
    photographed(page, "6-afspil")
    page.keyboard.press("1")
    page.wait_for_selector("form.st-form")
    page.locator("button[value=complete].button-primary").click()
    expect(page.locator("#problems")).to_contain_text("Hvornår er besøget?")
    for label, value in (("Dag", "29"), ("Måned", "12"), ("År", "2026")):
        page.get_by_label(label, exact=True).fill(value)
    page.locator("button[value=complete].button-primary").click()
    drawn(page)
    expect(page.locator("section[aria-labelledby=open]")).to_contain_text("Hold hjemmebesøg")
    page.keyboard.press("1")
    page.wait_for_selector("form.st-form")
    page.locator("button[value=complete].button-primary").click()
    drawn(page)
    expect(page.locator(".st-picks")).to_contain_text("(slut)")
    page.fill("#titel", "Udskrevet før jul")
    page.get_by_role("button", name="Gem som scenarie").click()
    expect(page.locator(".alert-success")).to_contain_text("Det holder")


def sent(page: Page) -> None:
    """Trin 7."""
    page.goto(f"{HERE}/godkend")
    page.fill("#note", "Aftalt på mødet i samarbejdsgruppen")
    photographed(page, "7-send")
    page.click("button[value=submit]")
    expect(page.locator(".alert-success")).to_contain_text("En anden end dig")


def approved(page: Page) -> None:
    """Trin 8: somebody else."""
    page.set_viewport_size({"width": 1400, "height": 900})
    page.goto(f"{HERE}/godkend")
    photographed(page, "8-godkend")
    page.click("button[value=approve]")
    expect(page.locator(".alert-success")).to_contain_text("lagt ud")


def done(nurse: Person, municipality: Person) -> None:
    """Trin 9: staff work with it."""
    case = nurse.opens_case("700378-1016", "Signe Sørensen", "Kommunens myndighed")
    nurse.starts(PATHWAY)
    nurse.page.goto(case)
    nurse.page.get_by_role("link", name="Aftal hjemmebesøg").first.click()
    photographed(nurse.page, "9-opgave")
    for label, value in (("Dag", "29"), ("Måned", "12"), ("År", "2026")):
        nurse.page.get_by_label(label, exact=True).fill(value)
    nurse.page.get_by_role("button", name=DONE).click()
    expect(nurse.page.get_by_role("status").first).to_be_visible()
    municipality.page.goto("/?vis=alle")
    municipality.page.get_by_role("link", name="Hold hjemmebesøg").click()
    expect(municipality.page.locator("main")).to_contain_text("Signe Sørensen")
    municipality.page.get_by_label("Hvordan gik det?").fill("Godt")
    municipality.page.get_by_role("button", name=DONE).click()
    nurse.page.goto(case)
    expect(nurse.page.locator("main")).to_contain_text("Hjemmebesøg sluttet")


# ---- hands -------------------------------------------------------------------------------
#: The arrow that leaves each step.
FLOWS = """() => Object.fromEntries(document.querySelector('st-studio').modeler.get('elementRegistry')
  .filter(e => e.type === 'bpmn:SequenceFlow' && !e.labelTarget).map(e => [e.source.id, e.id]))"""
NAMED = """name => document.querySelector('st-studio').modeler.get('elementRegistry')
  .find(e => e.businessObject?.name === name && !e.labelTarget).id"""


def ready(page: Page) -> None:
    expect(page.locator("[data-count]")).not_to_be_empty(timeout=20_000)


def drawn(page: Page) -> None:
    expect(page.locator("st-play-diagram")).to_have_attribute("data-ready", "", timeout=20_000)


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_contain_text("Gemt kl.", timeout=20_000)


def filled(page: Page, field: str, text: str) -> None:
    page.fill(field, text)
    page.press(field, "Tab")


def shape(page: Page, element: str):  # type: ignore[no-untyped-def]
    return page.locator(f".djs-element[data-element-id='{element}']").first


def box(page: Page, what):  # type: ignore[no-untyped-def]
    found = what.bounding_box()
    assert found
    return found


def dragged(page: Page, what, right: float, down: float) -> None:  # type: ignore[no-untyped-def]
    at = box(page, what)
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    hauled(page, (x, y), (x + right, y + down))


def dragged_to(page: Page, what, x: float, y: float) -> None:  # type: ignore[no-untyped-def]
    at = box(page, what)
    hauled(page, (at["x"] + at["width"] / 2, at["y"] + at["height"] / 2), (x, y))


def hauled(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=6)
    page.mouse.move(*end, steps=6)
    page.mouse.up()


def empty(page: Page) -> None:
    """A click where nothing is drawn ends what is being typed."""
    at = box(page, page.locator("[data-canvas]"))
    page.mouse.click(at["x"] + at["width"] - 60, at["y"] + at["height"] - 60)


def photographed(page: Page, name: str, *, at=None) -> None:  # type: ignore[no-untyped-def]
    """Draw what is shown into `docs/pictures/guide-*.png`, where `STAFET_PICTURES` asks for it."""
    if os.environ.get("STAFET_PICTURES"):
        if at is None:
            page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=PICTURES / f"guide-{name}.png")
