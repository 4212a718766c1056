"""Findings in OCSF's words, held to OCSF's own schema."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rules.finding import Change, Finding, Severity
from stream import canonical
from stream.ocsf import VERSION, detection_finding
from tests.desk.findings import OPENED

SCHEMA = Path(__file__).parent / "schemas" / f"detection_finding-{VERSION}.schema.json"
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text()))

TEXT = st.text(max_size=20)
TEXTS = st.lists(st.text(min_size=1, max_size=20), max_size=3).map(tuple)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
FINDINGS = st.builds(
    Finding,
    finding=st.text(min_size=1, max_size=20),
    number=st.integers(1, 10**6),
    change=st.sampled_from(Change),
    rule=st.text(min_size=1, max_size=20),
    rule_version=st.integers(1, 99),
    severity=st.sampled_from(Severity),
    title=TEXT,
    tenant=st.none() | TEXT,
    case=TEXT,
    at=MOMENTS,
    evidence=TEXTS,
    who=TEXTS,
    summary=TEXT,
    next_step=TEXT,
    controls=TEXTS,
    policy=TEXT,
    source=TEXT,
    workflow=st.none() | TEXT,
    because=st.none() | TEXT,
)


@given(FINDINGS)
def test_every_finding_is_one_that_the_schema_accepts(finding: Finding) -> None:
    """Whatever is empty, absent or in another script."""
    told = orjson.loads(canonical.write(detection_finding(finding)))

    assert [each.message for each in VALIDATOR.iter_errors(told)] == []


@pytest.mark.parametrize(
    ("change", "activity", "status", "is_alert"),
    [
        (Change.OPENED, 1, 1, True),
        (Change.UPDATED, 2, 1, True),
        (Change.WITHDRAWN, 3, 4, False),
        (Change.CONFIRMED, 2, 1, False),
    ],
)
def test_each_moment_of_a_life_has_its_word(
    change: Change, activity: int, status: int, *, is_alert: bool
) -> None:
    """A withdrawn finding is closed and resolved; a confirmed one stays a breach."""
    told = detection_finding(replace(OPENED, change=change))

    assert (told["activity_id"], told["type_uid"]) == (activity, 200400 + activity)
    assert (told["status_id"], told["is_alert"]) == (status, is_alert)


def test_a_reader_has_the_sentence_the_next_step_and_the_grounds() -> None:
    """Nothing that the SOC needs is left to our own words under `unmapped`."""
    told: dict[str, Any] = detection_finding(OPENED)

    assert told["message"] == OPENED.summary
    assert told["remediation"]["desc"] == OPENED.next_step
    assert [each["uid"] for each in told["evidences"]] == list(OPENED.evidence)
    assert [each["value"] for each in told["observables"]] == list(OPENED.who)
    assert told["finding_info"]["analytic"]["uid"] == OPENED.rule
    assert told["finding_info"]["uid"] == OPENED.finding
