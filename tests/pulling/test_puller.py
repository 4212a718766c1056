"""Pulling one feed: every row once, whatever the source and the way to it do meanwhile."""

import io
import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.clock import SystemClock
from stream.log import Log
from stream.pulling.standing import Fetched
from tests.pulling.at_work import Work, working
from tests.pulling.certified import certified
from tests.pulling.vendor_server import (
    SECRET,
    TOKEN,
    Fault,
    Row,
    cut,
    failing,
    limited,
    okta_row,
    saying,
)

VENDORS = ("okta", "entra", "github", "servicenow")


def row(connector: str, number: int, at: datetime) -> tuple[datetime, Row]:
    """One row as a vendor writes it: its id and its time."""
    at = at.replace(microsecond=0)
    text = at.isoformat().replace("+00:00", "Z")
    match connector:
        case "okta":
            return okta_row(number, at)
        case "entra":
            return at, {"id": f"uuid-{number}", "activityDateTime": text}
        case "github":
            return at, {"_document_id": f"uuid-{number}", "@timestamp": int(at.timestamp() * 1000)}
        case _:
            told = {"value": f"{at:%Y-%m-%d %H:%M:%S}", "display_value": "shown"}
            return at, {"sys_id": {"value": f"uuid-{number}"}, "sys_updated_on": told}


