"""What has to back a decision, by what it is about: by risk, and by the kind of right."""

from rules.policy import Demand
from rules.rule import CaseFile


def is_reason_demanded(file: CaseFile) -> bool:
    """Whether whoever decides about this case needs a reason."""
    return _is_demanded(file, file.policy.evidence.reason_for)


def evidence_demanded(file: CaseFile) -> list[frozenset[str]]:
    """Give the evidence that is due for this case: of each item one kind; an empty one is any."""
    needed = [
        frozenset(each.kinds)
        for each in file.policy.evidence_needed
        if any(right.type in each.types for right in file.path.entitlements)
    ]
    if needed:
        return needed
    return [frozenset()] if _is_demanded(file, file.policy.evidence.due_for) else []


def _is_demanded(file: CaseFile, demand: Demand) -> bool:
    spared = file.policy.evidence.spared_types
    return file.is_demanded(demand) and not (spared and _is_spared(file, spared))


def _is_spared(file: CaseFile, spared: tuple[str, ...]) -> bool:
    """Whether nothing is asked of rights of these kinds; of a privileged one it always is."""
    rights = file.path.entitlements
    return (
        not file.path.privileged and bool(rights) and all(right.type in spared for right in rights)
    )
