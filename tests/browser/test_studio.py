"""The studio: a deadline is changed, broken and mended, saved, fought over, and put into force by somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.story import TOLD
from tests.browser.test_pages import _overflow, _violations
from tests.http.served import Server, demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PLACE = "/studie/midtjylland/midtjylland-planrunde"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo of its own: what is put into force here is not for other tests."""
    with demo(tmp_path_factory.mktemp("studio")) as server:
        yield server


def chosen(page: Page) -> None:
    """Open the drawing and choose its first task with a deadline."""
    page.goto(PLACE)
    expect(page.locator("[data-count]")).not_to_be_empty(timeout=20_000)
    page.evaluate(
        """() => { const m = document.querySelector('st-studio').modeler, all = m.get('elementRegistry');
        m.get('selection').select(all.filter(e => e.id === 'accepter_plan')[0]) }"""
    )


def typed(page: Page, frist: str) -> None:
    page.fill("#p-frist", frist)
    page.press("#p-frist", "Tab")


def test_from_a_changed_deadline_to_a_version_in_force(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    chosen(page)
    assert "Ingen fejl" in page.locator("[data-count]").inner_text()
    # The preview counts from today, and says so where it is no deadline.
    page.fill("#p-frist", "12 hverdage")
    expect(page.locator(".st-preview")).to_contain_text("Fra i dag:")
    typed(page, "tre dage")
    expect(page.locator(".st-preview")).to_contain_text("ikke en frist")
    expect(page.locator("[data-findings] .is-error")).to_have_count(1, timeout=20_000)
    assert page.locator(".djs-element.is-error").count() == 1
    typed(page, "12 hverdage")
    expect(page.locator("[data-findings] .is-error")).to_have_count(0, timeout=20_000)
    expect(page.locator("[data-saved]")).to_contain_text("Gemt kl.")
    assert _violations(page) == []
    assert _overflow(page) == 0
    assert said == []  # the page's rules on scripts and styles were kept, too

    _a_second_designer(as_person)

    # Only the deadline differs: nothing else of the file was lost on the way through the editor.
    page.goto(f"{PLACE}/godkend")
    expect(page.locator(".st-diff")).to_have_count(1)
    expect(page.locator(".st-diff ins")).to_contain_text("14 hverdage")
    _marked_on_the_drawing(page)
    page.click("button[value=submit]")
    expect(page.locator("#note-problem")).to_contain_text("Skriv hvorfor")
    page.fill("#note", "Aftalt på styregruppemødet")
    page.click("button[value=submit]")
    expect(page.locator(".alert-success")).to_contain_text("En anden end dig")
    page.goto(f"{PLACE}/godkend")
    assert page.locator("button[value=approve]").count() == 0
    leader = as_person("leder")
    leader.goto(f"{PLACE}/godkend")
    assert _violations(leader) == []
    leader.click("button[value=approve]")
    expect(leader.locator(".alert-success")).to_contain_text("lagt ud")
    leader.goto("/forloeb/midtjylland-planrunde?aftale=midtjylland")
    expect(leader.locator("section[aria-labelledby=versions] tbody tr").first).to_contain_text(
        "Aftalt på styregruppemødet"
    )

    _moved_and_taken_back(as_person)


def _moved_and_taken_back(as_person: Callable[..., Page]) -> None:
    """What runs is rehearsed and moved by an operator; the earlier version comes back by another approval."""
    place = "/forloeb/midtjylland-planrunde?aftale=midtjylland"
    operator = as_person("drift", scripts=False)
    operator.goto(place)
    operator.get_by_role("link", name="Flyt dem").click()
    row = operator.locator("section[aria-labelledby=where] tbody tr")
    runs = int(row.nth(1).locator("td").inner_text())
    assert runs > 0
    operator.click("button[value=flyt]")
    assert operator.locator("#reason:invalid").count() == 1
    operator.fill("#reason", "Ny frist")
    operator.click("button[value=proev]")
    said = operator.locator("section[aria-labelledby=report]")
    expect(said).to_contain_text(f"{runs} forløb kan flyttes")
    assert int(row.nth(1).locator("td").inner_text()) == runs  # nothing has moved yet
    operator.click("button[value=flyt]")
    # The workers do it; without scripts the page is asked again for how far they are.
    expect(operator.get_by_role("heading", level=1)).to_contain_text("Flyt til udgave 2")
    for _ in range(60):
        if operator.get_by_text("Færdig:").count():
            break
        operator.wait_for_timeout(500)
        operator.reload()
    expect(operator.locator(TOLD)).to_contain_text(
        "det ene forløb er gjort" if runs == 1 else f"alle {runs} forløb er gjort"
    )
    operator.goto(place.replace("?", "/flyt?"))
    expect(row).to_have_count(1)
    designer = as_person("designer", width=320)
    designer.goto(place)
    designer.get_by_role("link", name="Tilbage til denne").click()
    expect(designer.locator("section[aria-labelledby=runs]")).to_contain_text(
        f"{runs} forløb i udgave 2"
    )
    assert _violations(designer) == []
    assert _overflow(designer) == 0
    designer.fill("#note", "14 hverdage var for mange")
    designer.get_by_role("button", name="Send til godkendelse").click()
    leader = as_person("leder")
    leader.goto(f"{PLACE}/godkend")
    expect(leader.locator("section[aria-labelledby=act]")).to_contain_text("bliver i deres udgave")
    late = as_person("leder")
    late.goto(f"{PLACE}/godkend")
    leader.click("button[value=approve]")
    # Who was a moment later is told, and nothing comes into force twice.
    late.click("button[value=approve]")
    expect(late.locator(".alert-error")).to_contain_text("Kladden er der ikke mere")
    leader.goto(place)
    versions = leader.locator("section[aria-labelledby=versions] tbody tr")
    expect(versions).to_have_count(3)
    expect(versions.first).to_contain_text("14 hverdage var for mange")


def _marked_on_the_drawing(page: Page) -> None:
    """Before and now beside each other, the change marked by a sign on both; the list's name shows the element."""
    expect(page.locator("st-compare .st-compare__side")).to_have_count(2, timeout=20_000)
    marked = page.locator("st-compare .djs-element.is-changed[data-element-id=accepter_plan]")
    expect(marked).to_have_count(2)
    assert page.locator(".st-compare__side .st-compare__sign").all_inner_texts() == ["≠", "≠"]
    page.click(".st-diff__go")
    expect(page.locator("st-compare .djs-element.is-shown")).to_have_count(2)
    assert _violations(page) == []
    assert _overflow(page) == 0


def _a_second_designer(as_person: Callable[..., Page]) -> None:
    """The same draft in two windows: the second save is told what differs, and then may win."""
    first, second = as_person("designer"), as_person("designer")
    for page in (first, second):
        chosen(page)
    typed(first, "13 hverdage")
    expect(first.locator("[data-saved]")).to_contain_text("Gemt kl.", timeout=20_000)
    typed(second, "14 hverdage")
    expect(second.locator("[data-differences]")).to_contain_text(
        "13 hverdage → 14 hverdage", timeout=20_000
    )
    second.click("[data-mine]")
    expect(second.locator("[data-saved]")).to_contain_text("Gemt kl.", timeout=20_000)
    expect(second.locator("[data-conflict]")).to_be_hidden()


def test_whom_it_is_about_and_what_no_answer_means_are_fields(
    as_person: Callable[..., Page],
) -> None:
    """Both are written as the engine and lint read them, and taken back by one step each."""
    page = as_person("designer")
    page.goto(PLACE)
    expect(page.locator("[data-count]")).not_to_be_empty(timeout=20_000)
    # Nothing chosen: the panel is about the pathway itself.
    boxes = page.get_by_role("group", name="Hvem handler forløbet om?")
    expect(boxes.get_by_role("checkbox", checked=True)).to_have_count(1)
    boxes.get_by_text("En borger", exact=True).click()
    expect(boxes.get_by_label("En borger", exact=True)).to_be_checked()  # never about none
    boxes.get_by_text("Aftalen selv, ingen borger").click()
    boxes.get_by_text("En borger, der ikke giver sit navn").click()
    _kept(page, 'stafet:om="borger anonym aftale"')
    page.locator("[data-do=undo]").click()
    expect(boxes.get_by_label("En borger, der ikke giver sit navn")).not_to_be_checked()
    _kept(page, 'stafet:om="borger aftale"')
    assert _violations(page) == []
    page.locator("[data-do=undo]").click()
    _kept(page, 'isExecutable="true">')  # a citizen is what is meant where nothing is said

    page.evaluate(
        """() => { const m = document.querySelector('st-studio').modeler;
        m.get('selection').select(m.get('elementRegistry').get('skal_sagen_loeftes')) }"""
    )
    field = page.get_by_label("Intet svar betyder")
    expect(field).to_have_value(re.compile("^Intet svar er intet ja"))
    field.fill("")
    field.press("Tab")
    finding = page.locator("[data-findings] .is-warning")
    expect(finding).to_contain_text("siger ikke, hvad der så gælder", timeout=20_000)
    expect(finding).to_contain_text("»Intet svar betyder«")
    field.fill("Intet svar: sagen\nløftes ikke.")
    field.press("Tab")
    expect(page.locator("[data-count]")).to_contain_text("Ingen fejl", timeout=20_000)
    _kept(page, 'stafet:tomt="Intet svar: sagen løftes ikke."')
    assert _violations(page) == []
    page.locator("[data-do=undo]").click()
    expect(field).to_have_value("")
    page.locator("[data-do=undo]").click()
    expect(field).to_have_value(re.compile("^Intet svar er intet ja"))


def _kept(page: Page, written: str) -> None:
    """The saved draft holds it, and nobody found anything wrong with it."""
    saved = """async () => { const saving = document.querySelector('st-studio').saving;
        return saving.dirty || saving.busy ? '' : (await saving.ask('GET', saving.address)).body.bpmn }"""
    for _ in range(100):
        if bpmn := page.evaluate(saved):
            assert written in bpmn
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("The draft was not saved.")
    expect(page.locator("[data-count]")).to_contain_text("Ingen fejl", timeout=20_000)
