"""For all tests: nothing sealed stands in clear, and the last lines say which browser tests were left out."""

from __future__ import annotations

import pytest

from tests import leaks, seeds
from tests.leaks import nothing_leaks

__all__ = ["nothing_leaks"]


def pytest_configure() -> None:
    """Before the workers start: they must all draw the same fresh seeds."""
    seeds.run_seed()
    leaks.install()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A suite that is green because nothing looked at the pages must say so."""
    terminalreporter.write_line(f"Fresh seeds of this run: {seeds.NAME}={seeds.run_seed()}")
    left_out = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if "browser" in report.keywords
    ]
    if left_out:
        terminalreporter.write_line(
            f"NOT RUN: {len(left_out)} browser tests, for there is no Chromium on this machine: "
            + ", ".join(sorted({report.nodeid.split("::")[0] for report in left_out}))
        )
