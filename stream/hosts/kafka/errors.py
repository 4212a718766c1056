"""What stops a partition until a person has looked, and what is worth another try."""

import traceback
from collections.abc import Sequence

from rules.errors import FoureyesError
from stream.topic_defects import Defect

REASON_CHARS_MAX = 500


class HaltingError(FoureyesError):
    """Trying again would end the same way: the partition halts, visibly."""


class LogUnavailableError(FoureyesError):
    """A log does not answer. Wait and try again: nothing is lost, nothing is known to be stored."""

    def __init__(self, *, topic: str, reason: str) -> None:
        self.topic = topic
        self.reason = reason
        super().__init__(f"topic {topic} does not answer: {reason}")


class BrokersUnavailableError(FoureyesError):
    """No broker answers, or none lets us in. Wait and try again, or look at the settings."""

    def __init__(self, *, bootstrap: str, reason: str) -> None:
        self.bootstrap = bootstrap
        self.reason = reason
        super().__init__(f"the brokers at {bootstrap} do not answer: {reason}")


class OversizeRecordError(HaltingError):
    """Something is larger than a record may be; it was not written, nor was anything with it."""

    def __init__(self, *, log: str, partition: int, key: bytes | None, size: int, limit: int):
        self.log = log
        self.partition = partition
        self.key = key
        self.size = size
        self.limit = limit
        name = f" with key {key[:80]!r}" if key else ""
        super().__init__(
            f"a record{name} for {log}, partition {partition}, is {size} bytes; expected at most"
            f" {limit}. Raise `record_bytes` and the topics' max.message.bytes together"
        )


class RejectedRecordError(HaltingError):
    """The broker takes less than we were told that it takes."""

    def __init__(self, *, error: Exception) -> None:
        super().__init__(
            f"the broker refused a record for its size ({error}); expected the topic's"
            f" max.message.bytes to be above `record_bytes`. `foureyes doctor` compares them"
        )


class HeadMismatchError(HaltingError):
    """A machine that was built anew has not arrived where the old one stood."""

    def __init__(self, *, position: int, number: int, found: str, expected: str) -> None:
        self.position = position
        self.number = number
        self.found = found
        self.expected = expected
        super().__init__(
            f"restored to position {position}, the machine's head is {found[:16]}…; expected"
            f" {expected[:16]}…, as committed in batch {number}. Either the log or the state was"
            f" changed, or the machine is not the same function of its input any more"
        )


class TruncatedLogError(HaltingError):
    """Records that are still needed are gone from the input."""

    def __init__(self, *, topic: str, partition: int, found: str, expected: str) -> None:
        self.topic = topic
        self.partition = partition
        self.found = found
        self.expected = expected
        super().__init__(
            f"{topic}, partition {partition}, {found}; expected {expected}."
            f" Records were deleted or the topic was made anew; restore it from a copy"
        )


class MachineFailedError(HaltingError):
    """A machine raised where nothing can be left out: in its restore, head or changes."""

    def __init__(self, *, doing: str, error: Exception) -> None:
        self.doing = doing
        super().__init__(f"the machine raised {doing}: {told(error)}")


class MachineRaisedError(FoureyesError):
    """A machine raised, or said too much, at the records `first` to `last` (offsets), or pulsed.

    `is_alone`: nothing that came before in its batch is still uncommitted, and there was no
    second record that could be to blame. `digest` names the one that is.
    """

    def __init__(
        self, *, first: int, last: int, is_alone: bool, error: Exception, digest: str | None = None
    ) -> None:
        self.first = first
        self.last = last
        self.is_alone = is_alone
        self.digest = digest
        where = f"record {first}" if first == last else f"records {first} to {last}"
        super().__init__(f"the machine raised at {where}: {told(error)}")


class UnfitTopicsError(FoureyesError):
    """The topics are not as the roles need them; nothing was started."""

    def __init__(self, defects: Sequence[Defect]) -> None:
        self.defects = tuple(defects)
        super().__init__("\n".join(map(str, defects)))


def told(error: BaseException) -> str:
    """Tell an error in one line: its class, its words, and the line of code it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return words[:REASON_CHARS_MAX] + place
