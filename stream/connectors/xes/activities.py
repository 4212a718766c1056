"""What the activities of published logs are in our words, as far as they decide anything.

A log's activities are named by whoever drew the process: a log that is not here needs a table of
its own (`foureyes replay --activities FILE`). What is not listed is no step of a decision.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

KNOWN: Mapping[str, str] = {
    # BPI Challenge 2012, applications for a loan: two pairs of eyes, then the money.
    "A_SUBMITTED": "requested",
    "A_ACCEPTED": "approved",
    "A_APPROVED": "approved",
    "A_DECLINED": "denied",
    "A_CANCELLED": "cancelled",
    "A_ACTIVATED": "provisioned",
    # BPI Challenge 2020, travel permits and payments; see PATTERNS.
    "Payment Handled": "provisioned",
    # The receipt phase of a building permit (CoSeLoG): a document drawn up, and checked.
    "T11 Create document X request unlicensed": "requested",
    "T12 Check document X request unlicensed": "approved",
    # The running example of process mining: a claim for compensation.
    "register request": "requested",
    "check ticket": "approved",
    "reject request": "denied",
    "pay compensation": "provisioned",
}
PATTERNS = (
    (re.compile(r"\S.* SUBMITTED by \S.*"), "requested"),
    (re.compile(r"\S.* (FINAL_)?APPROVED by \S.*"), "approved"),
    (re.compile(r"\S.* REJECTED by \S.*"), "denied"),
)
"""Activities whose name says who in which office decided."""
OFFICES = frozenset({"staff member", "unknown", "missing", "undefined", ""})
"""Resources that are nobody in particular: everybody of an office has the same one."""
AUTOMATION = re.compile(r"(system|batch(_\d+)?|automatic|robot)", re.IGNORECASE)
AUTOMATIC_RESOURCES = (("A_", "112"), ("O_", "112"), ("W_", "112"))
"""Resources that are a machine in one log only, by how its activities begin."""
RESOURCES_REMEMBERED_MAX = 4096
"""Who is a machine need not be looked up again for so many resources."""


def action_of(activity: str, activities: Mapping[str, str]) -> str | None:
    """Tell the step that an activity is; None where it decides nothing."""
    told = activities.get(activity)
    if told is not None or activities is not KNOWN:
        return told
    return next((word for pattern, word in PATTERNS if pattern.fullmatch(activity)), None)


@lru_cache(maxsize=RESOURCES_REMEMBERED_MAX)
def is_machine(activity: str, resource: str) -> bool:
    """Tell automation by its name, or by what is known of one log."""
    return AUTOMATION.fullmatch(resource) is not None or any(
        activity.startswith(begin) and resource == machine for begin, machine in AUTOMATIC_RESOURCES
    )
