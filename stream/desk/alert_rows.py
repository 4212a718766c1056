"""Groups of alerts as rows that a desk keeps, and read back from them."""

from datetime import datetime

import msgspec

from rules.finding import Severity
from stream.desk.alert_groups import Group, Waiting
from stream.desk.delivery import Delivery, Kind, delivery_id
from stream.desk.holding import Hold
from stream.desk.reading import read_finding


class _WaitingRow(msgspec.Struct, frozen=True):
    place: int
    kind: Kind
    since: datetime
    finding: msgspec.Raw
    until: datetime | None
    reason: str


class _Row(msgspec.Struct, frozen=True):
    route: str
    opened_at: datetime
    waiting: list[_WaitingRow]
    told: dict[str, Severity]
    rung_at: datetime | None
    repeats: int
    acknowledged_by: str | None


def write_group(group: Group) -> bytes:
    """Write a group as a row of the desk."""
    row = _Row(
        route=group.route,
        opened_at=group.opened_at,
        waiting=[_waiting_row(each) for each in group.waiting],
        told=group.told,
        rung_at=group.rung_at,
        repeats=group.repeats,
        acknowledged_by=group.acknowledged_by,
    )
    return msgspec.json.encode(row)


def read_group(key: str, row: bytes, destination: str) -> Group:
    """Read such a row. Raises msgspec.DecodeError and UnreadableRecordError."""
    read = msgspec.json.decode(row, type=_Row)
    return Group(
        key=key,
        route=read.route,
        opened_at=read.opened_at,
        waiting=[_waiting(each, destination) for each in read.waiting],
        told=read.told,
        rung_at=read.rung_at,
        repeats=read.repeats,
        acknowledged_by=read.acknowledged_by,
    )


def _waiting_row(waiting: Waiting) -> _WaitingRow:
    return _WaitingRow(
        place=waiting.place,
        kind=waiting.delivery.kind,
        since=waiting.since,
        finding=msgspec.Raw(waiting.delivery.line),
        until=waiting.noted.until if waiting.noted else None,
        reason=waiting.noted.reason if waiting.noted else "",
    )


def _waiting(row: _WaitingRow, destination: str) -> Waiting:
    line = bytes(row.finding)
    finding = read_finding(line)
    return Waiting(
        delivery=Delivery(
            id=delivery_id(destination, finding.finding, finding.number),
            destination=destination,
            kind=row.kind,
            finding=finding,
            line=line,
        ),
        place=row.place,
        since=row.since,
        noted=Hold(until=row.until, reason=row.reason) if row.until else None,
    )
