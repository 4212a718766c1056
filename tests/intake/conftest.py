"""What the tests of intake share."""

from pathlib import Path

import pytest

from tests.intake.feed import Feed


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    """A place for files."""
    return Feed(tmp_path)
