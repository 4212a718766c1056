"""What every machine that asks rules does with the records it is fed, and with time."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from rules.canary import is_canary
from rules.errors import UnreadableRecordError
from rules.events import Action
from rules.machines.asking import REPORT_EVERY
from rules.machines.cases import Case
from rules.machines.contract import HEALTH, Output, Record
from rules.machines.findings import confirmed
from rules.machines.keeping import RECORD as KEEPING
from rules.machines.late import ROW as LATE_ROW
from rules.machines.records import read_header, read_source, read_until, write_rules
from rules.machines.revising import Revising
from rules.machines.set_aside import RECORD
from rules.machines.settled import PUT_AWAY
from rules.machines.shelf import Reach
from rules.machines.sweep import ROW as SWEEP_ROW
from rules.machines.tally import UNTOLD
from rules.policy import with_version
from rules.rule import AskAgain
from rules.verdict import Verdict

_META = "meta"
_NOTHING_DECLARED = {"carries": (), "tells": (), "lanes": (), "told": False}
"""What is empty is left out of a row."""
_EVERYTHING = frozenset(Action)

Reader = Callable[[Any, bytes, dict[str, Any], list[bytes]], None]


class Excused(NamedTuple):
    """What looks like a breach of a rule, and why policy says that it is none.

    `key` is a case's or an entity's.
    """

    rule: str
    key: str
    reasons: tuple[str, ...]


class Bench(Revising):
    """A machine before it is said what is judged (see `rules.machines.contract.Versioned`).

    Outputs: on `foureyes.findings` every change of a finding; on `foureyes.trail`, for each record
    that led to entries, the entries in order with the ledger's size and root after them (before
    anything is said, how far everybody had come); on `foureyes.health`, at each tick that found
    them changed, the counts, and what can not be told as it becomes known.
    """

    put_away: tuple[str, ...] = PUT_AWAY

    # --- the contract -----------------------------------------------------------------------

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Apply records in order."""
        for record in records:
            first, *lines = record.value.split(b"\n")
            header = read_header(first)
            reader = self.READERS.get(header["record"])
            if reader is None:
                raise UnreadableRecordError(
                    what="a journal record",
                    found=header["record"],
                    expected=f"one of {sorted(self.READERS)}",
                )
            reader(self, first, header, lines)
            if self._sweep:
                self._go_on()
            self._finish()
        out, self._out = self._out, []
        return out

    def set_aside(self, record: Record, decision: bytes) -> list[Output]:
        """Enter the decision in place of the record."""
        return self.feed([record._replace(value=decision)])

    def _finish(self) -> None:
        """End the turn of one record."""
        if not self._trail.is_empty:
            self._seal()

    def excused(self) -> Iterator[Excused]:
        """Everything that policy sets aside as things stand."""
        for key, answers in self._docket.answers():
            for number, answered in sorted(answers.items()):
                if answered.set_aside:
                    yield Excused(self._catalog[number].id, key, answered.set_aside)

    def head(self) -> bytes:
        """The ledger's size and root: they differ as soon as two machines said different things."""
        return self._trail.head()

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows of the cases that changed, and the row of everything else."""
        yield from self._docket.rows()
        yield from self._late.rows()
        yield from self._sweep.rows()
        yield _META, self._codec.write(self._meta())

    def reach(self, rows: Reach) -> None:
        """Leave to the host what is put away."""
        self._shelf.lean_on(rows)

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        settled = None
        for name, row in rows:
            if name == _META:
                settled = json.loads(row).get("settled")
                self._restore_meta(row)
            elif name.startswith(LATE_ROW):
                self._late.restore(name, row)
            elif name.startswith(SWEEP_ROW):
                self._sweep.restore(name, row)
            else:
                self._docket.restore(name, row)
        self._docket.settled.take_stock(settled)
        # Rows come in any order: what is known late may have come after what it concerns.
        for case in self._docket.open.values() if len(self._late) else ():
            self._lay_over(case)

    def adopt(self, before: str) -> list[Output]:
        """Say that other rules have taken over, and ask them about every open case."""
        self._enter(write_rules(self._codec, before, self.version))
        # Whatever is said from here on is said under these rules.
        self.horizon.moved = True
        self.tally.keep([rule.id for rule in self._catalog])
        self._deadlines.wait_again()
        words = f"rules {self.version} took over from {before}"
        for key in sorted(self._docket.open):
            case = self._docket.open[key]
            self._retract(case, words)
            self._ask_all(case, words)
        self._pass_time()
        self._seal()
        out, self._out = self._out, []
        return out

    def sizes(self) -> dict[str, int]:
        """How much the machine keeps in memory, by kind."""
        return {**self._told_sizes(), "deadlines": len(self._deadlines)}

    def _told_sizes(self) -> dict[str, int]:
        """What follows from the records; how many stale deadlines lie about does not."""
        return {"entries": self.ledger.size}

    # --- records ----------------------------------------------------------------------------

    def _take_ticks(self, _first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        self.horizon.tick(header["lane"], read_until(header))
        self._pass_time()

    def _take_source(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        if self.horizon.declare(read_source(header)):
            self._enter(first)

    def _take_policy(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        policy = self._codec.read_policy(self._codec.write(header["policy"]))
        if policy == self._policies[-1]:
            return
        self._policies = with_version(self._policies, policy)
        self._enter(first)
        self._deadlines.wait_again()
        self._sweep.because(f"policy {policy.version} came into force")
        self._go_on()
        self._pass_time()

    def _take_set_aside(self, first: bytes, _header: dict[str, Any], _lines: list[bytes]) -> None:
        self._enter(first)
        # How many events were in it nobody can tell: a record is counted.
        self.tally.refuse(UNTOLD, RECORD)

    def _take_keeping(self, first: bytes, _header: dict[str, Any], _lines: list[bytes]) -> None:
        # The archive carries it out: here it is an entry and nothing else.
        self._enter(first)

    # Bound to the class: a machine that held its own methods would never be freed by counting.
    READERS: ClassVar[Mapping[str, Reader]] = {
        "ticks": _take_ticks,
        "source": _take_source,
        "policy": _take_policy,
        RECORD: _take_set_aside,
        KEEPING: _take_keeping,
        "facts": Revising.take_facts,
    }

    # --- time -------------------------------------------------------------------------------

    def _pass_time(self) -> None:
        while ripe := self._deadlines.ripe(self.horizon.reported):
            for due in ripe:
                # A question that nobody asks any more may lie about, or not, and must do nothing.
                if self._docket.waiting(due) is None:
                    continue
                self._catch_up(due.key)
                case = self._docket.waiting(due)
                if case is not None:
                    words = f"every source has reported up to {due.at:%Y-%m-%d %H:%M:%SZ}"
                    self._ask(case, [(due.rule, self._catalog[due.rule])], words)
        now = self.horizon.log_time
        if now is not None:
            self._lose_patience(now)
            self._settle(now)
            if self._reported_at is None or now - self._reported_at >= REPORT_EVERY:
                self._report()
        if self.tally.changed:
            self.tally.changed = False
            counts = {**self.tally.told(), "partition": self.partition, "sizes": self._told_sizes()}
            value = self._codec.write(counts)
            self._out.append(Output(HEALTH, self.partition, value, self._health_key()))

    def _health_key(self) -> bytes:
        """Under which key the counts stand: the latest ones are what holds."""
        return b"%d" % self.partition

    def _lose_patience(self, now: datetime) -> None:
        for due in self._deadlines.overdue(now - self._policies[-1].silence_patience):
            case = self._docket.open.get(due.key)
            if case is None or not case.awaits(due):
                continue
            answered = case.answers[due.rule]
            if answered.verdict is Verdict.OPEN:
                self._give_up(case, due.rule, answered, AskAgain(due.at, due.awaiting))

    def _is_owed(self, case: Case) -> bool:
        """Whether a case waits for somebody who is known and may return."""
        asks = (ask for answered in case.answers.values() for ask in answered.asks)
        return any(self.horizon.expects(ask.awaiting) for ask in asks)

    def _settle(self, now: datetime) -> None:
        if self._sweep:
            return
        policy = self._policies[-1]
        until = now - policy.silence_patience
        everyone = self.horizon.reported(_EVERYTHING)
        if everyone is not None and everyone > until:
            until = everyone
        canaries = []
        for case in self._docket.quiet(until, policy.settle_after, is_owed=self._is_owed):
            for finding in confirmed(case, case.settle_at):
                self._say(case, finding)
            self._close(case)
            if is_canary(case.tenant):
                canaries.append(case)
        for canary in canaries:
            # Its entries stand; nobody asks for it again, and there is always another one.
            self._docket.drop(canary)

    def _close(self, case: Case) -> None:
        """Say what there is of a case that settles, where somebody can check it."""

    # --- the row of everything but what is judged ---------------------------------------------

    def _meta(self) -> dict[str, object]:
        return {
            "ledger": self._trail.told(),
            "declared": [self.horizon.declared[name] for name in sorted(self.horizon.declared)],
            "heard": self.horizon.heard,
            "policies": [self._codec.write(policy).decode() for policy in self._policies],
            "homes": self.horizon.homes,
            "stood": self.horizon.stood,
            "log_time": self.horizon.log_time,
            "moved": self.horizon.moved,
            "reported_at": self._reported_at,
            "settled": self._docket.settled.count,
            "tally": self.tally.told(),
            "tally_changed": self.tally.changed,
        }

    def _restore_meta(self, row: bytes) -> None:
        meta = json.loads(row)
        self._trail.restore(meta["ledger"])
        for source in meta["declared"]:
            self.horizon.declare(read_source({**_NOTHING_DECLARED, **source}))
        self.horizon.homes = meta.get("homes", [])
        self.horizon.stood = read_until({"until": meta.get("stood", {})})
        for lane, until in meta["heard"].items():
            self.horizon.tick(lane, read_until({"until": until}))
        if meta["log_time"] is not None:
            self.horizon.log_time = datetime.fromisoformat(meta["log_time"])
        if meta["reported_at"] is not None:
            self._reported_at = datetime.fromisoformat(meta["reported_at"])
        self.horizon.moved = meta["moved"]
        self._policies = [self._codec.read_policy(text.encode()) for text in meta["policies"]]
        self.tally.restore(meta["tally"])
        self.tally.changed = meta["tally_changed"]
