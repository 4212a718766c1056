"""The brokers: whether they answer, and whether every topic is as it has to be."""

import asyncio
import logging
from collections.abc import Iterator

from rules.errors import FoureyesError
from rules.policy import Policy
from stream.checkup.check import Check, State, ok, warn, wrong
from stream.clock import Clock
from stream.hosts.kafka import KafkaLimits, check_topics
from stream.log import Log
from stream.running.deployment import client_of, deployment_of, plan_of
from stream.settings import Settings
from stream.topic_defects import Defect
from stream.topics import topics_of

ANSWER_SECONDS_MAX = 20.0
"""How long the brokers may take for everything that is asked of them."""

REQUEST_SECONDS_MAX = 10.0

TOPICS_SHOWN_MAX = 5
MISSING = "missing"
"""What `stream.topic_defects` says of a topic that is not there."""


def check_brokers(settings: Settings, policy: Policy, clock: Clock) -> Iterator[Check]:
    """Ask the brokers for the topics that `foureyes run` needs, and compare.

    Raises UnknownSourceError where a source has no connector.
    """
    plan = plan_of(settings, policy, clock, lambda _: None)
    topics = topics_of(deployment_of(settings, plan))
    limits = KafkaLimits(request_seconds=REQUEST_SECONDS_MAX)
    # The client would tell of every attempt to connect, in its own words.
    with Log(clock, level=logging.CRITICAL):
        try:
            found = asyncio.run(
                asyncio.wait_for(
                    check_topics(client_of(settings), topics, limits), ANSWER_SECONDS_MAX
                )
            )
        except TimeoutError:
            found_text = f"{settings.kafka_bootstrap} did not answer in {ANSWER_SECONDS_MAX:g} s"
            yield wrong("kafka", found_text, _REMEDY)
            return
        except (FoureyesError, OSError, RuntimeError) as error:
            yield wrong("kafka", f"{settings.kafka_bootstrap}: {error}", _REMEDY)
            return
    yield ok("kafka", f"{settings.kafka_bootstrap} answers")
    missing = [defect.topic for defect in found if defect.found == MISSING]
    if missing:
        shown = ", ".join(missing[:TOPICS_SHOWN_MAX]) + (" …" if missing[TOPICS_SHOWN_MAX:] else "")
        told = f"{len(missing)} of {len(topics)} are missing: {shown}"
        yield warn("topics", told, "foureyes run makes them")
    yield from (_told(defect) for defect in found if defect.found != MISSING)
    if not found:
        yield ok("topics", f"all {len(topics)} are as they have to be")
    if settings.kafka_replication == 1:
        remedy = "set FOUREYES_KAFKA_REPLICATION to 3 before the topics are made"
        yield warn("copies", "each record is on one broker alone", remedy)


_REMEDY = "set FOUREYES_KAFKA_BOOTSTRAP, FOUREYES_KAFKA_PROTOCOL and what belongs to it"


def _told(defect: Defect) -> Check:
    return Check(
        name=f"topic {defect.topic}",
        state=State.WRONG if defect.is_fatal else State.WARN,
        found=f"{defect.wrong} is {defect.found}; expected {defect.expected}",
        remedy=defect.remedy,
    )
