"""`foureyes run` pulls Okta on the embedded host, is killed in the middle, and goes on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.end_to_end.test_run_embedded import recorded
from tests.programs import FINDINGS_SECONDS_MAX, page, running, wait_until
from tests.pulling.vendor_server import SECRET, VendorServer, cut, in_a_thread, okta_rows

ROWS = 120
PAGES_BEFORE = 8


def test_what_was_pulled_is_in_the_record_once_though_it_was_killed(tmp_path: Path) -> None:
    """Pages of five; killed after some; the source fails now and then, and rows come late."""
    data, log = tmp_path / "data", tmp_path / "run.log"
    begin = datetime.now(UTC) - timedelta(minutes=20)
    server = VendorServer()
    server.rows = okta_rows(ROWS, begin)
    server.faults.append(cut)
    with in_a_thread(server):
        settings = {
            "FOUREYES_DATA": str(data),
            "FOUREYES_FINDINGS": "none",
            "FOUREYES_SOURCES": "okta",
            "FOUREYES_PULL_URL_OKTA": server.url,
            "FOUREYES_PULL_SECRET_OKTA": SECRET,
            "FOUREYES_PULL_PAGE_ROWS": "5",
            "FOUREYES_PULL_EVERY_SECONDS": "1",
        }
        with running(settings, log) as run:
            wait_until(lambda: len(server.asked) > PAGES_BEFORE, FINDINGS_SECONDS_MAX, log)
            run.process.kill()
            run.process.wait()
        late = okta_rows(10, begin + timedelta(seconds=0.5))
        server.rows += [(at, {**row, "uuid": f"late-{row['uuid']}"}) for at, row in late]
        expected = {str(row["uuid"]) for _, row in server.rows}
        with running(settings, log) as run:
            wait_until(lambda: set(recorded(data)) == expected, FINDINGS_SECONDS_MAX, log)
            shown = page(run.url)

    assert sorted(recorded(data)) == sorted(expected)
    assert 'foureyes_pull_last_good_timestamp_seconds{feed="logs",source="okta"}' in shown
    assert SECRET not in log.read_text() + shown
