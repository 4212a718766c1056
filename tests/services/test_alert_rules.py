"""promtool has nothing against the alerts on foureyes itself, and each speaks when it should."""

from tests.deploy.names import ALERTS, RULES
from tests.services.services import promtool


def test_promtool_accepts_the_rules() -> None:
    """Syntax, labels and expressions."""
    assert "SUCCESS" in promtool("check", "rules", RULES.name, directory=RULES.parent)


def test_each_alert_speaks_and_stays_quiet_as_its_unit_test_says() -> None:
    """Series over hours, evaluated by Prometheus' own engine."""
    assert ALERTS
    assert "SUCCESS" in promtool("test", "rules", "foureyes.test.yml", directory=RULES.parent)
