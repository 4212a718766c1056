"""The process that listens where the settings say: whether it is ready, and how to go on if not."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException

from stream.checkup.check import Check, ok, wrong

ANSWER_SECONDS_MAX = 2.0
ANSWER_BYTES_MAX = 1_000_000
RUNBOOK = "see deploy/README.md, 'A partition has halted'"
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked here, not listened on


def check_running(host: str, port: int) -> Iterator[Check]:
    """Ask `/readyz`: each reason why a running foureyes is not ready, a halt with its remedy.

    Nothing is said where none runs.
    """
    told = _readiness(_ANYWHERE.get(host, host), port)
    if told is None:
        return
    if not told:
        yield ok("running", f"the foureyes at {host}:{port} is ready")
    for reason in told:
        yield wrong("running", reason, RUNBOOK if " stopped at record " in reason else "wait")


def _readiness(host: str, port: int) -> list[str] | None:
    """The reasons why it is not ready; None where nobody answers as foureyes does."""
    connection = HTTPConnection(host, port, timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request("GET", "/readyz")
        told = json.loads(connection.getresponse().read(ANSWER_BYTES_MAX))
        return [str(reason) for reason in told["reasons"]]
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()
