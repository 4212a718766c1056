"""Which machines there are, built from what the settings say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.machines.contract import ENTITIES, JOURNAL, LINKS
from rules.machines.feeding import Feeds
from rules.machines.judge import Judge
from rules.machines.linker import Linker
from rules.machines.patterns import Patterns
from rules.machines.routing import Layout
from rules.policy import Policy
from stream.canary.case import SOURCE as CANARY
from stream.canary.gate import OnlyOurs
from stream.canary.sealing import Seal
from stream.canonical import CODEC
from stream.clock import Clock
from stream.connectors import CONNECTORS, connector
from stream.connectors.native import NATIVE
from stream.connectors.table import Connector
from stream.hosts.contract import Role
from stream.intake.control import SOURCE, Control
from stream.intake.facts import Facts
from stream.intake.hearing import Hearing
from stream.intake.intake import Intake, Stamp
from stream.intake.lane import Lane
from stream.intake.learning import Learning
from stream.settings import Settings
from stream.topics import FACTS_ENTITLEMENTS, FACTS_PEOPLE, raw_topic
from stream.topics import PULL as PULLS

if TYPE_CHECKING:
    # Only where names are kept apart SQL is needed.
    from stream.pseudonyms.veil import Veil

INTAKE = "intake"
LINKER = "linker"
JUDGE = "judge"
PATTERNS = "patterns"
DESK = "desk"
RECEIVE = "receive"
ARCHIVE = "archive"
PULL = PULLS
WEB = "web"
WORDS = (INTAKE, LINKER, JUDGE, PATTERNS, DESK, RECEIVE, ARCHIVE, PULL, WEB)
"""The roles that `foureyes run` can be asked for."""

FACTS = (FACTS_PEOPLE, FACTS_ENTITLEMENTS)
RAW_BATCH_RECORDS = 4000
"""Raw records are single events, so a batch of them is as large as a few frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the machines of a deployment have in common.

    `sources` maps each source's name to its connector's. The layout may never change once the
    record has begun: where a case is found follows from it.
    """

    sources: Mapping[str, str]
    layout: Layout
    raw_partitions: int
    policy: Policy
    stamp: Stamp
    clock: Clock
    known: Callable[[], Facts] | None = None
    """Makes the facts on which those of the topics build; None: there are no such topics."""
    hearing: Hearing | None = None
    seal: Seal | None = None
    """What canaries are sealed with; None: there are none."""
    veil: "Veil | None" = None
    """Puts pseudonyms in place of names; None: names are recorded in clear."""


def sources_of(settings: Settings) -> dict[str, str]:
    """The sources to take in: those of the settings, or every connector under its own name."""
    chosen = settings.sources or {name: name for name in CONNECTORS}
    for name in chosen.values():
        connector(name)
    return dict(chosen)


def roles_of(plan: Plan, words: tuple[str, ...] = WORDS) -> list[Role]:
    """The roles of the machines that are asked for, in the order in which an event passes them."""
    roles = []
    if INTAKE in words:
        roles += [_control(plan), *(_intake(plan, source) for source in plan.sources)]
        if plan.seal is not None:
            roles.append(_canary(plan, plan.seal))
        if plan.known is not None:
            roles += [_learning(plan, topic, plan.known) for topic in FACTS]
    roles += [role for role in _judging(plan) if role.name in words]
    return roles


def _judging(plan: Plan) -> list[Role]:
    layout = plan.layout
    return [
        Role(
            name=LINKER,
            log=LINKS,
            partitions=layout.links,
            build=lambda p: Linker(p, layout, CODEC),
        ),
        Role(
            name=JUDGE,
            log=JOURNAL,
            partitions=layout.journal,
            build=lambda p: Judge(p, CODEC, feeds=Feeds(layout.journal)),
        ),
        Role(
            name=PATTERNS,
            log=ENTITIES,
            partitions=layout.journal,
            build=lambda p: Patterns(p, layout, CODEC),
        ),
    ]


def _control(plan: Plan) -> Role:
    return Role(
        name="control",
        log=raw_topic(SOURCE),
        partitions=plan.raw_partitions,
        build=lambda _: Control(plan.layout, plan.veil),
    )


def _learning(plan: Plan, topic: str, known: Callable[[], Facts]) -> Role:
    return Role(
        name=topic.removeprefix("iga."),
        log=topic,
        partitions=1,
        build=lambda _: Learning(plan.layout, known(), plan.veil),
    )


def _intake(plan: Plan, source: str) -> Role:
    def build(partition: int) -> Intake:
        lane = _lane(plan, source, partition, connector(plan.sources[source]))
        hear = plan.hearing.hear if plan.hearing else None
        return Intake(lane, plan.clock, plan.stamp, hear, plan.veil)

    return _intake_role(plan, source, build)


def _canary(plan: Plan, seal: Seal) -> Role:
    """The canary's own intake: the same machine, which lets in what bears our seal alone."""

    def build(partition: int) -> Intake:
        lane = _lane(plan, CANARY, partition, NATIVE)
        return Intake(
            replace(lane, admits=OnlyOurs(seal), is_awaited=False), plan.clock, plan.stamp
        )

    return _intake_role(plan, CANARY, build)


def _lane(plan: Plan, source: str, partition: int, connector: Connector) -> Lane:
    lanes = tuple(f"{raw_topic(source)}/{p}" for p in range(plan.raw_partitions))
    return Lane(
        name=lanes[partition],
        source=source,
        connector=connector,
        lanes=lanes,
        layout=plan.layout,
        policy=plan.policy,
        place=lambda offset: f"{lanes[partition]}@{offset}",
    )


def _intake_role(plan: Plan, source: str, build: Callable[[int], Intake]) -> Role:
    return Role(
        name=f"{INTAKE}.{source}",
        log=raw_topic(source),
        partitions=plan.raw_partitions,
        build=build,
        replayed=False,
        batch_records=RAW_BATCH_RECORDS,
    )
