"""Every queue, cache and retry that could grow, with the limit that holds it, for `doctor`."""

from collections.abc import Iterator
from dataclasses import fields
from typing import NamedTuple

from rules.machines.trail import TRAIL_BYTES_MAX
from stream.console.limits import FORM_BYTES_MAX, SESSIONS_MAX, WAITING_MAX
from stream.desk.faust_app import BUFFERED_FINDINGS_MAX
from stream.hosts.data_directory import BUSY_MS, CACHE_KIB, WAL_PAGES
from stream.hosts.kafka.limits import KafkaLimits
from stream.hosts.kafka.mirror import CACHE_KIB as MIRROR_KIB
from stream.hosts.kafka.reading import TAKEN_RECORDS_MAX
from stream.intake.frames import FRAME_BYTES_MAX, FRAME_EVENTS_MAX
from stream.intake.names_told import NAMES_REMEMBERED_MAX
from stream.log import CHATTER_LINES_MAX
from stream.running.embedded import RETRY_SECONDS, ROUND_BODIES_MAX
from stream.running.roles import RAW_BATCH_RECORDS
from stream.settings import Settings
from stream.web.deliveries import DELIVERIES_REMEMBERED_MAX

_SET = (
    "http_body_bytes_max",
    "http_in_flight_max",
    "batch_records",
    "checkpoint_every_records",
    "retry_seconds_max",
    "closed_findings_max",
    "web_session_seconds_max",
)
"""Settings that are limits."""

_FIXED = (
    ("embedded: bodies in one transaction", ROUND_BODIES_MAX),
    ("embedded: seconds before storage is tried again", RETRY_SECONDS),
    ("embedded: milliseconds another's lock is waited for", BUSY_MS),
    ("embedded: pages of write-ahead log before it is folded in", WAL_PAGES),
    ("embedded: KiB of the record kept in memory", CACHE_KIB),
    ("kafka: records taken from a log in one go", TAKEN_RECORDS_MAX),
    ("kafka: KiB of what one partition has put away kept in memory", MIRROR_KIB),
    ("intake: raw records in one transaction", RAW_BATCH_RECORDS),
    ("intake: events in one frame", FRAME_EVENTS_MAX),
    ("intake: bytes of one frame", FRAME_BYTES_MAX),
    ("intake: links remembered as told to the linker", NAMES_REMEMBERED_MAX),
    ("receive: deliveries remembered as had", DELIVERIES_REMEMBERED_MAX),
    ("judge: bytes of one record of the trail", TRAIL_BYTES_MAX),
    ("desk on kafka: findings held before they are delivered", BUFFERED_FINDINGS_MAX),
    ("console: questions that wait for the archive", WAITING_MAX),
    ("console: sessions at the same time", SESSIONS_MAX),
    ("console: bytes of one form", FORM_BYTES_MAX),
    ("log: lines of one library in a minute", CHATTER_LINES_MAX),
)


class Limit(NamedTuple):
    """What is limited, and to how much; the unit is in the words."""

    name: str
    value: int | float


def limits(settings: Settings) -> Iterator[Limit]:
    """List the limits: first those that are settings, then those that are not."""
    told = {each.name.removeprefix("FOUREYES_").lower(): each for each in settings.describe()}
    for name in _SET:
        yield Limit(f"{told[name].name}: {told[name].meaning}", getattr(settings, name))
    for words, value in _FIXED:
        yield Limit(words, value)
    kafka = KafkaLimits()
    for field in fields(KafkaLimits):
        yield Limit(f"kafka: {field.name.replace('_', ' ')}", getattr(kafka, field.name))
