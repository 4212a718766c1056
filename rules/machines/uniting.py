"""What a judge does when two cases turn out to be one: one of them ends, the other takes it in."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from rules.events import Event
from rules.machines.bench import Bench, Reader
from rules.machines.cases import Case, case_key
from rules.machines.contract import JOURNAL, Output
from rules.machines.joining import (
    JOINED,
    RELAYS,
    Joined,
    Joins,
    Moved,
    is_through_judge,
    read_joined,
    read_moved,
    renamed,
    through_judge,
    write_moved,
)
from rules.machines.records import read_until, write_ticks
from rules.machines.settled import PUT_AWAY
from rules.path import Added, DecisionPath


class Uniting(Bench):
    """Ends a case that turned out to be another: findings withdrawn, events passed on.

    What else comes for it goes the same way, and so do ticks, since what is on its way to the
    other is not absent. The other is judged again over everything that it is now.
    """

    _joins: Joins
    put_away: tuple[str, ...] = (*PUT_AWAY, JOINED)

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows of the cases that changed or were joined, and the row of everything else."""
        yield from self._joins.rows(self._codec)
        yield from super().changes()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        super().restore(self._without_joined(rows))

    def _without_joined(self, rows: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        is_counted = False
        for name, row in rows:
            if name == RELAYS:
                self._joins.restore(row)
                is_counted = True
            elif name.startswith(JOINED):
                self._shelf.restore(name, row)
            else:
                yield name, row
        if not is_counted:
            self._joins.take_stock()

    def joined(self) -> Iterator[Joined]:
        """The cases that turned out to be others, each with the one it is by now."""
        return self._joins.told()

    def take_joined(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        """Learn that two cases are one: at home of the one that ends, and where it goes."""
        joined = read_joined(header)
        if joined.home != self.partition:
            self._enter(first)
            self.horizon.wait_for(joined.home)
            return
        if self._joins.get(joined.key) == joined:
            return
        self._catch_up(joined.key)
        case = self._docket.look(joined.key)
        self._enter(first)
        is_new = self._joins.add(joined)
        if case is not None:
            self._give_away(case, joined)
        if is_new:
            for lane, heard in sorted(self.horizon.heard.items()):
                self._relay(joined.there, lane, heard)

    def take_moved(self, _first: bytes, header: dict[str, Any], lines: list[bytes]) -> None:
        """Take in what comes from a case that turned out to be one of ours."""
        self._take_in(read_moved(header), lines)

    READERS: ClassVar[Mapping[str, Reader]] = {
        **Bench.READERS,
        "joined": take_joined,
        "moved": take_moved,
    }

    def _take_ticks(self, first: bytes, header: dict[str, Any], lines: list[bytes]) -> None:
        super()._take_ticks(first, header, lines)
        for partition in self._joins.relays:
            self._relay(partition, header["lane"], read_until(header))

    def _relay(self, partition: int, lane: str, until: dict[str, datetime]) -> None:
        """Tell another judge how far a lane has come here; what others tell us is not ours."""
        if not is_through_judge(lane):
            value = write_ticks(self._codec, through_judge(lane, self.partition), until)
            self._out.append(Output(JOURNAL, partition, value))

    def _give_away(self, case: Case, joined: Joined) -> None:
        """End a case that is judged elsewhere from now on."""
        lines = case.lines
        self._end(case, joined.words)
        self._pass_on(Moved(joined, is_counted=True), lines)

    def _end(self, case: Case, words: str) -> None:
        """Withdraw all that was found, and let go of the case."""
        for rule_id in sorted({each.rule for each in case.findings.values()}):
            self._tell(case, rule_id, [], words)
        for number, answered in sorted(case.answers.items()):
            self._leave(case, number, answered)
        case.answers.clear()
        self._conclude(case, None)
        self._close(case)
        self._docket.drop(case)
        self._feed_anew(case.path.events, DecisionPath())

    def _pass_on(self, moved: Moved, lines: list[bytes]) -> None:
        """Send events to where their case is judged."""
        joined = moved.joined
        lines = renamed(self._codec, lines, joined.into)
        if joined.there == self.partition:
            self._take_in(moved, lines)
            return
        for record in write_moved(self._codec, moved, lines):
            self._out.append(Output(JOURNAL, joined.there, record))

    def _take_in(self, moved: Moved, lines: list[bytes]) -> None:
        """Judge a case again with what another one brings; a repeat brings nothing."""
        joined = moved.joined
        key = case_key(joined.tenant, joined.into)
        further = self._joins.get(key)
        if further is not None:
            self._pass_on(Moved(further, moved.is_counted), lines)
            return
        self._catch_up(key)
        events = [self._late.read(line) for line in lines]
        case = self._case_of(key, events[0])
        before = list(case.path.events)
        news = [self._is_news(case, e, n, moved) for e, n in zip(events, lines, strict=True)]
        if any(news):
            self._docket.admit(case)
            self._feed_anew(before, case.path)
            self._retract(case, joined.words)
            self._ask_all(case, joined.words)
        case.path.forget()

    def _case_of(self, key: str, event: Event) -> Case:
        """Find the case that an event belongs to, or begin it."""
        return self._docket.case_of(key, event, self._policies[-1].settle_after)

    def _is_news(self, case: Case, event: Event, line: bytes, moved: Moved) -> bool:
        is_repeat, tally = case.path.add(event) is Added.REPEAT, self._tally_of(case)
        if moved.is_counted:
            tally.came(event.source, repeat=is_repeat)
        else:
            tally.seen(event.source, repeat=is_repeat)
        if not is_repeat:
            self._enter(line, case)
            case.lines.append(line)
        return not is_repeat

    @abstractmethod
    def _feed_anew(self, before: list[Event], path: DecisionPath) -> None:
        """Pass on what a case tells now, in place of what its events told before."""
