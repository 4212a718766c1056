"""What a judge does when events turn out not to be of their case: they are taken out of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from rules.events import Event
from rules.machines.bench import Reader
from rules.machines.cases import Case, case_key
from rules.machines.joining import Joined, Moved
from rules.machines.lying import telling
from rules.machines.parting import PARTED, Parted, Partings, read_parted
from rules.machines.uniting import Uniting
from rules.path import DecisionPath


class Dividing(Uniting):
    """Takes events out of a case that the linker put there on the strength of an id alone.

    Both cases are judged anew: the one without them, the one of their own with them. What is still
    on its way to the former goes on to the latter. The ledger keeps what was entered, and says what
    was taken out.
    """

    _partings: Partings

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows of what parted, and all others."""
        yield from self._partings.rows(self._codec)
        yield from super().changes()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        super().restore(self._without_parted(rows))

    def _without_parted(self, rows: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        for name, row in rows:
            if name.startswith(PARTED):
                self._partings.restore(row)
            else:
                yield name, row

    def take_parted(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        """Learn that events are of another case; or that they may be of this one again."""
        parted = read_parted(header)
        self._partings.note(parted)
        if parted.into == parted.case:
            return
        self._catch_up(parted.key)
        case = self._docket.look(parted.key)
        if case is None:
            return
        gone = frozenset(parted.events)
        read = self._codec.read_event
        theirs = [line for line in case.lines if telling(read(line)) in gone]
        if theirs:
            self._enter(first, case)
            self._take_out(case, parted, frozenset(theirs))
            into = self._beside(parted.tenant, parted.case, parted.into, parted.because)
            self._pass_on(Moved(into, is_counted=True), theirs)

    READERS: ClassVar[Mapping[str, Reader]] = {**Uniting.READERS, "parted": take_parted}

    def _take_out(self, case: Case, parted: Parted, theirs: frozenset[bytes]) -> None:
        """Judge a case as if some of its events had never been put there."""
        before = case.path.events
        rest = [line for line in case.lines if line not in theirs]
        if not rest:
            self._end(case, parted.words)
            self._partings.leave(case.key, case.entries, case.chain)
            return
        self._docket.admit(case)
        case.lines = rest
        case.path = DecisionPath(map(self._late.read, rest))
        self._feed_anew(before, case.path)
        self._retract(case, parted.words)
        self._ask_all(case, parted.words)
        case.path.forget()

    def _away(self, key: str, event: Event) -> Joined | None:
        """Where an event is judged that comes for a case; None: there."""
        whose = self._partings.whose(key, telling(event))
        if whose is None:
            # What is open has not ended in another.
            return None if key in self._docket.open else self._joins.get(key)
        because = f"{event.id} is not known to be of case {event.case}"
        return self._beside(event.tenant, event.case or "", whose, because)

    def _take_in(self, moved: Moved, lines: list[bytes]) -> None:
        """Judge a case again with what another one brings, but for what parted from it."""
        joined = moved.joined
        key = case_key(joined.tenant, joined.into)
        own: list[bytes] = []
        for line in lines if self._partings else ():
            whose = self._partings.whose(key, telling(self._codec.read_event(line)))
            if whose is None:
                own.append(line)
            else:
                away = self._beside(joined.tenant, joined.into, whose, joined.because)
                self._pass_on(Moved(away, moved.is_counted), [line])
        if own or not self._partings:
            super()._take_in(moved, own or lines)

    def _beside(self, tenant: str | None, case: str, into: str, because: str) -> Joined:
        """How events go to a case on the same partition."""
        return Joined(tenant, case, into, self.partition, self.partition, because)

    def _case_of(self, key: str, event: Event) -> Case:
        case = super()._case_of(key, event)
        if self._partings and not case.lines:
            case.entries, case.chain = self._partings.begin(key) or (case.entries, case.chain)
        return case
