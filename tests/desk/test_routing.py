"""Routes: whose finding is whose, when it is quiet, and what a file of routes may say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rules.finding import Severity
from stream.desk.routes_file import load_routes
from stream.desk.routing import EVERYTHING, QuietHours, Routes
from stream.faults import FaultyInputError
from tests.desk.findings import OPENED

ROUTES = """\
[[route]]
name = "night"
severities = ["critical"]
rules = ["APR-*"]
destinations = ["people"]
group_by = "case"
wait = "30s"
calm = "10m"
repeat = "4h"
rate = { rings = 5, within = "1h" }
escalate = { after = "15m", to = ["webhook"] }

[[route.quiet]]
begins = "22:00"
ends = "06:00"
zone = "Europe/Berlin"

[[route]]
name = "payments"
tenants = ["acme"]
workflows = ["wf-*"]
sources = ["iga/*"]
"""


def routes(tmp_path: Path, text: str) -> Routes:
    """Routes as an operator writes them down."""
    path = tmp_path / "alerts.toml"
    path.write_text(text)
    return load_routes(path, ("people", "webhook"))


def test_the_first_route_that_matches_is_a_findings(tmp_path: Path) -> None:
    """By severity, rule, source, tenant and workflow; what matches none goes to everybody."""
    read = routes(tmp_path, ROUTES)

    assert read.of(replace(OPENED, severity=Severity.CRITICAL)).name == "night"
    assert read.of(replace(OPENED, severity=Severity.CRITICAL, rule="WHK-001")).name == "payments"
    assert read.of(OPENED).name == "payments"
    assert read.of(replace(OPENED, workflow=None)) == EVERYTHING
    assert read.of(replace(OPENED, source="okta")) == EVERYTHING


def test_quiet_hours_end_at_the_wall_clock_of_their_zone(tmp_path: Path) -> None:
    """22:00 to 06:00 in Berlin, seen in UTC; noon is not quiet."""
    (hours,) = routes(tmp_path, ROUTES).called("night").quiet

    assert hours.until(datetime(2026, 11, 24, 23, tzinfo=UTC)) == datetime(
        2026, 11, 25, 5, tzinfo=UTC
    )
    assert hours.until(datetime(2026, 11, 24, 4, tzinfo=UTC)) == datetime(
        2026, 11, 24, 5, tzinfo=UTC
    )
    assert hours.until(datetime(2026, 11, 24, 12, tzinfo=UTC)) is None
    assert hours.until(datetime(2026, 11, 24, 5, tzinfo=UTC)) is None


def test_quiet_hours_within_a_day() -> None:
    """A lunch break."""
    hours = QuietHours.model_validate({"begins": "12:00", "ends": "13:00"})
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)

    assert hours.until(noon) == noon + timedelta(hours=1)
    assert hours.until(noon + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[route]]\nname = "a"\nseverities = ["worst"]\n', "alerts.toml:3: route.0.severities.0"),
        ('[[route]]\nname = "a"\nrepeats = "4h"\n', "alerts.toml:3"),
        ('[[route]]\nname = "a"\nrepeat = "often"\n', "alerts.toml:3: route.0.repeat"),
        ('[[route]]\nname = "a"\n[[route]]\nname = "a"\n', "a name that no other route has"),
        ('[[route]]\nname = "a"\ndestinations = ["pepole"]\n', "people"),
        ("[[route]\n", "TOML"),
    ],
)
def test_what_is_wrong_in_a_file_of_routes_is_named(tmp_path: Path, text: str, said: str) -> None:
    """With the line, the key and what was expected: a route that tells nobody is no route."""
    with pytest.raises(FaultyInputError, match=said):
        routes(tmp_path, text)


def test_without_a_file_there_are_no_routes() -> None:
    """Then each finding is told by itself, to everybody, at once."""
    assert load_routes(None, ()) == Routes()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Not taken for one without routes."""
    with pytest.raises(FaultyInputError, match="a file of text"):
        load_routes(tmp_path / "none.toml", ())


def test_the_example_is_one_that_is_read() -> None:
    """As it stands, where a webhook is set up."""
    example = Path(__file__).parents[2] / "deploy" / "alerts.example.toml"

    assert [each.name for each in load_routes(example, ("webhook",)).route] == ["people", "rest"]
