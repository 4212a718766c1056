"""Two versions of the rules over one journal, and what a plain loop says when they take turns."""

from collections.abc import Sequence

from rules.catalog import CATALOG, CATALOG_VERSION
from rules.machines.contract import JOURNAL, Record
from rules.machines.judge import Judge
from stream.canonical import CODEC
from stream.hosts.contract import Role
from tests.hosts.judged import AT_MS, LOGS, journal

NEW_VERSION = CATALOG_VERSION + "-next"
NEW_CATALOG = [rule for rule in CATALOG if rule.id != "APR-001"]
"""What the next version no longer asks."""

RECORDS = journal(60)
HALF = len(RECORDS) // 2


def old_judge(partition: int) -> Judge:
    """The judge that is released."""
    return Judge(partition, CODEC)


def new_judge(partition: int) -> Judge:
    """The next release."""
    return Judge(partition, CODEC, NEW_CATALOG, NEW_VERSION)


OLD = Role(name="judge", log=JOURNAL, partitions=1, build=old_judge)
NEW = Role(name="judge", log=JOURNAL, partitions=1, build=new_judge)


def verdict_of_both(records: Sequence[bytes], half: int) -> dict[str, list[bytes]]:
    """What is said when one version judges the first `half` records, and the next the rest."""
    old, new = old_judge(0), new_judge(0)
    said: dict[str, list[bytes]] = {log: [] for log in LOGS}
    fed = [Record(offset, record, AT_MS) for offset, record in enumerate(records)]
    outputs = old.feed(fed[:half])
    new.restore([(name, row) for name, row in old.changes() if row is not None])
    outputs += new.adopt(old.version)
    outputs += new.feed(fed[half:])
    for output in outputs:
        said[output.log].append(output.value)
    return {**said, "head": [b"%d" % len(records), new.head()]}


EXPECTED = verdict_of_both(RECORDS, HALF)
