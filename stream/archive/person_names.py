"""The names that a person is recorded by, and where in an entry one of them stands.

Whoever has an account in several systems has several names. An entry names somebody where one of
them stands as a whole: in a field of its own, or in a sentence; `ann` does not stand in `ann-marie`
nor in `ann@acme.example`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson


class PersonNames:
    """Some names of one person."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        every = sorted(self.names)
        self._folded = [each.lower() for each in every]
        # A full stop that ends a sentence is none that goes on with a name.
        some = "|".join(re.escape(each) for each in every)
        self._whole = re.compile(
            rf"(?<![\w@:/-])(?<!\w\.)(?:{some})(?![\w@-])(?!\.\w)", re.IGNORECASE
        )

    def stand_in(self, words: str) -> bool:
        """Whether a text names the person."""
        return self._whole.search(words) is not None

    def are_in(self, body: bytes) -> bool:
        """Whether an entry names the person, wherever in it."""
        # Most entries do not have the letters at all, and need not be read.
        letters = body.decode(errors="replace").lower()
        if not any(_quoted(each) in letters for each in self._folded):
            return False
        return any(self.stand_in(words) for words in _strings(orjson.loads(body)))

    def more_in(self, body: bytes) -> set[str]:
        """What else an entry says that the person is called: an account for it, or its owner."""
        if not self.are_in(body):
            return set()
        found = {
            name for pair in _pairs(orjson.loads(body)) if self.names & {*pair} for name in pair
        }
        return found - self.names


def _quoted(name: str) -> str:
    return orjson.dumps(name).decode()[1:-1]


def _strings(told: Any) -> Iterator[str]:
    match told:
        case str():
            yield told
        case dict():
            for key, item in told.items():
                yield key
                yield from _strings(item)
        case list():
            for item in told:
                yield from _strings(item)
        case _:
            pass


def _pairs(told: Any) -> Iterator[tuple[str, str]]:
    """Each account that is told with the person behind it."""
    match told:
        case {"account": str(account), **rest}:
            persons = [each["person"] for each in _objects(rest) if "person" in each]
            persons += [rest["person"]] if "person" in rest else []
            yield from ((account, each) for each in persons if isinstance(each, str))
        case dict():
            for item in told.values():
                yield from _pairs(item)
        case list():
            for item in told:
                yield from _pairs(item)
        case _:
            pass


def _objects(told: Any) -> Iterator[dict[str, Any]]:
    """Whatever says something within a fact."""
    match told:
        case dict():
            for item in told.values():
                yield from _objects(item)
            yield told
        case list():
            for item in told:
                yield from _objects(item)
        case _:
            pass
