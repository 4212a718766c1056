"""The patterns machine: what shows only across cases, entity by entity."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from rules.catalog import CATALOG, CATALOG_VERSION
from rules.events import Event
from rules.finding import Change, Finding
from rules.history import FactName
from rules.machines.bench import Bench, Reader
from rules.machines.cases import Case
from rules.machines.contract import JOURNAL, Codec
from rules.machines.counting import read_counts
from rules.machines.docket import Docket
from rules.machines.entities import Entity
from rules.machines.feeding import (
    entity_key,
    partition_of_entity,
    read_facts,
)
from rules.machines.records import lane_into, read_source, write_source
from rules.machines.routing import Layout
from rules.machines.settled import Settled
from rules.policy import Policy, policy_at
from rules.rule import CaseFile, Rule, Scope, masks_of
from rules.windows import open_since

KEPT_AFTER_SETTLING = timedelta(days=400)
"""How long an entity is kept of which nothing more is heard."""
Fact = tuple[bytes, Event]
"""What is told of an entity, as it came and as it is read."""
_SINCE_EVER = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


def questions_about_entities(catalog: Iterable[Rule]) -> tuple[Rule, ...]:
    """Give each question about entities as a rule of its own, in the catalogue's order."""
    return tuple(
        replace(
            rule,
            ask=pattern.ask,
            scope=pattern.scope,
            needs=pattern.needs,
            needs_masks=masks_of(pattern.needs),
            moot=None,
        )
        for rule in catalog
        for pattern in rule.patterns
    )


