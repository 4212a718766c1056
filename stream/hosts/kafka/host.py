"""Runs any set of roles of one worker on Kafka, each partition as if fed once, whoever dies."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial

from rules.machines.contract import Machine
from stream.hosts.contract import Halt, Pace, Role
from stream.hosts.kafka.admin import describe_topics
from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.errors import BrokersUnavailableError, UnfitTopicsError
from stream.hosts.kafka.limits import KafkaLimits
from stream.hosts.kafka.ownership import Ownership
from stream.hosts.kafka.partition import Partition, Worker
from stream.hosts.kafka.status import PartitionStatus, Stage
from stream.hosts.kafka.turns import Turns
from stream.log import logger
from stream.progress import Steps, Unwatched
from stream.topic_defects import defects
from stream.topics import Topic, state_topic_of

LOG = logger(__name__)


class KafkaHost:
    """One worker's roles. Start as many workers as you like: the groups share the partitions.

    - `run` works until `stop` (orderly: what was fed is committed, checkpoints are written, the
      groups are left) or until it is cancelled (at once: uncommitted work is done again by the
      next owner). It raises UnfitTopicsError before anything is touched, and never for a log
      that is away: that is waited for.
    - a partition that needs a person is told to `on_halt`, once, and stands in `halts`.
    - `steps` gives, for each restore of a partition, whoever hears how far it is.
    - to run some roles at another pace, run a second host in the same loop.
    """

    def __init__(  # noqa: PLR0913 - how it works has names
        self,
        client: KafkaClient,
        roles: Sequence[Role],
        pace: Pace,
        *,
        on_halt: Callable[[Halt], None] | None = None,
        limits: KafkaLimits | None = None,
        steps: Callable[[], Steps] = Unwatched,
    ) -> None:
        self.halts: list[Halt] = []
        self._client = client
        self._roles = {role.name: role for role in roles}
        self._pace = pace
        self._on_halt = on_halt
        self._steps = steps
        self._limits = limits or KafkaLimits()
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._ownerships: dict[str, Ownership] = {}
        self._partitions: dict[str, dict[int, Partition]] = {name: {} for name in self._roles}
        self._tasks: dict[str, set[asyncio.Task[None]]] = {name: set() for name in self._roles}

    async def run(self) -> None:
        """Work until stopped."""
        worker = Worker(
            client=self._client,
            pace=self._pace,
            limits=self._limits,
            turns=Turns(),
            closing=self._closing,
            report=self._report,
            steps=self._steps,
        )
        try:
            if await self._have_fit_topics():
                async with asyncio.TaskGroup() as tasks:
                    for role in self._roles.values():
                        self._join(worker, role, tasks)
        finally:
            self._ended.set()

    async def stop(self) -> None:
        """End in an orderly way, within `stop_seconds`; returns when `run` has."""
        self._closing.set()
        await self._ended.wait()

    def status(self) -> list[PartitionStatus]:
        """Tell of every partition of every role, whoever owns it. Call it in the host's loop."""
        found = []
        for role in self._roles.values():
            owned = self._partitions[role.name]
            for number in range(role.partitions):
                if number in owned:
                    found.append(owned[number].status())
                else:
                    found.append(
                        PartitionStatus(role=role.name, partition=number, stage=Stage.ELSEWHERE)
                    )
        return found

    @property
    def is_ready(self) -> bool:
        """Whether all groups are joined, and all that is owned is at work on logs that answer.

        A halted partition does not count: starting the worker again would not help it.
        """
        joined = len(self._ownerships) == len(self._roles) and all(
            each.is_settled for each in self._ownerships.values()
        )
        return joined and all(map(self._is_at_work, self.status()))

    def _is_at_work(self, status: PartitionStatus) -> bool:
        if status.stage is Stage.RUNNING:
            return (status.seconds_since_answer or 0) < self._limits.session_seconds
        return status.stage in {Stage.ELSEWHERE, Stage.HALTED}

    def machines(self) -> Mapping[tuple[str, int], Machine]:
        """The machines at work, by role and partition: to be looked at, never to be changed."""
        return {
            (name, number): partition.machine
            for name, owned in self._partitions.items()
            for number, partition in owned.items()
            if partition.machine is not None
        }

    async def _have_fit_topics(self) -> bool:
        """Look whether inputs and state are as the roles need them; wait for a log that is away."""
        needed = [Topic(name=each.log, partitions=each.partitions) for each in self._roles.values()]
        needed += [state_topic_of(each.name, each.partitions) for each in self._roles.values()]
        names = {topic.name for topic in needed}
        failures = 0
        while not self._closing.is_set():
            try:
                found = await describe_topics(self._client, names, self._limits)
            except BrokersUnavailableError as error:
                failures += 1
                seconds = min(failures * self._limits.retry_seconds, self._limits.retry_seconds_max)
                LOG.warning("brokers_unavailable", reason=str(error), retry_seconds=seconds)
                await asyncio.sleep(seconds)
                continue
            unfit = [each for each in defects(needed, found) if each.is_fatal]
            if unfit:
                raise UnfitTopicsError(unfit)
            return True
        return False

    def _join(self, worker: Worker, role: Role, tasks: asyncio.TaskGroup) -> None:
        assigned = partial(self._assigned, worker, role, tasks)
        ownership = Ownership(self._client, role, self._limits, assigned)
        self._ownerships[role.name] = ownership
        tasks.create_task(ownership.run(self._closing, partial(self._emptied, role.name)))

    def _assigned(
        self, worker: Worker, role: Role, tasks: asyncio.TaskGroup, numbers: AbstractSet[int]
    ) -> None:
        """Start and stop partitions as the group says; those that stay know nothing of it."""
        owned = self._partitions[role.name]
        ownership = self._ownerships[role.name]
        for number in owned.keys() - numbers:
            owned.pop(number).lose()
        for number in sorted(numbers - owned.keys()):
            if number >= role.partitions:
                self._refuse(role, number)
                continue
            owned[number] = Partition(worker, role, number, ownership)
            self._begin(owned[number], role.name, tasks)

    def _begin(self, partition: Partition, role: str, tasks: asyncio.TaskGroup) -> None:
        work = partition.run()
        try:
            task = tasks.create_task(work)
        except RuntimeError:
            # The host is being cancelled, and the group has not heard of it yet.
            work.close()
            return
        self._tasks[role].add(task)
        task.add_done_callback(self._tasks[role].discard)

    def _refuse(self, role: Role, number: int) -> None:
        """Somebody added partitions to an input while we ran: say so, and leave them alone."""
        reason = (
            f"{role.log} has a partition {number}; expected {role.partitions} in all."
            f" Partitions were added, and nothing in them is fed"
        )
        halt = Halt(role=role.name, partition=number, position=0, reason=reason)
        if halt not in self.halts:
            self._report(halt)

    async def _emptied(self, role: str) -> None:
        """Wait until a role's partitions have committed and closed, but not without end."""
        tasks = set(self._tasks[role])
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self._limits.stop_seconds)
        for task in late:
            LOG.warning("stop_took_too_long", role=role, seconds=self._limits.stop_seconds)
            task.cancel()

    def _report(self, halt: Halt) -> None:
        self.halts.append(halt)
        if self._on_halt is not None:
            self._on_halt(halt)
