"""How far long work is: a bar on a terminal, a line now and then elsewhere."""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self, TextIO, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from stream.clock import Clock

T = TypeVar("T")
TERMINAL_SECONDS = 0.2
LINE_SECONDS = 10.0
TOLD_AT_ONCE = 500
"""Of what is counted one by one, so many are told together."""


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


UNWATCHED = Unwatched()


class Meter:
    """Counts what is done of each step, and tells it to whoever waits.

    On a terminal it draws a bar for each step, which are gone when the work is done; `draws` is
    False where others write there at the same time. Elsewhere its lines go to `say`, or to `out`.
    """

    def __init__(
        self,
        what: str,
        out: TextIO,
        clock: Clock,
        *,
        say: Callable[[str], None] | None = None,
        draws: bool = True,
    ) -> None:
        self._what = what
        self._out = out
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._totals: dict[str, int] = {}
        self._told_at = clock.monotonic()
        self._say = say or self._write
        self._bars = _Bars(out, clock) if draws and out.isatty() else None

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
        self.close()

    def close(self) -> None:
        """Take the bars away, for good."""
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
        self._say(words)

    def _write(self, words: str) -> None:
        self._out.write(f"{self._what}: {words}\n")
        self._out.flush()

    def _words(self, step: str, count: int) -> str:
        total = self._totals.get(step)
        return f"{count:,} {step}" if total is None else f"{count:,} of {total:,} {step}"


class Together:
    """Several works one after the other, told as one: what each of them expects is added up."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._totals: dict[str, int] = {}

    def told(self, step: str, count: int) -> None:
        """Pass it on."""
        self._steps.told(step, count)

    def expect(self, step: str, total: int) -> None:
        """Add so many to what is expected of a step."""
        self._totals[step] = self._totals.get(step, 0) + total
        self._steps.expect(step, self._totals[step])


def counted(every: Iterable[T], steps: Steps, step: str) -> Iterator[T]:
    """Give each of them, and tell of a step how many were given."""
    count = 0
    for each in every:
        yield each
        count += 1
        if count == TOLD_AT_ONCE:
            steps.told(step, count)
            count = 0
    if count:
        steps.told(step, count)


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
