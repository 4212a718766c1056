"""A secret that travels inside a body is in no file of a run: what is on disk is looked at."""

import json
from pathlib import Path

import pytest

from stream.hosts.store import Store
from stream.topics import raw_topic
from stream.web.manners.taken_out import TAKEN_OUT
from tests.end_to_end.asked import send
from tests.programs import running

SECRET, ANSWER = "a-client-state-that-is-secret", "hush-0b7e-what-answers-an-invocation"
GRAPH = {"value": [{"changeType": "updated", "clientState": SECRET, "resource": "users/ann"}]}
SAILPOINT = {
    "_metadata": {"secret": ANSWER, "invocationId": "9c5a", "triggerId": "idn:unknown"},
    "state": "approved",
}
TOKEN = "Bearer a-token-of-the-subscription"  # noqa: S105 - opens nothing but a test


@pytest.mark.parametrize("is_killed", [False, True], ids=["stopped", "killed"])
def test_what_was_taken_out_of_a_body_is_in_no_file(tmp_path: Path, is_killed: bool) -> None:  # noqa: FBT001
    """Neither in the raw log nor in what is made of it, the write-ahead log or what was said.

    In its place the record says that something was there.
    """
    data, log = tmp_path / "data", tmp_path / "run.log"
    settings = {
        "FOUREYES_DATA": str(data),
        "FOUREYES_SOURCES": "entra,sailpoint",
        "FOUREYES_HTTP_SCHEME_ENTRA": "graph",
        "FOUREYES_HTTP_SECRET_ENTRA": SECRET,
        "FOUREYES_HTTP_SECRET_SAILPOINT": TOKEN.removeprefix("Bearer "),
        "FOUREYES_LOG_LEVEL": "debug",
    }
    with running(settings, log) as run:
        answers = [
            send(run, json.dumps(GRAPH).encode(), "entra", "application/json"),
            send(
                run,
                json.dumps(SAILPOINT).encode(),
                "sailpoint",
                "application/json",
                Authorization=TOKEN,
            ),
        ]
        if is_killed:
            run.process.kill()
            run.process.wait()
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]

    assert [each.status for each in answers] == [202, 202], answers
    for source in ("entra", "sailpoint"):
        assert any(TAKEN_OUT.encode() in each for each in raw(data, source))
    assert sum(each.count(TAKEN_OUT.encode()) for each in written) >= 2
    for secret in (SECRET, ANSWER, TOKEN.removeprefix("Bearer ")):
        assert not any(secret.encode() in each for each in written)


def raw(data: Path, source: str) -> list[bytes]:
    """What is kept of a source's bodies."""
    store = Store(data, read_only=True)
    found = [
        each.value
        for partition in store.partitions(raw_topic(source))
        for each in store.read(raw_topic(source), partition, 0, 100)
    ]
    store.close()
    return found
