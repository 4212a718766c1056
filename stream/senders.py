"""How the senders of one source prove themselves, as the settings have it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from stream.environment import suffix_of
from stream.web.manners import MANNERS, Manner, manner_of


@dataclass(frozen=True, slots=True)
class Proven:
    """The scheme, a name in MANNERS, and the secrets that are valid."""

    scheme: str
    secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def by(
        cls, source: str, *, secret: str, scheme: str | None, sources: Mapping[str, str]
    ) -> Self:
        """Take a secret, or several with blanks between; without a scheme the vendor's own.

        `sources` maps names to connectors. `source` may be the end of its variables instead.
        """
        end = suffix_of(source)
        connectors = {suffix_of(name): connector for name, connector in sources.items()}
        own = manner_of(connectors.get(end, end.lower()))
        return cls(scheme or own.name, tuple(secret.split()))

    def manner(self, source: str) -> Manner:
        """Make the manner. Raises InvalidSecretError."""
        return MANNERS[self.scheme].made(source, self.secrets)
