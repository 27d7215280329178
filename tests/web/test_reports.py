"""The report over deadlines: the worst first, what nobody has decided last."""

from __future__ import annotations

from web.reports import _grouped


def row(party: str, **counts: int) -> dict[str, object]:
    return {"party": party, "kept": 0, "late": 0, "open": 0, "overdue": 0, "paused": 0, **counts}


def test_the_worst_come_first_and_what_is_not_decided_last(site) -> None:
    items = [row("a", open=1), row("b", kept=9, late=1), row("c", open=2), row("d", kept=1, late=3)]
    with site.test_request_context():
        found = _grouped(items, lambda one: one["party"])
    assert [one["name"] for one in found] == ["d", "b", "a", "c"]
    assert [one["told"] for one in found] == [
        "1 af 4 holdt", "9 af 10 holdt", "ingen er afgjort", "ingen er afgjort",
    ]  # fmt: skip


def test_the_same_name_is_counted_together(site) -> None:
    with site.test_request_context():
        (one,) = _grouped([row("a", kept=30), row("a", late=10)], lambda each: each["party"])
    assert (one["kept"], one["late"], one["told"], one["bar"]) == (30, 10, "75 % holdt", 75)
