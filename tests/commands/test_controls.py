"""`foureyes controls`: the other direction, from a control to its rules and their health."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from rules.catalog import CATALOG
from rules.policy import Exemption
from stream.cli import main
from tests.told_record import NINE, host_at_work


def test_every_rule_speaks_for_the_controls_that_it_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same pairs, seen from the other side."""
    main(["controls", "--format", "json"])
    told = json.loads(capsys.readouterr().out)

    pairs = {(rule, each["control"]) for each in told for rule in each["rules"]}
    assert pairs == {(rule.id, control) for rule in CATALOG for control in rule.controls}
    assert all(each["status"] == "active" for each in told)


def test_a_control_that_was_withdrawn_says_what_took_its_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An auditor who asks by the old id gets the new one."""
    assert main(["controls", "csf pr.ac-04"]) == 0
    assert "withdrawn, now PR.AA-05" in capsys.readouterr().out
    assert main(["controls", "CSF XX-1"]) == 2


def test_health_is_counted_over_a_data_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of the three cases is decided by who asked for it."""
    with host_at_work(tmp_path / "data"):
        pass

    assert main(["controls", "ITGC APD", "--data", str(tmp_path / "data")]) == 0
    told = capsys.readouterr().out
    main(["controls", "--data", str(tmp_path / "data"), "--format", "markdown"])

    assert "APR-001" in told
    assert "broken" in told
    assert "| ITGC APD | Access to programs and data | active |" in capsys.readouterr().out


def test_what_policy_sets_aside_is_listed_with_its_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A self-approval that the recorded policy excuses: no finding, and not silence either."""
    excused = Exemption(
        rule="APR-001",
        reason="one-person team",
        owner="ciso",
        until=NINE + timedelta(days=90),
        account="ann",
    )
    with host_at_work(tmp_path / "data", exceptions=(excused,)):
        pass
    words = ["controls", "53 AC-5", "--data", str(tmp_path / "data")]

    assert main([*words, "--set-aside"]) == 0
    text = capsys.readouterr().out
    main([*words, "--set-aside", "--format", "json"])
    told = [each for each in json.loads(capsys.readouterr().out) if each["rule"] == "APR-001"]
    main([*words, "--set-aside", "--format", "markdown"])
    table = capsys.readouterr().out
    main(words)

    reason = "recorded exception of ciso: one-person team"
    assert f"APR-001  1 set aside\n    case REQ-7 of acme: {reason}" in text
    assert told == [
        {"rule": "APR-001", "kind": "case", "tenant": "acme", "name": "REQ-7", "reasons": [reason]}
    ]
    assert f"| APR-001 | case REQ-7 of acme | {reason} |" in table
    assert " set aside by policy" in capsys.readouterr().out


def test_a_list_of_what_is_set_aside_needs_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a data directory there is nothing to list from."""
    assert main(["controls", "--set-aside"]) == 2
    assert "--data" in capsys.readouterr().err
