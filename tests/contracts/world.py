"""The logs of one test and a way to run a host over them, whatever the host."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from rules.machines.contract import Machine
from stream.hosts.contract import Halt, Pace, Role
from stream.hosts.setting_aside import Decision

SETTLE_SECONDS_MAX = 40.0
LOOK_SECONDS = 0.05

Seen = TypeVar("Seen")


class Running(ABC):
    """A host at work."""

    halts: list[Halt]
    """What `on_halt` was told."""

    @abstractmethod
    async def stop(self) -> None:
        """End it in an orderly way."""

    @abstractmethod
    async def is_at_work(self) -> None:
        """Return once every machine is restored, and fed as far as there is anything."""

    @abstractmethod
    async def crash(self) -> None:
        """End it at once, in the middle of whatever it does: nothing more is committed."""


class World(ABC):
    """The logs of one test. Names are given back as the host knows them."""

    @abstractmethod
    async def log(self, name: str, partitions: int = 1) -> str:
        """Make a log."""

    @abstractmethod
    async def append(self, log: str, partition: int, values: Sequence[bytes]) -> None:
        """Add records; returns when they are durable."""

    @abstractmethod
    async def said(self, log: str, partition: int) -> list[bytes]:
        """Everything committed to a partition by now."""

    @abstractmethod
    async def start(self, roles: Sequence[Role], pace: Pace) -> Running:
        """Start a host over this test's logs; its state is what the last one left."""

    @abstractmethod
    async def decide(self, role: Role, partition: int, decision: Decision) -> None:
        """Keep a decision beside a head while nobody is at work."""

    @abstractmethod
    def name(self, role: str) -> str:
        """Name a role as no other test does."""

    async def role(  # noqa: PLR0913 - a role has that many sides
        self,
        name: str,
        log: str,
        build: Callable[[int], Machine],
        *,
        partitions: int = 1,
        replayed: bool = True,
        batch_records: int | None = None,
    ) -> Role:
        """Describe a role, and make whatever the host needs to keep its state."""
        return Role(
            name=self.name(name),
            log=log,
            partitions=partitions,
            build=build,
            replayed=replayed,
            batch_records=batch_records,
        )


async def settled(look: Callable[[], Awaitable[Seen]], is_there: Callable[[Seen], bool]) -> Seen:
    """Look again and again until what is seen is there; give what was seen last."""
    give_up = asyncio.get_running_loop().time() + SETTLE_SECONDS_MAX
    seen = await look()
    while not is_there(seen) and asyncio.get_running_loop().time() < give_up:
        await asyncio.sleep(LOOK_SECONDS)
        seen = await look()
    return seen


async def all_said(world: World, log: str, count: int, partition: int = 0) -> list[bytes]:
    """What a partition holds once it holds so many records, or when patience ends."""
    return await settled(lambda: world.said(log, partition), lambda seen: len(seen) >= count)


def texts(count: int, *, start: int = 0, keys: int = 5) -> list[bytes]:
    """Records for a toy."""
    return [f"key{number % keys}:{number}".encode() for number in range(start, start + count)]
