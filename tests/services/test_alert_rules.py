"""promtool has nothing against the alerts on foureyes itself, and each speaks when it should."""

import subprocess

from tests.deploy.names import RULES


def test_promtool_accepts_the_rules() -> None:
    """Syntax, labels and expressions."""
    done = subprocess.run(
        ["promtool", "check", "rules", RULES], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_speaks_and_stays_quiet_as_its_unit_test_says() -> None:
    """Series over hours, evaluated by Prometheus' own engine."""
    tests = RULES.with_name("foureyes.test.yml")
    done = subprocess.run(
        ["promtool", "test", "rules", tests], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
