"""`foureyes run [ROLE …]`: everything in one process, or some roles of it on Kafka."""

import argparse
import asyncio
import logging
import os
import sys

from stream.clock import SystemClock
from stream.log import Log
from stream.memory import settle_in
from stream.reference import facts_from, policy_from
from stream.running.roles import WORDS
from stream.settings import Settings

SUMMARY = "take events in, judge them and tell the findings; settings come from FOUREYES_…"
EXIT_USAGE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes run`."""
    parser.add_argument(
        "roles", metavar="ROLE", nargs="*", choices=[*WORDS, []], help=f"of {', '.join(WORDS)}"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT, then end in order."""
    settings = Settings.load(os.environ)
    words = tuple(arguments.roles) or WORDS
    if not settings.kafka_bootstrap and set(words) != set(WORDS):
        sys.stderr.write(
            "foureyes: roles can be run apart only on Kafka; set FOUREYES_KAFKA_BOOTSTRAP, or run "
            "them all\n"
        )
        return EXIT_USAGE
    policy = policy_from(settings.policy)
    facts = facts_from(
        policy,
        people=settings.people,
        machines=settings.machines,
        entitlements=settings.entitlements,
        scim=settings.scim or (),
    )
    settle_in()
    clock = SystemClock()
    with Log(clock, level=logging.getLevelNamesMapping()[settings.log_level.upper()]):
        if settings.kafka_bootstrap:
            # Only who runs on Kafka needs its client.
            from stream.running.on_kafka import run_on_kafka  # noqa: PLC0415

            asyncio.run(run_on_kafka(settings, policy, facts, clock, words))
        else:
            from stream.running.on_embedded import run_embedded  # noqa: PLC0415

            asyncio.run(run_embedded(settings, policy, facts, clock))
    return 0
