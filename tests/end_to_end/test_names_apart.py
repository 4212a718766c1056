"""Names kept apart from the record: nobody is named in it, people read names, and keys can go."""

import json
from pathlib import Path

import pytest

from tests.programs import (
    FINDINGS_SECONDS_MAX,
    lines_of,
    post,
    running,
    wait_until,
)
from tests.pseudonyms.told import ANN, NAMES, REASON, said, story


def named_in(directory: Path, names: tuple[str, ...] = NAMES) -> set[tuple[str, str]]:
    """Which files hold which name, whatever they are."""
    files = [each for each in directory.rglob("*") if each.is_file()]
    return {
        (each.name, name)
        for each in files
        for name in names
        if name.lower().encode() in each.read_bytes().lower()
    }


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Names apart, and no body kept once it was read."""
    return {
        "FOUREYES_DATA": str(tmp_path / "data"),
        "FOUREYES_FINDINGS": str(tmp_path / "found.jsonl"),
        "FOUREYES_NAMES": "keyed",
        "FOUREYES_RAW_RETENTION_DAYS": "0",
    }


def test_nobody_is_named_in_the_record_and_everybody_where_people_read(
    settings: dict[str, str], tmp_path: Path
) -> None:
    """The SOC reads Ann's name; no file has it; once her key is gone nothing else has changed."""
    data, found, log = tmp_path / "data", tmp_path / "found.jsonl", tmp_path / "run.log"
    with running(settings, log) as run:
        post(run.url, story())
        wait_until(lambda: b"APR-001" in b"".join(lines_of(found)), FINDINGS_SECONDS_MAX, log)
    told = [json.loads(line) for line in lines_of(found)]
    own = next(each for each in told if each["rule"] == "APR-001")
    explained = said(settings, "explain", "REQ-1").stdout
    exported = said(settings, "export", "--everything", "--out", str(tmp_path / "before.zip"))
    key = next(word for word in exported.stderr.split() if word.startswith("foureyes.local+"))
    before = said({}, "verify", str(tmp_path / "before.zip"), "--key", key)

    assert "Ann Ander" in own["summary"]
    assert ANN["account"] in explained
    assert REASON in explained
    assert named_in(data) == set()
    assert before.returncode == 0, before.stdout
    assert "pseudonyms are told with the names" in before.stdout

    forgotten = said(
        settings, "archive", "forget", ANN["account"],
        "--reason", "DSR-9", "--author", "cy", "--approver", "di",
    )  # fmt: skip
    with running(settings, log):
        pass
    after = said(settings, "explain", "REQ-1").stdout
    said(settings, "export", "--everything", "--out", str(tmp_path / "after.zip"))
    verified = said({}, "verify", str(tmp_path / "after.zip"), "--key", key)

    assert forgotten.returncode == 0, forgotten.stderr
    assert "Ann" not in after
    assert "Bo Berg" in after
    assert "APR-001" in after
    assert verified.returncode == 0, verified.stdout
    assert "keys of" in verified.stdout
    assert "DSR-9" in verified.stdout
    assert named_in(data) == set()
    assert b"Ann Ander" not in (tmp_path / "after.zip").read_bytes()
    assert b"Bo Berg" in (tmp_path / "after.zip").read_bytes()


def test_a_record_is_not_gone_on_with_in_another_way(
    settings: dict[str, str], tmp_path: Path
) -> None:
    """A name and its pseudonym would be two people: it says how it was begun."""
    with running(settings, tmp_path / "run.log"):
        pass
    told = said({**settings, "FOUREYES_NAMES": "clear"}, "run")

    assert told.returncode == 2
    assert "FOUREYES_NAMES=keyed" in told.stderr
