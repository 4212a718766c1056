"""Deliveries that were taken in lately, so that one that is made again is known at once.

A cache, not a record: what it has forgotten is stored again, and the judge knows its events as
repeats by their ids.
"""

from collections import OrderedDict
from hashlib import sha256
from typing import Generic, TypeVar

DELIVERIES_REMEMBERED_MAX = 10_000

T = TypeVar("T")


class Deliveries(Generic[T]):
    """What was answered to a delivery: by source, the vendor's name of it, and its content.

    A name that comes again with another content is no repeat: that body is kept too.
    """

    def __init__(self, remembered_max: int = DELIVERIES_REMEMBERED_MAX) -> None:
        self._remembered_max = remembered_max
        self._answers: OrderedDict[tuple[str, str, bytes], T] = OrderedDict()

    def known(self, source: str, name: str | None, body: bytes) -> T | None:
        """What was answered to this delivery; None: it has not been here, or long ago."""
        return self._answers.get(_key(source, name, body)) if name else None

    def remember(self, source: str, name: str | None, body: bytes, answer: T) -> None:
        """Remember a delivery that is durable. Without a name there is nothing to know it by."""
        if not name:
            return
        self._answers[_key(source, name, body)] = answer
        if len(self._answers) > self._remembered_max:
            self._answers.popitem(last=False)


def _key(source: str, name: str, body: bytes) -> tuple[str, str, bytes]:
    return source, name, sha256(body).digest()
