"""Execution data in n8n's own text ("flatted"), walked one step at a time.

The text is one list: every object, list and text in it is an item, and whatever holds one of them
holds its number, written as text. Only what is asked for is put together, so that neither deep
nor shared data can grow here.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from stream.connectors.table import RefusalKind, Unfit

ITEMS_MAX = 200_000
"""Items of one execution that are looked at."""


class Flat:
    """One execution's data. Raises Unfit where it is not of this form."""

    def __init__(self, text: str) -> None:
        try:
            items = orjson.loads(text)
        except ValueError as error:
            raise Unfit(text, f"JSON ({error})", RefusalKind.NOT_JSON, field="data") from error
        if type(items) is not list or not items:
            raise Unfit(text, "a list of items (flatted)", RefusalKind.WRONG_TYPE, field="data")
        if len(items) > ITEMS_MAX:
            expected = f"at most {ITEMS_MAX} items"
            raise Unfit(len(items), expected, RefusalKind.TOO_MANY, field="data")
        self._items: list[Any] = items

    def go(self, *keys: str) -> Any:
        """Go down from the root; None where the way ends."""
        found: Any = self._items[0]
        for key in keys:
            found = self.get(found, key)
        return found

    def get(self, holder: Any, key: str) -> Any:
        """Take what an object holds under a key."""
        return self._resolved(holder.get(key)) if type(holder) is dict else None

    def each(self, holder: Any) -> Iterator[Any]:
        """Take what a list holds, in order."""
        for item in holder if type(holder) is list else ():
            yield self._resolved(item)

    def _resolved(self, held: Any) -> Any:
        """Follow a number; what is no text stands there itself."""
        if type(held) is not str:
            return held
        try:
            number = int(held)
            if number >= 0:
                return self._items[number]
        except (ValueError, IndexError):
            pass
        raise Unfit(held, "the number of an item", RefusalKind.UNKNOWN_VALUE, field="data")
