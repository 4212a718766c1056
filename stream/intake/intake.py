"""Intake: one lane's raw records become journal frames, ticks and refusals."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from rules.events import Action
from rules.machines.contract import JOURNAL, LINKS, Output, Record
from rules.machines.records import (
    SourceDeclared,
    lane_through,
    write_names,
    write_source,
    write_ticks,
)
from rules.machines.routing import partition_of_links
from stream.canonical import CODEC, dumps
from stream.clock import Clock
from stream.connectors.documents import documents
from stream.connectors.table import (
    Delivery,
    MalformedEventError,
    RefusalKind,
    Statement,
    Told,
)
from stream.intake.frames import Frames
from stream.intake.lane import Lane
from stream.intake.progress import LaneProgress, Regime
from stream.intake.refusing import kept, refusal_of
from stream.intake.reported import reported_until

Stamp = Callable[[dict[str, Any]], None]
Hear = Callable[[Statement, datetime], list[Output]]
"""Learns what a source says of an account, by now; gives what is to be written."""


class Intake:
    """One lane's intake (see `stream.hosts.contract.Pulsed`).

    Every document in a raw record ends up as events in the journal or in the links log, or as a
    refusal: its bytes on `foureyes.refused` and a note in the journal, so that the trail has it.
    One that is no step but says whose an account is becomes facts on `iga.facts.people`.
    """

    def __init__(self, lane: Lane, clock: Clock, stamp: Stamp, hear: Hear | None = None) -> None:
        self._lane = lane
        self._clock = clock
        self._stamp = stamp
        self._hear = hear
        self._frames = Frames(lane.name, lane.layout)
        delay = lane.connector.delay if lane.delay is None else lane.delay
        self._progress = LaneProgress(lane.policy, Regime(progress=lane.progress, delay=delay))
        self._declared: dict[str, SourceDeclared] = {}
        self._spoken: set[tuple[str, str]] = set()
        """Sources and actions that need no look at what is declared."""
        self._names_known: dict[tuple[str | None, str, str], datetime | None] = {}
        """Tenant, link and case that were told together; when, of links that are used again."""
        self._reused = frozenset(lane.policy.webhooks.reused_links)
        self._tell_again = lane.policy.webhooks.reused_after / 2
        self._record_at: datetime | None = None
        self.counts = {"events": 0, "refused": 0, "ticks": 0}
        """Events and ticks told, documents refused, since the lane began."""
        self.refusals: dict[str, int] = {}
        """Refused documents by kind, since this intake was built."""
        self._out: list[Output] = []

    # --- the contract -----------------------------------------------------------------------

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Read raw records; their events leave as frames, at most one batch later."""
        now = self._clock.now()
        for record in records:
            if record.at_ms:
                self._record_at = datetime.fromtimestamp(record.at_ms / 1000, UTC)
            self._read(record, now)
        self._out.extend(self._frames.flush())
        return self._taken()

    def set_aside(self, _record: Record, decision: bytes) -> list[Output]:
        """Pass the decision on to the journal in place of the record."""
        self.counts["refused"] += 1
        return [Output(JOURNAL, 0, decision)]

    def pulse(self, *, caught_up: bool) -> Sequence[Output]:
        """Say up to when the sources have reported, by the clock.

        Nothing while records wait of which none was read yet: who knows how old they are?
        """
        if not self._lane.is_awaited or (len(self._lane.lanes) == 1 and not self._declared):
            # Nobody has spoken in the whole stream: whose time would it be?
            return []
        record_at = None if caught_up else self._record_at
        if not caught_up and record_at is None:
            return []
        return self.tick(self._progress.by_clock(self._clock.now(), record_at))

    def tick(self, until: dict[str, datetime]) -> list[Output]:
        """Write ticks into every partition of the journal, and of the links log if it is used."""
        if until:
            value = write_ticks(CODEC, self._lane.name, until)
            self._everywhere(value)
        return self._taken()

    def head(self) -> bytes:
        """How much has been read: for whoever looks, since intake is not replayed."""
        return b"%d:%d:%d" % tuple(self.counts.values())

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """What has been declared, told and heard: intake is not replayed, so it is kept."""
        declared = [self._declared[name] for name in sorted(self._declared)]
        state = {"declared": declared, "counts": self.counts, "progress": self._progress.state()}
        yield "declared", CODEC.write(state)

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        for _, row in rows:
            state = json.loads(row)
            self.counts.update(state["counts"])
            self._progress.restore(state.get("progress", {}))
            for told in state["declared"]:
                source = SourceDeclared(
                    source=told["source"],
                    connector=told["connector"],
                    carries=tuple(Action(word) for word in told.get("carries", ())),
                    tells=tuple(told.get("tells", ())),
                    lanes=tuple(told["lanes"]),
                    heard_in=tuple(told["heard_in"]),
                    told=told["told"],
                )
                self._declared[source.source] = source
                if source.told:
                    self._progress.tell(source.source)

    @property
    def source(self) -> str:
        """What the lane's stream is called."""
        return self._lane.source

    @property
    def progress(self) -> LaneProgress:
        """What is known of how far the lane's sources have reported."""
        return self._progress

    # --- reading ----------------------------------------------------------------------------

    def _read(self, record: Record, now: datetime) -> None:
        lane = self._lane
        read = lane.connector.read
        delivery = Delivery(
            source=lane.source,
            observed_at=now,
            digest=f"sha256:{sha256(record.value).hexdigest()}",
            place=lane.name,
            stamp_observed=lane.stamp_observed,
        )
        refused: list[tuple[MalformedEventError, str]] = []
        for suffix, document in documents(record.value, lane.source, lane.connector.apart):
            try:
                if isinstance(document, MalformedEventError):
                    raise document
                until = reported_until(document)
                if until is not None:
                    self._told(Told(lane.source, until), now)
                    continue
                for tree in read(document, delivery):
                    lane.admits(document, tree)
                    if isinstance(tree, Told):
                        self._told(tree, now)
                    else:
                        self._accept(tree, now)
            except MalformedEventError as error:
                refused += self._refused((error, suffix), document, delivery)
        if refused:
            self._refuse(refused, record, delivery.digest)

    def _refused(
        self, refused: tuple[MalformedEventError, str], document: object, delivery: Delivery
    ) -> list[tuple[MalformedEventError, str]]:
        """Leave out of what is refused what is no step, but says whose an account is."""
        error, suffix = refused
        if self._hear is None or error.kind is not RefusalKind.OUT_OF_SCOPE:
            return [refused]
        try:
            statements = self._lane.connector.statements(document, delivery)
            for each in statements:
                self._out += self._hear(each, delivery.observed_at)
        except MalformedEventError as worse:
            return [(worse, suffix)]
        return [] if statements else [refused]

    def _accept(self, tree: dict[str, Any], now: datetime) -> None:
        self.counts["events"] += 1
        self._stamp(tree)
        source = tree["source"]
        if (source, tree["action"]) not in self._spoken:
            self._declare(source, tree["action"])
            self._spoken.add((source, tree["action"]))
        self._progress.hear(source, tree["occurred_at"], now)
        case, links, tenant = tree.get("case"), tree.get("links"), tree.get("tenant")
        if case is None and links is None:
            case = tree["case"] = f"{source}:{tree['id']}"
        elif case is not None and links is not None:
            self._name(tenant, links, case, tree["occurred_at"])
        full = self._frames.add(dumps(tree), tenant, case)
        if full is not None:
            self._out.append(full)

    def _name(self, tenant: str | None, links: Iterable[str], case: str, at: datetime) -> None:
        for link in links:
            key = tenant, link, case
            told_at = self._names_known.get(key, at)
            if key in self._names_known and (
                told_at is None or abs(at - told_at) <= self._tell_again
            ):
                continue
            if len(self._names_known) >= NAMES_REMEMBERED_MAX:
                self._names_known.clear()
            self._names_known[key] = at if link.partition(":")[0] in self._reused else None
            partition = partition_of_links(tenant, self._lane.layout.links)
            self._out.append(Output(LINKS, partition, write_names(CODEC, tenant, link, case, at)))

    def _told(self, told: Told, now: datetime) -> None:
        if not self._lane.is_awaited:
            return
        self.counts["ticks"] += 1
        self._out.extend(self._frames.flush())
        self._progress.tell(told.source)
        self._declare(told.source, None)
        until = self._progress.believed(told.source, told.until, now)
        self._everywhere(write_ticks(CODEC, self._lane.name, {told.source: until}))

    def _declare(self, source: str, action: str | None) -> None:
        known = self._declared.get(source)
        told = self._progress.is_told(source)
        if not self._lane.is_awaited:
            return
        if known is not None and known.told == told and (action is None or action in known.carries):
            return
        connector = self._lane.connector
        carries: set[Action] = set() if connector.open_vocabulary else set(connector.carries)
        if known is not None:
            carries.update(known.carries)
        if action is not None:
            carries.add(Action(action))
        lanes = list(self._lane.lanes)
        if connector.may_lack_case:
            lanes += [
                lane_through(lane, partition)
                for lane in self._lane.lanes
                for partition in range(self._lane.layout.links)
            ]
        declared = SourceDeclared(
            source=source,
            connector=connector.name,
            carries=tuple(sorted(carries)),
            tells=tuple(sorted(connector.tells)),
            lanes=tuple(lanes),
            heard_in=(self._lane.name,),
            told=told,
        )
        self._declared[source] = declared
        value = write_source(CODEC, declared)
        self._out.extend(Output(JOURNAL, p, value) for p in range(self._lane.layout.journal))

    def _refuse(
        self, refused: list[tuple[MalformedEventError, str]], record: Record, digest: str
    ) -> None:
        place = self._lane.place(record.offset)
        source = self._lane.source
        refusals = [
            refusal_of(error, source=source, digest=digest, place=place + suffix)
            for error, suffix in refused
        ]
        for refusal in refusals:
            self.counts["refused"] += 1
            self.refusals[refusal.kind] = self.refusals.get(refusal.kind, 0) + 1
        self._out.extend(kept(refusals, record.value, self._lane.layout.journal))

    # --- writing ----------------------------------------------------------------------------

    def _everywhere(self, value: bytes) -> None:
        layout = self._lane.layout
        self._out.extend(Output(JOURNAL, p, value) for p in range(layout.journal))
        if self._lane.connector.may_lack_case:
            self._out.extend(Output(LINKS, p, value) for p in range(layout.links))

    def _taken(self) -> list[Output]:
        out, self._out = self._out, []
        return out


NAMES_REMEMBERED_MAX = 100_000
"""Links whose case was told to the linker and need not be told again; a cache, not a record."""
