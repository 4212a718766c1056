"""Who signs: Ed25519 keys from a file of our own, or a command that keeps the key elsewhere."""

import os
import shlex
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rules.errors import FoureyesError
from rules.ledger.checkpoint import (
    SIGNATURE_BYTES,
    InvalidNoteError,
    Key,
    Kind,
    Note,
    check_name,
    check_signature,
)

KEYS_MAX = 4
"""Keys that sign at the same time: the present one and those that it takes over from."""
KEY_FILE_BYTES_MAX = 4_096
COMMAND_SECONDS_MAX = 30
_LEAD = "PRIVATE+KEY+"
_SEED_BYTES = 32


class KeyFileError(FoureyesError):
    """A key can not be used: where it is, what is wrong, what was expected."""

    def __init__(self, *, where: object, found: str, expected: str) -> None:
        self.where = where
        self.found = found
        self.expected = expected
        super().__init__(f"{where}: {found}; expected {expected}")


class Signer(Protocol):
    """Something that signs by one key. Raises KeyFileError where it can not."""

    @property
    def key(self) -> Key:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """Give the signature, 64 bytes."""


class PrivateKey:
    """A key in this process."""

    def __init__(self, name: str, kind: Kind, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key = Key(check_name(name), kind, private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Sign."""
        return self._private.sign(message)

    def line(self) -> str:
        """As it stands in a key file: that line is the secret."""
        seed = bytes([self.key.kind]) + self._private.private_bytes_raw()
        return f"{_LEAD}{self.key.name}+{self.key.id.hex()}+{b64encode(seed).decode()}"


class CommandKey:
    """A key that only a command can use: it reads the message, and writes the signature in base64.

    So the key may be in a hardware module, a cloud's key service or another user's hands.
    """

    def __init__(self, command: str, key: Key) -> None:
        self._command = shlex.split(command)
        self.key = key

    def sign(self, message: bytes) -> bytes:
        """Run the command; its signature is checked before it is believed."""
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command
                self._command,
                input=message,
                capture_output=True,
                timeout=COMMAND_SECONDS_MAX,
                check=True,
            )
            signature = b64decode(done.stdout.strip(), validate=True)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise self._useless(str(error)) from error
        if len(signature) != SIGNATURE_BYTES or not check_ed25519(
            self.key.public, message, signature
        ):
            raise self._useless("it wrote what is not this key's signature")
        return signature

    def _useless(self, reason: str) -> KeyFileError:
        return KeyFileError(
            where=self._command[0], found=reason, expected=f"a signature by {self.key.name}"
        )


def check_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature is that key's (see `rules.ledger.checkpoint.CheckSignature`)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_signed_by(note: Note, key: Key) -> bool:
    """Whether a note bears a valid signature of a key."""
    return any(
        told.is_of(key) and check_signature(note.text, told, key, check_ed25519).is_valid
        for told in note.signatures
    )


# --- key files ----------------------------------------------------------------------------------


def keys_in(path: Path, name: str, kind: Kind = Kind.SIGNS) -> list[PrivateKey]:
    """Read the keys of a file, the present one first; one is made where there is none.

    Raises KeyFileError, also where others may read the file.
    """
    try:
        if not path.exists():
            _write_keys(path, [PrivateKey(name, kind, Ed25519PrivateKey.generate())], is_new=True)
        return _read_keys(path, name, kind)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def rotate(path: Path, name: str, kind: Kind = Kind.SIGNS) -> list[PrivateKey]:
    """Put a new key before those of a file: from now on all of them sign."""
    keys = keys_in(path, name, kind)
    if len(keys) == KEYS_MAX:
        raise KeyFileError(where=path, found=f"{KEYS_MAX} keys", expected="old ones retired first")
    _write_keys(path, [PrivateKey(name, kind, Ed25519PrivateKey.generate()), *keys])
    return keys_in(path, name, kind)


def retire(path: Path, name: str, kind: Kind = Kind.SIGNS) -> list[PrivateKey]:
    """Leave only the present key in a file: those before it sign no more."""
    _write_keys(path, keys_in(path, name, kind)[:1])
    return keys_in(path, name, kind)


def _read_keys(path: Path, name: str, kind: Kind) -> list[PrivateKey]:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & 0o077:
            raise _unusable(path, f"others may read it (mode {mode & 0o777:o})", "mode 600")
        raw = file.read(KEY_FILE_BYTES_MAX + 1)
    lines = raw.decode(errors="replace").split("\n")[:-1]
    if not 1 <= len(lines) <= KEYS_MAX:
        raise _unusable(path, f"{len(lines)} lines")
    keys = [_read_key(line, path) for line in lines]
    for each in keys:
        if (each.key.name, each.key.kind) != (name, kind):
            raise _unusable(path, f"a key of {each.key.name}", f"a key of {name}")
    return keys


def _read_key(line: str, path: Path) -> PrivateKey:
    name, _, rest = line.removeprefix(_LEAD).partition("+")
    _, _, encoded = rest.partition("+")
    try:
        seed = b64decode(encoded, validate=True)
        key = PrivateKey(name, Kind(seed[0]), Ed25519PrivateKey.from_private_bytes(seed[1:]))
    except (ValueError, IndexError, InvalidNoteError) as error:
        raise _unusable(path, "a line that is no key") from error
    if key.line() != line:
        raise _unusable(path, "a line that is no key")
    return key


def _write_keys(path: Path, keys: Sequence[PrivateKey], *, is_new: bool = False) -> None:
    """Write all of them or nothing, for nobody else to read, durable before it is used."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_name(f"{path.name}.new")
    made.unlink(missing_ok=True)
    with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write("".join(f"{each.line()}\n" for each in keys).encode())
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        # Of two processes that make the first key, the second takes what the first one made.
        try:
            os.link(made, path)
        except FileExistsError:
            return
        finally:
            made.unlink()
    else:
        made.replace(path)


def _unusable(path: Path, found: str, expected: str = "a key file of foureyes") -> KeyFileError:
    return KeyFileError(where=path, found=found, expected=expected)
