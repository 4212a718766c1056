"""An archive as large as is asked for: cases judged and closed in earnest, and copies of them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain, islice

from sqlalchemy import Engine

from rules.events import Action
from rules.machines.contract import TRAIL, Record
from rules.machines.judge import Judge
from rules.machines.records import EVERY_SOURCE, SourceDeclared, write_source, write_ticks
from rules.machines.trail import Trail
from stream.archive.leaves import read_trail_record
from stream.archive.trail import BATCH_RECORDS
from stream.archive.writer import PartitionWriter
from stream.canonical import CODEC
from stream.exports.entries import read_entry
from tests.benchmarks.archive import frames
from tests.benchmarks.events import BEGIN, SOURCE

CASE_ENTRIES = 6
"""Five events and the closing; some have fewer events, some findings."""
CHUNK_CASES = 10_000
CASES_A_SECOND = 50
SETTLED_AFTER = timedelta(days=2)
LANE = "bench"
CARRIED = (
    Action.REQUESTED,
    Action.APPROVED,
    Action.PROVISIONED,
    Action.STEP_INVOKED,
    Action.EVIDENCED,
)
TOLD = ("actor", "beneficiary", "entitlement", "evidence", "justification")


def fill(engine: Engine, entries: int, copies: int) -> None:
    """Write so many entries that are judged, and so many copies of their events.

    A copy is of the cases without findings, under other names: its cases are open, and the
    population does not count them. So they can be exported one by one, and not as a whole.
    """
    writer = PartitionWriter(engine, 0)
    judge = Judge(0, CODEC)
    original: list[Record] = []
    for records in _some(_judged(judge, entries // CASE_ENTRIES), BATCH_RECORDS):
        writer.write(records)
        original += records if copies else []
    plain = list(_events(original))
    trail = Trail(0)
    trail.ledger = judge.ledger
    copied = chain.from_iterable(_copy(plain, number) for number in range(copies))
    for records in _some(_sealed(trail, copied, writer.position), BATCH_RECORDS):
        writer.write(records)


def _judged(judge: Judge, cases: int) -> Iterator[Record]:
    """The trail of so many cases, as the judge writes it."""
    journal = (value for first in range(0, cases, CHUNK_CASES) for value in _journal(first, cases))
    said = 0
    for offset, value in enumerate(chain([_declared()], journal)):
        for output in judge.feed([Record(offset, value)]):
            if output.log == TRAIL:
                yield Record(said, output.value)
                said += 1


def _journal(first: int, cases: int) -> Iterator[bytes]:
    """Some cases, and that everybody has reported past whatever they wait for."""
    count = min(CHUNK_CASES, cases - first)
    yield from (each.value for each in frames(count, first))
    end = BEGIN + timedelta(seconds=(first + count) / CASES_A_SECOND) + SETTLED_AFTER
    yield write_ticks(CODEC, LANE, {EVERY_SOURCE: end})


def _declared() -> bytes:
    return write_source(
        CODEC,
        SourceDeclared(
            source=SOURCE, connector="native", carries=CARRIED, tells=TOLD, lanes=(LANE,)
        ),
    )


def _events(records: list[Record]) -> Iterator[bytes]:
    """The events of those cases of which no record tells a finding."""
    bodies = [bytes(each) for one in records for each in read_trail_record(one.value).entries]
    entries = [read_entry(number, body) for number, body in enumerate(bodies)]
    found = {each.about for each in entries if each.sort == "finding"}
    return (e.body for e in entries if e.sort == "event" and e.about not in found)


def _copy(plain: list[bytes], number: int) -> Iterator[bytes]:
    name = b"C%06d-" % number
    return (body.replace(b"REQ-", name) for body in plain)


def _sealed(trail: Trail, bodies: Iterable[bytes], position: int) -> Iterator[Record]:
    for body in bodies:
        trail.enter(body)
        if trail.is_full:
            yield Record(position, trail.seal().value)
            position += 1
    if not trail.is_empty:
        yield Record(position, trail.seal().value)


def _some(records: Iterable[Record], count: int) -> Iterator[list[Record]]:
    left = iter(records)
    while some := list(islice(left, count)):
        yield some
