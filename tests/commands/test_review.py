"""`foureyes review`: nine questions about a workflow, each answered from the record."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from stream.archive.configured import archivist_of
from stream.cli import main
from stream.settings import Settings
from tests.told_record import NINE, event, host_at_work, human

ACCESS = {"id": "wf-access", "version": "17", "owner": "team-iam"}


def cases() -> list[dict[str, Any]]:
    """Three ordinary and three privileged cases by one static route; one decides for herself."""
    told = []
    for number in range(6):
        case = f"REQ-{number}"
        right = {"id": f"right-{number}", "privileged": number >= 3}
        more: dict[str, Any] = {"workflow": ACCESS, "entitlement": right}
        approver = human("ann" if number == 5 else "bo")
        told.append(
            event(case, 1, 0, "requested", actor=human("ann"), justification="Quarter end", **more)
        )
        told.append(event(case, 2, 5, "approved", actor=approver, stage="manager", **more))
    return told


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A record of these cases."""
    with host_at_work(tmp_path / "data", cases()):
        pass
    return tmp_path / "data"


def test_every_question_is_answered_with_counts_cases_and_what_to_do(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Duties were not kept apart in one case, and the route does not look at risk."""
    code = main(["review", "wf-access", "--data", str(data), "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    apart, risk, *_ = told["answers"]

    assert (code, told["cases"], len(told["answers"])) == (0, 6, 9)
    assert (apart["answer"], apart["cases"]) == ("no", ["REQ-5"])
    assert (risk["answer"], risk["counts"]["broken"]) == ("no", 3)
    assert {each["answer"] for each in told["answers"]} <= {"yes", "no", "cannot_tell"}
    assert all(each["to_do"] for each in told["answers"])


def test_what_nothing_on_record_raises_is_cannot_tell_and_no_yes(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No machine took a step and no call was made: that is no proof that they are owned."""
    main(["review", "wf-access", "--data", str(data), "--format", "markdown"])
    page = capsys.readouterr().out

    assert "## Which webhooks, scripts and connectors act; are they logged" in page
    assert "**cannot tell**\n\n- answers: none: nothing on record raises it" in page
    assert "- versions on record: 17" in page


@pytest.mark.parametrize("is_created", [True, False])
def test_who_changed_which_version_is_told_and_that_nobody_told_of_its_creation(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    is_created: bool,  # noqa: FBT001
) -> None:
    """A workflow that was brought in by the back door begins with being activated."""
    born: dict[str, Any] = {"workflow": ACCESS, "outcome": "created", "actor": human("ann")}
    begun: dict[str, Any] = {"workflow": ACCESS, "outcome": "activated", "actor": human("bo")}
    told = [event("CHG-1", 1, 0, "workflow_published", **born)] if is_created else []
    told.append(event("CHG-1", 2, 5, "workflow_published", **begun))
    with host_at_work(tmp_path / "data", told):
        pass
    main(["review", "wf-access", "--data", str(tmp_path / "data")])
    page = capsys.readouterr().out

    assert f"activated {NINE:%Y-%m-%d} 09:05Z by bo, version 17" in page
    assert (f"created {NINE:%Y-%m-%d} 09:00Z by ann, version 17" in page) is is_created
    assert ("it was activated: nobody told that it was created" in page) is not is_created


def test_what_is_found_of_the_workflow_itself_answers_a_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ann published and approved a version alone: that no case of it shows, and a finding does."""
    changes: list[dict[str, Any]] = [
        event(case, number, 0, action, actor=human("ann"), workflow=workflow)
        for case, workflow in (("CHG-1", ACCESS), ("CHG-2", {**ACCESS, "id": "wf-other"}))
        for number, action in enumerate(("workflow_published", "workflow_approved"), 1)
    ]
    files = tmp_path / "events.jsonl"
    files.write_text("\n".join(map(json.dumps, [*cases(), *changes])))
    words = ["review", "wf-access", "--from", str(files), "--source", "native", "--format", "json"]
    assert main([*words, "--until", "2026-12-01T00:00:00Z"]) == 0
    told = json.loads(capsys.readouterr().out)
    (reviewed,) = [each for each in told["answers"] if "second person" in each["question"]]

    assert (reviewed["answer"], reviewed["cases"]) == ("no", ["workflow wf-access"])


def test_an_archive_answers_what_the_record_answers(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its index of workflows; while it is behind, the record itself is read."""
    monkeypatch.setenv("FOUREYES_DATA", str(data))
    words = ["review", "wf-access", "--format", "json"]
    assert main(words) == 0
    told = [capsys.readouterr().out]
    with archivist_of(Settings.load(os.environ)) as archivist:
        asyncio.run(archivist.catch_up())
    assert main(words) == 0
    told.append(capsys.readouterr().out)
    (data / "foureyes.sqlite3").unlink(missing_ok=True)
    assert main(words) == 0
    told.append(capsys.readouterr().out)

    assert told[0] == told[1] == told[2]
    assert main(["review", "wf-other"]) == 2
    assert "the archive has none" in capsys.readouterr().err


def test_files_can_be_reviewed_without_a_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same answers from a replay; a workflow that is not there is named with those that are."""
    path = tmp_path / "day.jsonl"
    path.write_text("\n".join(json.dumps(each) for each in cases()))
    source = ["--from", str(path), "--source", "native"]

    assert main(["review", "wf-access", *source]) == 0
    assert "1. Does it keep duties apart?  NO" in capsys.readouterr().out
    assert main(["review", "wf-other", *source]) == 2
    assert "on record are: wf-access" in capsys.readouterr().err
