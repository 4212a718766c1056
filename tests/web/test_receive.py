"""What a sender can rely on: a receipt means stored, and everything else means keep it."""

import asyncio
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from stream.web.receive import ReceiveLimits, StorageUnavailableError
from tests.web.client import JSON, Answer, ask, post
from tests.web.serving import TOKEN, WITH_TOKEN, Serving, serving

BODY = b'{"id": "REQ-7-2"}'


async def test_a_receipt_says_where_the_body_is_stored() -> None:
    """202, and the place in the log at which an auditor will find it."""
    async with serving() as running:
        answer = await post(running.port, "/in/iga/acme", BODY, WITH_TOKEN)

    assert answer.status == 202
    assert answer.told == {
        "source": "iga/acme",
        "bytes": len(BODY),
        "stored": {"log": "iga.raw", "partition": 0, "offset": 0},
    }
    assert running.shelf.stored == [("iga/acme", BODY)]
    assert running.counted("iga/acme", "stored") == 1


@given(st.binary(max_size=4096))
async def test_any_body_with_the_right_secret_is_handed_on_byte_for_byte(body: bytes) -> None:
    """Nothing is parsed, trimmed or put right: what an auditor sees is what the source sent."""
    async with serving() as running:
        answer = await post(running.port, "/in/iga/acme", body, WITH_TOKEN)

    assert answer.status == 202
    assert running.shelf.stored == [("iga/acme", body)]


async def test_there_is_no_receipt_before_the_body_is_durable() -> None:
    """While the storage still works on it, the sender waits; the receipt comes afterwards."""
    async with serving() as running:
        running.shelf.opened.clear()
        asked = asyncio.create_task(post(running.port, "/in/local", BODY))
        await until_waiting(running, 1)
        early = asked.done()
        running.shelf.opened.set()
        answer = await asked

    assert not early
    assert answer.status == 202


async def test_storage_that_is_away_means_try_again_later() -> None:
    """503 with a time: the sender keeps the body, and we have promised nothing."""
    async with serving() as running:
        running.shelf.failure = StorageUnavailableError(
            storage="journal.sqlite", reason="the disk is full"
        )
        answer = await post(running.port, "/in/local", BODY)

    assert answer.status == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.told["error"] == (
        "local: the body could not be stored: journal.sqlite: the disk is full; try again in 5 s"
    )
    assert running.shelf.stored == []
    assert running.counted("local", "unavailable") == 1


async def test_storage_that_takes_too_long_means_try_again_later() -> None:
    """A sender is not held for ever."""
    async with serving(limits=ReceiveLimits(store_seconds_max=0.05)) as running:
        running.shelf.opened.clear()
        answer = await post(running.port, "/in/local", BODY)

    assert answer.status == 503
    assert answer.told["error"] == (
        "local: the body could not be stored: it took longer than 0.05 s; try again in 5 s"
    )


async def test_a_bug_behind_it_gives_no_receipt_either() -> None:
    """Whatever goes wrong while storing, the sender never hears 202, nor what went wrong."""
    async with serving() as running:
        running.shelf.failure = ZeroDivisionError("the secret of the house")
        answer = await post(running.port, "/in/local", BODY)

    assert answer.status == 500
    assert b"secret" not in answer.body
    assert running.shelf.stored == []
    assert running.counted("local", "failed") == 1


async def test_more_bodies_than_may_be_in_flight_are_sent_away() -> None:
    """Two are being stored, the third has to come back; afterwards there is room again."""
    async with serving(limits=ReceiveLimits(in_flight_max=2)) as running:
        running.shelf.opened.clear()
        first = [asyncio.create_task(post(running.port, "/in/local", BODY)) for _ in range(2)]
        await until_waiting(running, 2)
        third = await post(running.port, "/in/local", BODY)
        running.shelf.opened.set()
        statuses = [(await each).status for each in first]
        fourth = await post(running.port, "/in/local", BODY)

    assert third.status == 429
    assert third.headers["retry-after"] == "5"
    assert third.told["error"] == "local: 2 bodies are being taken in; try again in 5 s"
    assert (statuses, fourth.status) == ([202, 202], 202)
    assert running.counted("local", "busy") == 1


async def test_a_failure_gives_its_place_back() -> None:
    """Ten refusals and failures in a row do not use up the two places there are."""
    async with serving(limits=ReceiveLimits(in_flight_max=2, body_bytes_max=20)) as running:
        running.shelf.failure = ZeroDivisionError()
        for _ in range(5):
            await post(running.port, "/in/local", BODY)
            await post(running.port, "/in/local", b"x" * 21)
        running.shelf.failure = None
        answer = await post(running.port, "/in/local", BODY)

    assert answer.status == 202


