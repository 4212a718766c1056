"""The webhook gateways: the other side of every call, which knows an execution and no case."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from stream.demo.chance import Chance
from stream.demo.feed import Feed, Lateness, told

GATEWAY, PORTSIDE = "gateway", "portside"
"""The company's own gateway, and the one of the port authority: a source each."""
_LOGGED = Lateness(1, 20)
NOTIFY = {"extension": "notify", "version": "3"}
"""What makes nearly every call, and in which version."""


class Call(NamedTuple):
    """One call: the execution that made it, its own id, and where it went."""

    execution: str
    invocation: str
    url: str


def new_call(chance: Chance, url: str) -> Call:
    """Make a call of a new execution."""
    return Call(chance.hex(12), f"inv-{chance.hex(10)}", url)


def log_call(  # noqa: PLR0913 - what a log line holds
    feed: Feed,
    chance: Chance,
    at: datetime,
    stream: str,
    call: Call,
    *,
    extension: Mapping[str, str] = NOTIFY,
) -> None:
    """Log that a call came in and was answered."""
    payload = {
        "id": f"{stream}-{chance.hex(16)}",
        "time": told(at),
        "method": "POST",
        "url": call.url,
        "invocation": call.invocation,
        "execution": call.execution,
        "caller": "svc-workflow",
        **extension,
        "status": 200,
        "signature": "ok",
        "duration_ms": chance.between(12, 900),
    }
    feed.send(stream, payload, at, _LOGGED)
