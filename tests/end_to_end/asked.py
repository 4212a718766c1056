"""What tests ask of a running `foureyes run` over HTTP, and what they read in its record."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rules.machines.contract import TRAIL
from stream.hosts.store import Store
from stream.running.embedded import LAYOUT
from tests.programs import Run

ANSWER_SECONDS_MAX = 40.0
LINES = "application/x-ndjson"


class Answer(NamedTuple):
    """What came back, whatever the status."""

    status: int
    headers: Mapping[str, str]
    text: str


def get(run: Run, path: str) -> Answer:
    """Ask for a page."""
    return _asked(urllib.request.Request(run.url + path))  # noqa: S310 - a loopback address


def send(
    run: Run,
    body: Sequence[bytes] | bytes,
    source: str = "native",
    type: str = LINES,
    **headers: str,
) -> Answer:
    """Send lines, or a body as it is."""
    content = body if isinstance(body, bytes) else b"\n".join(body)
    told = {"Content-Type": type, **headers}
    return _asked(urllib.request.Request(f"{run.url}/in/{source}", content, told))  # noqa: S310


def _asked(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX) as answer:  # noqa: S310
            return Answer(answer.status, dict(answer.headers), answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read().decode())


def recorded(directory: Path) -> list[str]:
    """The id of every event in the trail, as often as it stands there."""
    return [entry["id"] for entry in trail(directory) if "id" in entry]


def trail(directory: Path) -> list[dict[str, Any]]:
    """Every entry of the trail, partition by partition."""
    store = Store(directory, read_only=True)
    records = [
        record
        for partition in range(LAYOUT.journal)
        for record in store.read(TRAIL, partition, 0, 10**6)
    ]
    store.close()
    return [entry for record in records for entry in json.loads(record.value)["entries"]]
