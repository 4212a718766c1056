"""The archive on PostgreSQL: what is owed on SQLite is owed here, and more can go wrong."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine

from stream.archive import archivist
from stream.archive.archivist import Archivist
from stream.archive.keys import keys_in
from stream.archive.notary import Notary
from stream.archive.reader import Archive
from tests.archive.archive_contract import (
    TRAIL,
    ArchiveContract,
    but_for_checkpoints,
    written_at_once,
)
from tests.archive.trails import ToldTrail
from tests.services.postgres import Postgres

SECONDS_MAX = 60.0


class TestPostgres(ArchiveContract):
    """A server."""

    lives_grow_by = 0.012


async def test_a_database_that_goes_away_is_waited_for(
    engine: Engine, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed and started again, twice, in the middle of the work: nothing is lost or doubled."""
    monkeypatch.setattr(archivist, "RETRY_SECONDS", 0.1)
    notary = Notary(
        Archive(engine), "foureyes.example", keys_in(tmp_path / "key", "foureyes.example")
    )
    keeper = Archivist(engine, ToldTrail(TRAIL, seconds=0.05), notary)
    work = asyncio.create_task(keeper.run())
    async with asyncio.timeout(SECONDS_MAX):
        for stored in (4, 12):
            await until_stored(keeper, stored)
            await asyncio.to_thread(postgres.kill)
            await asyncio.sleep(0.2)
            await asyncio.to_thread(postgres.start)
        await until_stored(keeper, len(TRAIL))
    work.cancel()
    await asyncio.wait({work})
    held = but_for_checkpoints(engine)
    keeper.close()

    assert held == written_at_once(tmp_path)
    assert keeper.reasons() == []


async def until_stored(keeper: Archivist, records: int) -> None:
    """Wait until so much of the trail is stored."""
    while keeper.position(0) < records:
        await asyncio.sleep(0.01)
