"""All destinations at once over real connections: one hangs, one is gone, one is well."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import orjson

from rules.finding import Change
from stream.clock import SystemClock
from stream.desk.courier import Patience, Result
from stream.desk.delivery import Destination
from stream.desk.destinations.alertmanager import Alertmanager
from stream.desk.destinations.stdout import Stdout
from stream.desk.destinations.webhook import Webhook
from stream.desk.embedded import DeskHooks, run_desk
from tests.desk.findings import OPENED, changed, line
from tests.desk.flaky import MemoryCursors, MemoryLog
from tests.desk.receivers import Answer, Receiver, receiver
from tests.desk.test_webhook import SECRET, is_genuine

HASTY = Patience(first_seconds=0.01, longest_seconds=0.05, look_up_seconds=0.01)
ANSWER_SECONDS_MAX = 0.2


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


def alerts(other_end: Receiver) -> list[str]:
    """The findings that Alertmanager was told and took, in order, each once."""
    taken = (orjson.loads(each.body) for each in other_end.heard if each.status == 200)
    return list(dict.fromkeys(alert["labels"]["finding"] for batch in taken for alert in batch))


def posts(other_end: Receiver) -> list[str]:
    """The findings that the webhook's receiver took, in order, each once."""
    taken = (orjson.loads(each.body) for each in other_end.heard if each.status == 200)
    return list(dict.fromkeys(each["data"]["finding"] for each in taken))


async def test_each_destination_hears_everything_once_it_is_well(tmp_path: Path) -> None:
    """A file is told at once. What hangs, fails or is gone is told when it has come back."""
    log, cursors, results = MemoryLog(), MemoryCursors(), list[tuple[str, Result]]()
    findings = [replace(OPENED, finding=f"f-{number}") for number in range(5)]
    names = [each.finding for each in findings]
    file = tmp_path / "findings.jsonl"
    async with receiver() as hangs, receiver() as gone:
        hangs.otherwise = Answer(hangs=True)
        await gone.stop()
        destinations: list[Destination] = [
            Stdout(file),
            Webhook(f"http://{hangs.address}/", SECRET, answer_seconds_max=ANSWER_SECONDS_MAX),
            Alertmanager(
                f"http://{gone.address}",
                resend=timedelta(seconds=0.1),
                answer_seconds_max=ANSWER_SECONDS_MAX,
            ),
        ]
        desk = asyncio.create_task(
            run_desk(
                log,
                cursors,
                destinations,
                SystemClock(),
                patience=HASTY,
                hooks=DeskHooks(on_result=lambda *told: results.append(told)),
            )
        )
        log.write(*map(line, findings))
        await until(lambda: file.exists() and len(file.read_bytes().splitlines()) == 5)
        await until(lambda: ("webhook", Result.RETRIED) in results)
        await until(lambda: ("alertmanager", Result.RETRIED) in results)
        saved = set(cursors.positions)
        hangs.otherwise = Answer(500)
        await gone.start()
        await until(lambda: alerts(gone) == names)
        hangs.otherwise = Answer()
        await until(lambda: posts(hangs) == names)
        log.write(line(changed(findings[0], Change.WITHDRAWN)))
        await until(lambda: len(file.read_bytes().splitlines()) == 6)
        await until(lambda: b"withdrawn" in hangs.heard[-1].body)
        desk.cancel()
        with suppress(asyncio.CancelledError):
            await desk
        genuine = [
            is_genuine(SECRET, each.headers, each.body, SystemClock().now().timestamp())
            for each in hangs.heard
        ]

    assert saved == {"stdout"}
    assert all(genuine)
    assert results.count(("webhook", Result.DELIVERED)) == 6
