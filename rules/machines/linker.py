"""The linker: brings what knows only a second id to its case, and finds which cases are one."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from rules.errors import UnreadableRecordError
from rules.machines.contract import JOURNAL, Codec, Output, Record
from rules.machines.drawers import Drawer, Groups
from rules.machines.ids import SAME_CASE, case_name, parted
from rules.machines.joining import Joined, write_joined
from rules.machines.linking import Linking, words
from rules.machines.lying import Lies
from rules.machines.parting import Parted, write_parted
from rules.machines.records import (
    lane_through,
    read_header,
    read_until,
    write_events,
    write_ticks,
)
from rules.machines.routing import Layout, partition_of_case
from rules.machines.shelf import Reach
from rules.machines.waiting import Parked
from rules.policy import Policy

_HEARD, _PARKED = "heard", "parked/"
_PUT_AWAY = ("by/", "ids/", "in/", "loose/", "lying/", "members/", "uses/")
_A_MOMENT = timedelta(microseconds=1)


class Linker(Linking):
    """One partition's linker: all that is told of a tenant's ids meets here.

    Input (`foureyes.links`): events that name no case; `names` records, which say that an event
    named a case and a link together; ticks and policies as in the journal.

    Output: on `foureyes.journal` each event with its case filled in (see `rules.machines.ids` for
    which that is); `joined` records where two cases turn out to be one, to the partitions of both;
    `parted` records where what had been forwarded turns out not to be its case's; and ticks: up to
    when a source has reported through here, which is never past an event that is still parked. An
    event that nobody explains within `webhooks.linking_grace` becomes a case of its own, with what
    else carries its ids; when somebody does explain it later, that case is joined to the one it
    belongs to. An event whose ids mean several cases stands alone, also if it was forwarded when
    they meant one.
    """

    version = "3"
    """Changes whenever the same records would be linked in another way."""
    put_away: tuple[str, ...] = _PUT_AWAY

    def __init__(self, partition: int, layout: Layout, codec: Codec) -> None:
        super().__init__(codec)
        self.partition = partition
        self._layout = layout
        self._codec = codec
        self._heard: dict[str, dict[str, datetime]] = {}
        self._take_policy_of(Policy())
        self._said = 0
        self._chain = bytes(32)
        """A hash over everything that was said, in order."""
        self._out: list[Output] = []

    # --- the contract -----------------------------------------------------------------------

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Apply records in order."""
        for record in records:
            first, *lines = record.value.split(b"\n")
            header = read_header(first)
            if header["record"] == "set_aside":
                self._out.append(Output(JOURNAL, 0, first))
                continue
            reader = self._READERS.get(header["record"])
            if reader is None:
                raise UnreadableRecordError(
                    what="a record of the links log",
                    found=header["record"],
                    expected="events, names, ticks, policy or set_aside",
                )
            reader(self, header, lines)
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
        """The rows of the ids and of what waits that changed, and the row of everything else."""
        yield from self._shelf.rows()
        for each in self._groups():
            each.taken()
        for first, row in self._waiting.rows(self._codec):
            yield _PARKED + first, row
        rest = {
            "heard": self._heard,
            "grace_microseconds": self._grace // _A_MOMENT,
            "reused": self._uses.reused,
            "reused_after_microseconds": self._uses.reused_after // _A_MOMENT,
            "said": self._said,
            "chain": self._chain.hex(),
            "counts": {name: each.count for name, each in self._drawers().items()},
            "links": self._ids.count,
        }
        yield _HEARD, self._codec.write(rest)

    def reach(self, rows: Reach) -> None:
        """Leave to the host what is known of ids, and where everything lies."""
        self._shelf.lean_on(rows)

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        rest = None
        for name, row in rows:
            if name.startswith(_PUT_AWAY):
                self._shelf.restore(name, row)
                for each in self._groups():
                    each.restore(name)
            elif name.startswith(_PARKED):
                self._waiting.restore(row, self._codec)
            elif name == _HEARD:
                rest = json.loads(row)
            else:
                raise UnreadableRecordError(
                    what="a row of a linker's state",
                    found=name,
                    expected=f"a row that version {self.version} writes: others linked otherwise",
                )
        if rest is not None:
            self._restore_rest(rest)

    def _restore_rest(self, told: dict[str, Any]) -> None:
        self._heard = {k: read_until({"until": v}) for k, v in told.get("heard", {}).items()}
        self._grace = told["grace_microseconds"] * _A_MOMENT
        self._uses.reused = frozenset(told.get("reused", ()))
        self._uses.reused_after = told["reused_after_microseconds"] * _A_MOMENT
        self._said = told["said"]
        self._chain = bytes.fromhex(told["chain"])
        if "counts" not in told:
            self._take_stock()
            return
        self._ids.count = told["links"]
        for name, drawer in self._drawers().items():
            drawer.count = told["counts"][name]

    def _take_stock(self) -> None:
        """Put in order, and count, what was written before anything was put away."""
        for drawer in self._drawers().values():
            drawer.count = len(drawer.every())
        self._ids.take_stock()
        for lies in self._lying.take_stock():
            self._ids.meet(lies.ids)
            self._loosen(lies.ids, lies.case)

    def _drawers(self) -> dict[str, Drawer[Any]]:
        return {**self._ids.drawers, "uses": self._uses.uses, "lying": self._lying.lies}

    def _groups(self) -> tuple[Groups, ...]:
        return *self._ids.groups, *self._lying.groups

    def adopt(self, _before: str) -> list[Output]:
        """What was linked before stays as it is: there is nothing to say."""
        return []

    def sizes(self) -> dict[str, int]:
        """How much the linker keeps in memory, by kind."""
        kept = {"links": self._ids.count, "parked": len(self._waiting)}
        return {**kept, "forwarded": self._lying.lies.count}

    # --- records ----------------------------------------------------------------------------

    def _take_events(self, header: dict[str, Any], lines: list[bytes]) -> None:
        for line in lines:
            self._event(header["lane"], line)

    def _take_names(self, header: dict[str, Any], _lines: list[bytes]) -> None:
        tenant, link = header.get("tenant"), header["link"]
        case = case_name(tenant, header["case"])
        if link.startswith(SAME_CASE):
            self._say_same(case, tenant, link, f"an event of {header['case']} says {link}")
            return
        because = f"{link} is told together with {header['case']}"
        id_ = self._id_of(tenant, link, datetime.fromisoformat(header["at"]), because)
        self._name(id_, case, because)

    def _take_ticks(self, header: dict[str, Any], _lines: list[bytes]) -> None:
        lane = header["lane"]
        heard = self._heard.setdefault(lane, {})
        for source, at in read_until(header).items():
            heard[source] = max(at, heard.get(source, at))
        if not heard:
            return
        self._let_go(lane, max(heard.values()), self._grace)
        oldest = self._waiting.oldest(lane)
        reached = {s: at if oldest is None else min(at, oldest) for s, at in heard.items()}
        value = write_ticks(self._codec, lane_through(lane, self.partition), reached)
        self._out.extend(Output(JOURNAL, p, value) for p in range(self._layout.journal))

    def _take_policy(self, header: dict[str, Any], _lines: list[bytes]) -> None:
        self._take_policy_of(self._codec.read_policy(self._codec.write(header["policy"])))

    def _take_policy_of(self, policy: Policy) -> None:
        self._grace = policy.webhooks.linking_grace
        self._uses.reused = frozenset(policy.webhooks.reused_links)
        self._uses.reused_after = policy.webhooks.reused_after

    _READERS: ClassVar[Mapping[str, Any]] = {
        "events": _take_events,
        "names": _take_names,
        "ticks": _take_ticks,
        "policy": _take_policy,
    }

    # --- events -----------------------------------------------------------------------------

    def _event(self, lane: str, line: bytes) -> None:
        event = self._codec.read_event(line)
        if not event.links:
            raise UnreadableRecordError(
                what="an event of the links log",
                found=line[:120],
                expected="an event that carries a link",
            )
        because = words(event)
        ids = tuple(
            dict.fromkeys(
                self._id_of(event.tenant, link, event.occurred_at, because)
                for link in event.links
                if not link.startswith(SAME_CASE)
            )
        )
        said = [link for link in event.links if link.startswith(SAME_CASE)]
        self._take(Parked(lane, ids, event, line), said)

    def _say_forward(self, came: Parked, case: str) -> None:
        filled = self._codec.write({**json.loads(came.line), "case": parted(case)[1]})
        value = write_events(self._codec, lane_through(came.lane, self.partition), [filled])
        self._out.append(Output(JOURNAL, self._partition(case), value))

    def _say_joined(self, case: str, into: str, because: str) -> None:
        tenant, plain = parted(case)
        home, to = self._partition(case), self._partition(into)
        told = Joined(tenant, plain, parted(into)[1], home, to, because)
        value = write_joined(self._codec, told)
        self._out.extend(Output(JOURNAL, p, value) for p in sorted({home, to}))

    def _say_parted(self, case: str, into: str, events: Sequence[Lies], because: str) -> None:
        tenant, plain = parted(case)
        told = Parted(tenant, plain, parted(into)[1], because, tuple(e.told for e in events))
        self._out.append(Output(JOURNAL, self._partition(case), write_parted(self._codec, told)))

    def _partition(self, case: str) -> int:
        return partition_of_case(*parted(case), self._layout.journal)
