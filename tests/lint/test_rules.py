"""Every rule has a diagram that keeps it and one that breaks it, and says which element, which line, what to do.

`tests/lint/` is laid out as an agreement: each folder is a rule, with the forms and decisions that its diagrams use.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from engine import lint
from engine.imports import intake, normalise
from engine.model import Finding

HERE = Path(__file__).parent
RULES = {
    rule.__name__: rule
    for rule in (
        *lint.RULES,
        *lint.tables.TABLE_RULES,
        *lint.retention.SETTINGS_RULES,
        lint.unreadable,
    )
}
#: What the bad diagram's finding points at; '' where it is the file, or something without an id.
WHERE = {
    "no_process": "",
    "twice_the_same_id": "svar_paa_sagen",
    "without_id": "",
    "wrong_key": "lint-noget_andet",
    "not_run": "hvad_nu",
    "script": "regn",
    "untranslated": "hvad_nu_til_godkendt",
    "flow_to_nowhere": "svar_paa_sagen_til_forsvundet",
    "flow_across_border": "indre_opgave_til_afsluttet",
    "flow_wrong_way": "begyndt",
    "no_start": "lint-no_start",
    "no_end": "lint-no_end",
    "unreachable": "glemt",
    "dead_end": "blind",
    "link_without_end": "hop",
    "boundary_on_nothing": "haendt",
    "circle_without_wait": "hvad_nu",
    "unclear_choice": "hvad_nu",
    "condition_ignored": "hvad_nu_til_godkendt",
    "overlapping_conditions": "hvad_nu",
    "loop_without_end": "svar_paa_sagen",
    "silence_unsaid": "hvad_nu",
    "message_to_nobody": "svar_paa_sagen",
    "message_nobody_sends": "svar_kommet",
    "message_nobody_catches": "svar_paa_sagen",
    "unknown_receiver": "svar_paa_sagen",
    "unknown_target": "svar_paa_sagen",
    "signal_alone": "raabt",
    "error_uncaught": "indre_slut",
    "timer_never_fires": "haendt",
    "border_without_wait": "haendt",
    "task_without_lane": "svar_paa_sagen",
    "task_without_kind": "noget",
    "unknown_lane": "bane_regionen",
    "missing_form": "mere",
    "unused_form": "svar",
    "unsupported_form": "underlig",
    "missing_decision": "slaa_op",
    "unknown_part": "kald",
    "unknown_clause": "svar_paa_sagen",
    "deadline_without_clause": "svar_paa_sagen",
    "deadline_unreadable": "svar_paa_sagen",
    "strange_attribute": "svar_paa_sagen",
    "unknown_document": "svar_paa_sagen",
    "document_unclear": "svar_paa_sagen",
    "document_without_version": "svar_paa_sagen",
    "unreadable_expression": "hvad_nu_til_godkendt",
    "field_from_nowhere": "hvad_nu_til_godkendt",
    "field_hides_parameter": "svar_paa_sagen",
    "type_clash": "hvad_nu_til_godkendt",
    "free_text_read": "svar_paa_sagen",
    "without_name": "svar_paa_sagen",
    "answer_without_name": "hvad_nu_til_godkendt",
    "not_drawn": "begyndt",
    "must_decide": "svar_paa_sagen",
    "mapped": "hvad_nu_til_godkendt",
    "cannot_run": "haendt",
    "own_messages": "lint-own_messages",
    "kept_as_it_should": "",
    "decision_unreadable": "b2",
    "decision_gap": "vej_tabel",
    "decision_overlap": "vej_tabel",
    "unreadable": "",
}
#: Rules whose finding names no element, and so no line either.
_NO_LINE = {
    "no_process", "no_start", "no_end", "unused_form", "unsupported_form", "wrong_key",
}  # fmt: skip
#: What must stand beside the broken rule, because it is the same mistake seen from elsewhere.
_ALSO = {
    "no_start": {"cannot_run"},
    "untranslated": {"unclear_choice"},
    "boundary_on_nothing": {"unreachable"},
    "link_without_end": {"unreachable"},
}


#: Rules about forms themselves.
_OF_FORMS = {"unsupported_form", "field_hides_parameter"}


@cache
def found(rule: str, which: str) -> tuple[Finding, ...]:
    (file,) = (HERE / rule).glob(f"{which}.*")
    return tuple(lint.lint(file, listing=rule in lint.LISTED))


def test_every_rule_has_its_folder_and_every_folder_its_rule() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(RULES) == set(WHERE)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_headline(rule: str) -> None:
    headline = (RULES[rule].__doc__ or "").strip()
    assert headline.endswith(".")
    assert "\n" not in headline


def test_the_page_tells_every_rule_with_its_headline_and_severity() -> None:
    page = (HERE.parents[1] / "docs" / "lint.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \| (.*) \| (\w+) \|$", page, re.MULTILINE))
    said = {name: next(f.severity for f in found(name, "bad") if f.rule == name) for name in RULES}
    assert rows == {
        (name, (rule.__doc__ or "").strip(), said[name]) for name, rule in RULES.items()
    }


@pytest.mark.parametrize("rule", RULES)
def test_the_good_diagram_gives_no_finding_at_all(rule: str) -> None:
    assert not [f for f in found(rule, "good") if f.rule not in _of_good(rule)]


@pytest.mark.parametrize("rule", RULES)
def test_the_bad_diagram_breaks_this_rule_and_no_other(rule: str) -> None:
    own = [f for f in found(rule, "bad") if f.rule == rule]
    assert own, found(rule, "bad")
    assert WHERE[rule] in {f.element for f in own}
    others = {f.rule for f in found(rule, "bad") if f.severity == "error"} - {rule}
    assert others <= _ALSO.get(rule, set()), found(rule, "bad")


@pytest.mark.parametrize("rule", RULES)
def test_the_finding_says_where_and_what_to_do(rule: str) -> None:
    for finding in (f for f in found(rule, "bad") if f.rule == rule):
        assert finding.message.endswith((".", "?", ")")) or ":" in finding.message
        assert not re.search(r"(?<!\$)\{\w+\}", finding.message + finding.hint)
        assert finding.hint or rule == "mapped"
        assert finding.line or not finding.element or rule in _NO_LINE
        if finding.line and finding.element:
            assert _line(rule, finding.element) == finding.line


def _line(rule: str, element: str) -> int:
    (file,) = (HERE / rule).glob("bad.*")
    root = (
        normalise(file.read_bytes()).root
        if file.suffix == ".bpmn"
        else intake.parse(file.read_bytes())
    )
    return [el.sourceline for el in root.iter() if el.get("id") == element][-1]


def _of_good(rule: str) -> set[str]:
    # Its diagrams share a folder, and so the bad one's form; the good one does not use it.
    return {"unused_form"} if rule in _OF_FORMS else set()
