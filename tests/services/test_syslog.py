"""Messages to a real rsyslogd: it reads every field as it was meant."""

import asyncio
import json
from pathlib import Path
from typing import Any

from stream.desk.destinations.syslog import Syslog
from tests.desk.destination_contract import life_for
from tests.desk.findings import NOON, OPENED
from tests.programs import lines_of
from tests.servers import LOOPBACK
from tests.services.services import Rsyslog

HEARD_SECONDS_MAX = 10.0


async def told(collector: Rsyslog) -> list[dict[str, Any]]:
    """A life, delivered in two batches, as the collector read it."""
    destination = Syslog(LOOPBACK, collector.port)
    life = life_for(destination)
    await destination.deliver(life[:1], NOON)
    await destination.deliver(life[1:], NOON)
    await destination.close()
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while len(lines_of(collector.heard)) < len(life):
            await asyncio.sleep(0.05)
    return [json.loads(line) for line in lines_of(collector.heard)]


async def test_rsyslog_reads_severity_time_fields_and_sentence(tmp_path: Path) -> None:
    """Opened, updated, withdrawn: each with the finding's own time and a text for people."""
    collector = Rsyslog(tmp_path / "rsyslog")
    await asyncio.to_thread(collector.start)
    try:
        opened, updated, withdrawn = await told(collector)
    finally:
        await asyncio.to_thread(collector.stop)

    assert (opened["syslogfacility"], opened["syslogseverity"]) == ("13", "3")
    assert (opened["app-name"], opened["msgid"]) == ("foureyes", OPENED.rule)
    assert opened["timereported"].startswith("2026-11-24T12:00:00")
    assert 'case="REQ-7"' in opened["structured-data"]
    assert OPENED.summary in opened["msg"]
    assert 'change="updated"' in updated["structured-data"]
    assert "the ticket turned up" in withdrawn["msg"]
