"""Feeds of facts as files that somebody may replace: read again, and what reaches back told."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stream.intake.facts import Facts
from stream.intake.reaching_back import differences, records_of

if TYPE_CHECKING:
    # Only where names are kept apart SQL is needed.
    from stream.pseudonyms.veil import Veil

Load = Callable[[Mapping[str, Path]], Facts]
"""Reads feeds, by name. Raises FaultyInputError."""


class FactWatch:
    """The facts in force, from files; `kept` holds copies of the files as they were last told of.

    `look` reads files that have changed and gives what reaches back, as records of the journal;
    once these are in the record, say `keep`. Whoever dies in between tells it again, which
    changes nothing.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        kept: Path,
        load: Load,
        facts: Facts,
        veil: "Veil | None" = None,
    ) -> None:
        self._files = files
        self._veil = veil
        self._kept = kept
        self._load = load
        self._seen = self._fingerprints()
        self.facts = facts

    def stamp(self, event: dict[str, Any]) -> None:
        """Write what is known onto an event tree (see `Facts.stamp`)."""
        self.facts.stamp(event)

    def begin(self, now: datetime) -> list[bytes]:
        """Tell what differs from what was kept when this last ran, if it ever did."""
        copies = self._copies()
        if not self._kept.is_dir() or self._is_kept(copies):
            return []
        return self._records(differences(self._load(copies), self.facts, now))

    def look(self, now: datetime) -> list[bytes]:
        """Read the files again if they have changed. Raises FaultyInputError: the old ones stay."""
        seen = self._fingerprints()
        if seen == self._seen:
            return []
        # Also if they are at fault: they are not read again until somebody changes them.
        self._seen = seen
        before, self.facts = self.facts, self._load(self._files)
        return self._records(differences(before, self.facts, now))

    def _records(self, late: Iterable[dict[str, Any]]) -> list[bytes]:
        records = list(records_of(late, self._veil))
        if self._veil is not None:
            self._veil.keep()
        return records

    def keep(self) -> None:
        """Keep copies of the files: what they say has been told."""
        self._kept.mkdir(exist_ok=True)
        for name, path in self._files.items():
            copy = self._copy(name, path)
            coming = copy.with_suffix(".coming")
            shutil.copyfile(path, coming)
            coming.replace(copy)

    def _copy(self, name: str, path: Path) -> Path:
        return self._kept / f"{name}{path.suffix}"

    def _copies(self) -> dict[str, Path]:
        copies = {name: self._copy(name, path) for name, path in self._files.items()}
        return {name: copy for name, copy in copies.items() if copy.exists()}

    def _is_kept(self, copies: Mapping[str, Path]) -> bool:
        return all(
            name in copies and copies[name].read_bytes() == path.read_bytes()
            for name, path in self._files.items()
        )

    def _fingerprints(self) -> dict[str, tuple[int, int]]:
        stats = {name: path.stat() for name, path in self._files.items() if path.exists()}
        return {name: (stat.st_mtime_ns, stat.st_size) for name, stat in stats.items()}
