"""The archive on Debian's PostgreSQL: what is owed on SQLite is owed here."""

from tests.archive.archive_contract import ArchiveContract


class TestPostgres(ArchiveContract):
    """A server."""

    lives_grow_by = 0.006
