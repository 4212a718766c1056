"""An archive and its witness: checkpoints go there, cosignatures come back, deceit is found out."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest

from rules.ledger.checkpoint import (
    Checkpoint,
    Key,
    Kind,
    Note,
    read_key,
    read_note,
    write_note,
)
from rules.ledger.proofs import range_root
from stream.archive.archivist import Archivist
from stream.archive.cosigning import Cosigner, WitnessRefusedError
from stream.archive.database import open_database, sqlite_url
from stream.archive.keys import is_signed_by, keys_in, rotate
from stream.archive.notary import Notary
from stream.archive.reader import Archive
from stream.archive.writer import PartitionWriter
from stream.exports.checking import verify
from stream.exports.layout import Selection
from stream.exports.trust import Trust, Trusted
from stream.exports.writing import Exporter
from tests.archive.trails import ToldTrail, company
from tests.exports.office import MADE_AT, key
from tests.programs import FOUREYES, page
from tests.servers import free_ports

NAME = "foureyes.example"
TRAIL = company().trail
OTHER = company(20).trail


class Running(NamedTuple):
    """A witness in a process of its own."""

    url: str
    key: Key
    process: subprocess.Popen[str]


@contextmanager
def witness(directory: Path, log: Key) -> Iterator[Running]:
    """`foureyes witness` as somebody else would run it."""
    (port,) = free_ports(1)
    words = ["--name", "witness.example", "--state", str(directory), "--log", str(log)]
    with subprocess.Popen(
        [*FOUREYES, "witness", *words, "--port", str(port)],
        env={**os.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        key = read_key(process.stdout.readline().strip())
        assert "ready" in process.stderr.readline()
        yield Running(f"http://127.0.0.1:{port}", key, process)
        process.send_signal(signal.SIGTERM)


async def caught_up(directory: Path, name: str, told: ToldTrail, asked: Running) -> Note:
    """Write, sign and have cosigned what a trail says; give the archive's last checkpoint."""
    engine = open_database(sqlite_url(directory / f"{name}.sqlite3"))
    notary = Notary(Archive(engine), NAME, keys_in(directory / "archive.key", NAME))
    cosigner = Cosigner(Archive(engine), asked.url, asked.key)
    keeper = Archivist(engine, told, notary, cosigner)
    try:
        await keeper.catch_up()
        return read_note((Archive(engine).checkpoint(0) or "").encode())
    finally:
        await asyncio.to_thread(keeper.close)


async def test_a_log_that_grows_is_cosigned_and_one_that_was_exchanged_is_found_out(
    tmp_path: Path,
) -> None:
    """The operator has the database, the key and the trail; the witness has what was signed."""
    (key,) = keys_in(tmp_path / "archive.key", NAME)
    with witness(tmp_path / "witness", key.key) as asked:
        await caught_up(tmp_path, "archive", ToldTrail(TRAIL[:10]), asked)
        note = await caught_up(tmp_path, "archive", ToldTrail(TRAIL), asked)
        rotate(tmp_path / "archive.key", NAME)
        rotated = await caught_up(tmp_path, "archive", ToldTrail(TRAIL), asked)
        # The archive is thrown away, and another past is signed with the same key.
        for name, trail in (("shorter", TRAIL[:10]), ("other", OTHER)):
            with pytest.raises(WitnessRefusedError, match="only grows"):
                await caught_up(tmp_path, name, ToldTrail(trail), asked)
        shown = await asyncio.to_thread(page, asked.url)
        alive = await asyncio.to_thread(page, asked.url, "healthz")

    assert is_signed_by(note, key.key)
    assert is_signed_by(note, asked.key)
    assert is_signed_by(rotated, asked.key)
    assert len(rotated.signatures) == 3
    assert 'foureyes_witness_refusals_total{reason="unproven"} 1.0' in shown
    assert alive == '{"alive": true}'
    assert asked.process.returncode == 1


async def test_an_export_shows_what_the_witness_signed_last_however_long_ago(
    tmp_path: Path,
) -> None:
    """Dozens of checkpoints later the cosigned one is still found, shown, and counts."""
    (signer,) = keys_in(tmp_path / "archive.key", NAME)
    with witness(tmp_path / "witness", signer.key) as asked:
        await caught_up(tmp_path, "archive", ToldTrail(TRAIL[:10]), asked)
    engine = open_database(sqlite_url(tmp_path / "archive.sqlite3"))
    archive = Archive(engine)
    (cosigned,) = archive.logs()
    notary = Notary(archive, NAME, [signer])
    writer = PartitionWriter(engine, 0)
    writer.write(TRAIL)
    (whole,) = archive.logs()
    for size in range(cosigned.size + 1, whole.size):
        archive.keep_checkpoint(0, size, write_note(alone(notary, archive, size)).decode())
    export = tmp_path / "everything.zip"
    Exporter(archive, notary).write(Selection(kind="everything"), export, MADE_AT)
    engine.dispose()
    trusted = [Trusted(signer.key), Trusted(asked.key)]
    report = verify(export, Trust(trusted, []))
    stranger = key("witness.example", 9, Kind.COSIGNS).key

    with ZipFile(export) as packed:
        assert f"logs/0/{cosigned.size}.note" in packed.namelist()
    assert (report.code, report.defects, report.untold) == (0, [], [])
    assert verify(export, Trust([Trusted(signer.key), Trusted(stranger)], [])).code != 0


def alone(notary: Notary, archive: Archive, size: int) -> Note:
    """A checkpoint that only the archive signed."""
    root = range_root(0, size, archive.node(0))
    return notary.sign(Checkpoint(origin=f"{NAME}/0", size=size, root=root).text())


async def test_a_witness_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    """The archive signs alone; it is cosigned when the witness is back."""
    (key,) = keys_in(tmp_path / "archive.key", NAME)
    with witness(tmp_path / "witness", key.key) as asked:
        pass

    alone = await caught_up(tmp_path, "archive", ToldTrail(TRAIL), asked)
    with witness(tmp_path / "witness", key.key) as back:
        together = await caught_up(tmp_path, "archive", ToldTrail(TRAIL), back)

    assert [is_signed_by(alone, each) for each in (key.key, asked.key)] == [True, False]
    assert [is_signed_by(together, each) for each in (key.key, asked.key)] == [True, True]
    assert asked.process.returncode == 0
