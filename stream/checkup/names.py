"""Names that are kept apart: whether their vault answers. It is made where there is none."""

from collections.abc import Iterator

from rules.errors import FoureyesError
from stream.checkup.check import Check, ok, wrong
from stream.pseudonyms.place import vault_if_keyed
from stream.settings import Settings


def check_names(settings: Settings) -> Iterator[Check]:
    """Ask the vault; nothing where names are in clear."""
    try:
        with vault_if_keyed(settings) as vault:
            if vault is not None:
                times = vault.destructions()
                yield ok("names", f"kept apart; keys were destroyed by {times} decisions")
    except FoureyesError as error:
        remedy = "expected the database in FOUREYES_NAMES_URL: nothing is recorded without it"
        yield wrong("names", f"the vault can not be asked: {error}", remedy)
