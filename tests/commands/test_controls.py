"""`foureyes controls`: the other direction, from a control to its rules and their health."""

import json
from pathlib import Path

import pytest

from rules.catalog import CATALOG
from stream.cli import main
from tests.told_record import host_at_work


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
