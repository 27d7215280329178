"""Our own pieces of a pathway, put into a drawing: what lint then says is what only the designer can fill in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.http.served import Server, demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
HERE = "/studie/midtjylland/midtjylland-planrunde"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo of its own: what is drawn here is not for other tests."""
    with demo(tmp_path_factory.mktemp("pieces")) as server:
        yield server


LINT = """async () => {
  const studio = document.querySelector('st-studio');
  const { xml } = await studio.modeler.saveXML({ format: true });
  const { agreement, key } = studio.about;
  const { body } = await studio.saving.ask('POST', '/api/v1/processes/lint', { bpmn: xml, agreement, key });
  return body.items.filter(one => one.severity !== 'info');
}"""


#: What a piece leaves open, by its button: joined to the drawing, a form, a clause, and the field with the parties.
JOINED = {"unreachable", "dead_end"}
OPEN = {
    "Opgave med frist": JOINED | {"missing_form", "deadline_without_clause"},
    "Acceptrunde": JOINED | {"deadline_without_clause", "field_from_nowhere"},
    "Samtykke": JOINED | {"missing_form", "field_from_nowhere"},
    "Netværksmøde": JOINED | {"missing_form", "deadline_without_clause"},
    "Opslag i tabel": JOINED,
    "Vent og påmind": JOINED | {"missing_form"},
    "Fælles del": JOINED,
}


def test_each_piece_is_judged_and_leaves_open_only_what_the_designer_decides(
    as_person: Callable[..., Page],
) -> None:
    page = as_person("designer")
    page.goto(HERE)
    expect(page.locator("[data-count]")).not_to_be_empty(timeout=20_000)
    before: list[Any] = page.evaluate(LINT)
    known = {(one["rule"], one["element"]) for one in before}
    left = {}
    for button in page.locator("[data-templates] button").all():
        button.press("Enter")
        new = [one for one in page.evaluate(LINT) if (one["rule"], one["element"]) not in known]
        left[button.inner_text()] = {one["rule"] for one in new}
        # The one name that it reads is the field in which a form says who the parties are.
        assert all(
            "“parter”" in one["message"] for one in new if one["rule"] == "field_from_nowhere"
        )
        page.evaluate(
            "() => document.querySelector('st-studio').modeler.get('commandStack').undo()"
        )
        assert page.evaluate(LINT) == before
    assert left == OPEN
