"""The archive's tables: what the migrations lead to is what the program speaks of."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from stream.archive.database import open_database, open_to_read, sqlite_url
from stream.archive.schema import METADATA, REVISION, ArchiveError


def test_migrations_lead_to_the_tables_that_are_spoken_of(engine: Engine) -> None:
    """A column that is in one and not in the other would be found out by an operator."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        found = context.get_current_revision()
        different = compare_metadata(context, METADATA)

    assert (found, different) == (REVISION, [])


def test_an_archive_that_is_only_read_is_not_made(tmp_path: Path) -> None:
    """Nor is one of another release changed: both are told."""
    path = tmp_path / "archive.sqlite3"
    with pytest.raises(ArchiveError, match="foureyes run makes it"):
        open_to_read(sqlite_url(path))
    assert not path.exists()

    engine = open_database(sqlite_url(path))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    with pytest.raises(ArchiveError, match="revision 0000; expected revision"):
        open_to_read(sqlite_url(path))


def test_what_is_no_address_of_an_archive_is_refused() -> None:
    """Without a word of what may be a password in it."""
    with pytest.raises(ArchiveError, match="a URL that is none"):
        open_database("nothing://secret")
