"""The demo's own directory: made, recognised by its mark, and used again without harm to others."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rules.errors import FoureyesError
from rules.machines.contract import JOURNAL
from stream.demo.feed import RawEvent
from stream.demo.reference import ENTITLEMENTS, MACHINES, PEOPLE, POLICY
from stream.hosts.store import FILE, Store

MARK = "foureyes-demo.json"
RAW = "raw"
_RECORD = (FILE, f"{FILE}-wal", f"{FILE}-shm")
_REFERENCE = (PEOPLE, MACHINES, ENTITLEMENTS, POLICY)


class DemoDirectoryError(FoureyesError):
    """The demo can not write there, or would have to overwrite what is not its own."""

    def __init__(self, *, path: Path, found: str) -> None:
        self.path = path
        self.found = found
        super().__init__(
            f"{path}: {found}; expected a new directory, or one that only a demo has written to; "
            "choose another with --data"
        )


class DemoDirectory:
    """A directory that holds one day: reference files, raw events, and the record.

    The mark says that a demo made it and, once the day is over, how far its record went: a record
    that has gone on since then is somebody's, and is not overwritten.
    """

    def __init__(self, path: Path, streams: Sequence[str]) -> None:
        self.path = path
        self._streams = streams

    def claim(self) -> None:
        """Make the directory, or clear the last demo out of it. Raises DemoDirectoryError."""
        if self.path.exists():
            self._check()
        else:
            self.path.mkdir(parents=True, mode=0o700)
        self._mark({})
        for file in self._written():
            file.unlink(missing_ok=True)

    def keep(self, arrivals: Sequence[RawEvent]) -> None:
        """Keep the raw events, a file for each stream, in order of arrival."""
        (self.path / RAW).mkdir(exist_ok=True)
        for stream in self._streams:
            bodies = [each.body + b"\n" for each in arrivals if each.stream == stream]
            self.raw(stream).write_bytes(b"".join(bodies))

    def raw(self, stream: str) -> Path:
        """The file of a stream's raw events."""
        return self.path / RAW / f"{stream}.jsonl"

    def finish(self, record: Mapping[str, int]) -> None:
        """Note how far the record went (see `reached`): the day is over."""
        self._mark({"record": dict(record)})

    def _mark(self, more: Mapping[str, object]) -> None:
        mark = {"format": 1, "made_by": "foureyes demo", **more}
        (self.path / MARK).write_text(json.dumps(mark, indent=2) + "\n", encoding="utf-8")

    def _written(self) -> list[Path]:
        """Every file that a demo writes, but for its mark."""
        here = [self.path / name for name in (*_RECORD, *_REFERENCE)]
        return [*here, *(self.raw(stream) for stream in self._streams)]

    def _check(self) -> None:
        if not self.path.is_dir():
            raise DemoDirectoryError(path=self.path, found="it is a file")
        mark = self.path / MARK
        if not mark.exists():
            if any(self.path.iterdir()):
                raise DemoDirectoryError(path=self.path, found="it holds something else")
            return
        if (self.path / FILE).exists():
            self._check_record(_record_in(mark))

    def _check_record(self, until: object) -> None:
        """Refuse a record that is in use (DataDirectoryError) or that has gone on."""
        store = Store(self.path)
        try:
            now = reached(store)
        finally:
            store.close()
        if until is not None and now != until:
            found = "its record has gone on since the demo"
            raise DemoDirectoryError(path=self.path, found=found)


def reached(store: Store) -> dict[str, int]:
    """Say how far each partition of the journal goes."""
    return {str(each): store.end(JOURNAL, each) for each in store.partitions(JOURNAL)}


def _record_in(mark: Path) -> object:
    """Read how far the record went; None where the demo was cut off before it knew."""
    try:
        told = json.loads(mark.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return told.get("record") if isinstance(told, dict) else None
