"""What one case out of an archive of stated size costs, and a whole export, written and checked.

`python -m tests.benchmarks.exporting ENTRIES COPIES` makes the archive and measures; each part in a
process of its own, whose memory is told.
"""

import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rules.ledger.checkpoint import Kind
from stream.archive.database import open_database, sqlite_url
from stream.archive.keys import PrivateKey
from stream.archive.notary import Notary
from stream.archive.reader import Archive
from stream.clock import SystemClock
from stream.exports.checking import verify
from stream.exports.entries import read_entry
from stream.exports.layout import Selection
from stream.exports.trust import Trust, Trusted
from stream.exports.writing import Exporter
from tests.benchmarks.big_archive import fill

ENTRIES, COPIES = 60_000, 0
CASES_EXPORTED = 20
KEY = PrivateKey("acme", Kind.SIGNS, Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
DATABASE, WHOLE = "archive.sqlite3", "everything.zip"


class Bench:
    """An archive in a directory, and what is measured of it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._engine = open_database(sqlite_url(directory / DATABASE))
        self._archive = Archive(self._engine)
        self._exporter = Exporter(self._archive, Notary(self._archive, "acme", [KEY]))

    def close(self) -> None:
        """Let go of the archive."""
        self._engine.dispose()

    def fill(self, entries: int, copies: int) -> None:
        """Make the archive."""
        begin = time.perf_counter()
        fill(self._engine, entries, copies)
        (log,) = self._archive.logs()
        size = (self._directory / DATABASE).stat().st_size / (1 << 30)
        took = time.perf_counter() - begin
        print(f"archive of {log.size:,} entries, {size:.1f} GiB, made in {took:.0f} s")

    def cases(self) -> None:
        """Export cases of chance, one by one, and check them."""
        (log,) = self._archive.logs()
        chance, seconds = Random(1), []
        for number in range(CASES_EXPORTED):
            name = self._some_case(chance.randrange(log.size))
            path = self._directory / f"{number}.zip"
            begin = time.perf_counter()
            self._exporter.write(Selection(kind="case", name=name), path, SystemClock().now())
            seconds.append(time.perf_counter() - begin)
            assert verify(path, Trust([Trusted(KEY.key)], [])).code == 0
        some = f"{min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f} ms"
        print(f"one case exported: {some}, of {CASES_EXPORTED} by the wall clock")

    def _some_case(self, number: int) -> str:
        """A case that is told of at that place of the log, or after it."""
        for at, body in self._archive.bodies(0, range(number, number + 1_000)):
            entry = read_entry(at, body)
            if entry.about is not None:
                return entry.about[1]
        return self._some_case(0)

    def everything(self) -> None:
        """Export all of it."""
        begin = time.process_time()
        told = self._exporter.write(
            Selection(kind="everything"), self._directory / WHOLE, SystemClock().now()
        )
        assert not told.problems
        self._tell("everything exported", told.manifest.entries, time.process_time() - begin)

    def check(self) -> None:
        """Check it."""
        begin = time.process_time()
        report = verify(self._directory / WHOLE, Trust([Trusted(KEY.key)], []))
        seconds = time.process_time() - begin
        assert report.code == 0, report.defects
        self._tell("… and checked", self._archive.logs()[0].size, seconds)

    def _tell(self, what: str, entries: int, seconds: float) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        speed = f"{entries / seconds:,.0f} a CPU-second"
        print(f"{what}: {entries:,} entries, {speed}, peak {peak:.0f} MiB")


def measure(entries: int = ENTRIES, copies: int = COPIES) -> None:
    """Print a line for each cost; what is copied is not exported as a whole."""
    with tempfile.TemporaryDirectory() as directory:
        parts = [["fill", str(entries), str(copies)], ["cases"]]
        for part in parts if copies else [*parts, ["everything"], ["check"]]:
            words = [sys.executable, "-m", "tests.benchmarks.exporting", directory, *part]
            subprocess.run(words, check=True)


def _part(directory: str, name: str, *numbers: str) -> None:
    with closing(Bench(Path(directory))) as bench:
        getattr(bench, name)(*map(int, numbers))


if __name__ == "__main__":
    if sys.argv[1].isdecimal():
        measure(*map(int, sys.argv[1:]))
    else:
        _part(*sys.argv[1:])
