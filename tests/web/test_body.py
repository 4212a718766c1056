"""What one body may cost: bytes as sent, bytes as decoded, time."""

import asyncio
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.web.body import GZIP_MEMBERS_MAX
from stream.web.receive import ReceiveLimits
from tests.web.client import JSON, Answer, connect, head, post
from tests.web.serving import Serving, serving

PACKED = {**JSON, "Content-Encoding": "gzip"}
CHUNKED = {**JSON, "Transfer-Encoding": "chunked"}
SMALL = ReceiveLimits(body_bytes_max=1000, decoded_bytes_max=2000)
BOMB_BYTES = 50_000_000


async def test_a_declared_length_over_the_limit_is_refused_before_it_is_read() -> None:
    """Limit and found are both in the answer, as a sentence and as numbers."""
    async with serving(limits=SMALL) as running, connect(running.port) as connection:
        await connection.say(head("POST", "/in/local", {**JSON, "Content-Length": "1001"}))
        answer = await connection.answer()

    assert answer.status == 413
    assert answer.told == {
        "error": "local: the body has 1001 bytes; expected at most 1000",
        "source": "local",
        "found": 1001,
        "limit": 1000,
    }
    assert running.counted("local", "too_large") == 1


async def test_a_body_exactly_at_the_limit_comes_in() -> None:
    """The limit is what may be, not what may not."""
    async with serving(limits=SMALL) as running:
        answer = await post(running.port, "/in/local", b"x" * 1000)

    assert answer.status == 202


async def test_chunks_over_the_limit_are_refused_as_soon_as_they_are() -> None:
    """Nobody has to declare a length; reading stops at the limit all the same."""
    async with serving(limits=SMALL) as running:
        answer = await post_chunks(running, [b"x" * 600, b"x" * 600])

    assert answer.status == 413
    assert answer.told["limit"] == 1000
    assert 1000 < answer.told["found"] <= 1200
    assert running.shelf.stored == []


async def test_chunks_within_the_limit_come_in_as_one_body() -> None:
    """How it was cut on the way is nobody's business."""
    async with serving(limits=SMALL) as running:
        answer = await post_chunks(running, [b"[1,", b"2", b"]"])

    assert answer.status == 202
    assert running.shelf.stored == [("local", b"[1,2]")]


async def test_a_bomb_stops_at_the_decoded_limit() -> None:
    """Fifty million bytes in fifty thousand: what is unpacked of it is one byte too many."""
    bomb = gzip.compress(b"0" * BOMB_BYTES)
    async with serving() as running:
        answer = await post(running.port, "/in/local", bomb, PACKED)

    assert answer.status == 413
    assert answer.told["error"] == (
        "local: the decoded body has 1000001 bytes; expected at most 1000000"
    )
    assert running.shelf.stored == []


async def test_a_bomb_in_parts_stops_at_the_same_limit() -> None:
    """The limit is for all parts together."""
    async with serving(limits=SMALL) as running:
        answer = await post(running.port, "/in/local", gzip.compress(b"0" * 900) * 3, PACKED)

    assert answer.told["error"] == "local: the decoded body has 2001 bytes; expected at most 2000"


@given(st.lists(st.binary(max_size=600), min_size=1, max_size=3))
async def test_a_packed_body_is_handed_on_unpacked(parts: list[bytes]) -> None:
    """As one part or as several that a log shipper has joined."""
    packed = b"".join(gzip.compress(part) for part in parts)
    async with serving(limits=ReceiveLimits(decoded_bytes_max=1800)) as running:
        answer = await post(running.port, "/in/local", packed, PACKED)

    assert answer.status == 202
    assert running.shelf.stored == [("local", b"".join(parts))]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", "its end is missing"),
        (b"{}", "its bytes make no sense"),
        (gzip.compress(b"{}", mtime=0)[:-1], "its end is missing"),
        (gzip.compress(b"{}", mtime=0) + b"and more", "its bytes make no sense"),
        (zlib.compress(b"{}"), "its bytes make no sense"),
        (gzip.compress(b"", mtime=0) * (GZIP_MEMBERS_MAX + 1), "it has more than 64 parts"),
    ],
)
async def test_what_only_claims_to_be_packed_is_refused(sent: bytes, reason: str) -> None:
    """The sender is told; nothing is guessed and nothing is kept."""
    async with serving() as running:
        answer = await post(running.port, "/in/local", sent, PACKED)

    assert answer.status == 400
    assert answer.told["error"] == f"local: the body is not gzip: {reason}"
    assert running.shelf.stored == []
    assert running.counted("local", "undecodable") == 1


