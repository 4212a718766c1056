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
from stream.running.roles import WEB, WORDS
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
    is_alone = set(words) == {WEB}
    if not settings.kafka_bootstrap and not is_alone and set(words) != set(WORDS):
        sys.stderr.write(
            "foureyes: roles but for web can be run apart only on Kafka; set "
            "FOUREYES_KAFKA_BOOTSTRAP, or run them all\n"
        )
        return EXIT_USAGE
    if is_alone:
        return _show_only(settings)
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

            asked = words if arguments.roles else by_default(settings)
            asyncio.run(run_on_kafka(settings, policy, facts, clock, asked))
        else:
            from stream.running.on_embedded import run_embedded  # noqa: PLC0415

            asyncio.run(run_embedded(settings, policy, facts, clock))
    return 0


def by_default(settings: Settings) -> tuple[str, ...]:
    """Every role; the console only where somebody has said on which port."""
    return tuple(word for word in WORDS if word != WEB or settings.web_port is not None)


def _show_only(settings: Settings) -> int:
    """Run nothing but the console, over an archive that others write."""
    from stream.running.consoles import run_console  # noqa: PLC0415

    clock = SystemClock()
    with Log(clock, level=logging.getLevelNamesMapping()[settings.log_level.upper()]):
        asyncio.run(run_console(settings, clock))
    return 0
