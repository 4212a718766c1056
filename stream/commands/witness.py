"""`foureyes witness`: cosign checkpoints of a log that only grows, and cry out if it does not."""

import argparse
import asyncio
import sys
from contextlib import closing
from pathlib import Path

from stream.clock import SystemClock
from stream.log import Log

SUMMARY = "cosign a log's checkpoints, elsewhere, as long as it only grows; else raise the alarm"
KEY_FILE = "witness.key"
EXIT_ALARMED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes witness`."""
    parser.add_argument("--name", required=True, help="what this witness is called, a host name")
    parser.add_argument(
        "--state", type=Path, required=True, help="directory of its key and of what it cosigned"
    )
    parser.add_argument(
        "--log",
        metavar="KEY",
        action="append",
        default=[],
        help="public key of a log to cosign for (foureyes archive keys); may be repeated",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8788, help="its port; 0: any free (8788)")


def run(arguments: argparse.Namespace) -> int:
    """Print the public key, then cosign until SIGTERM: 1 if a log was not what it was."""
    # Only a witness needs its web server and its keys.
    from rules.ledger.checkpoint import Kind, read_key  # noqa: PLC0415
    from stream.archive.keys import keys_in  # noqa: PLC0415
    from stream.hosts.data_directory import hold  # noqa: PLC0415
    from stream.witness.service import Service  # noqa: PLC0415
    from stream.witness.witness import Witness  # noqa: PLC0415

    clock = SystemClock()
    with Log(clock), closing(hold(arguments.state)):
        signers = keys_in(arguments.state / KEY_FILE, arguments.name, Kind.COSIGNS)
        logs = [read_key(text) for text in arguments.log]
        witness = Witness(arguments.state, signers, logs, lambda: int(clock.now().timestamp()))
        for each in signers:
            print(each.key)
        sys.stdout.flush()
        service = Service(witness)
        asyncio.run(service.run(arguments.host, arguments.port))
    return EXIT_ALARMED if service.alarms else 0
