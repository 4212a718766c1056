"""Names kept apart from the record, where the settings ask for that: who veils, who unveils."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from rules.policy import EvidencePolicy, Policy
from stream.settings import KEYED, Settings

if TYPE_CHECKING:
    # Only where names are kept apart SQL is needed, and it takes a third of a second to import.
    from stream.pseudonyms.veil import Veil


@contextmanager
def veil_if_keyed(settings: Settings, evidence: EvidencePolicy) -> "Iterator[Veil | None]":
    """What puts pseudonyms in place of names, where the settings ask for that."""
    if settings.names != KEYED:
        yield None
        return
    from stream.pseudonyms.configured import vault_of  # noqa: PLC0415
    from stream.pseudonyms.veil import Veil, forms_of  # noqa: PLC0415

    with closing(vault_of(settings)) as vault:
        yield Veil(vault, forms_of(evidence))


def veiled(policy: Policy, veil: "Veil | None") -> Policy:
    """The policy, speaking of those whom the record does."""
    if veil is None:
        return policy
    told = veil.policy(policy)
    veil.keep()
    return told
