"""One case out of a record is found by whatever names it, and judged as the host judged it."""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.finding import Finding, read_finding
from rules.machines.contract import FINDINGS, JOURNAL
from rules.machines.judge import Judge
from rules.machines.records import write_events
from stream.canonical import CODEC
from stream.case_reading import read_case
from stream.case_search import (
    NAMED_MAX,
    AmbiguousCaseError,
    CaseName,
    Names,
    Search,
    UnknownCaseError,
)
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.journals import Journal, StoredJournal, Take
from tests.told_record import event, host_at_work, human


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The record of a day, with its host still at work."""
    path = tmp_path_factory.mktemp("record")
    with host_at_work(path):
        yield path


@pytest.fixture
def journal(directory: Path) -> Iterator[StoredJournal]:
    """That record's journal."""
    with closing(StoredJournal(directory)) as opened:
        yield opened


def found(journal: Journal, name: str, tenant: str | None = None) -> tuple[str | None, str]:
    """Which case a name leads to."""
    file = read_case(journal, name, tenant).file
    return file.tenant, file.case


@pytest.mark.parametrize("name", ["REQ-7", "execution:9f2c", "REQ-7-2", "loose-1"])
def test_a_case_is_found_by_its_name_a_link_or_an_event(journal: StoredJournal, name: str) -> None:
    """Whoever holds only an execution id, or the id of one event, finds the case all the same."""
    assert found(journal, name) == ("acme", "REQ-7")


def test_a_link_without_a_case_leads_to_the_case_that_it_became(journal: StoredJournal) -> None:
    """Nobody ever named the case of that call."""
    assert found(journal, "execution:77aa") == ("acme", "unlinked:execution:77aa")


def test_two_cases_of_one_name_are_listed_and_either_can_be_had(journal: StoredJournal) -> None:
    """Two tenants may each have a REQ-8; guessing would tell one the other's story."""
    with pytest.raises(AmbiguousCaseError) as caught:
        read_case(journal, "REQ-8")

    assert str(caught.value) == (
        "'REQ-8' is of 2 cases; ask for one:"
        "\n  foureyes explain REQ-8 --tenant acme"
        "\n  foureyes explain REQ-8 --tenant globex"
    )
    assert found(journal, "REQ-8", "globex") == ("globex", "REQ-8")
    assert found(journal, "REQ-8", "acme") == ("acme", "REQ-8")


def test_of_many_cases_the_first_are_listed() -> None:
    """A link that a thousand cases share fills no screen."""
    search = Search("execution:1")
    for number in range(NAMED_MAX + 3):
        line = CODEC.write({**_bare(f"REQ-{number:02}"), "links": ["execution:1"]})
        search.take(write_events(CODEC, "lane", [line]))

    with pytest.raises(AmbiguousCaseError, match=r"(?s)of 13 cases.*\n  and 3 more") as caught:
        search.found()

    assert len(caught.value.cases) == NAMED_MAX + 3
    assert str(caught.value).count("foureyes explain") == NAMED_MAX


@pytest.mark.parametrize("name", ["req-7", "REQ-77", "REQ"])
def test_a_name_that_no_case_has_is_told_with_what_comes_near(
    journal: StoredJournal, name: str
) -> None:
    """How many cases there are, so that an empty record is not taken for a typing error."""
    with pytest.raises(UnknownCaseError, match=r"among the 4 cases .*near to it are: .*REQ-7"):
        read_case(journal, name)


def test_a_case_of_another_tenant_is_not_given_away(journal: StoredJournal) -> None:
    """The name is right, the tenant is not."""
    with pytest.raises(UnknownCaseError):
        read_case(journal, "REQ-7", "globex")


def test_an_empty_record_has_no_cases(tmp_path: Path) -> None:
    """Nothing has come in yet."""
    with (
        host_at_work(tmp_path, [], minutes=0),
        closing(StoredJournal(tmp_path)) as journal,
        pytest.raises(UnknownCaseError, match="names no case, link or event among the 0 cases"),
    ):
        read_case(journal, "REQ-7")


