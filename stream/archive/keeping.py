"""Carries out, in one partition of the archive, what two people decided about keeping.

It follows from the trail alone: at this entry, in this order. So two archives of one trail keep the
same, and one that is read anew lets go of the same again.
"""

import json
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, update

from rules.machines.keeping import Act, Keeping, read_keeping
from stream.archive.forgetting import forget
from stream.archive.leaves import DamagedTrailError
from stream.archive.moments import microseconds
from stream.archive.schema import CASES, ENTRIES, FINDINGS, LOGS, NAMES, STANDINGS, entry_id


def keys_to_destroy(body: bytes) -> tuple[str, ...]:
    """The pseudonyms whose keys an entry about keeping destroys. Raises DamagedTrailError."""
    keeping = _read(body)
    return keeping.pseudonyms if keeping.act is Act.DESTROY_KEYS else ()


def _read(body: bytes) -> Keeping:
    try:
        return read_keeping(json.loads(body))
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedTrailError(
            where="an entry about keeping", found=str(error), expected="a decision of two people"
        ) from error


def carry_out(connection: Connection, body: bytes, entry: int, partition: int) -> None:
    """Do what an entry says; note that bytes have gone, if so. Raises DamagedTrailError."""
    keeping = _read(body)
    if keeping.act in (Act.HOLD, Act.RELEASE):
        _hold(connection, keeping, entry)
        return
    if keeping.act is Act.DESTROY_KEYS:
        return
    if keeping.until is not None:
        _let_go(connection, entry, _expired(keeping.until, partition))
    forget(connection, keeping.places, entry)
    is_of_this = LOGS.c.partition == partition
    connection.execute(update(LOGS).where(is_of_this).values(unscrubbed_id=entry))


def _hold(connection: Connection, keeping: Keeping, entry: int) -> None:
    is_meant = (CASES.c.tenant == (keeping.tenant or "")) & (CASES.c.name == keeping.case)
    held = entry if keeping.act is Act.HOLD else None
    connection.execute(update(CASES).where(is_meant).values(held_id=held))


def _expired(until: datetime, partition: int) -> ColumnElement[bool]:
    """Closed, last heard of before, held by nobody, of this partition."""
    begin, end = entry_id(partition, 0), entry_id(partition + 1, 0)
    is_here = (CASES.c.id >= begin) & (CASES.c.id < end)
    is_over = CASES.c.closed_id.is_not(None) & (CASES.c.last_at < microseconds(until))
    return is_here & is_over & CASES.c.held_id.is_(None)


def _let_go(connection: Connection, entry: int, which: ColumnElement[bool]) -> None:
    """Take the bytes out of the cases' entries; their hashes stay in the tree."""
    ids = select(CASES.c.id).where(which)
    emptied = update(ENTRIES).where(ENTRIES.c.case_id.in_(ids))
    connection.execute(delete(FINDINGS).where(FINDINGS.c.case_id.in_(ids)))
    connection.execute(delete(STANDINGS).where(STANDINGS.c.case_id.in_(ids)))
    connection.execute(delete(NAMES).where(NAMES.c.case_id.in_(ids)))
    connection.execute(emptied.values(body=b"", gone_id=entry))
    connection.execute(delete(CASES).where(which))
