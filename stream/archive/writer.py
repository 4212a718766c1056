"""Writes one partition of the trail into the archive, in order, each root computed again first."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, select, tuple_, update

from rules.ledger.tree import Frontier
from rules.machines.contract import Record
from stream.archive.database import told_as_ours
from stream.archive.findings import CHANGING, change_row, read_told, standing_row
from stream.archive.keeping import carry_out, keys_to_destroy
from stream.archive.leaves import (
    DamagedTrailError,
    Kind,
    Leaf,
    TrailRecord,
    case_names,
    name_digest,
    read_leaf,
    read_trail_record,
)
from stream.archive.moments import microseconds
from stream.archive.rows import insert, put
from stream.archive.schema import (
    CASES,
    ENTRIES,
    FINDINGS,
    HEADERS,
    LOGS,
    NAMES,
    STANDINGS,
    TILES,
    ArchiveError,
    entry_id,
)
from stream.archive.scrubbing import scrub
from stream.archive.tiles import HASH_BYTES, TILE_LEVELS, Growing, Tile

Destroy = Callable[[Sequence[str], str], None]
"""Destroys the keys of pseudonyms, by a decision of that name; again does nothing."""
CASES_KNOWN_MAX = 50_000
"""Cases whose rows are remembered between batches; others are looked up again."""
LOOKED_UP_AT_ONCE = 400
UNHEADED = frozenset({Kind.REFUSED, Kind.EVENT, Kind.FINDING, Kind.CLOSED})
"""What no export has to show though it is of no case: refusals, and what is the canary's."""


class AnotherWriterError(ArchiveError):
    """Somebody else has written this partition meanwhile: begin again where it stands now."""


@dataclass(slots=True)
class _Case:
    id: int
    first_at: int | None = None
    last_at: int | None = None
    closed_id: int | None = None
    verdict: str | None = None


