"""Files of facts for tests, in a directory of their own."""

from pathlib import Path

import pytest

from stream.faults import FaultyInputError
from stream.intake.fact_files import read_facts
from stream.intake.fact_records import FactRecord, PersonRecord


class Feed:
    """A file in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def write(self, content: str | bytes, name: str = "people.csv") -> Path:
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def refused(
        self,
        content: str | bytes,
        name: str = "people.csv",
        kind: type[FactRecord] = PersonRecord,
    ) -> list[str]:
        """Read a file that is wrong; give its faults with the directory left out."""
        with pytest.raises(FaultyInputError) as caught:
            read_facts(kind, self.write(content, name))
        return [str(fault).replace(f"{self.directory}/", "") for fault in caught.value.faults]
