"""What is handed over does not depend on the database that the archive is kept in."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from stream.exports.layout import Selection
from tests.archive.trails import NINE
from tests.exports.office import checked, opened

SELECTIONS = {
    "case": Selection(kind="case", name="REQ-0-5"),
    "workflow": Selection(kind="workflow", name="wf-1"),
    "person": Selection(kind="person", name="P-1"),
    "period": Selection(
        kind="period", begin=NINE + timedelta(hours=1), end=NINE + timedelta(hours=3)
    ),
    "everything": Selection(kind="everything"),
}


@pytest.mark.parametrize("scope", SELECTIONS)
def test_postgresql_and_sqlite_export_the_same_bytes(
    scope: str, engine: Engine, tmp_path: Path
) -> None:
    """One trail, cosigned half way, in both: an auditor can not tell which it came from."""
    directories = [tmp_path / name for name in ("postgresql", "sqlite")]
    for directory in directories:
        directory.mkdir()
    here = opened(directories[0], engine=engine)
    there = opened(directories[1])
    files = [each.export(SELECTIONS[scope]) for each in (here, there)]
    there.engine.dispose()

    assert files[0].read_bytes() == files[1].read_bytes()
    assert checked(files[0]).code == 0
