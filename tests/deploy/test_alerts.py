"""Each alert on foureyes itself asks for what exists, and leads to a section of the runbook."""

import re

import pytest

from tests.deploy.names import ALERTS, DEPLOY, RULES, that_exist, used_in

RUNBOOK = (DEPLOY / "README.md").read_text()
TESTED = (DEPLOY / "prometheus" / "foureyes.test.yml").read_text()


def test_every_series_that_the_rules_use_exists() -> None:
    """A metric that is renamed takes its alerts along, or this fails."""
    used = used_in(re.sub(r"(?m)^\s*(#|summary:|next_step:|runbook:).*$", "", RULES.read_text()))

    assert len(used) > len(ALERTS)
    assert used - that_exist() == set()


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_has_a_section_in_the_runbook(alert: str) -> None:
    """Named like the alert, so that the address in the alert leads there."""
    _, _, rest = RUNBOOK.partition(f"\n### {alert}\n")
    section = rest.partition("\n### ")[0]

    assert f"runbook: deploy/README.md#{alert.lower()}" in RULES.read_text()
    assert all(f"**{each}.**" in section for each in ("What it means", "What to do"))


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_seen_to_speak_by_promtool(alert: str) -> None:
    """Its unit test is there; tests/services runs it."""
    assert re.search(rf"- alertname: {alert}\n\s+eval_time: \w+\n\s+exp_alerts:\n", TESTED)
