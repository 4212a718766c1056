"""How far each reader outside has read, in a small file of its own beside the record."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from stream.hosts.store import StorageUnavailableError

FILE = "cursors.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS positions (
  name TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (name, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (
  name TEXT NOT NULL, row TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (name, row)
);
"""


class StoredCursors:
    """Positions and rows by reader's name (see `stream.desk.embedded.Cursors`).

    A reader that is killed between its work and `save` does that work again: losing the file
    costs repeats, never a finding.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._path.touch(mode=0o600)
        self._connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_SCHEMA)

    def load(self, destination: str) -> tuple[dict[int, int], dict[str, bytes]]:
        """A reader's positions by partition, and the rows it keeps with them."""
        positions = self._connection.execute(
            "SELECT partition, position FROM positions WHERE name=?", (destination,)
        )
        rows = self._connection.execute("SELECT row, value FROM kept WHERE name=?", (destination,))
        return dict(positions.fetchall()), dict(rows.fetchall())

    def save(
        self, destination: str, positions: Mapping[int, int], rows: Mapping[str, bytes | None]
    ) -> None:
        """Store what is handed in, at once. Raises StorageUnavailableError."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "INSERT OR REPLACE INTO positions VALUES (?, ?, ?)",
                [(destination, partition, at) for partition, at in positions.items()],
            )
            self._connection.executemany(
                "DELETE FROM kept WHERE name=? AND row=?",
                [(destination, row) for row, value in rows.items() if value is None],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)",
                [(destination, row, value) for row, value in rows.items() if value is not None],
            )
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise StorageUnavailableError(path=self._path, reason=str(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
