"""Signed webhooks: any receiver that knows the specification can check them."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream import canonical
from stream.desk.delivery import DestinationUnavailableError, InvalidDestinationError
from stream.desk.destinations.webhook import Webhook, read_secret, sign
from tests.desk.destination_contract import DestinationContract, Subject, Told, deliveries
from tests.desk.findings import NOON
from tests.desk.receivers import Answer, Receiver, receiver

# The vector that the specification's own libraries are tested with.
PUBLISHED_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - as published
PUBLISHED_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
PUBLISHED_TIMESTAMP = 1614265330
PUBLISHED_BODY = b'{"test": 2432232314}'
PUBLISHED_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

SECRET = f"whsec_{base64.b64encode(b'only-for-tests-0123456789abcdef!').decode()}"


class WebhookSubject:
    """A receiver at an address that is a secret itself."""

    secrets = (SECRET, SECRET.removeprefix("whsec_"), "T0K3N", "/hooks")

    def __init__(self, other_end: Receiver) -> None:
        self._other_end = other_end
        self.destination = Webhook(f"http://{other_end.address}/hooks/T0K3N", SECRET)

    def told(self) -> list[Told]:
        """The posts; their id says which delivery it is."""
        return [
            Told(identity=each.headers["webhook-id"], text=each.body.decode())
            for each in self._other_end.heard
        ]

    async def break_down(self) -> None:
        """Go away."""
        await self._other_end.stop()

    async def repair(self) -> None:
        """Come back."""
        await self._other_end.start()

    async def refuse(self) -> bool:
        """Find every post wrong."""
        self._other_end.otherwise = Answer(400)
        return True


class TestWebhook(DestinationContract):
    """A webhook is a destination like any other."""

    @asynccontextmanager
    async def subject(self, tmp_path: Path) -> AsyncIterator[Subject]:  # noqa: ARG002
        """A receiver that takes everything."""
        async with receiver() as other_end:
            subject = WebhookSubject(other_end)
            yield subject
            await subject.destination.close()


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Check a webhook as the specification tells receivers to, from its text alone."""
    key = base64.b64decode(secret[len("whsec_") :])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    offered = [each.split(",", 1) for each in headers["webhook-signature"].split(" ")]
    return abs(now - int(headers["webhook-timestamp"])) <= 300 and any(
        version == "v1" and hmac.compare_digest(expected, signature.encode())
        for version, signature in offered
    )


def test_the_published_example_is_signed_as_published() -> None:
    """Key, id, time and body of the specification's example give its signature."""
    key = read_secret(PUBLISHED_SECRET)

    signature = sign(key, PUBLISHED_ID, PUBLISHED_TIMESTAMP, PUBLISHED_BODY)

    assert signature == PUBLISHED_SIGNATURE


async def test_a_receiver_can_check_what_it_gets() -> None:
    """Genuine as it came; not with another body, another id, another key, or an hour later."""
    async with receiver() as other_end:
        one = Webhook(f"http://{other_end.address}/", SECRET)
        await one.deliver(deliveries(WebhookSubject(other_end))[:1], NOON)
        await one.close()
        (heard,) = other_end.heard
    now = NOON.timestamp()

    assert is_genuine(SECRET, heard.headers, heard.body, now)
    assert not is_genuine(SECRET, heard.headers, heard.body + b" ", now)
    assert not is_genuine(SECRET, {**heard.headers, "webhook-id": "msg_other"}, heard.body, now)
    assert not is_genuine(PUBLISHED_SECRET, heard.headers, heard.body, now)
    assert not is_genuine(SECRET, heard.headers, heard.body, now + 3600)


