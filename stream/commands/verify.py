"""`foureyes verify FILE`: check an export offline, with no settings and no database."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rules.errors import FoureyesError
from stream.clock import SystemClock

if TYPE_CHECKING:
    from stream.exports.defects import Defect, Report
    from stream.exports.trust import Trusted

SUMMARY = "check an export: what it holds is what was recorded, and the verdict follows from it"
FORMAT_VERSION = 1
KEY_FILE_BYTES_MAX = 65_536
_VERDICTS = {0: "sound", 1: "defective", 3: "can not tell"}


class UnreadableInputError(FoureyesError):
    """A file can not be read: which, and why."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes verify`."""
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="KEY",
        help="a key that you trust, of the log or a witness: NAME+ID+KEY, with ' until TIME' if "
        "it ended; may be repeated",
    )
    parser.add_argument("--keys", type=Path, help="a file of such keys that you have pinned")
    parser.add_argument(
        "--held", action="append", default=[], type=Path, help="a checkpoint that you kept earlier"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Name every defect: 0 sound, 1 defects, 3 could not tell."""
    # `foureyes rules` needs no keys: they are imported here and not before.
    from rules.ledger.checkpoint import read_checkpoint, read_note  # noqa: PLC0415
    from stream.exports.checking import verify  # noqa: PLC0415
    from stream.exports.trust import Trust  # noqa: PLC0415
    from stream.progress import Meter  # noqa: PLC0415

    held = [read_checkpoint(read_note(_read(path)).text) for path in arguments.held]
    trust = Trust(list(_trusted(arguments)), held)
    try:
        with Meter("verify", sys.stderr, SystemClock()) as meter:
            report = verify(arguments.file, trust, meter)
    except OSError as error:
        raise UnreadableInputError(path=arguments.file, reason=str(error.strerror)) from error
    if arguments.format == "json":
        print(_json(report))
    else:
        _print(report)
    return report.code


def _trusted(arguments: argparse.Namespace) -> "Iterator[Trusted]":
    from stream.exports.trust import read_trusted  # noqa: PLC0415

    lines = list(arguments.key)
    if arguments.keys is not None:
        lines += _read(arguments.keys).decode(errors="replace").splitlines()
    for line in lines:
        if line.strip() and not line.startswith("#"):
            yield read_trusted(line.strip())


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(KEY_FILE_BYTES_MAX)
    except OSError as error:
        raise UnreadableInputError(path=path, reason=str(error.strerror)) from error


def _print(report: "Report") -> None:
    # What was counted in a file that is not sound is worth nothing.
    for words in report.checked if not report.defects else ():
        print(f"  {words}")
    for title, told in (("DEFECT", report.defects), ("CAN NOT TELL", report.untold)):
        for each in told:
            print(f"{title} {each.kind}\n  where: {each.where}\n  found: {each.words}")
            print(f"  means: {each.means}")
    for kind, count in report.left_out():
        print(f"… and {count:,} more of {kind}")
    sys.stdout.write(f"{_VERDICTS[report.code]}\n")


def _json(report: "Report") -> str:
    told = {
        "version": FORMAT_VERSION,
        "verdict": _VERDICTS[report.code],
        "checked": report.checked,
        "defects": [_plain(each) for each in report.defects],
        "untold": [_plain(each) for each in report.untold],
        "counts": report.counts,
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _plain(defect: "Defect") -> dict[str, str]:
    return {
        "kind": defect.kind,
        "where": defect.where,
        "found": defect.words,
        "means": defect.means,
    }
