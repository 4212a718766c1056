"""The archive as the settings have it: where it is, who signs, where the trail comes from."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from rules.ledger.checkpoint import read_key
from rules.machines.contract import TRAIL
from stream.archive.archivist import Archivist
from stream.archive.asking import FILE
from stream.archive.cosigning import Cosigner
from stream.archive.database import open_database, open_to_read, sqlite_url
from stream.archive.keys import CommandKey, KeyFileError, Signer, keys_in
from stream.archive.notary import Notary
from stream.archive.reader import Archive
from stream.archive.trail import KafkaTrail, StoredTrail, Trail
from stream.hosts.store import FILE as RECORD
from stream.hosts.store import Store
from stream.pseudonyms.place import vault_if_keyed
from stream.settings import Settings
from stream.topics import trail_partitions

KEY_FILE = "archive.key"


def engine_of(settings: Settings) -> Engine:
    """Open the archive. Raises ArchiveError."""
    if settings.archive_url is None:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_database(url_of(settings))


@contextmanager
def reading(settings: Settings) -> Iterator[Archive]:
    """Look at the archive as it is, also while it is written. Raises ArchiveError."""
    engine = open_to_read(url_of(settings))
    try:
        yield Archive(engine)
    finally:
        engine.dispose()


def url_of(settings: Settings) -> str:
    """Where the archive is."""
    if settings.archive_url is not None:
        return settings.archive_url.get_secret_value()
    return sqlite_url(settings.data / FILE)


def is_behind(settings: Settings, archive: Archive) -> bool:
    """Whether the trail in the data directory has more than the archive; on Kafka nobody knows."""
    if settings.kafka_bootstrap or not (settings.data / RECORD).exists():
        return False
    positions = archive.positions()
    with closing(Store(settings.data, read_only=True)) as store:
        return any(
            store.end(TRAIL, partition) > positions.get(partition, 0)
            for partition in store.partitions(TRAIL)
        )


def key_file_of(settings: Settings) -> Path:
    """Where the keys are that sign. Raises KeyFileError where a command signs."""
    if settings.archive_sign_command is not None:
        raise KeyFileError(
            where="FOUREYES_ARCHIVE_SIGN_COMMAND", found="a command", expected="a key of our own"
        )
    return settings.archive_key or settings.data / KEY_FILE


def signers_of(settings: Settings) -> list[Signer]:
    """Who signs. Raises KeyFileError and InvalidNoteError."""
    if settings.archive_sign_command is None:
        return [*keys_in(key_file_of(settings), settings.archive_name)]
    if settings.archive_sign_key is None:
        raise KeyFileError(
            where="FOUREYES_ARCHIVE_SIGN_KEY", found="nothing", expected="the command's public key"
        )
    return [CommandKey(settings.archive_sign_command, read_key(settings.archive_sign_key))]


def notary_of(settings: Settings, engine: Engine) -> Notary:
    """Whoever signs the archive's checkpoints."""
    return Notary(Archive(engine), settings.archive_name, signers_of(settings))


def cosigner_of(settings: Settings, engine: Engine) -> Cosigner | None:
    """Who has checkpoints cosigned, if there is a witness. Raises InvalidNoteError."""
    if settings.witness_url is None or settings.witness_key is None:
        return None
    return Cosigner(Archive(engine), settings.witness_url, read_key(settings.witness_key))


def trail_of(settings: Settings) -> Trail:
    """The trail that the settings speak of; nothing is read yet. Raises DataDirectoryError."""
    if settings.kafka_bootstrap:
        # Only who reads from Kafka needs its client: it is imported here and not before.
        from stream.running.deployment import client_of  # noqa: PLC0415

        return KafkaTrail(client_of(settings), trail_partitions(settings.kafka_partitions))
    return StoredTrail(settings.data)


@contextmanager
def archivist_of(settings: Settings) -> Iterator[Archivist]:
    """Whoever keeps the archive up with the trail, for as long as the context lasts."""
    engine = engine_of(settings)
    cosigner = cosigner_of(settings, engine)
    with vault_if_keyed(settings) as vault:
        destroy = None if vault is None else vault.destroy
        archivist = Archivist(
            engine, trail_of(settings), notary_of(settings, engine), cosigner, destroy
        )
        try:
            yield archivist
        finally:
            archivist.close()
