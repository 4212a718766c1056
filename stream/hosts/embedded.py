"""The embedded host: every machine in one process, everything in one file, no server."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rules.catalog import CATALOG_VERSION
from rules.errors import FoureyesError
from rules.machines.contract import Machine, Output
from stream.clock import Clock
from stream.hosts.contract import Halt, Pace, Pulsed, Role
from stream.hosts.store import StorageUnavailableError, Store


@dataclass(slots=True)
class Owned:
    """A machine at work, and where it stands."""

    role: Role
    partition: int
    machine: Machine
    position: int
    since_checkpoint: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one step did: where the raw records lie, and what each machine said."""

    offsets: list[int]
    said: list[tuple[str, int, list[Output]]]

    @property
    def is_idle(self) -> bool:
        """Whether no machine had anything to do."""
        return not self.said


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one machine is doing, for metrics and readiness."""

    role: str
    partition: int
    position: int
    behind: int
    behind_seconds: float
    halted: str | None


class EmbeddedHost:
    """Runs roles over one store (see `stream.hosts.contract`).

    `step` takes new raw records in, lets every machine in order work off what it finds, and makes
    all of it durable in one transaction; nothing is visible before. If that transaction fails the
    machines are void and are restored from the store at the next step.
    """

    def __init__(
        self,
        store: Store,
        roles: Sequence[Role],
        *,
        clock: Clock,
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._roles = roles
        self._clock = clock
        self._pace = pace or Pace()
        self._owned: dict[tuple[str, int], Owned] = {}
        self._void = True
        self.halts: dict[tuple[str, int], Halt] = {}

    def open(self) -> None:
        """Restore every machine. Raises nothing for a machine that can not be: it halts."""
        for role in self._roles:
            for partition in range(role.partitions):
                if (role.name, partition) not in self.halts:
                    self._restore(role, partition)
        self._void = False

    def close(self) -> None:
        """Write a checkpoint of every machine, so that the next start replays nothing."""
        if not self._void:
            with self._store.transaction():
                for owned in self._owned.values():
                    self._checkpoint(owned)
        self._store.close()

    def step(self, raw: Iterable[Output] = (), *, pulse: bool = False) -> Round:
        """Do one round: take raw records in, let every machine work off what there is.

        Raises StorageUnavailableError: then nothing of this round happened, `raw` included.
        """
        if self._void:
            self.open()
        said: list[tuple[str, int, list[Output]]] = []
        offsets: list[int] = []
        try:
            with self._store.transaction():
                offsets = self._append(list(raw))
                for owned in list(self._owned.values()):
                    outputs = self._work(owned)
                    if outputs is not None:
                        said.append((owned.role.name, owned.partition, outputs))
                if pulse:
                    said.extend(self._pulse())
        except BaseException:
            self._void = True
            self._owned.clear()
            raise
        return Round(offsets=offsets, said=said)

    def standings(self) -> list[Standing]:
        """Where every machine stands."""
        found = []
        for role in self._roles:
            for partition in range(role.partitions):
                owned = self._owned.get((role.name, partition))
                halt = self.halts.get((role.name, partition))
                position = owned.position if owned else halt.position if halt else 0
                found.append(
                    Standing(
                        role=role.name,
                        partition=partition,
                        position=position,
                        behind=self._store.end(role.log, partition) - position,
                        behind_seconds=self._waited(role.log, partition, position),
                        halted=halt.reason if halt else None,
                    )
                )
        return found

    def _waited(self, log: str, partition: int, position: int) -> float:
        """How long the next record has been waiting for its machine, in seconds."""
        waiting = self._store.read(log, partition, position, 1)
        if not waiting:
            return 0.0
        return max(0.0, self._clock.now().timestamp() - waiting[0].at_ms / 1000)

    def machines(self) -> dict[tuple[str, int], Machine]:
        """The machines at work, by role and partition: to be looked at, never to be changed."""
        return {place: owned.machine for place, owned in self._owned.items()}

    # --- one machine --------------------------------------------------------------------------

    def _work(self, owned: Owned) -> list[Output] | None:
        role = owned.role
        limit = role.batch_records or self._pace.batch_records
        records = self._store.read(role.log, owned.partition, owned.position, limit)
        if not records:
            return None
        try:
            outputs = owned.machine.feed(records)
        except StorageUnavailableError:
            raise
        except Exception:  # noqa: BLE001 - whatever a machine raises, only its partition stops
            return self._work_carefully(role, owned.partition)
        self._commit(owned, len(records), outputs)
        return outputs

    def _work_carefully(self, role: Role, partition: int) -> list[Output]:
        """Feed one record at a time, so that what comes before the bad one is not lost."""
        said: list[Output] = []
        self._restore(role, partition)
        owned = self._owned.get((role.name, partition))
        while owned is not None:
            records = self._store.read(role.log, partition, owned.position, 1)
            try:
                outputs = owned.machine.feed(records)
            except Exception as error:  # noqa: BLE001 - see above
                self._halt(role, partition, owned.position, f"{type(error).__name__}: {error}")
                break
            self._commit(owned, len(records), outputs)
            said += outputs
        return said

    def _pulse(self) -> Iterable[tuple[str, int, list[Output]]]:
        for owned in self._owned.values():
            if isinstance(owned.machine, Pulsed):
                behind = self._store.end(owned.role.log, owned.partition) - owned.position
                outputs = list(owned.machine.pulse(caught_up=behind == 0))
                self._commit(owned, 0, outputs)
                yield owned.role.name, owned.partition, outputs

    def _commit(self, owned: Owned, records: int, outputs: list[Output]) -> None:
        self._append(outputs)
        owned.position += records
        owned.since_checkpoint += records
        key = owned.role.name, owned.partition
        self._store.set_head(*key, owned.position, owned.machine.head())
        every = self._pace.checkpoint_every_records
        if not owned.role.replayed or owned.since_checkpoint >= every:
            self._checkpoint(owned)

    def _append(self, outputs: list[Output]) -> list[int]:
        if not outputs:
            return []
        return self._store.append(outputs, int(self._clock.now().timestamp() * 1000))

    def _checkpoint(self, owned: Owned) -> None:
        key = owned.role.name, owned.partition
        rows = owned.machine.changes()
        self._store.write_checkpoint(key, owned.position, CATALOG_VERSION, rows)
        owned.since_checkpoint = 0

    # --- restoring ----------------------------------------------------------------------------

    def _restore(self, role: Role, partition: int) -> None:
        self._owned.pop((role.name, partition), None)
        position, version = self._store.checkpoint(role.name, partition)
        head = self._store.head(role.name, partition)
        until, expected = head or (0, b"")
        if head and version not in ("", CATALOG_VERSION) and position < until:
            reason = (
                f"the checkpoint was written by rules version {version} and the record goes on "
                f"{until - position} records further; this is version {CATALOG_VERSION}: start "
                f"version {version} once more and stop it in order, then upgrade"
            )
            self._halt(role, partition, position, reason)
            return
        machine = role.build(partition)
        owned = Owned(role, partition, machine, position)
        try:
            machine.restore(self._store.state(role.name, partition))
            self._replay(owned, until)
        except FoureyesError as error:
            self._halt(role, partition, owned.position, str(error))
            return
        if head and machine.head() != expected:
            reason = (
                f"replaying to record {until} arrived at {machine.head().decode()} and the head "
                f"says {expected.decode()}: the record or the state is damaged"
            )
            self._halt(role, partition, until, reason)
            return
        self._owned[role.name, partition] = owned

    def _replay(self, owned: Owned, until: int) -> None:
        while owned.position < until:
            limit = min(self._pace.batch_records, until - owned.position)
            records = self._store.read(owned.role.log, owned.partition, owned.position, limit)
            if not records:
                break
            owned.machine.feed(records)
            owned.position += len(records)
            owned.since_checkpoint += len(records)

    def _halt(self, role: Role, partition: int, position: int, reason: str) -> None:
        self._owned.pop((role.name, partition), None)
        self.halts[role.name, partition] = Halt(
            role=role.name, partition=partition, position=position, reason=reason
        )
