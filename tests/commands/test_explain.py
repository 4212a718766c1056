"""`foureyes explain CASE`: one case told, from wherever its record lies."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.cli import main
from tests.told_record import DAY, event, host_at_work, human, lines

UNTIL = "2026-11-02T13:00:00Z"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The record of a day, with its host still at work."""
    path = tmp_path_factory.mktemp("record")
    with host_at_work(path):
        yield path


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No settings but those that a test makes."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_"):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The same day as a file."""
    path = tmp_path / "day.jsonl"
    path.write_bytes(lines(DAY))
    return path


def test_a_case_is_told_while_its_host_is_at_work(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record is read beside whoever writes it, and the whole story is there."""
    code = main(["explain", "execution:9f2c", "--data", str(directory)])
    told = capsys.readouterr().out

    assert code == 0
    assert told.startswith(
        "Case REQ-7 of acme: access that no step names\n\nThe verdict is: broken."
    )
    assert "The case is judged by policy 2026-11; Ina Lopez answers for it." in told
    assert "41 minutes later, at 09:41:00 UTC, ann approved the request, at the stage" in told
    assert "gateway saw somebody who is not named call" in told
    assert "FINDING: APPROVED OWN REQUEST (APR-001, HIGH)" in told
    assert "Next step: Ask the approver's manager" in told
    assert all(len(line) <= 92 for line in told.split("\n"))


