"""What can be asked of the archive. Nothing here changes it, but for a checkpoint that is added."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Engine, Row, Select, func, select

from rules.ledger.tree import Frontier
from stream.archive.database import told_as_ours
from stream.archive.leaves import Kind, name_digest
from stream.archive.rows import put
from stream.archive.schema import (
    CASES,
    CHECKPOINTS,
    ENTRIES,
    HEADERS,
    LOGS,
    NAMES,
    TILES,
    ArchiveError,
    entry_id,
    place_of,
)
from stream.archive.tiles import HASH_BYTES, Tiled

T = TypeVar("T")
CASES_AT_ONCE = 200
ROWS_AT_ONCE = 2_000


class Log(NamedTuple):
    """How much of a partition is stored, and its root."""

    partition: int
    size: int
    root: bytes


class CaseRow(NamedTuple):
    """A case as the archive knows it."""

    id: int
    tenant: str | None
    name: str


class Stored(NamedTuple):
    """An entry: its number in its partition, its kind, its case's id, its bytes.

    `gone`: the number of the entry by which its bytes went, if they have; what is left of them is
    what may be counted.
    """

    number: int
    kind: Kind
    case_id: int | None
    body: bytes
    gone: int | None = None


class Held(NamedTuple):
    """A case that is held: its name, and the entry that says why."""

    name: str
    decision: bytes


class Archive:
    """Reads an archive that may be written meanwhile. Raises ArchiveUnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """For whoever reads further tables of it."""
        return self._engine

    def logs(self) -> list[Log]:
        """Every partition that has entries, in order."""
        rows = self._rows(select(LOGS).where(LOGS.c.size > 0).order_by(LOGS.c.partition))
        return [Log(row.partition, row.size, _root(row.size, row.roots)) for row in rows]

    def positions(self) -> dict[int, int]:
        """The trail record that each partition wants next."""
        rows = self._rows(select(LOGS.c.partition, LOGS.c.position))
        return {row.partition: row.position for row in rows}

    def node(self, partition: int) -> Tiled:
        """The hashes of a partition's full subtrees."""

        def load(level: int, number: int) -> bytes:
            tile = (
                (TILES.c.partition == partition)
                & (TILES.c.level == level)
                & (TILES.c.number == number)
            )
            found = next(iter(self._rows(select(TILES.c.hashes).where(tile))), None)
            if found is None:
                raise ArchiveError(
                    where="the archive", found=f"no tile {level}/{number}", expected="every tile"
                )
            return bytes(found.hashes)

        return Tiled(load)

    # --- cases ------------------------------------------------------------------------------

    def named(self, kind: str, name: str) -> Iterator[int]:
        """The ids of cases that have a name of this kind, in order."""
        digest = name_digest(kind, name)
        wanted = select(NAMES.c.case_id).where(NAMES.c.digest == digest)
        return (row.case_id for row in self._streamed(wanted.order_by(NAMES.c.case_id)))

    def is_named(self, kind: str, name: str) -> bool:
        """Whether any case has a name of this kind."""
        wanted = select(NAMES.c.case_id).where(NAMES.c.digest == name_digest(kind, name))
        return bool(self._rows(wanted.limit(1)))

    def between(self, begin: int, end: int) -> Iterator[int]:
        """The ids of cases with steps from `begin` to before `end` (microseconds), in order."""
        overlaps = (CASES.c.last_at >= begin) & (CASES.c.first_at < end)
        return (row.id for row in self._streamed(select(CASES.c.id).where(overlaps).order_by("id")))

    def cases(self, ids: Sequence[int]) -> Iterator[CaseRow]:
        """What is known of cases, in the order of their ids."""
        for some in _some(ids, CASES_AT_ONCE):
            wanted = select(CASES.c.id, CASES.c.tenant, CASES.c.name).where(CASES.c.id.in_(some))
            for row in self._rows(wanted.order_by(CASES.c.id)):
                yield CaseRow(row.id, row.tenant or None, row.name)

    def partition_of(self, case: int) -> int:
        """The partition that holds a case, by the case's id."""
        return place_of(case)[0]

    def names_like(self, name: str, limit: int) -> list[str]:
        """Names of cases in which a text occurs, or that occur in it."""
        near = CASES.c.name.contains(name, autoescape=True) & CASES.c.first_at.is_not(None)
        wanted = select(CASES.c.name).where(near).order_by(CASES.c.name).limit(limit)
        return [row.name for row in self._rows(wanted)]

    def count_cases(self) -> int:
        """How many cases there are; entities have no steps of their own."""
        wanted = select(func.count().label("n")).where(CASES.c.first_at.is_not(None))
        return int(next(iter(self._rows(wanted))).n)

    # --- entries ----------------------------------------------------------------------------

    def of_cases(
        self, ids: Iterable[int], sizes: Mapping[int, int]
    ) -> Iterator[tuple[int, list[Stored]]]:
        """Each case that has entries, and those in order, as far as the given partitions go.

        `ids` are in order, and so are the cases. Entries that were forgotten are among them.
        """
        for some in _some(ids, CASES_AT_ONCE):
            wanted = select(ENTRIES).where(ENTRIES.c.case_id.in_(some))
            rows = self._streamed(wanted.order_by(ENTRIES.c.case_id, ENTRIES.c.id))
            for case, own in groupby(rows, lambda row: int(row.case_id)):
                size = sizes.get(place_of(case)[0], 0)
                entries = [_stored(row) for row in own if place_of(row.id)[1] < size]
                if entries:
                    yield case, entries

    def headers(self, kind: Kind, partition: int, size: int) -> list[int]:
        """The numbers of a partition's entries of one kind that is about no case."""
        wanted = select(HEADERS.c.entry_id).where(_within(kind, partition, size))
        rows = self._rows(wanted.order_by(HEADERS.c.entry_id))
        return [place_of(row.entry_id)[1] for row in rows]

    def last_header(self, kind: Kind, partition: int, size: int) -> int | None:
        """The number of the last such entry."""
        last = func.max(HEADERS.c.entry_id).label("last")
        wanted = select(last).where(_within(kind, partition, size))
        found = next(iter(self._rows(wanted))).last
        return None if found is None else place_of(found)[1]

    def header_span(
        self, kind: Kind, partition: int, before: int, size: int
    ) -> tuple[int | None, int]:
        """The number of the last such entry before one; and of the next, or else the size."""
        begin = entry_id(partition, before)
        is_next = _within(kind, partition, size) & (HEADERS.c.entry_id >= begin)
        after = select(func.min(HEADERS.c.entry_id)).where(is_next).scalar_subquery()
        last = select(func.max(HEADERS.c.entry_id), after).where(_within(kind, partition, before))
        row = next(iter(self._rows(last)))
        numbers = [None if each is None else place_of(each)[1] for each in row]
        return numbers[0], size if numbers[1] is None else numbers[1]

    def bodies(self, partition: int, numbers: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """The bytes of entries; those that are gone are left out. `numbers` are in order."""
        for some in _some(numbers, ROWS_AT_ONCE // 4):
            first, last = entry_id(partition, some[0]), entry_id(partition, some[-1])
            these = ENTRIES.c.id.between(first, last)
            if last - first >= len(some):
                these = ENTRIES.c.id.in_([entry_id(partition, number) for number in some])
            wanted = select(ENTRIES.c.id, ENTRIES.c.body).where(these, ENTRIES.c.gone_id.is_(None))
            for row in self._rows(wanted.order_by(ENTRIES.c.id)):
                yield place_of(row.id)[1], bytes(row.body)

    def stored(self, partition: int, numbers: Sequence[int]) -> Iterator[Stored]:
        """Entries in the order of their numbers, those that are gone among them."""
        for some in _some(numbers, ROWS_AT_ONCE // 4):
            ids = [entry_id(partition, number) for number in some]
            wanted = select(ENTRIES).where(ENTRIES.c.id.in_(ids)).order_by(ENTRIES.c.id)
            yield from map(_stored, self._rows(wanted))

    def present(self, partition: int, size: int) -> Iterator[Stored]:
        """Every entry of a partition that has its bytes, in order."""
        return self._walk(partition, size, ENTRIES.c.gone_id.is_(None))

    def gone(self, partition: int, size: int) -> Iterator[Stored]:
        """Every entry of a partition that has let go of its bytes, in order."""
        return self._walk(partition, size, ENTRIES.c.gone_id.is_not(None))

    def _walk(self, partition: int, size: int, which: ColumnElement[bool]) -> Iterator[Stored]:
        begin, end = entry_id(partition, 0), entry_id(partition, size)
        within = (ENTRIES.c.id >= begin) & (ENTRIES.c.id < end) & which
        return map(_stored, self._streamed(select(ENTRIES).where(within).order_by(ENTRIES.c.id)))

    def held(self, ids: Sequence[int]) -> Iterator[Held]:
        """Those of some cases that are held, in order."""
        for some in _some(ids, CASES_AT_ONCE):
            wanted = (
                select(CASES.c.name, ENTRIES.c.body)
                .join(ENTRIES, ENTRIES.c.id == CASES.c.held_id)
                .where(CASES.c.id.in_(some))
            )
            for row in self._rows(wanted.order_by(CASES.c.id)):
                yield Held(row.name, bytes(row.body))

    def is_scrubbed(self) -> bool:
        """Whether nothing of what is gone lies about in the database's files."""
        wanted = select(LOGS.c.partition).where(LOGS.c.unscrubbed_id.is_not(None))
        return not self._rows(wanted)

    def count_gone(self) -> int:
        """How many entries have let go of their bytes; their hashes are in the tree."""
        wanted = select(func.count().label("n")).where(ENTRIES.c.gone_id.is_not(None))
        return int(next(iter(self._rows(wanted))).n)

    # --- checkpoints ------------------------------------------------------------------------

    def checkpoint(self, partition: int, size: int | None = None) -> str | None:
        """The last checkpoint of a partition, or the one of a size, as a signed note."""
        wanted = select(CHECKPOINTS.c.note).where(CHECKPOINTS.c.partition == partition)
        if size is not None:
            wanted = wanted.where(CHECKPOINTS.c.size == size)
        rows = self._rows(wanted.order_by(CHECKPOINTS.c.size.desc()).limit(1))
        return next((row.note for row in rows), None)

    def signed_by_several(self, partition: int, size: int) -> Iterator[str]:
        """The checkpoints up to a size that have several signatures, the latest first."""
        within = (CHECKPOINTS.c.partition == partition) & (CHECKPOINTS.c.size <= size)
        several = within & CHECKPOINTS.c.note.like("%\n\u2014 %\n\u2014 %")
        wanted = select(CHECKPOINTS.c.note).where(several).order_by(CHECKPOINTS.c.size.desc())
        return (row.note for row in self._streamed(wanted))

    def keep_checkpoint(self, partition: int, size: int, note: str) -> None:
        """Store a checkpoint; one of that size takes the place of the one before it."""
        row = {"partition": partition, "size": size, "note": note}
        with told_as_ours(self._engine), self._engine.begin() as connection:
            put(connection, CHECKPOINTS, [row], changing=("note",))

    def _rows(self, wanted: Select[Any]) -> Sequence[Row[Any]]:
        with told_as_ours(self._engine), self._engine.connect() as connection:
            return connection.execute(wanted).all()

    def _streamed(self, wanted: Select[Any]) -> Iterator[Row[Any]]:
        """Rows of which there may be millions: so many at once are held here."""
        with told_as_ours(self._engine), self._engine.connect() as connection:
            streaming = connection.execution_options(yield_per=ROWS_AT_ONCE)
            with streaming.execute(wanted) as rows:
                yield from rows


def _stored(row: Row[Any]) -> Stored:
    gone = None if row.gone_id is None else place_of(row.gone_id)[1]
    return Stored(place_of(row.id)[1], Kind(row.kind), row.case_id, bytes(row.body), gone)


def _within(kind: Kind, partition: int, size: int) -> ColumnElement[bool]:
    begin, end = entry_id(partition, 0), entry_id(partition, size)
    return (HEADERS.c.kind == kind) & (HEADERS.c.entry_id >= begin) & (HEADERS.c.entry_id < end)


def _some(every: Iterable[T], count: int) -> Iterator[list[T]]:
    left = iter(every)
    while some := list(islice(left, count)):
        yield some


def _root(size: int, roots: bytes) -> bytes:
    cut = [roots[at : at + HASH_BYTES] for at in range(0, len(roots), HASH_BYTES)]
    return Frontier(size, cut).root()
