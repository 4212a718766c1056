"""One case of the day lies in four systems, and only the linker knows that it is one."""

import json
from pathlib import Path
from typing import Any

import pytest

from stream.cli import main
from stream.demo.words import ACCESSDESK, ROSTERS, TICKETS
from tests.demo.staged import lines_of


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """A day's directory and the changes of its findings."""
    path = tmp_path_factory.mktemp("demo") / "day"
    changes, _ = lines_of(path, seed=7)
    return path, [json.loads(each) for each in changes]


def test_who_approved_got_the_access_and_four_systems_had_to_be_asked(
    day: tuple[Path, list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The desk knows the case; tickets a change, the gateway an execution, rosters a tracking id.

    No system tells both who approved and who got the access: the finding rests on two of them.
    """
    path, changes = day
    (finding,) = (
        each
        for each in changes
        if each["rule"] == "APR-004" and any(e.startswith("roster-") for e in each["evidence"])
    )

    assert main(["explain", finding["case"], "--data", str(path), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    said_by = {each["source"]: each for each in told["events"]}

    assert set(said_by) == {ACCESSDESK, TICKETS, "gateway", ROSTERS}
    assert [each["change"] for each in changes if each["case"] == finding["case"]] == ["opened"]
    assert {each["rule"] for each in told["controls"] if each["verdict"] == "broken"} == {"APR-004"}


def test_three_of_the_four_never_name_the_case(day: tuple[Path, list[dict[str, Any]]]) -> None:
    """What was sent is kept: of this case only the desk's own events say whose they are."""
    path, changes = day
    case = next(
        each["case"] for each in changes if any(e.startswith("roster-") for e in each["evidence"])
    )
    sent = [json.loads(line) for line in (path / "raw" / "native.jsonl").read_bytes().splitlines()]
    named = {each["source"] for each in sent if each.get("subject") == case}

    assert named == {ACCESSDESK}
