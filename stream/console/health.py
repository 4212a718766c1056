"""Control health as the machines count it: how many decisions under a rule held, or did not."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import orjson

from rules.machines.contract import HEALTH
from rules.verdict import Verdict
from stream.hosts.store import DataDirectoryError, Store

Counts = Mapping[str, Mapping[Verdict, int]]
"""By rule, of how many cases and entities it says what."""
PAGE_RECORDS = 64
PAGES_MAX = 16
"""So many pages of a log are looked through from its end for the latest counts."""


class Health(Protocol):
    """Somebody who knows the latest counts."""

    def counts(self) -> Counts | None:
        """What is counted by now; None where nothing has been counted."""


class Told:
    """Adds up the latest counts of every machine: each tells its own in full, again and again."""

    def __init__(self) -> None:
        self._latest: dict[tuple[int, bool], dict[str, dict[str, int]]] = {}

    def take(self, value: bytes) -> None:
        """Take a record of the health log; one that counts nothing changes nothing."""
        told: dict[str, Any] = orjson.loads(value)
        if "rules" in told:
            self._latest[_machine(told)] = told["rules"]

    def counts(self) -> Counts | None:
        """What all of them count together."""
        if not self._latest:
            return None
        sums: dict[str, dict[Verdict, int]] = {}
        for rules in self._latest.values():
            for rule, counts in rules.items():
                of_rule = sums.setdefault(rule, dict.fromkeys(Verdict, 0))
                for verdict, number in counts.items():
                    of_rule[Verdict(verdict)] += number
        return sums


def _machine(told: dict[str, Any]) -> tuple[int, bool]:
    """Which machine it is of: the partition, and whether it judges entities."""
    return int(told["partition"]), "open_entities" in told.get("sizes", {})


class StoredHealth:
    """The counts in a data directory, which may be written meanwhile."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def counts(self) -> Counts | None:
        """Look at the ends of the logs."""
        told = Told()
        try:
            with closing(Store(self._directory, read_only=True)) as store:
                for partition in store.partitions(HEALTH):
                    for value in _latest(store, partition):
                        told.take(value)
        except DataDirectoryError:
            return None
        return told.counts()


def _latest(store: Store, partition: int) -> Iterator[bytes]:
    """The last counts of each machine that writes to a partition, from its end backwards."""
    seen: set[tuple[int, bool]] = set()
    end = store.end(HEALTH, partition)
    for _ in range(PAGES_MAX):
        begin = max(0, end - PAGE_RECORDS)
        for record in reversed(store.read(HEALTH, partition, begin, end - begin)):
            told = orjson.loads(record.value)
            if "rules" in told and _machine(told) not in seen:
                seen.add(_machine(told))
                yield record.value
        end = begin
        if len(seen) > 1 or not end:
            return
