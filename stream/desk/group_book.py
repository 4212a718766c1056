"""The groups of one destination: found by finding, kept as rows, let go when they are over."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from rules.errors import UnreadableRecordError
from stream.desk.alert_groups import Group
from stream.desk.alert_rows import read_group, write_group
from stream.desk.routing import Route

GROUP_ROW = "alert:"
RINGS_ROW = "rings:"


class GroupBook:
    """Groups by key and by finding; and when each route with a rate limit has rung.

    `active` are the groups that news or time may move, in the order of their news. There are at
    most as many groups as open findings, and those that stood down within their route's calm.
    """

    def __init__(self, destination: str) -> None:
        self._destination = destination
        self._groups: dict[str, Group] = {}
        self._key_of: dict[str, str] = {}
        self._rings: dict[str, list[datetime]] = {}
        self._active: dict[str, None] = {}
        self._changed: dict[str, None] = {}

    def of(self, finding: str) -> Group | None:
        """The group that a finding is in."""
        return self._groups.get(self._key_of.get(finding, ""))

    def active(self) -> list[Group]:
        """What is to be looked at."""
        return [self._groups[key] for key in self._active]

    def put(self, finding: str, key: str, route: Route, now: datetime) -> Group:
        """Put a finding in a group, made if need be; what is known of it moves there with it."""
        before = self.of(finding)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(key=key, route=route.name, opened_at=now)
        if before is not None and before is not group:
            group.take_over(finding, before)
            self.touch(before)
        self._key_of[finding] = key
        return group

    def leave(self, finding: str) -> None:
        """Take a finding out of its group, with all that is known of it."""
        group = self._groups.get(self._key_of.pop(finding, ""))
        if group is not None:
            group.told.pop(finding, None)
            group.waiting = [each for each in group.waiting if each.finding.finding != finding]
            self.touch(group)

    def touch(self, group: Group) -> None:
        """Note that a group has changed."""
        self._active[group.key] = None
        self._changed[group.key] = None

    def rest(self, group: Group) -> None:
        """Leave a group alone until there is news of it."""
        self._active.pop(group.key, None)

    def close(self, group: Group) -> None:
        """Let go of a group that is over."""
        self._groups.pop(group.key, None)
        self.rest(group)
        self._changed[group.key] = None

    def rung(self, route: Route) -> tuple[datetime, ...]:
        """When a route with a rate limit has rung, the latest last."""
        return tuple(self._rings.get(route.name, ())) if route.rate else ()

    def ring(self, route: Route, now: datetime) -> None:
        """Note that a route rings."""
        if route.rate is not None:
            rings = [*self._rings.get(route.name, ()), now]
            self._rings[route.name] = rings[-route.rate.rings :]

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows that changed since this was last asked (None: gone)."""
        changed, self._changed = self._changed, {}
        for key in changed:
            group = self._groups.get(key)
            yield f"{GROUP_ROW}{key}", None if group is None else write_group(group)
            if group is not None and group.route in self._rings:
                yield f"{RINGS_ROW}{group.route}", msgspec.json.encode(self._rings[group.route])

    def restore(self, name: str, row: bytes) -> None:
        """Take such a row. Raises UnreadableRecordError."""
        try:
            if name.startswith(RINGS_ROW):
                told = msgspec.json.decode(row, type=list[datetime])
                self._rings[name.removeprefix(RINGS_ROW)] = told
            else:
                self._add(read_group(name.removeprefix(GROUP_ROW), row, self._destination))
        except msgspec.DecodeError as error:
            raise UnreadableRecordError(
                what=name, found=row[:120], expected=f"a row of alerts ({error})"
            ) from error

    def _add(self, group: Group) -> None:
        self._groups[group.key] = group
        self._active[group.key] = None
        members = {*group.told, *(each.finding.finding for each in group.waiting)}
        self._key_of |= dict.fromkeys(members, group.key)
