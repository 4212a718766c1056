"""What pages know of alerts, and how what somebody says of them gets into the record."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from rules.errors import FoureyesError
from stream.desk.decisions import Decision
from stream.desk.notes import Note, Notes
from stream.desk.outcomes import Outcomes


class UnsaidError(FoureyesError):
    """What somebody said of an alert could not be put into the record: why. Say it again."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"what was said is not on record: {reason}; expected a log to write to")


@dataclass(frozen=True)
class Alerted:
    """The last decisions of every desk, the earliest first, and everybody's notes."""

    decisions: list[Decision]
    notes: Notes

    @cached_property
    def outcomes(self) -> Outcomes:
        """What became of each alert."""
        return Outcomes(self.decisions, self.notes)


class Alerting(Protocol):
    """Somebody who knows what the desks decide, and writes down what people say of it.

    - `told` may wait for a file: ask it in a thread. None: nothing here tells.
    - `say` returns once a note is on record and `told` knows it. Raises UnsaidError.
    """

    def told(self) -> Alerted | None: ...

    async def say(self, note: Note) -> None: ...
