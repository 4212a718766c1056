"""What a source itself says of whose an account is."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """From `at` on an account is a person's; None: nobody's that the source could name.

    `person` is the organisation's own number of a person, never an id of the source's: those of
    two sources could not be compared. `proof` is the connector's name: the policy says whether
    its word counts.
    """

    account: str
    source: str
    proof: str
    at: datetime
    person: str | None = None
    namespace: str | None = None
    name: str | None = None
    department: str | None = None
