"""Where the archive is kept: SQLite or PostgreSQL, opened, brought up to date, spoken to alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from stream.archive.schema import REVISION, ArchiveError
from stream.hosts.data_directory import make_private

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # A lost end is read from the trail again: entries and cursor are lost together.
    "PRAGMA synchronous=NORMAL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA cache_size=-65536",
    "PRAGMA foreign_keys=ON",
)
_VERSIONS = "alembic_version"
_LOCK = 0x_F0E7_E5
"""Who upgrades an archive in PostgreSQL holds this advisory lock meanwhile."""


class ArchiveUnavailableError(ArchiveError):
    """The database does not answer or can not be written at present: wait, nothing is lost."""


def sqlite_url(path: Path) -> str:
    """The URL of an archive in a file."""
    return f"sqlite:///{path.absolute()}"


def open_database(url: str) -> Engine:
    """Open the archive to write it, and bring its tables up to date. Raises ArchiveError."""
    engine = engine_at(url)
    if engine.dialect.name == "sqlite":
        make_private(Path(str(engine.url.database)))
    if _revision(engine) != REVISION:
        # Whoever upgrades an archive waits for whoever is at it, and then finds it done.
        with told_as_ours(engine), engine.execution_options(is_writing=True).begin() as connection:
            _upgrade(connection)
    return engine


def open_to_read(url: str) -> Engine:
    """Open an archive as it is. Raises ArchiveError where there is none, or one of another form."""
    engine = engine_at(url)
    path = engine.url.database
    if engine.dialect.name == "sqlite" and not Path(str(path)).exists():
        raise ArchiveError(
            where=str(path), found="nothing", expected="an archive: foureyes run makes it"
        )
    found = _revision(engine)
    if found != REVISION:
        raise ArchiveError(
            where=engine.url.render_as_string(hide_password=True),
            found=f"tables of revision {found}",
            expected=f"revision {REVISION}: foureyes run brings it up to date",
        )
    return engine


def engine_at(url: str) -> Engine:
    """Speak to a database as ours are spoken to. Raises ArchiveError for a URL that is none."""
    try:
        engine = create_engine(_with_driver(url), pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ArchiveError(
            where="the archive", found="a URL that is none", expected="sqlite:/// or postgresql://"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _revision(engine: Engine) -> str | None:
    """Which revision the tables are of; None where there are none yet."""
    with told_as_ours(engine), engine.connect() as connection:
        if not inspect(connection).has_table(_VERSIONS):
            return None
        found = connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar()  # noqa: S608
    return None if found is None else str(found)


def _with_driver(url: str) -> str:
    told = make_url(url)
    if told.drivername in ("postgresql", "postgres"):
        told = told.set(drivername="postgresql+psycopg")
    return told.render_as_string(hide_password=False)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's own way would leave the making of tables outside any transaction.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("is_in_transaction", True):
        return
    is_writing = options.get("is_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _upgrade(connection: Connection) -> None:
    # Only an archive that is not up to date needs alembic.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", "stream.archive:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def told_as_ours(engine: Engine) -> Iterator[None]:
    """Let what a database raises out as ArchiveUnavailableError, which names it without secrets."""
    # What is handed to the driver itself comes back as the driver's own.
    drivers: type[Exception] = engine.dialect.loaded_dbapi.Error
    try:
        yield
    except (DBAPIError, drivers) as error:
        told = error.orig if isinstance(error, DBAPIError) else error
        raise ArchiveUnavailableError(
            where=engine.url.render_as_string(hide_password=True),
            found=str(told).strip().partition("\n")[0],
            expected="a database that answers",
        ) from error
