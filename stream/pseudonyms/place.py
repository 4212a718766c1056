"""Whether names are kept apart in a deployment, for those who show what it recorded."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from stream.pseudonyms.names import InClear, KnownNames
from stream.settings import KEYED, Settings

if TYPE_CHECKING:
    from stream.pseudonyms.vault import Vault

FILE = "names.sqlite3"
"""Where in a data directory a vault lies for which no other place is named."""


def is_keyed(settings: Settings) -> bool:
    """Whether what these settings lead to was recorded by pseudonyms."""
    if settings.names_url is not None:
        return settings.names == KEYED
    return settings.names == KEYED or (settings.data / FILE).exists()


@contextmanager
def vault_if_keyed(settings: Settings) -> "Iterator[Vault | None]":
    """The vault, where names are kept apart. Raises ArchiveError."""
    if not is_keyed(settings):
        yield None
        return
    # Only where names are kept apart SQL is needed.
    from stream.pseudonyms.configured import vault_of  # noqa: PLC0415

    with closing(vault_of(settings)) as vault:
        yield vault


@contextmanager
def names_of(settings: Settings) -> Iterator[KnownNames]:
    """The names behind what is recorded. Raises ArchiveError."""
    with vault_if_keyed(settings) as vault:
        yield InClear() if vault is None else vault
