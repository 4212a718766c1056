"""One entity in a patterns machine's memory: its facts, what rules said of it, how much is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rules.counted import Counted
from rules.events import Event
from rules.facts import PASSING
from rules.finding import Finding
from rules.history import FactName, History, name_of
from rules.machines.cases import Case
from rules.machines.feeding import EntityName, read_entity_key
from rules.path import DecisionPath
from rules.rule import Scope

FACTS_MAX = 1_500
"""Facts kept of one entity: the oldest go first, those that pass before those that stand."""
FACT_BYTES_MAX = 600_000
"""Bytes of facts kept of one entity: its row has to fit in a broker's record."""
SLACK = 1.25
"""How many times as much an entity may grow to between two looks at it: no tick may ever come."""
_NEVER = datetime.max.replace(tzinfo=UTC)


def _stands(fact: Event) -> bool:
    """Whether it is a fact that stands; those that pass come first where some have to go."""
    return fact.action not in PASSING


class Entity(Case):
    """A person, workflow, extension, machine account or source, and its facts.

    `closed` names findings that are settled for good, with their moments: their windows are over,
    or what they rest on is no longer kept. `forgotten` is the time of the newest standing fact
    that had to go. `counted` is what was counted of a source. `is_news`: something was told of it
    since it was last looked at.
    """

    __slots__ = ("_bytes", "_lines", "closed", "counted", "forgotten", "is_news", "name")

    path: History

    def __init__(self, key: str, case: str, tenant: str | None, settle_at: datetime) -> None:
        self.name: EntityName = read_entity_key(key)
        super().__init__(key, case or self.name.name, tenant or self.name.tenant, settle_at)
        self.closed: dict[str, datetime] = {}
        self.forgotten: datetime | None = None
        self.is_news = False
        self.counted = Counted()
        self._lines: dict[FactName, bytes] = {}
        self._bytes = 0

    @staticmethod
    def blank_path() -> DecisionPath:
        """A history to begin with."""
        return History()

    @property
    def facts_count(self) -> int:
        """How many facts are kept."""
        return len(self._lines)

    def take(self, line: bytes, event: Event) -> None:
        """Take a fact; one that is told again replaces what it said."""
        self.tell(name_of(event), line, event)

    def tell(self, name: FactName, line: bytes, event: Event) -> None:
        """Take a fact by its name."""
        self.path.put(name, event)
        self._bytes += len(line) - len(self._lines.get(name, b""))
        self._lines[name] = line

    def drop(self, name: FactName) -> None:
        """Let go of a fact, if it is here."""
        if self.path.drop(name):
            self._bytes -= len(self._lines.pop(name))

    def says(self, name: FactName) -> bytes | None:
        """What a fact says now; None: it is not here."""
        return self._lines.get(name)

    def written(self) -> list[bytes]:
        """The facts as its row has them: in the order of the history, whatever their arrival."""
        return [self._lines[name_of(fact)] for fact in self.path.events]

    def more(self) -> dict[str, object]:
        """What else its row's header holds."""
        news = {"news": True} if self.is_news else {}
        is_source = self.name.scope is Scope.SOURCE
        counted = {"counted": self.counted.told()} if is_source else {}
        return {"closed": self.closed, "forgotten": self.forgotten, **counted, **news}

    def recall(self, header: dict[str, Any]) -> None:
        """Take what `more` gave."""
        self.closed = {
            name: datetime.fromisoformat(at) for name, at in header.get("closed", {}).items()
        }
        self.is_news = header.get("news", False)
        if "counted" in header:
            self.counted.recall(header["counted"])
        if header.get("forgotten"):
            self.forgotten = datetime.fromisoformat(header["forgotten"])

    def prune(self, since: datetime) -> None:
        """Let go of passing facts from before a moment, and of what is too much."""
        events = self.path.events
        if events and events[0].occurred_at < since:
            self._let_go(
                [fact for fact in events if fact.occurred_at < since and fact.action in PASSING]
            )
        self._trim()

    def stay_small(self) -> None:
        """Let go of what is too much, if it is much too much: what `prune` would let go of too."""
        if self._is_above(SLACK):
            self._trim()

    def _is_above(self, times: float) -> bool:
        return self.facts_count > FACTS_MAX * times or self._bytes > FACT_BYTES_MAX * times

    def _trim(self) -> None:
        if not self._is_above(1):
            return
        oldest = sorted(self.path.events, key=_stands)
        facts, size, gone = self.facts_count, self._bytes, list[Event]()
        while facts > FACTS_MAX or size > FACT_BYTES_MAX:
            fact = oldest[len(gone)]
            facts, size = facts - 1, size - len(self._lines[name_of(fact)])
            gone.append(fact)
            if _stands(fact):
                self.forgotten = max(fact.occurred_at, self.forgotten or fact.occurred_at)
        self._let_go(gone)

    def _let_go(self, gone: list[Event]) -> None:
        for fact in gone:
            self._bytes -= len(self._lines.pop(name_of(fact)))
        if gone:
            self.path.drop_all(gone)

    def quiet_at(self, settle_after: timedelta) -> datetime:
        """From when on it counts as settled; a source never does, what has no facts at once."""
        if self.name.scope is Scope.SOURCE:
            return _NEVER
        return super().quiet_at(settle_after) if self.path.events else self.settle_at

    def is_closed(self, finding: Finding, since: datetime) -> bool:
        """Whether nothing more will be said of a finding."""
        return finding.at < since or finding.finding in self.closed

    def lost(self, finding: Finding) -> bool:
        """Whether facts that a finding rests on are no longer kept.

        What is seen of a source rests on its silence and its counts as well, which are no facts.
        """
        if self.name.scope is Scope.SOURCE and self.forgotten is None:
            return False
        kept = {fact.id for fact in self.path.events}
        return bool(kept) and not kept.issuperset(finding.evidence)
