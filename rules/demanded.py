"""What has to back a decision, by what it is about: by risk, and by the kind of right."""

from rules.rule import CaseFile


def is_reason_demanded(file: CaseFile) -> bool:
    """Whether whoever decides about this case needs a reason, unless it is spared."""
    return file.is_demanded(file.policy.evidence.reason_for)


def evidence_demanded(file: CaseFile) -> list[frozenset[str]]:
    """Give the evidence that is due for this case: of each item one kind; an empty one is any.

    What any evidence would do for may be spared.
    """
    needed = [
        frozenset(each.kinds)
        for each in file.policy.evidence_needed
        if any(right.type in each.types for right in file.path.entitlements)
    ]
    if needed:
        return needed
    return [frozenset()] if file.is_demanded(file.policy.evidence.due_for) else []


def spared(file: CaseFile) -> str | None:
    """Why nothing is asked of rights of these types, if policy spares them all; None: it does not.

    Of a privileged one it always is.
    """
    types = {right.type for right in file.path.entitlements}
    if file.path.privileged or not types or not types <= {*file.policy.evidence.spared_types}:
        return None
    return f"policy spares rights of type {', '.join(sorted(map(str, types)))}"
