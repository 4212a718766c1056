"""`foureyes doctor`: a line for each thing looked at, and an exit code that sums it up."""

import json
import os
from pathlib import Path

import pytest

from stream.cli import main


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing set but a data directory and any free port."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FOUREYES_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FOUREYES_HTTP_PORT", "0")
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_a_machine_that_is_well_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """A first look: nothing is wrong, and nothing was made."""
    code = main(["doctor"])
    told = capsys.readouterr().out.splitlines()

    assert code == 0
    assert told[0] == "ok     settings: FOUREYES_DATA, FOUREYES_HTTP_PORT"
    assert all(line.startswith(("ok     ", "warn   ")) for line in told)
    assert not Path(os.environ["FOUREYES_DATA"]).exists()


def test_what_is_wrong_is_a_line_and_an_exit_code(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every fault at once, each with what to do; the rest is looked at all the same."""
    environment.setenv("FOUREYES_POLICY", "nowhere.toml")
    environment.setenv("FOUREYES_HTTP_HOST", "0.0.0.0")  # noqa: S104 - what is to be found
    code = main(["doctor"])
    told = capsys.readouterr().out

    assert code == 1
    assert (
        "wrong  policy: nowhere.toml: the file: No such file or directory; expected a file" in told
    )
    assert "wrong  http senders: anybody who reaches 0.0.0.0 may send for" in told
    assert "ok     clock: " in told


def test_without_settings_nothing_else_is_looked_at(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in a name is told with the nearest one that there is."""
    environment.setenv("FOUREYES_DATTA", "x")
    code = main(["doctor"])

    assert code == 1
    assert capsys.readouterr().out == (
        "wrong  settings: environment: FOUREYES_DATTA: this variable; "
        "expected a name that we know; the nearest is FOUREYES_DATA\n"
    )


@pytest.mark.usefixtures("environment")
def test_programs_get_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Versioned, with the verdict and each check."""
    code = main(["doctor", "--format", "json"])
    told = json.loads(capsys.readouterr().out)

    assert code == 0
    assert (told["version"], told["sound"]) == (1, True)
    assert {"name", "state", "found", "remedy"} == told["checks"][0].keys()


def test_brokers_that_do_not_answer_are_wrong(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, not the client's account of every attempt."""
    environment.setenv("FOUREYES_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    code = main(["doctor"])
    said = capsys.readouterr()

    assert code == 1
    assert "wrong  kafka: 127.0.0.1:1: " in said.out
    assert said.err == ""


def test_a_source_without_a_connector_keeps_the_brokers_from_being_asked(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which topics there have to be is open until the name is right."""
    environment.setenv("FOUREYES_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    environment.setenv("FOUREYES_SOURCES", "natve")
    code = main(["doctor"])
    told = capsys.readouterr().out

    assert code == 1
    assert "wrong  sources: natve is read by" in told
    assert "kafka" not in told


def test_all_settings_can_be_listed(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With value, default and meaning; secrets only as set."""
    environment.setenv("FOUREYES_HTTP_SECRET", "correct-horse-battery")
    environment.setenv("FOUREYES_LOG_LEVEL", "debug")

    assert main(["doctor", "--settings"]) == 0

    text = capsys.readouterr().out

    assert main(["doctor", "--settings", "--format", "json"]) == 0

    listed = {each["name"]: each for each in json.loads(capsys.readouterr().out)["settings"]}

    assert "FOUREYES_LOG_LEVEL = debug [default: info]\n    how much is said" in text
    assert "FOUREYES_HTTP_SECRET = set [default: unset]" in text
    assert "correct-horse" not in text + str(listed)
    assert listed["FOUREYES_LOG_LEVEL"]["is_set"] is True
