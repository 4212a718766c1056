"""What a machine enters in its ledger, and the records of the trail that carry the entries."""

from rules.ledger.tree import Frontier
from rules.machines.contract import TRAIL, Output

TRAIL_BYTES_MAX = 600_000
"""A trail record is closed when its entries pass this: a broker takes a million by default."""


class Trail:
    """One partition's ledger, and the entries since its last record."""

    __slots__ = ("_bytes", "_entries", "ledger", "partition")

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.ledger = Frontier()
        self._entries: list[bytes] = []
        self._bytes = 0

    def enter(self, leaf: bytes) -> bytes:
        """Append an entry; its leaf hash."""
        hashed = self.ledger.append(leaf)
        self._entries.append(leaf)
        self._bytes += len(leaf)
        return hashed

    @property
    def is_full(self) -> bool:
        """Whether the entries are as many as one record takes."""
        return self._bytes > TRAIL_BYTES_MAX

    @property
    def is_empty(self) -> bool:
        """Whether nothing was entered since the last record."""
        return not self._entries

    def seal(self) -> Output:
        """Close a record: the entries in order, the ledger's size and root after them."""
        size = self.ledger.size
        value = b'{"entries":[%s],"first":%d,"partition":%d,"root":"%s","size":%d}' % (
            b",".join(self._entries),
            size - len(self._entries),
            self.partition,
            self.ledger.root().hex().encode(),
            size,
        )
        self._entries = []
        self._bytes = 0
        return Output(TRAIL, self.partition, value)

    def head(self) -> bytes:
        """The ledger's size and root: they differ as soon as two machines said different things."""
        return b"%d:%s" % (self.ledger.size, self.ledger.root().hex().encode())

    def told(self) -> list[object]:
        """The ledger as a row keeps it."""
        return [self.ledger.size, [root.hex() for root in self.ledger.roots]]

    def restore(self, told: tuple[int, list[str]]) -> None:
        """Take the ledger as `told` gave it."""
        size, roots = told
        self.ledger = Frontier(size, [bytes.fromhex(root) for root in roots])