@dataclass(slots=True)
class _Batch:
    """What one transaction adds."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    standings: dict[str, dict[str, Any]] = field(default_factory=dict)
    headers: list[dict[str, Any]] = field(default_factory=list)
    names: dict[tuple[int, int], None] = field(default_factory=dict)
    begun: dict[tuple[str, str], _Case] = field(default_factory=dict)
    touched: dict[tuple[str, str], _Case] = field(default_factory=dict)


class PartitionWriter:
    """The archive's writer of one partition. What `write` has returned from is stored.

    It goes on where the archive stands, whoever brought it there; records that are stored already
    are passed over. After an exception make a new one. Raises DamagedTrailError, AnotherWriterError
    and ArchiveUnavailableError.
    """

    def __init__(self, engine: Engine, partition: int, destroy: Destroy | None = None) -> None:
        self.partition = partition
        self._destroy = destroy
        self._engine = engine
        self._known: OrderedDict[tuple[str, str], _Case] = OrderedDict()
        with told_as_ours(engine), engine.begin() as connection:
            self.position, size, roots = self._begin(connection)
            edge = connection.execute(_edge_of(partition, size)).all()
        # Whoever was here before may have died between letting go and this.
        scrub(engine)
        hashes = [roots[at : at + HASH_BYTES] for at in range(0, len(roots), HASH_BYTES)]
        self._tree = Frontier(size, hashes)
        self._tiles = Growing(size, [Tile(*row) for row in edge])

    @property
    def size(self) -> int:
        """How many entries of the partition are stored."""
        return self._tree.size

    def _begin(self, connection: Connection) -> tuple[int, int, bytes]:
        row = {"partition": self.partition, "position": 0, "size": 0, "roots": b""}
        put(connection, LOGS, [row])
        found = connection.execute(select(LOGS).where(LOGS.c.partition == self.partition)).one()
        return found.position, found.size, found.roots

    def write(self, records: Sequence[Record]) -> None:
        """Store what the next records of the trail say, in one transaction."""
        new = [record for record in records if record.offset >= self.position]
        if not new:
            return
        leaves: list[tuple[bytes, Leaf]] = []
        first = self._tree.size
        for record in new:
            leaves += self._checked(record)
        self._destroy_keys(leaves, first)
        with told_as_ours(self._engine), self._engine.begin() as connection:
            # First of all: whoever writes here at the same time waits, and then gives way.
            self._move(connection, new[-1].offset + 1)
            for run in _runs(leaves):
                self._look_up(connection, run)
                self._store(connection, self._sorted(run, first))
                first += len(run)
                self._keep(connection, run[-1], first - 1)
        if any(leaf.kind is Kind.KEEPING for _, leaf in leaves):
            scrub(self._engine)
        self._forget()

    def _destroy_keys(self, leaves: list[tuple[bytes, Leaf]], first: int) -> None:
        """Destroy keys as was decided, before that is stored: who dies in between does it again."""
        for number, (body, leaf) in enumerate(leaves, first):
            pseudonyms = keys_to_destroy(body) if leaf.kind is Kind.KEEPING else ()
            if pseudonyms and self._destroy is not None:
                self._destroy(pseudonyms, f"{self.partition}/{number}")

    # --- what the trail says ----------------------------------------------------------------

    def _checked(self, record: Record) -> list[tuple[bytes, Leaf]]:
        """Take a record's entries, once they lead to the root that it tells."""
        told = read_trail_record(record.value)
        if (told.partition, told.first) != (self.partition, self._tree.size):
            raise self._damaged(
                record,
                f"entries of partition {told.partition} from {told.first} on",
                f"those of partition {self.partition} from {self._tree.size} on",
            )
        bodies = [bytes(entry) for entry in told.entries]
        for body in bodies:
            self._tiles.append(self._tree.append(body))
        self._check_root(record, told)
        return [(body, read_leaf(body)) for body in bodies]

    def _check_root(self, record: Record, told: TrailRecord) -> None:
        found = self._tree.root().hex()
        if (found, self._tree.size) != (told.root, told.size):
            raise self._damaged(
                record,
                f"entries that lead to root {found} of {self._tree.size}",
                f"root {told.root} of {told.size}, as it says itself",
            )

    def _damaged(self, record: Record, found: str, expected: str) -> DamagedTrailError:
        where = f"record {record.offset} of the trail's partition {self.partition}"
        return DamagedTrailError(where=where, found=found, expected=expected)

    # --- sorting it -------------------------------------------------------------------------

    def _look_up(self, connection: Connection, leaves: list[tuple[bytes, Leaf]]) -> None:
        """Find the rows of cases that are known to the archive and not to this writer."""
        wanted = {leaf.about for _, leaf in leaves} - {None} - set(self._known)
        names = [name for name in wanted if name is not None]
        columns = tuple_(CASES.c.tenant, CASES.c.name)
        for at in range(0, len(names), LOOKED_UP_AT_ONCE):
            some = names[at : at + LOOKED_UP_AT_ONCE]
            for row in connection.execute(select(CASES).where(columns.in_(some))):
                self._known[row.tenant, row.name] = _Case(
                    row.id, row.first_at, row.last_at, row.closed_id, row.verdict
                )

    def _sorted(self, leaves: list[tuple[bytes, Leaf]], first: int) -> _Batch:
        batch = _Batch()
        for number, (body, leaf) in enumerate(leaves, first):
            entry = entry_id(self.partition, number)
            kind = leaf.kind
            case = self._case_of(batch, leaf, entry)
            row = {"id": entry, "kind": kind, "case_id": case.id if case else None, "body": body}
            batch.entries.append(row)
            if case is not None:
                _take(batch, case, leaf, entry, body)
            elif kind not in UNHEADED:
                header = {"kind": kind, "entry_id": entry, "version": leaf.version}
                batch.headers.append(header)
        return batch

    def _case_of(self, batch: _Batch, leaf: Leaf, entry: int) -> _Case | None:
        name = leaf.about
        if name is None:
            return None
        case = self._known.get(name)
        if case is None:
            case = self._known[name] = batch.begun[name] = _Case(entry)
            batch.names.update(dict.fromkeys((digest, entry) for digest in case_names(name[1])))
        else:
            self._known.move_to_end(name)
        batch.touched[name] = case
        return case

    # --- storing it -------------------------------------------------------------------------

    def _store(self, connection: Connection, batch: _Batch) -> None:
        insert(connection, ENTRIES, batch.entries)
        insert(connection, FINDINGS, batch.findings)
        put(connection, STANDINGS, [*batch.standings.values()], changing=CHANGING)
        insert(connection, HEADERS, batch.headers)
        begun = [_row(name, case) for name, case in batch.begun.items()]
        moved = [_row(n, case) for n, case in batch.touched.items() if n not in batch.begun]
        insert(connection, CASES, begun)
        put(connection, CASES, moved, changing=("first_at", "last_at", "closed_id", "verdict"))
        names = [{"digest": digest, "case_id": case} for digest, case in batch.names]
        put(connection, NAMES, names)
        tiles = [{"partition": self.partition, **tile._asdict()} for tile in self._tiles.changed()]
        put(connection, TILES, tiles, changing=("hashes",))

    def _keep(self, connection: Connection, last: tuple[bytes, Leaf], number: int) -> None:
        """Carry out what the last of some entries decides, once those before it are stored."""
        body, leaf = last
        if leaf.kind is Kind.KEEPING:
            carry_out(connection, body, entry_id(self.partition, number), self.partition)
            # What is remembered of cases may be of some that are gone.
            self._known.clear()

    def _move(self, connection: Connection, position: int) -> None:
        """Move the cursor, if nobody else has."""
        is_where_we_were = (LOGS.c.partition == self.partition) & (LOGS.c.position == self.position)
        roots = b"".join(self._tree.roots)
        moved = connection.execute(
            update(LOGS)
            .where(is_where_we_were)
            .values(position=position, size=self._tree.size, roots=roots)
        )
        if moved.rowcount != 1:
            raise AnotherWriterError(
                where=f"partition {self.partition} of the archive",
                found=f"no longer at record {self.position}",
                expected="one writer for each partition",
            )
        self.position = position

    def _forget(self) -> None:
        while len(self._known) > CASES_KNOWN_MAX:
            self._known.popitem(last=False)


