"""The vault as the settings have it."""

from stream.archive.database import sqlite_url
from stream.pseudonyms.place import FILE
from stream.pseudonyms.vault import Vault, open_vault
from stream.settings import Settings


def vault_of(settings: Settings) -> Vault:
    """Open the vault; a new one where there is none. Raises ArchiveError."""
    if settings.names_url is not None:
        return open_vault(settings.names_url.get_secret_value())
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_vault(sqlite_url(settings.data / FILE))
