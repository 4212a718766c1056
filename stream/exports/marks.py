"""Which entries of a log are shown: a bit each, in pieces, so that few marks take little."""

from collections.abc import Iterator

PIECE_BITS = 1 << 15
_PIECE_BYTES = PIECE_BITS // 8


class Marks:
    """Numbers that are marked, in order, without repetition: an eighth of a byte each at most.

    A log of ten million entries takes 1.2 MiB however many of them are marked.
    """

    def __init__(self) -> None:
        self._pieces: dict[int, bytearray] = {}

    def __len__(self) -> int:
        return sum(int.from_bytes(piece).bit_count() for piece in self._pieces.values())

    def __iter__(self) -> Iterator[int]:
        for which in sorted(self._pieces):
            start = which * PIECE_BITS
            for place, byte in enumerate(self._pieces[which]):
                if byte:
                    first = start + 8 * place
                    yield from (first + bit for bit in range(8) if byte >> bit & 1)

    def add(self, number: int) -> None:
        """Mark a number."""
        which, bit = divmod(number, PIECE_BITS)
        piece = self._pieces.get(which)
        if piece is None:
            piece = self._pieces[which] = bytearray(_PIECE_BYTES)
        piece[bit >> 3] |= 1 << (bit & 7)

    def take_off(self, number: int) -> None:
        """Unmark a number."""
        which, bit = divmod(number, PIECE_BITS)
        if which in self._pieces:
            self._pieces[which][bit >> 3] &= ~(1 << (bit & 7))

    def fill(self, end: int) -> None:
        """Mark every number before `end`."""
        whole, rest = divmod(end, PIECE_BITS)
        for which in range(whole):
            self._pieces[which] = bytearray(b"\xff" * _PIECE_BYTES)
        for number in range(whole * PIECE_BITS, whole * PIECE_BITS + rest):
            self.add(number)
