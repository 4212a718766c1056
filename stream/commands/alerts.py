"""`foureyes alerts`: what was told, held or dropped, for whom and why; and who looks after it."""

import argparse
import os
from collections.abc import Callable

from rules.finding import Severity
from stream import canonical
from stream.clock import SystemClock
from stream.desk.decisions import Decision, Did
from stream.desk.saying import looked_after
from stream.pseudonyms.names import put_back, put_back_in_json
from stream.pseudonyms.place import names_of
from stream.settings import Settings

SUMMARY = "what was told, held or dropped, for whom, and why"
WORDS = {
    "ack": "say that you look after a finding and what is told with it",
    "assign": "say that somebody else looks after it",
}
SHOWN = 50
"""How many are shown where nobody asks for another number."""
_SAYS = {
    Did.TOLD: "told",
    Did.HELD: "holds back",
    Did.DROPPED: "dropped",
    Did.REFUSED: "lost",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes alerts`."""
    parser.add_argument("--destination", help="only for this one")
    parser.add_argument("--did", choices=[each.value for each in Did], help="only what was so")
    parser.add_argument("--severity", choices=[each.value for each in Severity])
    parser.add_argument("--rule", help="only of this rule")
    parser.add_argument("--tenant", help="only of this tenant")
    parser.add_argument("--case", help="only of this case")
    parser.add_argument("--finding", help="only about this finding")
    parser.add_argument("--route", help="only by this route")
    parser.add_argument("--last", type=int, default=SHOWN, help=f"how many (default: {SHOWN})")
    parser.add_argument("--format", choices=("text", "jsonl"), default="text")
    words = parser.add_subparsers(dest="word", metavar="WORD")
    for word, meaning in WORDS.items():
        sub = words.add_parser(word, help=meaning, description=meaning)
        sub.add_argument("about", metavar="FINDING", help="the finding, as an alert names it")
        sub.add_argument("--by", required=True, help="who says so")
        if word == "assign":
            sub.add_argument("--to", required=True, help="who looks after it from now on")


def run(arguments: argparse.Namespace) -> int:
    """Print the last decisions, the latest last."""
    # Only who asks the desks needs the hosts.
    from stream.running.alerts import decisions_of  # noqa: PLC0415

    settings = Settings.load(os.environ)
    if arguments.word is not None:
        return _say(settings, arguments)
    matches = _asked(arguments)
    found = [each for each in decisions_of(settings) if matches(each)]
    with names_of(settings) as names:
        for each in found[-arguments.last :] if arguments.last > 0 else []:
            is_json = arguments.format == "jsonl"
            print(put_back_in_json(_line(each), names) if is_json else put_back(tell(each), names))
    return 0


def _say(settings: Settings, arguments: argparse.Namespace) -> int:
    from stream.running.notes import write  # noqa: PLC0415

    to = arguments.to if arguments.word == "assign" else None
    note = looked_after(arguments.about, by=arguments.by, now=SystemClock().now(), to=to)
    write(settings, note)
    whom = note.to or note.by
    print(f"{whom} looks after {note.about}: its group rings no more until there is something new")
    return 0


_FILTERS = ("destination", "did", "severity", "rule", "tenant", "case", "finding", "route")


def _asked(arguments: argparse.Namespace) -> Callable[[Decision], bool]:
    asked = {name: getattr(arguments, name) for name in _FILTERS if getattr(arguments, name)}
    return lambda decision: all(getattr(decision, name) == told for name, told in asked.items())


def _line(decision: Decision) -> str:
    told = {name: getattr(decision, name) for name in decision.__struct_fields__}
    return canonical.write(told).decode()


def tell(decision: Decision) -> str:
    """One decision in plain language, on two lines."""
    until = f" until {decision.until:%Y-%m-%d %H:%MZ}" if decision.until else ""
    group = f", with group {decision.group}" if decision.group else ""
    return (
        f"{decision.at:%Y-%m-%d %H:%M:%SZ} {decision.destination}: {_SAYS[decision.did]}{until}"
        f" - {decision.reason}{group}\n"
        f"    [{decision.severity}] {decision.summary} ({decision.case}; {decision.finding},"
        f" change {decision.change}, {decision.kind})"
    )
