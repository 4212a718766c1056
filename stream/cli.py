"""The command line: one program, one file per verb.

Results go to standard output, talk to standard error. Exit codes: 0 sound, 1 findings or defects,
2 wrong usage, 3 could not tell.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from rules.errors import FoureyesError

VERBS = (
    "demo",
    "run",
    "replay",
    "explain",
    "export",
    "verify",
    "rules",
    "controls",
    "alerts",
    "silence",
    "review",
    "sources",
    "connect",
    "policy",
    "doctor",
    "checkpoint",
    "set-aside",
    "archive",
    "witness",
)
EXIT_DEFECTS = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_NOBODY_READS = 141
"""As a shell tells the end by a closed pipe: 128 and the signal's number."""


def build_parser(verbs: Sequence[str] = VERBS) -> argparse.ArgumentParser:
    """Build the parser; the verbs' modules are imported here and not before."""
    parser = argparse.ArgumentParser(
        prog="foureyes", description="Watches how access is decided, and can prove it."
    )
    commands = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in verbs:
        module = importlib.import_module(f"stream.commands.{verb.replace('-', '_')}")
        sub = commands.add_parser(verb, help=module.SUMMARY, description=module.SUMMARY)
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb. A refusal is one sentence on standard error, never a traceback."""
    words = list(sys.argv[1:] if argv is None else argv)
    # Only the verb that is asked for is imported: `foureyes rules` needs no Kafka client.
    asked = [verb for verb in VERBS if words[:1] == [verb]]
    arguments = build_parser(asked or VERBS).parse_args(words)
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
    except FoureyesError as error:
        sys.stderr.write(f"foureyes: {error}\n")
        return EXIT_DEFECTS if error.is_defect else EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`); nothing more may be written at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_NOBODY_READS
    return code


if __name__ == "__main__":
    raise SystemExit(main())
