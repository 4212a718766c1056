"""How far a process is with what it takes over: bars on a terminal, lines in the log elsewhere."""

import sys
from typing import TextIO

from stream.clock import Clock
from stream.log import logger
from stream.progress import Meter, Steps, Together

LOG = logger(__name__)


def say(words: str) -> None:
    """Tell it among all else that is told."""
    LOG.info("restoring", done=words)


class Takeovers:
    """Who hears of each partition that is restored.

    At the start they are told as one, on a terminal by bars, until every partition is at work. What
    is taken over later is told in the log, since others write there by then.
    """

    def __init__(self, clock: Clock, out: TextIO = sys.stderr) -> None:
        self._clock = clock
        self._out = out
        self._begun = Meter("restoring", out, clock, say=say)
        self._first: Together | None = Together(self._begun)

    def steps(self) -> Steps:
        """Give whoever hears of one restore."""
        if self._first is not None:
            return self._first
        return Meter("restoring", self._out, self._clock, say=say, draws=False)

    def look(self, *, is_ready: bool) -> None:
        """Take the bars away once every partition is at work."""
        if is_ready and self._first is not None:
            self._first = None
            self._begun.close()

    def close(self) -> None:
        """Leave the terminal as it was, however the process ends."""
        self.look(is_ready=True)
