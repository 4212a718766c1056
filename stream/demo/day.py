"""The day itself: written from a seed, and let through the embedded host moment by moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rules.errors import FoureyesError
from rules.machines.contract import Output
from rules.machines.judge import Judge
from stream.clock import FixedClock
from stream.connectors import CONNECTORS
from stream.demo import plot, plot_elsewhere, plot_terms, plot_upkeep
from stream.demo.chance import Chance
from stream.demo.chronicle import Chronicle
from stream.demo.company import PEOPLE, make_company
from stream.demo.directory import DemoDirectory, DemoDirectoryError, reached
from stream.demo.feed import BEGINS, ENDS, Feed, RawEvent
from stream.demo.ordinary import write_ordinary
from stream.demo.page import Opening, Page
from stream.demo.reference import ENTITLEMENTS, MACHINES, POLICY, write_reference
from stream.demo.reference import PEOPLE as PEOPLE_FILE
from stream.demo.scene import Scene
from stream.demo.summary import decisions_of, sum_up
from stream.demo.vendors.gateway import GATEWAY, PORTSIDE
from stream.hosts.contract import Pace
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.reference import facts_from, policy_from
from stream.running.embedded import LAYOUT, RAW_PARTITIONS, check_layout, put_policy
from stream.running.roles import Plan, roles_of
from stream.topics import raw_topic

SOURCES = {**{name: name for name in CONNECTORS}, PORTSIDE: GATEWAY}
"""Every connector under its own name, and a second gateway."""
DRAIN_STEPS_MAX = 1_000
"""More rounds without an end, once nothing more comes in, would be a defect."""
EXCUSED_FOR = timedelta(days=79)
"""Until the end of the year: an exception without an end is none."""
PACE = Pace(batch_records=500, checkpoint_every_records=5_000)


class HaltedError(FoureyesError):
    """A machine stopped in the middle of the day, which is a defect of ours."""

    def __init__(self, *, role: str, partition: int, reason: str) -> None:
        self.role = role
        self.partition = partition
        self.reason = reason
        super().__init__(f"{role} {partition} stopped: {reason}; expected it to reach the evening")


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """How a day is staged.

    The clock moves by a `moment`; what arrives in between is read at its end, at most
    `step_records` raw records at once.
    """

    people: int = PEOPLE
    moment: timedelta = timedelta(minutes=1)
    step_records: int = 200


def show_day(path: Path, page: Page, *, seed: int, staging: Staging = Staging()) -> None:
    """Write a day, let it pass, and tell it on a page. Everything is kept under `path`.

    The same seed and staging give the same page and the same record; other `step_records` change
    neither the findings nor the sums. Raises DemoDirectoryError, DataDirectoryError, HaltedError.
    """
    scene = write_day(seed, staging.people)
    arrivals = scene.feed.arrivals()
    directory = DemoDirectory(path, tuple(SOURCES))
    try:
        directory.claim()
        write_reference(path, scene.company, plot.lone_clerk(scene), ENDS + EXCUSED_FOR)
        directory.keep(arrivals)
    except OSError as error:
        raise DemoDirectoryError(path=path, found=f"it can not be used ({error})") from error
    page.begin(Opening(scene.company, seed, path, len(arrivals), tuple(SOURCES)))
    stage = Stage(path, page)
    try:
        stage.play(arrivals, staging)
        record = stage.end()
    finally:
        stage.close()
    directory.finish(record)


def write_day(seed: int, people: int = PEOPLE) -> Scene:
    """Write everything that is sent that day."""
    chance = Chance(seed, "day")
    scene = Scene(make_company(seed, people), chance, Feed(chance.of("feed")))
    write_ordinary(scene)
    scene.play(plot.STORIES)
    scene.play(plot_elsewhere.STORIES)
    plot_elsewhere.write_unreadable(scene)
    # What was added later draws later: the rest of a seed's day stays as it was.
    scene.play(plot_terms.STORIES)
    scene.play(plot_upkeep.STORIES)
    return scene


class Stage:
    """The embedded host, with the same machines as `foureyes run`, and a clock that we move."""

    def __init__(self, path: Path, page: Page) -> None:
        policy = policy_from(path / POLICY)
        facts = facts_from(
            policy,
            people=path / PEOPLE_FILE,
            machines=path / MACHINES,
            entitlements=path / ENTITLEMENTS,
        )
        self._clock = FixedClock(BEGINS)
        plan = Plan(
            sources=SOURCES,
            layout=LAYOUT,
            raw_partitions=RAW_PARTITIONS,
            policy=policy,
            stamp=facts.stamp,
            clock=self._clock,
        )
        self._store = Store(path)
        check_layout(self._store, path, LAYOUT)
        self._host = EmbeddedHost(self._store, roles_of(plan), clock=self._clock, pace=PACE)
        self._host.open()
        put_policy(self._store, self._host, policy, self._clock)
        self._page = page
        self._chronicle = Chronicle()

    def play(self, arrivals: Sequence[RawEvent], staging: Staging) -> None:
        """Let the day pass: at each moment the host reads what has come in since the last one."""
        taken = 0
        while self._clock.now() < ENDS:
            self._clock.advance(staging.moment)
            now = self._clock.now()
            first = taken
            while taken < len(arrivals) and arrivals[taken].arrives_at <= now:
                taken += 1
            self._read(arrivals[first:taken], staging.step_records)
            if now.minute == 0:
                self._tell_hour(now)

    def end(self) -> dict[str, int]:
        """Work off what is left, and tell the sums; gives how far the record went."""
        for _ in range(DRAIN_STEPS_MAX):
            if self._step([], pulse=False):
                break
        else:
            reason = f"it was still busy after {DRAIN_STEPS_MAX} rounds without anything new"
            raise HaltedError(role="the host", partition=0, reason=reason)
        self._page.end(sum_up(self._host.machines().values(), self._chronicle), self._chronicle)
        return reached(self._store)

    def close(self) -> None:
        """Write checkpoints and let go of the directory."""
        self._host.close()

    def _read(self, events: Sequence[RawEvent], step_records: int) -> None:
        """Take in what arrived by one moment; only with the last of it the moment has passed."""
        parts = [events[at : at + step_records] for at in range(0, len(events), step_records)]
        for part in parts[:-1]:
            self._step(part, pulse=False)
        self._step(parts[-1] if parts else [], pulse=True)

    def _step(self, events: Sequence[RawEvent], *, pulse: bool) -> bool:
        """Do one round and tell what it brought; whether there was nothing to do."""
        raw = [Output(raw_topic(each.stream), 0, each.body) for each in events]
        done = self._host.step(raw, pulse=pulse)
        for halt in self._host.halts.values():
            raise HaltedError(role=halt.role, partition=halt.partition, reason=halt.reason)
        for _, _, said in done.said:
            for output in said:
                self._page.tell(self._clock.now(), output, self._chronicle)
        return done.is_idle

    def _judges(self) -> Iterator[Judge]:
        return (each for each in self._host.machines().values() if isinstance(each, Judge))

    def _tell_hour(self, now: datetime) -> None:
        judges = list(self._judges())
        recorded = sum(sum(each.tally.recorded.values()) for each in judges)
        self._page.hour(now, recorded, decisions_of(judges))
