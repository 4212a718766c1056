"""An office with an archive, a key and an exporter: what the tests read is exported here."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from rules.ledger.checkpoint import (
    Kind,
    Note,
    cosignature,
    cosigned_text,
    read_checkpoint,
    read_note,
    write_note,
)
from stream.archive.database import open_database, sqlite_url
from stream.archive.keys import PrivateKey
from stream.archive.notary import Notary
from stream.archive.reader import Archive
from stream.archive.writer import PartitionWriter
from stream.exports.checking import verify
from stream.exports.defects import Report
from stream.exports.layout import Selection
from stream.exports.trust import Trust, Trusted
from stream.exports.writing import Exporter
from tests.archive.trails import company

MADE_AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
SEEN_AT = int(MADE_AT.timestamp()) - 60


def key(name: str, seed: int, kind: Kind = Kind.SIGNS) -> PrivateKey:
    """A key that is the same in every run."""
    return PrivateKey(name, kind, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


KEY = key("acme", 1)
OTHER_KEY = key("acme", 2)
WITNESS = key("witness.example", 3, Kind.COSIGNS)


def cosigned(note: Note, text: str | None = None) -> Note:
    """A note with the witness' word on it: on its text, or on another."""
    signature = WITNESS.sign(cosigned_text(note.text if text is None else text, SEEN_AT))
    return Note(note.text, (*note.signatures, cosignature(WITNESS.key, SEEN_AT, signature)))


@dataclass
class Office:
    """An archive of some partitions, and who exports from it."""

    engine: Engine
    directory: Path

    def __post_init__(self) -> None:
        self.archive = Archive(self.engine)
        self.notary = Notary(self.archive, "acme", [KEY])
        self.exporter = Exporter(self.archive, self.notary)

    def cosign(self) -> None:
        """Let the witness cosign what there is."""
        for partition, note in self.notary.issue().items():
            text = write_note(cosigned(note)).decode()
            size = int(note.text.split("\n")[1])
            self.archive.keep_checkpoint(partition, size, text)

    def export(self, selection: Selection, name: str = "export.zip") -> Path:
        """Write a file."""
        path = self.directory / name
        self.exporter.write(selection, path, MADE_AT)
        return path


def opened(
    directory: Path, partitions: int = 2, cases: int = 12, engine: Engine | None = None
) -> Office:
    """An office over a small company: cosigned half way, and gone on since.

    Its archive is a SQLite file, or where `engine` says.
    """
    engine = engine or open_database(sqlite_url(directory / "archive.sqlite3"))
    office = Office(engine, directory)
    trails = [company(cases, partition=number).trail for number in range(partitions)]
    for number, trail in enumerate(trails):
        PartitionWriter(engine, number).write(trail[: len(trail) // 2])
    office.cosign()
    for number, trail in enumerate(trails):
        PartitionWriter(engine, number).write(trail)
    return office


def checked(path: Path, *trusted: Trusted, held: tuple[bytes, ...] = ()) -> Report:
    """Check a file by the office's key and the witness', or by those given."""
    keys = trusted or (Trusted(KEY.key), Trusted(WITNESS.key))
    return verify(path, Trust(keys, [read_checkpoint(read_note(each).text) for each in held]))
