"""How a pseudonym follows from words and a salt, so that whoever is shown both can check it."""

import hmac
import re
from base64 import b32encode
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import NamedTuple, Protocol

PSEUDONYM = re.compile(r"~[a-z2-7]{26}(?![a-z2-7])")
"""What a pseudonym looks like, wherever it stands in a text: 130 bits of a digest."""
SALT_BYTES = 16
_LETTERS = 26


class Meaning(NamedTuple):
    """What a pseudonym stands for, and the salt that shows it."""

    words: str
    salt: bytes


class Meanings(Protocol):
    """Who can say what pseudonyms stand for."""

    def meanings(self, pseudonyms: Collection[str]) -> Mapping[str, Meaning]: ...


def salt_of(key: bytes, words: str) -> bytes:
    """The salt that a key gives for words: who does not have the key can not guess it."""
    return hmac.digest(key, words.encode(), "sha256")[:SALT_BYTES]


def pseudonym_of(salt: bytes, words: str) -> str:
    """What stands in the record in place of words."""
    return f"~{b32encode(sha256(salt + words.encode()).digest()).decode().lower()[:_LETTERS]}"


def replaced(text: str, name: Callable[[str], str]) -> str:
    """Put something in the place of each pseudonym in a text."""
    return PSEUDONYM.sub(lambda found: name(found[0]), text) if "~" in text else text
