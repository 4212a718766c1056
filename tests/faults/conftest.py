"""Marks these tests as a group of their own, and shows the table of faults when they are over."""

from pathlib import Path

import pytest

from tests.faults.table import ROWS, shown

SECONDS_MAX = 1800


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder makes faults, and may take long."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(SECONDS_MAX))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the faults came to."""
    if ROWS:
        terminalreporter.section("faults")
        for line in shown():
            terminalreporter.write_line(line)
