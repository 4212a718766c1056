"""The archive of a system that runs on Kafka is asked, exported from, and lets go by decision."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from stream.archive.configured import engine_of, reading
from stream.archive.schema import CASES
from stream.cli import main
from stream.settings import Settings
from tests.benchmarks.events import raw_events
from tests.kafka.broker import Broker
from tests.programs import bodies, post, running, wait_until

SECONDS_MAX = 90.0
CASES_TOLD = 40
LONG_AGO = timedelta(days=10)
"""Everything that a case waits for is over by now: each of them is closed."""
NAMED = "REQ-00000007"
OTHER = "REQ-00000008"
POLICY = '[policy]\nversion = "7"\nowner = "ciso"\n[retention]\nclosed_cases = "0s"\n'
WORDS = ["--reason", "ten years", "--author", "ann", "--approver", "bo"]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test alone: the topics have the names they have in earnest."""
    with Broker(tmp_path / "broker") as running_broker:
        yield running_broker


@pytest.fixture
def settings(own: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A deployment on Kafka that keeps closed cases no longer than it has to."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_") and not name.startswith("FOUREYES_TEST_"):
            monkeypatch.delenv(name)
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    told = {
        "FOUREYES_DATA": str(tmp_path / "data"),
        "FOUREYES_FINDINGS": "none",
        "FOUREYES_POLICY": str(policy),
        "FOUREYES_KAFKA_BOOTSTRAP": own.bootstrap,
        "FOUREYES_KAFKA_PARTITIONS": "2",
        "FOUREYES_KAFKA_RAW_PARTITIONS": "1",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return Settings.load(os.environ)


def test_it_is_asked_while_it_runs_and_lets_go_of_what_nobody_holds(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A case by any of its ids, a workflow, a file; held, let go, released, let go."""
    log = tmp_path / "run.log"
    lines = raw_events(CASES_TOLD, begin=datetime.now(UTC) - LONG_AGO)
    roles = ("intake", "linker", "judge", "receive", "archive")
    environment = {k: v for k, v in os.environ.items() if k.startswith("FOUREYES_")}
    with running(environment, log, *roles) as run:
        for body in bodies(lines):
            post(run.url, body)
        wait_until(lambda: closed(settings) == CASES_TOLD, SECONDS_MAX, log)
        check_what_is_told(tmp_path, capsys)

        assert main(["archive", "hold", NAMED, "--tenant", "acme", *WORDS]) == 0
        assert main(["archive", "expire", *WORDS]) == 0
        wait_until(lambda: closed(settings) == 1, SECONDS_MAX, log)
        assert main(["explain", NAMED]) == 0
        assert main(["explain", OTHER]) == 2
        check_export(tmp_path / "held.zip", NAMED, capsys)

        assert main(["archive", "release", NAMED, "--tenant", "acme", *WORDS]) == 0
        assert main(["archive", "expire", *WORDS]) == 0
        wait_until(lambda: closed(settings) == 0, SECONDS_MAX, log)
        assert main(["explain", NAMED]) == 2
    with reading(settings) as archive:
        assert archive.count_gone() >= len(lines) + CASES_TOLD


def check_what_is_told(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One story by each id; the workflow's answers; a file that is sound."""
    capsys.readouterr()
    stories = []
    for name in (NAMED, f"{NAMED}-approved"):
        assert main(["explain", name]) == 0
        stories.append(capsys.readouterr().out)
    assert stories[0] == stories[1]
    assert f"Case {NAMED} of acme" in stories[0]

    assert main(["review", "wf-access"]) == 0
    assert f"Workflow wf-access: {CASES_TOLD} cases on record" in capsys.readouterr().out
    assert main(["review", "wf-other"]) == 2
    assert "the archive has none" in capsys.readouterr().err
    check_export(directory / "case.zip", NAMED, capsys)


def check_export(path: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It goes out, and a stranger finds it sound."""
    assert main(["export", case, "--out", str(path)]) == 0
    key = capsys.readouterr().err.split("by another way than the file: ")[1].splitlines()[0]
    assert main(["verify", str(path), "--key", key]) == 0


def closed(settings: Settings) -> int:
    """How many closed cases the archive has."""
    engine = engine_of(settings)
    wanted = select(func.count()).select_from(CASES).where(CASES.c.closed_id.is_not(None))
    with engine.connect() as connection:
        count = connection.execute(wanted).scalar_one()
    engine.dispose()
    return int(count)
