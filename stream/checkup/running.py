"""The process that listens where the settings say: whether it is ready, and how to go on if not."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException

from stream.checkup.check import Check, ok, warn, wrong
from stream.settings import Settings

ANSWER_SECONDS_MAX = 2.0
ANSWER_BYTES_MAX = 1_000_000
RUNBOOK = "see deploy/README.md, 'A partition has halted'"
BLIND = "see deploy/README.md, 'FoureyesCanaryMissing'"
UNSEALED = "set FOUREYES_CANARY_SECRET for intake and desk"
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked here, not listened on


def check_running(host: str, port: int) -> Iterator[Check]:
    """Ask `/readyz`: each reason why a running foureyes is not ready, a halt with its remedy.

    What it has noticed though it is ready is wrong as well. Nothing is said where none runs.
    """
    told = _readiness(_ANYWHERE.get(host, host), port)
    if told is None:
        return
    reasons, notices = told
    if not reasons:
        yield ok("running", f"the foureyes at {host}:{port} is ready")
    for reason in reasons:
        yield wrong("running", reason, RUNBOOK if " stopped at record " in reason else "wait")
    for notice in notices:
        yield wrong("canary", notice, BLIND)


def check_canary(settings: Settings) -> Check:
    """Say whether a canary is sent, and why not."""
    if not settings.canary_seconds:
        return ok("canary", "none is sent (FOUREYES_CANARY_SECONDS is 0)")
    if settings.kafka_bootstrap and settings.canary_secret is None:
        found = "none is sent: nobody would notice that foureyes is blind"
        return warn("canary", found, UNSEALED)
    every, bound = settings.canary_seconds, settings.canary_bound_seconds
    return ok("canary", f"every {every} s, expected at each desk within {bound} s")


def _readiness(host: str, port: int) -> tuple[list[str], list[str]] | None:
    """Why it is not ready and what it has noticed; None where nobody answers as foureyes does."""
    connection = HTTPConnection(host, port, timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request("GET", "/readyz")
        told = json.loads(connection.getresponse().read(ANSWER_BYTES_MAX))
        reasons, notices = told["reasons"], told.get("notices", [])
        return [str(reason) for reason in reasons], [str(notice) for notice in notices]
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()
