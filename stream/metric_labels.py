"""The closed sets that every label value comes from; what is in none of them is `other`.

No set holds a person, an account, a case, a time or a tenant, so how many series there are
follows from the configuration and never from what passes through.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from rules.finding import Change, Severity
from rules.verdict import Verdict

OTHER = "other"

SOURCES_MAX = 100
"""Sources with series of their own; those beyond are `other`."""


class Outcome(StrEnum):
    """What became of a raw event."""

    READ = "read"
    RECORDED = "recorded"
    REFUSED = "refused"
    REPEAT = "repeat"


class Reception(StrEnum):
    """What became of a body that was sent over HTTP."""

    STORED = "stored"
    REPEAT = "repeat"
    GREETED = "greeted"
    UNKNOWN_SOURCE = "unknown_source"
    UNAUTHENTICATED = "unauthenticated"
    UNSUPPORTED = "unsupported"
    UNDECODABLE = "undecodable"
    TOO_LARGE = "too_large"
    CUT_OFF = "cut_off"
    SLOW = "slow"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


class DeliveryResult(StrEnum):
    """What became of one attempt to tell a destination something."""

    DELIVERED = "delivered"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"


class Kept(StrEnum):
    """What a machine's state is made of."""

    OPEN_CASES = "open_cases"
    SETTLED_CASES = "settled_cases"
    PARKED_EVENTS = "parked_events"
    KNOWN_IDS = "known_ids"
    FORWARDED_EVENTS = "forwarded_events"
    DEADLINES = "deadlines"
    ENTITIES = "entities"


class LabelSets:
    """The closed sets: those of the vocabulary, and those that come from configuration.

    `controls_by_rule` are the rules in force, each with the controls it maps to; `partitions` is
    the largest number of partitions that any role has.
    """

    def __init__(
        self,
        *,
        controls_by_rule: Mapping[str, tuple[str, ...]],
        refusal_kinds: Iterable[str],
        roles: Iterable[str],
        partitions: int,
        destinations: Iterable[str] = (),
    ) -> None:
        self.controls_by_rule = controls_by_rule
        self._sources: set[str] = set()
        self._sets: dict[str, Collection[str]] = {
            "answer": frozenset(Reception),
            "change": frozenset(Change),
            "control": frozenset().union(*controls_by_rule.values()),
            "destination": frozenset(destinations),
            "item": frozenset(Kept),
            "kind": frozenset(refusal_kinds),
            "outcome": frozenset(Outcome),
            "partition": frozenset(map(str, range(partitions))),
            "result": frozenset(DeliveryResult),
            "role": frozenset(roles),
            "rule": frozenset(controls_by_rule),
            "severity": frozenset(Severity),
            "source": self._sources,
            "verdict": frozenset(Verdict),
        }

    def declare(self, source: str) -> bool:
        """Add a source while there is room; False where it has to be `other`."""
        if source not in self._sources and len(self._sources) >= SOURCES_MAX:
            return False
        self._sources.add(source)
        return True

    def allows(self, label: str, value: str) -> bool:
        """Whether a value may be shown as it is."""
        return value in self._sets[label]

    def values(self, label: str) -> Collection[str]:
        """Give the closed set of a label, without `other`."""
        return self._sets[label]
