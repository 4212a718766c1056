"""`foureyes checkpoint`: write the machines' state down where the record stands, and stop."""

import argparse
import asyncio
import os

from stream.clock import SystemClock
from stream.log import Log
from stream.running.checkpointing import checkpoint_embedded, checkpoint_on_kafka
from stream.running.deployment import client_of
from stream.running.offline import offline_roles
from stream.settings import Settings

SUMMARY = "write the state down where the record stands, so that another version can take over"


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Nothing follows `foureyes checkpoint`."""


def run(_: argparse.Namespace) -> int:
    """Print where each machine stands: 0 if all are written, 1 if one is halted."""
    settings = Settings.load(os.environ)
    clock = SystemClock()
    with Log(clock):
        roles = [role for role in offline_roles(settings, clock) if role.replayed]
        if settings.kafka_bootstrap:
            standings = asyncio.run(checkpoint_on_kafka(client_of(settings), roles))
        else:
            standings = checkpoint_embedded(settings.data, roles, clock)
    for each in standings:
        halted = f"halted: {each.halted}" if each.halted else "written"
        print(f"{each.role} {each.partition} at record {each.position}: {halted}")
    return 1 if any(each.halted for each in standings) else 0
