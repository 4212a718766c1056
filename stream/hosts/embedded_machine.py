"""One machine on the embedded host: brought back, fed, pulsed, and every turn of it written."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import NamedTuple

from rules.errors import FoureyesError
from rules.machines.contract import Machine, Output, PuttingAway, Record, Versioned
from rules.machines.set_aside import digest_of
from stream.clock import Clock
from stream.hosts.contract import OtherRulesError, Pace, Pulsed, Role, version_of
from stream.hosts.putting_away import put_away_by
from stream.hosts.setting_aside import Decision, Decisions, carry_out
from stream.hosts.store import (
    DataDirectoryError,
    Head,
    LogGapError,
    StorageUnavailableError,
    Store,
)
from stream.progress import UNWATCHED, Steps, counted


class MachineHaltedError(FoureyesError):
    """A machine has to stop until a person has looked; what came before is in the transaction."""

    def __init__(self, *, position: int, reason: str, digest: str | None = None) -> None:
        self.position = position
        self.reason = reason
        self.digest = digest
        super().__init__(f"stopped at record {position}: {reason}")


class _Reach(NamedTuple):
    """A machine's rows in the store (see `rules.machines.shelf.Reach`)."""

    store: Store
    machine: tuple[str, int]

    def row(self, name: str) -> bytes | None:
        return self.store.row(self.machine, name)

    def between(self, first: str, end: str) -> Iterator[tuple[str, bytes]]:
        return self.store.rows_between(self.machine, first, end)


class _Turn(NamedTuple):
    """What a machine did with some records; nothing of it is written yet."""

    records: int
    outputs: list[Output]
    head: bytes
    decision: Decision | None = None
    """What was carried out in it."""


