"""Files made to harm whoever opens them: refused, by name, within the memory of an honest one."""

import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.exports.forging import Members, edited, packed, relisted, resealed, unpacked
from tests.exports.matrix import ENTRIES
from tests.exports.office import checked

MEMORY_BYTES_MAX = 24 << 20


def bomb(members: Members, path: Path) -> None:
    """A member that is a thousand times larger than it looks."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed_up:
        packed_up.writestr("stories.txt", bytes(64 << 20))
        packed_up.writestr("manifest.json", members["manifest.json"])


def traversal(members: Members, path: Path) -> None:
    """A member that wants to lie elsewhere."""
    packed({"../../etc/passwd": b"x", **members}, path)


def absolute(members: Members, path: Path) -> None:
    """A member with a root."""
    packed({"/etc/passwd": b"x", **members}, path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def twice(members: Members, path: Path) -> None:
    """Two members of one name: a reader may take the one, another reader the other."""
    with zipfile.ZipFile(path, "w") as packed_up:
        for name in (*members, "stories.txt"):
            packed_up.writestr(zipfile.ZipInfo(name), members[name])


def commented(members: Members, path: Path) -> None:
    """Something behind the end."""
    packed(members, path)
    with zipfile.ZipFile(path, "a") as packed_up:
        packed_up.comment = b"read me"


def prefixed(members: Members, path: Path) -> None:
    """Something before the beginning."""
    packed(members, path)
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())


def no_zip(_members: Members, path: Path) -> None:
    """Another kind of file."""
    path.write_bytes(b"\x7fELF" + bytes(1 << 20))


def empty(_members: Members, path: Path) -> None:
    """Nothing at all."""
    path.write_bytes(b"")


def with_line(line: bytes) -> Callable[[Members, Path], None]:
    """An entry more, and everything signed by who holds the key."""

    def made(members: Members, path: Path) -> None:
        packed(resealed(relisted({**members, ENTRIES: line + b"\n" + members[ENTRIES]})), path)

    return made


def with_manifest(**changes: object) -> Callable[[Members, Path], None]:
    """A manifest that says something else."""

    def made(members: Members, path: Path) -> None:
        packed(resealed(relisted(members, **changes)), path)

    return made


def with_told(raw: bytes) -> Callable[[Members, Path], None]:
    """A manifest that says any bytes for its number of cases."""

    def made(members: Members, path: Path) -> None:
        told = edited(relisted(members, cases="?"), "manifest.json", b'"?"', raw)
        packed(resealed(told), path)

    return made


def doubled_key(members: Members, path: Path) -> None:
    """A manifest that says two things under one name."""
    told = edited(members, "manifest.json", b'{"archive"', b'{"archive":"acme","archive"')
    packed(resealed(told), path)


FILES: dict[str, Callable[[Members, Path], None]] = {
    "bomb": bomb,
    "traversal": traversal,
    "absolute": absolute,
    "twice": twice,
    "commented": commented,
    "prefixed": prefixed,
    "no-zip": no_zip,
    "empty": empty,
    "deep-json": with_line(b"[" * 100_000 + b"]" * 100_000),
    "deep-object": with_line(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "huge-number": with_line(b'{"action":"approved","case":"x","sequence":' + b"9" * 5_000 + b"}"),
    "long-line": with_line(b'{"action":"' + b"a" * (3 << 20) + b'"}'),
    "doubled-key": with_line(b'{"action":"approved","case":"a","case":"b"}'),
    "wrong-utf8": with_line(b'{"action":"approved","case":"\xff\xfe"}'),
    "lone-surrogate": with_line(rb'{"action":"approved","case":"\ud800"}'),
    "no-json": with_line(b"hello"),
    "huge-gap": with_line(b'{"gap":99999999999999999999,"hashes":[]}'),
    "negative-gap": with_line(b'{"gap":-1,"hashes":[]}'),
    "unknown-action": with_line(b'{"action":"sung","case":"a","id":"1","source":"iga"}'),
    "empty-finding": with_line(b'{"case":"a","finding":"x"}'),
    "empty-closing": with_line(b'{"closed":{"case":"REQ-0-5"},"record":"closed"}'),
    "empty-policy": with_line(b'{"policy":{"version":7},"record":"policy"}'),
    "empty-source": with_line(b'{"record":"source"}'),
    "empty-report": with_line(b'{"record":"reported","reported":{}}'),
    "odd-facts": with_line(b'{"facts":[{"account":7}],"record":"facts"}'),
    "odd-set-aside": with_line(b'{"record":"set_aside","set_aside":[]}'),
    "huge-manifest-number": with_told(b"9" * 400),
    "deep-manifest": with_told(b"[" * 90_000 + b"]" * 90_000),
    "manifest-of-nothing": with_manifest(logs=[]),
    "negative-log": with_manifest(logs=[{"partition": -1, "size": 1}]),
    "logs-twice": with_manifest(logs=[{"partition": 0, "size": 1}, {"partition": 0, "size": 1}]),
    "manifest-doubled-key": doubled_key,
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_it_is_refused_within_fixed_memory(name: str, one_case: Path, tmp_path: Path) -> None:
    """No traceback, no name followed, nothing unpacked, and never called sound."""
    path = tmp_path / f"{name}.zip"
    FILES[name](unpacked(one_case), path)
    tracemalloc.start()
    report = checked(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert report.code == 1
    assert report.defects
    assert peak < MEMORY_BYTES_MAX
