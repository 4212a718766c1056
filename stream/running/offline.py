"""The machines of a deployment, for verbs that look at them while no worker is asked."""

from rules.policy import Policy
from stream.clock import Clock
from stream.hosts.contract import Role
from stream.reference import policy_from
from stream.running.canaries import seal_of
from stream.running.deployment import plan_of
from stream.running.embedded import LAYOUT, RAW_PARTITIONS
from stream.running.roles import Plan, roles_of, sources_of
from stream.settings import Settings


def offline_roles(settings: Settings, clock: Clock) -> list[Role]:
    """Every role as the settings have it, on the host that they name."""
    return roles_of(_plan(settings, policy_from(settings.policy), clock))


def _plan(settings: Settings, policy: Policy, clock: Clock) -> Plan:
    if settings.kafka_bootstrap:
        return plan_of(settings, policy, clock, lambda _: None)
    return Plan(
        sources=sources_of(settings),
        layout=LAYOUT,
        raw_partitions=RAW_PARTITIONS,
        policy=policy,
        stamp=lambda _: None,
        clock=clock,
        seal=seal_of(settings),
    )
