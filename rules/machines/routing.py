"""Which partition a case or a tenant's links belong to: the same on every host and for good."""

from dataclasses import dataclass
from zlib import crc32


def partition_of_case(tenant: str | None, case: str, partitions: int) -> int:
    """Give the journal partition of a case, 0 … partitions - 1."""
    key = f"{tenant}\x1f{case}" if tenant else case
    return crc32(key.encode()) % partitions


def partition_of_links(tenant: str | None, partitions: int) -> int:
    """Give the partition on which everything meets that names links of a tenant.

    Which ids belong together is found nowhere but in one place, and never across tenants.
    """
    return crc32((tenant or "").encode()) % partitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How many partitions the journal and the links log of a deployment have."""

    journal: int
    links: int
