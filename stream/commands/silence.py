"""`foureyes silence`: hold or drop alerts for a time, by two people's word."""

import argparse
import os

from stream.clock import SystemClock
from stream.commands.replay import moment
from stream.desk.notes import Cover, Manner, Note, Notes, Silence
from stream.desk.saying import approval, ending, proposal
from stream.settings import Settings

SUMMARY = "hold or drop alerts for a time: one proposes it, another approves"
_COVERS = ("rule", "severity", "source", "tenant", "workflow", "case", "person")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes silence`."""
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    propose = words.add_parser("propose", help="say what is to be silent, until when and why")
    for name in _COVERS:
        propose.add_argument(f"--{name}", help="only findings with this one; may hold *")
    propose.add_argument("--until", type=moment, required=True, help="when it is over")
    propose.add_argument("--reason", required=True, help="why")
    propose.add_argument(
        "--drop", action="store_true", help="drop what it covers for good; else it is held"
    )
    approve = words.add_parser("approve", help="agree to what somebody else proposed")
    end = words.add_parser("end", help="let alerts ring again before its time")
    end.add_argument("--reason", required=True, help="why")
    for sub in (approve, end):
        sub.add_argument("id", metavar="ID", help="as `propose` told it")
    for sub in (propose, approve, end):
        sub.add_argument("--by", required=True, help="who says so: an account")
    words.add_parser("list", help="what was proposed, and what became of it")


def run(arguments: argparse.Namespace) -> int:
    """Say it, or list what was said."""
    # Only who looks into the record needs the hosts.
    from stream.running.notes import notes_of, write  # noqa: PLC0415

    settings = Settings.load(os.environ)
    notes = notes_of(settings)
    if arguments.word == "list":
        _list(notes)
        return 0
    note = _proposal(arguments) if arguments.word == "propose" else _answer(arguments, notes)
    write(settings, note)
    print(f"{note.about}: {note.said} by {note.by}")
    return 0


def _proposal(arguments: argparse.Namespace) -> Note:
    return proposal(
        Cover(**{name: getattr(arguments, name) for name in _COVERS}),
        until=arguments.until,
        reason=arguments.reason,
        by=arguments.by,
        now=SystemClock().now(),
        manner=Manner.SUPPRESSION if arguments.drop else Manner.SILENCE,
    )


def _answer(arguments: argparse.Namespace, notes: Notes) -> Note:
    name, by, now = arguments.id, arguments.by, SystemClock().now()
    if arguments.word == "approve":
        return approval(notes, name, by=by, now=now)
    return ending(notes, name, reason=arguments.reason, by=by, now=now)


def _list(notes: Notes) -> None:
    now = SystemClock().now()
    for name, silence in notes.silences.items():
        proposed = silence.proposed
        print(
            f"{name} {_state(silence, is_in_force=silence.is_in_force(now))}: {proposed.manner} of"
            f" {proposed.covers} until {silence.until:%Y-%m-%d %H:%MZ}, by {proposed.by}:"
            f" {proposed.reason}"
        )


def _state(silence: Silence, *, is_in_force: bool) -> str:
    if silence.ended is not None:
        return f"ended by {silence.ended.by} ({silence.ended.reason})"
    if silence.approved is None:
        return "waits for somebody else to approve"
    return f"{'in force' if is_in_force else 'over'}, approved by {silence.approved.by}"
