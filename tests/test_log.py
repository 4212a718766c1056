"""What foureyes says about itself: readable for both, free of payloads, never a flood."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stream.clock import FixedClock
from stream.log import (
    CHATTER_LINES_MAX,
    CHATTER_WINDOW_SECONDS,
    CHATTY,
    VALUE_CHARS_MAX,
    WITHHELD_KEYS,
    Log,
    logger,
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
WINDOW = timedelta(seconds=CHATTER_WINDOW_SECONDS)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


class Said:
    """What was written so far."""

    def __init__(self, stream: io.StringIO, clock: FixedClock) -> None:
        self.stream = stream
        self.clock = clock

    @property
    def text(self) -> str:
        """As it stands on the screen or in the file."""
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """As JSON, one object a line."""
        return [json.loads(line) for line in self.text.splitlines()]


@contextmanager
def saying(stream: io.StringIO | None = None, level: int = logging.INFO) -> Iterator[Said]:
    """Open the log on a stream of our own, at noon."""
    clock = FixedClock(NOON)
    stream = io.StringIO() if stream is None else stream
    with Log(clock, stream=stream, level=level):
        yield Said(stream, clock)


def test_a_program_gets_one_json_object_a_line() -> None:
    """An event, its keys, who says it, how grave it is, when."""
    with saying() as said:
        logger("stream.intake").info("lane caught up", source="okta", lanes=3)

    assert said.lines == [
        {
            "event": "lane caught up",
            "source": "okta",
            "lanes": 3,
            "level": "info",
            "logger": "stream.intake",
            "timestamp": "2026-11-01T12:00:00.000Z",
        }
    ]


def test_a_person_gets_keys_and_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, one line each; without colours for those who do not want them."""
    monkeypatch.setenv("NO_COLOR", "1")
    with saying(Terminal()) as said:
        logger("stream.intake").warning("lane behind", source="okta", records=3)

    assert said.text.startswith("2026-11-01T12:00:00.000Z [warning")
    assert "lane behind" in said.text
    assert "source=okta" in said.text
    assert "records=3" in said.text
    assert "\x1b" not in said.text


def test_libraries_come_out_the_same_way() -> None:
    """Whoever collects the log finds one format."""
    with saying() as said:
        logging.getLogger("sqlalchemy.pool").warning("pool of %s is empty", "five")

    (line,) = said.lines
    assert (line["event"], line["logger"]) == ("pool of five is empty", "sqlalchemy.pool")
    assert line["level"] == "warning"


def test_an_exception_shows_where_and_not_what_was_in_hand() -> None:
    """The frames, and none of their variables: those may be payload."""
    hidden = "person-4711"
    for stream in (io.StringIO(), Terminal()):
        with saying(stream) as said:
            try:
                _ = len(hidden) // 0
            except ZeroDivisionError:
                logger("stream.judge").exception("partition halted", partition=3)

        assert "ZeroDivisionError" in said.text
        assert "test_log.py" in said.text
        assert hidden not in said.text


@pytest.mark.parametrize("key", sorted(WITHHELD_KEYS | {"Authorization"}))
def test_payloads_and_secrets_are_withheld_by_their_names(key: str) -> None:
    """A slip in one place does not put a secret in everybody's log."""
    with saying() as said:
        logger("stream.web").info("body taken", **{key: "hunter2"})

    assert said.lines[0][key] == "(withheld)"
    assert "hunter2" not in said.text


def test_bytes_and_long_texts_are_not_shown_whole() -> None:
    """Whatever they are called: a size says enough."""
    with saying() as said:
        logger("stream.web").info("frame read", frame=b"ann", reason="x" * 10_000)

    (line,) = said.lines
    assert line["frame"] == "(3 bytes)"
    assert line["reason"] == "x" * VALUE_CHARS_MAX + "… (10000 characters)"


