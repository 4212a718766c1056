"""Every queue, cache and retry that could grow, with the limit that holds it, for `doctor`."""

from collections.abc import Iterator
from dataclasses import fields
from typing import NamedTuple

from rules.machines.drawers import REMEMBERED_MAX
from rules.machines.entities import FACT_BYTES_MAX, FACTS_MAX
from rules.machines.ids import TOGETHER_MAX
from rules.machines.late import PARSED_MAX
from rules.machines.questions import RAISED_MAX
from rules.machines.tally import TOGETHER_MAX as COUNTED_TOGETHER_MAX
from rules.machines.trail import TRAIL_BYTES_MAX
from stream.archive.tiles import KEPT_MAX as TILES_KEPT_MAX
from stream.archive.writer import CASES_KNOWN_MAX
from stream.connectors.table.form import EVENTS_PER_RECORD_MAX
from stream.console.limits import FORM_BYTES_MAX, SESSIONS_MAX, WAITING_MAX
from stream.console.reading import THREADS
from stream.console.sign_in.oidc import SIGNING_IN_MAX, SIGNING_IN_SECONDS_MAX
from stream.desk.decisions import DECISIONS_MAX
from stream.desk.faust_app import BUFFERED_FINDINGS_MAX
from stream.desk.notes import ACKNOWLEDGED_MAX, SILENCES_MAX
from stream.hosts.data_directory import BUSY_MS, CACHE_KIB, WAL_PAGES
from stream.hosts.kafka.limits import KafkaLimits
from stream.hosts.kafka.mirror import CACHE_KIB as MIRROR_KIB
from stream.hosts.kafka.reading import TAKEN_RECORDS_MAX
from stream.intake.dossier import ANSWERS_MAX
from stream.intake.facts import VERSIONS_MAX
from stream.intake.frames import FRAME_BYTES_MAX, FRAME_EVENTS_MAX
from stream.intake.identities import CHANGES_MAX
from stream.intake.names_told import NAMES_REMEMBERED_MAX
from stream.log import CHATTER_LINES_MAX
from stream.metric_labels import SOURCES_MAX
from stream.metrics import SERIES_MAX
from stream.pulling.limits import ANSWER_BYTES_MAX as PULLED_BYTES_MAX
from stream.pulling.limits import BACKOFF_DOUBLINGS_MAX
from stream.running.embedded import BODIES_WAITING_MAX, RETRY_SECONDS, ROUND_BODIES_MAX
from stream.running.roles import RAW_BATCH_RECORDS
from stream.settings import Settings
from stream.web.deliveries import DELIVERIES_REMEMBERED_MAX

LIMITING = ("_max", "batch_records", "checkpoint_every_records", "canary_bound_seconds")
"""How the name of a setting ends that is a limit."""

_FIXED = (
    ("embedded: bodies that wait to be stored", BODIES_WAITING_MAX),
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
    ("linker: ids that are looked at together for a case", TOGETHER_MAX),
    ("machines: bytes of one record of the trail", TRAIL_BYTES_MAX),
    ("machines: rows put away and remembered", REMEMBERED_MAX),
    ("machines: kinds of paths whose questions are remembered", RAISED_MAX),
    ("machines: late facts kept in a form that can be asked", PARSED_MAX),
    ("machines: groups of answers counted together", COUNTED_TOGETHER_MAX),
    ("patterns: facts kept of one entity", FACTS_MAX),
    ("patterns: bytes of facts kept of one entity", FACT_BYTES_MAX),
    ("intake: events in one raw record", EVENTS_PER_RECORD_MAX),
    ("intake: timelines kept of one account or right", ANSWERS_MAX),
    ("intake: versions of one person, account or right", VERSIONS_MAX),
    ("intake: changes of whose one account is, by one source", CHANGES_MAX),
    ("pull: bytes of one page", PULLED_BYTES_MAX),
    ("pull: times that the wait after a failure is doubled", BACKOFF_DOUBLINGS_MAX),
    ("archive: cases remembered between two transactions", CASES_KNOWN_MAX),
    ("archive: tiles of the tree remembered", TILES_KEPT_MAX),
    ("desk: decisions kept of one destination", DECISIONS_MAX),
    ("desk: findings of which it is known who looks after them", ACKNOWLEDGED_MAX),
    ("desk: silences remembered", SILENCES_MAX),
    ("desk on kafka: findings held before they are delivered", BUFFERED_FINDINGS_MAX),
    ("console: questions that wait for the archive", WAITING_MAX),
    ("console: questions asked of the archive at the same time", THREADS),
    ("console: sessions at the same time", SESSIONS_MAX),
    ("console: sign-ins under way at the same time", SIGNING_IN_MAX),
    ("console: seconds that a sign-in may take", SIGNING_IN_SECONDS_MAX),
    ("console: bytes of one form", FORM_BYTES_MAX),
    ("metrics: sources with series of their own", SOURCES_MAX),
    ("metrics: series of one process", SERIES_MAX),
    ("log: lines of one library in a minute", CHATTER_LINES_MAX),
)


class Limit(NamedTuple):
    """What is limited, and to how much; the unit is in the words."""

    name: str
    value: int | float


def limits(settings: Settings) -> Iterator[Limit]:
    """List the limits: first those that are settings, then those that are not."""
    told = {each.name.removeprefix("FOUREYES_").lower(): each for each in settings.describe()}
    for name in (each for each in told if each.endswith(LIMITING)):
        yield Limit(f"{told[name].name}: {told[name].meaning}", getattr(settings, name))
    for words, value in _FIXED:
        yield Limit(words, value)
    kafka = KafkaLimits()
    for field in fields(KafkaLimits):
        yield Limit(f"kafka: {field.name.replace('_', ' ')}", getattr(kafka, field.name))
