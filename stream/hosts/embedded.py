"""The embedded host: every machine in one process, everything in one file, no server."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from rules.machines.contract import Machine, Output
from stream.clock import Clock
from stream.hosts.contract import Halt, Pace, Role
from stream.hosts.embedded_machine import MachineAtWork, MachineHaltedError
from stream.hosts.store import StorageUnavailableError, Store
from stream.log import logger
from stream.progress import UNWATCHED, Steps, Together

LOG = logger(__name__)

T = TypeVar("T")
Said = tuple[str, int, list[Output]]
"""A role, its partition, and what its machine said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one step did: where the raw records lie, and what each machine said."""

    offsets: list[int]
    said: list[Said]

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
        self._owned: dict[tuple[str, int], MachineAtWork] = {}
        self._void = True
        self.halts: dict[tuple[str, int], Halt] = {}

    def open(self, steps: Steps = UNWATCHED) -> None:
        """Restore every machine, and tell how far that is; one that can not be restored halts.

        Raises StorageUnavailableError and DataDirectoryError: then none is at work.
        """
        together = Together(steps)
        for role in self._roles:
            for partition in range(role.partitions):
                if (role.name, partition) not in self.halts:
                    self._restore(role, partition, together)
        self._adopt()
        self._void = False

    def close(self) -> None:
        """Write a checkpoint of every machine, so that the next start replays nothing.

        Where nothing can be written the next start replays: state is only a cache.
        """
        try:
            if not self._void:
                with self._store.transaction():
                    for owned in list(self._owned.values()):
                        self._tend(owned, owned.checkpoint)
        except StorageUnavailableError as error:
            LOG.warning("checkpoints left out", reason=error.reason)
        finally:
            self._store.close()

    def step(
        self,
        raw: Iterable[Output] = (),
        *,
        facts: Iterable[tuple[str, str]] = (),
        pulse: bool = False,
    ) -> Round:
        """Do one round: take raw records in, let every machine work off what there is.

        `facts` are remembered by the store in the same transaction, by name.

        Raises StorageUnavailableError (wait) and DataDirectoryError (damage): then nothing of this
        round happened, `raw` included.
        """
        if self._void:
            self.open()
        halts = self.halts
        said: list[Said] = []
        try:
            with self._store.transaction():
                offsets = self._append(list(raw))
                for name, value in facts:
                    self._store.remember(name, value)
                said += self._work()
                if pulse:
                    said += self._pulse()
        except BaseException:
            # A halt of this round stands on work that was not committed either.
            self.halts = halts
            self._void = True
            self._owned.clear()
            raise
        return Round(offsets=offsets, said=said)

    def standings(self) -> list[Standing]:
        """Where every machine stands."""
        return [
            self._standing(role, partition)
            for role in self._roles
            for partition in range(role.partitions)
        ]

    def machines(self) -> dict[tuple[str, int], Machine]:
        """The machines at work, by role and partition: to be looked at, never to be changed."""
        return {place: owned.machine for place, owned in self._owned.items()}

    # --- one round --------------------------------------------------------------------------

    def _append(self, raw: list[Output]) -> list[int]:
        if not raw:
            return []
        return self._store.append(raw, int(self._clock.now().timestamp() * 1000))

    def _work(self) -> Iterable[Said]:
        for owned in list(self._owned.values()):
            outputs: list[Output] = []
            if self._tend(owned, partial(owned.work, outputs)) or outputs:
                yield owned.role.name, owned.partition, outputs

    def _pulse(self) -> Iterable[Said]:
        for owned in list(self._owned.values()):
            outputs = self._tend(owned, owned.pulse)
            if outputs is not None:
                yield owned.role.name, owned.partition, outputs

    def _tend(self, owned: MachineAtWork, work: Callable[[], T]) -> T | None:
        """Let a machine do something; None where it halted."""
        try:
            return work()
        except MachineHaltedError as error:
            self._halt(owned.role, owned.partition, error)
            return None

    def _restore(self, role: Role, partition: int, steps: Steps) -> None:
        self._owned.pop((role.name, partition), None)
        try:
            owned = MachineAtWork(
                self._store, role, partition, pace=self._pace, clock=self._clock, steps=steps
            )
        except MachineHaltedError as error:
            self._halt(role, partition, error)
        else:
            self._owned[role.name, partition] = owned

    def _adopt(self) -> None:
        """Have every machine of a new version take over what the old one left, all at once."""
        others = [owned for owned in self._owned.values() if owned.is_of_other_rules]
        if others:
            with self._store.transaction():
                for owned in others:
                    self._tend(owned, owned.adopt)

    def _halt(self, role: Role, partition: int, error: MachineHaltedError) -> None:
        key = role.name, partition
        self._owned.pop(key, None)
        halt = Halt(
            role=role.name,
            partition=partition,
            position=error.position,
            reason=error.reason,
            digest=error.digest,
        )
        # A new mapping: somebody in another thread may be reading the old one.
        self.halts = {**self.halts, key: halt}

    # --- how it goes ------------------------------------------------------------------------

    def _standing(self, role: Role, partition: int) -> Standing:
        owned = self._owned.get((role.name, partition))
        halt = self.halts.get((role.name, partition))
        position = owned.position if owned else halt.position if halt else 0
        return Standing(
            role=role.name,
            partition=partition,
            position=position,
            behind=max(0, self._store.end(role.log, partition) - position),
            behind_seconds=self._waited(role.log, partition, position),
            halted=halt.reason if halt else None,
        )

    def _waited(self, log: str, partition: int, position: int) -> float:
        """How long the next record has been waiting for its machine, in seconds."""
        at_ms = self._store.taken_at(log, partition, position)
        return 0.0 if at_ms is None else max(0.0, self._clock.now().timestamp() - at_ms / 1000)
