"""How far a long export is: a line that moves on a terminal, a line now and then elsewhere."""

from types import TracebackType
from typing import Self, TextIO

from stream.clock import Clock

TERMINAL_SECONDS = 0.2
LINE_SECONDS = 10.0


class Progress:
    """Counts what is done of each step, and tells it to whoever waits."""

    def __init__(self, out: TextIO, clock: Clock) -> None:
        self._out = out
        self._clock = clock
        self._is_terminal = out.isatty()
        self._counts: dict[str, int] = {}
        self._told_at = clock.monotonic()
        self._width = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""
        if self._width:
            self._out.write(f"\r{' ' * self._width}\r")

    def told(self, step: str, count: int) -> None:
        """Hear that so many more of a step are done."""
        self._counts[step] = self._counts.get(step, 0) + count
        now = self._clock.monotonic()
        if now - self._told_at >= (TERMINAL_SECONDS if self._is_terminal else LINE_SECONDS):
            self._told_at = now
            self._tell()

    def _tell(self) -> None:
        words = ", ".join(f"{count:,} {step}" for step, count in self._counts.items())
        if self._is_terminal:
            self._out.write(f"\r{words:<{self._width}}")
            self._width = len(words)
        else:
            self._out.write(f"export: {words}\n")
        self._out.flush()
