"""The control lane: what is decided about foureyes itself enters the journal like all else."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from rules.machines.contract import JOURNAL, LINKS, Output, Record
from rules.machines.records import write_policy
from rules.machines.routing import Layout
from rules.policy import Policy
from stream.canonical import CODEC

SOURCE = "foureyes"
"""The source under whose name foureyes reports about itself."""


class Control:
    """Copies each policy version into every partition of the journal and the links log."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._taken = 0

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Take policies, as `policy_record` wrote them. Raises UnreadableRecordError."""
        out = []
        for record in records:
            value = write_policy(CODEC, CODEC.read_policy(record.value))
            out += [Output(JOURNAL, p, value) for p in range(self._layout.journal)]
            out += [Output(LINKS, p, value) for p in range(self._layout.links)]
        self._taken += len(records)
        return out

    def set_aside(self, _record: Record, decision: bytes) -> list[Output]:
        """Pass the decision on to the journal in place of the record."""
        self._taken += 1
        return [Output(JOURNAL, 0, decision)]

    def head(self) -> bytes:
        """How many policies were taken."""
        return b"%d" % self._taken

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """How many policies were taken: the only state."""
        yield "taken", b"%d" % self._taken

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the row that `changes` gave."""
        for _, row in rows:
            self._taken = int(row)


def policy_record(policy: Policy, last: bytes | None, now: datetime) -> bytes | None:
    """Write the policy down, unless `last`, the latest one written, says the same.

    The first one counts since ever; each further one for the cases that open from now on, unless
    its author has said from when.
    """
    if last is not None:
        known = CODEC.read_policy(last)
        if replace(known, in_force_from=policy.in_force_from) == policy:
            return None
        if policy.in_force_from is None:
            policy = replace(policy, in_force_from=now)
    return CODEC.write(policy)
