"""What an archive owes its trail, whichever database keeps it: one suite for each of them."""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import Engine, Row, select

from rules.events import UNLINKED_CASE
from rules.ledger.proofs import prove_inclusion, root_of_inclusion
from rules.ledger.tree import Frontier, leaf_hash
from rules.machines.contract import Record
from rules.machines.keeping import Act
from stream.archive.database import open_database, sqlite_url
from stream.archive.leaves import DamagedTrailError, Kind
from stream.archive.reader import Archive
from stream.archive.schema import CASES, CHECKPOINTS, ENTRIES, FINDINGS, LOGS, METADATA, TILES
from stream.archive.whereabouts import find_person
from stream.archive.writer import AnotherWriterError, PartitionWriter
from tests.archive.forgotten import CY, forget, forgetful, last_decision
from tests.archive.trails import NINE, TENANT, Company, company, late_evidence

TRAIL = company().trail
KILLS_AT_LEAST = 5


def everything(engine: Engine) -> dict[str, list[Row[tuple[object, ...]]]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key.columns)))
            for table in METADATA.sorted_tables
        }


def but_for_checkpoints(engine: Engine) -> dict[str, list[Row[tuple[object, ...]]]]:
    """All that an archive holds of the trail; checkpoints are made at times of their own."""
    held = everything(engine)
    held[CHECKPOINTS.name] = []
    return held


def written_at_once(
    directory: Path, trail: Sequence[Record] = TRAIL
) -> dict[str, list[Row[tuple[object, ...]]]]:
    """What an archive in SQLite holds of the same trail, stored in one go."""
    engine = open_database(sqlite_url(directory / "at-once.sqlite3"))
    PartitionWriter(engine, 0).write(trail)
    held = everything(engine)
    engine.dispose()
    return held


