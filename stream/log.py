"""What foureyes says while it runs: events with keys on standard error, for people or programs."""

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self, TextIO, cast

import orjson
import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import JSONRenderer, format_exc_info
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import EventDict, Processor

from stream.clock import Clock

CHATTY: Final = ("aiohttp.access", "aiokafka", "alembic", "faust", "kafka", "mode")
"""Libraries' loggers: while a broker is down, a client writes thousands of lines."""

CHATTY_LEVEL = logging.WARNING
"""What they say below this is for whoever looks for a fault in them: level debug shows it."""

CHATTER_LINES_MAX = 20
"""Lines that one of them may write at one level within a window."""

CHATTER_WINDOW_SECONDS = 60.0

VALUE_CHARS_MAX = 500
"""A longer text is cut: a log tells what happened, not what it happened to."""

WITHHELD_KEYS: Final = frozenset(
    {"authorization", "body", "payload", "password", "raw", "secret", "secrets", "token", "value"}
)
"""Keys of payloads and secrets: what is logged under them is not shown."""

WITHHELD = "(withheld)"


def logger(name: str) -> BoundLogger:
    """Give a logger whose events are one name and keys: `log.info("case settled", rule=…)`.

    It says nothing on standard output, whether a `Log` is open or not.
    """
    return cast(
        BoundLogger,
        structlog.wrap_logger(
            logging.getLogger(name),
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.contextvars.merge_contextvars,
                ProcessorFormatter.wrap_for_formatter,
            ],
            wrapper_class=BoundLogger,
        ),
    )


class Log:
    """Where everything that this process says goes, from when it is opened until it is closed.

    Key and value on a terminal, one JSON object a line otherwise. Libraries that log through the
    standard library come out the same way, the chatty ones within a limit.
    """

    def __init__(
        self, clock: Clock, *, stream: TextIO | None = None, level: int = logging.INFO
    ) -> None:
        stream = sys.stderr if stream is None else stream
        self._handler = logging.StreamHandler(stream)
        self._handler.setFormatter(
            ProcessorFormatter(processors=_processors(clock, is_terminal=stream.isatty()))
        )
        self._chatter = Chatter(clock, everything=level <= logging.DEBUG)
        self._handler.addFilter(self._chatter)
        root = logging.getLogger()
        self._level_before = root.level
        root.setLevel(level)
        root.addHandler(self._handler)

    def close(self) -> None:
        """Say what was left out last, and let go. The stream stays open: it is not ours."""
        self._chatter.tell_left_out()
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level_before)
        self._handler.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(slots=True)
class _Window:
    ends: float
    lines: int = 0

    @property
    def left_out(self) -> int:
        return max(0, self.lines - CHATTER_LINES_MAX)


class Chatter(logging.Filter):
    """Lets each chatty library say a few lines per window and level, and says how many it cut.

    It says so with the first line of anybody after the window, or when the log closes. What they
    say below CHATTY_LEVEL goes through only with `everything`.
    """

    def __init__(self, clock: Clock, *, everything: bool) -> None:
        super().__init__()
        self._level = logging.NOTSET if everything else CHATTY_LEVEL
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}
        self._log = logger(__name__)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line may be written."""
        now = self._clock.monotonic()
        self.tell_left_out(before=now)
        who = next((each for each in CHATTY if f"{record.name}.".startswith(f"{each}.")), None)
        if who is None:
            return True
        if record.levelno < self._level:
            return False
        fresh = _Window(ends=now + CHATTER_WINDOW_SECONDS)
        window = self._windows.setdefault((who, record.levelname.lower()), fresh)
        window.lines += 1
        return not window.left_out

    def tell_left_out(self, *, before: float = float("inf")) -> None:
        """Close the windows that ended by then, and say how many lines each of them cut."""
        for key, window in list(self._windows.items()):
            if window.ends <= before:
                del self._windows[key]
                if window.left_out:
                    self._say(*key, window.left_out)

    def _say(self, who: str, level: str, lines: int) -> None:
        self._log.warning(
            "suppressed lines",
            lines=lines,
            of=who,
            at_level=level,
            limit=CHATTER_LINES_MAX,
            window_seconds=CHATTER_WINDOW_SECONDS,
        )


def _processors(clock: Clock, *, is_terminal: bool) -> Sequence[Processor]:
    def stamp(_: Any, __: str, event: EventDict) -> EventDict:
        at = clock.now().isoformat(timespec="milliseconds")
        event["timestamp"] = at.replace("+00:00", "Z")
        return event

    common: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
        ProcessorFormatter.remove_processors_meta,
        _withhold,
    ]
    if is_terminal:
        colors = "NO_COLOR" not in os.environ
        # Not structlog's own choice: it would print the variables of every frame.
        to_people = ConsoleRenderer(colors=colors, exception_formatter=plain_traceback)
        return [*common, _disarm, to_people]
    return [*common, format_exc_info, JSONRenderer(serializer=_dumps)]


def _withhold(_: Any, __: str, event: EventDict) -> EventDict:
    """Leave out payloads and secrets, and cut what is long."""
    for key, value in event.items():
        if key.lower() in WITHHELD_KEYS:
            event[key] = WITHHELD
        elif isinstance(value, bytes | bytearray | memoryview):
            event[key] = f"({len(value)} bytes)"
        elif isinstance(value, str) and len(value) > VALUE_CHARS_MAX:
            event[key] = f"{value[:VALUE_CHARS_MAX]}… ({len(value)} characters)"
    return event


def _disarm(_: Any, __: str, event: EventDict) -> EventDict:
    """Show what would move the cursor or ring the terminal's bell as the text that it is."""
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[key] = value.encode("unicode_escape").decode("ascii")
    return event


def _dumps(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()
