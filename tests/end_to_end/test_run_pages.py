"""`foureyes run` from the outside: what it takes, keeps and counts, what it shows, how it ends."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from rules.machines.contract import REFUSED
from stream.hosts.store import Store
from tests.benchmarks.events import SOURCE, raw_events
from tests.end_to_end.asked import Answer, get, recorded, send
from tests.programs import FINDINGS_SECONDS_MAX, Run, lines_of, post, running, wait_until

STOP_SECONDS = 8.0
CASES = 60
SILENT_POLICY = f"""
[policy]
version = "silence"
owner = "tests"
[evidence]
due_within = "2s"
[silence]
patience = "10s"
[sources."{SOURCE}"]
progress = "events"
silent_after = "1s"
"""


class Story(NamedTuple):
    """A run, what it was sent, and what it showed before and after it ended."""

    lines: list[bytes]
    bad: Answer
    unknown: Answer
    pages: dict[str, Answer]
    numbers: dict[tuple[str, frozenset[tuple[str, str]]], float]
    out: list[bytes]
    err: list[dict[str, Any]]
    data: Path
    seconds: float


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """One run for all these tests: good bodies, a bad one, one for nobody; then SIGTERM."""
    directory = tmp_path_factory.mktemp("run")
    lines = raw_events(CASES, begin=datetime.now(UTC) - timedelta(minutes=5))
    data, out, log = directory / "data", directory / "out", directory / "log"
    with running({"FOUREYES_DATA": str(data)}, log, out=out) as run:
        post(run.url, lines)
        bad = send(run, [lines[0], b"{", lines[1]])
        unknown = send(run, lines, "nobody")
        wait_until(lambda: numbers(run).get(RECORDED) == len(lines), FINDINGS_SECONDS_MAX, log)
        wait_until(lambda: len(lines_of(out)) >= 1, FINDINGS_SECONDS_MAX, log)
        pages = {path: get(run, path) for path in ("/", "/healthz", "/readyz", "/metrics")}
        seen = numbers(run)
        begin = time.monotonic()
        run.process.terminate()
        run.process.wait()
        seconds = time.monotonic() - begin
        assert run.process.returncode == 0
    err = [orjson.loads(line) for line in lines_of(log)]
    return Story(lines, bad, unknown, pages, seen, lines_of(out), err, data, seconds)


def sample(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Name a number."""
    return name, frozenset(labels.items())


RECORDED = sample("foureyes_events_total", source=SOURCE, outcome="recorded")


