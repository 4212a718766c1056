"""Notes and keys: written in one way, read back the same, refused in every other."""

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.ledger.checkpoint import (
    Checkpoint,
    InvalidNoteError,
    Key,
    Kind,
    Note,
    Signature,
    check_signature,
    cosignature,
    read_checkpoint,
    read_key,
    read_note,
    write_note,
)

NAMES = st.from_regex(r"[!-*,-~]{1,40}", fullmatch=True)
KEYS = st.builds(Key, NAMES, st.sampled_from(Kind), st.binary(min_size=32, max_size=32))
CHECKPOINTS = st.builds(
    Checkpoint,
    origin=NAMES,
    size=st.integers(0, 10**15),
    root=st.binary(min_size=32, max_size=32),
)
SIGNATURES = st.builds(
    Signature, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)
)


def checks(public: bytes, message: bytes, signature: bytes) -> bool:
    """A scheme that everybody can sign with: it only shows what is signed by which key."""
    return signature == sha256(public + message).digest() * 2


@given(CHECKPOINTS, st.lists(SIGNATURES, min_size=1, max_size=4))
def test_a_checkpoint_is_read_back_as_it_was_written(
    checkpoint: Checkpoint, signatures: list[Signature]
) -> None:
    """What it says, and who signed it."""
    note = read_note(write_note(Note(checkpoint.text(), tuple(signatures))))

    assert note.signatures == tuple(signatures)
    assert read_checkpoint(note.text) == checkpoint


@given(CHECKPOINTS, SIGNATURES, st.data())
def test_a_note_with_one_byte_changed_is_another_note_or_none(
    checkpoint: Checkpoint, signature: Signature, data: st.DataObject
) -> None:
    """No two texts are one note: not a blank more, not other padding in the base64."""
    raw = bytearray(write_note(Note(checkpoint.text(), (signature,))))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))

    try:
        note = read_note(bytes(raw))
    except InvalidNoteError:
        return

    assert note != Note(checkpoint.text(), (signature,))


@given(KEYS)
def test_a_key_is_read_back_as_it_was_written(key: Key) -> None:
    """Name, kind and bytes; its id follows from them."""
    assert read_key(str(key)) == key


def test_a_key_is_written_as_other_tools_write_it() -> None:
    """The example of the specification: PeterNeumann's key and its id."""
    key = read_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")

    assert (key.name, key.kind, key.id.hex()) == ("PeterNeumann", Kind.SIGNS, "c74f20a3")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000+",
        "two words+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+CRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    """No name, no bytes, another id, another algorithm."""
    with pytest.raises(InvalidNoteError):
        read_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "log\n7\n",
        f"log\n07\n{b64encode(bytes(32)).decode()}\n",
        f"log\n-7\n{b64encode(bytes(32)).decode()}\n",
        f"log\n7\n{b64encode(bytes(31)).decode()}\n",
        f"a log\n7\n{b64encode(bytes(32)).decode()}\n",
        f"log\n7\n{b64encode(bytes(32)).decode()}\nmore\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """A size in another spelling, a root of another length, a line too few or too many."""
    with pytest.raises(InvalidNoteError):
        read_checkpoint(text)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text\n\n",
        b"text\n\n- name AAAAAAA=\n",
        b"\xff\n\n\xe2\x80\x94 name AAAAAAA=\n",
        b"x" * 20_000,
        b"text\n\n" + "\u2014 name AAAAAAA=\n".encode() * 17,
    ],
)
def test_what_is_no_note_is_refused(raw: bytes) -> None:
    """Nobody's signature, another dash, no text, more than anybody needs."""
    with pytest.raises(InvalidNoteError):
        read_note(raw)


@given(CHECKPOINTS, KEYS, st.integers(0, 2**40))
def test_a_signature_is_of_one_text_by_one_key_at_one_time(
    checkpoint: Checkpoint, key: Key, seconds: int
) -> None:
    """A cosignature signs its time as well, so that it can not be moved to another."""
    text = checkpoint.text()
    message = text.encode()
    if key.kind is Kind.COSIGNS:
        message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    value = sha256(key.public + message).digest() * 2
    told = Signature(key.name, key.id, value)
    later = told
    if key.kind is Kind.COSIGNS:
        told, later = cosignature(key, seconds, value), cosignature(key, seconds + 1, value)

    assert told.is_of(key)
    assert check_signature(text, told, key, checks).is_valid
    assert not check_signature(f"{text}more\n", told, key, checks).is_valid
    assert check_signature(text, later, key, checks).is_valid is (key.kind is Kind.SIGNS)
    assert not check_signature(text, Signature(key.name, key.id, b"short"), key, checks).is_valid
