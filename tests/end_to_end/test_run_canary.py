"""`foureyes run` finds out by itself whether it still sees, and nobody else ever hears of that."""

import io
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select

from rules.canary import TENANT
from rules.machines.contract import JOURNAL, Output
from stream.archive.database import open_database, sqlite_url
from stream.archive.schema import CASES, FINDINGS, NAMES, STANDINGS
from stream.canary.case import SAW
from stream.checkup.check import State
from stream.checkup.running import check_running
from stream.cli import main
from stream.hosts.store import Store
from stream.running.embedded import LAYOUT
from tests.benchmarks.events import SOURCE, raw_events
from tests.end_to_end.asked import get, send, trail
from tests.programs import (
    FINDINGS_SECONDS_MAX,
    FOUREYES,
    STOP_SECONDS_MAX,
    Run,
    lines_of,
    page,
    running,
    wait_until,
)
from tests.servers import free_ports

PEOPLE_ASK = 30
OFTEN = {"FOUREYES_CANARY_SECONDS": "1", "FOUREYES_CANARY_BOUND_SECONDS": "2"}
COUNTED = ("finding_changes", "rule_decisions", "events")
FORGED = {
    "specversion": "1.0",
    "id": "forged",
    "source": "iga/acme",
    "type": "iga.approved",
    "subject": "REQ-1",
    "time": "2026-11-02T11:00:00Z",
    "data": {"tenant": TENANT, "actor": {"account": "mallory"}},
}
DRAFT = """
[policy]
version = "draft"
owner = "tests"
[self_service]
entitlements = ["foureyes/canary"]
"""
"""By this policy the canary's alert would be none."""
Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class Day(NamedTuple):
    """What a run showed, and what it left behind."""

    numbers: Numbers
    told: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    asked: dict[str, str]
    filed: list[int]
    """How many cases, names and findings the archive files."""
    data: Path


def numbers(run: Run) -> Numbers:
    """Every number that is shown."""
    return {
        (each.name, tuple(sorted(each.labels.items()))): each.value
        for family in text_string_to_metric_families(page(run.url))
        for each in family.samples
    }


def of_canary(found: Numbers, name: str, **labels: str) -> float:
    """One of the canary's numbers; nothing where it is not shown."""
    return found.get((f"foureyes_canary_{name}", tuple(labels.items())), 0)


def counts(found: Numbers) -> Numbers:
    """The numbers that count events, and what came of the rule that finds the canary."""
    return {
        (name, labels): n
        for (name, labels), n in found.items()
        if name.startswith(tuple(map(_named, COUNTED))) and dict(labels).get("rule", SAW) == SAW
    }


def _named(name: str) -> str:
    return f"foureyes_{name}"


def foureyes(*words: str, **variables: str) -> str:
    """What a verb prints: in this process, since starting one takes longer than the verb."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        for name, value in variables.items():
            patch.setenv(name, value)
        assert main(words) in {0, 1}, said.getvalue()
    return said.getvalue()


def settings_of(data: Path, canary: Mapping[str, str]) -> dict[str, str]:
    """The settings of a run."""
    found = data.with_name("found.jsonl")
    return {"FOUREYES_DATA": str(data), "FOUREYES_FINDINGS": str(found), **canary}


def lived(directory: Path, canary: Mapping[str, str], lines: list[bytes]) -> Day:
    """The same real events and the same forgery, with these settings of the canary."""
    data, log = directory / "data", directory / "log"
    settings, found = settings_of(data, canary), directory / "found.jsonl"

    def is_over() -> bool:
        shown = numbers(run)
        recorded = shown.get(
            (_named("events_total"), (("outcome", "recorded"), ("source", SOURCE)))
        )
        seen = of_canary(shown, "round_trip_seconds", destination="stdout")
        return recorded == len(lines) and (seen > 0 or not canary) and bool(lines_of(found))

    with running(settings, log) as run:
        send(run, [*lines, orjson.dumps(FORGED)])
        answer = send(run, [orjson.dumps(FORGED)], "foureyes-canary")
        assert answer.status == 404
        wait_until(is_over, FINDINGS_SECONDS_MAX, log)
        shown = numbers(run)
    draft = directory / "draft.toml"
    draft.write_text(DRAFT)
    everything, key = directory / "all.zip", foureyes("archive", "keys", **settings).split()[0]
    asked = {
        "alerts": foureyes("alerts", **settings),
        "controls": foureyes("controls", "--data", str(data), "--format", "json"),
        "export": foureyes("export", "--everything", "--out", str(everything), **settings),
        "ocsf": told_as_ocsf(directory / "all.jsonl", settings),
        "trial": foureyes("policy", "try", str(draft), "--over", str(data)),
        "verify": foureyes("verify", str(everything), "--key", key),
    }
    told = [json.loads(line) for line in lines_of(found)]
    return Day(shown, told, trail(data), asked, filed_in(data), data)


def told_as_ocsf(path: Path, settings: Mapping[str, str]) -> str:
    """Everything that was found, for programs."""
    foureyes("export", "--everything", "--format", "ocsf", "--out", str(path), **settings)
    return path.read_text()


def filed_in(data: Path) -> list[int]:
    """Count what lists, pages and searches are made of."""
    engine = open_database(sqlite_url(data / "archive.sqlite3"))
    with engine.connect() as connection:
        counted = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (CASES, NAMES, FINDINGS, STANDINGS)
        ]
    engine.dispose()
    return counted


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """Real events of just now."""
    return raw_events(PEOPLE_ASK, begin=datetime.now(UTC) - timedelta(minutes=10))


@pytest.fixture(scope="module")
def watched(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A run that sends a canary every second."""
    return lived(tmp_path_factory.mktemp("watched"), OFTEN, lines)


