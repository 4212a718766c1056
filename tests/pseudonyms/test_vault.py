"""A vault in a file of its own: what it promises, and that its file forgets."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.archive.database import sqlite_url
from stream.desk.naming import Named, in_clear_of
from stream.hosts.data_directory import StorageUnavailableError
from stream.pseudonyms.form import replaced
from stream.pseudonyms.names import put_back, put_back_in_json, put_back_on_page
from stream.pseudonyms.vault import open_vault
from stream.pseudonyms.veil import Veil
from tests.desk.findings import OPENED
from tests.desk.flaky import Flaky
from tests.properties.effort import looks
from tests.pseudonyms.vault_contract import ANN, VaultContract


class TestInAFile(VaultContract):
    """SQLite."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """Where it is."""
        return sqlite_url(tmp_path / "names.sqlite3")


def test_the_file_is_nobody_elses_and_has_no_name_in_clear(tmp_path: Path) -> None:
    """Names are sealed in it; once a key is destroyed its bytes are nowhere in the files."""
    path = tmp_path / "names.sqlite3"
    with closing(open_vault(sqlite_url(path))) as vault:
        veil = Veil(vault)
        name = veil.name(ANN)
        veil.keep()
        secret = vault.key_of(ANN).secret
        before = b"".join(each.read_bytes() for each in tmp_path.iterdir())
        vault.destroy([name], "0/7")
        after = b"".join(each.read_bytes() for each in tmp_path.iterdir())

    assert path.stat().st_mode & 0o777 == 0o600
    assert ANN.encode() not in before
    assert secret in before
    assert secret not in after


def test_a_vault_that_can_not_be_written_is_waited_for(tmp_path: Path) -> None:
    """Whoever records is told to wait, by the vault's name: no record is to blame."""
    path = tmp_path / "names.sqlite3"
    with closing(open_vault(sqlite_url(path))) as vault:
        veil = Veil(vault)
        veil.name(ANN)
        with closing(sqlite3.connect(path)) as damaged:
            damaged.execute("DROP TABLE pseudonyms")
        with pytest.raises(StorageUnavailableError, match="vault"):
            veil.keep()


@looks(40)
@given(name=st.text(min_size=1, max_size=30), words=st.text(max_size=30))
def test_a_name_is_put_back_whatever_it_holds(name: str, words: str) -> None:
    """Quotes and angle brackets included: in a text, in JSON, on a page."""
    pseudonym = "~" + "b" * 26

    class One:
        def of(self, _: object) -> dict[str, str]:
            return {pseudonym: name}

        def pseudonym(self, _: str) -> str:
            return pseudonym

    page = f'<a href="/person?name={pseudonym}">{pseudonym}</a>'
    address = f'<a href="/person?name={pseudonym}">'
    shown = put_back_on_page(page, One())

    assert put_back(f"{words} {pseudonym}.", One()) == f"{words} {name}."
    assert replaced(words, lambda _: name) == words
    assert json.loads(put_back_in_json(f'"{pseudonym}"', One())) == name
    assert shown.startswith(address)
    assert "<" not in shown.removeprefix(address).removesuffix("</a>")


def test_a_desk_reads_findings_by_names_as_long_as_it_can(tmp_path: Path) -> None:
    """A silence is by names; while they can not be had it covers nothing, and alerts ring."""
    path = tmp_path / "names.sqlite3"
    with closing(open_vault(sqlite_url(path))) as vault:
        veil = Veil(vault)
        told = replace(OPENED, who=(veil.name(ANN),))
        veil.keep()
        in_clear = in_clear_of(Named(Flaky("webhook"), vault))
        read = in_clear(told)
        with closing(sqlite3.connect(path)) as damaged:
            damaged.execute("DROP TABLE pseudonyms")
        unread = in_clear(told)

    assert told.who != (ANN,)
    assert read is not None
    assert read.who == (ANN,)
    assert unread is None
