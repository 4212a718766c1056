"""A sweep over open cases, a slice at each record, so that no single step takes long."""

import json
from collections.abc import Iterator, Sequence

from rules.machines.contract import Codec

SLICE_CASES = 50
"""Cases that are asked again at one record at most."""
ROW = "sweep/"
_CAUSES = ROW + "causes"


class Sweep:
    """Which cases are still to be asked again, in the order of their keys, and why.

    The slices are cut when a sweep begins and are kept in rows, so that a twin that takes over in
    the middle goes on with the same slices. What comes up meanwhile is gone over afterwards: all
    that is open then.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._slices: dict[int, dict[str, None]] = {}
        self._slice_of: dict[str, int] = {}
        self._causes: dict[str, None] = {}
        self._next: dict[str, None] = {}
        self._touched: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._slices or self._next)

    def __contains__(self, key: str) -> bool:
        return key in self._slice_of

    def __len__(self) -> int:
        return len(self._slice_of)

    @property
    def causes(self) -> Sequence[str]:
        """Why the cases are asked again, first things first."""
        return [*self._causes, *(each for each in self._next if each not in self._causes)]

    def because(self, *causes: str) -> None:
        """Have everything that is open gone over, once what is under way has been."""
        self._next.update(dict.fromkeys(causes))
        self._touched.add(_CAUSES)

    @property
    def is_due(self) -> bool:
        """Whether one is to begin: something came up, and nothing is under way."""
        return bool(self._next) and not self._slices

    def begin(self, keys: Sequence[str]) -> None:
        """Begin with these cases."""
        self._causes, self._next = self._next, {}
        self._touched.add(_CAUSES)
        for number, first in enumerate(range(0, len(keys), SLICE_CASES)):
            self._slices[number] = dict.fromkeys(keys[first : first + SLICE_CASES])
            self._touched.add(_row(number))
            self._slice_of.update(dict.fromkeys(self._slices[number], number))
        self._end_if_done()

    def slice(self) -> list[str]:
        """The cases whose turn it is; say `done` of each."""
        return list(self._slices[min(self._slices)]) if self._slices else []

    def done(self, key: str) -> None:
        """Take a case out: it has been asked, or is not open any more."""
        number = self._slice_of.pop(key)
        del self._slices[number][key]
        self._touched.add(_row(number))
        if not self._slices[number]:
            del self._slices[number]
            self._end_if_done()

    def _end_if_done(self) -> None:
        if not self._slices:
            self._causes = {}
            self._touched.add(_CAUSES)

    def rows(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows that changed since they were last asked for (None: gone)."""
        for name in sorted(self._touched - {_CAUSES}):
            keys = self._slices.get(int(name.removeprefix(ROW)))
            yield name, self._codec.write(list(keys)) if keys else None
        if _CAUSES in self._touched:
            causes = [list(self._causes), list(self._next)]
            yield _CAUSES, self._codec.write(causes) if any(causes) else None
        self._touched.clear()

    def restore(self, name: str, row: bytes) -> None:
        """Take a row that `rows` gave."""
        told = json.loads(row)
        if name == _CAUSES:
            self._causes, self._next = dict.fromkeys(told[0]), dict.fromkeys(told[1])
            return
        number = int(name.removeprefix(ROW))
        self._slices[number] = dict.fromkeys(told)
        self._slice_of.update(dict.fromkeys(told, number))


def _row(number: int) -> str:
    return f"{ROW}{number:06d}"
