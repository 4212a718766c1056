"""Which partition a case or a link belongs to: the same on every host and in every release."""

from dataclasses import dataclass
from zlib import crc32


def partition_of_case(tenant: str | None, case: str, partitions: int) -> int:
    """Give the journal partition of a case, 0 … partitions - 1."""
    key = f"{tenant}\x1f{case}" if tenant else case
    return crc32(key.encode()) % partitions


def partition_of_link(tenant: str | None, link: str, partitions: int) -> int:
    """Give the partition on which everything that names a link meets."""
    return crc32(f"{tenant or ''}\x1f{link}".encode()) % partitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How many partitions the journal and the links log of a deployment have."""

    journal: int
    links: int