def test_a_strangers_text_can_not_move_the_cursor() -> None:
    """A user agent with escape sequences, or with a second log line in it."""
    with saying(Terminal()) as said:
        logging.getLogger("aiohttp.access").warning("agent %s", "\x1b[2Jx\n2026 [info] all is well")

    assert "\x1b[2J" not in said.text
    assert "\\x1b[2Jx\\n2026" in said.text
    assert len(said.text.splitlines()) == 1


@pytest.mark.parametrize("name", [*CHATTY, "aiokafka.consumer.group_coordinator"])
def test_a_chatty_library_is_cut_and_the_cut_is_counted(name: str) -> None:
    """A broker is down: twenty lines, then one that says how many more there were."""
    with saying() as said:
        for number in range(1000):
            logging.getLogger(name).error("connection %d refused", number)
        while_down = len(said.lines)
        said.clock.advance(WINDOW)
        logger("stream.hosts").info("broker is back")

    assert while_down == CHATTER_LINES_MAX
    cut, back = said.lines[CHATTER_LINES_MAX:]
    assert (cut["event"], cut["lines"]) == ("suppressed lines", 980)
    assert name.startswith(cut["of"])
    assert (cut["at_level"], cut["logger"]) == ("error", "stream.log")
    assert back["event"] == "broker is back"


def test_after_the_window_there_is_room_again() -> None:
    """Each window starts from nothing."""
    with saying() as said:
        for _ in range(3):
            for _ in range(CHATTER_LINES_MAX + 1):
                logging.getLogger("faust").warning("rebalancing")
            said.clock.advance(WINDOW)

    events = [line["event"] for line in said.lines]
    assert events == (["rebalancing"] * CHATTER_LINES_MAX + ["suppressed lines"]) * 3


def test_what_is_cut_when_the_log_closes_is_said_too() -> None:
    """A process that ends in the middle of a flood does not keep it to itself."""
    with saying() as said:
        for _ in range(CHATTER_LINES_MAX + 5):
            logging.getLogger("mode").warning("tick")

    assert said.lines[-1]["lines"] == 5


def test_a_flood_at_one_level_does_not_hide_another() -> None:
    """An error among thousands of notes is seen."""
    with saying() as said:
        for _ in range(1000):
            logging.getLogger("aiokafka.conn").warning("reconnecting")
        logging.getLogger("aiokafka.conn").error("authentication failed")

    assert "authentication failed" in [line["event"] for line in said.lines]


def test_our_own_words_are_never_cut() -> None:
    """The limit is for strangers; a name that only begins alike is none."""
    with saying() as said:
        for _ in range(100):
            logger("stream.desk").info("delivered")
            logging.getLogger("model").info("trained")

    assert len(said.lines) == 200


def test_closing_leaves_nothing_behind() -> None:
    """The root logger is as it was."""
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    stream = io.StringIO()
    with Log(FixedClock(NOON), stream=stream, level=logging.DEBUG):
        logger("stream.desk").debug("meanwhile")
    logger("stream.desk").error("after")

    assert (root.level, list(root.handlers)) == before
    assert "meanwhile" in stream.getvalue()
    assert "after" not in stream.getvalue()


def test_standard_output_is_for_results() -> None:
    """Nothing that is logged gets there, neither before a log is open nor after."""
    program = """
from stream.clock import SystemClock
from stream.log import Log, logger
logger("stream.a").error("before")
with Log(SystemClock()):
    logger("stream.a").info("meanwhile", rule="APR-001")
logger("stream.a").error("after")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout == b""
    assert b"APR-001" in done.stderr


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
def test_a_library_that_tells_of_its_own_doings_is_heard_only_by_who_asks(level: int) -> None:
    """A consumer that joins its group says ten lines about it; with level debug they are shown."""
    with saying(level=level) as said:
        logging.getLogger("aiokafka.consumer").info("joining")

    assert bool(said.lines) == (level == logging.DEBUG)
