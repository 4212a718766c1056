"""What can go wrong between us and a source that is asked; no error holds a credential."""

from rules.errors import FoureyesError
from stream.pulling.answers import Meaning


class CannotKeepError(FoureyesError):
    """What was pulled could not be made durable; its fate may be unknown: read the cursor again."""

    def __init__(self, *, storage: str, reason: str) -> None:
        self.storage = storage
        self.reason = reason
        super().__init__(f"{storage}: {reason}")


class PulledElsewhereError(FoureyesError):
    """Another process has begun to pull this feed, and has fenced this one off."""

    def __init__(self, *, feed: str) -> None:
        self.feed = feed
        super().__init__(f"{feed} is pulled by another process now; expected one process to do it")


class UnreadableCursorError(FoureyesError):
    """What is kept as a feed's cursor is none of ours: somebody else wrote it."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the cursor can not be read: {reason}; expected what foureyes wrote")


class CannotReadError(FoureyesError):
    """A source's database does not answer, does not let us in, or has not what we read there.

    `where` names it without a secret; `meaning` says which of these it is.
    """

    def __init__(self, *, where: str, found: str, expected: str, meaning: Meaning) -> None:
        self.where = where
        self.found = found
        self.expected = expected
        self.meaning = meaning
        super().__init__(f"{where}: {found}; expected {expected}")
