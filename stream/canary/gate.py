"""Who may use the canary's names: in its own lane what bears our seal, elsewhere nobody.

So nothing that others report can pass for the canary, which is never told to anybody: what claims
to be one is refused, and a refusal is counted and on record.
"""

from typing import Any

from rules.canary import TENANT, is_canary
from stream.canary.case import SOURCE
from stream.canary.sealing import FIELD, Seal
from stream.connectors.table import MISSING, MalformedEventError, RefusalKind, Told


def keep_out(_document: object, told: dict[str, Any] | Told) -> None:
    """Refuse what uses a name of the canary's. Raises MalformedEventError."""
    if isinstance(told, Told):
        source, tenant = told.source, None
    else:
        source, tenant = told["source"], told.get("tenant")
    if source == SOURCE:
        raise _refusal(source, "source", source, "another name: that one is foureyes' own")
    if is_canary(tenant):
        raise _refusal(source, "tenant", tenant, "another name: that one is foureyes' own")


class OnlyOurs:
    """Lets in what bears our seal and is of the canary, and nothing else."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def __call__(self, document: object, told: dict[str, Any] | Told) -> None:
        """Refuse what is not ours. Raises MalformedEventError."""
        event = document if isinstance(document, dict) else {}
        if not self._seal.holds(event):
            found = "another seal" if FIELD in event else MISSING
            raise _refusal(SOURCE, FIELD, found, "the seal of this deployment's canary")
        if isinstance(told, Told) or not is_canary(told.get("tenant")):
            raise _refusal(SOURCE, "tenant", MISSING, repr(TENANT))


def _refusal(source: str, field: str, found: object, expected: str) -> MalformedEventError:
    return MalformedEventError(
        source=source,
        field=field,
        found=found,
        expected=expected,
        kind=RefusalKind.UNKNOWN_VALUE,
    )
