"""What the ledger and the archive cost an entry, against what the judge takes to write it."""

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from rules.ledger.checkpoint import Checkpoint, signed_text
from rules.ledger.proofs import check_consistency, prove_inclusion, root_of_inclusion
from rules.ledger.tree import Frontier, leaf_hash
from rules.machines.contract import TRAIL, Record
from rules.machines.judge import Judge
from rules.machines.records import write_events
from stream.archive.database import open_database, sqlite_url
from stream.archive.keys import check_ed25519, keys_in
from stream.archive.notary import consistency
from stream.archive.reader import Archive
from stream.archive.trail import BATCH_RECORDS
from stream.archive.writer import PartitionWriter
from stream.canonical import CODEC, dumps
from stream.clock import SystemClock
from stream.connectors import connector
from stream.connectors.documents import documents
from stream.connectors.table import Delivery
from tests.benchmarks.events import raw_events
from tests.benchmarks.whole_path import cpu_seconds

CASES = 20_000
FRAME_EVENTS = 200
PROOFS = 2_000
SIGNATURES = 500


def frames(cases: int, first: int = 0) -> list[Record]:
    """The journal of so many cases of five events, numbered from `first`."""
    native = connector("native")
    delivery = Delivery(
        source="native", observed_at=SystemClock().now(), digest="sha256:" + "0" * 64, place="bench"
    )
    lines = [
        dumps(tree)
        for raw in raw_events(cases, seed=7 + first, first=first)
        for _, document in documents(raw)
        for tree in native.read(document, delivery)
        if isinstance(tree, dict)
    ]
    return [
        Record(number, write_events(CODEC, "bench", lines[at : at + FRAME_EVENTS]))
        for number, at in enumerate(range(0, len(lines), FRAME_EVENTS))
    ]


def measure(url: str | None = None) -> None:
    """Print a line for each cost; the archive is in SQLite, or where `url` says."""
    judge = Judge(0, CODEC)
    trail: list[Record] = []
    journal = frames(CASES)

    def judged() -> None:
        for record in journal:
            for output in judge.feed([record]):
                if output.log == TRAIL:
                    trail.append(Record(len(trail), output.value))

    judging = cpu_seconds(judged)
    entries = judge.ledger.size
    with tempfile.TemporaryDirectory() as directory:
        engine = open_database(url or sqlite_url(Path(directory) / "archive.sqlite3"))
        begin = time.perf_counter()
        writing = cpu_seconds(partial(_write, engine, trail))
        waited = time.perf_counter() - begin
        _tell("judge writes the trail", judging, entries, "an entry")
        _tell(f"archive writes it ({engine.dialect.name})", writing, entries, "an entry")
        print(f"{'':<36} {waited / entries * 1e6:7.2f} µs an entry by the wall clock")
        _measure_ledger(Archive(engine), Path(directory))
        engine.dispose()


def _write(engine: Engine, trail: Sequence[Record]) -> None:
    writer = PartitionWriter(engine, 0)
    for at in range(0, len(trail), BATCH_RECORDS):
        writer.write(trail[at : at + BATCH_RECORDS])


def _measure_ledger(archive: Archive, directory: Path) -> None:
    (log,) = archive.logs()
    bodies = [body for _, body in archive.bodies(0, range(log.size))]
    tree, node, chance = Frontier(), archive.node(0), random.Random(1)
    indexes = [chance.randrange(log.size) for _ in range(PROOFS)]
    paths: list[list[bytes]] = []
    _tell("ledger append", cpu_seconds(lambda: _all(tree.append, bodies)), log.size, "an entry")
    proving = cpu_seconds(
        lambda: paths.extend(prove_inclusion(index, log.size, node) for index in indexes)
    )
    _tell("inclusion proof, any entry", proving, PROOFS, "a proof")
    hashes = [leaf_hash(bodies[index]) for index in indexes]

    def check() -> None:
        for hashed, index, path in zip(hashes, indexes, paths, strict=True):
            assert root_of_inclusion(hashed, index, log.size, path) == log.root

    _tell("inclusion proof checked", cpu_seconds(check), PROOFS, "a proof")
    old = Frontier()
    _all(old.append, bodies[: log.size // 3])
    path = consistency(archive, 0, old.size, log.size)
    checking = partial(check_consistency, (old.size, old.root()), (log.size, log.root), path)
    _tell("consistency proof checked", cpu_seconds(checking), 1, "a proof")
    (key,) = keys_in(directory / "archive.key", "foureyes.example")
    text = Checkpoint(origin="foureyes.example/0", size=log.size, root=log.root).text()
    message = signed_text(text)
    _tell("checkpoint signed", cpu_seconds(lambda: _times(key.sign, message)), SIGNATURES, "each")
    signature = key.sign(message)
    checked = partial(check_ed25519, key.key.public, message)
    _tell("signature checked", cpu_seconds(lambda: _times(checked, signature)), SIGNATURES, "each")


def _all(work: Callable[[bytes], object], each: Sequence[bytes]) -> None:
    for one in each:
        work(one)


def _times(work: Callable[[bytes], object], what: bytes) -> None:
    for _ in range(SIGNATURES):
        work(what)


def _tell(what: str, seconds: float, count: int, each: str) -> None:
    print(f"{what:<36} {seconds / count * 1e6:7.2f} µs {each}")
