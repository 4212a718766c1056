"""A case out of the archive of a running system: found by an index, told as the journal does."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy import event as sql_event

from rules.events import Action
from stream.archive.configured import archivist_of, reading
from stream.archive.database import open_database, sqlite_url
from stream.case_reading import read_case
from stream.case_search import UnknownCaseError
from stream.cli import main
from stream.exports.one_case import read_archived_case
from stream.journals import StoredJournal
from stream.settings import Settings
from tests.exports.office import Office
from tests.told_record import event, host_at_work, human


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No settings but those that a test makes."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_"):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The record of a day with its host still at work, and its archive."""
    path = tmp_path_factory.mktemp("record")
    with host_at_work(path):
        with archivist_of(Settings.load({"FOUREYES_DATA": str(path)})) as archivist:
            asyncio.run(archivist.catch_up())
        yield path


@pytest.mark.parametrize("name", ["REQ-7", "execution:9f2c", "REQ-7-2"])
def test_the_archive_tells_what_the_journal_tells(directory: Path, name: str) -> None:
    """By any of its ids: the same steps, the same word of each rule, the same findings."""
    with reading(Settings.load({"FOUREYES_DATA": str(directory)})) as archive:
        archived = read_archived_case(archive, name)
    with closing(StoredJournal(directory)) as journal:
        journalled = read_case(journal, name)

    assert archived.file.path.steps(*Action) == journalled.file.path.steps(*Action)
    assert archived.history == journalled.history
    assert [(each.rule.id, each.verdict) for each in archived.said] == [
        (each.rule.id, each.verdict) for each in journalled.said
    ]


ONE = [
    event("REQ-7", 1, 0, "requested", actor=human("ann"), justification="Quarter end"),
    event("REQ-7", 2, 41, "approved", actor=human("ann"), links=["execution:9f2c"]),
    event("TASK-3", 1, 42, "provisioned", links=["work:3"]),
    event("ITEM-5", 1, 43, "provisioned", links=["work:5", "case:TASK-3"]),
    event("REQ-8", 1, 5, "requested", actor=human("cy"), justification="New in the team"),
    event("TASK-3", 2, 60, "provisioned", links=["case:REQ-7"]),
    event(None, 1, 50, "step_recorded", source="gateway", links=["execution:none"]),
]
"""Three cases that are one, as is told in two steps; another; and one that nobody explains."""


def test_a_case_is_found_by_every_name_that_it_ever_had(tmp_path: Path) -> None:
    """A case that turned out to be another is told as that, with what was said of both before."""
    settings = Settings.load({"FOUREYES_DATA": str(tmp_path)})
    names = ["REQ-7", "TASK-3", "ITEM-5", "work:5", "work:3", "TASK-3-2", "execution:9f2c"]
    with host_at_work(tmp_path, ONE):
        with archivist_of(settings) as archivist:
            asyncio.run(archivist.catch_up())
        with reading(settings) as archive:
            archived = [read_archived_case(archive, name) for name in names]
            loose = read_archived_case(archive, "execution:none")
        with closing(StoredJournal(tmp_path)) as journal:
            told = [read_case(journal, name) for name in names]

    assert {(each.file.case, len(each.file.path.steps(*Action))) for each in archived} == {
        ("ITEM-5", 5)
    }
    assert [each.file.path.steps(*Action) for each in archived] == [
        each.file.path.steps(*Action) for each in told
    ]
    assert [sorted(each.history, key=str) for each in archived] == [
        sorted(each.history, key=str) for each in told
    ]
    assert any("is the same case as" in (each.because or "") for each in archived[0].history)
    assert loose.file.case.startswith("unlinked:")


def test_explain_asks_the_archive_and_no_broker(
    directory: Path, bare: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The archive is enough, wherever the journal is."""
    bare.setenv("FOUREYES_DATA", str(directory))
    bare.setenv("FOUREYES_KAFKA_BOOTSTRAP", "127.0.0.1:1")

    assert main(["explain", "REQ-7"]) == 0
    assert capsys.readouterr().out.startswith("Case REQ-7 of acme")


def test_an_archive_that_is_behind_is_not_asked(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The journal has more: here the archive has nothing yet."""
    shutil.copytree(directory, tmp_path / "copy")
    (tmp_path / "copy" / "archive.sqlite3").unlink()
    open_database(sqlite_url(tmp_path / "copy" / "archive.sqlite3")).dispose()

    assert main(["explain", "REQ-7", "--data", str(tmp_path / "copy")]) == 0
    assert capsys.readouterr().out.startswith("Case REQ-7 of acme")


def test_names_of_no_case_or_of_several_are_told(office: Office) -> None:
    """With what comes near, and with the tenant that picks one."""
    with pytest.raises(UnknownCaseError, match="near to it are: REQ-0-0"):
        read_archived_case(office.archive, "REQ-none")
    with pytest.raises(UnknownCaseError):
        read_archived_case(office.archive, "REQ-0-1", "nobody")


def test_a_case_is_found_by_an_index_and_no_scan(office: Office) -> None:
    """However many entries there are: only the table of logs, a row a partition, is read whole."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    sql_event.listen(office.engine, "before_cursor_execute", note)
    read_archived_case(office.archive, "REQ-0-5-late")
    sql_event.remove(office.engine, "before_cursor_execute", note)

    assert len(asked) > 3
    assert {table for each in asked for table in scanned(office.engine, *each)} <= {"logs"}


def scanned(engine: Engine, statement: str, values: Any) -> Iterator[str]:
    """The tables that SQLite would read from one end to the other."""
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    for row in plan:
        words = str(row[-1]).split()
        if words[0] == "SCAN":
            yield words[1]
