"""A feed of facts is replaced while foureyes runs, and while it does not: findings follow."""

import json
from pathlib import Path

from tests.kafka.test_facts_topic import event
from tests.programs import FINDINGS_SECONDS_MAX, lines_of, post, running, wait_until

ANN = {"person": "P-1", "account": "ann", "proof": "hr"}
HERS = {"person": "P-1", "account": "ann.adm", "proof": "hr"}
OF_BO = {"person": "P-2", "account": "ann.adm", "proof": "hr"}


def told(findings: Path) -> list[tuple[str, str, str | None]]:
    """Rule, change and reason of each finding."""
    every = [json.loads(line) for line in lines_of(findings)]
    return [(each["rule"], each["change"], each.get("because")) for each in every]


def test_a_link_that_becomes_known_late_opens_and_withdraws_a_finding(tmp_path: Path) -> None:
    """First it is Ann's second account; then, while nobody runs, it turns out to be Bo's."""
    people, findings, log = (tmp_path / name for name in ("people.json", "found.jsonl", "run.log"))
    people.write_text(json.dumps([ANN]))
    settings = {
        "FOUREYES_DATA": str(tmp_path / "data"),
        "FOUREYES_PEOPLE": str(people),
        "FOUREYES_FINDINGS": str(findings),
    }
    with running(settings, log) as run:
        post(run.url, [event(1, "requested", "ann"), event(2, "approved", "ann.adm")])
        people.write_text(json.dumps([ANN, HERS]))
        wait_until(lambda: len(told(findings)) == 1, FINDINGS_SECONDS_MAX, log)
    people.write_text(json.dumps([ANN, OF_BO]))
    with running(settings, log):
        wait_until(lambda: len(told(findings)) == 2, FINDINGS_SECONDS_MAX, log)

    became = "it became known that ann.adm is an account of"
    assert told(findings) == [
        ("APR-002", "opened", f"{became} P-1 (hr)"),
        ("APR-002", "withdrawn", f"{became} P-2 (hr)"),
    ]
