"""The linker: brings what knows only a second id to its case."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from rules.errors import UnreadableRecordError
from rules.events import UNLINKED_CASE, Event
from rules.machines.contract import JOURNAL, Codec, Output, Record
from rules.machines.records import (
    lane_through,
    read_header,
    read_until,
    write_events,
    write_ticks,
)
from rules.machines.routing import Layout, partition_of_case
from rules.policy import Policy

_HEARD = "heard"
_NAME = "name/"
_PARKED = "parked/"
_A_MOMENT = timedelta(microseconds=1)


class Linker:
    """One partition's linker: everything that names one of its links meets here.

    Input (`foureyes.links`): events that name no case, by their first link; `names` records, which
    say that an event named a case and a link together; ticks and policies as in the journal.

    Output: on `foureyes.journal` each event with its case filled in, and ticks: up to when a
    source has reported through here, which is never past an event that is still parked. An event
    that nobody explains within `webhooks.linking_grace` becomes a case of its own.

    The first case that a link is known to name keeps it. Links of two tenants are two links.
    """

    def __init__(self, partition: int, layout: Layout, codec: Codec) -> None:
        self.partition = partition
        self._layout = layout
        self._codec = codec
        self._names: dict[str, str] = {}
        self._parked: dict[str, list[tuple[str, Event, bytes]]] = {}
        self._heard: dict[str, dict[str, datetime]] = {}
        self._grace = Policy().webhooks.linking_grace
        self._touched: set[str] = set()
        self._said = 0
        self._out: list[Output] = []

    # --- the contract -----------------------------------------------------------------------

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Apply records in order."""
        for record in records:
            first, *lines = record.value.split(b"\n")
            header = read_header(first)
            match header["record"]:
                case "events":
                    for line in lines:
                        self._event(header["lane"], line)
                case "names":
                    self._learn(header)
                case "ticks":
                    self._tick(header["lane"], read_until(header))
                case "policy":
                    policy = self._codec.read_policy(self._codec.write(header["policy"]))
                    self._grace = policy.webhooks.linking_grace
                case unknown:
                    raise UnreadableRecordError(
                        what="a record of the links log",
                        found=unknown,
                        expected="events, names, ticks or policy",
                    )
        out, self._out = self._out, []
        self._said += len(out)
        return out

    def head(self) -> bytes:
        """How much has been said, forwarded and learned."""
        return b"%d:%d:%d" % (self._said, len(self._names), sum(map(len, self._parked.values())))

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows of the links that changed, and the row of everything else."""
        for link in sorted(self._touched):
            case = self._names.get(link)
            yield _NAME + link, case.encode() if case else None
            parked = self._parked.get(link)
            lines = [lane.encode() + b" " + line for lane, _, line in parked] if parked else []
            yield _PARKED + link, b"\n".join(lines) if lines else None
        self._touched.clear()
        grace = int(self._grace.total_seconds())
        heard = {"heard": self._heard, "grace_seconds": grace, "said": self._said}
        yield _HEARD, self._codec.write(heard)

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        for name, row in rows:
            if name.startswith(_NAME):
                self._names[name.removeprefix(_NAME)] = row.decode()
            elif name.startswith(_PARKED):
                self._parked[name.removeprefix(_PARKED)] = [
                    (lane.decode(), self._codec.read_event(line), line)
                    for lane, line in (each.split(b" ", 1) for each in row.split(b"\n"))
                ]
            else:
                told = json.loads(row)
                self._heard = {k: read_until({"until": v}) for k, v in told["heard"].items()}
                self._grace = timedelta(seconds=told["grace_seconds"])
                self._said = told["said"]

    def sizes(self) -> dict[str, int]:
        """How much the linker keeps in memory, by kind."""
        return {"links": len(self._names), "parked": sum(map(len, self._parked.values()))}

    # --- what it does -----------------------------------------------------------------------

    def _event(self, lane: str, line: bytes) -> None:
        event = self._codec.read_event(line)
        known = next((self._names[key] for key in _keys(event) if key in self._names), None)
        if known is not None:
            self._forward(lane, event, line, known)
            return
        key = _keys(event)[0]
        self._parked.setdefault(key, []).append((lane, event, line))
        self._touched.add(key)

    def _learn(self, header: dict[str, Any]) -> None:
        key = _key(header["tenant"], header["link"])
        if key in self._names:
            return
        self._names[key] = header["case"]
        self._touched.add(key)
        for lane, event, line in self._parked.pop(key, ()):
            self._forward(lane, event, line, header["case"])

    def _forward(self, lane: str, event: Event, line: bytes, case: str) -> None:
        filled = self._codec.write({**json.loads(line), "case": case})
        value = write_events(self._codec, lane_through(lane, self.partition), [filled])
        partition = partition_of_case(event.tenant, case, self._layout.journal)
        self._out.append(Output(JOURNAL, partition, value))

    def _tick(self, lane: str, until: dict[str, datetime]) -> None:
        heard = self._heard.setdefault(lane, {})
        for source, at in until.items():
            heard[source] = max(at, heard.get(source, at))
        self._let_go(lane, max(heard.values()))
        oldest = self._oldest(lane)
        reached = {s: at if oldest is None else min(at, oldest) for s, at in heard.items()}
        value = write_ticks(self._codec, lane_through(lane, self.partition), reached)
        self._out.extend(Output(JOURNAL, p, value) for p in range(self._layout.journal))

    def _let_go(self, lane: str, until: datetime) -> None:
        """Give a case of its own to what nobody has explained for long enough."""
        for key in sorted(self._parked):
            waiting = []
            for its_lane, event, line in self._parked[key]:
                if its_lane == lane and event.occurred_at + self._grace <= until:
                    self._forward(lane, event, line, UNLINKED_CASE + event.links[0])
                    self._touched.add(key)
                else:
                    waiting.append((its_lane, event, line))
            if waiting:
                self._parked[key] = waiting
            else:
                del self._parked[key]

    def _oldest(self, lane: str) -> datetime | None:
        """Just before the oldest event of a lane that is still parked here."""
        times = [
            event.occurred_at
            for parked in self._parked.values()
            for its_lane, event, _ in parked
            if its_lane == lane
        ]
        return min(times) - _A_MOMENT if times else None


def _key(tenant: str | None, link: str) -> str:
    return f"{tenant or ''}\x1f{link}"


def _keys(event: Event) -> list[str]:
    return [_key(event.tenant, link) for link in event.links]
