"""Decisions that several sources tell of, by the ids each knows, as they come to a linker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import strategies as st

from rules.events import Action, Event
from rules.machines.contract import JOURNAL, Output, Record
from rules.machines.ids import case_name
from rules.machines.joining import read_joined
from rules.machines.linker import Linker
from rules.machines.parting import Parted, read_parted
from rules.machines.records import (
    read_header,
    write_events,
    write_names,
    write_policy,
    write_ticks,
)
from rules.machines.routing import Layout, partition_of_case
from rules.policy import Policy
from stream.canonical import CODEC

NINE = datetime.fromisoformat("2026-11-02T09:00:00+00:00")
LAYOUT = Layout(journal=3, links=1)
LANES = ("raw/0", "a file of mine.json#1")
APART = timedelta(days=10)
"""Decisions that use one execution number are so far apart."""
THE_END = NINE + 10 * APART

Told = Event | datetime
"""Something that happened, or up to when everybody has reported."""


@dataclass(frozen=True)
class Names:
    """What a decision is known by: cases that its sources name, and other ids of it alone."""

    tenant: str | None
    begins: datetime
    cases: tuple[str, ...]
    links: tuple[str, ...]


@st.composite
def decisions(draw: st.DrawFn) -> list[Names]:
    """A few decisions of two tenants, which use the same words, and execution 1 over and over."""
    made = []
    for tenant in draw(st.sampled_from([("acme",), ("acme", "zeta"), (None, "acme")])):
        for number in range(draw(st.integers(1, 2))):
            cases = [f"REQ-{number}", f"CHG-{number}"][: draw(st.sampled_from([0, 1, 1, 2, 2]))]
            links = [f"tracking:{number}", f"change:{number}", f"call:{number}"]
            links = ["execution:1", *links[: draw(st.sampled_from([1, 1, 2, 3]))]]
            made.append(Names(tenant, NINE + number * APART, tuple(cases), tuple(links)))
    return made


@st.composite
def honest(draw: st.DrawFn, decided: Sequence[Names]) -> list[Event]:
    """Events that carry ids of their own decision only, some of them by name, some by links."""
    events: list[Event] = []
    for names in decided:
        for _ in range(draw(st.sampled_from([3, 4, 5, 6, 1]))):
            case = draw(st.sampled_from([None, None, *names.cases, None]))
            outright = [f"case:{each}" for each in names.cases if not draw(st.integers(0, 4))]
            count = draw(st.sampled_from([1, 2, 2, 1, 3]))
            links = draw(st.permutations([*outright, *names.links]))[:count]
            events.append(_event(len(events), names, case, links, draw(st.integers(0, 90))))
        if len(names.cases) > 1:
            # Only an event that says so makes two named cases one; nothing else has to.
            one, other = names.cases
            events.append(_event(len(events), names, one, [f"case:{other}"], 5))
    return events


def _event(number: int, names: Names, case: str | None, links: Sequence[str], minute: int) -> Event:
    return Event(
        id=f"e{number}",
        source="engine",
        action=Action.STEP_RECORDED,
        tenant=names.tenant,
        case=case,
        occurred_at=names.begins + timedelta(minutes=minute),
        links=tuple(links),
    )


@dataclass
class Linked:
    """A linker that is told as intake tells it, dies now and then, and what became of the events.

    `at` is where each event was put when it came by, `into` which cases turned out to be others,
    and `lies` where it was in the end.
    """

    linker: Linker = field(default_factory=lambda: Linker(0, LAYOUT, CODEC))
    at: dict[tuple[str | None, str], list[str]] = field(default_factory=dict)
    into: dict[str, str] = field(default_factory=dict)
    lies: dict[tuple[str | None, str], str] = field(default_factory=dict)
    _rows: dict[str, bytes] = field(default_factory=dict)
    _since: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Tell it the policy."""
        self._feed(write_policy(CODEC, Policy()))

    def tell(self, told: Told) -> None:
        """Pass on what was told, as intake does."""
        if isinstance(told, datetime):
            for lane in LANES:
                self._feed(write_ticks(CODEC, lane, {"*": told}))
            return
        if told.case is None:
            lane = LANES[len(told.links) % 2]
            self._feed(write_events(CODEC, lane, [CODEC.write(told)]))
            return
        self._put(told, told.case)
        for link in told.links:
            self._feed(write_names(CODEC, told.tenant, link, told.case, told.occurred_at))

    def checkpoint(self) -> None:
        """Write down what changed."""
        for name, row in self.linker.changes():
            if row is None:
                self._rows.pop(name, None)
            else:
                self._rows[name] = row
        self._since.clear()

    def take_over(self) -> None:
        """Lose the linker, and build its twin from the rows and what came since."""
        head = self.linker.head()
        self.linker = Linker(0, LAYOUT, CODEC)
        self.linker.restore(sorted(self._rows.items(), reverse=True))
        self.linker.feed(self._since)
        assert self.linker.head() == head

    def case_of(self, event: Event) -> str:
        """What the case of an event is called in the end, with its tenant."""
        assert len(self.at[event.tenant, event.id]) == 1
        return self.lies[event.tenant, event.id]

    def _put(self, event: Event, case: str) -> None:
        name = case_name(event.tenant, case)
        self.at.setdefault((event.tenant, event.id), []).append(name)
        self.lies[event.tenant, event.id] = self.into.get(name, name)

    def _feed(self, value: bytes) -> None:
        record = Record(0, value)
        self._since.append(record)
        for output in self.linker.feed([record]):
            self._hear(output)

    def _hear(self, output: Output) -> None:
        assert output.log == JOURNAL
        first, *lines = output.value.split(b"\n")
        header = read_header(first)
        if header["record"] == "joined":
            told = read_joined(header)
            gone, into = (case_name(told.tenant, each) for each in (told.case, told.into))
            assert gone != into
            self.into = {k: into if v == gone else v for k, v in self.into.items()}
            self.into[gone] = into
            self.lies = {k: into if v == gone else v for k, v in self.lies.items()}
        if header["record"] == "parted":
            self._part(read_parted(header), output.partition)
        for line in lines:
            event = CODEC.read_event(line)
            assert event.case is not None
            self._put(event, event.case)

    def _part(self, told: Parted, partition: int) -> None:
        """Take events out of a case, as its judge does: both cases are on one partition."""
        for each in told.events:
            key = told.tenant, each.id
            if told.case == told.into:
                continue
            assert self.lies[key] == case_name(told.tenant, told.case)
            assert partition == partition_of_case(told.tenant, told.case, LAYOUT.journal)
            assert partition == partition_of_case(told.tenant, told.into, LAYOUT.journal)
            self.lies[key] = case_name(told.tenant, told.into)