def test_every_case_is_judged_as_the_host_has_judged_it(tmp_path: Path) -> None:
    """The verdict is a function of the journal: of one case's part of it, and the ticks."""
    events = _busy_morning(random.Random(7))
    with host_at_work(tmp_path, events, minutes=300) as host:
        told = _told_findings(tmp_path)
        with closing(StoredJournal(tmp_path)) as journal:
            cases = _cases_of(host)
            for name in cases:
                record = read_case(journal, name.case, name.tenant)
                case = _judged(host, name)
                assert list(record.history) == told[name]
                assert [(s.verdict, s.asks, s.unknown, s.set_aside) for s in record.said] == [
                    answered[:4] for _, answered in sorted(case.answers.items())
                ]

    assert len(cases) == 40
    assert len({finding.rule for life in told.values() for finding in life}) > 3


def _busy_morning(chance: random.Random) -> list[dict[str, Any]]:
    """Forty cases side by side, told out of order, some with what a rule looks for."""
    events = []
    for n in range(40):
        case, at = f"REQ-{n}", chance.uniform(0, 60)
        asker, boss = chance.choice(["ann", "bo", "cy"]), chance.choice(["ann", "bo", "cy"])
        told = [
            event(case, 1, at, "requested", actor=human(asker), justification="Quarter end"),
            event(case, 2, at + 3, "approved", actor=human(boss), tenant="acme"),
            event(case, 3, at + chance.choice([1, 5]), "provisioned", actor=human("svc")),
            event(case, 4, at + chance.choice([2, 90]), "evidenced", actor=human(asker)),
        ]
        events += chance.sample(told, chance.choice([2, 3, 4]))
    chance.shuffle(events)
    return events


def _told_findings(directory: Path) -> dict[CaseName, list[Finding]]:
    told: dict[CaseName, list[Finding]] = defaultdict(list)
    with closing(Store(directory, read_only=True)) as store:
        for partition in store.partitions(FINDINGS):
            for record in store.read(FINDINGS, partition, 0, 10_000):
                finding = read_finding(json.loads(record.value))
                told[CaseName(finding.tenant, finding.case)].append(finding)
    return told


def _judges(host: EmbeddedHost) -> Sequence[Judge]:
    return [each for each in host.machines().values() if isinstance(each, Judge)]


def _cases_of(host: EmbeddedHost) -> list[CaseName]:
    names = Names()
    for judge in _judges(host):
        for row in judge.cases():
            names.take(row)
    return names.seen()


def _judged(host: EmbeddedHost, name: CaseName) -> Any:
    return next(case for judge in _judges(host) if (case := judge.case(*name)))


def _bare(case: str) -> dict[str, Any]:
    return {
        "id": f"{case}-1",
        "source": "iga/acme",
        "action": "requested",
        "occurred_at": "2026-11-02T09:00:00Z",
        "case": case,
    }


class Written:
    """A journal of frames that a test wrote."""

    def __init__(self, frames: Sequence[bytes]) -> None:
        self._frames = frames

    @property
    def partitions(self) -> Sequence[int]:
        """Only one."""
        return [0]

    def read(self, partition: int, take: Take) -> None:
        """Hand the frames over."""
        for frame in self._frames:
            take(frame, partition)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5), st.data())
def test_any_name_that_can_be_recorded_can_be_asked_for(
    names: list[str], data: st.DataObject
) -> None:
    """Quotes, backslashes, line breaks: what JSON escapes is looked for escaped."""
    lines = [CODEC.write({**_bare(name), "justification": f'"case":"{name}"'}) for name in names]
    name = data.draw(st.sampled_from(names))

    record = read_case(Written([write_events(CODEC, JOURNAL, lines)]), name)

    assert record.file.case == name
    assert {each.case for each in record.file.path.events} == {name}