async def test_other_ways_of_packing_are_named_as_not_taken() -> None:
    """Brotli is not wrong, just not ours."""
    async with serving() as running:
        answer = await post(running.port, "/in/local", b"{}", {**JSON, "Content-Encoding": "br"})

    assert answer.status == 415
    assert answer.told["error"] == "local: Content-Encoding is 'br'; expected gzip or none"


async def test_a_slow_sender_is_given_up() -> None:
    """Half a body and then nothing: its place in flight goes to somebody else."""
    limits = ReceiveLimits(body_seconds_max=0.1, in_flight_max=1)
    async with serving(limits=limits) as running:
        async with connect(running.port) as slow:
            await slow.say(head("POST", "/in/local", {**JSON, "Content-Length": "10"}) + b"12345")
            answer = await slow.answer()
            closed = await slow.is_closed()
        next_one = await post(running.port, "/in/local", b"{}")

    assert answer.status == 408
    assert answer.told["error"] == ("local: only 5 bytes came in 0.1 s; expected the whole body")
    assert closed
    assert next_one.status == 202
    assert running.shelf.stored == [("local", b"{}")]
    assert running.counted("local", "slow") == 1


async def test_a_drip_does_not_keep_a_place_for_ever() -> None:
    """A byte now and then does not start the clock again."""
    limits = ReceiveLimits(body_seconds_max=0.2)
    async with serving(limits=limits) as running, connect(running.port) as slow:
        await slow.say(head("POST", "/in/local", {**JSON, "Content-Length": "1000"}))
        for _ in range(5):
            await slow.say(b"1")
            await asyncio.sleep(0.05)
        answer = await slow.answer()

    assert answer.status == 408


async def test_a_body_that_breaks_off_is_not_taken() -> None:
    """Half of what was sent is not what was sent."""
    async with serving() as running:
        async with connect(running.port) as connection:
            await connection.say(
                head("POST", "/in/local", {**JSON, "Content-Length": "10"}) + b"123"
            )
        await until_counted(running, "cut_off")

    assert running.shelf.stored == []


async def test_chunks_that_make_no_sense_are_not_taken() -> None:
    """A broken sender or proxy: 400 if it shows at once, 408 if later, as aiohttp lets us wait."""
    limits = ReceiveLimits(body_seconds_max=0.1)
    async with serving(limits=limits) as running, connect(running.port) as connection:
        await connection.say(head("POST", "/in/local", CHUNKED) + b"2\r\n{}\r\n")
        await asyncio.sleep(0.02)
        await connection.say(b"nonsense\r\n")
        answer = await connection.answer()

    assert answer.status in {400, 408}
    assert running.shelf.stored == []


async def post_chunks(running: Serving, chunks: list[bytes]) -> Answer:
    """Send a body without declaring its length."""
    async with connect(running.port) as connection:
        await connection.say(head("POST", "/in/local", CHUNKED))
        for chunk in [*chunks, b""]:
            await connection.say(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        return await connection.answer()


async def until_counted(running: Serving, answer: str) -> None:
    """Wait until one body of the local source was answered like this."""
    async with asyncio.timeout(10):
        while not running.counted("local", answer):
            await asyncio.sleep(0.005)