@pytest.fixture(scope="module")
def unwatched(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The same without."""
    return lived(tmp_path_factory.mktemp("unwatched"), {}, lines)


def test_a_canary_comes_through_and_the_numbers_say_when(watched: Day) -> None:
    """Sent, seen at the desk, how long it took, and how long it may take."""
    found = watched.numbers
    sent, seen = (
        of_canary(found, "sent_timestamp_seconds"),
        of_canary(found, "seen_timestamp_seconds", destination="stdout"),
    )

    assert abs(sent - datetime.now(UTC).timestamp()) < FINDINGS_SECONDS_MAX * 4
    assert abs(sent - seen) < 5
    assert of_canary(found, "patience_seconds") == 3


def test_it_is_in_the_ledger_as_what_it_is(watched: Day, unwatched: Day) -> None:
    """Its events and its finding went the whole way; without it there is none."""
    sung = [each for each in watched.entries if each.get("tenant") == TENANT]

    assert {each.get("rule", "event") for each in sung} == {"event", "APR-001"}
    assert [each for each in unwatched.entries if each.get("tenant") == TENANT] == []


def health_of(day: Day) -> dict[str, int]:
    """The health of a control for which rules about cases alone speak, the canary's among them."""
    told = json.loads(day.asked["controls"])
    (control,) = [each for each in told if each["control"] == "53 AC-3(2)"]
    assert control["rules"] == [SAW, "APR-007"]
    return dict(control["health"])


def test_no_count_moves_and_nobody_is_told(watched: Day, unwatched: Day) -> None:
    """Metrics, findings that were told, alerts that are listed and controls are those without."""
    told = [
        {(each["finding"], each["number"]) for each in day.told} for day in (watched, unwatched)
    ]

    assert counts(watched.numbers) == counts(unwatched.numbers)
    assert told[0] == told[1] != set()
    assert health_of(watched) == health_of(unwatched)
    assert "canary" not in watched.asked["alerts"]


def test_the_archive_files_nothing_of_it(watched: Day, unwatched: Day) -> None:
    """So no list, page or search of the console can show it; its entries are in the tree."""
    assert watched.filed == unwatched.filed
    assert len(watched.entries) > len(unwatched.entries)


def test_an_export_of_everything_is_sound_and_does_not_count_it(
    watched: Day, unwatched: Day
) -> None:
    """What was offered and what became of it is the same sentence; entries are more."""
    said = [
        [line for line in day.asked["verify"].splitlines() if "offered" in line or "sound" in line]
        for day in (watched, unwatched)
    ]

    assert said[0][-1] == "sound"
    assert [line.partition(";")[2] for line in said[0]] == [
        line.partition(";")[2] for line in said[1]
    ]


def test_nothing_of_it_is_in_what_programs_and_people_are_handed(
    watched: Day, unwatched: Day
) -> None:
    """OCSF of everything, and what a draft of the policy would change."""
    changes = [
        sorted(json.loads(line)["finding_info"]["uid"] for line in day.asked["ocsf"].splitlines())
        for day in (watched, unwatched)
    ]

    assert changes[0] == changes[1] != []
    assert watched.asked["trial"] == unwatched.asked["trial"] != ""


def test_a_forged_canary_is_refused_and_counted(watched: Day) -> None:
    """Its tenant would hide it from everybody: so it is none of ours, on record as refused."""
    refused = [each["refused"] for each in watched.entries if each.get("record") == "refused"]

    assert [(each["kind"], each["field"]) for each in refused] == [("unknown_value", "tenant")]


def spoil(data: Path) -> None:
    """Put a record into each partition of the journal that no judge can read."""
    store = Store(data)
    with store.transaction():
        store.append([Output(JOURNAL, each, b"spoilt") for each in range(LAYOUT.journal)], 0)
    store.close()


@contextmanager
def never_ready(settings: Mapping[str, str], log: Path) -> Iterator[Run]:
    """A run that does not become ready, from when it answers."""
    (port,) = free_ports(1)
    environ = {**os.environ, **settings, "FOUREYES_HTTP_PORT": str(port)}
    with log.open("wb") as said:
        process = subprocess.Popen([*FOUREYES, "run"], env=environ, stdout=said, stderr=said)
    try:
        yield Run(f"http://127.0.0.1:{port}", process, log)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS_MAX)


def test_a_judge_that_has_stopped_is_noticed(watched: Day, tmp_path: Path) -> None:
    """Both partitions of the journal are spoilt: no canary comes, and foureyes says so.

    When the last one was seen outlives the restart.
    """
    log = tmp_path / "blind.log"
    spoil(watched.data)
    begun = datetime.now(UTC).timestamp()
    with never_ready(settings_of(watched.data, OFTEN), log) as blind:
        wait_until(lambda: b"canary missing" in log.read_bytes(), FINDINGS_SECONDS_MAX, log)
        seen = of_canary(numbers(blind), "seen_timestamp_seconds", destination="stdout")
        ready = get(blind, "/readyz")
        told = list(check_running("127.0.0.1", int(blind.url.rpartition(":")[2])))

    assert 0 < seen < begun
    assert ["stdout" in each for each in json.loads(ready.text)["notices"]] == [True]
    assert "no canary has come through to stdout since" in told[-1].found
    assert (told[-1].name, told[-1].state) == ("canary", State.WRONG)
