"""`foureyes silence` and `alerts ack`: what people say becomes part of the record."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from rules.machines.contract import JOURNAL, Output, Record
from rules.machines.routing import Layout
from stream.cli import EXIT_USAGE, main
from stream.clock import SystemClock
from stream.desk.notes import Notes
from stream.hosts.store import Store
from stream.intake.control import SOURCE, Control
from stream.running.notes import INBOX, StoredNotes, notes_of, take_in
from stream.settings import Settings
from stream.topics import raw_topic

TOMORROW = f"{SystemClock().now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data directory in which foureyes has run."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FOUREYES_DATA", str(tmp_path / "data"))
    Store(tmp_path / "data").close()
    return Settings.load(os.environ)


def proposed(*more: str) -> int:
    """Ann asks for silence about a rule."""
    told = ("--rule", "APR-013", "--until", TOMORROW, "--reason", "moving", "--by", "ann")
    return main(["silence", "propose", *told, *more])


class Entered:
    """The record of a foureyes at work."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def enter(self, outputs: Sequence[Output]) -> None:
        """Put records into it."""
        with closing(Store(self._directory)) as store, store.transaction():
            store.append(outputs, 0)


def recorded(settings: Settings) -> tuple[Notes, list[Record]]:
    """What a desk knows once foureyes has taken the notes in, and the records it found them in."""
    asyncio.run(take_in(Entered(settings.data), settings.data))
    with closing(Store(settings.data, read_only=True)) as store:
        return StoredNotes(store).now(), list(store.read(raw_topic(SOURCE), 0, 0, 100))


def test_a_silence_is_in_force_once_somebody_else_agrees(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Proposed, approved, ended: each a record, and listed with who said so."""
    assert proposed() == 0
    (name,) = notes_of(settings).silences
    assert not notes_of(settings).silences[name].is_in_force(SystemClock().now())

    assert main(["silence", "approve", name, "--by", "bo"]) == 0
    notes, records = recorded(settings)

    assert notes.silences[name].is_in_force(SystemClock().now())
    assert len(records) == 2
    assert list((settings.data / INBOX).iterdir()) == []
    capsys.readouterr()
    main(["silence", "list"])
    assert "in force, approved by bo: silence of rule APR-013" in capsys.readouterr().out
    assert main(["silence", "end", name, "--reason", "moved", "--by", "cy"]) == 0
    assert not recorded(settings)[0].silences[name].is_in_force(SystemClock().now())


@pytest.mark.parametrize("name", ["ann", " ANN ", " "])
def test_nobody_approves_their_own(
    settings: Settings, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """However the name is spelled; nothing is written."""
    proposed()
    (silence,) = notes_of(settings).silences

    assert main(["silence", "approve", silence, "--by", name]) == EXIT_USAGE

    assert "somebody else than ann" in capsys.readouterr().err
    assert notes_of(settings).silences[silence].approved is None


def test_a_silence_has_an_end(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Not in the past, and not in years; and what was never proposed is not approved."""
    assert settings.data.exists()
    assert proposed("--until", "2020-01-01T00:00:00Z") == EXIT_USAGE
    assert proposed("--until", "2999-01-01T00:00:00Z") == EXIT_USAGE
    assert main(["silence", "approve", "S-none", "--by", "bo"]) == EXIT_USAGE
    assert "at most 90 days away" in capsys.readouterr().err


def test_a_silence_is_told_as_an_event_by_both(settings: Settings) -> None:
    """The control lane publishes and approves it in the journal; also after a restart between."""
    proposed("--person", "Ann Ng")
    (name,) = notes_of(settings).silences
    main(["silence", "approve", name, "--by", "bo"])
    main(["silence", "end", name, "--reason", "moved", "--by", "bo"])
    _, records = recorded(settings)
    first, second = Control(Layout(journal=1, links=1)), Control(Layout(journal=1, links=1))

    before = first.feed(records[:1])
    second.restore((key, row) for key, row in first.changes() if row is not None)
    approved, ended = second.feed(records[1:2]), second.feed(records[2:])

    assert before == []
    assert [output.log for output in (*approved, *ended)] == [JOURNAL, JOURNAL]
    told = approved[0].value
    assert b"workflow_published" in told
    assert b"workflow_approved" in told
    assert b'"weaker"' in told
    assert b'"Ann Ng"' in told
    assert b'"moved"' in ended[0].value


def test_who_looks_after_a_finding_is_recorded(settings: Settings) -> None:
    """Acknowledged, and then given to somebody else."""
    assert main(["alerts", "ack", "APR-001-x", "--by", "ann"]) == 0
    assert recorded(settings)[0].looked_after_by("APR-001-x") == "ann"

    assert main(["alerts", "assign", "APR-001-x", "--to", "bo", "--by", "ann"]) == 0
    assert recorded(settings)[0].looked_after_by("APR-001-x") == "bo"
    assert notes_of(settings).looked_after_by("APR-002-y") is None


def test_without_a_record_nothing_is_said(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typing mistake in the directory is told, and no directory made."""
    assert settings.data.exists()
    monkeypatch.setenv("FOUREYES_DATA", str(tmp_path / "other"))

    assert main(["alerts", "ack", "APR-001-x", "--by", "ann"]) == EXIT_USAGE
    assert main(["silence", "list"]) == EXIT_USAGE
    assert not (tmp_path / "other").exists()
