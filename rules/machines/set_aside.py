"""A record set aside: two people's decision to go on without it, which is itself an entry."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from rules.errors import FoureyesError
from rules.machines.contract import Codec

RECORD = "set_aside"


class OnePersonError(FoureyesError, ValueError):
    """Nobody sets a record aside alone."""

    def __init__(self, *, author: str, approver: str) -> None:
        self.author = author
        self.approver = approver
        super().__init__(
            f"author {author!r} and approver {approver!r}; expected two people, both named"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Who decided to go on without which record, and why.

    `role`, `partition` and `offset` say whose log and where in it, `digest` (`sha256:…`) which
    bytes lay there. `key` names the key that signed `signed_bytes`, `signature` is in base64.
    Raises OnePersonError.
    """

    role: str
    partition: int
    offset: int
    digest: str
    reason: str
    author: str
    approver: str
    decided_at: datetime
    key: str = ""
    signature: str = ""

    def __post_init__(self) -> None:
        """Refuse a decision of one person, however it is spelled."""
        author, approver = (each.strip().casefold() for each in (self.author, self.approver))
        if not author or not approver or author == approver:
            raise OnePersonError(author=self.author, approver=self.approver)


def signed_bytes(codec: Codec, decision: SetAside) -> bytes:
    """Give what a signature is over: all of the decision but the signature."""
    told = {name: getattr(decision, name) for name in SetAside.__slots__ if name != "signature"}
    return codec.write({RECORD: told})


def write_set_aside(codec: Codec, decision: SetAside) -> bytes:
    """Write a decision as a record of the journal, and so as an entry of the trail."""
    return codec.write({"record": RECORD, RECORD: decision})


def read_set_aside(header: dict[str, Any]) -> SetAside:
    """Read a decision from its header."""
    told = header[RECORD]
    return SetAside(**{**told, "decided_at": datetime.fromisoformat(told["decided_at"])})


def digest_of(record: bytes) -> str:
    """Name a record by its bytes."""
    return f"sha256:{sha256(record).hexdigest()}"
