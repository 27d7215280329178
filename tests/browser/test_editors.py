"""Forms and tables in the studio: round trips that lose nothing, the real form, a table tried, a new pathway."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.browser.test_pages import _overflow, _violations
from tests.http.served import Server, demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
HERE = "/studie/midtjylland/midtjylland-planrunde"
FOLDER = Path(__file__).resolve().parents[2] / "processes" / "midtjylland" / "planrunde"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo of its own: what is drawn here is not for other tests."""
    with demo(tmp_path_factory.mktemp("editors")) as server:
        yield server


def listened(page: Page) -> list[str]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_forms_come_back_as_they_were(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    said = listened(page)
    for file in sorted((FOLDER / "forms").glob("*.form")):
        page.goto(f"{HERE}/formular/{file.stem}")
        expect(page.locator("[data-seen] form")).to_be_visible(timeout=20_000)
        made = page.evaluate("() => document.querySelector('st-form-editor').schema()")
        assert made == json.loads(file.read_text(encoding="utf-8")), file.name
    assert said == []


def test_a_table_comes_back_as_it_was_and_is_tried(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    said = listened(page)
    page.goto(f"{HERE}/tabel/raekke")
    page.fill("#x-0", "false", timeout=20_000)
    page.fill("#x-1", "true")
    page.click("[data-ask] button")
    expect(page.locator("[data-answer]")).to_have_text('Række 2 passer. Svaret bliver "ny_plan"')
    assert page.locator("tr.is-hit").count() == 1
    # "UNIQUE" is what a table is where nothing is said; dmn-js leaves it out.
    made = page.evaluate(
        """async () => (await document.querySelector('st-table-editor').modeler.saveXML()).xml"""
    )
    assert _decided(made) == _decided((FOLDER / "hvis-saa.dmn").read_text(encoding="utf-8"))
    assert page.evaluate("() => [...document.querySelector('st-table-editor').missed]") == []
    assert said == []


def _decided(xml: str) -> list[tuple[str, dict[str, str], str]]:
    """Every element of the decisions with its attributes and text; pictures of them are not compared."""
    return [_told(one) for one in etree.fromstring(xml.encode()).iter(f"{{{_DMN}}}*")]


def _told(one: Any) -> tuple[str, dict[str, str], str]:
    said = {name: value for name, value in one.attrib.items() if name in _COMPARED}
    if one.tag == f"{{{_DMN}}}decisionTable":
        said.setdefault("hitPolicy", "UNIQUE")
    return etree.QName(one).localname, said, (one.text or "").strip()


_DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
_COMPARED = {"id", "name", "label", "typeRef", "hitPolicy", "href"}


def test_a_field_is_added_seen_and_saved(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    said = listened(page)
    page.goto(f"{HERE}/formular/accept")
    expect(page.locator("[data-seen] form")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Tal", exact=True).click()
    page.fill("#f-label", "Hvor mange")
    page.press("#f-label", "Tab")
    expect(page.locator("#f-key")).to_have_value("hvor_mange")
    page.fill("#f-min", "2")
    page.press("#f-min", "Tab")
    expect(page.locator("[data-seen]")).to_contain_text("Hvor mange")
    expect(page.locator("[data-saved]")).to_contain_text("Gemt kl.", timeout=20_000)
    # The real form's own refusal, from the server.
    page.locator("[data-seen] input[name$=hvor_mange]").fill("1")
    page.get_by_role("button", name="Prøv at sende").click()
    expect(page.locator("[data-seen] #problems")).to_contain_text("2")
    # What the server cannot serve is said where it is made.
    page.fill("#f-hide", "=antal >")
    page.press("#f-hide", "Tab")
    expect(page.locator("[data-problems]")).to_contain_text("kan ikke læses", timeout=20_000)
    assert _violations(page) == []
    assert _overflow(page) == 0
    assert said == []


def test_a_condition_is_judged_while_it_is_typed(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    page.goto(HERE)
    expect(page.locator("[data-count]")).not_to_be_empty(timeout=20_000)
    _choose(page, "hvad_skal_aendres_til_indkald_team")
    page.fill("#p-condition", '=rakke = "ny_plan"')
    expect(page.locator(".st-judged")).to_contain_text("»rakke« kommer ingen steder fra")
    page.fill("#p-condition", '=raekke = "ny_plan')
    expect(page.locator(".st-judged")).to_contain_text("mangler et anførselstegn")
    page.fill("#p-condition", '=raekke = "ny_plan"')
    expect(page.locator(".st-judged")).to_have_text("")


def test_the_agreement_stands_beside_the_drawing(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    page.goto(HERE)
    expect(page.locator("[data-covered]")).to_contain_text("punkter står i dette", timeout=20_000)
    page.locator(".st-clause-row", has_text="MIDT-4.4-16").click()
    chosen = (
        "() => document.querySelector('st-studio').modeler.get('selection').get().map(e => e.id)"
    )
    assert "godkend_plan" in page.evaluate(chosen)
    _choose(page, "vurder_behov")
    assert page.locator(".st-clause-row.is-chosen").count() == 3


def test_a_pathway_from_nothing_with_a_form_of_its_own(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    page.goto("/studie?q=planrunde")
    assert page.locator("details.st-agreement").count() >= 1
    page.goto("/studie")
    group = page.locator("details.st-agreement", has_text="Region Midtjylland)").first
    group.locator("summary").first.click()
    group.get_by_text("Nyt forløb", exact=True).click()
    page.fill("#navn-midtjylland", "Prøveforløb")
    group.get_by_role("button", name="Lav forløbet").click()
    expect(page.locator(".alert-error")).to_contain_text("Vælg mindst én")
    expect(page.locator("#navn-midtjylland")).to_have_value("Prøveforløb")
    page.locator("#navn-midtjylland").locator("xpath=ancestor::form").get_by_label(
        "Regionspsykiatrien", exact=True
    ).check()
    page.get_by_role("button", name="Lav forløbet").locator("visible=true").click()
    expect(page).to_have_url(re.compile("midtjylland-proeveforloeb$"))
    said = listened(page)
    expect(page.locator("[data-count]")).not_to_be_empty(timeout=20_000)
    _choose(page, "foerste_trin")
    page.fill("#p-new-form", "Første samtale")
    page.get_by_role("button", name="Ny formular").click()
    expect(page).to_have_url(re.compile("formular/foerste_samtale$"), timeout=20_000)
    page.get_by_role("button", name="Tekst på én linje").click()
    expect(page.locator("[data-saved]")).to_contain_text("Gemt kl.", timeout=20_000)
    page.get_by_role("link", name="Til diagrammet").click()
    expect(page.get_by_role("link", name="foerste_samtale")).to_be_visible()
    # Our own pieces can be put in with the keyboard.
    expect(page.locator("[data-count]")).not_to_be_empty(timeout=20_000)
    page.get_by_role("button", name="Acceptrunde").press("Enter")
    expect(page.locator("[data-saved]")).to_contain_text("Gemt kl.", timeout=20_000)
    names: list[Any] = page.evaluate(
        "() => document.querySelector('st-studio').modeler.get('elementRegistry').getAll()"
        ".map(e => e.businessObject?.name)"
    )
    assert {"Tag stilling", "Accepterer alle?"} <= set(names)
    assert page.evaluate("() => [...document.querySelector('st-studio').missed]") == []
    assert said == []


def _choose(page: Page, element: str) -> None:
    page.evaluate(
        """id => { const m = document.querySelector('st-studio').modeler;
        m.get('selection').select(m.get('elementRegistry').get(id)) }""",
        element,
    )


def test_a_shared_part_says_that_its_caller_says_whom_it_is_about(
    as_person: Callable[..., Page],
) -> None:
    page = as_person("designer")
    page.goto("/studie/hovedstaden/faelles-moedeafholdelse")
    expect(page.locator("[data-count]")).not_to_be_empty()
    page.evaluate("() => document.querySelector('st-studio').modeler.get('selection').select(null)")
    panel = page.locator("[data-properties]")
    expect(panel).to_contain_text(
        "En fælles del løber på alle sager; det forløb, der kalder den, siger hvem."
    )
    assert panel.get_by_role("checkbox").count() == 0
    # A pathway of its own asks instead.
    page.goto(HERE)
    expect(page.locator("[data-count]")).not_to_be_empty()
    expect(panel.get_by_role("checkbox")).to_have_count(3)
    expect(panel).not_to_contain_text("En fælles del")


def test_choices_are_seen_on_the_forms_drawing(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    page.goto(f"{HERE}/formular/accept")
    circle = page.locator("[data-canvas] input[type=radio]").first
    expect(circle).to_be_visible()
    size: list[float] = circle.evaluate("one => [one.offsetWidth, one.offsetHeight]")
    assert min(size) >= 12
    assert circle.evaluate("one => getComputedStyle(one).opacity") == "1"


def test_help_with_expressions_puts_a_name_in(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    page.goto(HERE)
    expect(page.locator("[data-count]")).not_to_be_empty()
    _choose(page, "hvad_skal_aendres_til_indkald_team")
    page.get_by_text("Hjælp til udtryk").click()
    page.fill("#p-condition", "")
    page.locator(".st-names").get_by_role("button", name="raekke", exact=True).click()
    expect(page.locator("#p-condition")).to_have_value("=raekke")
    expect(page.locator("#p-condition")).to_be_focused()
    assert _violations(page) == []


@pytest.mark.parametrize("width", [320, 360, 1024])
def test_the_palette_does_not_lie_on_the_drawing(
    as_person: Callable[..., Page], width: int
) -> None:
    page = as_person("designer", width=width)
    page.goto(HERE)
    expect(page.locator("[data-count]")).not_to_be_empty()
    assert page.evaluate(
        """() => { const palette = document.querySelector('.djs-palette').getBoundingClientRect();
        const pool = document.querySelector('[data-canvas] .viewport').getBoundingClientRect();
        return pool.left >= palette.right || pool.top >= palette.bottom }"""
    )
    assert _overflow(page) == 0
    for place in ("formular/accept", "tabel/raekke"):
        page.goto(f"{HERE}/{place}")
        expect(page.locator("[data-canvas] > *").first).to_be_visible()
        assert _overflow(page) == 0, place
