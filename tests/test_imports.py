"""Who does not use the archive does not wait for what only the archive needs."""

import subprocess
import sys

import pytest

ARCHIVES = {"sqlalchemy", "alembic", "cryptography", "psycopg"}
EVERY_VERB = "from stream.cli import build_parser; build_parser()"


@pytest.mark.parametrize("what", [EVERY_VERB, "import stream.running.on_kafka"])
def test_sql_and_keys_are_imported_by_who_writes_or_reads_the_archive_only(what: str) -> None:
    """SQLAlchemy and alembic take a third of a second: `foureyes rules` does not pay for them."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", what],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}

    assert "stream" in imported
    assert not imported & ARCHIVES
