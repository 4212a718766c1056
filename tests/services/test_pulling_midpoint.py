"""midPoint pulled out of its PostgreSQL audit: every record once, whatever happens meanwhile."""

import asyncio
import io
import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest

from stream.checkup.check import State
from stream.checkup.pulled import check_pulled
from stream.clock import SystemClock
from stream.connectors.midpoint import MIDPOINT
from stream.log import Log
from stream.pulling.cursor import Ask
from stream.pulling.database.caller import DatabaseCaller
from stream.pulling.database.connecting import Place
from stream.pulling.errors import CannotReadError
from stream.pulling.vendors.midpoint import MIDPOINT as VENDOR
from stream.settings import Settings
from tests.connectors.reading import events, refusal
from tests.connectors.test_midpoint import EXAMPLES, EXECUTED
from tests.connectors.test_replayed_findings import OF_EXAMPLES, found, lines
from tests.end_to_end.asked import recorded
from tests.programs import FINDINGS_SECONDS_MAX, page, running, wait_until
from tests.pulling.at_work import Work, working
from tests.services.midpoint_audit import PASSWORD, READER, Audit, stored
from tests.services.postgres import Postgres, SecuredPostgres

BEGIN = timedelta(days=3_650)


@pytest.fixture(scope="module")
def reader(postgres: Postgres) -> str:
    """The user that foureyes reads as."""
    with psycopg.connect(postgres.new_database()) as connection:
        connection.execute(f"CREATE USER {READER} PASSWORD '{PASSWORD}'")
    return READER


@pytest.fixture
def audit(reader: str, database_url: str) -> Audit:  # noqa: ARG001 - the user has to be there
    """An empty audit."""
    return Audit(database_url)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[SecuredPostgres]:
    """A server that can be killed, asks for a password, and speaks TLS on the loopback."""
    server = SecuredPostgres(tmp_path)
    with server:
        with psycopg.connect(server.new_database()) as connection:
            connection.execute(f"CREATE USER {READER} PASSWORD '{PASSWORD}'")
        yield server
    server.remove()


def place(url: str, **more: Any) -> Place:
    """The same database, as the one who may only read."""
    return Place(url=url.replace("postgres@", f"{READER}@"), seconds_max=5.0, **more)


@asynccontextmanager
async def pulling(at: Place) -> AsyncIterator[Work]:
    """A puller that can be put to work on it."""
    async with working("midpoint", begin=BEGIN) as work:
        yield replace(work, place=at)


