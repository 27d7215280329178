"""A line of the log, in both forms, says what kind of mistake it was and where, never what somebody wrote."""

from __future__ import annotations

import logging

import pytest

from stafet import logs

WRITTEN = "Signe Sølvpil 700378-1016"


def _record() -> logging.LogRecord:
    try:
        try:
            int(WRITTEN)
        except ValueError as exc:
            raise LookupError(WRITTEN) from exc
    except LookupError as exc:
        kind = (type(exc), exc, exc.__traceback__)
    return logging.LogRecord("stafet.web", logging.ERROR, __file__, 1, "a page failed", (), kind)


@pytest.mark.parametrize("kind", ["text", "json"])
def test_an_exception_is_told_without_its_words(kind: str) -> None:
    line = logs.formatter(kind).format(_record())
    assert "LookupError" in line
    assert "test_logs" in line
    assert "Sølvpil" not in line
    assert "700378" not in line
