"""Facts that reach back: what became known of the past, for cases that were judged without it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rules.machines.contract import JOURNAL, Output
from rules.machines.late import ACCOUNT, RIGHT, write_facts
from stream.canonical import CODEC
from stream.intake.fact_records import EntitlementRecord, FactRecord, PersonRecord
from stream.intake.facts import Facts
from stream.intake.ways import Stretches, Ways, account_ways, right_ways

if TYPE_CHECKING:
    # Only where names are kept apart SQL is needed.
    from stream.pseudonyms.veil import Veil

FACTS_PER_RECORD = 200
"""Late facts in one record of the journal: a few hundred bytes each."""

Subject = tuple[str, str]
"""An account or an entitlement, and what it is called."""


def subjects_of(facts: Facts, record: FactRecord) -> list[Subject]:
    """Whom or what a record can tell something new about, once it is known."""
    if isinstance(record, EntitlementRecord):
        return [(RIGHT, record.id)]
    accounts = [] if record.account is None else [record.account]
    if isinstance(record, PersonRecord):
        # Whoever has left answers for no machine.
        accounts += facts.machines_of(record.person)
    return [(ACCOUNT, account) for account in dict.fromkeys(accounts)]


def every_subject(*known: Facts) -> list[Subject]:
    """Whom and what any of these facts are about."""
    accounts = {account for facts in known for account in facts.accounts()}
    rights = {right for facts in known for right in facts.rights()}
    return [(ACCOUNT, each) for each in sorted(accounts)] + [
        (RIGHT, each) for each in sorted(rights)
    ]


def ways_of(facts: Facts, subject: Subject) -> Ways:
    """What is known of a subject."""
    kind, name = subject
    return account_ways(facts, name) if kind == ACCOUNT else right_ways(facts, name)


def late_fact(subject: Subject, before: Ways, after: Ways, now: datetime) -> dict[str, Any] | None:
    """Say what is known of a subject by `now`, if that changes anything about the past."""
    if _until(before, now) == _until(after, now):
        return None
    kind, name = subject
    # Of ways that are gone nothing is known any more, and that has to be said.
    ways: Ways = {**{way: [(None, {})] for way in before}, **after}
    return {kind: name, "ways": [_told(kind, *each) for each in sorted(ways.items(), key=str)]}


def _until(ways: Ways, now: datetime) -> Ways:
    """What was so until now; ways of which nothing is known are as good as none.

    But beside others they count: an account that is contested in one system is nobody's there,
    whatever is known of it in any.
    """
    past = {
        way: [(since, known) for since, known in line if since is None or since <= now]
        for way, line in ways.items()
    }
    return past if any(known for line in past.values() for _, known in line) else {}


def _told(kind: str, way: tuple[str, str | None], line: Stretches) -> dict[str, Any]:
    source, other = way
    return {
        "source": source,
        "namespace" if kind == ACCOUNT else "system": other,
        "since": [[since, known] for since, known in line],
    }


def differences(before: Facts, after: Facts, now: datetime) -> Iterator[dict[str, Any]]:
    """Every late fact between what was known and what is."""
    for subject in every_subject(before, after):
        fact = late_fact(subject, ways_of(before, subject), ways_of(after, subject), now)
        if fact is not None:
            yield fact


def records_of(facts: Iterable[dict[str, Any]], veil: "Veil | None" = None) -> Iterator[bytes]:
    """Pack late facts in records of the journal, by pseudonyms where names are kept apart."""
    waiting: list[dict[str, Any]] = []
    for fact in facts:
        waiting.append(fact if veil is None else veil.late(fact))
        if len(waiting) == FACTS_PER_RECORD:
            yield write_facts(CODEC, waiting)
            waiting = []
    if waiting:
        yield write_facts(CODEC, waiting)


def to_every_partition(value: bytes, partitions: int) -> list[Output]:
    """Tell every partition of the journal."""
    return [Output(JOURNAL, partition, value) for partition in range(partitions)]
