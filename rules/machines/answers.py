"""What each rule last said about a case: that its control held, or that with more words."""

from collections.abc import Iterator, MutableMapping

from rules.verdict import HELD, Reached

Answered = Reached
"""What a rule last said about a case, without its breaches: the case's findings tell of these."""

ANSWERED_HELD = HELD
"""The answer that nearly all cases share."""


def numbers_in(mask: int) -> Iterator[int]:
    """Give the numbers of the bits that are set, from the least."""
    while mask:
        least = mask & -mask
        yield least.bit_length() - 1
        mask ^= least


class Answers(MutableMapping[int, Answered]):
    """Answers by the number of their rule, which are the same as if each were kept by itself.

    Most controls hold, of most cases: `held` has one bit for each of these, which takes a tenth
    of the room; `said` is what the others said, and `others` has one for each of them.
    """

    __slots__ = ("held", "others", "said")

    def __init__(self) -> None:
        self.held = self.others = 0
        self.said: dict[int, Answered] = {}

    def last(self, number: int) -> Answered | None:
        """What a rule said last; None: nothing."""
        return ANSWERED_HELD if self.held >> number & 1 else self.said.get(number)

    def __getitem__(self, number: int) -> Answered:
        return ANSWERED_HELD if self.held >> number & 1 else self.said[number]

    def __setitem__(self, number: int, answered: Answered) -> None:
        bit = 1 << number
        if answered == ANSWERED_HELD:
            self.said.pop(number, None)
            self.held, self.others = self.held | bit, self.others & ~bit
        else:
            self.said[number] = answered
            self.held, self.others = self.held & ~bit, self.others | bit

    def __delitem__(self, number: int) -> None:
        if self.held >> number & 1:
            self.held ^= 1 << number
        else:
            del self.said[number]
            self.others ^= 1 << number

    def __iter__(self) -> Iterator[int]:
        yield from numbers_in(self.held | self.others)

    def __len__(self) -> int:
        return (self.held | self.others).bit_count()

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and bool((self.held | self.others) >> number & 1)

    def __bool__(self) -> bool:
        return bool(self.held or self.others)
