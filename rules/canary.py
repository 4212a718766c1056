"""The canary: a made-up case by which foureyes finds out whether it still sees, and nobody's case.

It goes the way of every case, and its entries are in the ledger. It is told apart by its tenant,
which intake lets nobody else use.
"""

TENANT = "foureyes/canary"
"""The tenant of all that belongs to the canary, and of nothing else."""
MARK = f'"tenant":"{TENANT}"'.encode()
"""How canonical bytes say so; in a text of somebody else's the quotes would be escaped."""


def is_canary(tenant: str | None) -> bool:
    """Whether what is of this tenant is the canary's: judged, entered, and never counted."""
    return tenant == TENANT
