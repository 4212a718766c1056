"""The archive as the settings have it: where it is, who signs, where the trail comes from."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from rules.ledger.checkpoint import read_key
from stream.archive.archivist import Archivist
from stream.archive.database import FILE, open_database, sqlite_url
from stream.archive.keys import CommandKey, KeyFileError, Signer, keys_in
from stream.archive.notary import Notary
from stream.archive.reader import Archive
from stream.archive.trail import KafkaTrail, StoredTrail, Trail
from stream.settings import Settings

KEY_FILE = "archive.key"


def engine_of(settings: Settings) -> Engine:
    """Open the archive. Raises ArchiveError."""
    if settings.archive_url is not None:
        return open_database(settings.archive_url.get_secret_value())
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_database(sqlite_url(settings.data / FILE))


def signers_of(settings: Settings) -> list[Signer]:
    """Who signs. Raises KeyFileError and InvalidNoteError."""
    if settings.archive_sign_command is None:
        path = settings.archive_key or settings.data / KEY_FILE
        return [*keys_in(path, settings.archive_name)]
    if settings.archive_sign_key is None:
        raise KeyFileError(
            where="FOUREYES_ARCHIVE_SIGN_KEY", found="nothing", expected="the command's public key"
        )
    return [CommandKey(settings.archive_sign_command, read_key(settings.archive_sign_key))]


def notary_of(settings: Settings, engine: Engine) -> Notary:
    """Whoever signs the archive's checkpoints."""
    return Notary(Archive(engine), settings.archive_name, signers_of(settings))


def trail_of(settings: Settings) -> Trail:
    """The trail that the settings speak of; nothing is read yet. Raises DataDirectoryError."""
    if settings.kafka_bootstrap:
        # Only who reads from Kafka needs its client: it is imported here and not before.
        from stream.running.deployment import client_of  # noqa: PLC0415

        return KafkaTrail(client_of(settings), settings.kafka_partitions)
    return StoredTrail(settings.data)


@contextmanager
def archivist_of(settings: Settings) -> Iterator[Archivist]:
    """Whoever keeps the archive up with the trail, for as long as the context lasts."""
    engine = engine_of(settings)
    archivist = Archivist(engine, trail_of(settings), notary_of(settings, engine))
    try:
        yield archivist
    finally:
        archivist.close()
