"""The rules that the product keeps by itself hold, and their probes see it when they do not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import access, gate, probes
from engine.coverage import RULES

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def tried(rule: str, folder: Path = ROOT / "processes") -> str:
    """What the rule's probe found broken."""
    return probes.kept(folder, [rule], NOW)[rule]


def test_every_rule_has_a_probe_and_a_sentence() -> None:
    assert set(probes.PROBES) == set(RULES)
    assert all(text.endswith(".") for text in RULES.values())


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_the_product_holds(rule: str) -> None:
    assert tried(rule) == ""


# ---- a probe that cannot fail proves nothing ---------------------------------------------
def test_the_probe_sees_a_message_that_goes_without_a_basis(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gate, "basis", lambda *_: gate.MADE_UP)
    assert "without consent" in tried("samtykke")


def test_the_probe_sees_a_case_that_is_shown_to_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "visible_cases", lambda *_: access.true())
    assert "without a part" in tried("adgang")


def test_the_probe_sees_a_gate_that_lets_everybody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.admission.REFUSALS", {})
    assert "child" in tried("maalgruppe")


def test_the_probe_sees_a_row_that_nobody_tried(tmp_path: Path) -> None:
    folder = tmp_path / "hovedstaden" / "grundlag"
    folder.mkdir(parents=True)
    source = ROOT / "processes" / "hovedstaden" / "grundlag"
    (folder / "grundlag.dmn").write_text((source / "grundlag.dmn").read_text("utf-8"), "utf-8")
    (folder / "proever.yaml").write_text("[]", "utf-8")
    assert "no example reaches" in tried("maalgruppe", tmp_path)