class Patterns(Bench):
    """One partition's patterns machine (see `rules.machines.bench`); it reads `foureyes.entities`.

    It judges entities as the judge does cases, and looks at what has changed whenever a tick
    comes. Facts that pass are kept as long as their window is open, and so many at most
    (`rules.machines.entities`); a finding whose window is over is confirmed and let go.
    """

    def __init__(
        self,
        partition: int,
        layout: Layout,
        codec: Codec,
        catalog: Sequence[Rule] = CATALOG,
        version: str = CATALOG_VERSION,
    ) -> None:
        trail = layout.journal + partition
        super().__init__(partition, codec, questions_about_entities(catalog), version, trail)
        self._layout = layout
        self._docket = Docket(
            self._catalog,
            codec,
            self._deadlines,
            Settled(self._shelf, KEPT_AFTER_SETTLING),
            kind=Entity,
        )
        self._by_scope = {
            scope: [(n, rule) for n, rule in enumerate(self._catalog) if rule.scope is scope]
            for scope in Scope
        }
        self._news: set[str] = set()
        """The keys of the open entities that are news."""

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave; what was news is still to be looked at."""
        super().restore(rows)
        self._news = {
            key
            for key, each in self._docket.open.items()
            if isinstance(each, Entity) and each.is_news
        }

    def _health_key(self) -> bytes:
        return b"patterns/%d" % self.partition

    def _told_sizes(self) -> dict[str, int]:
        entities = [each for each in self._docket.open.values() if isinstance(each, Entity)]
        return {
            "open_entities": len(entities),
            "settled_entities": self._docket.settled.count,
            "facts": sum(each.facts_count for each in entities),
            "entries": self.ledger.size,
        }

    # --- being looked at --------------------------------------------------------------------

    def entity(self, scope: Scope, tenant: str | None, name: str) -> Case | None:
        """Give an entity as it stands; None: not heard of. Do not change it."""
        return self._docket.look(entity_key(scope, tenant, name))

    def asked(self, number: int) -> str:
        """Name the rule that an answer is of."""
        return self._catalog[number].id

    # --- records ----------------------------------------------------------------------------

    def _take_told(self, _first: bytes, _header: dict[str, Any], lines: list[bytes]) -> None:
        # What one event tells to several entities is read once, and they share it.
        read: dict[bytes, Fact] = {}
        for key, name, told in read_facts(lines):
            if told:
                fact = read.get(told)
                if fact is None:
                    fact = read[told] = told, self._codec.read_event(told)
                self._take_fact(key, name, fact)
            else:
                self._drop_fact(key, name)

    def _take_fact(self, key: str, name: FactName, fact: Fact) -> None:
        line, event = fact
        entity = self._entity(key, event.occurred_at)
        if entity.says(name) == line:
            return
        entity.tell(name, line, event)
        entity.stay_small()
        self._note(entity)

    def _drop_fact(self, key: str, name: FactName) -> None:
        entity = self._docket.look(key)
        if isinstance(entity, Entity) and entity.says(name) is not None:
            entity.drop(name)
            self._note(entity)

    def _note(self, entity: Entity) -> None:
        entity.is_news = True
        self._docket.admit(entity)
        self._news.add(entity.key)

    def _entity(self, key: str, at: datetime) -> Entity:
        found = self._docket.look(key)
        if isinstance(found, Entity):
            return found
        return Entity(key, "", None, at + self._policies[-1].settle_after)

    def _take_source(self, _first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        """Expect a source in its lanes by way of every judge."""
        told = read_source(header)
        lanes = tuple(
            lane_into(lane, JOURNAL, p) for lane in told.lanes for p in range(self._layout.journal)
        )
        if self.horizon.declare(replace(told, lanes=lanes)):
            self._enter(write_source(self._codec, self.horizon.declared[told.source]))
        key = entity_key(Scope.SOURCE, None, told.source)
        if partition_of_entity(key, self._layout.journal) == self.partition:
            self._note(self._entity(key, _SINCE_EVER))

    def _take_counted(self, _first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        counts = read_counts(header)
        entity = self._entity(entity_key(Scope.SOURCE, None, counts.source), _SINCE_EVER)
        entity.counted.take(counts)
        self._note(entity)

    READERS: ClassVar[Mapping[str, Reader]] = {
        **Bench.READERS,
        "counted": _take_counted,
        "told": _take_told,
        "source": _take_source,
    }

    # --- asking -----------------------------------------------------------------------------

    def _blank_file(self) -> CaseFile:
        return CaseFile(
            reported=self.horizon.reported,
            tells=self.horizon.tells,
            policy=self._policies[0],
            heard=self.horizon.known_until,
        )

    def _open_file(self, file: CaseFile, case: Case) -> None:
        super()._open_file(file, case)
        if isinstance(case, Entity):
            file.scope, file.forgotten = case.name.scope, case.forgotten
            file.counted = case.counted
        file.now = self.horizon.log_time

    def _policy_for(self, _case: Case) -> Policy:
        return policy_at(self._policies, self.horizon.log_time or _SINCE_EVER)

    def _ask_all(self, case: Case, cause: str) -> None:
        if isinstance(case, Entity):
            mask = case.path.mask
            rules = [each for each in self._by_scope[case.name.scope] if each[1].has_needs(mask)]
            self._ask(case, rules, cause)
            case.path.forget()

    def _pass_time(self) -> None:
        """Look at what has changed, and at every source, whose silence changes nothing."""
        now = self.horizon.log_time
        if now is not None:
            sources = {
                key
                for key, each in self._docket.open.items()
                if isinstance(each, Entity) and each.name.scope is Scope.SOURCE
            }
            looked_at, self._news = sorted(self._news | sources), set()
            for key in looked_at:
                self._look_at(self._docket.open[key], now)
        super()._pass_time()
        if now is not None:
            self._docket.settled.forget(now)

    def _look_at(self, case: Case, now: datetime) -> None:
        if not isinstance(case, Entity):
            return
        if case.is_news:
            case.is_news = False
            self._docket.touch(case)
        case.prune(self._since(now))
        self._close_findings(case)
        words = "more became known of what it took part in"
        self._retract(case, words)
        self._ask_all(case, words)

    def _since(self, now: datetime | None) -> datetime:
        window = self._policies[-1].patterns.window
        return _SINCE_EVER if now is None else open_since(now, window)

    def _tell(self, case: Case, rule_id: str, seen: list[Finding], cause: Event | str) -> None:
        if isinstance(case, Entity):
            since = self._since(self.horizon.log_time)
            seen = [each for each in seen if not case.is_closed(each, since)]
        super()._tell(case, rule_id, seen, cause)

    def _close_findings(self, entity: Entity) -> None:
        """Confirm and let go of what nothing more will be said of."""
        since = self._since(self.horizon.log_time)
        entity.closed = {name: at for name, at in entity.closed.items() if at >= since}
        for name, finding in sorted(entity.findings.items()):
            if finding.at >= since and not entity.lost(finding):
                continue
            if finding.change in (Change.OPENED, Change.UPDATED):
                self._say(entity, _confirmed(finding))
            del entity.findings[name]
            entity.closed[name] = finding.at


def _confirmed(finding: Finding) -> Finding:
    return replace(
        finding,
        number=finding.number + 1,
        change=Change.CONFIRMED,
        because="the window in which it was seen is over, or its facts are no longer kept",
    )
