"""`foureyes run` among real neighbours: Alertmanager, Prometheus, a receiver of signed webhooks."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from aiohttp import ClientSession

from tests.benchmarks.events import SOURCE, tick
from tests.desk.receivers import Answer, Heard, Receiver, receiver
from tests.end_to_end.asked import send
from tests.programs import Run, lines_of, running
from tests.services.services import Alertmanager, Prometheus

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
SECONDS_MAX = 30.0
SCRAPE = """\
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: foureyes
    static_configs:
      - targets: ["{target}"]
"""
QUERIES = (
    'foureyes_control_answers{control="53 AC-5",verdict="broken"}',
    'foureyes_rule_decisions{rule="EVD-002",verdict="broken"}',
    'sum(foureyes_finding_changes_total{rule="APR-001",change="opened"})',
    'up{job="foureyes"}',
)
ASKED = datetime.now(UTC) - timedelta(hours=5)


def step(case: str, action: str, account: str, minutes: int, **more: object) -> bytes:
    """One step of a case, so many minutes after it all began."""
    told = {"specversion": "1.0", "id": f"{case}-{action}", "source": SOURCE, "subject": case}
    at = {"type": f"iga.{action}", "time": ASKED + timedelta(minutes=minutes)}
    return orjson.dumps({**told, **at, "data": {"actor": {"account": account}, **more}})


def evidenced(case: str) -> bytes:
    """The evidence of a case, half an hour after it all began."""
    return step(case, "evidenced", "ann", 30, evidence=[{"kind": "ticket", "ref": "CHG-1"}])


# Ann approves her own request, and its evidence has not come when the source has told everything.
# That such evidence is told at all is known from another case.
DECIDED = [
    step("REQ-0", "requested", "ann", 0, justification="Quarter end"),
    evidenced("REQ-0"),
    step("REQ-1", "requested", "ann", 0, justification="Quarter end"),
    step("REQ-1", "approved", "ann", 1),
    tick(ASKED + timedelta(hours=2)),
]
LATE = [evidenced("REQ-1")]


@asynccontextmanager
async def run(directory: Path, **settings: str) -> AsyncIterator[Run]:
    """The program in its own process, started and ended beside this loop."""
    told = {f"FOUREYES_{name.upper()}": value for name, value in settings.items()}
    environ = {
        "FOUREYES_DATA": str(directory / "data"),
        "FOUREYES_FINDINGS": str(directory / "found.jsonl"),
        **told,
    }
    stack = ExitStack()
    try:
        program = running(environ, directory / "run.log")
        yield await asyncio.to_thread(stack.enter_context, program)
    finally:
        await asyncio.to_thread(stack.close)


async def post(program: Run, lines: list[bytes]) -> None:
    """Send lines, which must be taken."""
    assert (await asyncio.to_thread(send, program, lines)).status == 202


async def until(is_so: Callable[[Any], bool], url: str, **parameters: str) -> Any:
    """What a neighbour answers, once it is so."""
    async with ClientSession(raise_for_status=True) as session, asyncio.timeout(SECONDS_MAX):
        while True:
            answer = await (await session.get(url, params=parameters)).json()
            if is_so(answer):
                return answer
            await asyncio.sleep(0.1)


def standing(alerts: list[dict[str, Any]]) -> list[str]:
    """The rules whose alerts stand in Alertmanager."""
    active = (each for each in alerts if each["status"]["state"] == "active")
    return sorted(each["labels"]["rule"] for each in active)


async def test_an_alert_stands_in_alertmanager_until_its_finding_is_withdrawn(
    alertmanager: Alertmanager, tmp_path: Path
) -> None:
    """Missing evidence is told, arrives, and its alert ends; the self-approval goes on standing."""
    alerts = f"{alertmanager.url}/api/v2/alerts"
    settings = {"alertmanager_url": alertmanager.url, "resend_seconds": "1"}
    async with run(tmp_path, **settings) as program:
        await post(program, DECIDED)
        both = await until(lambda found: len(standing(found)) == 2, alerts)
        await post(program, LATE)
        one = await until(lambda found: standing(found) == ["APR-001"], alerts)
    told = [json.loads(line) for line in lines_of(tmp_path / "found.jsonl")]

    assert standing(both) == ["APR-001", "EVD-002"]
    assert {each["labels"]["case"] for each in both} == {"REQ-1"}
    assert all(each["annotations"]["next_step"] for each in both)
    assert standing(one) == ["APR-001"]
    assert [each["change"] for each in told if each["rule"] == "EVD-002"] == ["opened", "withdrawn"]


async def test_prometheus_can_be_asked_how_a_control_is(tmp_path: Path) -> None:
    """Scraped from the running program: of the decisions under a control, how many are broken."""
    async with run(tmp_path) as program:
        config = SCRAPE.format(target=program.url.removeprefix("http://"))
        prometheus = Prometheus(tmp_path / "prometheus", config=config)
        try:
            await asyncio.to_thread(prometheus.start)
            await post(program, DECIDED)
            for query in QUERIES:
                await until(is_one, f"{prometheus.url}/api/v1/query", query=query)
        finally:
            await asyncio.to_thread(prometheus.stop)


def is_one(answer: Any) -> bool:
    """Whether Prometheus answers with one number, which is 1."""
    return [float(each["value"][1]) for each in answer["data"]["result"]] == [1.0]


async def test_a_webhook_receiver_can_check_who_has_sent_and_drop_repeats(tmp_path: Path) -> None:
    """Signed as Standard Webhooks says, under one id however often it takes; in order."""
    async with receiver() as other_end:
        other_end.answers = [Answer(503), Answer(500)]
        settings = {
            "webhook_url": f"http://{other_end.address}/hook",
            "webhook_secret": SECRET,
            "retry_seconds_max": "1",
        }
        async with run(tmp_path, **settings) as program:
            await post(program, DECIDED)
            await heard_of(other_end, 2)
            await post(program, LATE)
            await heard_of(other_end, 3)
        heard = other_end.heard

    told = [orjson.loads(each.body) for each in taken(heard).values()]
    assert all(is_genuine(each.headers, each.body) for each in heard)
    assert not is_genuine(heard[0].headers, heard[0].body + b" ")
    assert [(each["type"], each["data"]["rule"]) for each in told] == [
        ("foureyes.finding.opened", "APR-001"),
        ("foureyes.finding.opened", "EVD-002"),
        ("foureyes.finding.withdrawn", "EVD-002"),
    ]
    assert len(heard) == 5
    assert len({each.body for each in heard[:3]}) == 1


async def heard_of(other_end: Receiver, count: int) -> None:
    """Wait until a receiver has heard of so many changes."""
    async with asyncio.timeout(SECONDS_MAX):
        while len(taken(other_end.heard)) < count:
            await asyncio.sleep(0.05)


def taken(heard: list[Heard]) -> dict[str, Heard]:
    """What a receiver that drops repeats by id has, in the order in which it first came."""
    found: dict[str, Heard] = {}
    for each in heard:
        found.setdefault(each.headers["webhook-id"], each)
    return found


def is_genuine(headers: Mapping[str, str], body: bytes) -> bool:
    """Check a signature as the specification says, with nothing of ours."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    versions = dict(each.split(",", 1) for each in headers["webhook-signature"].split())
    return hmac.compare_digest(versions["v1"], expected)
