"""Choices that follow from a seed: the same seed makes the same day, on any machine."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws, one after the other, that follow from the words it was made with.

    Two chances made with other words know nothing of each other: one more draw in one part of the
    day leaves the others as they were.
    """

    __slots__ = ("_drawn", "_words")

    def __init__(self, *words: object) -> None:
        self._words = "\x1f".join(str(word) for word in words)
        self._drawn = 0

    def of(self, *words: object) -> "Chance":
        """Give a chance of its own to a part of the day."""
        return Chance(self._words, *words)

    def below(self, limit: int) -> int:
        """Draw a whole number, 0 … limit - 1."""
        return int.from_bytes(self._bytes(8), "big") % limit

    def between(self, low: int, high: int) -> int:
        """Draw a whole number, low … high."""
        return low + self.below(high - low + 1)

    def seconds(self, low: int, high: int) -> timedelta:
        """Draw a span, in milliseconds between two numbers of seconds."""
        return timedelta(milliseconds=self.between(low * 1000, high * 1000))

    def minutes(self, low: int, high: int) -> timedelta:
        """Draw a span between two numbers of minutes."""
        return self.seconds(low * 60, high * 60)

    def happens(self, percent: int) -> bool:
        """Draw whether something happens."""
        return self.below(100) < percent

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of several."""
        return choices[self.below(len(choices))]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """Draw several different ones, in the order in which they were drawn."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def weighed(self, weights: Sequence[int]) -> int:
        """Draw a position, each as likely as its weight says."""
        left = self.below(sum(weights))
        for position, weight in enumerate(weights):
            if left < weight:
                return position
            left -= weight
        return len(weights) - 1

    def hex(self, characters: int) -> str:
        """Draw an id in hexadecimal digits."""
        return self._bytes((characters + 1) // 2).hex()[:characters]

    def guid(self) -> str:
        """Draw an id as Microsoft and Teleport write them."""
        text = self.hex(32)
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def _bytes(self, count: int) -> bytes:
        self._drawn += 1
        words = f"{self._words}\x1f{self._drawn}".encode()
        return blake2b(words, digest_size=count).digest()
