"""Kafka clients log thousands of lines while a broker is away: of each kind a few go through."""

import logging

import aiokafka

EVERY_SECONDS = 30.0
KINDS_MAX = 500
"""Kinds of lines remembered; beyond that the memory starts afresh."""


class Sparingly(logging.Filter):
    """Lets one line of a kind through every so often, and says how many it kept back.

    A kind is a logger, a level and a message before its arguments are filled in.
    """

    def __init__(self, seconds: float = EVERY_SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._kinds: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Decide by the record's own time, so that no clock has to be asked."""
        kind = record.name, record.levelno, str(record.msg)
        shown_at, kept_back = self._kinds.get(kind, (0.0, 0))
        if 0 <= record.created - shown_at < self._seconds:
            self._kinds[kind] = shown_at, kept_back + 1
            return False
        if len(self._kinds) >= KINDS_MAX:
            self._kinds.clear()
        self._kinds[kind] = record.created, 0
        if kept_back:
            record.msg = f"{record.msg} [and {kept_back} more of these]"
        return True


def say_less() -> None:
    """Put the filter on every aiokafka logger, once. Filters do not reach loggers below."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        is_client = name == aiokafka.__name__ or name.startswith(f"{aiokafka.__name__}.")
        if not is_client or not isinstance(logger, logging.Logger):
            continue
        if not any(isinstance(each, Sparingly) for each in logger.filters):
            logger.addFilter(Sparingly())
