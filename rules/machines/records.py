"""The records of the journal: a header line, then one canonical event a line.

| record | header | lines |
|---|---|---|
| events | `{"lane":…,"record":"events"}` | one event each |
| ticks | `{"lane":…,"record":"ticks","until":{source or "*": time}}` | none |
| source | a `SourceDeclared` | none |
| policy | `{"policy":{…},"record":"policy"}` | none |
| refused | a `Refusal` | none |
| set_aside | a `SetAside` (`rules.machines.set_aside`): a record was left out | none |
| keeping | a `Keeping` (`rules.machines.keeping`): what is held, what may go | none |
| counted | what was counted of a source: see `rules.machines.counting` | none |
| facts | what became known late: see `rules.machines.late` | none |
| rules (trail only) | `{"from":…,"record":"rules","to":…}`: other rules took over | none |
| reported (trail only) | a `Reported`: how far everybody had come | none |
| closed (trail only) | a `Closed`: what there is of a case that settles | none |
| joined | a `rules.machines.joining.Joined`: two cases are one | none |
| parted | a `rules.machines.parting.Parted`: events are another case's | none |
| moved | what goes before a joined case's events on their way | one event each |
| names (links log only) | `{"at":…,"case":…,"link":…,"record":"names","tenant":…}` | none |

A *lane* is one ordered stream in which a source reports (a raw partition, a file, a linker
partition): within a lane what is reported is in order, and a source has reported up to the least
of its lanes. `"*"` in a tick stands for every source of the lane that does not tell itself.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rules.errors import UnreadableRecordError
from rules.events import Action
from rules.machines.contract import LINKS, Codec
from rules.policy import Policy

EVERY_SOURCE = "*"
_THROUGH = ">"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDeclared:
    """What intake says of a source when it first hears of it, and whenever that changes.

    `carries` are the actions it can report at all, `tells` the event fields it can fill, `lanes`
    every lane it may report in, `heard_in` those of them in which intake has heard it. `told` is
    whether it says itself up to when it has reported; it has to say so in each lane that it uses.
    """

    source: str
    connector: str
    carries: tuple[Action, ...]
    tells: tuple[str, ...]
    lanes: tuple[str, ...]
    heard_in: tuple[str, ...] = ()
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A raw event that could not be read: whose, where it was, why, and the digest of its bytes.

    `kind` is from a closed set (a metric label); `place` is a file and line or a topic, partition
    and offset; `field`, `found`, `expected` say what was wrong as far as it is known.
    """

    source: str
    place: str
    kind: str
    reason: str
    digest: str
    field: str | None = None
    found: str | None = None
    expected: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """How far everybody had come: under this the findings that follow in the trail were said.

    `until` is up to when each source has reported, `log_time` the latest time that the log had
    reached. `recorded` and `repeats` count events by source, `refused` what could not be read by
    source and kind: together they are all that was offered to this partition so far. `moved` are
    events that were recorded elsewhere, or for another case, and have come with that case.
    """

    rules: str
    until: dict[str, datetime]
    log_time: datetime | None
    recorded: dict[str, int]
    repeats: dict[str, int]
    refused: dict[str, dict[str, int]]
    moved: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What there was of a case when it settled: nothing can be left out of it afterwards.

    `entries` counts the entries of this partition that are about the case so far (its events, the
    changes of its findings, earlier closings), and `chain` stands for them: from 32 zero bytes on,
    SHA-256 of the chain and the next entry's leaf hash. No verdict: no control had a question.
    """

    case: str
    tenant: str | None
    verdict: str | None
    entries: int
    chain: str


def write_events(codec: Codec, lane: str, events: Iterable[bytes]) -> bytes:
    """Pack canonical events in one record."""
    return write_lines(codec, {"lane": lane, "record": "events"}, events)


def write_lines(codec: Codec, header: dict[str, Any], lines: Iterable[bytes]) -> bytes:
    """Pack canonical lines under a header."""
    return b"\n".join([codec.write(header), *lines])


def write_ticks(codec: Codec, lane: str, until: dict[str, datetime]) -> bytes:
    """Say up to when sources have reported in a lane."""
    return codec.write({"lane": lane, "record": "ticks", "until": until})


def write_source(codec: Codec, declared: SourceDeclared) -> bytes:
    """Declare a source."""
    return codec.write(
        {
            "record": "source",
            "source": declared.source,
            "connector": declared.connector,
            "carries": sorted(declared.carries),
            "tells": sorted(declared.tells),
            "lanes": sorted(declared.lanes),
            "heard_in": sorted(declared.heard_in),
            "told": declared.told,
        }
    )


def write_names(codec: Codec, tenant: str | None, link: str, case: str, at: datetime) -> bytes:
    """Say that an event named a case and a link together, and when it happened."""
    return codec.write({"record": "names", "tenant": tenant, "link": link, "case": case, "at": at})


def write_policy(codec: Codec, policy: Policy) -> bytes:
    """Put a policy version into the journal."""
    return codec.write({"record": "policy", "policy": policy})


def write_refusal(codec: Codec, refusal: Refusal) -> bytes:
    """Note a refusal: it is an entry of the trail like any other."""
    return codec.write({"record": "refused", "refused": refusal})


def write_rules(codec: Codec, before: str, after: str) -> bytes:
    """Write down that rules of another version have taken over."""
    return codec.write({"record": "rules", "from": before, "to": after})


def write_reported(codec: Codec, reported: Reported) -> bytes:
    """Write down how far everybody has come."""
    return codec.write({"record": "reported", "reported": reported})


def write_closed(codec: Codec, closed: Closed) -> bytes:
    """Write down what there is of a case that settles."""
    return codec.write({"record": "closed", "closed": closed})


def lane_through(lane: str, partition: int) -> str:
    """Name the lane in which what a linker partition forwards from a lane is reported."""
    return lane_into(lane, LINKS, partition)


def lane_into(lane: str, log: str, partition: int) -> str:
    """Name the lane in which what was reported in a lane arrives by way of a log's partition."""
    return f"{lane}{_THROUGH}{log}/{partition}"


