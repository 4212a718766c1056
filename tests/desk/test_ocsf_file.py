"""OCSF findings in a file: a destination like any other, a line for each change."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from stream.desk.destinations.ocsf import OcsfFile
from tests.desk.destination_contract import DestinationContract, Subject, Told


class OcsfSubject:
    """A file, and a directory in its place while it is broken."""

    secrets: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self._path = path
        self.destination = OcsfFile(path)

    def told(self) -> list[Told]:
        """The lines; `metadata.uid` says which change it is."""
        lines = [orjson.loads(each) for each in self._path.read_bytes().splitlines()]
        return [Told(identity=e["metadata"]["uid"], text=orjson.dumps(e).decode()) for e in lines]

    async def break_down(self) -> None:
        """Nothing can be written to a directory."""
        self._path.mkdir()

    async def repair(self) -> None:
        """Make room for the file."""
        self._path.rmdir()

    async def refuse(self) -> bool:
        """A file takes everything."""
        return False


class TestOcsfFile(DestinationContract):
    """It keeps to what every destination does."""

    @asynccontextmanager
    async def subject(self, tmp_path: Path) -> AsyncIterator[Subject]:
        """A file that is not there yet."""
        subject = OcsfSubject(tmp_path / "ocsf.jsonl")
        yield subject
        await subject.destination.close()