def kill_writers(url: str, more: float) -> int:
    """Let writers be killed until one comes to the end; give how many were."""
    command = [sys.executable, "-m", "tests.archive.killed_writers", url, str(more)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def kept_and_gone() -> Company:
    """A company that lets go of closed cases: of three, one is held, one came back, one is open."""
    said = company()
    said.decide(Act.HOLD, case="REQ-0-3", tenant=TENANT)
    said.decide(Act.RELEASE, case="REQ-0-3", tenant=TENANT)
    end = NINE + timedelta(days=4)
    said.decide(Act.EXPIRE, until=end, policy="2026-11")
    # What is told of a case later begins it anew.
    said.happen([late_evidence(7, end + timedelta(days=4))])
    return said


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


class ArchiveContract:
    """Subclass it in a folder whose fixture `engine` is an empty archive in one kind of database.

    What is compared with is an archive in SQLite, written in one go: so all of them hold the same.
    """

    lives_grow_by: ClassVar[float]
    """Seconds by which each writer may live longer than the one that was killed before it."""

    def test_what_is_stored_is_the_trail_byte_for_byte(self, engine: Engine) -> None:
        """Every entry in its place, and the ledger's own size and root."""
        said = company(partition=3)

        PartitionWriter(engine, 3).write(said.trail)

        with engine.connect() as connection:
            bodies = (
                connection.execute(select(ENTRIES.c.body).order_by(ENTRIES.c.id)).scalars().all()
            )
            log = connection.execute(select(LOGS)).one()
        tree = Frontier()
        for body in bodies:
            tree.append(body)
        assert (tree.size, tree.root()) == (said.judge.ledger.size, said.judge.ledger.root())
        assert (log.partition, log.position, log.size) == (3, len(said.trail), tree.size)

    def test_cases_and_findings_are_those_of_the_judge(self, engine: Engine) -> None:
        """Which cases there are, whether they are closed, and each change of each finding."""
        said = company()

        PartitionWriter(engine, 0).write(said.trail)

        with engine.connect() as connection:
            cases = connection.execute(select(CASES)).all()
            findings = connection.execute(select(FINDINGS.c.finding, FINDINGS.c.number)).all()
            kinds = set(connection.execute(select(ENTRIES.c.kind)).scalars())
        sizes, joined = said.judge.sizes(), len(list(said.judge.joined()))
        assert len(cases) == sizes["open_cases"] + sizes["settled_cases"] + joined
        assert len([each for each in cases if each.closed_id]) == sizes["settled_cases"] + joined
        assert len(findings) == sum(said.judge.tally.findings.values())
        assert kinds == set(Kind)

    @pytest.mark.parametrize("seed", range(4))
    def test_however_it_is_cut_and_repeated_the_archive_is_the_same(
        self, engine: Engine, tmp_path: Path, seed: int
    ) -> None:
        """Kafka may hand over again what is stored, and a writer may end after any batch."""
        chance = random.Random(seed)
        while (writer := PartitionWriter(engine, 0)).position < len(TRAIL):
            for _ in range(chance.randint(1, 3)):
                begin = chance.randint(0, writer.position)
                writer.write(TRAIL[begin : writer.position + chance.randint(1, 9)])

        assert everything(engine) == written_at_once(tmp_path)

    def test_a_writer_killed_again_and_again_stores_everything_once(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        """SIGKILL at moments nobody chose, from the making of the tables to somebody's erasure."""
        url = engine.url.render_as_string(hide_password=False)

        killed = kill_writers(url, self.lives_grow_by)

        assert killed >= KILLS_AT_LEAST
        assert everything(engine) == written_at_once(tmp_path, forgetful().trail)

    @pytest.mark.parametrize("record", damaged())
    def test_a_damaged_trail_is_not_stored(self, engine: Engine, record: Record) -> None:
        """What came before stays; of the damage nothing gets in."""
        PartitionWriter(engine, 0).write(TRAIL[:5])
        before = everything(engine)

        with pytest.raises(DamagedTrailError, match="trail"):
            PartitionWriter(engine, 0).write([record])

        assert everything(engine) == before

    def test_a_gap_in_the_trail_is_told(self, engine: Engine) -> None:
        """A record that is gone from the trail can not be made up for."""
        PartitionWriter(engine, 0).write(TRAIL[:5])

        with pytest.raises(DamagedTrailError, match="expected those of partition 0 from"):
            PartitionWriter(engine, 0).write(TRAIL[6:])

    def test_of_two_writers_one_gives_way(self, engine: Engine) -> None:
        """Two processes at one archive do not store anything twice."""
        one, other = PartitionWriter(engine, 0), PartitionWriter(engine, 0)
        one.write(TRAIL[:5])

        with pytest.raises(AnotherWriterError, match="no longer at record 0"):
            other.write(TRAIL[:7])

        assert PartitionWriter(engine, 0).position == 5

    @pytest.mark.parametrize("batch", [1, 3, 1000])
    def test_closed_cases_that_have_had_their_time_go_and_the_rest_still_joins(
        self, engine: Engine, batch: int
    ) -> None:
        """Their bytes, names and findings; hashes stay, so every proof is what it was."""
        said = kept_and_gone()
        for at in range(0, len(said.trail), batch):
            PartitionWriter(engine, 0).write(said.trail[at : at + batch])
        archive = Archive(engine)
        (log,) = archive.logs()
        gone = {each.number for each in archive.gone(0, log.size)}
        bodies = dict(archive.bodies(0, range(log.size)))
        node = archive.node(0)

        with engine.connect() as connection:
            named = set(connection.execute(select(CASES.c.name)).scalars())
        parted = f"{UNLINKED_CASE}execution:1/REQ-0-12-2"
        assert named == {"REQ-0-2", "REQ-0-7", "REQ-0-12", "REQ-0-14", parted}
        assert not archive.is_named("case", "REQ-0-1")
        assert bodies.keys() == set(range(log.size)) - gone
        assert len(gone) > 30
        assert (log.size, log.root) == (said.judge.ledger.size, said.judge.ledger.root())
        for number in (0, max(gone), log.size - 1):
            hashed = node(0, number) if number in gone else leaf_hash(bodies[number])
            path = prove_inclusion(number, log.size, node)
            assert root_of_inclusion(hashed, number, log.size, path) == log.root

    @pytest.mark.parametrize("batch", [1, 3, 1000])
    def test_who_is_forgotten_is_gone_and_the_rest_still_joins(
        self, engine: Engine, tmp_path: Path, batch: int
    ) -> None:
        """The bytes that name them; cases, findings' counts and every proof are what they were."""
        said = forgetful()
        for at in range(0, len(said.trail), batch):
            PartitionWriter(engine, 0).write(said.trail[at : at + batch])
        archive = Archive(engine)
        (log,) = archive.logs()
        gone = {each.number: each for each in archive.gone(0, log.size)}
        bodies = dict(archive.bodies(0, range(log.size)))
        node = archive.node(0)

        assert everything(engine) == written_at_once(tmp_path, said.trail)
        assert archive.is_scrubbed()
        assert not [body for body in bodies.values() if CY.are_in(body)]
        assert {each.gone for each in gone.values()} == {last_decision(said)}
        assert [*archive.named("account", "cy")] == []
        assert [*archive.named("case", "REQ-0-3")] != []
        assert (log.size, log.root) == (said.judge.ledger.size, said.judge.ledger.root())
        for number in (0, max(gone), log.size - 1):
            hashed = node(0, number) if number in gone else leaf_hash(bodies[number])
            path = prove_inclusion(number, log.size, node)
            assert root_of_inclusion(hashed, number, log.size, path) == log.root

    def test_what_is_held_is_not_forgotten(self, engine: Engine) -> None:
        """A hold that was entered before the decision, whoever has not seen it."""
        said = company()
        said.decide(Act.HOLD, case="REQ-0-3", tenant=TENANT)
        PartitionWriter(engine, 0).write(forget(said).trail)
        archive = Archive(engine)
        held, free = (next(archive.named("case", name)) for name in ("REQ-0-3", "REQ-0-9"))
        entries = dict(archive.of_cases([held, free], {0: said.judge.ledger.size}))

        assert [each for each in entries[held] if each.gone is not None] == []
        assert [each for each in entries[free] if each.gone is not None] != []

    def test_a_person_is_found_by_all_their_names(self, engine: Engine) -> None:
        """An account that is told with its person, and the person's other accounts."""
        PartitionWriter(engine, 0).write(company().trail)
        archive = Archive(engine)

        found = find_person(archive, ["ann"])
        exactly = find_person(archive, ["P-1"], is_exact=True)

        assert found.names.names == {"ann", "P-1"}
        assert found.kinds[Kind.EVENT] > 20
        assert [each.name for each in found.held] == ["REQ-0-2"]
        assert exactly.names.names == {"P-1"}
        every, own = (find_person(archive, ["cy"], tenant=each) for each in (TENANT, "globex"))
        assert set(own.places[0]) < set(every.places[0])

    def test_tiles_are_stored_as_they_fill(self, engine: Engine) -> None:
        """One row a tile, the open one changed in place."""
        said = company(60)
        writer = PartitionWriter(engine, 0)
        for at in range(0, len(said.trail), 10):
            writer.write(said.trail[at : at + 10])

        with engine.connect() as connection:
            rows = connection.execute(select(TILES)).all()

        assert sum(len(row.hashes) for row in rows if row.level == 0) == 32 * writer.size
