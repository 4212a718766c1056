"""The embedded host keeps the contract, over one SQLite file."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from rules.machines.contract import Output
from stream.clock import SystemClock
from stream.hosts.contract import Halt, Pace, Role
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.setting_aside import Decision
from stream.hosts.store import Store
from tests.contracts.host_contract import HostContract
from tests.contracts.setting_aside_contract import SettingAsideContract
from tests.contracts.world import Running, World

IDLE_SECONDS = 0.005
RECORDS_MAX = 1_000_000


class PowerCut(BaseException):
    """What ends a host in the middle of a transaction."""


class CutClock(SystemClock):
    """The machine's clock until the power is cut: a host asks it in the midst of a transaction."""

    is_cut = False

    def now(self) -> datetime:
        if self.is_cut:
            raise PowerCut
        return super().now()


class RunningEmbedded(Running):
    """An embedded host in a task of this test, each round in a thread as in a real run."""

    def __init__(self, directory: Path, roles: Sequence[Role], pace: Pace) -> None:
        self.halts: list[Halt] = []
        self.is_over = False
        self._clock = CutClock()
        self._pace = pace
        self._store = Store(directory)
        self._host = EmbeddedHost(self._store, roles, clock=self._clock, pace=pace)
        self._waiting: list[tuple[list[Output], asyncio.Event]] = []
        self._idle = asyncio.Event()
        self._task = asyncio.create_task(self._work())

    async def append(self, records: list[Output]) -> None:
        """Hand raw records in; returns when they are durable."""
        stored = asyncio.Event()
        self._waiting.append((records, stored))
        await stored.wait()

    async def stop(self) -> None:
        self.is_over = True
        await self._task
        self._host.close()

    async def is_at_work(self) -> None:
        await self._idle.wait()

    async def crash(self) -> None:
        if self.is_over:
            return
        self.is_over = self._clock.is_cut = True
        await asyncio.wait({self._task})
        assert isinstance(self._task.exception(), PowerCut | None)
        self._store.close()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        pulse_at = loop.time() + self._pace.pulse_seconds
        while not self.is_over:
            taken, self._waiting = self._waiting, []
            raw = [record for records, _ in taken for record in records]
            is_due = loop.time() >= pulse_at
            done = await asyncio.to_thread(self._host.step, raw, pulse=is_due)
            for _, stored in taken:
                stored.set()
            self.halts[:] = self._host.halts.values()
            if is_due:
                pulse_at = loop.time() + self._pace.pulse_seconds
            if done.is_idle:
                self._idle.set()
                await asyncio.sleep(IDLE_SECONDS)


class EmbeddedWorld(World):
    """Logs in one file. While a host is at work, only that host may write to them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: RunningEmbedded | None = None
        Store(directory).close()

    def name(self, role: str) -> str:
        return role

    async def log(self, name: str, partitions: int = 1) -> str:
        del partitions
        return name

    async def append(self, log: str, partition: int, values: Sequence[bytes]) -> None:
        records = [Output(log, partition, value) for value in values]
        if self._running is not None and not self._running.is_over:
            await self._running.append(records)
            return
        store = Store(self._directory)
        with store.transaction():
            store.append(records, int(SystemClock().now().timestamp() * 1000))
        store.close()

    async def said(self, log: str, partition: int) -> list[bytes]:
        store = Store(self._directory, read_only=True)
        found = store.read(log, partition, 0, RECORDS_MAX)
        store.close()
        return [record.value for record in found]

    async def start(self, roles: Sequence[Role], pace: Pace) -> Running:
        self._running = RunningEmbedded(self._directory, roles, pace)
        return self._running

    async def decide(self, role: Role, partition: int, decision: Decision) -> None:
        store = Store(self._directory)
        with store.transaction():
            store.decide((role.name, partition), decision)
        store.close()

    async def close(self) -> None:
        """End whatever a failed test has left running."""
        if self._running is not None:
            await self._running.crash()


class TestEmbeddedHost(HostContract, SettingAsideContract):
    """Each promise of the contract, kept by transactions of SQLite."""

    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[World]:
        """A data directory of this test alone."""
        world = EmbeddedWorld(tmp_path)
        yield world
        await world.close()
