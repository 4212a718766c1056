"""A vault in PostgreSQL promises what one in a file does."""

import pytest

from tests.pseudonyms.vault_contract import VaultContract


class TestInPostgreSQL(VaultContract):
    """Each test has a database of its own."""

    @pytest.fixture
    def url(self, database_url: str) -> str:
        """Where it is."""
        return database_url
