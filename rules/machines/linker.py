"""The linker: brings what knows only a second id to its case, and finds which cases are one."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from rules.errors import UnreadableRecordError
from rules.events import UNLINKED_CASE, Event
from rules.machines.contract import JOURNAL, Codec, Output, Record
from rules.machines.ids import SAME_CASE, Ids, case_name
from rules.machines.joining import Joined, write_joined
from rules.machines.records import (
    lane_through,
    read_header,
    read_until,
    write_events,
    write_ticks,
)
from rules.machines.routing import Layout, partition_of_case
from rules.machines.waiting import Parked, Waiting
from rules.policy import Policy

_HEARD, _IDS, _ALONE, _PARKED = "heard", "ids/", "alone/", "parked/"
_A_MOMENT = timedelta(microseconds=1)


class Linker:
    """One partition's linker: all that is told of a tenant's ids meets here.

    Input (`foureyes.links`): events that name no case; `names` records, which say that an event
    named a case and a link together; ticks and policies as in the journal.

    Output: on `foureyes.journal` each event with its case filled in (see `rules.machines.ids` for
    which that is); `joined` records where two cases turn out to be one, to the partitions of both;
    and ticks: up to when a source has reported through here, which is never past an event that is
    still parked. An event that nobody explains within `webhooks.linking_grace` becomes a case of
    its own, with what else carries its ids; when somebody does explain it later, that case is
    joined to the one it belongs to. An event whose ids mean several cases stands alone.

    What has been forwarded to a case that somebody named stays there.
    """

    version = "2"
    """Changes whenever the same records would be linked in another way."""

    def __init__(self, partition: int, layout: Layout, codec: Codec) -> None:
        self.partition = partition
        self._layout = layout
        self._codec = codec
        self._ids = Ids()
        self._waiting = Waiting()
        self._alone: dict[str, tuple[str, ...]] = {}
        """A case made for one event whose ids mean several cases → those ids."""
        self._carried_alone: dict[str, set[str]] = {}
        self._touched: set[str] = set()
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
        for kind, key in sorted(self._ids.touched):
            yield f"{_IDS}{kind}/{key}", self._codec.write(self._ids.told(kind, key))
        self._ids.touched.clear()
        for case in sorted(self._touched):
            yield _ALONE + case, self._codec.write(self._alone[case])
        self._touched.clear()
        for first, row in self._waiting.rows(self._codec):
            yield _PARKED + first, row
        rest = {
            "heard": self._heard,
            "grace_microseconds": self._grace // _A_MOMENT,
            "reused": self._ids.reused,
            "reused_after_microseconds": self._ids.reused_after // _A_MOMENT,
            "said": self._said,
            "chain": self._chain.hex(),
        }
        yield _HEARD, self._codec.write(rest)

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        for name, row in rows:
            if name.startswith(_IDS):
                kind, key = name.removeprefix(_IDS).split("/", 1)
                self._ids.restore(kind, key, json.loads(row))
            elif name.startswith(_ALONE):
                self._stand_alone(name.removeprefix(_ALONE), tuple(json.loads(row)))
            elif name.startswith(_PARKED):
                self._waiting.restore(row, self._codec)
            else:
                self._restore_rest(json.loads(row))
        self._touched.clear()

    def _restore_rest(self, told: dict[str, Any]) -> None:
        self._heard = {k: read_until({"until": v}) for k, v in told.get("heard", {}).items()}
        self._grace = told["grace_microseconds"] * _A_MOMENT
        self._ids.reused = frozenset(told.get("reused", ()))
        self._ids.reused_after = told["reused_after_microseconds"] * _A_MOMENT
        self._said = told["said"]
        self._chain = bytes.fromhex(told["chain"])

    def adopt(self, _before: str) -> list[Output]:
        """What was linked before stays as it is: there is nothing to say."""
        return []

    def sizes(self) -> dict[str, int]:
        """How much the linker keeps in memory, by kind."""
        return {"links": len(self._ids.named), "parked": len(self._waiting)}

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
        id_ = self._ids.id_of(tenant, link, datetime.fromisoformat(header["at"]))
        if self._ids.name(id_, case):
            self._look_again([id_], f"{link} is told together with {header['case']}")

    def _take_ticks(self, header: dict[str, Any], _lines: list[bytes]) -> None:
        lane = header["lane"]
        heard = self._heard.setdefault(lane, {})
        for source, at in read_until(header).items():
            heard[source] = max(at, heard.get(source, at))
        if not heard:
            return
        self._let_go(lane, max(heard.values()))
        oldest = self._waiting.oldest(lane)
        reached = {s: at if oldest is None else min(at, oldest) for s, at in heard.items()}
        value = write_ticks(self._codec, lane_through(lane, self.partition), reached)
        self._out.extend(Output(JOURNAL, p, value) for p in range(self._layout.journal))

    def _take_policy(self, header: dict[str, Any], _lines: list[bytes]) -> None:
        self._take_policy_of(self._codec.read_policy(self._codec.write(header["policy"])))

    def _take_policy_of(self, policy: Policy) -> None:
        self._grace = policy.webhooks.linking_grace
        self._ids.reused = frozenset(policy.webhooks.reused_links)
        self._ids.reused_after = policy.webhooks.reused_after

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
        ids = tuple(
            dict.fromkeys(
                self._ids.id_of(event.tenant, link, event.occurred_at)
                for link in event.links
                if not link.startswith(SAME_CASE)
            )
        )
        came = Parked(lane, ids, event, line)
        said = [link for link in event.links if link.startswith(SAME_CASE)]
        if said:
            self._belongs(came, said)
            return
        case = self._ids.meant(ids)
        if case is None:
            self._waiting.add(came)
        else:
            self._forward(came, case)
        if len(ids) > 1 and self._ids.put_together(ids):
            self._look_again(ids, _words(event))

    def _belongs(self, came: Parked, said: list[str]) -> None:
        """An event names its case after all, as a link: what it carries is that case's."""
        event = came.event
        case = case_name(event.tenant, said[0].removeprefix(SAME_CASE))
        for link in said[1:]:
            self._say_same(case, event.tenant, link, _words(event))
        news = [id_ for id_ in came.ids if self._ids.name(id_, case)]
        self._forward(came, self._ids.called(case))
        self._look_again(news, _words(event))

    def _say_same(self, case: str, tenant: str | None, link: str, because: str) -> None:
        other = case_name(tenant, link.removeprefix(SAME_CASE))
        if self._join(case, other, because):
            waiting = [*self._ids.unsettled(), *self._waiting.ids(), *self._carried_alone]
            for each in sorted({*waiting}):
                self._look_again([each], because)

    def _join(self, one: str, other: str, because: str) -> bool:
        moving = self._ids.join(one, other)
        for case, into in moving:
            tenant, plain = _parted(case)
            home, to = self._partition(case), self._partition(into)
            told = Joined(tenant, plain, _parted(into)[1], home, to, because)
            value = write_joined(self._codec, told)
            self._out.extend(Output(JOURNAL, p, value) for p in sorted({home, to}))
        return bool(moving)

    def _look_again(self, ids: Iterable[str], because: str) -> None:
        """Something is known that was not: forward what it explains, join what it makes one."""
        together = self._ids.together(ids)
        for parked in self._waiting.carrying(together):
            case = self._ids.meant(parked.ids)
            if case is not None:
                self._waiting.remove(parked)
                self._forward(parked, case)
        for case in sorted({c for each in together for c in self._carried_alone.get(each, ())}):
            meant = self._ids.meant(self._alone[case])
            if meant is not None:
                self._join(case, meant, because)
        self._explain(together, because)

    def _explain(self, together: list[str], because: str) -> None:
        """Join the cases that nobody named to those their ids mean, or else to each other."""
        alike: list[str] = []
        for each in together:
            cases = self._ids.unexplained([each])
            meant = self._ids.meant([each]) if cases else None
            if meant is not None:
                for case in cases:
                    self._join(case, meant, because)
            elif self._ids.is_open(each):
                alike += cases
        for case in alike[1:]:
            self._join(alike[0], case, because)

    # --- forwarding -------------------------------------------------------------------------

    def _forward(self, came: Parked, case: str) -> None:
        filled = self._codec.write({**json.loads(came.line), "case": _parted(case)[1]})
        value = write_events(self._codec, lane_through(came.lane, self.partition), [filled])
        self._out.append(Output(JOURNAL, self._partition(case), value))

    def _partition(self, case: str) -> int:
        return partition_of_case(*_parted(case), self._layout.journal)

    # --- time -------------------------------------------------------------------------------

    def _let_go(self, lane: str, until: datetime) -> None:
        """Give a case of its own to what nobody has explained for long enough."""
        for parked in self._waiting.over(lane, until, self._grace):
            self._waiting.remove(parked)
            self._forward(parked, self._own_case(parked))

    def _own_case(self, parked: Parked) -> str:
        """Find or make the case of what carries these ids and is not explained."""
        event = parked.event
        unknown = [each for each in parked.ids if self._ids.is_open(each)]
        if not unknown:
            case = case_name(event.tenant, f"{UNLINKED_CASE}{event.links[0]}/{event.id}")
            self._stand_alone(case, parked.ids)
            return case
        known = self._ids.unexplained(self._ids.together(unknown))
        link = unknown[0].partition("\x1f")[2].replace("\x1f", "@")
        case = known[0] if known else case_name(event.tenant, UNLINKED_CASE + link)
        for each in unknown:
            self._ids.name(each, case)
        return case

    def _stand_alone(self, case: str, ids: tuple[str, ...]) -> None:
        self._alone[case] = ids
        self._touched.add(case)
        for each in ids:
            self._carried_alone.setdefault(each, set()).add(case)


def _parted(case: str) -> tuple[str | None, str]:
    tenant, _, plain = case.partition("\x1f")
    return tenant or None, plain


def _words(event: Event) -> str:
    """Say what an event told, as a reason."""
    links = " and ".join(event.links)
    return f"{event.source} told of {event.action.replace('_', ' ')} ({event.id}) with {links}"
