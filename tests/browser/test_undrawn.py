"""A diagram without a drawing: the studio draws it and keeps that, or says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.browser.test_copying import drawing, saved
from tests.browser.test_editors import listened
from tests.browser.test_pages import _overflow
from tests.http.served import Server, demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PLANRUNDE = Path(__file__).resolve().parents[2] / "processes/midtjylland/planrunde/planrunde.bpmn"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
#: What has a place in a picture.
PLACED = re.compile(r"^(\w*(Task|Event|Gateway)|sequenceFlow|participant|lane|callActivity)$")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo of its own: what is brought in here is not for other tests."""
    with demo(tmp_path_factory.mktemp("undrawn")) as server:
        yield server


def brought_in(page: Page, name: str) -> None:
    """The plan round without its picture, brought in as a file of another name."""
    text = PLANRUNDE.read_text(encoding="utf-8")
    bare = re.sub(r"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", "", text, flags=re.S)
    assert "BPMNShape" not in bare
    bare = bare.replace("midtjylland-planrunde", f"midtjylland-{name}")
    page.goto("/studie")
    group = page.locator("details.st-agreement", has_text="Region Midtjylland)").first
    group.locator("summary").first.click()
    group.get_by_text("Hent ind og ud som filer").click()
    group.locator("input[type=file]").set_input_files(
        {"name": f"{name}.bpmn", "mimeType": "application/xml", "buffer": bare.encode()}
    )
    group.get_by_role("button", name="Hent ind").click()
    expect(page).to_have_url(re.compile(f"midtjylland-{name}$"))


def test_a_file_without_a_drawing_is_drawn(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    said = listened(page)
    brought_in(page, "utegnet")
    expect(page.locator("[data-saved]")).to_contain_text("Stafet har tegnet den", timeout=120_000)
    kept = saved(page)
    shown = {one.get("bpmnElement") for one in kept.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge")}
    named = [
        one for one in kept.iter() if one.get("id") and PLACED.search(etree.QName(one).localname)
    ]
    assert {one.get("id") for one in named} <= shown
    assert len(shown) > 40
    # The logic is what came, and lint has nothing to say of the picture.
    expect(page.locator("[data-count]")).to_contain_text("Ingen fejl")
    # The next who opens it finds it drawn.
    page.reload()
    expect(page.locator("[data-count]")).not_to_be_empty()
    expect(page.locator("[data-saved]")).to_be_empty()
    assert "BPMNShape" in drawing(page)
    assert page.locator(".djs-shape").count() > 20
    assert _overflow(page) == 0
    assert said == []


def test_a_file_that_cannot_be_drawn_says_what_to_do(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    page.route("**/draw-worker-*.js", lambda route: route.abort())
    brought_in(page, "utegnelig")
    expect(page.locator("[data-saved]")).to_contain_text("Åbn filen i det værktøj, den kommer fra")
    # Nothing is written over.
    assert list(saved(page).iter(f"{DI}BPMNShape")) == []
