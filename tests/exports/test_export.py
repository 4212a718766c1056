"""An export tells what was asked for, all of it and nothing else, and it is sound."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from stream.archive.writer import PartitionWriter
from stream.exports.defects import Report
from stream.exports.layout import Selection, UnfitSelectionError
from tests.archive.trails import NINE, company
from tests.exports.office import MADE_AT, Office, checked, opened

SOUND = Report()


def cases_of(path: Path) -> list[str]:
    """The cases that an export tells."""
    with ZipFile(path) as packed:
        return [
            row["case"] for row in csv.DictReader(io.StringIO(packed.read("cases.csv").decode()))
        ]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(kind="case", name="REQ-1-7"), {"REQ-1-7"}),
        (Selection(kind="case", name="REQ-1-7", tenant="acme"), {"REQ-1-7"}),
        (Selection(kind="case", name="execution:0-3"), {"REQ-0-3"}),
        (Selection(kind="case", name="REQ-0-4-1"), {"REQ-0-4"}),
        # Two that turned out to be one go together, by whichever name; what was taken out is apart.
        (Selection(kind="case", name="REQ-0-14"), {"REQ-0-12", "REQ-0-14"}),
        (Selection(kind="case", name="REQ-0-12"), {"REQ-0-12", "REQ-0-14"}),
        (Selection(kind="case", name="REQ-0-14-1"), {"REQ-0-12", "REQ-0-14"}),
        (Selection(kind="case", name="REQ-0-12-2"), {"unlinked:execution:1/REQ-0-12-2"}),
        (
            Selection(kind="workflow", name="wf-1"),
            {f"REQ-{p}-{n}" for p in range(2) for n in range(1, 13, 2)},
        ),
        (
            Selection(kind="person", name="P-1"),
            {f"REQ-{p}-{n}" for p in range(2) for n in (4, 8)},
        ),
        (
            Selection(
                kind="period", begin=NINE + timedelta(hours=1), end=NINE + timedelta(hours=2)
            ),
            {f"REQ-{p}-{n}" for p in range(2) for n in range(4, 8)},
        ),
        (
            Selection(kind="everything"),
            {f"REQ-{p}-{n}" for p in range(2) for n in (*range(13), 14)}
            | {f"unlinked:execution:1/REQ-{p}-12-2" for p in range(2)},
        ),
    ],
    # The words of a set come in any order, and the same in every process is needed.
    ids=lambda told: str(len(told) if isinstance(told, set) else told),
)
def test_what_was_asked_for_is_told(
    office: Office, tmp_path: Path, selection: Selection, expected: set[str]
) -> None:
    """A case by any of its names, a workflow, what somebody decided, a period, everything."""
    path = tmp_path / "told.zip"
    office.exporter.write(selection, path, MADE_AT)
    report = checked(path)
    found = cases_of(path)

    assert (report.defects, report.untold, report.code) == ([], [], 0)
    assert set(found) == expected
    assert len(found) == len(expected)


def test_that_a_case_is_the_same_as_another_has_to_be_on_record(
    office: Office, tmp_path: Path
) -> None:
    """What an exporter puts in beside what was asked for has to have an entry that says so."""
    path = tmp_path / "told.zip"
    told = Selection(kind="id", name="execution:0-3", also=(("acme", "REQ-0-5"),))
    office.exporter.write(told, path, MADE_AT)
    report = checked(path)

    assert set(cases_of(path)) == {"REQ-0-3", "REQ-0-5"}
    assert [(each.kind, each.where) for each in report.defects] == [
        ("not-selected", "acme/0, case REQ-0-5")
    ]


def test_the_same_archive_gives_the_same_bytes(office: Office, tmp_path: Path) -> None:
    """Whoever wrote the archive, in whatever pieces: the file is the same."""
    again = opened(tmp_path)
    one = office.export(Selection(kind="everything"), "one.zip")
    other = again.export(Selection(kind="everything"), "other.zip")
    again.engine.dispose()

    assert one.read_bytes() == other.read_bytes()


def test_the_population_adds_up(everything: Path) -> None:
    """What was offered is judged, set aside, refused or a repeat, for each source of each log."""
    with ZipFile(everything) as packed:
        told = json.loads(packed.read("statement.json"))

    for log in told["logs"]:
        for source in log["sources"]:
            parts = ("judged", "not_selected", "set_aside", "refused", "repeats")
            assert source["offered"] == sum(source[name] for name in parts)
            assert source["not_selected"] == 0
            assert source["reported_until"] or source["set_aside"] == 1
        assert [each["approver"] for each in log["records_set_aside"]] == ["bo"]
    assert told["totals"]["refused"] == 2
    assert told["totals"]["repeats"] == 6


def test_the_story_is_what_explain_tells(one_case: Path) -> None:
    """A reader needs no program: what happened, what was found, what became of it."""
    with ZipFile(one_case) as packed:
        story = packed.read("stories.txt").decode()

    assert "Case REQ-0-5 of acme: Payments operator (SAP)" in story
    assert "WHAT HAPPENED" in story
    assert "It was withdrawn" in story


def test_what_is_not_on_record_is_not_exported(office: Office, tmp_path: Path) -> None:
    """No empty file is handed over, and nothing is left behind."""
    with pytest.raises(UnfitSelectionError, match="nothing of the cases that REQ-9"):
        office.exporter.write(Selection(kind="case", name="REQ-9"), tmp_path / "x.zip", MADE_AT)

    assert list(tmp_path.iterdir()) == []


def test_a_reader_who_holds_a_checkpoint_sees_the_log_go_on(tmp_path: Path) -> None:
    """An older checkpoint that the reader kept is shown to be the beginning of this log."""
    office = opened(tmp_path, partitions=1)
    held = tmp_path / "held.note"
    held.write_text(office.archive.checkpoint(0) or "")
    PartitionWriter(office.engine, 0).write(company(12).trail)
    path = tmp_path / "since.zip"
    office.exporter.write(Selection(kind="case", name="REQ-0-5"), path, MADE_AT, [held])
    plain = office.export(Selection(kind="case", name="REQ-0-5"))
    office.engine.dispose()

    assert checked(path, held=(held.read_bytes(),)).code == 0
    assert checked(plain).code == 0