def first_lane(lane: str) -> str:
    """Name the lane in which intake reads what is reported in `lane`."""
    return lane.partition(_THROUGH)[0]


def read_header(line: bytes) -> dict[str, Any]:
    """Read a record's first line. Raises UnreadableRecordError."""
    try:
        header = json.loads(line)
    except ValueError as error:
        raise UnreadableRecordError(
            what="a journal record's header", found=line[:80], expected="a JSON object"
        ) from error
    if not isinstance(header, dict) or "record" not in header:
        raise UnreadableRecordError(
            what="a journal record's header", found=line[:80], expected="an object with 'record'"
        )
    return header


def read_source(header: dict[str, Any]) -> SourceDeclared:
    """Read a source declaration from its header."""
    return SourceDeclared(
        source=header["source"],
        connector=header["connector"],
        carries=tuple(Action(word) for word in header["carries"]),
        tells=tuple(header["tells"]),
        lanes=tuple(header["lanes"]),
        heard_in=tuple(header.get("heard_in", ())),
        told=header["told"],
    )


def read_reported(header: dict[str, Any]) -> Reported:
    """Read how far everybody had come from its header."""
    told = header["reported"]
    log_time = told.get("log_time")
    return Reported(
        rules=told["rules"],
        until=read_until({"until": told.get("until", {})}),
        log_time=None if log_time is None else datetime.fromisoformat(log_time),
        recorded=told.get("recorded", {}),
        repeats=told.get("repeats", {}),
        refused=told.get("refused", {}),
        moved=told.get("moved", {}),
    )


def read_closed(header: dict[str, Any]) -> Closed:
    """Read what there was of a case from its header."""
    told = header["closed"]
    return Closed(
        case=told["case"],
        tenant=told.get("tenant"),
        verdict=told.get("verdict"),
        entries=told["entries"],
        chain=told["chain"],
    )


def read_until(header: dict[str, Any]) -> dict[str, datetime]:
    """Read a tick's times."""
    return {source: datetime.fromisoformat(at) for source, at in header["until"].items()}
