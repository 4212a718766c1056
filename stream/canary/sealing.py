"""What shows that a canary is our own: a seal over the whole event, made with a key of ours."""

import hmac
import os
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from stream.canonical import dumps
from stream.hosts.data_directory import unusable

FIELD = "canaryseal"
"""The attribute of the CloudEvent that holds it."""
KEY_FILE = "canary.key"
KEY_BYTES = 32
SECRET_CHARS_MIN = 16
"""A shared secret of fewer characters could be found by trying."""


class Seal:
    """Seals what is sent, and tells what was sealed with the same key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def mark(self, text: str) -> str:
        """A short word that only who has the key can give to a text."""
        return hmac.new(self._key, text.encode(), sha256).hexdigest()[:12]

    def on(self, event: Mapping[str, object]) -> dict[str, object]:
        """The event with its seal."""
        return {**event, FIELD: self._of(event)}

    def holds(self, event: Mapping[str, object]) -> bool:
        """Whether an event bears the seal of all else that it says."""
        found = event.get(FIELD)
        bare = {name: value for name, value in event.items() if name != FIELD}
        return isinstance(found, str) and hmac.compare_digest(
            found.encode(), self._of(bare).encode()
        )

    def _of(self, event: Mapping[str, object]) -> str:
        return hmac.new(self._key, dumps({**event}), sha256).hexdigest()


def kept_seal(directory: Path) -> Seal:
    """The seal of a data directory, whose key is made at the first call (mode 0600).

    Raises DataDirectoryError where the key can not be written or read.
    """
    path = directory / KEY_FILE
    try:
        if not path.exists():
            _make_key(path)
        return Seal(path.read_bytes())
    except OSError as error:
        raise unusable(directory, error) from error


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{KEY_FILE}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