def _edge_of(partition: int, size: int) -> Any:
    """Ask for the last tile of each level that is not full."""
    edges = [
        (level, size >> (TILE_LEVELS * (level + 1)))
        for level in range(8)
        if (size >> (TILE_LEVELS * level)) % (1 << TILE_LEVELS)
    ]
    return (
        select(TILES.c.level, TILES.c.number, TILES.c.hashes)
        .where(TILES.c.partition == partition)
        .where(tuple_(TILES.c.level, TILES.c.number).in_(edges))
    )


def _runs(leaves: list[tuple[bytes, Leaf]]) -> Iterator[list[tuple[bytes, Leaf]]]:
    """Cut entries after each one that decides what is kept."""
    begin = 0
    for end, (_, leaf) in enumerate(leaves, 1):
        if leaf.kind is Kind.KEEPING or end == len(leaves):
            yield leaves[begin:end]
            begin = end


def _take(batch: _Batch, case: _Case, leaf: Leaf, entry: int, body: bytes) -> None:
    """Note what an entry says of its case."""
    case.closed_id = case.verdict = None
    if leaf.closed is not None:
        case.closed_id, case.verdict = entry, leaf.closed.verdict
    elif leaf.finding is not None:
        _take_finding(batch, case, leaf, entry, body)
    elif leaf.occurred_at is not None:
        at = microseconds(leaf.occurred_at)
        case.first_at = at if case.first_at is None else min(case.first_at, at)
        case.last_at = at if case.last_at is None else max(case.last_at, at)
        batch.names.update(dict.fromkeys((digest, case.id) for digest in leaf.names()))


def _take_finding(batch: _Batch, case: _Case, leaf: Leaf, entry: int, body: bytes) -> None:
    change, told = change_row(leaf, case.id, entry), read_told(body)
    batch.findings.append(change)
    standing = standing_row(change, told)
    before = batch.standings.get(standing["finding"], standing)
    batch.standings[standing["finding"]] = {**standing, "opened_at": before["opened_at"]}
    batch.names.update(((name_digest("who", name), case.id), None) for name in told.names())


def _row(name: tuple[str, str], case: _Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "tenant": name[0],
        "name": name[1],
        "first_at": case.first_at,
        "last_at": case.last_at,
        "closed_id": case.closed_id,
        "verdict": case.verdict,
    }
