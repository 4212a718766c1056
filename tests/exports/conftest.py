"""Exports of one small company, made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.exports.layout import Selection
from tests.exports.office import Office, opened


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The office."""
    made = opened(tmp_path_factory.mktemp("office"))
    yield made
    made.engine.dispose()


@pytest.fixture(scope="session")
def one_case(office: Office) -> Path:
    """One case, with a finding that was withdrawn."""
    return office.export(Selection(kind="case", name="REQ-0-5"), "case.zip")


@pytest.fixture(scope="session")
def everything(office: Office) -> Path:
    """Every entry of every log."""
    return office.export(Selection(kind="everything"), "everything.zip")
