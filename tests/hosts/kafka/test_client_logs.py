"""A broker that is away fills no disk: of each kind of line a few go through, with a count."""

import logging

import pytest

from stream.hosts.kafka.client_logs import KINDS_MAX, Sparingly, say_less


def line(text: str, *, at: float, level: int = logging.ERROR) -> logging.LogRecord:
    """A line as a client would log it at this time."""
    record = logging.LogRecord("aiokafka.conn", level, "", 0, text, (1,), None)
    record.created = at
    return record


def test_one_of_a_kind_goes_through_and_tells_of_the_others() -> None:
    """A thousand of the same within the time: one, and the next one says how many were kept."""
    sparingly = Sparingly(seconds=30)
    shown = [sparingly.filter(line("node %s is away", at=1000 + n / 100)) for n in range(1000)]
    later = line("node %s is away", at=1031)

    assert sum(shown) == 1
    assert sparingly.filter(later)
    assert later.getMessage() == "node 1 is away [and 999 more of these]"


def test_another_kind_is_not_kept_back() -> None:
    """Another text or another level is news."""
    sparingly = Sparingly()

    assert sparingly.filter(line("one %s", at=1000))
    assert sparingly.filter(line("two %s", at=1000))
    assert sparingly.filter(line("one %s", at=1000, level=logging.WARNING))
    assert not sparingly.filter(line("one %s", at=1001))


def test_a_clock_that_was_set_back_keeps_nothing_back() -> None:
    """A line from before the last one is shown, rather than waited for."""
    sparingly = Sparingly()

    assert sparingly.filter(line("one %s", at=5000))
    assert sparingly.filter(line("one %s", at=1000))


def test_what_is_remembered_has_a_limit() -> None:
    """Texts that are never the same twice do not fill the memory."""
    sparingly = Sparingly()
    for number in range(3 * KINDS_MAX):
        sparingly.filter(line(f"text {number} %s", at=1000))

    assert len(sparingly._kinds) <= KINDS_MAX


def test_every_logger_of_the_client_has_one_filter(caplog: pytest.LogCaptureFixture) -> None:
    """Also after a second host has been started; other loggers are left alone."""
    say_less()
    say_less()

    for name in ("aiokafka", "aiokafka.producer.sender", "aiokafka.consumer.group_coordinator"):
        found = [each for each in logging.getLogger(name).filters if isinstance(each, Sparingly)]
        assert len(found) == 1
    assert not logging.getLogger().filters
    with caplog.at_level(logging.ERROR):
        for _ in range(50):
            logging.getLogger("aiokafka.conn").error("a text of this test")
    assert len(caplog.records) == 1
