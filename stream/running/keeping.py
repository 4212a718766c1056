"""Two people's decision about what the archive keeps, put where the journal takes it from."""

import argparse
import asyncio
from contextlib import closing
from datetime import datetime

from rules.machines.contract import Output
from rules.machines.keeping import Act, Keeping, write_keeping
from rules.policy import Policy
from stream.canonical import CODEC
from stream.clock import Clock
from stream.faults import Fault, FaultyInputError
from stream.hosts.data_directory import FILE, DataDirectoryError
from stream.hosts.store import Store
from stream.intake.control import SOURCE
from stream.reference import policy_from
from stream.settings import Settings
from stream.topics import raw_topic

KEY = b"policy"
"""All of the control lane is in one partition, in order."""


def keeping_of(settings: Settings, told: argparse.Namespace, clock: Clock) -> Keeping:
    """Make a decision of what was said. Raises OnePersonError and FaultyInputError."""
    act, now = Act(told.word), clock.now()
    policy = policy_from(settings.policy) if act is Act.EXPIRE else None
    return Keeping(
        act=act,
        reason=told.reason,
        author=told.author,
        approver=told.approver,
        decided_at=now,
        case=None if policy else told.case,
        tenant=None if policy else told.tenant,
        until=_until(policy, now) if policy else None,
        policy=policy.version if policy else None,
    )


def _until(policy: Policy, now: datetime) -> datetime:
    if policy.keep_closed_cases is None:
        fault = Fault(
            place="the policy",
            key="retention.closed_cases",
            found="nothing",
            expected="how long closed cases are kept",
        )
        raise FaultyInputError(what="the policy", faults=[fault])
    return now - policy.keep_closed_cases


def decide(settings: Settings, keeping: Keeping) -> None:
    """Put a decision on the control lane: durable when this returns.

    Raises LogUnavailableError; embedded, DataDirectoryError where foureyes is at work.
    """
    record = write_keeping(CODEC, keeping)
    if settings.kafka_bootstrap:
        asyncio.run(_append(settings, record))
        return
    if not (settings.data / FILE).exists():
        raise DataDirectoryError(
            path=settings.data, found=f"no {FILE}", expected="a data directory of foureyes"
        )
    with closing(Store(settings.data)) as store, store.transaction():
        at_ms = round(keeping.decided_at.timestamp() * 1000)
        store.append([Output(raw_topic(SOURCE), 0, record)], at_ms)


async def _append(settings: Settings, record: bytes) -> None:
    # Only who writes to Kafka needs its client: it is imported here and not before.
    from stream.hosts.kafka import RawLog  # noqa: PLC0415
    from stream.running.deployment import client_of  # noqa: PLC0415

    async with RawLog(client_of(settings)) as raw:
        await raw.append(SOURCE, record, KEY)