async def test_a_sender_that_hangs_up_does_not_undo_what_is_being_stored() -> None:
    """It may not know, but the body is in; when it is sent again, intake knows the repeat."""
    async with serving() as running:
        running.shelf.opened.clear()
        asked = asyncio.create_task(post(running.port, "/in/local", BODY))
        await until_waiting(running, 1)
        asked.cancel()
        await asyncio.wait([asked])
        running.shelf.opened.set()
        await until_waiting(running, 0)

    assert running.shelf.stored == [("local", BODY)]


async def test_an_unknown_source_is_told_the_known_ones() -> None:
    """A slip of the pen is found by reading the answer."""
    async with serving() as running:
        answer = await post(running.port, "/in/iga/amce", BODY, WITH_TOKEN)

    assert answer.status == 404
    assert answer.told == {
        "error": "iga/amce: no such source; expected one of iga/acme, local",
        "source": "iga/amce",
        "known": ["iga/acme", "local"],
    }
    assert running.counted("other", "unknown_source") == 1


async def test_without_any_source_the_answer_says_so() -> None:
    """A receiver that nobody has configured yet."""
    async with serving({}) as running:
        answer = await post(running.port, "/in/acme", BODY)

    assert answer.told["error"] == "acme: no such source; expected one that is configured"


async def test_what_no_connector_reads_is_not_taken() -> None:
    """A form, plain text (what a browser sends to strangers unasked), or nothing declared."""
    async with serving() as running:
        form = await post_as(running, "application/x-www-form-urlencoded")
        plain = await post_as(running, "text/plain")
        nothing = await post(running.port, "/in/local", BODY, {})

    expected = "expected application/json or application/x-ndjson"
    assert [each.status for each in (form, plain, nothing)] == [415, 415, 415]
    assert form.told["error"] == (
        f"local: Content-Type is 'application/x-www-form-urlencoded'; {expected}"
    )
    assert nothing.told["error"] == f"local: Content-Type is missing; {expected}"
    assert running.counted("local", "unsupported") == 3


async def test_json_in_all_its_names_is_taken() -> None:
    """One document, lines, a CloudEvent; with or without a charset."""
    names = [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/x-ndjson",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
    ]
    async with serving() as running:
        answers = [await post_as(running, name) for name in names]

    assert [each.status for each in answers] == [202] * len(names)


async def test_only_a_post_brings_something_in() -> None:
    """The refusal is JSON here as everywhere, and names what is allowed."""
    async with serving() as running:
        answer = await ask(running.port, "GET", "/in/local")

    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert answer.told == {
        "error": "local: GET is no handshake that is known here; expected POST",
        "source": "local",
    }


async def test_no_answer_and_no_number_shows_a_secret() -> None:
    """Neither the one that was expected nor the one that was tried."""
    tried = "a-guess-that-happens-to-be-wrong"
    async with serving() as running:
        guess = {**JSON, "Authorization": f"Bearer {tried}"}
        answer = await post(running.port, "/in/iga/acme", BODY, guess)
        metrics = await ask(running.port, "GET", "/metrics")

    said = (answer.body + metrics.body).decode()
    assert answer.status == 401
    assert tried not in said
    assert TOKEN not in said


async def post_as(running: Serving, content_type: str) -> Answer:
    """Send the body under a declared type."""
    return await post(running.port, "/in/local", BODY, {"Content-Type": content_type})


async def until_waiting(running: Serving, count: int) -> None:
    """Wait until so many bodies are with the storage."""
    async with asyncio.timeout(10):
        while running.shelf.waiting != count:
            await asyncio.sleep(0.005)


async def test_a_source_that_sends_too_fast_is_asked_to_come_later() -> None:
    """A second's worth at once, then as fast as it is given back; the others are not held up."""
    async with serving(limits=ReceiveLimits(bodies_per_second_max=2)) as running:
        burst = [await post(running.port, "/in/local", BODY) for _ in range(3)]
        other = await post(running.port, "/in/iga/acme", BODY, WITH_TOKEN)
        running.clock.advance(timedelta(seconds=0.5))
        after = [await post(running.port, "/in/local", BODY) for _ in range(2)]

    assert [each.status for each in burst] == [202, 202, 429]
    assert burst[2].headers["retry-after"] == "1"
    assert burst[2].told["error"] == (
        "local: more than 2 bodies came in a second; try again in 1 s"
    )
    assert other.status == 202
    assert [each.status for each in after] == [202, 429]
    assert running.counted("local", "busy") == 2


async def test_a_stranger_uses_up_nothing_of_what_a_source_may_send() -> None:
    """Whoever has not proven who they are is not counted against the source."""
    guess = {**JSON, "Authorization": "Bearer a-guess-that-happens-to-be-wrong"}
    async with serving(limits=ReceiveLimits(bodies_per_second_max=1)) as running:
        wrong = [await post(running.port, "/in/iga/acme", BODY, guess) for _ in range(3)]
        right = await post(running.port, "/in/iga/acme", BODY, WITH_TOKEN)

    assert [each.status for each in (*wrong, right)] == [401, 401, 401, 202]