def test_the_data_directory_is_that_of_the_settings(
    bare: pytest.MonkeyPatch, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever runs foureyes with FOUREYES_DATA asks about it with nothing more."""
    bare.setenv("FOUREYES_DATA", str(directory))

    assert main(["explain", "REQ-7"]) == 0
    assert "Case REQ-7 of acme" in capsys.readouterr().out


def test_files_are_replayed_and_told_alike(
    directory: Path, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The steps, the controls and the findings are those of the record."""
    at_work = ["explain", "REQ-7", "--data", str(directory), "--format", "json"]
    replayed = ["explain", "REQ-7", "--format", "json", "--from", str(files)]

    assert main(at_work) == 0

    recorded = json.loads(capsys.readouterr().out)

    assert main([*replayed, "--source", "native", "--until", UNTIL]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert (told["case"], told["tenant"], told["verdict"]) == ("REQ-7", "acme", "broken")
    assert [each["id"] for each in told["events"]] == ["REQ-7-1", "REQ-7-2", "loose-1"]
    for page in (recorded, told):
        page["findings"] = [(f["rule"], f["change"], f["at"]) for f in page["findings"]]
    assert told["findings"] == recorded["findings"]
    assert told["controls"] == recorded["controls"]
    assert {"rule", "title", "verdict", "waits", "unknown", "set_aside"} == told["controls"][
        0
    ].keys()


def test_reference_facts_and_policy_are_those_of_the_files(
    tmp_path: Path, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same options as replay has, with the same effect."""
    people, policy = tmp_path / "people.csv", tmp_path / "policy.toml"
    people.write_text("person,account,source,proof\nP-100,ann,iga/acme,hr\n")
    policy.write_text('[policy]\nversion = "mine"\nowner = "Ina Lopez"\n')
    words = ["explain", "REQ-7", "--from", str(files), "--source", "native"]

    assert main([*words, "--people", str(people), "--policy", str(policy)]) == 0

    told = capsys.readouterr().out
    assert "ann of iga/acme is P-100; the proof is: hr." in told
    assert "The case is judged by policy mine; Ina Lopez answers for it." in told


def test_markdown_has_headings_and_steps_and_no_markup_of_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a source wrote is quoted, not rendered."""
    path = tmp_path / "day.jsonl"
    reason = "**urgent** <img src=x> [now](http://x)"
    path.write_bytes(
        lines([event("REQ-1", 1, 0, "requested", actor=human("ann"), justification=reason)])
    )

    code = main(
        ["explain", "REQ-1", "--from", str(path), "--source", "native", "--format", "markdown"]
    )
    told = capsys.readouterr().out

    assert code == 0
    assert told.startswith("# Case REQ-1 of acme: access that no step names\n\n")
    assert "\n## What happened\n\n1. On 2 November 2026 at 09:00:00 UTC, ann asked for" in told
    assert r'"\*\*urgent\*\* \<img src=x\> \[now\](http://x)"' in told


@pytest.mark.parametrize("where", ["--data", "--from"])
def test_a_name_that_is_of_no_case_or_of_several_is_wrong_usage(
    where: str, directory: Path, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence on standard error that says what to ask for instead."""
    place = [str(directory)] if where == "--data" else [str(files), "--source", "native"]

    assert main(["explain", "REQ-9", where, *place]) == 2

    unknown = capsys.readouterr()

    assert main(["explain", "REQ-8", where, *place]) == 2

    several = capsys.readouterr()
    assert unknown.out + several.out == ""
    assert unknown.err.startswith("foureyes: 'REQ-9' names no case, link or event among the ")
    assert "near to it are: REQ-" in unknown.err
    assert "foureyes explain REQ-8 --tenant globex" in several.err


def test_an_event_may_still_wait_for_its_case(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files end before anybody could have named it; --until says that they end later."""
    words = ["explain", "execution:77aa", "--from", str(files), "--source", "native"]

    assert main(words) == 2
    assert "events that still wait for their case: 1" in capsys.readouterr().err
    assert main([*words, "--until", UNTIL]) == 0
    assert capsys.readouterr().out.startswith("Case unlinked:execution:77aa of acme")


def test_a_tenant_picks_one_of_several(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the message for several suggests."""
    words = ["explain", "REQ-8", "--tenant", "globex", "--from", str(files), "--source", "native"]

    assert main(words) == 0
    assert capsys.readouterr().out.startswith("Case REQ-8 of globex")


def test_a_directory_without_a_record_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not made, either."""
    nowhere = tmp_path / "nowhere"

    assert main(["explain", "REQ-7", "--data", str(nowhere)]) == 2
    assert str(nowhere) in capsys.readouterr().err
    assert not nowhere.exists()


def test_a_damaged_record_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Never a traceback."""
    (tmp_path / "foureyes.sqlite3").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)

    assert main(["explain", "REQ-7", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("foureyes: ")


def test_files_need_their_source(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whose words they are in can not be guessed."""
    assert main(["explain", "REQ-7", "--from", str(files)]) == 2
    assert "--from needs --source NAME" in capsys.readouterr().err


def test_a_file_that_breaks_off_is_told_as_far_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The story is there, and the exit code says that it may not be all."""
    path = tmp_path / "day.jsonl.gz"
    more = [event(f"REQ-1{n}", 1, n, "requested", actor=human("cy")) for n in range(9000)]
    whole = gzip.compress(lines([*DAY, *more]))
    path.write_bytes(whole[: len(whole) // 2])

    code = main(["explain", "REQ-7", "--from", str(path), "--source", "native"])
    said = capsys.readouterr()

    assert code == 3
    assert "can not be read after line" in said.err
    assert said.out.startswith("Case REQ-7 of acme")


def test_bytes_that_are_no_text_name_no_case(directory: Path) -> None:
    """A command line may hold any bytes."""
    assert main(["explain", "REQ-\udcff", "--data", str(directory)]) == 2


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_whoever_has_read_enough_may_close_the_pipe(
    unbuffered: str, directory: Path, bare: pytest.MonkeyPatch
) -> None:
    """As `| head` does: no traceback, and the exit code of a program that was cut off."""
    command = (sys.executable, "-m", "stream.cli", "explain", "REQ-7", "--data", str(directory))
    bare.setenv("PYTHONUNBUFFERED", unbuffered)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)

    assert (done.returncode, done.stderr) == (141, b"")
