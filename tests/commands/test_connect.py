"""`foureyes connect`: somebody who writes or tries a table sees what it reads, field by field."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream.cli import main
from stream.connectors import CONNECTORS
from tests.connectors import native_examples, test_okta
from tests.connectors.examples import EXAMPLES
from tests.connectors.identity_examples import IDENTITY_CREATED, numbered
from tests.connectors.test_xes import LOG


def shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, *payloads: Any, rc: int = 0
) -> str:
    """Show payloads as JSON lines, and take what is printed."""
    path = tmp_path / "sample.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(each) for each in payloads))
    assert main(["connect", name, "--sample", str(path)]) == rc
    return capsys.readouterr().out.replace(str(path), "sample")


def test_each_field_stands_beside_where_it_was_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Our field, its value, and their field as it is called in the payload."""
    printed = shown(capsys, tmp_path, "okta", test_okta.ADDED).splitlines()
    rows = {line.split()[0]: line for line in printed if "←" in line}

    assert printed[0] == "sample:1: Memberships of groups and applications"
    assert rows["beneficiary.account"].split() == [
        "beneficiary.account",
        "00ubo",
        "←",
        "target[type=User].id",
    ]
    assert "2026-10-01T08:00:00.123000Z" in rows["occurred_at"]


def test_what_the_table_could_have_read_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A part as a whole where nothing of it is told, and an id that had to be made."""
    bare = {"url": "https://hooks.acme.example/hr"}
    printed = shown(capsys, tmp_path, "gateway", bare)

    assert "    not told: actor: caller\n" in printed
    assert "    not told: step.invocation: invocation\n" in printed
    assert "(arrival)" in printed
    assert "← SHA-256 of the record" in printed


def test_what_a_payload_says_of_accounts_is_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It is no step, and no reason to look for a missing table either; programs get it too."""
    printed = shown(capsys, tmp_path, "entra", numbered("id-ann", "E-2"))
    timeless = shown(capsys, tmp_path, "sailpoint", IDENTITY_CREATED)
    path = str(tmp_path / "sample.jsonl")
    assert main(["connect", "sailpoint", "--sample", path, "--format", "jsonl"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert printed == (
        "sample:1: says that account id-ann is E-2's from 2026-10-01T06:00:00+00:00 on\n\n"
    )
    assert "says that account 2c9180 is E-2's from (arrival) on" in timeless
    assert told["said"] == ["account 2c9180 is E-2's from (arrival) on"]
    assert "refused" not in told


def test_what_is_refused_is_told_with_its_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A defect gives exit code 1; what is no step of a decision does not."""
    session = {**test_okta.CREATED, "eventType": "user.session.start"}
    broken = {**test_okta.CREATED, "published": "later"}

    printed = shown(capsys, tmp_path, "okta", session)
    assert printed.startswith("sample:1: refused (out_of_scope): okta: field 'eventType' is")
    printed = shown(capsys, tmp_path, "okta", session, broken, rc=1)
    assert "sample:2: refused (bad_time): okta: field 'published' is 'later'" in printed


def test_a_source_that_says_how_far_it_is_tells_no_event(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A native source's tick."""
    tick = {**native_examples.ENVELOPE, "type": "iga.tick"}

    assert "says that it has reported up to" in shown(capsys, tmp_path, "native", tick)


def test_a_log_that_is_no_json_is_shown_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A document an event, with its line; a damaged one shows what came before."""
    path = tmp_path / "log.xes"
    path.write_text(LOG)
    assert main(["connect", "xes", "--sample", str(path), "--first", "1"]) == 0
    assert f"{path}:17: Event" in capsys.readouterr().out

    path.write_text(LOG[: LOG.index("SYSTEM")])
    assert main(["connect", "xes", "--sample", str(path)]) == 3
    said = capsys.readouterr()
    assert f"{path}:17: Event" in said.out
    assert "no well-formed XML" in said.err


@pytest.mark.parametrize("name", CONNECTORS)
def test_every_connector_can_be_shown_to_a_program(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    """A line a payload, versioned: each table with what it told, from where, and what it lacked."""
    path = tmp_path / "sample.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(each) for each in EXAMPLES[name]))
    if name == "xes":
        path.write_text(LOG)
    assert main(["connect", name, "--sample", str(path), "--format", "jsonl"]) in (0, 1)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert lines
    assert {line["version"] for line in lines} == {1}
    for event in (event for line in lines for event in line["events"]):
        assert event["told"].keys() >= {"id", "action", "occurred_at"}
        assert event["table"] in {form.title for form in CONNECTORS[name].forms}


def test_an_unknown_connector_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, with the names that there are."""
    assert main(["connect", "sailpiont", "--sample", "x"]) == 2
    assert capsys.readouterr().err.startswith("foureyes: there is no source 'sailpiont'")


def test_a_file_that_is_not_there_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It is named, and nobody reads that it had no payloads."""
    path = tmp_path / "mistyped.json"

    assert main(["connect", "okta", "--sample", str(path)]) == 2
    said = capsys.readouterr().err
    assert said == f"foureyes: {path}: can not be read: No such file or directory\n"


def test_the_order_of_events_is_that_of_their_tables() -> None:
    """What `connect` says which table gave an event rests on it."""
    for name, examples in EXAMPLES.items():
        for example in examples:
            forms = list(CONNECTORS[name].forms_of(orjson.loads(orjson.dumps(example))))
            assert forms, (name, example)
    assert list(CONNECTORS["gateway"].forms_of("no record")) == []
