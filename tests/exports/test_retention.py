"""What left the archive by policy is not in an export, and the export shows by whose word."""

import json
from pathlib import Path

import pytest

from stream.archive.database import open_database, sqlite_url
from stream.archive.writer import PartitionWriter
from stream.exports.layout import Selection, UnfitSelectionError
from tests.archive.archive_contract import kept_and_gone
from tests.exports import second_verifier
from tests.exports.forging import unpacked
from tests.exports.office import KEY, Office, checked


def test_an_export_of_everything_is_sound_without_what_has_gone(tmp_path: Path) -> None:
    """Gaps stand where it was, and the entry that explains them comes after."""
    engine = open_database(sqlite_url(tmp_path / "archive.sqlite3"))
    PartitionWriter(engine, 0).write(kept_and_gone().trail)
    office = Office(engine, tmp_path)
    office.cosign()

    path = office.export(Selection(kind="everything"))
    report = checked(path)
    case = office.export(Selection(kind="case", name="REQ-0-2"), "case.zip")
    (told,) = json.loads(unpacked(path)["statement.json"])["logs"][0]["let_go"]

    with pytest.raises(UnfitSelectionError, match="nothing of"):
        office.export(Selection(kind="case", name="REQ-0-1"), "gone.zip")
    engine.dispose()
    assert (report.defects, report.untold, report.code) == ([], [], 0)
    assert second_verifier.verify(path.read_bytes(), [(str(KEY.key), "")]) == 0
    assert (told["act"], told["policy"]) == ("expire", "2026-11")
    assert told["entries_told_here"] > 30
    assert any("had had their time" in words for words in checked(case).checked)