def some_rows(work: Work, count: int, first: int = 0) -> list[tuple[datetime, Row]]:
    """Rows of the last hour; several of them have one time."""
    begin = work.server.now - timedelta(hours=1)
    connector = work.vendor.connector
    numbers = range(first, first + count)
    return [row(connector, n, begin + timedelta(seconds=n // 3)) for n in numbers]


def rows_of(work: Work) -> list[Row]:
    """What the server has, oldest first."""
    return [each for _, each in work.server.rows]


@pytest.mark.parametrize("connector", VENDORS)
async def test_every_row_of_every_page_is_taken_in_once_and_in_order(connector: str) -> None:
    """Then nothing more: rounds that go back over the overlap bring repeats only."""
    async with working(connector) as work:
        work.server.rows = some_rows(work, 26)
        await work.rounds(3)

        assert work.shelf.rows() == rows_of(work)
        assert work.counted("rows_total", kind="new") == 26
        assert work.counted("last_good_timestamp_seconds") > 0


async def test_a_source_is_asked_over_tls_if_its_authority_is_one_that_we_trust(
    tmp_path: Path,
) -> None:
    """With `ca_file` every row comes; without it nothing is asked, and no secret is shown."""
    authority, tls = certified(tmp_path)
    async with working(tls=tls) as work:
        work.server.rows = some_rows(work, 5)
        with pytest.raises(AssertionError):
            await work.rounds(1)
        shown_to_strangers = list(work.server.authorizations)
        failed = work.counted("answers_total", answer="unreachable")
        work.authority, work.slept = authority, []
        await work.rounds(1)

        assert shown_to_strangers == []
        assert failed > 0
        assert work.shelf.rows() == rows_of(work)


@pytest.mark.parametrize("connector", VENDORS)
async def test_what_comes_later_and_what_comes_late_is_fetched(connector: str) -> None:
    """Late: with a time before rows that were told already, within the overlap."""
    async with working(connector) as work:
        work.server.rows = some_rows(work, 9)

        def happen() -> None:
            late = work.server.now - timedelta(hours=1, minutes=3)
            work.server.rows += [row(connector, 900, late)]
            work.server.rows += [row(connector, 901, work.server.now)]

        await work.rounds(2, happen)

        told = work.shelf.rows()
        assert len(told) == 11
        assert all(each in told for each in rows_of(work))


@pytest.mark.parametrize("connector", VENDORS)
async def test_a_restart_goes_on_where_the_last_page_was_kept(connector: str) -> None:
    """A new puller on the same shelf: nothing is doubled, and what came meanwhile is there."""
    async with working(connector) as work:
        work.server.rows = some_rows(work, 10)
        work.shelf.dies_before = {3}
        await work.rounds(1)
        work.server.rows += some_rows(work, 7, first=10)
        await work.rounds(1)

        assert work.shelf.rows() == rows_of(work)


@settings(max_examples=20, deadline=None)
@given(before=st.sets(st.integers(1, 12)), after=st.sets(st.integers(1, 12)))
async def test_wherever_it_dies_nothing_is_lost_or_doubled(
    before: set[int], after: set[int]
) -> None:
    """Before rows and cursor are kept, or after: the cursor that is found again tells which."""
    async with working("okta") as work:
        work.server.rows = some_rows(work, 30)
        work.shelf.dies_before, work.shelf.dies_after = before, after
        await work.rounds(2)

        assert work.shelf.rows() == rows_of(work)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (failing(500), "failed"),
        (failing(503), "failed"),
        (cut, "unreachable"),
        (saying("<html>"), "unreadable"),
        (saying('{"rows": 1}'), "unreadable"),
        (failing(404), "gone"),
    ],
    ids=["500", "503", "cut", "no JSON", "no rows", "404"],
)
async def test_failures_are_waited_out_and_lose_nothing(fault: Fault, answer: str) -> None:
    """Longer each time, up to a limit; after a page that came the waits begin small again."""
    async with working("okta") as work:
        work.server.rows = some_rows(work, 9)
        work.server.faults.extend([fault] * 5)
        await work.rounds(1)

        assert work.slept == [1.0, 2.0, 4.0, 8.0, 8.0, 60.0]
        assert work.counted("answers_total", answer=answer) == 5
        assert work.shelf.rows() == rows_of(work)


async def test_a_limit_is_waited_for_as_long_as_the_source_says() -> None:
    """In seconds, as a date by the source's own clock, or by its reset; GitHub says 403 to it."""
    async with working("github") as work:
        work.server.rows = some_rows(work, 3)
        reset = str(int(work.clock.now().timestamp()) + 17 + 90)
        date = (work.clock.now() + timedelta(hours=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        later = (work.clock.now() + timedelta(hours=5, seconds=90)).strftime(
            "%a, %d %b %Y %H:%M:%S GMT"
        )
        spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
        work.server.faults.extend(
            [
                limited(**{"Retry-After": "17"}),
                limited(**{"Retry-After": later, "Date": date}),
                lambda: _with(403, {**spent, "Date": _http(work.clock.now())}),
            ]
        )
        await work.rounds(1)

        assert work.slept[:3] == [17.0, 90.0, 1.0]
        assert work.counted("waited_seconds_total") == 108.0
        assert work.counted("answers_total", answer="limited") == 3
        assert work.shelf.rows() == rows_of(work)


def _http(at: datetime) -> str:
    return at.strftime("%a, %d %b %Y %H:%M:%S GMT")


def _with(status: int, headers: dict[str, str]) -> web.Response:
    return web.json_response({}, status=status, headers=headers)


async def test_the_last_request_before_a_reset_is_followed_by_the_wait_for_it() -> None:
    """Nobody has to be refused first."""
    async with working("okta") as work:
        work.server.rows = some_rows(work, 6)
        work.server.remaining = 0
        await work.rounds(1)

        assert work.slept[0] == 30.0
        assert work.shelf.rows() == rows_of(work)


async def test_a_wait_that_is_asked_for_has_a_limit() -> None:
    """A source that asks for a year is asked again after an hour."""
    async with working("okta") as work:
        work.server.faults.append(limited(**{"Retry-After": "31536000"}))
        await work.rounds(1)

        assert work.slept[0] == 3600.0


async def test_a_refused_token_is_told_without_the_token_and_tried_again() -> None:
    """Somebody will put it right; neither the log nor an error has the secret."""
    stream = io.StringIO()
    async with working("okta") as work:
        work.server.rows = some_rows(work, 3)
        work.server.faults.extend([failing(401), failing(403)])
        with Log(SystemClock(), stream=stream, level=logging.DEBUG):
            await work.rounds(1)

        assert work.counted("answers_total", answer="refused") == 2
        assert work.shelf.rows() == rows_of(work)
    assert "pull refused" in stream.getvalue()
    assert SECRET not in stream.getvalue()


async def test_a_token_that_is_no_longer_taken_is_got_again() -> None:
    """Client credentials: one token for many pages, another after a refusal."""
    async with working("entra") as work:
        work.server.rows = some_rows(work, 9)
        work.server.faults.append(failing(401))
        await work.rounds(1)

        assert set(work.server.authorizations) == {f"Bearer {TOKEN}"}
        assert work.shelf.rows() == rows_of(work)


@pytest.mark.parametrize("hours", [-30, 30])
async def test_our_clock_may_be_wrong(hours: int) -> None:
    """Where we stand follows from the source's times, never from ours."""
    async with working("okta", begin=timedelta(days=3)) as work:
        work.server.rows = some_rows(work, 9)
        work.clock.advance(timedelta(hours=hours))
        more = some_rows(work, 5, first=9)
        await work.rounds(3, lambda: work.server.rows.extend(more[len(work.server.rows) - 9 :][:2]))

        assert work.shelf.rows() == rows_of(work)


async def test_a_row_from_the_future_does_not_take_us_there() -> None:
    """It is taken in, and what comes after it in time is fetched all the same."""
    async with working("okta") as work:
        work.server.rows = [okta_row(1, work.server.now + timedelta(days=400))]
        await work.rounds(
            2, lambda: work.server.rows.append(okta_row(2, work.server.now - timedelta(minutes=1)))
        )

        assert [each["uuid"] for each in work.shelf.rows()] == ["uuid-1", "uuid-2"]


async def test_a_page_that_is_no_longer_to_be_had_begins_the_round_again() -> None:
    """A cursor of the source has run out: asked again from where we stand, nothing is doubled."""
    async with working("okta") as work:
        work.server.rows = some_rows(work, 10)
        turns = [True, False]
        original = work.server.before_page

        def refuse_once() -> None:
            original()
            work.server.refuses_links = turns.pop(0) if turns else False

        work.server.before_page = refuse_once
        await work.rounds(1)

        assert work.counted("answers_total", answer="gone") >= 1
        assert work.shelf.rows() == rows_of(work)


async def test_a_link_to_another_host_is_not_followed() -> None:
    """Our secret is for the source only."""
    page = '[{"uuid": "uuid-1", "published": "2026-11-01T00:00:00Z"}]'
    async with working("okta") as work:
        link = {"Link": '<http://elsewhere.example/api?after=1>; rel="next"'}
        work.server.faults.append(lambda: web.Response(text=page, headers=link))
        await work.rounds(1)

        assert len(work.shelf.rows()) == 1
        assert all("elsewhere" not in each for each in work.server.asked)
        assert work.counted("answers_total", answer="gone") == 1


async def test_rows_that_move_while_pages_are_read_are_not_passed_over() -> None:
    """ServiceNow: an approval that is decided moves to the end, all behind it one place up."""
    async with working("servicenow") as work:
        begin = work.server.now - timedelta(hours=1)
        work.server.rows = [
            row("servicenow", n, begin + timedelta(seconds=10 * n)) for n in range(20)
        ]
        moves = iter(range(3))

        def move() -> None:
            number = next(moves, None)
            if number is not None:
                at, old = work.server.rows.pop(0)
                changed = row("servicenow", 100 + number, at + timedelta(minutes=30))
                work.server.rows.append((changed[0], {**changed[1], "sys_id": old["sys_id"]}))

        work.server.before_page = move
        await work.rounds(2)

        ids = {each["sys_id"]["value"] for each in work.shelf.rows()}
        assert ids == {f"uuid-{n}" for n in range(20)}
        assert all(each in work.shelf.rows() for each in rows_of(work))


async def test_a_page_that_did_not_change_is_not_sent_again() -> None:
    """GitHub answers 304 to its own ETag, and does not count it against the limit."""
    async with working("github") as work:
        work.server.rows = some_rows(work, 3)
        await work.rounds(3)

        assert work.counted("answers_total", answer="unchanged") >= 1
        assert work.shelf.rows() == rows_of(work)


async def test_a_source_is_said_to_be_fetched_only_after_a_round() -> None:
    """First: nothing is; then up to the overlap before the round began, by the source's clock."""
    async with working("okta") as work:
        work.server.rows = some_rows(work, 9)
        began = work.server.now
        await work.rounds(2)

        first, *rounds = map(datetime.fromisoformat, work.shelf.reports())
        assert first == began - timedelta(days=1)
        assert rounds == [began - timedelta(minutes=10), began - timedelta(minutes=9)]


def test_a_source_of_several_feeds_is_fetched_as_far_as_the_slowest() -> None:
    """And not at all before each of them has said something."""
    at = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
    fetched = Fetched(["a", "b"])

    assert fetched.reach("a", at) is None
    assert fetched.reach("b", at - timedelta(hours=1)) == at - timedelta(hours=1)
    assert fetched.reach("b", at + timedelta(hours=1)) == at
