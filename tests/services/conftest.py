"""The mark that keeps the tests in this folder out of a quick run, and an Alertmanager for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.services import Alertmanager


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder needs Debian's prometheus packages."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.services)


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Alertmanager]:
    """An Alertmanager that has seen nothing yet and tells nobody."""
    with Alertmanager(tmp_path / "alertmanager") as running:
        yield running
