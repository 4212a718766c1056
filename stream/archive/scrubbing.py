"""Rewrites the database's files once bytes have gone: what was deleted still lies about in them.

What the database does not own is not reached: backups, a server's own log, freed blocks of a disk.
"""

from collections.abc import Sequence

from sqlalchemy import Engine, select, update

from stream.archive.database import ArchiveUnavailableError, told_as_ours
from stream.archive.schema import LOGS
from stream.log import logger

LOG = logger(__name__)
_SQLITE = ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
_POSTGRESQL = (
    # Whoever reads meanwhile is not waited for longer than this.
    "SET lock_timeout = '10s'",
    "VACUUM FULL entries, names, findings, standings, cases",
    "RESET lock_timeout",
)


def scrub(engine: Engine) -> bool:
    """Rewrite the files if that is owed; whether nothing is owed any more.

    It takes as long as copying the archive. Where somebody reads or writes it stays owed, until
    bytes go again or a writer begins: that survives whoever dies meanwhile.
    """
    try:
        return _scrub(engine)
    except ArchiveUnavailableError as error:
        LOG.warning("archive not scrubbed yet", reason=str(error))
        return False


def _scrub(engine: Engine) -> bool:
    owed = select(LOGS.c.partition, LOGS.c.unscrubbed_id).where(LOGS.c.unscrubbed_id.is_not(None))
    with told_as_ours(engine), engine.connect() as connection:
        rows = connection.execute(owed).all()
    if not rows:
        return True
    with told_as_ours(engine):
        is_whole = _rewrite(engine)
    if not is_whole:
        LOG.warning("archive not scrubbed yet", reason="somebody reads it")
        return False
    with told_as_ours(engine), engine.begin() as connection:
        for row in rows:
            is_this = (LOGS.c.partition == row.partition) & (
                LOGS.c.unscrubbed_id == row.unscrubbed_id
            )
            connection.execute(update(LOGS).where(is_this).values(unscrubbed_id=None))
    return True


def _rewrite(engine: Engine) -> bool:
    """Whether the files hold nothing any more but what the tables do."""
    if engine.dialect.name == "postgresql":
        _run(engine.execution_options(isolation_level="AUTOCOMMIT"), _POSTGRESQL)
        return True
    is_busy, *_ = _run(engine.execution_options(is_in_transaction=False), _SQLITE)
    return not is_busy


def _run(engine: Engine, statements: Sequence[str]) -> Sequence[int]:
    with engine.connect() as connection:
        told = [connection.exec_driver_sql(each) for each in statements][-1]
        return told.one() if told.returns_rows else ()
