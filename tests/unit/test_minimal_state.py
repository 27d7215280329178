"""What a person writes in words of his own never enters the state of a pathway, which is kept in clear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import forms
from engine import deploy, feel, pathway
from stafet.settings import ROOT

#: Fields in which one writes; `readonly` ones only show what the diagram says.
WRITTEN = ("textfield", "textarea")


def test_no_diagram_reads_what_a_person_writes_freely() -> None:
    """A message may take it along (`felter`): it is found among the sealed answers."""
    found, looked = set(), 0
    for source in deploy.read(ROOT / "processes"):
        made = pathway.compile(source)
        for each in made.elements.values():
            form = made.forms.get(each.form or "", {})
            for names in _written(form.get("components", [])):
                looked += 1
                if read := names & made.reads(each.process):
                    found.add((each.process, each.id, *read))
    assert looked > 1000
    assert found == set()


def test_no_message_brings_it_into_another_pathway() -> None:
    made = [pathway.compile(source) for source in deploy.read(ROOT / "processes")]
    found, looked = set(), 0
    for one in made:
        drawn = one.forms.values()
        free = {
            name for form in drawn for each in _written(form.get("components", [])) for name in each
        }
        for where, work in one.plan.works.items():
            for told in (each for each in work.messages if each.pathway):
                for other in made:
                    same = other.plan.agreement.slug == one.plan.agreement.slug
                    if same and f"-{other.key}".endswith(f"-{told.pathway}"):
                        looked += 1
                        if read := free & set(told.fields) & other.reads():
                            found.add((*where, other.key, *read))
    assert looked > 100
    assert found == set()


def test_the_look_finds_them_in_lists_and_groups_too() -> None:
    inner = [{"type": "textfield", "key": "sag"}, {"type": "number", "key": "antal"}]
    kept = {"type": "textarea", "key": "vist", "readonly": True}
    form = [{"type": "dynamiclist", "path": "sager", "components": inner}, kept]
    assert list(_written([{"type": "group", "components": form}])) == [{"sager", "sag"}]


@pytest.mark.parametrize(("number", "asked"), [(None, False), (0, False), (2, True)])
def test_the_list_meeting_asks_which_case_a_number_is_where_there_are_numbers(
    number: int | None, asked: bool
) -> None:
    path = ROOT / "processes/midtjylland/listemoede/forms/indkaldelse.form"
    answers = {
        "dato": "2025-03-04",
        "moedeform": "video",
        "deltagere": [],
        "sagsliste": "Den ældste",
    }
    given = {**answers, **({} if number is None else {"antal_sager": number})}
    now = datetime(2025, 2, 4, 9, tzinfo=UTC)
    found = forms.check(
        json.loads(path.read_text()),
        given,
        feel=lambda text, names: feel.compile(text).evaluate(names),
        context={"now": now, "adspurgte": []},
    )
    assert found.problems == {}
    assert ("sagsliste" in found.values) is asked


def _written(parts: list[dict[str, Any]], path: str = "") -> Iterator[set[str]]:
    """Of each field: the names under which a diagram would read it."""
    for part in parts:
        if part["type"] in WRITTEN and not (part.get("readonly") or part.get("disabled")):
            yield {path, part["key"]} - {""}
        yield from _written(part.get("components", []), part.get("path", path))
