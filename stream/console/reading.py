"""The archive as pages ask it: in threads of their own, a few questions at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from sqlalchemy import Engine

from rules.errors import FoureyesError
from stream.archive.reader import Archive
from stream.archive.standings import Standings
from stream.console.limits import WAITING_MAX

T = TypeVar("T")
THREADS = 4


class TooManyQuestionsError(FoureyesError):
    """More is asked of the archive at the same time than it answers."""

    def __init__(self, *, waiting: int) -> None:
        self.waiting = waiting
        super().__init__(f"{waiting} questions wait for the archive; expected fewer: ask again")


class Sources(NamedTuple):
    """What a question may be asked of."""

    archive: Archive
    standings: Standings


class Reading:
    """Asks the archive without holding up who else is answered. Raises TooManyQuestionsError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._of = Sources(Archive(engine), Standings(engine))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="foureyes-console")
        self._waiting = 0

    async def ask(self, question: Callable[[Sources], T]) -> T:
        """Ask in a thread; the question may be several, which belong together."""
        if self._waiting >= WAITING_MAX:
            raise TooManyQuestionsError(waiting=self._waiting)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, question, self._of)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let what is asked end, and let go of the archive."""
        self._threads.shutdown()
        self._engine.dispose()
