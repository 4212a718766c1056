"""An archive for each test, empty, in a file of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from stream.archive.database import open_database, sqlite_url


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty archive in SQLite."""
    opened = open_database(sqlite_url(tmp_path / "archive.sqlite3"))
    yield opened
    opened.dispose()
