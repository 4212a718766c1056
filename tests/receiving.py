"""Senders that put a receiver under load, as GitHub's hooks do, and remember what it promised."""

import hashlib
import hmac
import http.client
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson

from tests.connectors.github_examples import MEMBERSHIP

SECRET = "a-secret-between-github-and-us"  # noqa: S105 - opens nothing but a test
SECONDS_MAX = 30.0
SENDERS = 4


class Delivery(NamedTuple):
    """One webhook: its name, and its body."""

    name: str
    body: bytes


def deliveries(count: int) -> list[Delivery]:
    """Memberships, every second payload equal to the byte: only their names tell them apart."""
    return [
        Delivery(f"guid-{number:05d}", orjson.dumps({**MEMBERSHIP, "scope": f"team {number // 2}"}))
        for number in range(count)
    ]


class Senders:
    """Threads that send one delivery after the other until the receiver is gone."""

    def __init__(self, url: str, each: Sequence[Delivery]) -> None:
        self.acknowledged: list[str] = []
        self._url = urlsplit(url)
        self._threads = [
            threading.Thread(target=self._send_all, args=(each[number::SENDERS],))
            for number in range(SENDERS)
        ]

    def start(self) -> None:
        """Begin."""
        for each in self._threads:
            each.start()

    def join(self) -> None:
        """Wait until all are sent, or the receiver is gone."""
        for each in self._threads:
            each.join(SECONDS_MAX)

    def _send_all(self, each: Iterable[Delivery]) -> None:
        address = (str(self._url.hostname), self._url.port)
        connection = http.client.HTTPConnection(*address, timeout=SECONDS_MAX)
        try:
            for delivery in each:
                if send(connection, delivery) == http.HTTPStatus.ACCEPTED:
                    self.acknowledged.append(delivery.name)
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()


def send(connection: http.client.HTTPConnection, delivery: Delivery) -> int:
    """Send one delivery, signed; give the status."""
    signature = hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Delivery": delivery.name,
        "X-GitHub-Event": "membership",
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    connection.request("POST", "/in/github", delivery.body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


@contextmanager
def under_load(url: str, each: Sequence[Delivery]) -> Iterator[Senders]:
    """Senders at work; at the end they have sent everything, or lost their receiver."""
    senders = Senders(url, each)
    senders.start()
    try:
        yield senders
    finally:
        senders.join()
