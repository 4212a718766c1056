"""Intake: one lane's raw records become journal frames, ticks and refusals."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from rules.machines.contract import JOURNAL, LINKS, Output, Record
from rules.machines.records import (
    write_names,
    write_source,
    write_ticks,
)
from rules.machines.routing import partition_of_links
from stream.canary.gate import keep_out
from stream.canonical import CODEC, dumps
from stream.clock import Clock
from stream.connectors.documents import Document, documents, is_plain, line_of_several
from stream.connectors.table import (
    Delivery,
    MalformedEventError,
    RefusalKind,
    Statement,
    Told,
)
from stream.intake.counting import Counting
from stream.intake.declaring import Declarations
from stream.intake.frames import Frames
from stream.intake.lane import Lane
from stream.intake.names_told import NamesTold
from stream.intake.progress import LaneProgress, Regime
from stream.intake.refusing import kept, refusal_of
from stream.intake.reported import reported_until

if TYPE_CHECKING:
    # Only where names are kept apart SQL is needed.
    from stream.pseudonyms.veil import Veil

Stamp = Callable[[dict[str, Any]], None]
Refused = tuple[MalformedEventError, str]
"""What is wrong with a document, and where in its record it stands."""
Quick = Callable[[bytes], dict[str, Any] | None]
"""Reads what is plainly sound (see `stream.connectors.table.Connector`)."""
Hear = Callable[[Statement, datetime], list[Output]]
"""Learns what a source says of an account, by now; gives what is to be written."""


class Intake:
    """One lane's intake (see `stream.hosts.contract.Pulsed`).

    Every document in a raw record ends up as events in the journal or in the links log, or as a
    refusal: its bytes on `foureyes.refused` and a note in the journal, so that the trail has it.
    One that is no step but says whose an account is becomes facts on `iga.facts.people`.
    """

    def __init__(
        self,
        lane: Lane,
        clock: Clock,
        stamp: Stamp,
        hear: Hear | None = None,
        veil: "Veil | None" = None,
    ) -> None:
        self._lane = lane
        self._veil = veil
        self._clock = clock
        self._stamp = stamp
        self._hear = hear
        # A gate that asks for the document has to be shown it.
        self._quick = lane.connector.quick if lane.admits is keep_out else None
        self._frames = Frames(lane.name, lane.layout)
        delay = lane.connector.delay if lane.delay is None else lane.delay
        self._progress = LaneProgress(lane.policy, Regime(progress=lane.progress, delay=delay))
        self._declared = Declarations(lane)
        self._spoken: set[tuple[str, str]] = set()
        """Sources and actions that need no look at what is declared."""
        self._names_told = NamesTold(lane.policy)
        self._record_ms = 0
        """When the log took the last record, as it says itself; 0: it does not say."""
        self.counts = {"events": 0, "refused": 0, "ticks": 0}
        """Events and ticks told, documents refused, since the lane began."""
        self.refusals: dict[str, int] = {}
        """Refused documents by kind, since this intake was built."""
        self._out: list[Output] = []
        self._counting = Counting(lane.policy.flow)

    # --- the contract -----------------------------------------------------------------------

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Read raw records; their events leave as frames, at most one batch later."""
        now = self._clock.now()
        if self._veil is not None:
            self._veil.begin()
        for record in records:
            self._record_ms = record.at_ms or self._record_ms
            self._read(record, now)
        self._flush()
        if self._veil is not None:
            self._veil.keep()
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
        if not caught_up and not self._record_ms:
            return []
        record_at = None if caught_up else datetime.fromtimestamp(self._record_ms / 1000, UTC)
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
        state = {
            "declared": self._declared.state(),
            "counts": self.counts,
            "progress": self._progress.state(),
        }
        yield "declared", CODEC.write(state)

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        for _, row in rows:
            state = json.loads(row)
            self.counts.update(state["counts"])
            self._progress.restore(state.get("progress", {}))
            for source in self._declared.restore(state["declared"]):
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
        lane, body = self._lane, record.value
        digest = f"sha256:{sha256(body).hexdigest()}"
        quick = self._quick
        if quick is None:
            refused = self._ask_table(
                documents(body, lane.source, lane.connector.apart), digest, now
            )
        elif self._take(quick, body, digest, now):
            return
        else:
            refused = self._read_lines(quick, body, digest, now)
        if refused:
            self._refuse(refused, record, digest)

    def _take(self, quick: Quick, text: bytes, digest: str, now: datetime) -> bool:
        """Take in an event of which everything is plainly sound; whether it was one."""
        tree = quick(text) if is_plain(text) else None
        if tree is None or not self._may_in(tree):
            return False
        tree["raw"] = digest
        if self._lane.stamp_observed:
            tree["observed_at"] = now
        self._accept(tree, now)
        return True

    def _may_in(self, tree: dict[str, Any]) -> bool:
        """Whether the lane lets in an event. Why it does not, the table's way says."""
        try:
            self._lane.admits(None, tree)
        except MalformedEventError:
            return False
        return True

    def _read_lines(self, quick: Quick, body: bytes, digest: str, now: datetime) -> list[Refused]:
        """Take in the lines that are sound, and ask the table about the others in their turn."""
        source = self._lane.source
        first, *others = body.strip().split(b"\n")
        # One line that is a whole record, with more after it: so all of them are lines.
        if not others or not self._take(quick, first, digest, now):
            return self._ask_table(documents(body, source), digest, now)
        refused = []
        for number, line in enumerate(others, start=2):
            if not self._take(quick, line, digest, now):
                refused += self._ask_table(line_of_several(number, line, source), digest, now)
        return refused

    def _ask_table(self, cut: Iterator[Document], digest: str, now: datetime) -> list[Refused]:
        """Read documents by the connector's table; give those that it refuses."""
        lane = self._lane
        read = lane.connector.read
        delivery = Delivery(
            source=lane.source,
            observed_at=now,
            digest=digest,
            place=lane.name,
            stamp_observed=lane.stamp_observed,
        )
        refused: list[Refused] = []
        for suffix, document in cut:
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
        return refused

    def _refused(self, refused: Refused, document: object, delivery: Delivery) -> list[Refused]:
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
        if source in self._counting.sources:
            self._counting.count(tree)
        case, links, tenant = tree.get("case"), tree.get("links"), tree.get("tenant")
        if case is None and links is None:
            case = tree["case"] = f"{source}:{tree['id']}"
        elif case is not None and links is not None:
            self._name(tenant, links, case, tree["occurred_at"])
        if self._veil is not None:
            self._veil.event(tree)
        full = self._frames.add(dumps(tree), tenant, case)
        if full is not None:
            self._out.append(full)

    def _name(self, tenant: str | None, links: Iterable[str], case: str, at: datetime) -> None:
        partition = partition_of_links(tenant, self._lane.layout.links)
        for link in self._names_told.news(tenant, links, case, at):
            self._out.append(Output(LINKS, partition, write_names(CODEC, tenant, link, case, at)))

    def _told(self, told: Told, now: datetime) -> None:
        if not self._lane.is_awaited:
            return
        self.counts["ticks"] += 1
        self._flush()
        self._progress.tell(told.source)
        self._declare(told.source, None)
        until = self._progress.believed(told.source, told.until, now)
        self._everywhere(write_ticks(CODEC, self._lane.name, {told.source: until}))

    def _declare(self, source: str, action: str | None) -> None:
        if not self._lane.is_awaited:
            return
        declared = self._declared.news(source, action, told=self._progress.is_told(source))
        if declared is not None:
            value = write_source(CODEC, declared)
            self._out.extend(Output(JOURNAL, p, value) for p in range(self._lane.layout.journal))

    def _refuse(self, refused: list[Refused], record: Record, digest: str) -> None:
        place = self._lane.place(record.offset)
        source = self._lane.source
        refusals = [
            refusal_of(error, source=source, digest=digest, place=place + suffix)
            for error, suffix in refused
        ]
        for refusal in refusals:
            self.counts["refused"] += 1
            self.refusals[refusal.kind] = self.refusals.get(refusal.kind, 0) + 1
        body: bytes | None = record.value
        if self._veil is not None:
            refusals = [self._veil.refusal(each) for each in refusals]
            body = None
        self._out.extend(kept(refusals, body, self._lane.layout.journal))

    # --- writing ----------------------------------------------------------------------------

    def _flush(self) -> None:
        self._out.extend(self._frames.flush())
        self._out.extend(self._counting.take())

    def _everywhere(self, value: bytes) -> None:
        layout = self._lane.layout
        self._out.extend(Output(JOURNAL, p, value) for p in range(layout.journal))
        if self._lane.connector.may_lack_case:
            self._out.extend(Output(LINKS, p, value) for p in range(layout.links))

    def _taken(self) -> list[Output]:
        out, self._out = self._out, []
        return out
