"""What a puller says between a source's rows: up to when it has fetched all that there is."""

from datetime import UTC, datetime

from stream.canonical import dumps

REPORTED = "foureyes.reported"
"""The one key of such a document, in the raw log of the source it is about. Its value: a time."""


def reported(until: datetime) -> bytes:
    """Write it."""
    return bytes(dumps({REPORTED: until.astimezone(UTC).isoformat()}))


def reported_until(document: object) -> datetime | None:
    """Read it; None: this is a document of the source."""
    if type(document) is not dict or len(document) != 1 or REPORTED not in document:
        return None
    try:
        return datetime.fromisoformat(document[REPORTED]).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
