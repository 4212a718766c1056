"""The writer: stores what the trail says and nothing else, once, whatever happens in between."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine, Row, select

from rules.ledger.proofs import prove_inclusion, range_root, root_of_inclusion
from rules.ledger.tree import Frontier, leaf_hash
from rules.machines.contract import Record
from stream.archive.database import open_database, sqlite_url
from stream.archive.leaves import Kind
from stream.archive.schema import CASES, ENTRIES, FINDINGS, LOGS, METADATA, TILES
from stream.archive.tiles import Growing, Tile, Tiled
from stream.archive.writer import AnotherWriterError, DamagedTrailError, PartitionWriter
from tests.archive.trails import company

TRAIL = company().trail


def everything(engine: Engine) -> dict[str, list[Row[tuple[object, ...]]]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key.columns)))
            for table in METADATA.sorted_tables
        }


def test_what_is_stored_is_the_trail_byte_for_byte(engine: Engine) -> None:
    """Every entry in its place, and the ledger's own size and root."""
    said = company(partition=3)

    PartitionWriter(engine, 3).write(said.trail)

    with engine.connect() as connection:
        bodies = connection.execute(select(ENTRIES.c.body).order_by(ENTRIES.c.id)).scalars().all()
        log = connection.execute(select(LOGS)).one()
    tree = Frontier()
    for body in bodies:
        tree.append(body)
    assert (tree.size, tree.root()) == (said.judge.ledger.size, said.judge.ledger.root())
    assert (log.partition, log.position, log.size) == (3, len(said.trail), tree.size)


def test_cases_and_findings_are_those_of_the_judge(engine: Engine) -> None:
    """Which cases there are, whether they are closed, and each change of each finding."""
    said = company()

    PartitionWriter(engine, 0).write(said.trail)

    with engine.connect() as connection:
        cases = connection.execute(select(CASES)).all()
        findings = connection.execute(select(FINDINGS.c.finding, FINDINGS.c.number)).all()
        kinds = set(connection.execute(select(ENTRIES.c.kind)).scalars())
    assert len(cases) == said.judge.sizes()["open_cases"] + said.judge.sizes()["settled_cases"]
    assert len([case for case in cases if case.closed_id]) == said.judge.sizes()["settled_cases"]
    assert len(findings) == sum(said.judge.tally.findings.values())
    assert kinds == set(Kind)


@pytest.mark.parametrize("seed", range(4))
def test_however_it_is_cut_and_repeated_the_archive_is_the_same(
    engine: Engine, tmp_path: Path, seed: int
) -> None:
    """Kafka may hand over again what is stored, and a writer may end after any batch."""
    chance = random.Random(seed)
    often = open_database(sqlite_url(tmp_path / "often.sqlite3"))
    PartitionWriter(engine, 0).write(TRAIL)
    while (writer := PartitionWriter(often, 0)).position < len(TRAIL):
        for _ in range(chance.randint(1, 3)):
            begin = chance.randint(0, writer.position)
            writer.write(TRAIL[begin : writer.position + chance.randint(1, 9)])

    assert everything(often) == everything(engine)
    often.dispose()


def bent(record: Record, **changes: object) -> Record:
    """A record of the trail that says something else."""
    told = {**json.loads(record.value), **changes}
    return Record(record.offset, json.dumps(told, separators=(",", ":")).encode())


def damaged() -> Sequence[Record]:
    """A record each that can not be what the judge wrote."""
    last = TRAIL[5]
    told = json.loads(last.value)
    return [
        bent(last, entries=[*told["entries"], {"record": "reported"}]),
        bent(last, entries=told["entries"][1:]),
        bent(last, root="00" * 32),
        bent(last, first=told["first"] + 1),
        bent(last, partition=1),
        bent(last, size=told["size"] + 1),
        Record(last.offset, b"[]"),
        Record(last.offset, b'{"entries":"'),
    ]


@pytest.mark.parametrize("record", damaged())
def test_a_damaged_trail_is_not_stored(engine: Engine, record: Record) -> None:
    """What came before stays; of the damage nothing gets in."""
    PartitionWriter(engine, 0).write(TRAIL[:5])
    before = everything(engine)

    with pytest.raises((DamagedTrailError, Exception), match=r"trail"):
        PartitionWriter(engine, 0).write([record])

    assert everything(engine) == before


def test_a_gap_in_the_trail_is_told(engine: Engine) -> None:
    """A record that is gone from the trail can not be made up for."""
    PartitionWriter(engine, 0).write(TRAIL[:5])

    with pytest.raises(DamagedTrailError, match="expected those of partition 0 from"):
        PartitionWriter(engine, 0).write(TRAIL[6:])


def test_of_two_writers_one_gives_way(engine: Engine) -> None:
    """Two processes at one archive do not store anything twice."""
    one, other = PartitionWriter(engine, 0), PartitionWriter(engine, 0)
    one.write(TRAIL[:5])

    with pytest.raises(AnotherWriterError, match="no longer at record 0"):
        other.write(TRAIL[:7])

    assert PartitionWriter(engine, 0).position == 5


@pytest.mark.parametrize("size", [1, 255, 256, 257, 300, 65_536, 65_800])
def test_tiles_give_the_hash_of_every_subtree(size: int) -> None:
    """A proof from tiles leads to the root that the frontier has."""
    growing, tree = Growing(0, []), Frontier()
    tiles: dict[tuple[int, int], bytes] = {}
    for number in range(size):
        growing.append(tree.append(b"%d" % number))
        if number % 1000 == 7:
            tiles.update({tile[:2]: tile.hashes for tile in growing.changed()})
            edge = [Tile(*place, hashes) for place, hashes in tiles.items() if len(hashes) < 8192]
            last = {tile.level: tile for tile in sorted(edge)}
            growing = Growing(number + 1, last.values())
    tiles.update({tile[:2]: tile.hashes for tile in growing.changed()})
    node = Tiled(lambda level, number: tiles[level, number])

    assert range_root(0, size, node) == tree.root()
    for index in {0, size // 2, size - 1}:
        path = prove_inclusion(index, size, node)
        assert root_of_inclusion(leaf_hash(b"%d" % index), index, size, path) == tree.root()


def test_tiles_are_stored_as_they_fill(engine: Engine) -> None:
    """One row a tile, the open one changed in place."""
    said = company(60)
    writer = PartitionWriter(engine, 0)
    for at in range(0, len(said.trail), 10):
        writer.write(said.trail[at : at + 10])

    with engine.connect() as connection:
        rows = connection.execute(select(TILES)).all()

    assert sum(len(row.hashes) for row in rows if row.level == 0) == 32 * writer.size
