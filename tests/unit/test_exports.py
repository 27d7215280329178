"""What leaves as a table for spreadsheets."""

from __future__ import annotations

import csv
import io

import pytest

from api.reports import COLUMNS, written


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
        "＠SUM(A1)",
        '=HYPERLINK("https://ond.example";"x")',
    ],
)
def test_a_cell_is_never_a_formula(text: str) -> None:
    rows = written([dict.fromkeys(COLUMNS, text)])
    _head, row = csv.reader(io.StringIO(rows.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert [cell[0] for cell in row] == ["'"] * len(COLUMNS)
    assert {cell[1:] for cell in row} == {text}


def test_numbers_and_words_stay_as_they_are() -> None:
    rows = written(
        [dict.fromkeys(COLUMNS, 3), dict.fromkeys(COLUMNS, "Kommune"), dict.fromkeys(COLUMNS, True)]
    )
    _head, *found = csv.reader(io.StringIO(rows.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert [set(row) for row in found] == [{"3"}, {"Kommune"}, {"1"}]
