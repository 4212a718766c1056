"""The vault: a key for each name, and sealed under it whatever its pseudonyms stand for.

It is no log: it forgets. Pseudonyms whose key was destroyed name nobody any more.
"""

import hmac
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    delete,
    event,
    func,
    select,
    text,
)

from stream.archive.database import engine_at, told_as_ours
from stream.archive.rows import put
from stream.hosts.data_directory import make_private
from stream.pseudonyms.form import Meaning, pseudonym_of, salt_of

KEY_BITS = 256
ASKED_AT_ONCE = 500
"""Rows that one statement asks for at most."""
_LOCK = 0x_F0E7_E6
"""Who makes the tables in PostgreSQL holds this advisory lock meanwhile."""
_TABLES = MetaData()
_KEYS = Table(
    "pseudonym_keys",
    _TABLES,
    Column("digest", LargeBinary, primary_key=True, comment="of the name that the key is for"),
    Column("key", LargeBinary, nullable=False),
)
_SEALED = Table(
    "pseudonyms",
    _TABLES,
    Column("pseudonym", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False, index=True, comment="of whose key seals it"),
    Column("is_name", Boolean, nullable=False, comment="it is what the key is for"),
    Column("sealed", LargeBinary, nullable=False),
)
_DESTROYED = Table(
    "pseudonym_destructions",
    _TABLES,
    Column("decision", Text, primary_key=True),
    Column("pseudonyms", Integer, nullable=False, comment="how many it names"),
)


class Key(NamedTuple):
    """What makes and opens the pseudonyms of one name, and of what is said under it."""

    digest: bytes
    secret: bytes

    def pseudonym(self, words: str) -> str:
        """What stands for words: the same each time, until the key is destroyed."""
        return pseudonym_of(salt_of(self.secret, words), words)


