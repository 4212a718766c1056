"""What the settings say about Kafka: how to reach it, and which topics there have to be."""

from typing import Any, cast

from rules.machines.routing import Layout
from rules.policy import Policy
from stream.canary.case import SOURCE as CANARY
from stream.clock import Clock
from stream.hosts.kafka import KafkaClient
from stream.intake.control import SOURCE
from stream.intake.hearing import Hearing
from stream.intake.intake import Stamp
from stream.reference import fact_files, facts_in
from stream.running.canaries import seal_of
from stream.running.roles import Plan, roles_of, sources_of
from stream.settings import Settings
from stream.topics import Deployment


def client_of(settings: Settings) -> KafkaClient:
    """Say how the brokers are reached. Only for settings with `kafka_bootstrap`."""
    password = settings.kafka_password
    return KafkaClient(
        bootstrap=settings.kafka_bootstrap or "",
        # The settings allow the same words; a type checker can not see that.
        security_protocol=cast(Any, settings.kafka_protocol),
        sasl_mechanism=cast(Any, settings.kafka_sasl_mechanism),
        username=settings.kafka_username,
        password=None if password is None else password.get_secret_value(),
        ca_file=settings.kafka_ca_file,
        certificate_file=settings.kafka_certificate_file,
        key_file=settings.kafka_key_file,
    )


def plan_of(
    settings: Settings, policy: Policy, clock: Clock, stamp: Stamp, hearing: Hearing | None = None
) -> Plan:
    """Say what the machines on Kafka have in common. Raises UnknownSourceError."""
    partitions = settings.kafka_partitions
    return Plan(
        sources=sources_of(settings),
        layout=Layout(journal=partitions, links=partitions),
        raw_partitions=settings.kafka_raw_partitions,
        policy=policy,
        stamp=stamp,
        hearing=hearing,
        clock=clock,
        known=lambda: facts_in(settings, policy, fact_files(settings)),
        seal=seal_of(settings),
    )


def deployment_of(settings: Settings, plan: Plan) -> Deployment:
    """Say which topics there have to be, whatever roles this process has."""
    return Deployment(
        partitions=settings.kafka_partitions,
        roles={role.name: role.partitions for role in roles_of(plan)},
        sources=(*plan.sources, SOURCE, *([CANARY] if plan.seal else [])),
        replication=settings.kafka_replication,
        raw_partitions=settings.kafka_raw_partitions,
        raw_retention_days=settings.kafka_raw_retention_days,
    )
