"""An auditor's file of one case, made where the key is that signs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from stream.archive.notary import Notary
from stream.archive.reader import Archive
from stream.clock import Clock
from stream.exports.layout import Selection
from stream.exports.writing import Exporter
from stream.pseudonyms.form import Meanings

FILE_NAME = "case.zip"


class Exporting:
    """Writes exports into a directory from which they are gone once they were handed over."""

    def __init__(
        self,
        notary: Notary,
        clock: Clock,
        directory: Path | None = None,
        vault: Meanings | None = None,
    ) -> None:
        self._notary = notary
        self._vault = vault
        self._clock = clock
        self._directory = directory

    @contextmanager
    def written(self, archive: Archive, selection: Selection) -> Iterator[Path]:
        """A file of what is selected. Raises UnfitSelectionError."""
        with TemporaryDirectory(dir=self._directory, prefix=".export") as spool:
            path = Path(spool) / FILE_NAME
            exporter = Exporter(archive, self._notary, vault=self._vault)
            exporter.write(selection, path, self._clock.now())
            yield path
