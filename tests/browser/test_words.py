"""No English is left in the studio: what is read the same in both languages is the diagram's own, or is on a list.

Everything that can be opened is opened, once in Danish and once in English, and each visible text, title, label and
placeholder is gathered.  A word that nobody has put into Danish is the same both times.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree
from playwright.sync_api import Page, expect

from tests.http.served import Server, demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
HERE = "/studie/midtjylland/midtjylland-planrunde"
FOLDER = Path(__file__).resolve().parents[2] / "processes" / "midtjylland"
#: Names, and words that both languages have.
SAME = {
    "Stafet", "Demo", "Sofie Munk", "English", "Dansk", "Diagram", "Data", "type", "bpmn.io", "FEEL",
    "E-mail", "BPMN.iO", "Find", "Process", "Retspsykiatrisk Afdeling, Aarhus", "Kommunens myndighed",
}  # fmt: skip
#: BPMN's own names with an element's id, keys, clauses, expressions, numbers, dates, and what is drawn with arrows.
OWN = re.compile(
    r"^([A-Z]\w+ · [\w-]+|[a-z0-9_.-]+|[A-Z]+-[\d.]+-\d+( .*)?|=.*|[\W\d]+|\d[\d.,: -]*\w{0,3}"
    r"|\"[^\"]*\"(, ?\"[^\"]*\")*)$"
)

GATHER = """() => {
  const found = new Set(), seen = one => one.checkVisibility?.({ visibilityProperty: true, opacityProperty: true });
  const add = text => { const said = (text ?? '').replace(/\\s+/g, ' ').trim(); if (said) found.add(said); };
  for (const one of document.querySelectorAll('body *')) {
    if (one.closest('script, style, noscript, .djs-visual, datalist, .flatpickr-calendar') || !seen(one)) continue;
    for (const node of one.childNodes) if (node.nodeType === Node.TEXT_NODE) add(node.data);
    for (const name of [ 'title', 'aria-label', 'placeholder', 'alt', 'data-placeholder' ]) add(one.getAttribute(name));
    if (one.matches('input[type=text]:disabled, input[type=submit]')) add(one.value);
  }
  return [...found];
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo of its own: what is drawn here is not for other tests."""
    with demo(tmp_path_factory.mktemp("words")) as server:
        yield server


def in_both(as_person: Callable[..., Page], walk: Callable[[Page], Iterator[None]]) -> set[str]:
    """What stands there in Danish and in English alike, after each step of `walk`."""
    gathered: list[set[str]] = []
    for language in ("da", "en"):
        page = as_person("designer")
        page.goto("/studie")
        if language == "en":
            page.get_by_role("button", name="English").click()
        said: set[str] = set()
        for _ in walk(page):
            said |= set(page.evaluate(GATHER))
        assert len(said) > 40
        if language == "da" and page.locator("main [data-about]").count():
            assert (
                page.evaluate(
                    "() => [...document.querySelector('main [data-about]').parentElement.missed ?? []]"
                )
                == []
            )
        gathered.append(said)
    known = written() | SAME
    return {
        one for one in gathered[0] & gathered[1] if not OWN.match(one) and not _made_of(one, known)
    }


def _made_of(text: str, known: set[str]) -> bool:
    """Whether it is one of the `known`, or several beside each other."""
    text = text.removesuffix(" ·")
    if text in known:
        return True
    splits = (part for sign in (", ", "? ") for part in [text.split(sign, 1)] if len(part) == 2)
    return any({first, f"{first}?"} & known and _made_of(rest, known) for first, rest in splits)


def written() -> set[str]:
    """All that the agreement's own files say: names, clauses, forms, tables."""
    said: set[str] = set()
    for file in [
        *FOLDER.rglob("*.bpmn"),
        *FOLDER.rglob("*.dmn"),
        *FOLDER.parent.glob("faelles/*/*.bpmn"),
    ]:
        for one in etree.parse(file).iter():
            said |= {*map(str, one.attrib.values()), (one.text or "").strip()}
    for file in FOLDER.rglob("*.form"):
        said |= set(_texts(json.loads(file.read_text(encoding="utf-8"))))
    for file in (FOLDER / "clauses.yaml", *FOLDER.glob("planrunde/scenarios/*.yaml")):
        said |= set(_texts(list(yaml.safe_load_all(file.read_text(encoding="utf-8")))))
    said |= set(_texts(tomllib.loads((FOLDER / "agreement.toml").read_text(encoding="utf-8"))))
    return {" ".join(one.split()) for one in said}


def _texts(kept: Any) -> Iterator[str]:
    if isinstance(kept, str):
        yield kept
    inside = [*kept, *kept.values()] if isinstance(kept, dict) else kept
    for one in inside if isinstance(inside, list) else ():
        yield from _texts(one)


def test_the_drawing_has_no_english(as_person: Callable[..., Page]) -> None:
    assert in_both(as_person, _drawing) == set()


def _drawing(page: Page) -> Iterator[None]:
    page.goto(HERE)
    expect(page.locator("[data-count]")).not_to_be_empty()
    # Nothing is saved: what is drawn here is only looked at.
    page.route(
        "**/api/v1/drafts/**",
        lambda route: route.abort() if route.request.method == "PUT" else route.continue_(),
    )
    yield
    kinds = page.evaluate(
        """() => { const get = name => document.querySelector('st-studio').modeler.get(name);
        const make = get('elementFactory'), root = get('elementRegistry').find(one => one.type === 'bpmn:Participant');
        const more = [ 'DataObjectReference', 'DataStoreReference', 'Group', 'TextAnnotation', 'SubProcess',
          'Transaction', 'AdHocSubProcess', 'ServiceTask', 'ScriptTask', 'SendTask', 'ReceiveTask', 'ManualTask',
          'Task', 'CallActivity', 'ParallelGateway', 'InclusiveGateway', 'ComplexGateway', 'EventBasedGateway',
          'IntermediateThrowEvent' ];
        more.forEach((kind, nth) => { const wide = /SubProcess|Transaction/.test(kind);
          get('modeling').createShape(
            make.createShape({ type: `bpmn:${kind}`, ...wide && { isExpanded: true } }),
            { x: root.x + 200 + nth * 60, y: root.y + 200 }, root) });
        const seen = new Map();
        for (const one of get('elementRegistry').getAll()) if (one.parent && !one.labelTarget)
          seen.set(one.type + (one.businessObject.eventDefinitions?.[0]?.$type ?? ''), one.id);
        return [...seen.values()] }"""
    )
    assert len(kinds) > 25
    for element in kinds:
        page.evaluate(
            """id => { const get = name => document.querySelector('st-studio').modeler.get(name);
            const one = get('elementRegistry').get(id);
            get('canvas').scrollToElement(one); get('selection').select(one);
            const menu = get('popupMenu');
            if (!menu.isEmpty(one, 'bpmn-replace')) menu.open(one, 'bpmn-replace', { x: 300, y: 300 },
              { search: true, title: get('translate')('Change element') }) }""",
            element,
        )
        yield
        page.evaluate("() => document.querySelector('st-studio').modeler.get('popupMenu').close()")
        for help_ in page.locator(".st-feel-help").all():
            help_.evaluate("one => { one.open = true }")
        yield
    page.evaluate(
        """() => { const get = name => document.querySelector('st-studio').modeler.get(name);
        const all = get('elementRegistry').filter(one => one.type === 'bpmn:UserTask');
        get('selection').select(all.slice(0, 3));
        get('popupMenu').open(all.slice(0, 3), 'align-elements', { x: 300, y: 300 }) }"""
    )
    yield
    page.evaluate("() => document.querySelector('st-studio').modeler.get('popupMenu').close()")
    page.locator("[data-do=map]").click()
    page.locator("[data-do=find]").click()
    page.keyboard.type("xyzw")
    yield


def test_forms_have_no_english(as_person: Callable[..., Page]) -> None:
    assert in_both(as_person, _form) == set()


def _form(page: Page) -> Iterator[None]:
    page.goto(f"{HERE}/formular/proeve")
    page.route(
        "**/api/v1/drafts/**",
        lambda route: route.abort() if route.request.method == "PUT" else route.continue_(),
    )
    expect(page.locator("[data-palette] button")).not_to_have_count(0)
    yield
    for button in page.locator("[data-palette] button").all():
        page.evaluate(
            "() => document.querySelector('st-form-editor').editor.get('selection').set(null)"
        )
        button.click()
        yield
    page.evaluate(
        "() => document.querySelector('st-form-editor').editor.get('selection').set(null)"
    )
    page.locator("[data-properties] button").first.click()
    yield
    written_ = page.evaluate(
        "() => JSON.stringify(document.querySelector('st-form-editor').schema())"
    )
    # What a new field is called until it gets its name is kept in the file, so it is Danish, too.
    if page.locator("html").get_attribute("lang") == "da":
        found = set(re.findall(r'"(?:label|dateLabel|timeLabel)":"(\w[^"]*)"', written_))
        assert not found & {
            "Text field",
            "Number",
            "Date",
            "Time",
            "Checkbox",
            "Select",
            "Group",
            "Table",
        }
        assert {"Tal", "Dato", "Klokkeslæt", "Gruppe"} <= found


def test_tables_have_no_english(as_person: Callable[..., Page]) -> None:
    assert in_both(as_person, _table) == set()


def _table(page: Page) -> Iterator[None]:
    page.goto(f"{HERE}/tabel/raekke")
    page.route(
        "**/api/v1/drafts/**",
        lambda route: route.abort() if route.request.method == "PUT" else route.continue_(),
    )
    expect(page.locator("[data-canvas] td").first).to_be_visible()
    yield
    page.locator("[data-ask] button").click()
    yield
    for at in ("th.input-cell", "th.output-cell"):
        page.locator(at).first.dblclick()
        yield
        page.keyboard.press("Escape")
        page.locator("[data-canvas] .decision-table-name, [data-canvas] h3").first.click()
    for at in (
        "td.input-cell",
        "td.output-cell",
        "td.rule-index",
        "th.input-cell",
        "th.output-cell",
    ):
        page.locator(at).first.click(button="right")
        yield
        page.keyboard.press("Escape")
        page.mouse.click(5, 5)
    page.locator(
        ".hit-policy .dms-input-select, .hit-policy .dms-input, .hit-policy-edit-policy-select"
    ).first.click()
    yield


def test_play_has_no_english(as_person: Callable[..., Page]) -> None:
    assert in_both(as_person, _play) == set()


def _play(page: Page) -> Iterator[None]:
    page.goto(f"{HERE}/afspil")
    for more in page.locator("details").all():
        more.evaluate("one => { one.open = true }")
    yield
    page.fill("#_start", "22.12.2026 10.00")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("st-play-diagram")).to_have_attribute("data-ready", "")
    yield
    for _ in range(3):
        page.locator("button[value=naeste]").click()
        expect(page.locator("st-play-diagram")).to_have_attribute("data-ready", "")
        for more in page.locator("details").all():
            more.evaluate("one => { one.open = true }")
        yield
    page.locator(".st-lines a").first.click()
    page.wait_for_selector("form.st-form")
    yield
    for place in ("scenarier", "hvad-hvis", "godkend"):
        page.goto(f"{HERE}/{place}")
        yield
