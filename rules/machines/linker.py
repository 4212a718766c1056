"""The linker: brings what knows only a second id to its case."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

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


class _Parked(NamedTuple):
    """An event that waits for its case, as it came, and the lane in which it came."""

    lane: str
    event: Event
    line: bytes


class Linker:
    """One partition's linker: everything that names one of its links meets here.

    Input (`foureyes.links`): events that name no case, by their first link; `names` records, which
    say that an event named a case and a link together; ticks and policies as in the journal.

    Output: on `foureyes.journal` each event with its case filled in, and ticks: up to when a
    source has reported through here, which is never past an event that is still parked. An event
    that nobody explains within `webhooks.linking_grace` becomes a case of its own.

    The first case that a link is known to name keeps it. Links of two tenants are two links. An
    event that carries several is explained by whichever of them is named here first.
    """

    version = "1"
    """Changes whenever the same records would be linked in another way."""

    def __init__(self, partition: int, layout: Layout, codec: Codec) -> None:
        self.partition = partition
        self._layout = layout
        self._codec = codec
        self._names: dict[str, str] = {}
        self._parked: dict[str, list[_Parked]] = {}
        """first link → what waits for its case"""
        self._carried: dict[str, set[str]] = {}
        """any further link of what waits → the first links of what carries it"""
        self._heard: dict[str, dict[str, datetime]] = {}
        self._grace = Policy().webhooks.linking_grace
        self._touched: set[str] = set()
        self._said = 0
        self._chain = bytes(32)
        """A hash over everything that was said, in order."""
        self._out: list[Output] = []

    # --- the contract -----------------------------------------------------------------------

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Apply records in order."""
        for record in records:
            first, *lines = record.value.split(b"\n")
            self._take(first, lines)
        out, self._out = self._out, []
        for each in out:
            self._chain = sha256(b"%b%d:%b" % (self._chain, each.partition, each.value)).digest()
        self._said += len(out)
        return out

    def set_aside(self, record: Record, decision: bytes) -> list[Output]:
        """Pass the decision on to the journal in place of the record."""
        return self.feed([record._replace(value=decision)])

    def head(self) -> bytes:
        """How much has been said, learned and parked, and a hash over what was said."""
        sizes = self.sizes()
        counts = b"%d:%d:%d:" % (self._said, sizes["links"], sizes["parked"])
        return counts + self._chain.hex().encode()

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows of the links that changed, and the row of everything else."""
        for link in sorted(self._touched):
            case = self._names.get(link)
            yield _NAME + link, case.encode() if case else None
            # Canonical bytes hold no tab: it stands where a lane ends, whatever it is called.
            parked = self._parked.get(link, ())
            lines = [b"%b\t%b" % (self._codec.write(each.lane), each.line) for each in parked]
            yield _PARKED + link, b"\n".join(lines) if lines else None
        self._touched.clear()
        rest = {
            "heard": self._heard,
            "grace_microseconds": self._grace // _A_MOMENT,
            "said": self._said,
            "chain": self._chain.hex(),
        }
        yield _HEARD, self._codec.write(rest)

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        for name, row in rows:
            if name.startswith(_NAME):
                self._names[name.removeprefix(_NAME)] = row.decode()
            elif name.startswith(_PARKED):
                for each in row.split(b"\n"):
                    lane, line = each.split(b"\t", 1)
                    self._park(_Parked(json.loads(lane), self._codec.read_event(line), line))
            else:
                told = json.loads(row)
                self._heard = {k: read_until({"until": v}) for k, v in told["heard"].items()}
                self._grace = told["grace_microseconds"] * _A_MOMENT
                self._said = told["said"]
                self._chain = bytes.fromhex(told["chain"])

    def adopt(self, _before: str) -> list[Output]:
        """What was linked before stays as it is: there is nothing to say."""
        return []

    def sizes(self) -> dict[str, int]:
        """How much the linker keeps in memory, by kind."""
        return {"links": len(self._names), "parked": sum(map(len, self._parked.values()))}

    # --- what it does -----------------------------------------------------------------------

    def _take(self, first: bytes, lines: list[bytes]) -> None:
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
            case "set_aside":
                self._out.append(Output(JOURNAL, 0, first))
            case unknown:
                raise UnreadableRecordError(
                    what="a record of the links log",
                    found=unknown,
                    expected="events, names, ticks, policy or set_aside",
                )

    def _event(self, lane: str, line: bytes) -> None:
        event = self._codec.read_event(line)
        if not event.links:
            raise UnreadableRecordError(
                what="an event of the links log",
                found=line[:120],
                expected="an event that carries a link",
            )
        came = _Parked(lane, event, line)
        known = next((self._names[key] for key in _keys(event) if key in self._names), None)
        if known is not None:
            self._forward(came, known)
            return
        self._park(came)
        self._touched.add(_keys(event)[0])

    def _park(self, came: _Parked) -> None:
        first, *others = _keys(came.event)
        self._parked.setdefault(first, []).append(came)
        for other in others:
            self._carried.setdefault(other, set()).add(first)

    def _learn(self, header: dict[str, Any]) -> None:
        key = _key(header["tenant"], header["link"])
        if key in self._names:
            return
        self._names[key] = header["case"]
        self._touched.add(key)
        for first in sorted({key, *self._carried.get(key, ())}):
            for each in self._release(first, lambda parked: key in _keys(parked.event)):
                self._forward(each, header["case"])

    def _release(self, first: str, goes: Callable[[_Parked], bool]) -> list[_Parked]:
        """Take out those under a first link that need not wait any longer."""
        parked = self._parked.get(first, [])
        going = [each for each in parked if goes(each)]
        if not going:
            return going
        self._touched.add(first)
        waiting = [each for each in parked if not goes(each)]
        if waiting:
            self._parked[first] = waiting
        else:
            del self._parked[first]
        still = {key for each in waiting for key in _keys(each.event)}
        for other in {key for each in going for key in _keys(each.event)[1:]} - still:
            self._carried[other].discard(first)
            if not self._carried[other]:
                del self._carried[other]
        return going

    def _forward(self, came: _Parked, case: str) -> None:
        filled = self._codec.write({**json.loads(came.line), "case": case})
        value = write_events(self._codec, lane_through(came.lane, self.partition), [filled])
        partition = partition_of_case(came.event.tenant, case, self._layout.journal)
        self._out.append(Output(JOURNAL, partition, value))

    def _tick(self, lane: str, until: dict[str, datetime]) -> None:
        heard = self._heard.setdefault(lane, {})
        for source, at in until.items():
            heard[source] = max(at, heard.get(source, at))
        if not heard:
            return
        self._let_go(lane, max(heard.values()))
        oldest = self._oldest(lane)
        reached = {s: at if oldest is None else min(at, oldest) for s, at in heard.items()}
        value = write_ticks(self._codec, lane_through(lane, self.partition), reached)
        self._out.extend(Output(JOURNAL, p, value) for p in range(self._layout.journal))

    def _let_go(self, lane: str, until: datetime) -> None:
        """Give a case of its own to what nobody has explained for long enough."""

        def is_over(parked: _Parked) -> bool:
            return parked.lane == lane and parked.event.occurred_at + self._grace <= until

        for first in sorted(self._parked):
            for each in self._release(first, is_over):
                self._forward(each, UNLINKED_CASE + each.event.links[0])

    def _oldest(self, lane: str) -> datetime | None:
        """Just before the oldest event of a lane that is still parked here."""
        times = [
            each.event.occurred_at
            for parked in self._parked.values()
            for each in parked
            if each.lane == lane
        ]
        return min(times) - _A_MOMENT if times else None


def _key(tenant: str | None, link: str) -> str:
    return f"{tenant or ''}\x1f{link}"


def _keys(event: Event) -> list[str]:
    return [_key(event.tenant, link) for link in event.links]
