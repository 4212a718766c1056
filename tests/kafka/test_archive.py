"""The archive as a role of its own on Kafka: killed again and again, it holds the trail once."""

import os
import random
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, Row, func, select

from rules.ledger.checkpoint import read_checkpoint, read_note
from rules.machines.contract import TRAIL, Record
from stream.archive.database import open_database, sqlite_url
from stream.archive.keys import is_signed_by, keys_in
from stream.archive.reader import Archive
from stream.archive.schema import ENTRIES
from stream.archive.writer import PartitionWriter
from stream.topics import trail_partitions
from tests.archive.archive_contract import but_for_checkpoints
from tests.benchmarks.events import raw_events
from tests.kafka.broker import Broker
from tests.kafka.topics import fetch_all
from tests.programs import FOUREYES, bodies, page, post, running, wait_until

PARTITIONS = 2
CASES = 400
KILLS = 6
SECONDS_MAX = 90.0
NAME = "foureyes.example"
POSITION = 'foureyes_position_records{partition="1",role="archive"}'


async def test_an_archive_that_is_killed_again_and_again_holds_the_trail_once(
    own: Broker, tmp_path: Path
) -> None:
    """While the judge goes on writing; what an orderly end leaves is whole and signed."""
    settings = {
        "FOUREYES_DATA": str(tmp_path / "data"),
        "FOUREYES_FINDINGS": "none",
        "FOUREYES_KAFKA_BOOTSTRAP": own.bootstrap,
        "FOUREYES_KAFKA_PARTITIONS": str(PARTITIONS),
        "FOUREYES_KAFKA_RAW_PARTITIONS": "1",
        "FOUREYES_ARCHIVE_NAME": NAME,
    }
    log = tmp_path / "run.log"
    url = sqlite_url(tmp_path / "data" / "archive.sqlite3")
    chance = random.Random(6)
    roles = ("intake", "linker", "judge", "receive")
    lines = raw_events(CASES, begin=datetime.now(UTC) - timedelta(minutes=30))
    with running(settings, log, *roles) as run:
        for number, body in enumerate(bodies(lines)):
            post(run.url, body)
            if number % (len(lines) // 40 // KILLS) == 0:
                kill_an_archive(settings, chance, log)
        with running(settings, log, "archive") as archive:
            wait_until(lambda: size_of(url) >= len(lines), SECONDS_MAX, log)
            wait_until(lambda: POSITION in page(archive.url), SECONDS_MAX, log)
            shown = page(archive.url)
    trail = await fetch_all(own.bootstrap, TRAIL)
    with running(settings, log, "archive"):
        pass

    said = [
        [Record(each.offset, each.value or b"") for each in trail if each.partition == partition]
        for partition in range(trail_partitions(PARTITIONS))
    ]
    engine = open_database(url)
    assert but_for_checkpoints(engine) == written_at_once(said, tmp_path)
    assert "foureyes_checkpoints_refused 0.0" in shown
    check_checkpoints(engine, tmp_path / "data" / "archive.key")
    engine.dispose()


def kill_an_archive(settings: dict[str, str], chance: random.Random, log: Path) -> None:
    """Start the archive and kill it at a moment of chance: as it begins, or at work."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            [*FOUREYES, "run", "archive"],
            env={**os.environ, **settings, "FOUREYES_HTTP_PORT": "0"},
            stdout=said,
            stderr=said,
        )
    time.sleep(0.5 + 2.5 * chance.random())
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, log.read_text()


def size_of(url: str) -> int:
    """How many entries an archive holds."""
    engine = open_database(url)
    with engine.connect() as connection:
        count = connection.execute(select(func.count()).select_from(ENTRIES)).scalar_one()
    engine.dispose()
    return int(count)


def written_at_once(
    said: list[list[Record]], directory: Path
) -> dict[str, list[Row[tuple[object, ...]]]]:
    """What an archive holds that a loop has written."""
    engine = open_database(sqlite_url(directory / "at-once.sqlite3"))
    for partition, records in enumerate(said):
        PartitionWriter(engine, partition).write(records)
    held = but_for_checkpoints(engine)
    engine.dispose()
    return held


def check_checkpoints(engine: Engine, key_file: Path) -> None:
    """The last checkpoint of each partition is of all that is there, and signed."""
    archive = Archive(engine)
    (key,) = keys_in(key_file, NAME)
    for log in archive.logs():
        note = read_note((archive.checkpoint(log.partition) or "").encode())
        told = read_checkpoint(note.text)
        assert (told.origin, told.size, told.root) == (
            f"{NAME}/{log.partition}",
            log.size,
            log.root,
        )
        assert is_signed_by(note, key.key)
