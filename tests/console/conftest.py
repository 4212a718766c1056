"""One small company's archive for all tests of the console, which only read it."""

from pathlib import Path

import pytest

from tests.console.staged import company_office
from tests.exports.office import Office


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An archive with checkpoints, and who exports from it."""
    made: Path = tmp_path_factory.mktemp("office")
    return company_office(made)
