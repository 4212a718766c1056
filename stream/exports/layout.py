"""What an export's members are called, and what its manifest says."""

from datetime import datetime
from typing import Literal

import msgspec
import orjson

from rules.errors import FoureyesError
from stream.canonical import dumps
from stream.exports.container import UnfitFileError

FORMAT = "foureyes export 1"
"""The first line of what is signed: no name of a log has a blank, so it is no checkpoint."""
MANIFEST, NOTE = "manifest.json", "manifest.note"
STATEMENT, STORIES, CASES, FINDINGS = "statement.json", "stories.txt", "cases.csv", "findings.csv"
NAMES = "names.jsonl"
"""Who stands behind pseudonyms, where names are kept apart."""
DERIVED = (STATEMENT, STORIES, CASES, FINDINGS)
"""What follows from the entries, byte for byte."""
MANIFEST_BYTES_MAX = 1 << 20
LINE_BYTES_MAX = 1 << 20
NOTES_OF_A_LOG_MAX = 16


class Selection(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which cases an export is about.

    `case`: the cases of a name; `id`: those that have a link or an event of that name; `workflow`:
    those with a step in it; `person`: those that the person, or an account of that name, decided
    something in; `period`: those with steps from before its end until after its begin;
    `everything`: each of them, and each entry of each log. `also`: further cases, by tenant (empty:
    none) and name, that are the same as one of these, as entries of their logs say.
    """

    kind: Literal["case", "id", "workflow", "person", "period", "everything"]
    name: str | None = None
    tenant: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    also: tuple[tuple[str, str], ...] = ()


class LogTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One log, a partition of the archive: how far it is told."""

    partition: int
    size: int


class FileTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One member: its bytes and their digest."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an export is of, by whom and when it was made, and what it holds."""

    format: str
    archive: str
    rules: str
    selection: Selection
    made_at: datetime
    cases: int
    entries: int
    logs: list[LogTold]
    files: list[FileTold]


class UnfitSelectionError(FoureyesError):
    """Nothing can be exported by what was asked for: what it is, and what was expected."""

    def __init__(self, *, found: str, expected: str) -> None:
        self.found = found
        self.expected = expected
        super().__init__(f"{found}; expected {expected}")


def entries_of(partition: int) -> str:
    """The member that tells a log."""
    return f"logs/{partition}/entries.jsonl"


def note_of(partition: int, size: int) -> str:
    """The member that is a log's checkpoint."""
    return f"logs/{partition}/{size}.note"


def signed_lines(manifest_sha256: str) -> str:
    """The text that is signed for an export."""
    return f"{FORMAT}\n{manifest_sha256}\n"


def write_manifest(manifest: Manifest) -> bytes:
    """Write it, in the one way that there is."""
    return dumps(msgspec.to_builtins(manifest, builtin_types=(datetime,)))


_MANIFEST = msgspec.json.Decoder(Manifest)


def read_manifest(raw: bytes) -> Manifest:
    """Read it. Raises UnfitFileError."""
    try:
        found = _MANIFEST.decode(raw)
        is_plain = write_manifest(found) == raw
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError) as error:
        raise UnfitFileError(
            where=MANIFEST, found=str(error), expected="a manifest of this format"
        ) from error
    if not is_plain or found.format != FORMAT:
        raise UnfitFileError(where=MANIFEST, found="other bytes", expected="its canonical form")
    return found


def is_canonical(line: bytes) -> bool:
    """Whether bytes are JSON in the one form that we write: no key twice, no other spelling."""
    try:
        return dumps(orjson.loads(line)) == line
    except (ValueError, TypeError, RecursionError):
        return False