def numbers(run: Run) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every number that is shown."""
    return {
        sample(each.name, **each.labels): each.value
        for family in text_string_to_metric_families(get(run, "/metrics").text)
        for each in family.samples
    }


def test_it_says_that_it_is_alive_and_ready(story: Story) -> None:
    """For whoever watches the process, and a page for people."""
    assert {path: answer.status for path, answer in story.pages.items()} == {
        "/": 200,
        "/healthz": 200,
        "/readyz": 200,
        "/metrics": 200,
    }
    ready = {"ready": True, "reasons": [], "notices": []}
    assert json.loads(story.pages["/readyz"].text) == ready


def test_what_it_does_is_in_the_numbers(story: Story) -> None:
    """Events by what became of them, bodies by their answer, findings told, cases open."""
    found = {
        "recorded": story.numbers[RECORDED],
        "repeats": story.numbers[sample("foureyes_events_total", source=SOURCE, outcome="repeat")],
        "read": story.numbers[sample("foureyes_events_total", source="native", outcome="read")],
        "refused": story.numbers[
            sample("foureyes_events_total", source="native", outcome="refused")
        ],
        "stored": story.numbers[
            sample("foureyes_received_bodies_total", source="native", answer="stored")
        ],
    }
    total = len(story.lines)

    assert found == {
        "recorded": total,
        "repeats": 2,
        "read": total + 3,
        "refused": 1,
        "stored": 2,
    }


def test_a_body_that_can_not_be_read_is_taken_kept_and_counted(story: Story) -> None:
    """Its sender is not to blame for our reading: 202; the bytes are kept, the good lines read."""
    store = Store(story.data, read_only=True)
    (kept,) = store.read(REFUSED, 0, 0, 10)
    store.close()
    header, _, body = kept.value.partition(b"\n")
    told = orjson.loads(header)

    assert (story.bad.status, story.unknown.status) == (202, 404)
    assert body == b"\n".join([story.lines[0], b"{", story.lines[1]])
    assert [each["place"].rpartition("@")[2] for each in told["refused"]] == ["1:2"]


def test_standard_output_has_findings_and_nothing_else(story: Story) -> None:
    """A program reads it line by line; what is said to people is on standard error."""
    told = [json.loads(line) for line in story.out]

    assert {each["rule"] for each in told} == {"APR-001", "APR-004"}
    assert len({(each["finding"], each["number"]) for each in told}) == len(told)
    assert [each["event"] for each in story.err if each["level"] == "info"] == ["ready", "stopping"]
    assert not [each for each in story.err if each["level"] != "info"]


def test_it_ends_within_seconds_and_leaves_nothing_to_replay(story: Story) -> None:
    """Each machine's last checkpoint stands where its position does; everything is recorded."""
    store = Store(story.data, read_only=True)
    places = [(role, part) for role, part in store._ask("SELECT role, partition FROM heads")]
    positions = {place: (store.head(*place) or (0, b""))[0] for place in places}
    checkpoints = {place: store.checkpoint(*place)[0] for place in places}
    store.close()

    assert story.seconds < STOP_SECONDS
    assert {("judge", 0), ("judge", 1), ("linker", 0), ("intake.native", 0)} <= positions.keys()
    assert checkpoints == positions
    assert sorted(recorded(story.data)) == sorted(json.loads(line)["id"] for line in story.lines)


def test_the_next_start_goes_on_where_this_one_ended(story: Story, tmp_path: Path) -> None:
    """It is ready, knows the same events as repeats, and tells no finding a second time."""
    out, log = tmp_path / "out", tmp_path / "log"
    with running({"FOUREYES_DATA": str(story.data)}, log, out=out) as run:
        post(run.url, story.lines)
        repeats = sample("foureyes_events_total", source=SOURCE, outcome="repeat")
        wait_until(lambda: numbers(run).get(repeats) == len(story.lines), FINDINGS_SECONDS_MAX, log)

    assert lines_of(out) == []
    assert len(recorded(story.data)) == len(story.lines)


def test_what_a_silent_source_could_have_brought_can_not_be_told(tmp_path: Path) -> None:
    """It is not called missing: nobody knows, and that the source is silent is what is told."""
    policy, log = tmp_path / "policy.toml", tmp_path / "log"
    policy.write_text(SILENT_POLICY)
    settings = {
        "FOUREYES_DATA": str(tmp_path / "data"),
        "FOUREYES_POLICY": str(policy),
        "FOUREYES_FINDINGS": str(tmp_path / "found.jsonl"),
    }
    unknown = sample("foureyes_rule_decisions", rule="EVD-002", verdict="cannot_tell")
    with running(settings, log) as run:
        post(run.url, [approval(datetime.now(UTC) - timedelta(minutes=2))])
        wait_until(lambda: numbers(run).get(unknown) == 1.0, FINDINGS_SECONDS_MAX, log)
        wait_until(
            lambda: numbers(run).get(sample("foureyes_source_silent", source=SOURCE)) == 1.0,
            FINDINGS_SECONDS_MAX,
            log,
        )

    told = [json.loads(line) for line in lines_of(tmp_path / "found.jsonl")]

    assert [each["rule"] for each in told if each["rule"] != "EVD-004"] == []
    assert {each["case"] for each in told} <= {SOURCE}


def approval(at: datetime) -> bytes:
    """One approval by somebody else, with a reason; its evidence is due."""
    told = {"specversion": "1.0", "id": "1", "source": SOURCE, "type": "iga.approved", "time": at}
    data = {"actor": {"account": "bo", "kind": "human"}, "justification": "Quarter end"}
    return orjson.dumps({**told, "subject": "REQ-1", "data": data})
