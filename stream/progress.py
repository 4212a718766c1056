"""How far long work is: a bar on a terminal, a line now and then elsewhere."""

from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from stream.clock import Clock

TERMINAL_SECONDS = 0.2
LINE_SECONDS = 10.0


class Steps(Protocol):
    """Whoever hears how far work is.

    - `told`: so many more of a step (`cases`, `entries`) are done.
    - `expect`: a step has so many in all, as far as is known.
    """

    def told(self, step: str, count: int) -> None: ...

    def expect(self, step: str, total: int) -> None: ...


class Unwatched:
    """Nobody waits."""

    def told(self, step: str, count: int) -> None:
        """Say nothing."""

    def expect(self, step: str, total: int) -> None:
        """Say nothing."""


class Meter:
    """Counts what is done of each step, and tells it to whoever waits.

    On a terminal it draws a bar for each step, which are gone when the work is done.
    """

    def __init__(self, what: str, out: TextIO, clock: Clock) -> None:
        self._what = what
        self._out = out
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._totals: dict[str, int] = {}
        self._told_at = clock.monotonic()
        self._bars = _Bars(out, clock) if out.isatty() else None

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
        if self._bars is not None:
            self._bars.close()

    def told(self, step: str, count: int) -> None:
        """Hear that so many more of a step are done."""
        self._counts[step] = self._counts.get(step, 0) + count
        now = self._clock.monotonic()
        if now - self._told_at >= (LINE_SECONDS if self._bars is None else TERMINAL_SECONDS):
            self._told_at = now
            self._tell()

    def expect(self, step: str, total: int) -> None:
        """Hear how many there are of a step."""
        self._totals[step] = total

    def _tell(self) -> None:
        if self._bars is not None:
            self._bars.draw(self._counts, self._totals)
            return
        words = ", ".join(self._words(step, count) for step, count in self._counts.items())
        self._out.write(f"{self._what}: {words}\n")
        self._out.flush()

    def _words(self, step: str, count: int) -> str:
        total = self._totals.get(step)
        return f"{count:,} {step}" if total is None else f"{count:,} of {total:,} {step}"


class _Bars:
    """A bar for each step. It is drawn when something is told, by no thread of its own."""

    def __init__(self, out: TextIO, clock: Clock) -> None:
        self._progress = Progress(
            TextColumn("{task.completed:,.0f} {task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(file=out),
            auto_refresh=False,
            transient=True,
            # What is printed beside it goes where it would go without it.
            redirect_stdout=False,
            redirect_stderr=False,
            get_time=clock.monotonic,
        )
        self._tasks: dict[str, TaskID] = {}

    def draw(self, counts: dict[str, int], totals: dict[str, int]) -> None:
        """Draw how far each step is; one of which nobody knows the end swings."""
        if not self._tasks:
            self._progress.start()
        for step, count in counts.items():
            if step not in self._tasks:
                self._tasks[step] = self._progress.add_task(step, total=None)
            self._progress.update(self._tasks[step], completed=count, total=totals.get(step))
        self._progress.refresh()

    def close(self) -> None:
        """Take the bars away."""
        if self._tasks:
            self._progress.stop()
