"""Standard output and files: the finding's own bytes, one change a line."""

import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from stream.desk.delivery import DestinationUnavailableError
from stream.desk.destinations.stdout import Stdout
from tests.desk.destination_contract import DestinationContract, Subject, Told, deliveries
from tests.desk.findings import NOON


class FileSubject:
    """A file, and a directory in its place while it is broken."""

    secrets: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self.path = path
        self.destination = Stdout(path)

    def told(self) -> list[Told]:
        """The lines; a finding and its number say which change it is."""
        lines = [orjson.loads(each) for each in self.path.read_bytes().splitlines()]
        return [
            Told(identity=f"{each['finding']} {each['number']}", text=orjson.dumps(each).decode())
            for each in lines
        ]

    async def break_down(self) -> None:
        """Nothing can be written to a directory."""
        self.path.mkdir()

    async def repair(self) -> None:
        """Make room for the file."""
        self.path.rmdir()

    async def refuse(self) -> bool:
        """A file takes everything."""
        return False


class TestStdout(DestinationContract):
    """A file is a destination like any other."""

    @asynccontextmanager
    async def subject(self, tmp_path: Path) -> AsyncIterator[Subject]:
        """A file that is not there yet."""
        subject = FileSubject(tmp_path / "findings.jsonl")
        yield subject
        await subject.destination.close()


async def test_the_bytes_are_the_logs_own(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """On standard output as in a file: nothing is added, nothing is written anew."""
    life = deliveries(FileSubject(tmp_path / "unused"))
    to_file, to_terminal = Stdout(tmp_path / "findings.jsonl"), Stdout()

    await to_file.deliver(life, NOON)
    await to_terminal.deliver(life, NOON)
    await to_file.close()
    await to_terminal.close()

    expected = b"".join(each.line + b"\n" for each in life)
    assert (tmp_path / "findings.jsonl").read_bytes() == expected
    assert capfdbinary.readouterr().out == expected


async def test_an_earlier_file_is_gone_on_with(tmp_path: Path) -> None:
    """A restart adds to the file; nobody but its owner and group may read a new one."""
    path = tmp_path / "findings.jsonl"
    first, second, _ = deliveries(FileSubject(path))

    for each in (first, second):
        one = Stdout(path)
        await one.deliver([each], NOON)
        await one.close()

    assert path.read_bytes().splitlines() == [first.line, second.line]
    assert path.stat().st_mode & 0o007 == 0


async def test_a_torn_line_is_closed_and_the_finding_written_whole(tmp_path: Path) -> None:
    """Killed in the middle of a line: what comes next starts on a line of its own."""
    path = tmp_path / "findings.jsonl"
    (first, *_) = deliveries(FileSubject(path))
    path.write_bytes(first.line[:20])

    one = Stdout(path)
    await one.deliver([first], NOON)
    await one.close()

    assert path.read_bytes().splitlines() == [first.line[:20], first.line]


async def test_a_disk_that_fills_up_tears_no_later_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a line is written, then there is no room: the next attempt writes all of it again."""
    path = tmp_path / "findings.jsonl"
    (first, *_) = deliveries(FileSubject(path))
    one, write = Stdout(path), os.write
    room = [20, 0]

    def write_while_there_is_room(descriptor: int, text: bytes) -> int:
        if not room.pop(0):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, text[:20])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write_while_there_is_room)
        with pytest.raises(DestinationUnavailableError, match="No space left"):
            await one.deliver([first], NOON)
    await one.deliver([first], NOON)
    await one.close()

    assert path.read_bytes().splitlines() == [first.line[:20], first.line]
