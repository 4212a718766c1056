"""`foureyes replay FILE…`: the same machines over files; prints what they find."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from rules.finding import read_finding
from rules.machines.contract import FINDINGS, HEALTH, REFUSED, Output
from rules.verdict import Verdict
from stream.activities import connector_with
from stream.clock import Clock, FixedClock, SystemClock
from stream.hosts.direct import Direct
from stream.intake.files import UnreadableFileError
from stream.intake.hearing import Hearing
from stream.memory import settle_in
from stream.progress import Meter
from stream.reference import facts_from, policy_from
from stream.replaying import Replay
from stream.telling import decisions_text, finding_text, sum_text, untold_text

SUMMARY = "run files through the same machines: no broker, no state kept, nobody notified"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes replay`."""
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help=".json, .jsonl, .xes, gzip of these, or - (stdin)"
    )
    parser.add_argument("--source", required=True, help="who wrote the files: see foureyes sources")
    parser.add_argument(
        "--activities", type=Path, help="what the activities of an XES log are, TOML"
    )
    parser.add_argument(
        "--also",
        type=source_file,
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="another source's file, replayed beside them: gateway=calls.jsonl",
    )
    add_reference_arguments(parser)
    parser.add_argument(
        "--until", type=moment, help="say that everything up to this time has been reported"
    )
    parser.add_argument(
        "--observed-at",
        type=moment,
        help="the time of payloads that carry none (default: now)",
    )
    parser.add_argument("--format", choices=("text", "jsonl"), default="text")
    parser.add_argument(
        "--fail-on-findings", action="store_true", help="exit with 1 if a finding stands at the end"
    )


def add_reference_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that name policy and reference facts."""
    parser.add_argument("--people", type=Path, help="people and their accounts: CSV, JSON, JSONL")
    parser.add_argument("--machines", type=Path, help="machine accounts and their owners")
    parser.add_argument("--entitlements", type=Path, help="entitlements and their risk")
    parser.add_argument(
        "--scim",
        type=source_file,
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="SCIM 2.0 documents: the users and groups of the source NAME",
    )
    parser.add_argument("--policy", type=Path, help="the policy document, TOML")


def source_file(text: str) -> tuple[str, Path]:
    """Read a source and a file about it from the command line."""
    name, _, path = text.partition("=")
    if not name or not path:
        message = f"{text!r} names no source and file; expected one like okta=users.json"
        raise argparse.ArgumentTypeError(message)
    return name, Path(path)


def moment(text: str) -> datetime:
    """Read a time from the command line; one without a zone is refused."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no time; expected one like 2026-11-01T12:00:00Z"
        raise argparse.ArgumentTypeError(message) from error
    if at.tzinfo is None:
        message = f"{text!r} has no zone; expected one like 2026-11-01T12:00:00Z"
        raise argparse.ArgumentTypeError(message)
    return at.astimezone(UTC)


class Page:
    """What a replay prints: findings and refusals as they come, and the sum at the end."""

    def __init__(self, form: str) -> None:
        self._jsonl = form == "jsonl"

    def take(self, output: Output) -> None:
        """Print one thing that a machine said."""
        if output.log == FINDINGS:
            if self._jsonl:
                print(output.value.decode())
            else:
                print(finding_text(read_finding(json.loads(output.value))), end="\n\n")
        elif output.log == REFUSED:
            for refused in json.loads(output.value.split(b"\n", 1)[0])["refused"]:
                sys.stderr.write(f"refused: {refused['place']}: {refused['reason']}\n")
        elif output.log == HEALTH and not self._jsonl:
            told = json.loads(output.value)
            if "untold" in told:
                print(untold_text(told), end="\n\n")


def run(arguments: argparse.Namespace) -> int:
    """Replay, and say what came of it: 0; 1 with --fail-on-findings; 3 if a file broke off."""
    policy = policy_from(arguments.policy)
    facts = facts_from(
        policy,
        people=arguments.people,
        machines=arguments.machines,
        entitlements=arguments.entitlements,
        scim=arguments.scim,
    )
    clock: Clock = SystemClock()
    if arguments.observed_at:
        clock = FixedClock(arguments.observed_at)
    settle_in()
    page = Page(arguments.format)
    meter = Meter("replay", sys.stderr, SystemClock())
    replay = Replay(
        connector=connector_with(arguments.source, arguments.activities),
        clock=clock,
        policy=policy,
        stamp=facts.stamp,
        hear=Hearing(lambda: facts, tells_late=Direct.LAYOUT.journal).hear,
        listen=page.take,
        # Findings on the same terminal say by themselves that it goes on.
        steps=None if sys.stdout.isatty() else meter,
    )
    broken_off = False
    try:
        with meter:
            replay.run(arguments.files, arguments.until, also=_by_source(arguments.also))
    except UnreadableFileError as error:
        sys.stderr.write(f"foureyes: {error}\n")
        broken_off = True
    _tell_end(replay)
    if broken_off:
        return EXIT_CANNOT_TELL
    broken = replay.host.judge.tally.decisions[Verdict.BROKEN]
    return EXIT_FINDINGS if arguments.fail_on_findings and broken else 0


def _by_source(files: list[tuple[str, Path]]) -> dict[str, list[str]]:
    """Put the files of each source together."""
    by_source: dict[str, list[str]] = {}
    for name, path in files:
        by_source.setdefault(name, []).append(str(path))
    return by_source


def _tell_end(replay: Replay) -> None:
    counts = replay.counts()
    tally = replay.host.judge.tally
    recorded, repeats = sum(tally.recorded.values()), sum(tally.repeats.values())
    parked = replay.host.linker.sizes()["parked"]
    parts = {"recorded": recorded, "refused": counts["refused"], "repeats": repeats}
    if parked:
        parts["waiting for their case"] = parked
    total = counts["events"] + counts["refused"]
    sys.stderr.write(f"{sum_text(total, 'read', parts)}\n{decisions_text(tally.decisions)}\n")


EXIT_FINDINGS = 1
EXIT_CANNOT_TELL = 3
