"""`foureyes archive`: what is held, and the keys that whoever checks has to know."""

import asyncio
import os
from pathlib import Path

import pytest

from rules.ledger.checkpoint import read_key
from rules.machines.routing import partition_of_case
from stream.archive.configured import archivist_of, engine_of, notary_of, reading
from stream.archive.leaves import Kind
from stream.archive.writer import PartitionWriter
from stream.cli import main
from stream.running.embedded import LAYOUT
from stream.settings import Settings
from tests.archive.trails import company
from tests.told_record import host_at_work


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data directory, and no other setting."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FOUREYES_DATA", str(tmp_path / "data"))
    return Settings.load(os.environ)


def test_the_status_names_each_log_and_its_last_checkpoint(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its size, its root, how much of it is signed, and by whom."""
    engine = engine_of(settings)
    said = company(3)
    PartitionWriter(engine, 0).write(said.trail)
    notary_of(settings, engine).issue()
    engine.dispose()

    assert main(["archive", "status"]) == 0

    size, root = said.judge.ledger.size, said.judge.ledger.root().hex()
    assert capsys.readouterr().out.splitlines() == [
        f"foureyes.local/0: {size} entries, root {root}",
        f"  checkpoint of {size} entries, signed by foureyes.local",
    ]


@pytest.mark.usefixtures("settings")
def test_what_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """And not made."""
    assert main(["archive", "status"]) == 2
    assert "foureyes run makes it" in capsys.readouterr().err


def test_keys_are_shown_rotated_and_retired(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The present one first; the old one stays until it is retired."""
    shown = []
    for word in ("keys", "rotate", "retire"):
        assert main(["archive", word]) == 0
        shown.append([read_key(line) for line in capsys.readouterr().out.splitlines()])
    (first,), (second, still), (left,) = shown

    assert still == first
    assert left == second != first
    assert (settings.data / "archive.key").exists()


def test_keys_that_a_command_holds_are_not_rotated_here(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are in somebody else's hands."""
    assert main(["archive", "keys"]) == 0
    key = capsys.readouterr().out.strip()
    monkeypatch.setenv("FOUREYES_ARCHIVE_SIGN_COMMAND", "sign")
    monkeypatch.setenv("FOUREYES_ARCHIVE_SIGN_KEY", key)

    assert main(["archive", "keys"]) == 0
    assert capsys.readouterr().out.strip() == key
    assert main(["archive", "rotate"]) == 2
    assert "FOUREYES_ARCHIVE_SIGN_COMMAND: a command; expected a key" in capsys.readouterr().err
    assert settings.data.exists()


WORDS = ["--reason", "ten years", "--author", "ann", "--approver", "bo"]


def test_what_two_people_decide_is_an_entry_of_each_log_it_concerns(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Decided while foureyes stands still, entered at its next start, and carried out."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[policy]\nversion = "7"\nowner = "ciso"\n[retention]\nclosed_cases = "0s"\n')
    with host_at_work(settings.data, minutes=2):
        archived(settings)

    assert main(["archive", "expire", *WORDS]) == 2
    assert "closed_cases" in capsys.readouterr().err
    monkeypatch.setenv("FOUREYES_POLICY", str(policy))
    assert main(["archive", "hold", "REQ-8", "--tenant", "acme", *WORDS]) == 0
    assert main(["archive", "expire", *WORDS]) == 0
    with host_at_work(settings.data, [], minutes=1):
        archived(settings)

    with reading(settings) as archive:
        found = {
            log.partition: len(archive.headers(Kind.KEEPING, log.partition, log.size))
            for log in archive.logs()
            if log.partition < LAYOUT.journal
        }
    held = partition_of_case("acme", "REQ-8", LAYOUT.journal)
    assert found == {p: 2 if p == held else 1 for p in range(LAYOUT.journal)}
    # Both cases are open: neither has had its time.
    assert main(["explain", "REQ-7"]) == 0


def archived(settings: Settings) -> None:
    """Bring the archive up to the trail."""
    with archivist_of(settings) as archivist:
        asyncio.run(archivist.catch_up())


@pytest.mark.usefixtures("settings")
def test_one_person_alone_decides_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is anything decided about a record that is not there."""
    alone = ["--reason", "mine", "--author", "ann", "--approver", "Ann"]

    assert main(["archive", "hold", "REQ-8", *alone]) == 2
    assert "expected two people" in capsys.readouterr().err
    assert main(["archive", "hold", "REQ-8", *WORDS]) == 2
    assert "expected a data directory" in capsys.readouterr().err


def test_who_is_forgotten_is_gone_from_the_archive_at_its_next_start(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Shown first, decided by two, carried out; decided again, there is nothing left to decide."""
    with host_at_work(settings.data, minutes=2):
        archived(settings)

    assert main(["archive", "forget", "cy"]) == 0
    assert "named as cy: " in capsys.readouterr().out
    assert main(["archive", "forget", "cy", *WORDS]) == 0
    assert "each becomes an entry" in capsys.readouterr().out
    with host_at_work(settings.data, [], minutes=1):
        archived(settings)
    capsys.readouterr()

    assert main(["archive", "forget", "cy", *WORDS]) == 0
    assert "nothing in the archive" in capsys.readouterr().out
    assert main(["explain", "REQ-8", "--tenant", "acme"]) == 3
    assert "REQ-8 is not judged again" in capsys.readouterr().out
    assert main(["archive", "status"]) == 0
    assert "have let go of their bytes" in capsys.readouterr().out
    assert main(["explain", "REQ-7"]) == 0


def test_who_is_in_a_held_case_is_not_forgotten(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason for the hold is told; nor may the reason for forgetting name them."""
    with host_at_work(settings.data, minutes=2):
        archived(settings)
    assert main(["archive", "hold", "REQ-8", "--tenant", "acme", *WORDS]) == 0
    with host_at_work(settings.data, [], minutes=1):
        archived(settings)

    assert main(["archive", "forget", "cy", *WORDS]) == 2
    told = capsys.readouterr()
    assert "case REQ-8 is held" in told.out
    assert "REQ-8: ten years (ann and bo, " in told.err
    assert main(["archive", "forget", "cy", "--reason", "Cy has left", *WORDS[2:4]]) == 2
    told = capsys.readouterr()
    assert "--reason: found the person's own name" in told.err
    assert "--approver: found nothing" in told.err
