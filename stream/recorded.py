"""What a data directory holds, judged again by somebody who only reads it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from rules.machines.contract import Output, Record
from rules.machines.judge import Judge
from stream.canonical import CODEC
from stream.journals import Journal, StoredJournal


def judges_of(journal: Journal) -> Iterator[Judge]:
    """A judge for each partition, fed with all that is committed."""
    for partition in journal.partitions:
        judge = Judge(partition, CODEC)
        journal.read(partition, feeding(judge, lambda _: None))
        yield judge


def feeding(judge: Judge, listen: Callable[[Output], None]) -> Callable[[bytes, int], None]:
    """Something that hands each record to a judge, and what that says to somebody."""

    def take(record: bytes, _partition: int) -> None:
        for output in judge.feed([Record(0, record)]):
            listen(output)

    return take


def judges_over(directory: Path) -> list[Judge]:
    """The judges of a data directory; its host may be running. Raises DataDirectoryError."""
    with closing(StoredJournal(directory)) as journal:
        return list(judges_of(journal))
