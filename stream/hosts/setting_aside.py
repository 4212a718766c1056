"""What two people have decided about records of one partition, and how a host carries it out.

A decision lies beside the head. It is carried out only once the machine has raised at its record,
so that nobody can set aside what could have been judged, and is marked applied in the transaction
of what the machine says to it. A replay heeds those that are applied and no others, so that a
machine built anew has left out just what the old one left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rules.errors import FoureyesError
from rules.machines.contract import Machine, Output, Record, SettingAside
from rules.machines.set_aside import digest_of


class WrongRecordError(FoureyesError):
    """A decision speaks of other bytes than those that lie in the log."""

    def __init__(self, *, offset: int, found: str, expected: str) -> None:
        self.offset = offset
        self.found = found
        self.expected = expected
        super().__init__(
            f"record {offset} is {found}; expected {expected}, as the decision to set it aside says"
        )


class NeverWithoutError(FoureyesError):
    """A machine that can not go on without a record."""

    def __init__(self, *, offset: int, machine: str) -> None:
        self.offset = offset
        self.machine = machine
        super().__init__(
            f"record {offset} was set aside for a {machine}; expected a machine that can go on"
            f" without it"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A record's offset and digest, the entry that says who set it aside, and whether it is done.

    `entry` is what `rules.machines.set_aside.write_set_aside` gave.
    """

    offset: int
    digest: str
    entry: bytes
    is_applied: bool = False


class Decisions:
    """All decisions about the records of one partition."""

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._by_offset = {each.offset: each for each in decisions}

    def about(self, offset: int) -> Decision | None:
        """The decision about a record, if there is one."""
        return self._by_offset.get(offset)

    def runs(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """Cut what is replayed so that a record that was set aside is alone."""
        start = 0
        for number, record in enumerate(records if self._by_offset else ()):
            if self._is_left_out(record):
                if number > start:
                    yield records[start:number]
                yield records[number : number + 1]
                start = number + 1
        if start < len(records):
            yield records[start:]

    def replay(self, machine: Machine, run: Sequence[Record]) -> None:
        """Feed (a part of) one of the `runs` again, or set it aside as it was before."""
        decision = self.about(run[0].offset)
        if decision is not None and decision.is_applied:
            carry_out(machine, run[0], decision)
        else:
            machine.feed(run)

    def _is_left_out(self, record: Record) -> bool:
        decision = self.about(record.offset)
        return decision is not None and decision.is_applied

    def applied(self, decision: Decision) -> Decision:
        """Note that a decision was carried out; give it as it is to be kept."""
        done = self._by_offset[decision.offset] = replace(decision, is_applied=True)
        return done


def entries_by_offset(decisions: Iterable[Decision]) -> dict[int, bytes]:
    """What a reader of the log finds in the place of each record that was set aside."""
    return {each.offset: each.entry for each in decisions if each.is_applied}


def carry_out(machine: Machine, record: Record, decision: Decision) -> list[Output]:
    """Hand a machine the decision in its record's place.

    Raises WrongRecordError, NeverWithoutError, and whatever the machine raises.
    """
    found = digest_of(record.value)
    if found != decision.digest:
        raise WrongRecordError(offset=record.offset, found=found, expected=decision.digest)
    if not isinstance(machine, SettingAside):
        raise NeverWithoutError(offset=record.offset, machine=type(machine).__name__)
    return machine.set_aside(record, decision.entry)
