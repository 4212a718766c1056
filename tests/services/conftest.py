"""The mark that keeps the tests in this folder out of a quick run; who serves them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from stream.archive.database import open_database
from tests.services.postgres import Postgres
from tests.services.services import Alertmanager


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder needs Debian's prometheus and postgresql packages."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.services)


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Alertmanager]:
    """An Alertmanager that has seen nothing yet and tells nobody."""
    with Alertmanager(tmp_path / "alertmanager") as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server that all tests share; each has a database of its own in it."""
    server = Postgres()
    with server:
        yield server
    server.remove()


@pytest.fixture
def database_url(postgres: Postgres) -> str:
    """Where an empty database is."""
    return postgres.new_database()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty archive in PostgreSQL."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()