async def test_each_attempt_is_signed_with_its_own_time() -> None:
    """A receiver that refuses old timestamps takes a late attempt; id and body stay the same."""
    async with receiver() as other_end:
        one = Webhook(f"http://{other_end.address}/", SECRET)
        for later in (0, 7200):
            await one.deliver(
                deliveries(WebhookSubject(other_end))[:1], NOON + timedelta(seconds=later)
            )
        await one.close()
        first, second = other_end.heard

    assert is_genuine(SECRET, second.headers, second.body, NOON.timestamp() + 7200)
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_the_body_says_what_happened() -> None:
    """Type, kind and time of what happened, and the finding as the log has it."""
    async with receiver() as other_end:
        life = deliveries(WebhookSubject(other_end))
        one = Webhook(f"http://{other_end.address}/", SECRET)
        for each in life:
            await one.deliver([each], NOON)
        await one.close()
        bodies = [orjson.loads(each.body) for each in other_end.heard]

    assert [(each["type"], each["kind"]) for each in bodies] == [
        ("foureyes.finding.opened", "firing"),
        ("foureyes.finding.updated", "firing"),
        ("foureyes.finding.withdrawn", "resolved"),
    ]
    assert bodies[0]["timestamp"] == "2026-11-24T12:00:00Z"
    assert [canonical.write(each["data"]) for each in bodies] == [each.line for each in life]


@pytest.mark.parametrize(
    ("answer", "is_final"),
    [
        (Answer(400), True),
        (Answer(401), True),
        (Answer(404), True),
        (Answer(410), True),
        (Answer(422), True),
        (Answer(302, {"Location": "http://127.0.0.1:1/"}), False),
        (Answer(408), False),
        (Answer(425), False),
        (Answer(429), False),
        (Answer(500), False),
        (Answer(503), False),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Answer) else "",
)
async def test_an_answer_says_whether_to_try_again(answer: Answer, *, is_final: bool) -> None:
    """Wrong is wrong for good; too much, too early and broken pass. Redirects are not followed."""
    async with receiver() as other_end:
        other_end.answers = [answer]
        one = Webhook(f"http://{other_end.address}/", SECRET)
        life = deliveries(WebhookSubject(other_end))
        with pytest.raises(Exception, match=f"HTTP {answer.status}") as failure:
            await one.deliver(life[:1], NOON)
        await one.close()

    assert isinstance(failure.value, DestinationUnavailableError) is not is_final


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7),
        ("Tue, 24 Nov 2026 12:01:30 GMT", 90),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0),
        ("99999999999999999999", 10**9),
        ("soon", None),
        ("-5", None),
    ],
)
async def test_a_receiver_may_ask_to_be_left_alone(told: str, seconds: int | None) -> None:
    """In seconds or as a date; what makes no sense is passed over."""
    async with receiver() as other_end:
        other_end.answers = [Answer(429, {"Retry-After": told})]
        one = Webhook(f"http://{other_end.address}/", SECRET)
        with pytest.raises(DestinationUnavailableError) as failure:
            await one.deliver(deliveries(WebhookSubject(other_end))[:1], NOON)
        await one.close()

    expected = None if seconds is None else timedelta(seconds=seconds)
    assert failure.value.retry_after == expected


async def test_a_receiver_that_hangs_is_given_up_on() -> None:
    """No answer is no answer: the attempt ends, and may be made again."""
    async with receiver() as other_end:
        other_end.answers = [Answer(hangs=True)]
        one = Webhook(f"http://{other_end.address}/", SECRET, answer_seconds_max=0.2)
        with pytest.raises(DestinationUnavailableError, match="Timeout"):
            await one.deliver(deliveries(WebhookSubject(other_end))[:1], NOON)
        await one.close()


@given(st.binary(min_size=24, max_size=64))
def test_a_secret_is_read_as_it_was_written(key: bytes) -> None:
    """24 to 64 bytes, as the specification asks."""
    assert read_secret(f"whsec_{base64.b64encode(key).decode()}") == key


@pytest.mark.parametrize(
    "wrong",
    ["whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!MfKQ9r8GKYqrTwjU", "whsec_", ""],
    ids=["short", "without its prefix", "no base64", "empty", "missing"],
)
def test_a_secret_that_is_none_is_refused_without_being_told(wrong: str) -> None:
    """The error says what a secret looks like, never what this one was."""
    with pytest.raises(InvalidDestinationError, match="its secret") as error:
        Webhook("http://127.0.0.1/", wrong)

    told = wrong.removeprefix("whsec_")
    assert not told or told not in str(error.value)
