"""Keys: made for nobody else to read, rotated with overlap, or never in this process at all."""

import stat
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rules.ledger.checkpoint import Kind, Note, read_checkpoint, read_key
from stream.archive.keys import (
    CommandKey,
    KeyFileError,
    check_ed25519,
    is_signed_by,
    keys_in,
    retire,
    rotate,
)
from stream.archive.notary import Notary
from stream.archive.reader import Archive
from stream.archive.schema import ArchiveError
from stream.archive.writer import PartitionWriter
from tests.archive.trails import company

NAME = "foureyes.example"


def test_a_key_is_made_on_first_use_and_is_nobody_elses(tmp_path: Path) -> None:
    """The file is 0600, and is the same key the next time."""
    path = tmp_path / "new" / "archive.key"

    (made,) = keys_in(path, NAME)
    (again,) = keys_in(path, NAME)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert made.key == again.key == read_key(str(made.key))
    assert check_ed25519(made.key.public, b"told", again.sign(b"told"))
    assert not check_ed25519(made.key.public, b"else", again.sign(b"told"))


def test_a_new_key_signs_beside_the_old_one_until_that_is_retired(tmp_path: Path) -> None:
    """Whoever knows only the old key can still check, and learns of the new one meanwhile."""
    path = tmp_path / "archive.key"
    (old,) = keys_in(path, NAME)

    new, still = rotate(path, NAME)
    (left,) = retire(path, NAME)

    assert (still.key, left.key) == (old.key, new.key)
    assert old.key != new.key


def test_there_are_never_more_keys_than_anybody_checks(tmp_path: Path) -> None:
    """Old keys have to be retired."""
    path = tmp_path / "archive.key"
    for _ in range(3):
        rotate(path, NAME)

    with pytest.raises(KeyFileError, match="retired first"):
        rotate(path, NAME)


@pytest.mark.parametrize(
    "text",
    ["", "nothing\n", "PRIVATE+KEY+foureyes.example+00000000+AAAA\n", "PRIVATE+KEY+a+b+\xff\n"],
)
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    """It is not written over: it may be somebody's."""
    path = tmp_path / "archive.key"
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(KeyFileError, match=r"archive\.key"):
        keys_in(path, NAME)
    assert path.read_text() == text


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    """It may have been copied."""
    path = tmp_path / "archive.key"
    keys_in(path, NAME)
    path.chmod(0o640)

    with pytest.raises(KeyFileError, match="mode 640"):
        keys_in(path, NAME)


def test_a_key_is_used_for_one_purpose_under_one_name(tmp_path: Path) -> None:
    """A witness does not sign as the log does, and no log as another."""
    path = tmp_path / "archive.key"
    keys_in(path, NAME)

    with pytest.raises(KeyFileError, match="a key of"):
        keys_in(path, "another.example")
    with pytest.raises(KeyFileError, match="a key of"):
        keys_in(path, NAME, Kind.COSIGNS)


SIGN = """
import sys
from base64 import b64encode
from pathlib import Path
from stream.archive.keys import is_signed_by, keys_in
(key,) = keys_in(Path({path!r}), {name!r})
sys.stdout.write(b64encode(key.sign(sys.stdin.buffer.read(){more})).decode())
"""


def test_a_command_may_keep_the_key(tmp_path: Path) -> None:
    """What it writes is checked: a command that signs something else is found out."""
    path = tmp_path / "elsewhere.key"
    (key,) = keys_in(path, NAME)
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(SIGN.format(path=str(path), name=NAME, more=""))
    bad.write_text(SIGN.format(path=str(path), name=NAME, more=" + b'else'"))

    signature = CommandKey(f"{sys.executable} {good}", key.key).sign(b"told")

    assert check_ed25519(key.key.public, b"told", signature)
    with pytest.raises(KeyFileError, match="not this key's signature"):
        CommandKey(f"{sys.executable} {bad}", key.key).sign(b"told")
    with pytest.raises(KeyFileError, match="absent"):
        CommandKey("/absent/command", key.key).sign(b"told")


@pytest.fixture
def archive(engine: Engine) -> Archive:
    """An archive with a day in it."""
    PartitionWriter(engine, 0).write(company().trail)
    return Archive(engine)


def test_a_checkpoint_says_what_the_archive_has(archive: Archive, tmp_path: Path) -> None:
    """Signed by every key in force, and made again only where something is new."""
    path = tmp_path / "archive.key"
    notary = Notary(archive, NAME, keys_in(path, NAME))
    (log,) = archive.logs()

    note = notary.issue()[0]
    rotated = Notary(archive, NAME, rotate(path, NAME)).issue()[0]

    told = read_checkpoint(note.text)
    assert (told.origin, told.size, told.root) == (f"{NAME}/0", log.size, log.root)
    assert notary.issue()[0].text == rotated.text
    assert len(rotated.signatures) == 2
    assert all(is_signed_by(rotated, each.key) for each in keys_in(path, NAME))
    assert not is_signed_by(Note(f"{note.text}more\n", note.signatures), notary.keys[0])


def test_an_archive_that_was_set_back_is_not_signed(archive: Archive, tmp_path: Path) -> None:
    """What was signed once has to be there for ever."""
    keys = keys_in(tmp_path / "archive.key", NAME)
    (log,) = archive.logs()
    longer = Notary(archive, NAME, keys).sign(f"{NAME}/0\n{log.size + 1}\n{'A' * 43}=\n")
    archive.keep_checkpoint(0, log.size + 1, f"{longer.text}\n\u2014 x AAAAAAAA\n")

    with pytest.raises(ArchiveError, match="set back"):
        Notary(archive, NAME, keys).issue()
