"""What a judge passes on to the patterns machines: facts by entity, and how far all have come.

Records of `foureyes.entities`:

| record | header | lines |
|---|---|---|
| told | `{"record":"told"}` | of which entity and what, tab, the fact (nothing: it is gone) |
| ticks, source, policy, counted | as in the journal | none |

What is told is named by a JSON text: the entity (kind, a slash, tenant, U+001F, name), case, source
and event, with U+001E between them. JSON holds no tab.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zlib import crc32

from rules.events import Event
from rules.facts import (
    Stake,
    depends_on_stake,
    filled_in,
    stake_of,
    told_to,
)
from rules.history import FactName, name_of
from rules.machines.contract import ENTITIES, JOURNAL, Codec, Output
from rules.machines.records import lane_into, read_until, write_ticks
from rules.path import Added, DecisionPath
from rules.policy import Policy
from rules.rule import Scope

PASS_ON_EVERY = timedelta(seconds=30)
"""How far a lane's time goes before the patterns machines hear of it: so late may they be."""

_APART = "\x1e"
_HEADER = b'{"record":"told"}'


class Feeds(NamedTuple):
    """How many partitions the patterns machines have (0: there are none), and the judge's pace.

    Where `every` is nothing each tick is passed on.
    """

    partitions: int
    every: timedelta = PASS_ON_EVERY


NOBODY = Feeds(0)


class EntityName(NamedTuple):
    """An entity as it is keyed."""

    scope: Scope
    tenant: str | None
    name: str


def entity_key(scope: Scope, tenant: str | None, name: str) -> str:
    """One name for an entity across kinds and tenants; a source is one for all tenants."""
    tenant = None if scope is Scope.SOURCE else tenant
    return f"{scope}/{tenant or ''}\x1f{name}"


def read_entity_key(key: str) -> EntityName:
    """Take an entity's key apart."""
    kind, _, rest = key.partition("/")
    tenant, _, name = rest.partition("\x1f")
    return EntityName(Scope(kind), tenant or None, name)


def partition_of_entity(key: str, partitions: int) -> int:
    """Give the partition on which everything about an entity meets."""
    return crc32(key.encode()) % partitions


def read_facts(lines: Iterable[bytes]) -> Iterator[tuple[str, FactName, bytes]]:
    """Read the lines of such a record: the entity's key, the fact's name, the fact or nothing."""
    parts = [line.split(b"\t", 1) for line in lines]
    # Read as one text: that takes a fifth of what reading each name by itself does.
    names = json.loads(b"[%b]" % b",".join(name for name, _ in parts))
    for name, (_, fact) in zip(names, parts, strict=True):
        key, case, source, event = name.split(_APART)
        yield key, (case, source, event), fact


class Feeding:
    """What one judge has passed on and what it still has to; `take` it after each record."""

    __slots__ = ("_codec", "_every", "_lines", "_out", "_partition", "_partitions", "_passed")

    def __init__(self, partition: int, codec: Codec, feeds: Feeds) -> None:
        self._partition = partition
        self._partitions, self._every = feeds
        self._codec = codec
        self._passed: dict[str, dict[str, datetime]] = {}
        """lane → source → up to when the patterns machines have been told that it has reported."""
        self._lines: dict[int, list[bytes]] = {}
        self._out: list[Output] = []

    def take(self) -> list[Output]:
        """Take out what is to be said."""
        for partition, lines in self._lines.items():
            value = b"\n".join([_HEADER, *lines])
            self._out.append(Output(ENTITIES, partition, value))
        self._lines = {}
        out, self._out = self._out, []
        return out

    # --- facts ------------------------------------------------------------------------------

    def event(self, event: Event, line: bytes, stake: Stake, policy: Policy) -> None:
        """Pass on what an event tells that changes nothing about the others of its case."""
        told = None
        for scope, name in told_to(event, stake, policy):
            if told is None:
                told = _filled(self._codec, line, event, stake) if depends_on_stake(event) else line
            self._add(entity_key(scope, event.tenant, name), name_of(event), told)

    def again(
        self, before: dict[tuple[str, FactName], Event], path: DecisionPath, policy: Policy
    ) -> None:
        """Pass on all that a case tells now, and take back what it had told somebody else."""
        stake = stake_of(path.whole())
        after = placed(path.events, stake, policy)
        for key, name in before.keys() - after.keys():
            self._add(key, name, b"")
        for (key, name), event in after.items():
            line = self._codec.write(event)
            if depends_on_stake(event):
                line = _filled(self._codec, line, event, stake)
            self._add(key, name, line)

    def _add(self, key: str, name: FactName, line: bytes) -> None:
        lines = self._lines.setdefault(partition_of_entity(key, self._partitions), [])
        lines.append(b"%b\t%b" % (self._codec.write(_APART.join((key, *name))), line))

    # --- time -------------------------------------------------------------------------------

    def tick(self, lane: str, until: dict[str, datetime]) -> None:
        """Pass on how far a lane has come, where it has come far enough."""
        passed = self._passed.setdefault(lane, {})
        is_news = any(s not in passed or at - passed[s] >= self._every for s, at in until.items())
        if self._every and not is_news:
            return
        for source, at in until.items():
            passed[source] = max(at, passed.get(source, at))
        value = write_ticks(self._codec, lane_into(lane, JOURNAL, self._partition), passed)
        self._everywhere(value)

    def forward(self, record: bytes) -> None:
        """Pass on a source's declaration, or a policy; one judge does so for all."""
        if self._partition == 0:
            self._everywhere(record)

    def counted(self, source: str, record: bytes) -> None:
        """Pass on what was counted of a source to whoever looks at it."""
        key = entity_key(Scope.SOURCE, None, source)
        self._out.append(Output(ENTITIES, partition_of_entity(key, self._partitions), record))

    def _everywhere(self, value: bytes) -> None:
        # Facts that came before are told before.
        self._out = self.take()
        self._out += [Output(ENTITIES, p, value) for p in range(self._partitions)]

    # --- the row that it is kept as -----------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """What has been passed on, as a plain tree."""
        return self._passed

    def restore(self, told: dict[str, dict[str, str]]) -> None:
        """Take what `told` gave."""
        self._passed = {lane: read_until({"until": until}) for lane, until in told.items()}


def placed(
    events: Iterable[Event], stake: Stake, policy: Policy
) -> dict[tuple[str, FactName], Event]:
    """Say what some events of one case tell, by entity and name."""
    return {
        (entity_key(scope, event.tenant, name), name_of(event)): event
        for event in events
        for scope, name in told_to(event, stake, policy)
    }


def told_before(path: DecisionPath, event: Event, added: Added) -> Iterator[Event]:
    """Give the events as they were before this one came."""
    variants = path.variants.get((event.source, event.id), [])
    others = [each for each in variants if each is not event]
    for each in path.events:
        if (each.source, each.id) != (event.source, event.id):
            yield each
        elif added is Added.CONFLICT:
            yield others[0]


def _filled(codec: Codec, line: bytes, event: Event, stake: Stake) -> bytes:
    """Fill in what the case knows and the event does not say. What is read has no order."""
    more = filled_in(event, stake)
    return b"%b,%b" % (line[:-1], codec.write(more)[1:]) if more else line
