"""The embedded receiver is killed under load: what it acknowledged is in the record, once."""

import random
import time
from pathlib import Path

from tests.end_to_end.asked import recorded
from tests.programs import FINDINGS_SECONDS_MAX, page, running, wait_until
from tests.receiving import SECRET, deliveries, under_load

DELIVERIES = 600
COUNTED = "foureyes_received_bodies_total"


def test_what_github_was_told_is_kept_is_in_the_record_once(tmp_path: Path) -> None:
    """Killed at a moment nobody chose, while four hooks deliver; then everything comes again.

    Who was told 202 finds it in the record, whatever happened then. What comes again is stored
    again by a receiver that has forgotten it, and known as a repeat by the judge; to a receiver
    that remembers, it is a repeat at once.
    """
    data, log = tmp_path / "data", tmp_path / "run.log"
    settings = {
        "FOUREYES_DATA": str(data),
        "FOUREYES_FINDINGS": "none",
        "FOUREYES_SOURCES": "github",
        "FOUREYES_HTTP_SECRET_GITHUB": SECRET,
    }
    every, chance = deliveries(DELIVERIES), random.Random(5)
    with running(settings, log) as run, under_load(run.url, every) as senders:
        wait_until(lambda: bool(senders.acknowledged), FINDINGS_SECONDS_MAX, log)
        time.sleep(chance.random() * 0.2)
        run.process.kill()
        run.process.wait()
    promised = set(senders.acknowledged)
    kept = recorded(data)
    with running(settings, log) as run:
        for _ in range(2):
            with under_load(run.url, every) as senders:
                pass
            assert len(senders.acknowledged) == DELIVERIES
        told = page(run.url)

    assert 0 < len(promised) < DELIVERIES, "the kill hit nobody at work"
    assert promised <= set(kept)
    assert sorted(recorded(data)) == sorted(each.name for each in every)
    assert f'{COUNTED}{{answer="repeat",source="github"}} {DELIVERIES}.0' in told
