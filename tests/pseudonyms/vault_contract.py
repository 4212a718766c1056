"""What is promised of a vault, whatever it is kept in."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from stream.pseudonyms.form import PSEUDONYM, pseudonym_of
from stream.pseudonyms.vault import Vault, open_vault
from stream.pseudonyms.veil import Veil

ANN, BO = "ann@acme.example", "bo@acme.example"


def veiled(vault: Vault, **told: str) -> dict[str, str]:
    """What is recorded of words that people say: by whose account, and the words."""
    veil = Veil(vault)
    found = {whose: veil.words(words, whose) for whose, words in told.items()}
    veil.keep()
    return found


class VaultContract:
    """Each holds on SQLite and on PostgreSQL: `url` is where an empty database is."""

    @pytest.fixture
    def vault(self, url: str) -> Iterator[Vault]:
        """An empty vault."""
        with closing(open_vault(url)) as opened:
            yield opened

    def test_a_pseudonym_stands_for_the_same_name_whoever_asks(
        self, vault: Vault, url: str
    ) -> None:
        """Two processes that meet a name for the first time call it the same, and tell it."""
        with closing(open_vault(url)) as other:
            one, two = Veil(vault), Veil(other)
            found = {one.name(ANN), two.name(ANN), one.name(ANN)}
            one.keep()
            two.keep()
            (pseudonym,) = found

            assert PSEUDONYM.fullmatch(pseudonym)
            assert other.of(found) == {pseudonym: ANN}
            assert vault.pseudonym(ANN) == pseudonym
            assert vault.pseudonym(BO) == BO

    def test_whoever_is_told_a_name_can_check_it(self, vault: Vault) -> None:
        """The salt makes the pseudonym of this name, and of no other."""
        told = veiled(vault, ann="she covers for Bo")
        (meaning,) = vault.meanings(told.values()).values()

        assert pseudonym_of(meaning.salt, meaning.words) == told["ann"]
        assert pseudonym_of(meaning.salt, "she covers for Cy") != told["ann"]

    def test_what_is_said_under_a_key_goes_with_it_and_nothing_else_does(
        self, vault: Vault
    ) -> None:
        """Ann's key: her name, her words. Bo's stay, but for the text that names her."""
        veil = Veil(vault)
        ann, bo = veil.name(ANN), veil.name(BO)
        hers, his, of_her = (
            veil.words("I need it", ANN),
            veil.words("he needs it", BO),
            veil.words("for Ann", BO),
        )
        veil.keep()
        vault.destroy([ann, of_her], "0/7")

        assert set(vault.of([ann, bo, hers, his, of_her])) == {bo, his}

    def test_who_comes_again_is_somebody_new(self, vault: Vault) -> None:
        """The old pseudonym names nobody; a veil that has seen the old key takes note."""
        veil = Veil(vault)
        before = veil.name(ANN)
        veil.keep()
        vault.destroy([before], "0/7")
        veil.begin()
        after = veil.name(ANN)
        veil.keep()
        vault.destroy([before, after], "0/7")

        assert before != after
        assert vault.of([before, after]) == {after: ANN}

    def test_what_was_veiled_with_a_key_that_is_gone_stays_untold(self, vault: Vault) -> None:
        """Somebody keeps words while their key is being destroyed: they name nobody."""
        veil = Veil(vault)
        name = veil.name(ANN)
        veil.keep()
        late = veil.words("I need it", ANN)
        vault.destroy([name], "0/7")
        veil.keep()
        anew = veiled(vault, **{ANN: ANN})

        assert vault.of([late, name]) == {}
        assert vault.of(anew.values()) == {anew[ANN]: ANN}