class MachineAtWork:
    """A machine and where it stands in its log. Everything but making it needs a transaction.

    Raises MachineHaltedError, also when it is made, for what only a person can settle, whatever
    the machine raised; StorageUnavailableError and DataDirectoryError are the store's.
    """

    def __init__(  # noqa: PLR0913 - how it works has names
        self,
        store: Store,
        role: Role,
        partition: int,
        *,
        pace: Pace,
        clock: Clock,
        steps: Steps = UNWATCHED,
    ) -> None:
        self.role = role
        self.partition = partition
        self.position = 0
        self.machine: Machine
        self._store = store
        self._pace = pace
        self._clock = clock
        self._since_checkpoint = 0
        self._written_by = ""
        self._decisions = Decisions()
        self._bring_back(steps)

    @property
    def behind(self) -> int:
        """How many records wait for it."""
        return self._store.end(self.role.log, self.partition) - self.position

    def work(self, said: list[Output]) -> bool:
        """Feed it what comes next, adding to `said`; whether there was anything."""
        records = self._next(self.role.batch_records or self._pace.batch_records)
        if not records:
            return False
        try:
            turn = self._turn(partial(self.machine.feed, records), len(records))
        except Exception:  # noqa: BLE001 - whatever a machine raises, only its partition stops
            self._work_carefully(len(records), said)
        else:
            said += self._commit(turn)
        return True

    def pulse(self) -> list[Output] | None:
        """Wake it if it is one that the clock moves, and give what it said."""
        if not isinstance(self.machine, Pulsed):
            return None
        with self._halting("pulse: "):
            turn = self._turn(partial(self.machine.pulse, caught_up=self.behind == 0), 0)
        return self._commit(turn)

    @property
    def is_of_other_rules(self) -> bool:
        """Whether its rows were written by another version than its own."""
        return self._written_by != version_of(self.machine)

    def adopt(self) -> None:
        """Let it take over what another version of its rules has left."""
        before = self._written_by
        with self._halting(f"while it took over from rules {before}: "):
            said = (
                partial(self.machine.adopt, before) if isinstance(self.machine, Versioned) else list
            )
            self._write_whole(self._turn(said, 0))
        self._written_by = version_of(self.machine)

    def checkpoint(self) -> None:
        """Write its state down, so that the next start replays nothing."""
        with self._halting("checkpoint: "):
            self._write_checkpoint()

    # --- a turn -----------------------------------------------------------------------------

    def _work_carefully(self, count: int, said: list[Output]) -> None:
        """Feed one record at a time, so that what comes before the bad one is not lost."""
        self._bring_back()
        for _ in range(count):
            records = self._next(1)
            try:
                with self._halting():
                    turn = self._turn(partial(self.machine.feed, records), 1)
            except MachineHaltedError as error:
                turn = self._without(records[0], error)
            said += self._commit(turn)

    def _without(self, record: Record, error: MachineHaltedError) -> _Turn:
        """Go on without a record if that is decided; else halt, with a checkpoint at the head."""
        error.digest = digest_of(record.value)
        self._leave_checkpoint(error)
        decision = self._decisions.about(record.offset)
        if decision is None:
            raise error
        with self._halting():
            turn = self._turn(partial(carry_out, self.machine, record, decision), 1)
        return turn._replace(decision=decision)

    def _leave_checkpoint(self, raised: MachineHaltedError) -> None:
        """Build it anew at the head and write that down: there a repaired version takes over."""
        try:
            self._bring_back()
            if self.role.replayed and self._since_checkpoint:
                self.checkpoint()
        except MachineHaltedError as error:
            raise raised from error

    def _next(self, limit: int) -> list[Record]:
        with self._halting():
            return self._store.read(self.role.log, self.partition, self.position, limit)

    def _turn(self, say: Callable[[], Sequence[Output]], records: int) -> _Turn:
        return _Turn(records, list(say()), self.machine.head())

    def _commit(self, turn: _Turn) -> list[Output]:
        since = self._since_checkpoint + turn.records
        if self.role.replayed and since < self._pace.checkpoint_every_records:
            self._write(turn)
            self._since_checkpoint = since
        else:
            with self._halting("checkpoint: "):
                self._write_whole(turn)
        return turn.outputs

    def _write_whole(self, turn: _Turn) -> None:
        """Write a turn and a checkpoint, or neither: intake's turns can not be replayed."""
        position = self.position
        try:
            with self._store.part():
                self._write(turn)
                self._write_checkpoint()
        except BaseException:
            self.position = position
            raise

    def _write(self, turn: _Turn) -> None:
        if turn.outputs:
            self._store.append(turn.outputs, int(self._clock.now().timestamp() * 1000))
        if turn.decision is not None:
            done = self._decisions.applied(turn.decision)
            self._store.decide((self.role.name, self.partition), done)
        self.position += turn.records
        head = Head(self.position, turn.head, version_of(self.machine))
        self._store.set_head((self.role.name, self.partition), head)

    def _write_checkpoint(self) -> None:
        key = self.role.name, self.partition
        rows = self.machine.changes()
        self._store.write_checkpoint(key, self.position, version_of(self.machine), rows)
        self._since_checkpoint = 0

    # --- restoring --------------------------------------------------------------------------

    def _bring_back(self, steps: Steps = UNWATCHED) -> None:
        """Build it anew, and bring it to where it was committed."""
        key = self.role.name, self.partition
        self.position = 0
        with self._halting("while restored: "):
            self.machine = self.role.build(self.partition)
            if isinstance(self.machine, PuttingAway):
                self.machine.reach(_Reach(self._store, key))
            self._decisions = Decisions(self._store.decisions(*key))
            self.position, _ = self._store.checkpoint(*key)
            head = self._store.head(*key)
            self._written_by = head.rules if head else version_of(self.machine)
            until = head.position if head else self.position
            if until > self.position and self.is_of_other_rules:
                raise OtherRulesError(
                    written_by=self._written_by,
                    version=version_of(self.machine),
                    checkpoint=self.position,
                    head=until,
                )
            if until > self._store.end(self.role.log, self.partition):
                raise self._cut_off(until)
            kept = self._store.state(*key, without=put_away_by(self.machine))
            rows = counted(kept, steps, "rows restored")
            for first in rows:
                self.machine.restore(chain([first], rows))
            self._replay(until, steps)
            found = self.machine.head()
            if head and head.head != found:
                raise self._damaged(found, head.head)

    def _replay(self, until: int, steps: Steps) -> None:
        step = "records replayed"
        steps.expect(step, until - self.position)
        self._since_checkpoint = until - self.position
        while self.position < until:
            records = self._next(min(self._pace.batch_records, until - self.position))
            for run in self._decisions.runs(records):
                self._decisions.replay(self.machine, run)
            self.position += len(records)
            steps.told(step, len(records))

    # --- why it stops -----------------------------------------------------------------------

    @contextmanager
    def _halting(self, doing: str = "") -> Iterator[None]:
        """Turn whatever the machine raises into a halt where it stands."""
        try:
            yield
        except (MachineHaltedError, StorageUnavailableError, DataDirectoryError):
            raise
        except LogGapError as error:
            raise MachineHaltedError(position=self.position, reason=str(error)) from error
        except Exception as error:
            # Our own errors are sentences, others need their kind.
            kind = "" if isinstance(error, FoureyesError) else f"{type(error).__name__}: "
            reason = f"{doing}{kind}{error}"
            raise MachineHaltedError(position=self.position, reason=reason) from error

    def _cut_off(self, until: int) -> MachineHaltedError:
        end = self._store.end(self.role.log, self.partition)
        return MachineHaltedError(
            position=self.position,
            reason=f"{until} records of {self.role.log} were read and it has only {end} now: the "
            f"record was cut off",
        )

    def _damaged(self, found: bytes, expected: bytes) -> MachineHaltedError:
        was, is_now = (each.decode(errors="backslashreplace") for each in (expected, found))
        return MachineHaltedError(
            position=self.position,
            reason=f"replaying to record {self.position} arrived at {is_now} and the head says "
            f"{was}: the record or the state is damaged",
        )
