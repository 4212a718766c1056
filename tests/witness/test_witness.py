"""A witness cosigns what only grows, and nothing else, whatever it is sent."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.ledger.checkpoint import Kind, read_note
from stream.archive.keys import is_signed_by, keys_in, rotate
from stream.witness.witness import Answer, Refused, Witness, write_request
from tests.witness.logs import SignedLog

NAME = "log.example"
WITNESS = "witness.example"
NOON = 1_795_608_000
LEAVES = [b"%d" % number for number in range(40)]
OTHERS = [b"other %d" % number for number in range(40)]


@pytest.fixture
def log(tmp_path: Path) -> SignedLog:
    """A log of forty entries."""
    (key,) = keys_in(tmp_path / "log.key", NAME)
    return SignedLog(key, LEAVES, f"{NAME}/0")


@pytest.fixture
def witness(tmp_path: Path, log: SignedLog) -> Witness:
    """A witness that knows this log's key."""
    return witness_in(tmp_path, log)


def witness_in(directory: Path, log: SignedLog) -> Witness:
    """A witness whose state is in a directory."""
    signers = keys_in(directory / "witness.key", WITNESS, Kind.COSIGNS)
    return Witness(directory, signers, [log.key.key], lambda: NOON)


def test_a_log_that_grows_is_cosigned_by_every_key(tmp_path: Path, log: SignedLog) -> None:
    """The answer is the witness' signature lines, and with them the note is twice signed."""
    keys = rotate(tmp_path / "witness.key", WITNESS, Kind.COSIGNS)
    note = log.note(7)

    answer = witness_in(tmp_path, log).add(log.request(0, 7))

    signed = read_note(f"{note.text}\n{answer.text}".encode())
    assert answer.status == 200
    assert [is_signed_by(signed, each.key) for each in keys] == [True, True]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 40)))
def test_only_a_log_that_grows_is_cosigned(sizes: list[int]) -> None:
    """Whatever sizes it is asked for, with a witness that dies after each of them."""
    with TemporaryDirectory() as made:
        directory = Path(made)
        (key,) = keys_in(directory / "log.key", NAME)
        log = SignedLog(key, LEAVES, f"{NAME}/0")
        known = 0
        for size in sizes:
            witness = witness_in(directory, log)
            answer = witness.add(log.request(min(known, size), size))
            assert answer.refused is (Refused.ROLLED_BACK if size < known else None)
            known = max(known, size)
            assert witness.known(log.origin).size == known


Ask = Callable[[SignedLog], bytes]
REFUSALS: dict[str, tuple[Refused, int, Ask]] = {
    "shorter": (Refused.ROLLED_BACK, 409, lambda log: log.request(0, 9)),
    "as-long-and-other": (Refused.FORKED, 409, lambda log: other(log).request(10, 10)),
    "longer-and-other": (Refused.UNPROVEN, 422, lambda log: other(log).request(10, 20)),
    "without-a-proof": (Refused.UNPROVEN, 422, lambda log: write_request(10, [], log.note(20))),
    "from-elsewhere": (Refused.STALE, 409, lambda log: log.request(8, 20)),
    "of-another-log": (Refused.UNKNOWN_LOG, 404, lambda log: named(log, "else.example/0")),
    "of-a-name-near": (Refused.UNKNOWN_LOG, 404, lambda log: named(log, f"{NAME}.eu/0")),
}


def other(log: SignedLog) -> SignedLog:
    """Another past, under the same name and signed by the same key."""
    return replace(log, leaves=OTHERS)


def named(log: SignedLog, origin: str) -> bytes:
    """What the same log asks under another name."""
    return replace(log, origin=origin).request(0, 9)


@pytest.mark.parametrize(("why", "status", "ask"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_not_the_log_as_it_was_is_refused(
    witness: Witness, log: SignedLog, why: Refused, status: int, ask: Ask
) -> None:
    """And what was cosigned before stands."""
    witness.add(log.request(0, 10))

    answer = witness.add(ask(log))

    assert (answer.refused, answer.status) == (why, status)
    assert witness.known(log.origin).size == 10
    assert status != 409 or answer.text == "10\n"


def test_two_notes_that_can_not_both_be_true_are_kept(
    tmp_path: Path, witness: Witness, log: SignedLog
) -> None:
    """Signed by the log's own key: that is the proof of what it did."""
    fork = other(log)
    witness.add(log.request(0, 10))
    witness.add(fork.request(10, 10))

    kept = [read_note(path.read_bytes()) for path in sorted(tmp_path.glob("*.[nr]*"))]

    assert {note.text for note in kept} == {log.note(10).text, fork.note(10).text}
    assert all(is_signed_by(note, log.key.key) for note in kept)


def test_who_has_not_the_logs_key_gets_nothing_cosigned(
    tmp_path: Path, witness: Witness, log: SignedLog
) -> None:
    """And raises no alarm: anybody can sign with a key of their own."""
    (stranger,) = keys_in(tmp_path / "stranger.key", NAME)

    answer = witness.add(replace(log, key=stranger).request(0, 10))

    assert (answer.refused, answer.status) == (Refused.UNKNOWN_KEY, 403)


GOOD_HEAD = b"old 0\n\n"


@given(st.binary() | st.binary().map(lambda tail: GOOD_HEAD + tail))
@example(b"old 00\n\n")
@example(b"old 1\n" + b"AA==\n" * 64 + b"\n")
def test_garbage_is_refused(body: bytes) -> None:
    """No body that is not a request does anything."""
    with TemporaryDirectory() as made:
        found = Witness(Path(made), [], [], lambda: NOON).add(body)

    assert found == Answer(400, found.text, Refused.MALFORMED)