class Vault:
    """Keys and sealed names in SQL: a file of its own, or PostgreSQL. Several may use it at once.

    Whatever is asked of it may raise ArchiveUnavailableError (wait: nothing is lost).
    """

    def __init__(self, engine: Engine, durable: Engine | None = None) -> None:
        """`durable` is the same database where a commit waits for the disk, if not every one does.

        A key may be lost that has made no pseudonym yet. A database's log is written in order, so
        what was committed before something that is durable is so as well.
        """
        self._engine = engine
        self._durable = durable or engine

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
        self._durable.dispose()

    # --- making pseudonyms --------------------------------------------------------------------

    def key_of(self, name: str) -> Key:
        """The key of a name; a new one for a name that is new, or forgotten."""
        known = self._key(digest_of(name))
        if known is not None:
            return known
        key = Key(digest_of(name), AESSIV.generate_key(KEY_BITS))
        with told_as_ours(self._engine), self._engine.begin() as connection:
            # Somebody else may have met the same name meanwhile: then that key counts.
            put(connection, _KEYS, [{"digest": key.digest, "key": key.secret}])
        return self._key(key.digest) or key

    def _key(self, digest: bytes) -> Key | None:
        with told_as_ours(self._engine), self._engine.connect() as connection:
            found = connection.execute(select(_KEYS).where(_KEYS.c.digest == digest)).first()
        return None if found is None else Key(bytes(found.digest), bytes(found.key))

    def keys(self, limit: int) -> dict[bytes, Key]:
        """So many keys that there are, by the digests of their names."""
        with told_as_ours(self._engine), self._engine.connect() as connection:
            rows = connection.execute(select(_KEYS).limit(limit))
            return {bytes(row.digest): Key(bytes(row.digest), bytes(row.key)) for row in rows}

    def keep(self, told: Iterable[tuple[Key, str]]) -> None:
        """Keep what pseudonyms stand for: each with its key, in one transaction.

        With it, all keys that were made before are durable.
        """
        rows = [_row(key, words) for key, words in told]
        with told_as_ours(self._engine), self._durable.begin() as connection:
            put(connection, _SEALED, rows)

    def destructions(self) -> int:
        """How often keys were destroyed: what is remembered of keys counts until then."""
        with told_as_ours(self._engine), self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(_DESTROYED)).scalar_one()

    # --- telling names ------------------------------------------------------------------------

    def pseudonym(self, name: str) -> str:
        """What stands for a name in the record; the name itself where nothing does."""
        key = self._key(digest_of(name))
        return name if key is None else key.pseudonym(name)

    def of(self, pseudonyms: Collection[str]) -> dict[str, str]:
        """The words behind some pseudonyms, as far as their keys are there."""
        return {each: known.words for each, known in self.meanings(pseudonyms).items()}

    def meanings(self, pseudonyms: Collection[str]) -> dict[str, Meaning]:
        """What pseudonyms stand for, as far as their keys are there."""
        wanted = sorted(pseudonyms)
        found: dict[str, Meaning] = {}
        for at in range(0, len(wanted), ASKED_AT_ONCE):
            some = _SEALED.c.pseudonym.in_(wanted[at : at + ASKED_AT_ONCE])
            found.update(self._opened(some))
        return found

    def everything(self) -> Iterator[tuple[str, Meaning]]:
        """Every pseudonym that stands for anything."""
        yield from self._opened(_SEALED.c.pseudonym.is_not(None))

    def _opened(self, which: Any) -> Iterator[tuple[str, Meaning]]:
        asked = select(_SEALED, _KEYS.c.key).join(_KEYS, _KEYS.c.digest == _SEALED.c.digest)
        with told_as_ours(self._engine), self._engine.connect() as connection:
            for row in connection.execute(asked.where(which)):
                meaning = _meaning(row)
                if meaning is not None:
                    yield row.pseudonym, meaning

    # --- forgetting ---------------------------------------------------------------------------

    def destroy(self, pseudonyms: Sequence[str], decision: str) -> None:
        """Destroy the keys of names, with all that is sealed under them, and single texts.

        The same decision again does nothing: a name may have come anew since.
        """
        known = select(_DESTROYED).where(_DESTROYED.c.decision == decision)
        with told_as_ours(self._engine), self._durable.begin() as connection:
            if connection.execute(known).first() is not None:
                return
            put(connection, _DESTROYED, [{"decision": decision, "pseudonyms": len(pseudonyms)}])
            for at in range(0, len(pseudonyms), ASKED_AT_ONCE):
                these = _SEALED.c.pseudonym.in_(pseudonyms[at : at + ASKED_AT_ONCE])
                names = select(_SEALED.c.digest).where(these & _SEALED.c.is_name)
                digests = [row.digest for row in connection.execute(names)]
                connection.execute(delete(_KEYS).where(_KEYS.c.digest.in_(digests)))
                gone = these | _SEALED.c.digest.in_(digests)
                connection.execute(delete(_SEALED).where(gone))
        self._scrub()

    def _scrub(self) -> None:
        """Leave nothing of what was deleted in the database's own files."""
        is_file = self._engine.dialect.name == "sqlite"
        engine = self._engine.execution_options(
            **({"is_in_transaction": False} if is_file else {"isolation_level": "AUTOCOMMIT"})
        )
        words = "PRAGMA wal_checkpoint(TRUNCATE)" if is_file else "VACUUM FULL pseudonyms"
        with told_as_ours(engine), engine.connect() as connection:
            connection.exec_driver_sql(words)
            if not is_file:
                connection.exec_driver_sql("VACUUM FULL pseudonym_keys")


def open_vault(url: str) -> Vault:
    """Open a vault, and make it where there is none. Raises ArchiveError."""
    engine, durable = engine_at(url), None
    if engine.dialect.name == "sqlite":
        make_private(Path(str(engine.url.database)))
        durable = engine_at(url)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(durable, "connect", _prepare_durable)
    with told_as_ours(engine), engine.execution_options(is_writing=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _TABLES.create_all(connection)
    return Vault(engine, durable)


def digest_of(name: str) -> bytes:
    """By what the key of a name is found."""
    return sha256(name.encode()).digest()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA secure_delete=ON")


def _prepare_durable(connection: Any, record: object) -> None:
    _prepare_sqlite(connection, record)
    connection.execute("PRAGMA synchronous=FULL")


def _row(key: Key, words: str) -> dict[str, Any]:
    pseudonym = key.pseudonym(words)
    return {
        "pseudonym": pseudonym,
        "digest": key.digest,
        "is_name": digest_of(words) == key.digest,
        "sealed": _sealing(key.secret).encrypt(words.encode(), [pseudonym.encode()]),
    }


def _meaning(row: Row[Any]) -> Meaning | None:
    """Open what is sealed; None where it was sealed under a key that has been destroyed."""
    secret = bytes(row.key)
    try:
        words = _sealing(secret).decrypt(bytes(row.sealed), [row.pseudonym.encode()]).decode()
    except InvalidTag:
        return None
    return Meaning(words, salt_of(secret, words))


def _sealing(secret: bytes) -> AESSIV:
    """The cipher of a key; what makes salts is another key, though one follows from the other."""
    return AESSIV(hmac.digest(secret, b"seals", "sha256"))
