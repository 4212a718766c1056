"""What left the archive by policy is not in an export, and the export shows by whose word."""

from pathlib import Path

import pytest

from stream.archive.database import open_database, sqlite_url
from stream.archive.writer import PartitionWriter
from stream.exports.layout import Selection, UnfitSelectionError
from tests.archive.archive_contract import kept_and_gone
from tests.exports.office import Office, checked


def test_an_export_of_everything_is_sound_without_what_has_gone(tmp_path: Path) -> None:
    """Gaps stand where it was, and the entry that explains them comes after."""
    engine = open_database(sqlite_url(tmp_path / "archive.sqlite3"))
    PartitionWriter(engine, 0).write(kept_and_gone().trail)
    office = Office(engine, tmp_path)
    office.cosign()

    report = checked(office.export(Selection(kind="everything")))

    with pytest.raises(UnfitSelectionError, match="nothing of"):
        office.export(Selection(kind="case", name="REQ-0-1"), "gone.zip")
    engine.dispose()
    assert (report.defects, report.untold, report.code) == ([], [], 0)
