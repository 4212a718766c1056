"""promtool has nothing against the alerts on foureyes itself, and each speaks when it should."""

import subprocess
from pathlib import Path

import pytest

from tests.deploy.names import ALERTS, RULES
from tests.services.services import promtool


def test_promtool_accepts_the_rules() -> None:
    """Syntax, labels and expressions."""
    assert "SUCCESS" in promtool("check", "rules", RULES.name, directory=RULES.parent)


def test_each_alert_speaks_and_stays_quiet_as_its_unit_test_says() -> None:
    """Series over hours, evaluated by Prometheus' own engine."""
    assert ALERTS
    assert "SUCCESS" in promtool("test", "rules", "foureyes.test.yml", directory=RULES.parent)


def test_the_configurations_that_go_with_them_are_sound(tmp_path: Path) -> None:
    """Prometheus' own checker and Alertmanager's read what compose.yaml mounts."""
    alertmanager = RULES.parents[1] / "alertmanager" / "alertmanager.yml"
    checked = subprocess.run(
        ["amtool", "check-config", alertmanager],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "SUCCESS" in promtool("check", "config", "prometheus.yml", directory=RULES.parent)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("alertname=Approved own request", "severity=critical", "case=REQ-1"), "on-call"),
        (("alertname=Approved own request", "severity=high", "case=REQ-1"), "in-hours"),
        (("alertname=FoureyesDown", "severity=critical"), "whoever-runs-foureyes"),
    ],
)
def test_an_alert_finds_whom_it_is_for(labels: tuple[str, ...], receiver: str) -> None:
    """The on-call person is woken by critical findings, and not by foureyes' own troubles."""
    config = RULES.parents[1] / "alertmanager" / "alertmanager.yml"
    asked = ["amtool", "config", "routes", "test", f"--config.file={config}", *labels]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)

    assert done.stdout.strip() == receiver, done.stderr
