"""Up to when the sources of one lane have reported, and how that is known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rules.machines.records import EVERY_SOURCE
from rules.policy import Policy, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """What is expected of the sources of a lane where policy does not say."""

    progress: Progress
    delay: timedelta


@dataclass(slots=True)
class _Heard:
    """What has been heard of one source: its latest event, and when intake last heard anything."""

    event_at: datetime
    at: datetime


class LaneProgress:
    """Turns what has been heard into ticks.

    - By the clock: the present less the delay once everything waiting was read; until then the
      time of the last record read, less the delay.
    - By its events: the latest time among them, less the delay.
    - Told: what the source said, and nothing else; from the first `iga.tick` on, or by policy.

    A source that policy expects to speak (`silent_after`) and that has not been heard for longer
    counts as having reported only up to that long after it was last heard.

    What a source says is believed up to the present and the skew that policy allows between clocks:
    one whose clock has jumped ahead makes nothing due early. Files tell of a time of their own.
    How often that held a tick back is counted in `held_back`, and `ahead` has the sources whose
    latest word it was.
    """

    def __init__(self, policy: Policy, regime: Regime) -> None:
        self._policy = policy
        self._regime = regime
        self._heard: dict[str, _Heard] = {}
        self._told: set[str] = {s.name for s in policy.sources if s.progress is Progress.TOLD}
        self._latest: datetime | None = None
        self.held_back: dict[str, int] = {}
        self.ahead: dict[str, timedelta] = {}

    def is_told(self, source: str) -> bool:
        """Whether a source says itself up to when it has reported."""
        return source in self._told

    def hear(self, source: str, event_at: datetime, at: datetime) -> None:
        """Note that a source has spoken: its event's time, and when intake read it."""
        heard = self._heard.get(source)
        if heard is None:
            self._heard[source] = _Heard(event_at, at)
        else:
            heard.event_at = max(heard.event_at, event_at)
            heard.at = at
        if self._latest is None or event_at > self._latest:
            self._latest = event_at

    def tell(self, source: str) -> None:
        """Note that a source has begun to tell its own progress."""
        self._told.add(source)

    def believed(self, source: str, until: datetime, now: datetime) -> datetime:
        """Take a source's word for a time, but for one that our clock says is still to come."""
        most = now + self._policy.approvals.clock_skew
        if self._regime.progress is Progress.EVENTS or until <= most:
            self.ahead.pop(source, None)
            return until
        if source != EVERY_SOURCE:
            self.held_back[source] = self.held_back.get(source, 0) + 1
            self.ahead[source] = until - now
        return most

    def by_clock(self, now: datetime, record_at: datetime | None) -> dict[str, datetime]:
        """Give the ticks that are due. `record_at`: the last record read, None when caught up."""
        until: dict[str, datetime] = {}
        for source in sorted({EVERY_SOURCE, *self._heard}):
            if source in self._told:
                continue
            expected = self._policy.source(source)
            delay = self._regime.delay if expected.delay is None else expected.delay
            progress = expected.progress or self._regime.progress
            # Within a lane the sources report in one stream, so the lane's latest holds for each.
            reached = self._latest if progress is Progress.EVENTS else record_at or now
            if reached is None:
                continue
            reached = self.believed(source, reached, now)
            heard = self._heard.get(source)
            reached -= delay
            if heard is not None and expected.silent_after is not None:
                spoke = heard.event_at if progress is Progress.EVENTS else heard.at
                reached = min(reached, spoke + expected.silent_after)
            until[source] = reached
        return until

    def finally_(self, until: datetime) -> dict[str, datetime]:
        """Give the ticks for the end of a finished input: everything up to `until` is there.

        Except of a source that policy expects to speak and that fell silent before.
        """
        ticks = {EVERY_SOURCE: until}
        for source, heard in self._heard.items():
            silent_after = self._policy.source(source).silent_after
            limit = until if silent_after is None else heard.event_at + silent_after
            ticks[source] = min(until, limit)
        return ticks

    def heard(self) -> Iterator[tuple[str, datetime]]:
        """When intake last heard anything of each source."""
        for source, heard in self._heard.items():
            yield source, heard.at

    def state(self) -> dict[str, object]:
        """What has been heard, for `restore` to take back: a restart is no sign of life."""
        return {
            "heard": {name: [each.event_at, each.at] for name, each in self._heard.items()},
            "latest": self._latest,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` gave, its times as text."""
        for name, times in state.get("heard", {}).items():
            event_at, at = map(datetime.fromisoformat, times)
            self._heard[name] = _Heard(event_at, at)
        latest = state.get("latest")
        self._latest = None if latest is None else datetime.fromisoformat(latest)

    @property
    def latest(self) -> datetime | None:
        """The latest time among all events of the lane."""
        return self._latest
