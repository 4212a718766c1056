"""`foureyes checkpoint`: write the machines' state down where the record stands, and stop."""

import argparse
import asyncio
import os

from stream.clock import SystemClock
from stream.log import Log
from stream.reference import policy_from
from stream.running.checkpointing import checkpoint_embedded, checkpoint_on_kafka
from stream.running.deployment import client_of, plan_of
from stream.running.embedded import LAYOUT, RAW_PARTITIONS
from stream.running.roles import Plan, roles_of, sources_of
from stream.settings import Settings

SUMMARY = "write the state down where the record stands, so that another version can take over"


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Nothing follows `foureyes checkpoint`."""


def run(_: argparse.Namespace) -> int:
    """Print where each machine stands: 0 if all are written, 1 if one is halted."""
    settings = Settings.load(os.environ)
    policy = policy_from(settings.policy)
    clock = SystemClock()
    with Log(clock):
        if settings.kafka_bootstrap:
            plan = plan_of(settings, policy, clock, lambda _: None)
            roles = [role for role in roles_of(plan) if role.replayed]
            standings = asyncio.run(checkpoint_on_kafka(client_of(settings), roles))
        else:
            plan = Plan(
                sources=sources_of(settings),
                layout=LAYOUT,
                raw_partitions=RAW_PARTITIONS,
                policy=policy,
                stamp=lambda _: None,
                clock=clock,
            )
            roles = [role for role in roles_of(plan) if role.replayed]
            standings = checkpoint_embedded(settings.data, roles, clock)
    for each in standings:
        halted = f"halted: {each.halted}" if each.halted else "written"
        print(f"{each.role} {each.partition} at record {each.position}: {halted}")
    return 1 if any(each.halted for each in standings) else 0
