"""`foureyes export`: hand an auditor one file that can be checked without us."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from stream.clock import Clock, SystemClock
from stream.commands.replay import moment
from stream.exports.formats import FORMATS, converted
from stream.exports.layout import Selection, UnfitSelectionError
from stream.progress import Meter
from stream.pseudonyms.place import vault_if_keyed
from stream.settings import Settings

SUMMARY = "hand over one file about a case, a workflow, a person's decisions or a period"
EXIT_DEFECTS = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes export`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "case",
        metavar="CASE",
        nargs="?",
        help="a case by any name it ever had, a link, an event's id",
    )
    what.add_argument("--workflow", help="the cases that ran in a workflow")
    what.add_argument("--person", help="the cases in which a person, or an account, decided")
    what.add_argument("--everything", action="store_true", help="each case, and each entry")
    parser.add_argument("--from", dest="begin", type=moment, help="a period: steps from this time")
    parser.add_argument("--until", dest="end", type=moment, help="a period: steps before this time")
    parser.add_argument("--tenant", help="of this tenant only")
    parser.add_argument(
        "--since", type=Path, action="append", default=[], help="a checkpoint that the reader holds"
    )
    parser.add_argument(
        "--format", choices=FORMATS, default="zip", help="zip: what can be verified, and all of it"
    )
    parser.add_argument(
        "--pseudonyms", action="store_true", help="tell no names, where names are kept apart"
    )
    parser.add_argument("--out", type=Path, required=True, help="the file to write; not there yet")


def run(arguments: argparse.Namespace) -> int:
    """Write the file: 0; 1 if something in the record does not join, which the file then shows."""
    return export(arguments, Settings.load(os.environ), SystemClock())


def export(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Write the file that was asked for."""
    # Only who reads the archive needs SQL and keys: they are imported here and not before.
    from stream.archive.configured import engine_of, notary_of  # noqa: PLC0415
    from stream.archive.reader import Archive  # noqa: PLC0415
    from stream.exports.writing import Exporter  # noqa: PLC0415

    if arguments.out.exists():
        raise UnfitSelectionError(found=f"{arguments.out} is there", expected="a new file")
    engine = engine_of(settings)
    try:
        notary = notary_of(settings, engine)
        with vault_if_keyed(settings) as vault, Meter("export", sys.stderr, clock) as meter:
            if vault is not None and arguments.person:
                arguments.person = vault.pseudonym(arguments.person)
            told = None if arguments.pseudonyms else vault
            exporter = Exporter(Archive(engine), notary, meter, told)
            with written(arguments.out, arguments.format) as path:
                done = exporter.write(selection_of(arguments), path, clock.now(), arguments.since)
    finally:
        engine.dispose()
    made = done.manifest
    print(f"{arguments.out}: {made.cases:,} cases, {made.entries:,} entries")
    for key in notary.keys:
        sys.stderr.write(f"whoever checks it needs this key, by another way than the file: {key}\n")
    for origin, problem in done.problems:
        sys.stderr.write(f"{origin}, entry {problem.number}: {problem.words}\n")
    return EXIT_DEFECTS if done.problems else 0


@contextmanager
def written(out: Path, form: str) -> Iterator[Path]:
    """Where to write an export that is wanted in some format; it is put there afterwards."""
    if form == "zip":
        yield out
        return
    with TemporaryDirectory(dir=out.parent, prefix=".export") as spool:
        path = Path(spool) / "export.zip"
        yield path
        made = Path(spool) / "made"
        with path.open("rb") as file, made.open("wb") as into:
            made.chmod(0o600)
            for piece in converted(file, form):
                into.write(piece)
        made.replace(out)


def selection_of(arguments: argparse.Namespace) -> Selection:
    """What is asked for. Raises UnfitSelectionError."""
    tenant: str | None = arguments.tenant
    named = {"case": arguments.case, "workflow": arguments.workflow, "person": arguments.person}
    begin: datetime | None = arguments.begin
    end: datetime | None = arguments.end
    is_period = begin is not None or end is not None
    if is_period:
        if arguments.everything or any(named.values()):
            raise UnfitSelectionError(found="a period and more", expected="one of them")
        return Selection(kind="period", tenant=tenant, begin=begin, end=end)
    if arguments.everything:
        return Selection(kind="everything", tenant=tenant)
    for kind in ("case", "workflow", "person"):
        if named[kind] is not None:
            return Selection(kind=kind, name=named[kind], tenant=tenant)
    raise UnfitSelectionError(
        found="nothing is named",
        expected="a case, --workflow, --person, --from, --until or --everything",
    )
