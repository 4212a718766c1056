"""Where the server listens, whom it lets in without a secret, and how it ends."""

import asyncio

import pytest
from aiohttp import web

from stream.clock import FixedClock
from stream.metric_labels import LabelSets
from stream.metrics import Metrics
from stream.web.receive import Receiver
from stream.web.server import (
    CannotListenError,
    OpenReceiverError,
    Patience,
    build_app,
    is_loopback,
    serve,
)
from tests.servers import LOOPBACK
from tests.web.client import JSON, ask, connect, head, post
from tests.web.serving import NOON, Shelf, always_ready, serving, some_sources
from tests.web.test_receive import until_waiting


async def test_a_source_without_a_secret_is_not_offered_to_others() -> None:
    """The start is refused with the reason; on the loopback the same sources are fine."""
    with pytest.raises(OpenReceiverError) as caught:
        await serve(an_app(receives=True), "0.0.0.0")  # noqa: S104 - it is what is refused

    assert str(caught.value) == (
        "receive: local would take reports from anybody who reaches '0.0.0.0';"
        " expected a secret for each of them, or a loopback address"
    )


async def test_a_process_that_takes_nothing_in_may_show_itself_to_all() -> None:
    """Numbers and health need no secret: they name nobody."""
    server = await serve(an_app(receives=False), "0.0.0.0")  # noqa: S104 - for Prometheus elsewhere
    numbers = await ask(server.port, "GET", "/metrics")
    nothing = await ask(server.port, "POST", "/in/local")
    page = await ask(server.port, "GET", "/")
    await server.close()

    assert (numbers.status, nothing.status) == (200, 404)
    assert b"/in/" not in page.body


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("", False),
        ("10.0.0.7", False),
        ("localhost.example.com", False),
        ("::ffff:127.0.0.1", False),
    ],
)
def test_only_what_surely_is_the_loopback_counts_as_such(host: str, *, expected: bool) -> None:
    """A name may mean anything tomorrow."""
    assert is_loopback(host) is expected


async def test_an_address_that_is_taken_is_refused_in_one_sentence() -> None:
    """With the address in it."""
    async with serving() as running:
        with pytest.raises(CannotListenError) as caught:
            await serve(an_app(receives=False), LOOPBACK, running.port)

    assert str(caught.value).startswith(f"can not listen on 127.0.0.1:{running.port}: ")
    assert "address already in use" in str(caught.value)


async def test_a_head_that_never_ends_is_hung_up_on() -> None:
    """Whether it drips or says nothing at all."""
    async with (
        serving(patience=Patience(head_seconds_max=0.1)) as running,
        connect(running.port) as silent,
        connect(running.port) as dripping,
    ):
        await dripping.say(b"POST /in/local HTTP/1.1\r\nHost: lo")

        assert await silent.is_closed()
        assert await dripping.is_closed()


async def test_the_rest_of_a_refused_body_is_thrown_away_for_a_while_only() -> None:
    """Long enough to read the answer; then the connection is closed."""
    patience = Patience(linger_seconds_max=0.1)
    async with serving(patience=patience) as running, connect(running.port) as connection:
        await connection.say(head("POST", "/in/local", {**JSON, "Content-Length": "999999999"}))
        answer = await connection.answer()

        assert answer.status == 413
        assert await connection.is_closed()


async def test_what_is_no_http_is_not_quoted_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The HTTP library would show a piece of it, and that piece may be anything."""
    async with serving() as running, connect(running.port) as connection:
        await connection.say(b"GET / HTTP/1.1\r\nann gave bo the keys\r\n\r\n")
        answer = await connection.answer()

    assert answer.status == 400
    assert "Error handling request" in caplog.text
    assert "the keys" not in caplog.text


async def test_closing_lets_what_is_under_way_end() -> None:
    """A body that is being stored gets its receipt; nobody new is let in."""
    async with serving() as running:
        running.shelf.opened.clear()
        asked = asyncio.create_task(post(running.port, "/in/local", b"{}"))
        await until_waiting(running, 1)

    assert (await asked).status == 202


def an_app(*, receives: bool) -> web.Application:
    """An application whose receiver, if it has one, has a source without a secret."""
    clock = FixedClock(NOON)
    sets = LabelSets(controls_by_rule={}, refusal_kinds=(), roles=(), partitions=1)
    metrics = Metrics(sets, now=clock.now)
    receiver = Receiver(Shelf().accept, sources=some_sources(), metrics=metrics, clock=clock)
    return build_app(
        metrics=metrics, readiness=always_ready, receiver=receiver if receives else None
    )