def some(count: int, first: int = 0, *, at: datetime | None = None) -> list[dict[str, Any]]:
    """Records that follow each other; three of them have one time."""
    begin = at or datetime.now(UTC) - timedelta(hours=1)
    return [
        {
            "eventIdentifier": f"uuid-{number}",
            "timestamp": (begin + timedelta(seconds=number // 3)).isoformat(),
            "eventType": "createSession",
            "eventStage": "request",
        }
        for number in range(first, first + count)
    ]


def pulled(work: Work) -> list[str]:
    """Which records were taken in, in order."""
    return [each["eventIdentifier"] for each in work.shelf.rows()]


def named(records: list[dict[str, Any]]) -> list[str]:
    """Which records these are."""
    return [each["eventIdentifier"] for each in records]


async def test_what_is_pulled_becomes_the_events_and_findings_of_the_written_records(
    audit: Audit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Approvals, whose hand it was, what was given: by way of the tables as by way of a file."""
    written = stored([*EXAMPLES, {**EXAMPLES[2], "attorneyRef": EXAMPLES[0]["initiatorRef"]}])
    audit.write(written)
    async with pulling(place(audit.url)) as work:
        await work.rounds(1)
        rows = work.shelf.rows()

    key = orjson.dumps
    assert sorted(map(_told, rows), key=key) == sorted(map(_told, written), key=key)
    told = found("midpoint", lines(rows[:-1]), tmp_path, capsys)
    assert (
        told == OF_EXAMPLES["midpoint"] == found("midpoint", lines(written[:-1]), tmp_path, capsys)
    )


def _told(record: dict[str, Any]) -> list[Any]:
    """What the connector reads, but for the bytes it was read from."""
    return [str(each) for each in events(MIDPOINT, record)]


async def test_of_a_delta_only_what_was_assigned_is_kept(audit: Audit) -> None:
    """People's attributes and passwords stay where they are."""
    added = {
        "changeType": "add",
        "itemDelta": [],
        "objectToAdd": {
            "@type": "c:UserType",
            "c:name": "not for us",
            "c:assignment": [
                {"targetRef": {"oid": "r", "type": "c:RoleType", "targetName": "Pay"}}
            ],
        },
    }
    born = {**EXECUTED, "eventIdentifier": "born", "eventType": "addObject"}
    audit.write(stored([EXECUTED, {**born, "delta": [{"objectDelta": added}]}]))
    async with pulling(place(audit.url)) as work:
        await work.rounds(1)
        rows = work.shelf.rows()

    (given,) = events(MIDPOINT, rows[1])
    assert given.entitlement is not None
    assert (given.action, given.entitlement.name) == ("provisioned", "Pay")
    assert b"not for us" not in b"".join(work.shelf.bodies)
    assert b"AES" not in b"".join(work.shelf.bodies)
    assert b"fullName" not in b"".join(work.shelf.bodies)


@pytest.mark.parametrize(
    ("delta", "why"),
    [
        (b"<t:objectDelta xmlns:t='types-3'>", "neither JSON nor XML"),
        (b"{" + b" " * (8 * 1024 * 1024) + b"}", "longer than 8388608 bytes"),
        (b"\xff", "neither JSON nor XML"),
    ],
    ids=["XML", "long", "bytes"],
)
async def test_a_delta_that_is_not_read_is_not_passed_over(
    audit: Audit, delta: bytes, why: str
) -> None:
    """Its record is refused with the reason: what it gave nobody knows."""
    audit.write(stored([{**EXECUTED, "delta": [{"objectDelta": delta}]}]))
    async with pulling(place(audit.url)) as work:
        await work.rounds(1)
        (row,) = work.shelf.rows()

    assert refusal(MIDPOINT, row) == (
        f"acme: field 'delta[].objectDelta' is '{why}'; "
        "expected a delta, which says what was assigned and taken away"
    )


async def test_every_record_of_every_page_is_taken_in_once_and_in_order(audit: Audit) -> None:
    """Among records of one time, the next page goes on behind the last id."""
    records = some(26)
    audit.write(records)
    async with pulling(place(audit.url)) as work:
        await work.rounds(3)

        assert pulled(work) == named(records)
        assert work.counted("rows_total", kind="new") == 26
        assert work.counted("last_good_timestamp_seconds") > 0


async def test_what_comes_later_and_what_comes_late_is_fetched(audit: Audit) -> None:
    """Late: an older time, or an id below those that were told already."""
    audit.write(some(9), first_id=100)
    late = datetime.now(UTC) - timedelta(minutes=63)
    more = [*some(1, 900, at=late - timedelta(seconds=300)), *some(1, 901, at=late)]

    def happen() -> None:
        audit.write(more[:1], first_id=3)
        audit.write(more[1:], first_id=104)

    async with pulling(place(audit.url)) as work:
        await work.rounds(2, happen)

        assert sorted(pulled(work)) == sorted([*named(some(9)), *named(more)])


async def test_a_restart_goes_on_where_the_last_page_was_kept(audit: Audit) -> None:
    """In the middle of a round, whether or not the last page was kept before we died."""
    audit.write(some(10))
    async with pulling(place(audit.url)) as work:
        work.shelf.dies_before, work.shelf.dies_after = {3}, {5}
        await work.rounds(1)
        audit.write(some(7, first=10))
        await work.rounds(1)

        assert pulled(work) == named(some(17))


@pytest.mark.parametrize("hours", [-30, 30])
async def test_our_clock_may_be_wrong_and_theirs_too(audit: Audit, hours: int) -> None:
    """Where we stand follows from the database's present; a record from the future moves nobody."""
    audit.write(some(1, 800, at=datetime.now(UTC) + timedelta(days=400)))
    audit.write(some(9))
    async with pulling(place(audit.url)) as work:
        work.clock.advance(timedelta(hours=hours))
        news = some(3, 900, at=datetime.now(UTC) - timedelta(minutes=5))
        await work.rounds(2, lambda: audit.write(news))

        assert sorted(pulled(work)) == sorted([*named(some(9)), *named(news), "uuid-800"])


async def test_a_page_is_cut_short_before_its_deltas_are_too_much(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next one goes on there."""
    monkeypatch.setattr("stream.pulling.database.midpoint.PAGE_DELTA_BYTES_MAX", 500)
    records = [{**EXECUTED, "eventIdentifier": f"uuid-{number}"} for number in range(7)]
    audit.write(stored(records))
    async with pulling(place(audit.url)) as work:
        await work.rounds(1)

        assert pulled(work) == named(records)
        assert work.counted("answers_total", answer="rows") == 7
        assert all(len(events(MIDPOINT, row)) == 2 for row in work.shelf.rows())


WRONG = {
    "no table": ("DROP TABLE ma_audit_ref", "unreadable", "ma_audit_ref"),
    "no column": (
        "ALTER TABLE ma_audit_event RENAME attorneyName TO whose",
        "unreadable",
        "column ma_audit_event.attorneyname does not exist",
    ),
    "no right": (
        "REVOKE SELECT (delta) ON ma_audit_delta FROM foureyes",
        "refused",
        "permission denied for table ma_audit_delta",
    ),
}


@pytest.mark.parametrize(("change", "answer", "words"), WRONG.values(), ids=WRONG.keys())
async def test_what_can_not_be_read_is_told_by_source_place_and_reason_and_waited_out(
    audit: Audit, change: str, answer: str, words: str
) -> None:
    """By the log, by the numbers and by `foureyes doctor`; once it is mended nothing is missing."""
    audit.write(stored(list(EXAMPLES)))
    stream = io.StringIO()
    async with pulling(place(audit.url)) as work:
        with psycopg.connect(audit.url) as connection:
            connection.execute(change)
            connection.commit()
            with (
                Log(SystemClock(), stream=stream, level=logging.DEBUG),
                pytest.raises(AssertionError),
            ):
                await work.rounds(1)
        settings = _settings(audit.url)
        (check,) = check_pulled(settings)

        assert (work.slept[:5], work.shelf.rows()) == ([1.0, 2.0, 4.0, 8.0, 8.0], [])
        assert work.counted("answers_total", answer=answer) > 3
    assert f"pull {answer}" in stream.getvalue()
    assert words in stream.getvalue()
    assert "acme" in stream.getvalue()
    assert (check.state, words in check.found) == (State.WRONG, True)


def _settings(url: str, **more: str) -> Settings:
    told = url.replace("postgres@", f"{READER}@")
    return Settings.load({"FOUREYES_PULL_URL_MIDPOINT": told, **more})


async def test_a_server_that_is_killed_and_comes_back_costs_nothing(
    secured: SecuredPostgres,
) -> None:
    """Over TLS with a password that is in no log; killed between two pages, and started again."""
    audit = Audit(secured.new_database())
    audit.write(some(20))
    stream = io.StringIO()
    at = Place(
        url=secured.over_tls(audit.url, READER),
        password=PASSWORD,
        seconds_max=5.0,
        ca_file=secured.authority,
    )
    async with pulling(at) as work:
        work.pause, keep = 0.05, work.shelf.keep

        async def keep_and_die(*told: Any) -> None:
            await keep(*told)
            if work.shelf.kept == 3:
                secured.kill()
                asyncio.get_running_loop().call_later(0.3, secured.start)

        work.shelf.keep = keep_and_die  # type: ignore[method-assign, assignment]
        with Log(SystemClock(), stream=stream, level=logging.DEBUG):
            await work.rounds(1)

        assert pulled(work) == named(some(20))
        assert work.counted("answers_total", answer="unreachable") >= 1
    assert PASSWORD not in stream.getvalue()


async def test_a_wrong_password_and_a_stranger_s_certificate_are_refused(
    secured: SecuredPostgres,
) -> None:
    """Who is not the source is shown nothing; who does not know us says so."""
    audit = Audit(secured.new_database())
    url = secured.over_tls(audit.url, READER)
    good = Place(url=url, password=PASSWORD, ca_file=secured.authority)
    strangers = replace(good, ca_file=None, url=f"{url}?sslmode=verify-full&sslrootcert=system")

    assert await _refusal(replace(good, password="another")) == "refused"  # noqa: S106
    assert await _refusal(strangers) == "unreachable"
    assert await _refusal(replace(good, url=url.replace(READER, "nobody"))) == "refused"
    await _asked(DatabaseCaller(good))


async def test_a_server_that_hangs_is_given_up_and_blocks_nobody(secured: SecuredPostgres) -> None:
    """It takes the connection and answers nothing; other work of the loop goes on meanwhile."""
    audit = Audit(secured.new_database())
    at = replace(place(audit.url), seconds_max=1.0, password=PASSWORD)
    caller = DatabaseCaller(at)
    holder = psycopg.connect(audit.url)
    holder.execute("LOCK TABLE ma_audit_event IN ACCESS EXCLUSIVE MODE")
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.05)
            beats += 1

    beating = asyncio.create_task(beat())
    async with caller:
        with pytest.raises(CannotReadError, match="statement timeout"):
            await _asked(caller)
    beating.cancel()
    holder.close()

    assert beats > 10


async def test_a_frozen_server_is_given_up_too(secured: SecuredPostgres) -> None:
    """Its processes stand still, so it can not keep its own time; the line is cut on our side."""
    audit = Audit(secured.new_database())
    at = replace(place(audit.url), seconds_max=0.5, password=PASSWORD)
    os.kill(secured.pid, signal.SIGSTOP)
    try:
        async with DatabaseCaller(at) as caller:
            caller._seconds_max = 1.0
            with pytest.raises(CannotReadError, match=r"no answer after 1 s|timeout"):
                await _asked(caller)
    finally:
        os.kill(secured.pid, signal.SIGCONT)


async def _asked(caller: DatabaseCaller) -> None:
    (feed,) = VENDOR.feeds
    await caller.ask(feed, Ask(since=datetime.now(UTC) - BEGIN), 10, {})


async def _refusal(at: Place) -> str:
    with pytest.raises(CannotReadError) as refused:
        await _asked(DatabaseCaller(at))
    assert PASSWORD not in str(refused.value)
    return refused.value.meaning


def test_a_run_that_is_killed_in_the_middle_goes_on_and_records_each_once(
    audit: Audit, tmp_path: Path
) -> None:
    """`foureyes run` on the embedded host, by pages of two; what comes late is there as well."""
    data, log = tmp_path / "data", tmp_path / "run.log"
    begin = datetime.now(UTC) - timedelta(minutes=20)
    audit.write(stored([_request(number, begin) for number in range(40)]))
    settings = {
        "FOUREYES_DATA": str(data),
        "FOUREYES_FINDINGS": "none",
        "FOUREYES_SOURCES": "midpoint",
        "FOUREYES_PULL_URL_MIDPOINT": place(audit.url).url,
        "FOUREYES_PULL_SECRET_MIDPOINT": PASSWORD,
        "FOUREYES_PULL_PAGE_ROWS": "2",
        "FOUREYES_PULL_EVERY_SECONDS": "1",
    }
    with running(settings, log) as run:
        wait_until(lambda: _pages(run.url) > 3, FINDINGS_SECONDS_MAX, log)
        run.process.kill()
        run.process.wait()
    audit.write(stored([_request(900, begin - timedelta(minutes=5))]))
    expected = sorted(f"uuid-{number}" for number in (*range(40), 900))
    with running(settings, log) as run:
        wait_until(lambda: sorted(set(recorded(data))) == expected, FINDINGS_SECONDS_MAX, log)

    assert sorted(recorded(data)) == expected
    assert PASSWORD not in log.read_text()


def _pages(url: str) -> float:
    """How many pages were answered so far."""
    name = 'foureyes_pull_answers_total{answer="rows",feed="audit",source="midpoint"} '
    told = [line for line in page(url).splitlines() if line.startswith(name)]
    return float(told[0].removeprefix(name)) if told else 0.0


def _request(number: int, begin: datetime) -> dict[str, Any]:
    at = (begin + timedelta(seconds=number)).isoformat()
    return {**EXAMPLES[0], "eventIdentifier": f"uuid-{number}", "timestamp": at}


def test_doctor_says_that_an_audit_can_be_read(audit: Audit) -> None:
    """With the rights that `foureyes sources midpoint` lists, and no others."""
    (check,) = check_pulled(_settings(audit.url))

    assert check.state is State.OK
    assert "can be read" in check.found
