"""Vendors' own sample payloads, each system's replayed whole: the findings that their story has."""

import json
from collections import Counter

import pytest

from stream.cli import main
from tests.connectors.reading import SAMPLES
from tests.connectors.test_samples import FILES

ARRIVAL, UNTIL = "2026-11-01T12:00:00Z", "2027-06-01T00:00:00Z"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples beside the checkout")

FOUND: dict[str, dict[str, int]] = {
    # The documented decision is one's own, and nothing was shown for it. Three grants that nobody
    # approved: one that was asked for, a machine's account, a machine's right. Three native
    # changes: three, two and three rights.
    "sailpoint": {"APR-001": 1, "EVD-002": 1, "APR-008": 3, "WHK-002": 8},
    # One id stands on four records that say different things, two of them grants that nobody
    # approved; a break-glass activation that nobody reviewed.
    "okta": {"APR-008": 1, "EVD-005": 1, "EXC-003": 1},
    # A rule library's records: sessions and logins, no step of a decision.
    "teleport": {},
    # A trail was deleted and one stopped. Changes at the target can not be told: nobody approves.
    "cloudtrail": {"EVD-004": 2},
    # Eleven memberships and installations that nobody approved; a hook that was deleted.
    "github": {"APR-008": 11, "EVD-004": 1},
    # A role was given twice without an approver; one id stands on two different records.
    "entra": {"APR-008": 2, "EVD-005": 1},
}


@pytest.mark.parametrize("source", sorted(FILES))
def test_the_samples_of_a_system_have_these_findings(
    source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As many cases of each kind as the payloads tell of, and no other."""
    words = ["replay", *map(str, FILES[source]), "--source", source]
    assert main([*words, "--observed-at", ARRIVAL, "--until", UNTIL, "--format", "jsonl"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert Counter(each["rule"] for each in told if each["change"] == "opened") == FOUND[source]


def test_every_system_with_samples_is_replayed() -> None:
    """n8n's run is told in test_n8n_facts.py, the published XES logs in test_replay_xes.py."""
    assert FOUND.keys() == FILES.keys()
