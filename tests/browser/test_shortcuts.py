"""The keys that `docs/designers.md` promises in the drawing: each is pressed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.http.served import Server, demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
HERE = "/studie/midtjylland/midtjylland-planrunde"
GUIDE = Path(__file__).resolve().parents[2] / "docs/designers.md"
STEP = "accepter_plan"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo of its own."""
    with demo(tmp_path_factory.mktemp("shortcuts")) as server:
        yield server


def asked(page: Page, script: str) -> Any:
    return page.evaluate(
        f"() => {{ const get = name => document.querySelector('st-studio').modeler.get(name);"
        f" const step = () => get('elementRegistry').get('{STEP}'); return {script} }}"
    )


def picked(page: Page, what: str = "step()") -> None:
    asked(page, f"(get('selection').select({what}), get('canvas').focus())")


def test_every_key_of_the_guide_does_what_it_says(as_person: Callable[..., Page]) -> None:
    page = as_person("designer", width=1440)
    page.goto(HERE)
    expect(page.locator("[data-count]")).not_to_be_empty()
    # What is drawn here is not kept.
    page.route("**/api/v1/drafts/**", lambda route: route.abort())
    tried = {key for keys in TRIED for key in keys}
    for keys, trial in TRIED.items():
        for key in keys:
            trial(page, key)
            page.keyboard.press("Escape")
    table = GUIDE.read_text(encoding="utf-8").split("### Genveje i diagrammet")[1].split("\n#")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    told = {key for row in rows for key in re.findall("`([^`]+)`", row)}
    assert told == {
        key.replace("Control", "Ctrl").replace("ArrowRight", "pil højre") for key in tried
    }


def _undone(page: Page, key: str) -> None:
    """Undo and redo of a step that is moved."""
    picked(page)
    before = asked(page, "step().x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+z")
    assert asked(page, "step().x") == before
    if key != "Control+z":
        page.keyboard.press(key)
        assert asked(page, "step().x") == before + 1
        page.keyboard.press("Control+z")


def _moved(page: Page, key: str) -> None:
    picked(page)
    before = asked(page, "step().x")
    page.keyboard.press(key)
    assert asked(page, "step().x") - before == (10 if "Shift" in key else 1)
    page.keyboard.press("Control+z")


def _gone(page: Page, key: str) -> None:
    picked(page)
    page.keyboard.press(key)
    assert asked(page, "!step()")
    page.keyboard.press("Control+z")
    assert asked(page, "!!step()")


def _copied(page: Page, key: str) -> None:
    picked(page)
    page.keyboard.press("Control+c")
    if key == "Control+c":
        expect(page.locator("[data-saved]")).to_contain_text("Kopieret")
        return
    # Put down below everything else.
    asked(
        page, "(document.querySelector('[data-canvas]').scrollIntoView(), get('canvas').zoom(0.3))"
    )
    picked(page)
    box = page.locator("[data-canvas]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 20, y - 20)
    page.keyboard.press(key)
    page.mouse.move(x, y, steps=4)
    page.mouse.click(x, y)
    assert asked(page, SAME) == 2
    page.keyboard.press("Control+z")
    assert asked(page, SAME) == 1


#: How many steps have the step's name.
SAME = (
    "get('elementRegistry').filter(one => !one.labelTarget"
    " && one.businessObject.name === step().businessObject.name).length"
)


def _all(page: Page, key: str) -> None:
    picked(page, "null")
    page.keyboard.press(key)
    assert asked(page, "get('selection').get().length") > 40


def _named(page: Page, key: str) -> None:
    picked(page)
    page.keyboard.press(key)
    assert asked(page, "get('directEditing').isActive()")
    page.keyboard.press("Escape")
    assert not asked(page, "get('directEditing').isActive()")


def _changed(page: Page, key: str) -> None:
    picked(page)
    page.keyboard.press(key)
    expect(page.locator(".djs-popup")).to_be_visible()


def _tool(page: Page, key: str) -> None:
    picked(page, "null")
    page.keyboard.press(key)
    tools = {"h": "hand", "l": "lasso.selection", "s": "spaceTool.selection", "c": "global-connect"}
    assert asked(page, "get('dragging').context()?.prefix") == tools[key]


def _found(page: Page, key: str) -> None:
    picked(page, "null")
    page.keyboard.press(key)
    assert asked(page, "get('searchPad').isOpen()")


def _zoomed(page: Page, key: str) -> None:
    picked(page, "null")
    page.keyboard.press({"Control++": "Control+-", "Control+-": "Control++"}.get(key, "Control+-"))
    before = asked(page, "get('canvas').zoom()")
    page.keyboard.press(key)
    after = asked(page, "get('canvas').zoom()")
    assert {"Control++": after > before, "Control+-": after < before}.get(key, after == 1)


def _panned(page: Page, key: str) -> None:
    picked(page, "null")
    before = asked(page, "get('canvas').viewbox().x")
    page.keyboard.press(key)
    assert asked(page, "get('canvas').viewbox().x") != before


TRIED: dict[tuple[str, ...], Callable[[Page, str], None]] = {
    ("Control+z", "Control+y", "Control+Shift+z"): _undone,
    ("ArrowRight", "Shift+ArrowRight"): _moved,
    ("Delete", "Backspace", "Control+x"): _gone,
    ("Control+c", "Control+v", "Control+d"): _copied,
    ("Control+a",): _all,
    ("e",): _named,
    ("r",): _changed,
    ("h", "l", "s", "c"): _tool,
    ("Control+f",): _found,
    ("Control++", "Control+-", "Control+0"): _zoomed,
    ("Control+ArrowRight", "Control+Shift+ArrowRight"): _panned,
}
