"""A zip of which every byte follows from its members' names and bytes: nothing can be hidden in it.

Members are stored, not compressed; there are no comments, no extra fields and no bytes between.
So a file has one form, and whatever opens it needs no more memory than it likes.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from rules.errors import FoureyesError

FILE_BYTES_MAX = (1 << 32) - (1 << 20)
"""Past 4 GiB a zip has another form. Whoever has more exports a shorter period."""
MEMBERS_MAX = 4_096
NAME_BYTES_MAX = 100
PIECE_BYTES = 1 << 18
_NAME = re.compile(rb"[a-z0-9][a-z0-9/._-]{0,99}")
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION = 20
_ON_UNIX = 3 << 8 | _VERSION
_NO_TIME, _FIRST_DAY = 0, 0x21
"""A zip's clock begins on 1980-01-01: the time of a member says nothing here."""
_MODE = 0o600 << 16


class UnfitFileError(FoureyesError):
    """A file is no export, or not one of which every byte has its place: where, what, expected."""

    def __init__(self, *, where: str, found: object, expected: str) -> None:
        self.where = where
        self.found = found
        self.expected = expected
        super().__init__(f"{where}: {found}; expected {expected}")


class Member(NamedTuple):
    """One member: where its bytes begin, how many there are, and their CRC-32."""

    name: str
    start: int
    size: int
    crc: int


class Container:
    """Reads such a zip. Raises UnfitFileError for any other."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.damaged: set[str] = set()
        """Members that were read to their end and have another CRC-32 than they say."""
        self._size = file.seek(0, 2)
        self.members = {member.name: member for member in self._members()}

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a member, some at a time; at the end their CRC-32 is looked at."""
        member = self.members[name]
        left, crc = member.size, 0
        while left:
            piece = self._at(member.start + member.size - left, min(left, PIECE_BYTES))
            crc = zlib.crc32(piece, crc)
            left -= len(piece)
            yield piece
        if crc != member.crc:
            self.damaged.add(name)

    def whole(self, name: str, bytes_max: int) -> bytes:
        """The bytes of a small member."""
        if name not in self.members:
            raise UnfitFileError(where=name, found="nothing", expected="this member")
        if self.members[name].size > bytes_max:
            found = f"{self.members[name].size} bytes"
            raise UnfitFileError(where=name, found=found, expected=f"{bytes_max} at most")
        return b"".join(self.pieces(name))

    def lines(self, name: str, bytes_max: int) -> Iterator[bytes]:
        """The lines of a member, without their line breaks; the last one ends in one as well."""
        rest = b""
        for piece in self.pieces(name):
            *lines, rest = (rest + piece).split(b"\n")
            yield from lines
            if len(rest) > bytes_max:
                found = f"a line of more than {bytes_max} bytes"
                raise UnfitFileError(where=name, found=found, expected="shorter lines")
        if rest:
            raise UnfitFileError(where=name, found="a last line without end", expected="lines")

    # --- the form ---------------------------------------------------------------------------

    def _members(self) -> Iterator[Member]:
        """Go through the directory; each record must be the only one that can stand there."""
        if not _END.size <= self._size <= FILE_BYTES_MAX:
            raise self._unfit(f"{self._size} bytes", "a zip of at most 4 GiB")
        end = self._at(self._size - _END.size, _END.size)
        count, length, at = _END.unpack(end)[4:7]
        whole = _END.pack(b"PK\5\6", 0, 0, count, count, length, at, 0)
        if end != whole or at + length + _END.size != self._size or count > MEMBERS_MAX:
            raise self._unfit("another end", "a directory right before the end, and no comment")
        if length > MEMBERS_MAX * (_CENTRAL.size + NAME_BYTES_MAX):
            raise self._unfit(f"a directory of {length} bytes", f"{MEMBERS_MAX} members at most")
        yield from self._listed(self._at(at, length), count, at)

    def _listed(self, directory: bytes, count: int, at: int) -> Iterator[Member]:
        known: set[bytes] = set()
        place = begin = 0
        for _ in range(count):
            if len(directory) - place < _CENTRAL.size:
                raise self._unfit("a directory that ends early", f"{count} members")
            told = _CENTRAL.unpack_from(directory, place)
            crc, size, length = told[7], told[8], told[10]
            name = directory[place + _CENTRAL.size : place + _CENTRAL.size + length]
            if not _NAME.fullmatch(name) or b".." in name or name in known:
                raise self._unfit(f"a member called {name[:40]!r}", "one of its own, plain name")
            known.add(name)
            listed = directory[place : place + _CENTRAL.size + length]
            if listed != _central(name, crc, size, begin) or begin + size > at:
                raise self._unfit(f"another record of {name.decode()}", "a stored member")
            head = _local(name, crc, size)
            if self._at(begin, len(head)) != head:
                raise self._unfit(f"another head of {name.decode()}", "what the directory says")
            yield Member(name.decode(), begin + len(head), size, crc)
            begin += len(head) + size
            place += len(listed)
        if place != len(directory) or begin != at:
            raise self._unfit("bytes that belong to no member", "members and nothing else")

    def _at(self, place: int, count: int) -> bytes:
        self._file.seek(place)
        found = self._file.read(count)
        if len(found) != count:
            raise self._unfit("an end on the way", f"{self._size} bytes")
        return found

    def _unfit(self, found: str, expected: str) -> UnfitFileError:
        return UnfitFileError(where="the file", found=found, expected=expected)


def _local(name: bytes, crc: int, size: int) -> bytes:
    told = (_VERSION, 0, 0, _NO_TIME, _FIRST_DAY, crc, size, size, len(name), 0)
    return _LOCAL.pack(b"PK\3\4", *told) + name


def _central(name: bytes, crc: int, size: int, begin: int) -> bytes:
    told = (_ON_UNIX, _VERSION, 0, 0, _NO_TIME, _FIRST_DAY, crc, size, size, len(name))
    return _CENTRAL.pack(b"PK\1\2", *told, 0, 0, 0, 0, _MODE, begin) + name


class Packing:
    """Writes such a zip: one member after the other, each from its bytes in pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = ZipFile(file, "w", ZIP_STORED, allowZip64=False)

    def add(self, name: str, pieces: Iterator[bytes]) -> None:
        """Add a member."""
        told = ZipInfo(name)
        told.create_system = 3
        with self._zip.open(told, "w") as member:
            for piece in pieces:
                member.write(piece)

    def close(self) -> None:
        """Write the directory."""
        self._zip.close()
