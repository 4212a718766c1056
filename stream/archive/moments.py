"""Moments as the archive keeps them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """A moment as a number: microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    """The moment that a number stands for, in UTC."""
    return _EPOCH + microseconds * _MICROSECOND
